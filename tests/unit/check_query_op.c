/* Unit tests of JSONata's operators and errors, of the bounds and the end of evaluations. */
#include "base.h"

#include "query_values.h"

/* ---- operators ------------------------------------------------------------------------- */

#define LEFT_NO_NUMBER(op) \
    "T2001: The left side of the \"" op "\" operator must evaluate to a number"
#define RIGHT_NO_NUMBER(op) \
    "T2002: The right side of the \"" op "\" operator must evaluate to a number"
#define OUT_OF_RANGE "D1001: Number out of range: null"

static asl_value operate(const char *op, asl_value a, asl_value b)
{
    switch (op[0]) {
    case '+': return asl_add(&eval, a, b);
    case '-': return asl_subtract(&eval, a, b);
    case '*': return asl_multiply(&eval, a, b);
    case '/': return asl_divide(&eval, a, b);
    case '%': return asl_modulo(&eval, a, b);
    case '&': return asl_concat(&eval, a, b);
    case '=': return asl_boolean(asl_equals(a, b));
    case '!': return asl_boolean(asl_differs(a, b));
    case '<': return op[1] ? asl_less_equal(&eval, a, b) : asl_less(&eval, a, b);
    case '>': return op[1] ? asl_greater_equal(&eval, a, b) : asl_greater(&eval, a, b);
    case 'i': return asl_in(&eval, a, b);
    default: return asl_range(&eval, a, b);
    }
}

static const struct operation {
    const char *a, *op, *b, *wanted;
} operations[] = {
    { "1", "+", "2", "3" },
    { "1.5", "+", "2", "3.5" },
    { "1.5", "+", "1.5", "3" },
    { "9223372036854775807", "+", "-1", "9.223372036854776E18" },
    { "9223372036854775807", "+", "1", "9.223372036854776E18" },
    { "9007199254740993", "+", "0", "9007199254740992" },
    { "0.1", "+", "0.2", "0.30000000000000004" },
    { "1.10", "+", "1", "2.1" },
    { "1e308", "*", "10", "Infinity" },
    { "1", "-", "2", "-1" },
    { "-9223372036854775808", "-", "1", "-9.223372036854776E18" },
    { "3", "*", "-4", "-12" },
    { "4294967296", "*", "4294967296", "1.8446744073709552E19" },
    { "0.5", "*", "4", "2" },
    { "6", "/", "3", "2" },
    { "-7", "/", "2", "-3.5" },
    { "9223372036854775807", "/", "-1", "-9.223372036854776E18" },
    { "-9223372036854775808", "/", "-1", "9.223372036854776E18" },
    { "1", "/", "0", "Infinity" },
    { "-1", "/", "0", "-Infinity" },
    { "0", "/", "0", "NaN" },
    { "0", "/", "-1", "0" },
    { "-5", "%", "3", "-2" },
    { "5", "%", "-3", "2" },
    { "5.5", "%", "2", "1.5" },
    { "5", "%", "0", "NaN" },
    { "-9223372036854775808", "%", "-1", "0" },
    { "undefined", "+", "1", "undefined" },
    { "1", "+", "undefined", "undefined" },
    { "undefined", "+", "\"a\"", RIGHT_NO_NUMBER("+") },
    { "\"a\"", "-", "undefined", LEFT_NO_NUMBER("-") },
    { "\"a\"", "*", "true", LEFT_NO_NUMBER("*") },
    { "1", "/", "null", RIGHT_NO_NUMBER("/") },
    { "[1]", "%", "1", LEFT_NO_NUMBER("%") },
    { "Infinity", "+", "1", OUT_OF_RANGE },
    { "1", "+", "-Infinity", OUT_OF_RANGE },
    { "Infinity", "+", "\"a\"", OUT_OF_RANGE },
    { "\"a\"", "+", "Infinity", LEFT_NO_NUMBER("+") },
    { "NaN", "+", "1", LEFT_NO_NUMBER("+") },
    { "undefined", "+", "Infinity", OUT_OF_RANGE },

    { "1", "<", "2", "true" },
    { "2", "<=", "2", "true" },
    { "2", ">", "2", "false" },
    { "2", ">=", "2", "true" },
    { "9007199254740992", "<", "9007199254740993", "true" },
    { "1.5", "<", "2", "true" },
    { "1.5", ">=", "1.50", "true" },
    { "NaN", "<=", "NaN", "false" },
    { "Infinity", ">", "1", "true" },
    { "\"a\"", "<", "\"b\"", "true" },
    { "\"a\"", "<=", "\"a\"", "true" },
    { "\"b\"", ">", "\"a longer string than the other\"", "true" },
    { "\"\\ud83d\\ude00\"", "<", "\"\\uffee\"", "true" },
    { "undefined", "<", "1", "undefined" },
    { "\"a\"", ">=", "undefined", "undefined" },
    { "undefined", "<", "undefined", "undefined" },
    { "undefined", "<", "true",
      "T2010: The expressions either side of operator \"<\" must evaluate to numeric or string "
      "values" },
    { "null", "<=", "1",
      "T2010: The expressions either side of operator \"<=\" must evaluate to numeric or string "
      "values" },
    { "\"a\"", ">", "1",
      "T2009: The values \"a\" and 1 either side of operator \">\" must be of the same data "
      "type" },
    { "1", ">=", "\"a\"",
      "T2009: The values 1 and \"a\" either side of operator \">=\" must be of the same data "
      "type" },

    { "1", "=", "1", "true" },
    { "1", "=", "1.0", "true" },
    { "1.10", "=", "1.1", "true" },
    { "9007199254740993", "=", "9007199254740992", "false" },
    { "1", "=", "\"1\"", "false" },
    { "true", "=", "true", "true" },
    { "true", "=", "1", "false" },
    { "null", "=", "null", "true" },
    { "null", "=", "false", "false" },
    { "undefined", "=", "undefined", "false" },
    { "undefined", "=", "\"\"", "false" },
    { "\"\"", "=", "undefined", "false" },
    { "\"a\"", "=", "\"a\"", "true" },
    { "\"longer than fourteen\"", "=", "\"longer than fourteen\"", "true" },
    { "\"longer than fourteen\"", "=", "\"longer than fourteem\"", "false" },
    { "NaN", "=", "NaN", "false" },
    { "Infinity", "=", "Infinity", "true" },
    { "[]", "=", "s[]", "true" },
    { "[]", "=", "{}", "false" },
    { "sk[1,[2]]", "=", "c[1,[2]]", "true" },
    { "[1,2]", "=", "[2,1]", "false" },
    { "[1]", "=", "1", "false" },
    { "{\"a\":1,\"b\":[2]}", "=", "{\"b\":[2],\"a\":1}", "true" },
    { "{\"a\":1,\"b\":2}", "=", "{\"a\":1,\"c\":2}", "false" },
    { "{\"a\":1}", "=", "{\"a\":1,\"b\":1}", "false" },
    { "function", "=", "function", "true" },
    { "function", "=", "{}", "false" },
    { "1", "!=", "2", "true" },
    { "1", "!=", "1", "false" },
    { "undefined", "!=", "1", "false" },
    { "1", "!=", "undefined", "false" },
    { "undefined", "!=", "undefined", "false" },
    { "\"a\"", "!=", "1", "true" },

    { "1", "in", "[1,2]", "true" },
    { "1.0", "in", "[1]", "true" },
    { "3", "in", "[1,2]", "false" },
    { "\"a\"", "in", "[\"b\",\"a\"]", "true" },
    { "\"a\"", "in", "\"a\"", "true" },
    { "\"a\"", "in", "[]", "false" },
    { "\"longer than fourteen\"", "in", "[\"longer than fourteen\"]", "true" },
    { "null", "in", "null", "true" },
    { "[1]", "in", "[[1]]", "false" },
    { "{}", "in", "[{}]", "false" },
    { "undefined", "in", "[1]", "false" },
    { "1", "in", "undefined", "false" },

    { "\"a\"", "&", "\"b\"", "\"ab\"" },
    { "undefined", "&", "undefined", "\"\"" },
    { "undefined", "&", "\"b\"", "\"b\"" },
    { "\"b\"", "&", "undefined", "\"b\"" },
    { "\"seven..\"", "&", "\"seven..\"", "\"seven..seven..\"" },
    { "\"seven..\"", "&", "\"eight...\"", "\"seven..eight...\"" },
    { "\"a\\u0000\"", "&", "\"\\u0000b\"", "\"a\\u0000\\u0000b\"" },
    { "\"a\\ud83d\"", "&", "\"\\ude00b\"", "\"a\360\237\230\200b\"" },
    { "\"a long text before it \\ud83d\"", "&", "\"\\ude00b\"",
      "\"a long text before it \360\237\230\200b\"" },
    { "1", "&", "[true]", "\"1[true]\"" },

    { "1", "..", "3", "s[1,2,3]" },
    { "1", "..", "1", "s[1]" },
    { "-1", "..", "1.0", "s[-1,0,1]" },
    { "3", "..", "1", "undefined" },
    { "-9223372036854775808", "..", "-9223372036854775807",
      "s[-9223372036854775808,-9223372036854775807]" },
    { "9223372036854775807", "..", "-9223372036854775808", "undefined" },
    { "1e20", "..", "1e20", "s[1.0E20]" },
    { "undefined", "..", "1", "undefined" },
    { "1", "..", "undefined", "undefined" },
    { "1.5", "..", "2",
      "T2003: The left side of the range operator (..) must evaluate to an integer" },
    { "Infinity", "..", "2",
      "T2003: The left side of the range operator (..) must evaluate to an integer" },
    { "undefined", "..", "\"a\"",
      "T2004: The right side of the range operator (..) must evaluate to an integer" },
    { "1", "..", "10000001",
      "D2014: The size of the sequence allocated by the range operator (..) must not exceed "
      "1e6.  Attempted to allocate 10000001." },
    { "-9223372036854775808", "..", "9223372036854775807",
      "D2014: The size of the sequence allocated by the range operator (..) must not exceed "
      "1e6.  Attempted to allocate 18446744073709552000." },
};

START_TEST(operators)
{
    for (size_t i = 0; i < ASL__COUNT_OF(operations); i++) {
        const struct operation *o = &operations[i];
        char about[200];
        snprintf(about, sizeof about, "%s %s %s", o->a, o->op, o->b);
        EXPECT(operate(o->op, make(o->a), make(o->b)), o->wanted, about);
    }
}
END_TEST

START_TEST(an_operand_that_is_an_error_passes)
{
    static const char *const ops[] = { "+", "-",  "*", "/",  "%",  "&",
                                       "<", "<=", ">", ">=", "in", ".." };
    asl_value a = asl_query_error(&eval, "T1006", NULL, asl_undefined());
    asl_value b = asl_query_error(&eval, "T2006", NULL, asl_undefined());

    for (size_t i = 0; i < ASL__COUNT_OF(ops); i++) {
        EXPECT(operate(ops[i], a, b), show(a), ops[i]);
        EXPECT(operate(ops[i], asl_integer(1), b), show(b), ops[i]);
        EXPECT(operate(ops[i], asl_undefined(), b), show(b), ops[i]);
        EXPECT(operate(ops[i], a, asl_str("x")), show(a), ops[i]);
    }
    EXPECT(asl_negate(&eval, a), show(a), "negate");
}
END_TEST

START_TEST(negation)
{
    static const char *const cases[][2] = {
        { "5", "-5" },
        { "-1.5", "1.5" },
        { "0", "0" },
        { "undefined", "undefined" },
        { "-9223372036854775808", "9.223372036854776E18" },
        { "1.50", "-1.5" },
        { "\"a\"", "D1002: Cannot negate a non-numeric value: \"a\"" },
        { "[1e21,1e-7,0.1]",
          "D1002: Cannot negate a non-numeric value: [1e+21,1e-7,0.1]" },
        { "function", "D1002: Cannot negate a non-numeric value: \"\"" },
        { "NaN", "D1002: Cannot negate a non-numeric value: null" },
        { "Infinity", "D1001: Number out of range: null" },
    };

    for (size_t i = 0; i < ASL__COUNT_OF(cases); i++)
        EXPECT(asl_negate(&eval, make(cases[i][0])), cases[i][1], cases[i][0]);
}
END_TEST

START_TEST(truths)
{
    static const char *const yes[] = {
        "true",      "1",   "-0.5",    "\"a\"", "\"longer than fourteen\"",
        "{\"a\":0}", "[1]", "[[[1]]]", "[0,1]", "[0,[0,[\"x\"]]]",
        "Infinity"
    };
    static const char *const no[] = { "undefined",  "null",     "false", "0",
                                      "0.00",       "-0.0",     "\"\"",  "{}",
                                      "[]",         "[0]",      "[[]]",  "[0,\"\"]",
                                      "[0,[0,[]]]", "function", "NaN" };

    for (size_t i = 0; i < ASL__COUNT_OF(yes); i++)
        ck_assert_msg(asl_truth(make(yes[i])), "%s", yes[i]);
    for (size_t i = 0; i < ASL__COUNT_OF(no); i++) {
        ck_assert_msg(!asl_truth(make(no[i])), "%s", no[i]);
        EXPECT(asl__cast_boolean(&eval, make(no[i])), i == 0 ? "undefined" : "false", no[i]);
    }
    ck_assert_uint_gt(asl_truth(asl_double(-INFINITY)), ASL_TRUTH);
    EXPECT(asl__cast_boolean(&eval, asl_double(INFINITY)), "D1001: Number out of range: null",
           "an infinity");
}
END_TEST

/* The same parts, in two values of their own: 2^900 pairs. */
START_TEST(shared_parts_are_looked_at_once)
{
    asl_value a = asl_array(), b = asl_array(), c = asl_array();
    asl_value keys[] = { asl_str("x"), asl_str("y") };

    a = asl_push(region, a, asl_integer(0));
    b = asl_push(region, b, asl_integer(0));
    c = asl_push(region, c, asl_integer(1));
    for (int i = 0; i < 900; i++) {
        asl_value two_a[] = { a, a }, two_b[] = { b, b },
                  two_c[] = { i ? c : b, i ? c : c };
        bool object = i % 3 == 2;
        a = object ? asl_record_any(region, 2, keys, two_a)
                   : asl_array_of(region, 2, two_a);
        b = object ? asl_record_any(region, 2, keys, two_b)
                   : asl_array_of(region, 2, two_b);
        c = object ? asl_record_any(region, 2, keys, two_c)
                   : asl_array_of(region, 2, two_c);
    }
    ck_assert(asl_equals(a, b));
    ck_assert(!asl_equals(a, c));
    asl_value f = asl_array(), g = asl_array();
    for (int i = 0; i < 900; i++) {
        asl_value two[] = { f, g };
        f = asl_array_of(region, 2, two);
        g = asl_array_of(region, 2, two);
    }
    ck_assert(!asl_truth(f));
}
END_TEST

START_TEST(a_range_of_ten_million)
{
    asl_value v = asl_range(&eval, asl_integer(1), asl_integer(10000000));
    asl_list l = { 0 };

    ck_assert_uint_eq(asl_count(v), 10000000);
    ck_assert_uint_eq(asl__items(v)[9999999].u.word.body, 10000000);
    asl_list_append(&eval, &l, v);
    asl_value array = asl_list_array(&eval, &l, 0);
    ck_assert_ptr_eq(asl__items(array), asl__items(v)); /* not copied */
    ck_assert_uint_eq(asl_flags(array), 0);
}
END_TEST

/* ---- errors ---------------------------------------------------------------------------- */

START_TEST(messages)
{
    static const struct {
        const char *code, *token, *value, *value2, *wanted;
    } cases[] = {
        { "D1004", NULL, "undefined", "undefined",
          "D1004: Regular expression matches zero length string" },
        { "T0410", "length", "1", "undefined",
          "T0410: Argument 1 of function \"length\" does not match function signature" },
        { "T0412", "sum", "1", "\"numbers\"",
          "T0412: Argument 1 of function \"sum\" must be an array of \"numbers\"" },
        { "T0412", "partition", "1", "undefined",
          "T0412: Argument 1 of function \"partition\" must be an array of undefined" },
        { "T1005", "sum", "undefined", "undefined",
          "T1005: Attempted to invoke a non-function. Did you mean $sum?" },
        { "D3061", NULL, "-1", "0.5",
          "D3061: The power function has resulted in a value that cannot be represented as a "
          "JSON number: base=-1, exponent=0.5" },
        { "D3137", NULL, "\"it is {so}\"", "undefined", "D3137: it is {so}" },
        { "D3140", "decodeUrl", "\"%\"", "undefined",
          "D3140: Malformed URL passed to $decodeUrl(): \"%\"" },
        { "T2011", NULL, "{\"a\":[1,\"\\n\",null,true,1.50],\"b\":{}}", "undefined",
          "T2011: The insert/update clause of the transform expression must evaluate to an "
          "object: {\"a\":[1,\"\\n\",null,true,1.5],\"b\":{}}" },
        { "S0103", "x", "undefined", "undefined",
          "S0103: Unsupported escape sequence: \\\"x\"" },
    };

    for (size_t i = 0; i < ASL__COUNT_OF(cases); i++)
        EXPECT(asl_query_error2(&eval, cases[i].code, cases[i].token,
                                make(cases[i].value), make(cases[i].value2)),
               cases[i].wanted, cases[i].code);
    EXPECT(asl_query_fail(&eval, NULL, asl_str("text")), "text", "no code");
    EXPECT(asl_query_fail(&eval, "D3137", asl_str("text")), "D3137: text", "a code");
}
END_TEST

/* What a message is about may be large, and larger still than it takes memory. */
START_TEST(a_message_is_bounded)
{
    asl_value v = asl_str("\303\244"), text = asl_undefined();

    for (int i = 0; i < 200; i++) {
        asl_value two[] = { v, v };
        v = asl_array_of(region, 2, two);
    }
    v = asl_query_error(&eval, "D1002", NULL, v);
    text = asl_error_of(v)->cause;
    ck_assert_uint_gt(asl_text_len(text), 32000);
    ck_assert_uint_lt(asl_text_len(text), 32800);
    for (int shift = 0; shift < 2; shift++) {
        asl_list l = { 0 };
        for (int i = 0; i < 20000; i++)
            asl_list_add(&eval, &l,
                         i == 0 && shift ? asl_str("x") : asl_str("\303\244"));
        v = asl_query_error(&eval, "D1002", NULL, asl_list_array(&eval, &l, 0));
        text = asl_error_of(v)->cause;
        asl_value json = asl_to_json(region, text), back;
        asl_syntax_error error; /* that checks the UTF-8, too */
        ck_assert(
            asl_parse(region, asl_text(&json), asl_text_len(json), &back, &error));
        ck_assert_mem_eq(asl_text(&text) + asl_text_len(text) - 3, "...", 3);
    }
}
END_TEST

/* ---- bounds ---------------------------------------------------------------------------- */

static asl_value descend(int depth)
{
    asl_value v = asl__bounded(&eval);

    if (asl_is_error(v) || depth == 0)
        return v;
    v = descend(depth - 1);
    return asl_is_error(v) ? v : asl__bounded(&eval); /* no tail call */
}

START_TEST(calls_end_before_the_stack_does)
{
    EXPECT(descend(100), "undefined", "a few");
#ifdef __SANITIZE_THREAD__
    return; /* its own stack of calls is shorter than the thread's */
#endif
    EXPECT(
        descend(INT32_MAX),
        "U1001: Stack overflow error: Check for non-terminating recursive function.  "
        "Consider rewriting as tail-recursive",
        "many");
    EXPECT(descend(100), "undefined", "a few");
}
END_TEST

START_TEST(loops_end_when_time_is_up)
{
    static const char late[] =
        "U1001: Expression evaluation timeout: Check for infinite loop";
    asl_value v = asl_undefined();
    asl_list l = { 0 };

    for (int i = 0; i < 3 * ASL__TICKS; i++)
        ck_assert(asl_is_undefined(asl__tick(&eval)));
    ck_assert_int_gt(eval.more->deadline, 0);
    eval.more->deadline = 1;
    for (int i = 0; i < ASL__TICKS && asl_is_undefined(v); i++)
        v = asl__bounded(&eval);
    EXPECT(v, late, "calls");
    for (uint32_t i = 0; i < ASL__TICKS; i++)
        asl_list_filter(&eval, &l, asl_null(), i, ASL__TICKS, asl_boolean(true));
    EXPECT(asl_list_sequence(&eval, &l, 0), late, "a filter");
}
END_TEST

/* ---- the end of an evaluation ---------------------------------------------------------- */

START_TEST(results_are_plain)
{
    static const char *const cases[][2] = {
        { "5", "5" },
        { "undefined", "undefined" },
        { "sk[1]", "[1]" },
        { "st[[1,2]]", "[[1,2]]" },
        { "Infinity", "\"Infinity\"" },
        { "-Infinity", "\"-Infinity\"" },
        { "NaN", "\"NaN\"" },
        { "function", "unsupported" },
        { "1.50", "1.50" },
    };

    for (size_t i = 0; i < ASL__COUNT_OF(cases); i++)
        EXPECT(asl_eval_end(&eval, make(cases[i][0])), cases[i][1], cases[i][0]);
    ck_assert(asl_is_function_error(asl_eval_end(&eval, make("function"))));
    ck_assert(!asl_is_function_error(asl_undefined()));
    ck_assert(!asl_is_function_error(asl_no_memory()));
    ck_assert(!asl_is_function_error(asl_query_fail(&eval, NULL, asl_str("text"))));
}
END_TEST

/* An object and an array that hold all that is not plain. */
static asl_value unclean(void)
{
    asl_value items[] = { make("sk[1]"), make("function"),   make("NaN"),
                          make("1.5"),   make("{\"a\":[]}"), make("c[]") };
    asl_value keys[] = { asl_str("a"), asl_str("b"), asl_str("c"), asl_str("d") };
    asl_value values[] = { asl_flagged(asl_array_of(region, 6, items), ASL_CONS),
                           make("function"), make("Infinity"), make("s[2,3]") };

    return asl_record_any(region, 4, keys, values);
}

static const char cleaned[] =
    "{\"a\":[[1],\"\",\"NaN\",1.5,{\"a\":[]},[]],\"b\":\"\",\"c\":\"Infinity\",\"d\":[2,3]}";

START_TEST(what_an_evaluation_made_becomes_plain)
{
    asl_list l = { 0 };

    for (int i = 0; i < 3; i++)
        asl_list_add(&eval, &l, unclean());
    asl_value v = asl_eval_end(&eval, asl_list_sequence(&eval, &l, 0));
    for (uint32_t i = 0; i < 3; i++)
        EXPECT(asl__items(v)[i], cleaned, "in a list");
    for (uint32_t i = 0; i < 4; i++)
        ck_assert_uint_eq(asl_flags(asl__members(asl__items(v)[0])[i].value), 0);
    eval.since = NULL; /* not told where it began */
    EXPECT(asl_eval_end(&eval, unclean()), cleaned, "anywhere");
}
END_TEST

/* What was there before stays as it is, also where its block has been extended. */
START_TEST(what_was_there_before_is_left_alone)
{
    asl_value before = make("[[1],2]"), spare = asl_array();

    for (int i = 0; i < 5; i++)
        spare = asl_push(region, spare, asl_integer(i));
    before =
        asl_push(region, asl_push(region, before, make("[3]")), asl_double(INFINITY));
    asl_eval_begin(&eval);
    EXPECT(asl_eval_end(&eval, before), "[[1],2,[3],Infinity]", "input");
    asl_value more = before;
    for (int i = 0; i < 10; i++)
        more = asl_push(region, more, make("s[7]"));
    more = asl_eval_end(&eval, more);
    ck_assert_uint_eq(asl_flags(asl__items(more)[13]), 0);
    for (int i = 0; i < 10000; i++) /* new chunks */
        ck_assert_ptr_nonnull(asl_alloc(region, 100));
    EXPECT(asl_eval_end(&eval, unclean()), cleaned, "in another chunk");
}
END_TEST

/* ---- memory ---------------------------------------------------------------------------- */

/* Everything that allocates, in regions that give out from little to enough. */
START_TEST(without_memory_there_is_an_error)
{
    static const char input[] = "[{\"a\":[1,2],\"b\":\"x\"},{\"a\":3,\"b\":\"y\"}]";
    int failures = 0, successes = 0;

    for (size_t limit = 1; limit < 40; limit++) {
        asl_value all = make(input), v = asl_integer(0), keys[600], list = asl_array();
        for (int i = 0; i < 600; i++) {
            keys[i] = asl_format_string(region, "a key of some length %d", 600 - i);
            list = asl_push(region, list, asl__items(all)[i % 2]);
        }
        struct asl__pool pool;
        struct asl__chunks chunks;
        asl_region small;
        asl__pool_init(&pool, limit * 4096);
        asl__chunks_init(&chunks, &pool);
        asl__region_init(&small, &chunks);
        asl_eval e = { .region = &small };
        asl_groups g = { 0 };
        asl_list l = { 0 };
        asl_value results[8] = { 0 };
        asl_eval_begin(&e);
        results[0] = asl__step_slow(&small, list.u.word.head, list.u.word.body,
                                    asl_str("a").u.word.head, asl_str("a").u.word.body);
        results[1] = order_by(&e, list, 1, 0, keys, 600);
        results[2] = asl_rows(&e, list, 3);
        results[3] = asl_descendants(&e, list);
        for (uint32_t i = 0; i < 600 && !asl_is_error(results[4]); i++)
            results[4] = asl_group_add(&e, &g, 0, keys[i], asl_integer(1));
        for (uint32_t i = 0; i < g.count; i++)
            asl_group_set(&g, i, v);
        results[5] = asl_group_end(&e, &g);
        asl_list_add(&e, &l, list);
        results[6] = asl_list_array(&e, &l, 0);
        results[7] = asl_concat(&e, keys[0], keys[1]);
        for (size_t i = 0; i < ASL__COUNT_OF(results); i++) {
            if (asl_is_error(results[i]))
                ck_assert(asl_error_of(results[i])->flags & ASL_ERROR_NO_MEMORY);
            failures += asl_is_error(results[i]);
            successes += !asl_is_error(results[i]);
        }
        asl__region_release(&small);
        asl__chunks_free(&chunks);
        asl__pool_free(&pool);
    }
    ck_assert_int_gt(failures, 8);
    ck_assert_int_gt(successes, 8);
}
END_TEST

static void add_operators(Suite *suite)
{
    TCase *operators_case = new_case(suite, "operators"),
          *ends = new_case(suite, "ends");

    tcase_add_test(operators_case, operators);
    tcase_add_test(operators_case, an_operand_that_is_an_error_passes);
    tcase_add_test(operators_case, negation);
    tcase_add_test(operators_case, truths);
    tcase_add_test(operators_case, shared_parts_are_looked_at_once);
    tcase_add_test(operators_case, a_range_of_ten_million);
    tcase_add_test(ends, messages);
    tcase_add_test(ends, a_message_is_bounded);
    tcase_add_test(ends, calls_end_before_the_stack_does);
    tcase_add_test(ends, loops_end_when_time_is_up);
    tcase_add_test(ends, results_are_plain);
    tcase_add_test(ends, what_an_evaluation_made_becomes_plain);
    tcase_add_test(ends, what_was_there_before_is_left_alone);
    tcase_add_test(ends, without_memory_there_is_an_error);
}

int main(void)
{
    Suite *suite = suite_create("query operators");

    add_operators(suite);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
