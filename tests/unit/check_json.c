/* JSON text: what is read, what is refused and where, what is printed. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <aslrt/value.h>

static asl_region *region;

static void setup(void)
{
    region = asl_region_new();
    ck_assert_ptr_nonnull(region);
}

static void teardown(void)
{
    asl_region_free(region);
}

/* Reads TEXT and prints it again; NULL when it is refused.  The result is terminated. */
static const char *round_trip(const char *source)
{
    asl_syntax_error error;
    asl_value v;

    if (!asl_parse(region, source, strlen(source), &v, &error))
        return NULL;
    asl_value printed = asl_to_json(region, v);
    char *out = asl_alloc(region, asl_text_len(printed) + 1);
    memcpy(out, asl_text(&printed), asl_text_len(printed));
    out[asl_text_len(printed)] = '\0';
    return out;
}

static const char *const kept[] = {
    "null", "true", "false", "0", "-1", "1.5", "9223372036854775807", "-9223372036854775808",
    "9223372036854775808", "1.0", "1e2", "1E+2", "-0", "-0.0", "0.1", "123456789012345678901234567890",
    "3.141592653589793238462643383279", "1e400", "\"\"", "\"a\"", "\"fourteen bytes\"",
    "\"a string that is longer than that\"", "\"\\\"\\\\\\b\\f\\n\\r\\t\"", "\"\\u0000\\u001F\"", "[]", "{}",
    "[1,[2,[3]]]", "{\"a\":1,\"b\":{\"c\":[]}}", "\"\xC3\xA9\xF0\x9F\x98\x80\"", "\"\\uD800\"",
};

START_TEST(text_comes_out_as_it_went_in)
{
    ck_assert_str_eq(round_trip(kept[_i]), kept[_i]);
}
END_TEST

static const struct {
    const char *in, *out;
} changed[] = {
    { " [ 1 , 2 ]\n", "[1,2]" },
    { "\"\\u0041\\/\"", "\"A/\"" },
    { "\"\\ud83d\\ude00\"", "\"\xF0\x9F\x98\x80\"" },
    { "{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}" },
};

START_TEST(other_spellings_are_made_canonical)
{
    ck_assert_str_eq(round_trip(changed[_i].in), changed[_i].out);
}
END_TEST

static const char *const refused[] = {
    "", " ", "nul", "True", "01", "1.", ".5", "+1", "1e", "--1", "NaN", "Infinity", "'a'",
    "\"a", "\"\t\"", "\"\\x\"", "\"\\u12\"", "[1,]", "[1 2]", "[", "]", "{", "{\"a\"}", "{\"a\":}",
    "{\"a\":1,}", "{a:1}", "1 2", "[1]]", "\"\x80\"", "\"\xC0\x80\"", "\"\xED\xA0\x80\"",
    "\"\xF5\x80\x80\x80\"", "\xEF\xBB\xBF[]", "/* c */ 1", "[1]x",
};

START_TEST(what_is_no_json_is_refused)
{
    ck_assert_ptr_null(round_trip(refused[_i]));
}
END_TEST

START_TEST(an_error_says_where)
{
    static const char source[] = "{\n  \"a\": 1,\n  \"b\": tru\n}";
    asl_syntax_error error;
    asl_value v;

    ck_assert(!asl_parse(region, source, strlen(source), &v, &error));
    ck_assert_uint_eq(error.line, 3);
    ck_assert_uint_eq(error.column, 8);
    ck_assert_uint_eq(error.offset, 19);
    ck_assert_str_ne(error.message, "");
}
END_TEST

/* DEPTH opening brackets and as many closing ones. */
static bool parses_at_depth(size_t depth)
{
    char *source = malloc(depth * 2);
    asl_syntax_error error;
    asl_value v;

    ck_assert_ptr_nonnull(source);
    memset(source, '[', depth);
    memset(source + depth, ']', depth);
    bool parsed = asl_parse(region, source, depth * 2, &v, &error);
    free(source);
    return parsed;
}

START_TEST(depth_is_bounded)
{
    ck_assert(parses_at_depth(ASL_MAX_DEPTH));
    ck_assert(!parses_at_depth(ASL_MAX_DEPTH + 1));
    ck_assert(!parses_at_depth(1000000));
}
END_TEST

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

int main(void)
{
    Suite *suite = suite_create("json");
    TCase *reading = tcase_create("reading");

    tcase_add_checked_fixture(reading, setup, teardown);
    tcase_add_loop_test(reading, text_comes_out_as_it_went_in, 0, COUNT_OF(kept));
    tcase_add_loop_test(reading, other_spellings_are_made_canonical, 0, COUNT_OF(changed));
    tcase_add_loop_test(reading, what_is_no_json_is_refused, 0, COUNT_OF(refused));
    tcase_add_test(reading, an_error_says_where);
    tcase_add_test(reading, depth_is_bounded);
    suite_add_tcase(suite, reading);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
