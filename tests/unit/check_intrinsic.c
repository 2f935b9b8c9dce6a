/* Unit tests of intrinsic functions: parser, static check (compiler), operations. */
#include "base.h"

#include <check.h>

#include <aslrt/ops.h>

#include "arena.h"
#include "expr.h"

static asl_region *region;
static struct arena *arena;
static struct expr_error error;

static void setup(void)
{
    region = asl_region_new();
    arena = arena_new();
}

static void teardown(void)
{
    asl_region_free(region);
    arena_free(arena);
}

/* ---- parser and check --------------------------------------------------------- */

static const struct expr *call_of(const char *text)
{
    const struct expr *call = parse_intrinsic(arena, text, strlen(text), &error);

    ck_assert_msg(call != NULL, "%s: %zu: %s", text, error.offset, error.message);
    return call;
}

static void expect_wrong(const char *text, size_t offset, const char *message)
{
    const struct expr *call = parse_template_value(arena, text, strlen(text), &error);

    ck_assert_msg(!call || !check_intrinsic(call, &error), "%s", text);
    ck_assert_msg(error.offset == offset && strstr(error.message, message) != NULL,
                  "%s: %zu: %s", text, error.offset, error.message);
}

START_TEST(calls_have_arguments_of_all_kinds)
{
    const struct expr *call = call_of(
        "States.Array( 'it\\'s \\{\\}' ,-1.5, true,null, $.a[?(@.b == ',')].c,$$.x, $v,"
        "States.UUID() )");

    ck_assert_int_eq(call->intrinsic, INTRINSIC_ARRAY);
    ck_assert_uint_eq(call->nargs, 8);
    ck_assert_uint_eq(call->args[0]->text.len, 7);
    ck_assert_mem_eq(call->args[0]->text.text, "it's {}", 7);
    ck_assert_mem_eq(call->args[0]->raw.text, "it\\'s \\{\\}", 10);
    ck_assert_int_eq(call->args[1]->kind, EXPR_NUMBER);
    ck_assert_int_eq(call->args[2]->kind, EXPR_TRUE);
    ck_assert_int_eq(call->args[3]->kind, EXPR_NULL);
    ck_assert_int_eq(call->args[4]->root, ROOT_INPUT);
    ck_assert_uint_eq(call->args[4]->count, 3);
    ck_assert_int_eq(call->args[5]->root, ROOT_CONTEXT);
    ck_assert_int_eq(call->args[6]->root, ROOT_VARIABLE);
    ck_assert_uint_eq(call->args[6]->span.start, 72);
    ck_assert_uint_eq(call->args[4]->steps[1].span.start, 48);
    ck_assert_int_eq(call->args[7]->intrinsic, INTRINSIC_UUID);
    ck_assert(check_intrinsic(call, &error));
}
END_TEST

START_TEST(wrong_calls_are_refused)
{
    expect_wrong("", 0, "expected");
    expect_wrong("States.Nope(1)", 0, "no intrinsic");
    expect_wrong("States.Array(1", 14, "expected");
    expect_wrong("States.Array(1,)", 15, "expected an argument");
    expect_wrong("States.Array('a)", 13, "not closed");
    expect_wrong("States.Array('\\n')", 14, "escapes");
    expect_wrong("States.Array($.)", 14, "period");
    expect_wrong("States.Array(1) x", 16, "unexpected");
    expect_wrong("States.UUID(1)", 0, "takes 0 arguments");
    expect_wrong("States.MathAdd(1)", 0, "takes 2 arguments");
    expect_wrong("States.MathAdd(1, 'a')", 18, "must be a number");
    expect_wrong("States.ArrayLength(1)", 19, "must be a path");
    expect_wrong("States.Format('{} {}', 1)", 14, "2 {} for 1");
    expect_wrong("States.Format('{x}', 1)", 14, "not followed");
    expect_wrong("States.Array(States.Format(1))", 27, "must be a string");
}
END_TEST

START_TEST(calls_nest_ten_deep)
{
    char text[512] = "";

    for (int i = 0; i < 10; i++)
        strncat(text, "States.Array(", 14);
    strncat(text, "))))))))))", 11);
    call_of(text);
    memmove(text + 13, text, strlen(text) + 1);
    strncat(text, ")", 2);
    ck_assert(!parse_intrinsic(arena, text, strlen(text), &error));
}
END_TEST

START_TEST(every_function_has_its_name_and_op)
{
    for (int i = 0; i < INTRINSIC_COUNT; i++) {
        ck_assert(strncmp(intrinsic_name((enum intrinsic)i), "States.", 7) == 0);
        ck_assert(strncmp(intrinsic_op((enum intrinsic)i), "asl_intrinsic_", 14) == 0);
    }
    ck_assert(intrinsic_is_random(INTRINSIC_UUID));
    ck_assert(!intrinsic_is_random(INTRINSIC_HASH));
}
END_TEST

/* ---- operations --------------------------------------------------------------- */

typedef asl_value op(asl_region *region, uint32_t count, const asl_value *args);

/* Calls OP with the elements of the array ARGS. */
static asl_value apply(op *function, const char *args)
{
    asl_value v = asl_undefined();
    asl_syntax_error syntax;

    ck_assert_msg(asl_parse(region, args, strlen(args), &v, &syntax), "%s", args);
    return function(region, (uint32_t)asl_count(v), v.u.big.as.items);
}

static void expect(op *function, const char *args, const char *wanted)
{
    asl_value json = asl_to_json(region, apply(function, args));

    ck_assert_msg(asl_text_len(json) == strlen(wanted), "%s: %.*s", args,
                  (int)asl_text_len(json), asl_text(&json));
    ck_assert_mem_eq(asl_text(&json), wanted, strlen(wanted));
}

static void expect_cause(asl_value v, const char *wanted)
{
    ck_assert(asl_is_error(v));
    asl_value cause = asl_error_of(v)->cause;
    ck_assert_msg(asl_text_len(cause) == strlen(wanted), "%.*s",
                  (int)asl_text_len(cause), asl_text(&cause));
    ck_assert_mem_eq(asl_text(&cause), wanted, strlen(wanted));
    ck_assert(asl_error_of(v)->flags & ASL_ERROR_FINAL);
}

static void fails(op *function, const char *args, const char *wanted)
{
    expect_cause(apply(function, args), wanted);
}

START_TEST(format_fills_in)
{
    op *f = asl_intrinsic_format;

    expect(f, "[\"a {} b {}\", 1.10, \"x\"]", "\"a 1.10 b x\"");
    expect(f, "[\"\\\\{\\\\}\\\\'\\\\\\\\ {}\", {\"a\":[1,null,{}],\"b\":\"x\"}]",
           "\"{}'\\\\ {a=[1, null, {}], b=x}\"");
    fails(f, "[\"{}\"]",
          "Invalid arguments in States.Format: number of arguments do not "
          "match the occurrences of {}.");
    fails(f, "[\"{\"]",
          "Invalid template in States.Format: matching '}' not found for '{'.");
    fails(f, "[1]", "Invalid arguments in States.Format");
}
END_TEST

START_TEST(join_prints_one_part_after_the_other)
{
    op *f = asl_intrinsic_join;

    expect(f, "[]", "\"\"");
    expect(f, "[\"{} \\\\\", 1.10, \"exactly14bytes\", \"more than fourteen\", null]",
           "\"{} \\\\1.10exactly14bytesmore than fourteennull\"");
    expect(f, "[\"\", {\"a\":[1,{}]}, \"a\\u0000b\"]", "\"{a=[1, {}]}a\\u0000b\"");
}
END_TEST

START_TEST(join_takes_texts_of_any_length)
{
    asl_value parts[40];
    char wanted[40 * 13];

    for (size_t i = 0; i < 40; i++) {
        parts[i] = asl_str("thirteenbytes");
        memcpy(wanted + 13 * i, "thirteenbytes", 13);
    }
    for (uint32_t n = 0; n <= 40; n++) {
        asl_value text = asl_intrinsic_join(region, n, parts);
        ck_assert(asl_same_text(text, asl_string(region, wanted, 13 * (size_t)n)));
    }
    parts[39] = asl_no_memory();
    ck_assert(asl_is_error(asl_intrinsic_join(region, 40, parts)));
}
END_TEST

START_TEST(arrays)
{
    expect(asl_intrinsic_array, "[1,[],null]", "[1,[],null]");
    expect(asl_intrinsic_array_partition, "[[1,2,3],2]", "[[1,2],[3]]");
    expect(asl_intrinsic_array_partition, "[[1,2,3],1e18]", "[[1,2,3]]");
    fails(asl_intrinsic_array_partition, "[[1],0]",
          "Invalid arguments in States.ArrayPartition");
    expect(asl_intrinsic_array_contains, "[[{\"a\":1,\"b\":2}],{\"b\":2,\"a\":1}]",
           "true");
    expect(asl_intrinsic_array_range, "[1,9,2]", "[1,3,5,7,9]");
    expect(asl_intrinsic_array_range, "[3,1,-1]", "[3,2,1]");
    fails(asl_intrinsic_array_range, "[1,1001.5,1]",
          "Invalid arguments in States.ArrayRange");
    fails(asl_intrinsic_array_range, "[1,2,0]",
          "Invalid arguments in States.ArrayRange");
    expect(asl_intrinsic_array_get_item, "[[1,2],1]", "2");
    fails(asl_intrinsic_array_get_item, "[[1,2],2]",
          "Invalid arguments in States.ArrayGetItem");
    fails(asl_intrinsic_array_length, "[{}]",
          "Invalid arguments in States.ArrayLength");
    expect(asl_intrinsic_array_unique, "[[1,2,1,1.0,\"1\",[],[]]]", "[1,2,\"1\",[]]");
}
END_TEST

START_TEST(texts)
{
    expect(asl_intrinsic_string_split, "[\",a;b,;c\",\",;\"]", "[\"a\",\"b\",\"c\"]");
    expect(asl_intrinsic_string_split, "[\",,\",\",\"]", "[]");
    expect(asl_intrinsic_string_split, "[\"a\\u00e9b\\u00e8c\",\"\\u00e8\"]",
           "[\"a\xC3\xA9"
           "b\",\"c\"]");
    expect(asl_intrinsic_base64_encode, "[\"Data to encode\"]",
           "\"RGF0YSB0byBlbmNvZGU=\"");
    expect(asl_intrinsic_base64_decode, "[\"RGF0YSB0byBlbmNvZGU=\"]",
           "\"Data to encode\"");
    fails(asl_intrinsic_base64_decode, "[\"!\"]",
          "Invalid arguments in States.Base64Decode");
    fails(asl_intrinsic_base64_decode, "[\"/w==\"]",
          "Invalid arguments in States.Base64Decode");
    expect(asl_intrinsic_hash, "[\"abc\",\"SHA-1\"]",
           "\"a9993e364706816aba3e25717850c26c9cd0d89d\"");
    expect(asl_intrinsic_hash, "[\"\",\"MD5\"]",
           "\"d41d8cd98f00b204e9800998ecf8427e\"");
    fails(asl_intrinsic_hash, "[\"\",\"sha-1\"]", "Invalid arguments in States.Hash");
}
END_TEST

START_TEST(json)
{
    expect(asl_intrinsic_string_to_json, "[\"{\\\"a\\\": [1]}\"]", "{\"a\":[1]}");
    expect(asl_intrinsic_string_to_json, "[\" \"]", "null");
    expect(asl_intrinsic_string_to_json, "[\"-0\"]", "0");
    fails(asl_intrinsic_string_to_json, "[\"{\"]",
          "Invalid arguments in States.StringToJson");
    expect(asl_intrinsic_json_to_string, "[{\"a\": 1}]", "\"{\\\"a\\\":1}\"");
    expect(asl_intrinsic_json_merge, "[{\"d\":1,\"a\":1},{\"a\":2,\"c\":3},false]",
           "{\"a\":2,\"c\":3,\"d\":1}");
    fails(asl_intrinsic_json_merge, "[{},{},true]",
          "Invalid arguments in States.JsonMerge");
}
END_TEST

START_TEST(numbers_are_rounded_half_up)
{
    expect(asl_intrinsic_math_add, "[1.5,1.51]", "4");
    expect(asl_intrinsic_math_add, "[-1.5,-0.5]", "-1");
    expect(asl_intrinsic_math_add, "[9007199254740993,0]", "9007199254740993");
    fails(asl_intrinsic_math_add, "[\"1\",1]", "Invalid arguments in States.MathAdd");
    fails(asl_intrinsic_math_add, "[9223372036854775807,1]",
          "Invalid arguments in States.MathAdd");
}
END_TEST

START_TEST(random_numbers_repeat_with_a_seed)
{
    asl_value args[] = { asl_integer(-3), asl_integer(4), asl_integer(42) };
    asl_random random;
    unsigned seen = 0;

    asl_random_seed(&random, 7);
    for (int i = 0; i < 1000; i++) {
        asl_value v = asl_intrinsic_math_random(region, &random, 2, args);
        ck_assert(v.u.big.as.integer >= -3 && v.u.big.as.integer < 4);
        seen |= 1u << (v.u.big.as.integer + 3);
    }
    ck_assert_uint_eq(seen, 0x7F);
    ck_assert(asl_equal(asl_intrinsic_math_random(region, &random, 3, args),
                        asl_intrinsic_math_random(region, &random, 3, args)));
    asl_value uuid = asl_intrinsic_uuid(region, &random, 0, NULL);
    const char *text = asl_text(&uuid);
    ck_assert_uint_eq(asl_text_len(uuid), 36);
    ck_assert(text[14] == '4' && strchr("89ab", text[19]) && text[23] == '-');
}
END_TEST

START_TEST(errors_name_the_whole_expression)
{
    asl_value detail = apply(asl_intrinsic_array_length, "[1]");
    asl_value whole =
        asl_intrinsic_error(region, detail, "States.ArrayLength($.value)");

    expect_cause(whole, "There was an error while evaluating the intrinsic function: "
                        "States.ArrayLength($.value). Invalid arguments in "
                        "States.ArrayLength");
    ck_assert(asl_error_of(asl_intrinsic_error(region, whole, "x")) ==
              asl_error_of(whole));
    expect_cause(
        asl_intrinsic_missing(region, "States.Array($.nope)", "$.nope", asl_object()),
        "The function 'States.Array($.nope)' had the following error: The JsonPath "
        "argument for the field '$.nope' could not be found in the input '{}'");
    ck_assert(asl_is_error(asl_intrinsic_array(region, 1, &whole)));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("intrinsic");
    TCase *parser = tcase_create("parser"), *operations = tcase_create("operations");

    tcase_add_checked_fixture(parser, setup, teardown);
    tcase_add_test(parser, calls_have_arguments_of_all_kinds);
    tcase_add_test(parser, wrong_calls_are_refused);
    tcase_add_test(parser, calls_nest_ten_deep);
    tcase_add_test(parser, every_function_has_its_name_and_op);
    tcase_add_checked_fixture(operations, setup, teardown);
    tcase_add_test(operations, format_fills_in);
    tcase_add_test(operations, join_prints_one_part_after_the_other);
    tcase_add_test(operations, join_takes_texts_of_any_length);
    tcase_add_test(operations, arrays);
    tcase_add_test(operations, texts);
    tcase_add_test(operations, json);
    tcase_add_test(operations, numbers_are_rounded_half_up);
    tcase_add_test(operations, random_numbers_repeat_with_a_seed);
    tcase_add_test(operations, errors_name_the_whole_expression);
    suite_add_tcase(suite, parser);
    suite_add_tcase(suite, operations);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
