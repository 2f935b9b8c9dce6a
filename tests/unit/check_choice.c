/* Unit tests of Choice operators, ResultPath and the errors of paths (runtime/expr). */
#include "base.h"

#include <check.h>

#include <aslrt/ops.h>

#include "buf.h"
#include "region.h"

static asl_region *region;

static void setup(void)
{
    region = asl_region_new();
}

static void teardown(void)
{
    asl_region_free(region);
}

static asl_value parse(const char *text)
{
    asl_value v = asl_undefined();
    asl_syntax_error error;

    ck_assert_msg(asl_parse(region, text, strlen(text), &v, &error), "%s", text);
    return v;
}

static void expect_json(asl_value v, const char *wanted)
{
    asl_value json = asl_to_json(region, v);

    ck_assert_uint_eq(asl_text_len(json), strlen(wanted));
    ck_assert_mem_eq(asl_text(&json), wanted, strlen(wanted));
}

static void expect_error(asl_value v, const char *error, const char *cause)
{
    ck_assert(asl_is_error(v));
    asl_value e = asl_error_of(v)->error, c = asl_error_of(v)->cause;
    ck_assert_msg(asl_text_len(e) == strlen(error), "%.*s", (int)asl_text_len(e),
                  asl_text(&e));
    ck_assert_mem_eq(asl_text(&e), error, strlen(error));
    ck_assert_msg(asl_text_len(c) == strlen(cause), "%.*s", (int)asl_text_len(c),
                  asl_text(&c));
    ck_assert_mem_eq(asl_text(&c), cause, strlen(cause));
}

/* ---- operators ---------------------------------------------------------------- */

/* What is found is what the comparison finds; keys collide at each length of a probe. */
START_TEST(a_table_finds_what_comparing_finds)
{
    enum { COUNT = 8 };
    static const asl_value keys[COUNT] = {
        ASL_TEXT("a"), ASL_TEXT("b"), ASL_TEXT("a"), ASL_EMPTY_TEXT,
        ASL_TEXT("a\0b"), ASL_LONG_TEXT("fifteen bytes..", 0x0), ASL_TEXT("1"),
        ASL_TEXT("exactly14bytes") };
    asl_value all[COUNT];
    uint32_t slots[16] = { 0 };
    asl_lookup lookup = { COUNT, 15, all, slots };

    for (uint32_t i = 0; i < COUNT; i++) {
        all[i] = asl_string_in(asl_text(&keys[i]), asl_text_len(keys[i]));
        uint32_t at = asl_text_key(all[i]);
        while (slots[at & 15])
            at++;
        slots[at & 15] = i + 1;
    }
    for (uint32_t i = 0; i < COUNT; i++)
        ck_assert_int_eq(asl_find_text(all[i], &lookup), i == 2 ? 0 : i);
    ck_assert_int_eq(asl_find_text(asl_str("a\0c"), &lookup), -1);
    ck_assert_int_eq(asl_find_text(asl_str("fifteen bytes.,"), &lookup), -1);
    ck_assert_int_eq(asl_find_text(asl_integer(1), &lookup), -1);
    ck_assert_int_eq(asl_find_text(asl_undefined(), &lookup), -1);
    ck_assert_int_eq(asl_find_number(asl_str("1"), &lookup), -1);
}
END_TEST

START_TEST(strings_compare_by_utf16_units)
{
    asl_value bmp = asl_str("\xEF\xBF\xBD"), astral = asl_str("\xF0\x9F\x98\x80");

    ck_assert(asl_string_equals(asl_str("a"), asl_str("a")));
    ck_assert(asl_string_less_than(asl_str("B"), asl_str("a")));
    ck_assert(asl_string_less_than(astral, bmp)); /* D83D is below FFFD */
    ck_assert(asl_string_greater_than_equals(bmp, astral));
    ck_assert(asl_string_less_than_equals(asl_str(""), asl_str("")));
}
END_TEST

START_TEST(numbers_compare_by_value)
{
    ck_assert(asl_numeric_equals(parse("1"), parse("1.0")));
    ck_assert(asl_numeric_equals(parse("0"), parse("0.0")));
    ck_assert(
        !asl_numeric_equals(parse("9007199254740993"), parse("9007199254740992.0")));
    ck_assert(asl_numeric_less_than(parse("-1e3"), parse("1")));
    ck_assert(asl_numeric_greater_than(parse("1e400"), parse("1e300")));
}
END_TEST

START_TEST(other_types_are_false)
{
    asl_value text = asl_str("42"), number = asl_integer(42), none = asl_null();

    ck_assert(!asl_numeric_equals(text, number));
    ck_assert(!asl_numeric_less_than_equals(none, number));
    ck_assert(!asl_numeric_greater_than_equals(number, text));
    ck_assert(!asl_string_equals(number, text));
    ck_assert(!asl_string_less_than_equals(none, text));
    ck_assert(!asl_string_greater_than_equals(text, none));
    ck_assert(!asl_boolean_equals(none, asl_boolean(false)));
    ck_assert(!asl_timestamp_less_than_equals(text, text));
    ck_assert(!asl_timestamp_greater_than_equals(text, text));
    ck_assert(!asl_string_matches(number, text));
}
END_TEST

START_TEST(timestamps_compare_as_instants)
{
    asl_value a = asl_str("2012-10-09T19:00:55+01:00"),
              b = asl_str("2012-10-09T18:00:55Z");
    asl_value c = asl_str("2012-10-09T18:00:55.000000001Z");

    ck_assert(asl_is_timestamp(a));
    ck_assert(!asl_is_timestamp(asl_str("2012-10-09")));
    ck_assert(asl_timestamp_equals(a, b));
    ck_assert(asl_timestamp_less_than(b, c));
    ck_assert(asl_timestamp_greater_than(c, a));
    ck_assert_int_eq(asl_timestamp_order_at(c, 1349805655, 0), 1);
    ck_assert_int_eq(asl_timestamp_order_at(c, 1349805655, 1), 0);
    ck_assert_int_eq(asl_timestamp_order_at(asl_null(), 0, 0), 2);
}
END_TEST

static bool matches(const char *text, const char *pattern)
{
    return asl_string_matches(asl_cstring(region, text), asl_cstring(region, pattern));
}

START_TEST(patterns_match_the_whole_string)
{
    ck_assert(matches("log-2024.txt", "log-*.txt"));
    ck_assert(matches("", "*"));
    ck_assert(matches("", ""));
    ck_assert(matches("abcabd", "*abd"));
    ck_assert(matches("a*b\\c", "a\\*b\\\\c"));
    ck_assert(matches("xaybzc", "*a*b*c"));
    ck_assert(!matches("axb", "a\\*b"));
    ck_assert(!matches("ab", "a"));
    ck_assert(!matches("abc", "*b"));
    ck_assert(!matches("", "a*"));
    ck_assert(asl_string_pattern_valid(asl_str("a\\*\\\\")));
    ck_assert(!asl_string_pattern_valid(asl_str("a\\")));
    ck_assert(!asl_string_pattern_valid(asl_str("\\n")));
}
END_TEST

/* ---- paths' errors and ResultPath --------------------------------------------- */

static const asl_step steps[] = {
    { ASL_TEXT("no"), 0, ASL_STEP_NAME },
    { ASL_TEXT("such"), 0, ASL_STEP_NAME },
};
static const asl_path deep = { "$.no.such", 9, 2, steps };
static const asl_path flat = { "$.no", 4, 1, steps };
static const asl_step index_steps[] = { { ASL_EMPTY_TEXT, 0, ASL_STEP_INDEX } };
static const asl_path first = { "$[0]", 4, 1, index_steps };

START_TEST(missing_paths_are_explained_as_jayway_does)
{
    expect_error(asl_path_missing(region, &flat, parse("{}")), "States.Runtime",
                 "Invalid path '$.no' : No results for path: $['no']");
    expect_error(asl_path_missing(region, &deep, parse("{}")), "States.Runtime",
                 "Invalid path '$.no.such' : Missing property in path $['no']");
    expect_error(
        asl_path_missing(region, &first, parse("1")), "States.Runtime",
        "Invalid path '$[0]' : Filter: [0] can only be applied to arrays. Current "
        "context is: 1");
    expect_error(
        asl_template_missing(region, "$.x", "k.$", parse("{ \"a\": 1 }")),
        "States.Runtime",
        "The JSONPath '$.x' specified for the field 'k.$' could not be found in the "
        "input '{\"a\":1}'");
    expect_error(
        asl_choice_missing(region, "$.missing", false), "States.Runtime",
        "Invalid path '$.missing': The choice state's condition path references an "
        "invalid value.");
}
END_TEST

START_TEST(result_path_puts_the_value)
{
    asl_value raw = parse("{\"a\":1,\"no\":{\"x\":2}}");

    expect_json(asl_put_path(region, raw, &flat, asl_integer(5)), "{\"a\":1,\"no\":5}");
    expect_json(asl_put_path(region, raw, &deep, asl_integer(5)),
                "{\"a\":1,\"no\":{\"x\":2,\"such\":5}}");
    expect_json(asl_put_path(region, parse("{}"), &deep, asl_integer(5)),
                "{\"no\":{\"such\":5}}");
    expect_json(asl_put_path(region, parse("[1,2]"), &first, asl_integer(5)), "[5,2]");
    expect_json(raw, "{\"a\":1,\"no\":{\"x\":2}}");
}
END_TEST

START_TEST(result_path_conflicts)
{
    expect_error(asl_put_path(region, parse("4"), &flat, asl_null()),
                 "States.ReferencePathConflict",
                 "Unable to apply ReferencePath $.no to input 4");
    expect_error(asl_put_path(region, parse("[1]"), &flat, asl_null()),
                 "States.ReferencePathConflict",
                 "Unable to apply step \"no\" to input [1]");
    expect_error(asl_items_missing(region, &flat, parse("{}")),
                 "States.ReferencePathConflict",
                 "Unable to apply step \"no\" to input {}");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("choice");
    TCase *operators = tcase_create("operators"), *paths = tcase_create("paths");

    tcase_add_checked_fixture(operators, setup, teardown);
    tcase_add_test(operators, a_table_finds_what_comparing_finds);
    tcase_add_test(operators, strings_compare_by_utf16_units);
    tcase_add_test(operators, numbers_compare_by_value);
    tcase_add_test(operators, other_types_are_false);
    tcase_add_test(operators, timestamps_compare_as_instants);
    tcase_add_test(operators, patterns_match_the_whole_string);
    tcase_add_checked_fixture(paths, setup, teardown);
    tcase_add_test(paths, missing_paths_are_explained_as_jayway_does);
    tcase_add_test(paths, result_path_puts_the_value);
    tcase_add_test(paths, result_path_conflicts);
    suite_add_tcase(suite, operators);
    suite_add_tcase(suite, paths);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
