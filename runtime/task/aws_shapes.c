/* Mocked results against the services' shapes: see aws_shapes.h. */
#include "value/base.h"

#include "task/aws_shapes.h"

struct shape {
    const char *service, *name, *members;
};

static const struct shape calls[] = {
#define CALL(service, name, members) { service, name, members },
#define PART(service, name, members)
#include "task/aws_shapes.def"
#undef CALL
#undef PART
};
static const struct shape parts[] = {
#define CALL(service, name, members)
#define PART(service, name, members) { service, name, members },
#include "task/aws_shapes.def"
#undef CALL
#undef PART
};

/* The optimized integrations' names of services. */
static const char *const renamed[][2] = {
    { "bedrock", "bedrockruntime" }, { "emr-serverless", "emrserverless" },
    { "events", "eventbridge" },     { "states", "sfn" },
};

struct check {
    const char *service;
    bool strict;
    struct asl__buf *why;
};

/* A piece of the table, up to END. */
struct span {
    const char *at, *end;
};

static bool is_text(struct span span, const char *text)
{
    size_t len = strlen(text);

    return (size_t)(span.end - span.at) == len && memcmp(span.at, text, len) == 0;
}

static const struct shape *find(const struct shape *list, size_t count, const char *service,
                                struct span name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].service, service) == 0 && is_text(name, list[i].name))
            return &list[i];
    return NULL;
}

/* ---- values ------------------------------------------------------------------------ */

static bool complain(const struct check *check, struct span field, const char *what)
{
    asl__buf_printf(check->why, "Mock result schema validation error: Field '%.*s' %s",
                    (int)(field.end - field.at), field.at, what);
    return false;
}

/* A limit at *AT, which goes behind it; false if there is none. */
static bool read_limit(const char **at, double *limit)
{
    bool negative = **at == '-';
    double value = 0, unit = 1;
    const char *digit = *at + negative;

    if (*digit < '0' || *digit > '9')
        return false;
    for (; *digit >= '0' && *digit <= '9'; digit++)
        value = value * 10 + (*digit - '0');
    if (*digit == '.')
        for (digit++; *digit >= '0' && *digit <= '9'; digit++)
            value += (*digit - '0') * (unit /= 10);
    *limit = negative ? -value : value;
    *at = digit;
    return true;
}

/* The limits at *AT: -1 below, 1 above them; *AT goes behind them. */
static int compare_limits(const char **at, double value)
{
    double limit;
    int order = 0;

    if (**at != '(')
        return 0;
    (*at)++;
    if (read_limit(at, &limit) && value < limit)
        order = -1;
    (*at)++; /* the comma */
    if (read_limit(at, &limit) && value > limit && order == 0)
        order = 1;
    (*at)++;
    return order;
}

static size_t characters(asl_value v)
{
    const char *text = asl_text(&v);
    size_t count = 0;

    for (size_t i = 0; i < asl_text_len(v); i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

/* Whether the words at AT, separated by `|`, have V. */
static bool has_word(struct span words, asl_value v)
{
    while (words.at < words.end) {
        const char *bar = memchr(words.at, '|', (size_t)(words.end - words.at));
        const char *end = bar ? bar : words.end;

        if ((size_t)(end - words.at) == asl_text_len(v) &&
            memcmp(words.at, asl_text(&v), asl_text_len(v)) == 0)
            return true;
        words.at = end + (bar != NULL);
    }
    return false;
}

static bool fits_string(const struct check *check, struct span field, struct span type,
                        asl_value v)
{
    if (!asl_is_string(v))
        return complain(check, field, "must be a string");
    int order = compare_limits(&type.at, (double)characters(v));
    if (order != 0)
        return complain(check, field,
                        order < 0 ? "is smaller than the minimum length"
                                  : "exceeds the maximum length");
    if (type.at < type.end && *type.at == '=') {
        type.at++;
        if (!has_word(type, v))
            return complain(check, field, "is not an expected value");
    }
    return true;
}

static bool fits_number(const struct check *check, struct span field, struct span type,
                        asl_value v)
{
    if (!asl_is_number(v))
        return complain(check, field, "must be a number");
    int order = compare_limits(&type.at, asl_to_double(v));
    if (order == 0)
        return true;
    return complain(check, field,
                    order < 0 ? "is less than the minimum value" : "exceeds the maximum value");
}

static bool fits_members(const struct check *check, const struct shape *shape, asl_value v);

static bool fits(const struct check *check, struct span field, struct span type, asl_value v)
{
    char letter = *type.at;
    struct span inner = { type.at + 1, type.end - 1 };

    type.at++;
    switch (letter) {
    case 's': return fits_string(check, field, type, v);
    case 'n': return fits_number(check, field, type, v);
    case 'b': return asl_is_boolean(v) || complain(check, field, "must be a boolean");
    case '[':
        if (!asl_is_array(v))
            return complain(check, field, "must be an array");
        for (size_t i = 0; i < asl_count(v); i++)
            if (!fits(check, field, inner, asl_at(v, i)))
                return false;
        return true;
    case '<':
        if (!asl_is_object(v))
            return complain(check, field, "must be an object");
        for (size_t i = 0; i < asl_count(v); i++)
            if (!fits(check, field, inner, asl_member_at(v, i)->value))
                return false;
        return true;
    case '@':
        return asl_is_object(v)
                   ? fits_members(check,
                                  find(parts, ASL__COUNT_OF(parts), check->service, type), v)
                   : complain(check, field, "must be an object");
    default: return true;
    }
}

static asl_value member(asl_value object, struct span name)
{
    size_t len = (size_t)(name.end - name.at);

    for (size_t i = 0; i < asl_count(object); i++) {
        const asl_member *one = asl_member_at(object, i);
        if (asl_text_len(one->key) == len && memcmp(asl_text(&one->key), name.at, len) == 0)
            return one->value;
    }
    return asl_undefined();
}

/* V, an object, has the members of SHAPE. */
static bool fits_members(const struct check *check, const struct shape *shape, asl_value v)
{
    const char *at = shape->members;

    while (*at) {
        const char *end = at + strcspn(at, " ");
        struct span field = { at, at + strcspn(at, "!:") };
        bool required = *field.end == '!';
        struct span type = { field.end + 1 + required, end };
        asl_value one = member(v, field);

        at = end + (*end == ' ');
        if (!asl_is_undefined(one) && !asl_is_null(one)) {
            if (!fits(check, field, type, one))
                return false;
        } else if (required && check->strict) {
            asl__buf_printf(check->why,
                            "Mock result schema validation error: Required field '%.*s' is "
                            "missing",
                            (int)(field.end - field.at), field.at);
            return false;
        }
    }
    return true;
}

/* ---- calls ------------------------------------------------------------------------- */

/* The name of the service in the table. */
static struct span service_of(asl_value *service)
{
    struct span span = { asl_text(service), asl_text(service) + asl_text_len(*service) };

    if (asl_text_len(*service) > 8 && memcmp(span.at, "aws-sdk:", 8) == 0) {
        span.at += 8;
        return span;
    }
    for (size_t i = 0; i < ASL__COUNT_OF(renamed); i++)
        if (is_text(span, renamed[i][0]))
            return (struct span){ renamed[i][1], renamed[i][1] + strlen(renamed[i][1]) };
    return span;
}

bool asl__aws_shape_fits(asl_value service, asl_value action, asl_value v, bool strict,
                         struct asl__buf *why)
{
    struct span name = service_of(&service);
    struct span call = { asl_text(&action), asl_text(&action) + asl_text_len(action) };
    struct check check = { .strict = strict, .why = why };

    if (is_text(name, "sfn") && is_text(call, "startExecution.sync"))
        call = (struct span){ "describeExecution", "describeExecution" + 17 };
    for (size_t i = 0; i < ASL__COUNT_OF(calls); i++)
        if (is_text(name, calls[i].service) && is_text(call, calls[i].name)) {
            check.service = calls[i].service;
            return fits_members(&check, &calls[i], v);
        }
    return true;
}
