/* Any bytes as choices out of which a definition is built that mostly passes the check, with
 * odd names, texts and numbers: for what is emitted.  FUZZ_TEXT=1 in the environment prints
 * the definition. */
#include "definition.h"

#include "value/buf.h"

struct maker {
    const uint8_t *data;
    size_t size, at;
    struct asl__buf out;
    unsigned depth;   /* of Parallel and Map */
    unsigned number;  /* makes names differ */
    unsigned states;  /* there are no more than MOST */
};

enum { MOST_STATES = 200, MOST_DEPTH = 3 };

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* A number below N; 0, the plainest choice, once the bytes are used up. */
static unsigned pick(struct maker *m, size_t n)
{
    return m->at < m->size ? (unsigned)(m->data[m->at++] % n) : 0;
}

static void put(struct maker *m, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void put(struct maker *m, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    asl__buf_vprintf(&m->out, format, args);
    va_end(args);
}

#define PICK(m, table) (table)[pick((m), COUNT(table))]

/* ---- parts -------------------------------------------------------------------- */

/* As they stand between the quotes of a JSON string. */
static const char *const odd[] = {
    "a", "", "a b", "*/", "/*", "\\\\", "\\\"", "?\?/", "%s%n", "'", "int", "main", "__done",
    "\\n", "\\u0000x", "\\u202e", "\\ud800", "\xC3\xA9\xE2\x98\x83", "\\ud83d\\ude00", "#line 1",
    "${not", "a\\\\", "_", "0", "\\u007f\\u0085",
    "a text that is longer than the fourteen bytes of a short string",
};

/* Bytes of the input as a JSON string. */
static void put_string(struct maker *m)
{
    unsigned len = pick(m, 24);

    put(m, "\"");
    if (len < 12) {
        put(m, "%s", PICK(m, odd));
        len = 0;
    }
    while (len-- > 0) {
        unsigned c = pick(m, 256);
        if (c >= 0x20 && c < 0x7F && c != '"' && c != '\\' && c != '$')
            put(m, "%c", (int)c);
        else
            put(m, "\\u%04x", c);
    }
    put(m, "\"");
}

static void put_json(struct maker *m, unsigned depth)
{
    static const char *const plain[] = {
        "null", "true", "false", "0", "-0", "1", "-1", "1.0", "0.1", "1e400", "1E-5",
        "9223372036854775807", "-9223372036854775808", "9223372036854775808",
        "1234567890123456789012345678901234567890", "0.30000000000000004", "1e-400",
        "100e-2", "\"2020-01-02T03:04:05Z\"", "[]", "{}",
    };
    unsigned kind = pick(m, depth < 4 ? 5 : 3), count = 0;

    if (kind < 2) {
        put(m, "%s", PICK(m, plain));
        return;
    }
    if (kind == 2) {
        put_string(m);
        return;
    }
    put(m, kind == 3 ? "[" : "{");
    for (count = pick(m, 5); count > 0; count--) {
        if (kind == 4) {
            put(m, "\"k%u", m->number++);
            put(m, "%s\":", PICK(m, odd));
        }
        put_json(m, depth + 1);
        put(m, count > 1 ? "," : "");
    }
    put(m, kind == 3 ? "]" : "}");
}

static const char *const paths[] = {
    "$", "$.a", "$.a.b[0].c", "$['a b'].c", "$['\\\"*/?\?/\\\\\\\\']", "$$.Execution.Id", "$$",
    "$$.State.EnteredTime", "$$.Map.Item.Value", "$v", "$v.a[3]", "$.a[-1]", "$[0]",
    "$['a very long name of a member, longer than what lies in a value'].b",
};
static const char *const searches[] = {
    "$..a", "$.x[*]", "$.x[?(@.y > 1 && @.z != 'q')]", "$.x[1:3]", "$.x[0,2]", "$.a['b','c']",
    "$.x[?(@ =~ /a.*?\?\\\\/[x\\\"]/i)]", "$.length()", "$..x[?(@.a in [1,'b'])].c", "$.x.min()",
    "$.x[?(@.y == $.z || !@.w)]", "$.*", "$..[?(@.a)]", "$.x.concat($.y, \\\"'*/\\\")",
};
static const char *const calls[] = {
    "States.UUID()", "States.Array()", "States.Format('a {} b', $.a)",
    "States.MathAdd($.a, -1)", "States.MathRandom(1, 5, 3)",
    "States.Array($.a, 1.50, true, null, 'it\\\\\\\\'s \\\" */ ?\?/')",
    "States.JsonMerge($.a, States.StringToJson($.b), false)", "States.ArrayRange(1, 9, 2)",
    "States.Hash($$.Execution.Name, 'SHA-1')", "States.StringSplit('a,b', ',')",
    "States.ArrayGetItem(States.ArrayPartition($v, 2), 0)", "States.Base64Encode('%s')",
};

static void put_value(struct maker *m)
{
    switch (pick(m, 3)) {
    case 0: put(m, "\"%s\"", PICK(m, paths)); break;
    case 1: put(m, "\"%s\"", PICK(m, searches)); break;
    default: put(m, "\"%s\"", PICK(m, calls)); break;
    }
}

static void put_template(struct maker *m, unsigned depth)
{
    put(m, "{");
    for (unsigned count = pick(m, 4); count > 0; count--) {
        unsigned kind = pick(m, 3);
        put(m, "\"t%u", m->number++);
        put(m, "%s%s\":", PICK(m, odd), kind == 0 ? ".$" : "");
        if (kind == 0)
            put_value(m);
        else if (kind == 1 && depth < 3)
            put_template(m, depth + 1);
        else
            put_json(m, depth);
        put(m, count > 1 ? "," : "");
    }
    put(m, "}");
}

/* ---- states ------------------------------------------------------------------- */

/* Where a state is: its number and the first and the last of its scope. */
struct spot {
    unsigned first, last, self;
    const char *odd; /* part of all names */
};

static void put_name(struct maker *m, const struct spot *at, unsigned number)
{
    put(m, "\"%s%u\"", at->odd, number);
}

static void put_any_name(struct maker *m, const struct spot *at)
{
    put_name(m, at, at->first + pick(m, at->last - at->first + 1));
}

static void put_way_on(struct maker *m, const struct spot *at)
{
    if (at->self == at->last) {
        put(m, ",\"End\":true");
        return;
    }
    put(m, ",\"Next\":");
    put_name(m, at, at->self + 1);
}

static void put_fields(struct maker *m, bool result)
{
    unsigned which = pick(m, 64);

    if (which & 1) {
        put(m, ",\"Comment\":");
        put_string(m);
    }
    if (which & 2)
        put(m, ",\"InputPath\":\"%s\"", PICK(m, paths));
    if (which & 4)
        put(m, ",\"OutputPath\":\"%s\"", pick(m, 2) ? PICK(m, paths) : PICK(m, searches));
    if (which & 8) {
        put(m, ",\"Assign\":{\"v\":1,\"w%u.$\":", pick(m, 3));
        put_value(m);
        put(m, "}");
    }
    if (result && (which & 16))
        put(m, ",\"ResultPath\":%s", pick(m, 2) ? "\"$.r['*/ \\\"'].s\"" : "null");
}

static void put_policy(struct maker *m, const struct spot *at)
{
    static const char *const errors[] = { "\"States.ALL\"", "\"States.Timeout\"", "\"A\"",
                                          "\"*/ \\\"\"" };
    unsigned which = pick(m, 4);

    if (which & 1)
        put(m, ",\"Retry\":[{\"ErrorEquals\":[%s],\"IntervalSeconds\":%u,\"BackoffRate\":%s,"
               "\"MaxAttempts\":%u,\"JitterStrategy\":\"FULL\"}]",
            PICK(m, errors), 1 + pick(m, 9), pick(m, 2) ? "1.5" : "2e0", pick(m, 99));
    if (which & 2) {
        put(m, ",\"Catch\":[{\"ErrorEquals\":[%s],\"Next\":", PICK(m, errors));
        put_any_name(m, at);
        put(m, ",\"ResultPath\":\"$.e\"}]");
    }
}

static void put_test(struct maker *m, unsigned depth)
{
    static const char *const tests[] = {
        "\"StringEquals\":", "\"StringMatches\":", "\"StringLessThan\":",
        "\"StringGreaterThanEquals\":"
    };
    static const char *const others[] = {
        "\"NumericEquals\":1e2", "\"NumericLessThan\":12345678901234567890.5",
        "\"BooleanEquals\":true", "\"IsPresent\":false", "\"IsNull\":true",
        "\"TimestampLessThan\":\"2020-01-01T00:00:00Z\"", "\"IsTimestamp\":true",
        "\"NumericGreaterThanPath\":\"$.b\"", "\"StringEqualsPath\":\"$.b['*/']\""
    };
    static const char *const joins[] = { "And", "Or" };

    switch (pick(m, depth < 3 ? 5 : 2)) {
    case 0:
        put(m, "\"Variable\":\"%s\",%s", PICK(m, paths), PICK(m, tests));
        put_string(m);
        return;
    case 1: put(m, "\"Variable\":\"%s\",%s", PICK(m, paths), PICK(m, others)); return;
    case 2:
        put(m, "\"Not\":{");
        put_test(m, depth + 1);
        put(m, "}");
        return;
    default: break;
    }
    put(m, "\"%s\":[", PICK(m, joins));
    for (unsigned count = 1 + pick(m, 3); count > 0; count--) {
        put(m, "{");
        put_test(m, depth + 1);
        put(m, count > 1 ? "}," : "}");
    }
    put(m, "]");
}

static void put_choice(struct maker *m, const struct spot *at)
{
    put(m, "\"Type\":\"Choice\",\"Choices\":[");
    for (unsigned count = 1 + pick(m, 4); count > 0; count--) {
        put(m, "{");
        put_test(m, 0);
        put(m, ",\"Next\":");
        put_any_name(m, at);
        put(m, count > 1 ? "}," : "}");
    }
    put(m, "],\"Default\":");
    put_name(m, at, at->self + 1);
}

static void put_scope(struct maker *m);

static void put_fork(struct maker *m, bool map)
{
    m->depth++;
    if (map) {
        bool distributed = pick(m, 3) == 1;
        put(m, "\"Type\":\"Map\",\"ItemsPath\":\"$.x\",\"MaxConcurrency\":%u,\"ItemSelector\":",
            pick(m, 4));
        put_template(m, 0);
        if (distributed)
            put(m, ",\"Label\":\"L%u\",\"ItemBatcher\":{\"MaxItemsPerBatch\":%u}", m->number++,
                1 + pick(m, 9));
        put(m, ",\"ItemProcessor\":{%s",
            distributed ? "\"ProcessorConfig\":{\"Mode\":\"DISTRIBUTED\",\"ExecutionType\":"
                          "\"STANDARD\"},"
                        : "");
        put_scope(m);
        put(m, "}");
    } else {
        put(m, "\"Type\":\"Parallel\",\"Branches\":[");
        for (unsigned count = 1 + pick(m, 3); count > 0; count--) {
            put(m, "{");
            put_scope(m);
            put(m, count > 1 ? "}," : "}");
        }
        put(m, "]");
    }
    m->depth--;
}

static void put_task(struct maker *m)
{
    static const char *const resources[] = {
        "\"arn:aws:lambda:us-east-1:123456789012:function:f-1\"",
        "\"arn:aws:states:::lambda:invoke\",\"Parameters\":{\"FunctionName\":\"f\"}",
        ("\"arn:aws:states:::sqs:sendMessage.waitForTaskToken\",\"Parameters\":"
        "{\"QueueUrl\":\"q\",\"MessageBody.$\":\"$$.Task.Token\"}"),
        "\"arn:aws:states:us-east-1:123456789012:activity:*/\"",
    };

    put(m, "\"Type\":\"Task\",\"Resource\":%s", PICK(m, resources));
    if (pick(m, 2))
        put(m, ",\"TimeoutSeconds\":%u", 2 + pick(m, 200));
    else if (pick(m, 2))
        put(m, ",\"TimeoutSecondsPath\":\"$.a\",\"HeartbeatSecondsPath\":\"$.b\"");
    if (pick(m, 2)) {
        put(m, ",\"ResultSelector\":");
        put_template(m, 0);
    }
}

static void put_wait(struct maker *m)
{
    static const char *const waits[] = { "\"Seconds\":3", "\"SecondsPath\":\"$.a\"",
                                         "\"Timestamp\":\"2020-01-02T03:04:05.678Z\"",
                                         "\"TimestampPath\":\"$.a['*/ \\\"']\"" };

    put(m, "\"Type\":\"Wait\",%s", PICK(m, waits));
}

static void put_pass(struct maker *m)
{
    unsigned kind = pick(m, 3);

    put(m, "\"Type\":\"Pass\"");
    if (kind == 1) {
        put(m, ",\"Result\":");
        put_json(m, 0);
    } else if (kind == 2) {
        put(m, ",\"Parameters\":");
        put_template(m, 0);
    }
}

static void put_end(struct maker *m)
{
    if (pick(m, 3) == 0) {
        put(m, "\"Type\":\"Succeed\"");
        return;
    }
    put(m, "\"Type\":\"Fail\",\"Error\":");
    put_string(m);
    if (pick(m, 2)) {
        put(m, ",\"Cause\":");
        put_string(m);
    } else {
        put(m, ",\"CausePath\":\"%s\"", pick(m, 2) ? "$.a" : "States.Format('{}', $.a)");
    }
}

static void put_state(struct maker *m, const struct spot *at)
{
    bool last = at->self == at->last, inner = m->depth < MOST_DEPTH;

    switch (pick(m, 9)) {
    case 1: put_task(m); put_policy(m, at); break;
    case 2: put_wait(m); put_fields(m, false); put_way_on(m, at); return;
    case 3:
        if (!inner)
            goto pass;
        put_fork(m, true);
        put_policy(m, at);
        break;
    case 4:
        if (!inner)
            goto pass;
        put_fork(m, false);
        put_policy(m, at);
        break;
    case 5:
    case 6:
        if (last)
            goto pass;
        put_choice(m, at);
        return;
    case 7:
        if (!last)
            goto pass;
        put_end(m);
        return;
    default:
    pass:
        put_pass(m);
        break;
    }
    put_fields(m, true);
    put_way_on(m, at);
}

static void put_scope(struct maker *m)
{
    unsigned count = 1 + pick(m, 6);
    struct spot at = { .odd = PICK(m, odd) };

    if (count == 6) /* more than a page of 64 */
        count = pick(m, 100);
    if (count > MOST_STATES - m->states)
        count = MOST_STATES - m->states;
    count += count == 0;
    at.first = m->states + 1;
    at.last = m->states + count;
    m->states += count;
    put(m, "\"StartAt\":");
    put_name(m, &at, at.first);
    put(m, ",\"States\":{");
    for (at.self = at.first; at.self <= at.last; at.self++) {
        put_name(m, &at, at.self);
        put(m, ":{");
        put_state(m, &at);
        put(m, at.self < at.last ? "}," : "}");
    }
    put(m, "}");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct maker m = { .data = data, .size = size, .out = ASL__BUF_INIT };

    put(&m, "{\"Comment\":");
    put_string(&m);
    put(&m, ",%s", pick(&m, 3) == 1 ? "\"TimeoutSeconds\":60," : "");
    put_scope(&m);
    put(&m, "}");
    if (!m.out.failed) {
        if (getenv("FUZZ_TEXT"))
            printf("%.*s\n", (int)m.out.len, m.out.data);
        compile_bytes("fuzz.asl.json", (const uint8_t *)m.out.data, m.out.len);
    }
    asl__buf_free(&m.out);
    return 0;
}
