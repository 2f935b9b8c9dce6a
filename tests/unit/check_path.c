/* Unit tests of paths: the parser (compiler) and the operations (runtime/expr). */
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

static const struct expr *path_of(const char *text)
{
    const struct expr *path = parse_path(arena, text, strlen(text), &error);

    ck_assert_msg(path != NULL, "%s: %zu: %s", text, error.offset, error.message);
    return path;
}

static void expect_wrong(const char *text, size_t offset)
{
    ck_assert_msg(!parse_path(arena, text, strlen(text), &error), "%s", text);
    ck_assert_msg(error.offset == offset, "%s: %zu: %s", text, error.offset,
                  error.message);
}

/* ---- the parser --------------------------------------------------------------- */

START_TEST(roots_are_told_apart)
{
    ck_assert_int_eq(path_of("$")->root, ROOT_INPUT);
    ck_assert_int_eq(path_of("$.a")->root, ROOT_INPUT);
    ck_assert_int_eq(path_of("$$")->root, ROOT_CONTEXT);
    ck_assert_int_eq(path_of("$$.Execution.Id")->count, 2);
    const struct expr *variable = path_of("$order_1.items[0]");
    ck_assert_int_eq(variable->root, ROOT_VARIABLE);
    ck_assert_uint_eq(variable->variable.len, 7);
    ck_assert_mem_eq(variable->variable.text, "order_1", 7);
    ck_assert_int_eq(variable->slot, -1);
}
END_TEST

START_TEST(steps_have_kinds_and_spans)
{
    const struct expr *path = path_of("$.a['b','c'].d[-1]");

    ck_assert_uint_eq(path->count, 4);
    ck_assert_int_eq(path->steps[0].kind, STEP_NAME);
    ck_assert_int_eq(path->steps[1].kind, STEP_NAMES);
    ck_assert_uint_eq(path->steps[1].span.start, 3);
    ck_assert_uint_eq(path->steps[1].span.end, 12);
    ck_assert_int_eq(path->steps[3].kind, STEP_INDEX);
    ck_assert_int_eq(path->steps[3].from, -1);
    ck_assert(!path->definite);
    path = path_of("$..a[?(@.b)]");
    ck_assert_int_eq(path->steps[0].kind, STEP_DESCEND);
    ck_assert(path->steps[1].scanned);
    ck_assert_int_eq(path->steps[2].filter->kind, FILTER_EXISTS);
}
END_TEST

START_TEST(definite_and_reference_paths)
{
    ck_assert(path_of("$.a.b[0]")->definite);
    ck_assert(path_of("$.a.b[0]")->reference);
    ck_assert(path_of("$.a[-1]")->definite);
    ck_assert(!path_of("$.a[-1]")->reference);
    ck_assert(path_of("$['a','b']")->definite);
    ck_assert(path_of("$.a.length()")->definite);
    ck_assert(!path_of("$.a[0,1]")->definite);
    ck_assert(!path_of("$.a[0:1]")->definite);
    ck_assert(!path_of("$.*")->definite);
}
END_TEST

START_TEST(errors_have_offsets)
{
    expect_wrong("", 0);
    expect_wrong("a.b", 0);
    expect_wrong(" $.a", 0);
    expect_wrong("$.", 1);
    expect_wrong("$.a..", 4);
    expect_wrong("$.a[", 3);
    expect_wrong("$.a b", 3);
    expect_wrong("$['a'", 4);
    expect_wrong("$.a[?@.b]", 3);
    expect_wrong("$.a[?(@.b == )]", 13);
    expect_wrong("$.a[?(@.b == 'x')", 3);
    expect_wrong("$.a[:]", 4);
    expect_wrong("$.a[99999999999]", 4);
    expect_wrong("$.a[?(@.b =~ /(/)]", 15);
}
END_TEST

START_TEST(nesting_is_bounded)
{
    char text[4096] = "$[?";

    for (int i = 0; i < 1000; i++)
        strncat(text, "(", 2);
    strncat(text, "@.a", 4);
    for (int i = 0; i < 1000; i++)
        strncat(text, ")", 2);
    strncat(text, "]", 2);
    ck_assert(!parse_path(arena, text, strlen(text), &error));
    ck_assert(strstr(error.message, "deep") != NULL);
}
END_TEST

static const struct expr *reference(const char *text, unsigned roots)
{
    return parse_reference_path(arena, text, strlen(text), roots, &error);
}

START_TEST(reference_paths_of_the_specification)
{
    static const char *const good[] = {
        "$",
        "$.store.book",
        "$.store\\.book",
        "$.\\stor\\e.boo\\k",
        "$.store.book.title",
        "$.foo.\\.bar",
        "$.foo\\@bar.baz\\[\\[.\\?pretty.rc",
        "$.&\xD0\x96\xE4\xB8\xAD.\xF0\x90\x8D\x86",
        "$.ledgers.branch[0].pending.count",
        "$.ledgers[0][22][315].foo",
        "$['store']['book']",
        "$['store'][0]['book']",
        "$$.Map.Item.Value",
        "$x[0].y",
    };
    static const char *const bad[] = {
        "$.a[*]", "$..a", "$.a[0:1]", "$.a[-1]", "$.a[?(@.b)]", "$.*",        "$.a,b",
        "a",      "",     "$.",       "$.a@b",   "$['a','b']",  "$.length()",
    };

    for (size_t i = 0; i < ASL__COUNT_OF(good); i++)
        ck_assert_msg(reference(good[i], ALLOW_ANY_ROOT) != NULL, "%s: %s", good[i],
                      error.message);
    for (size_t i = 0; i < ASL__COUNT_OF(bad); i++)
        ck_assert_msg(!reference(bad[i], ALLOW_ANY_ROOT), "%s", bad[i]);
    const struct expr *path = reference("$.store\\.book", ALLOW_INPUT);
    ck_assert_uint_eq(path->count, 1);
    ck_assert_mem_eq(path->steps[0].text.text, "store.book", 10);
    ck_assert(!reference("$$.a", ALLOW_INPUT));
    ck_assert(!reference("$a", ALLOW_INPUT));
}
END_TEST

/* ---- the operations ----------------------------------------------------------- */

static asl_value parse(const char *text)
{
    asl_value v = asl_undefined();
    asl_syntax_error syntax;

    ck_assert_msg(asl_parse(region, text, strlen(text), &v, &syntax), "%s", text);
    return v;
}

static void expect_json(asl_value v, const char *wanted)
{
    asl_value json = asl_to_json(region, v);

    ck_assert_msg(asl_text_len(json) == strlen(wanted), "%.*s", (int)asl_text_len(json),
                  asl_text(&json));
    ck_assert_mem_eq(asl_text(&json), wanted, strlen(wanted));
}

static asl_value list_of(asl_value v)
{
    return asl_path_list(region, v, ASL_NEED_ANY);
}

START_TEST(undefined_and_errors_pass)
{
    asl_value none = asl_undefined(), wrong = asl_no_memory();

    ck_assert(asl_is_undefined(asl_path_each(region, list_of(none))));
    ck_assert(asl_is_error(asl_path_each(region, list_of(wrong))));
    ck_assert(asl_is_undefined(asl_path_list(region, asl_integer(1), ASL_NEED_ARRAY)));
    ck_assert(asl_is_error(asl_path_list(region, asl_integer(1), ASL_NEED_FILTER)));
    ck_assert(asl_is_error(asl_element(wrong, 0)));
    expect_json(asl_matches(none), "[]");
}
END_TEST

START_TEST(elements_count_from_either_end)
{
    asl_value v = parse("[1,2,3]");

    expect_json(asl_element(v, 0), "1");
    expect_json(asl_element(v, -1), "3");
    ck_assert(asl_is_undefined(asl_element(v, 3)));
    ck_assert(asl_is_undefined(asl_element(v, -4)));
    ck_assert(asl_is_undefined(asl_element(v, INT32_MIN)));
}
END_TEST

START_TEST(descent_takes_parents_first)
{
    asl_value v = parse("{\"k\":1,\"a\":[{\"k\":{\"k\":2}},{\"k\":3}]}");

    expect_json(asl_path_descend_member(region, list_of(v), asl_str("k"), false),
                "[1,{\"k\":2},2,3]");
    expect_json(asl_path_descend_index(region, list_of(v), -1), "[{\"k\":3}]");
    ck_assert(asl_is_undefined(asl_path_descend_member(region, list_of(v), asl_str("k"),
                                                       true)) == false);
    ck_assert(asl_is_undefined(
        asl_path_descend_member(region, list_of(v), asl_str("a"), true)));
}
END_TEST

START_TEST(slices_are_jayway_s)
{
    asl_value v = list_of(parse("[1,2,3,4,5]"));

    expect_json(asl_path_slice(region, v, 1, 3), "[2,3]");
    expect_json(asl_path_slice(region, v, -2, ASL_SLICE_END), "[4,5]");
    expect_json(asl_path_slice(region, v, ASL_SLICE_START, -1), "[1,2,3,4]");
    expect_json(asl_path_slice(region, v, -99, 2), "[1,2,3,4,5,1,2]");
    expect_json(asl_path_slice(region, v, 3, 1), "[]");
}
END_TEST

static bool is_two(asl_filter *f, asl_value at)
{
    return asl_filter_equal(f, asl_get(at, "k"), asl_integer(2));
}

static bool in_scalar(asl_filter *f, asl_value at)
{
    return !asl_filter_in(f, at, asl_integer(1));
}

static bool in_nested(asl_filter *f, asl_value at)
{
    return asl_filter_in(f, asl_integer(1), at);
}

START_TEST(filters_select_reject_and_raise)
{
    asl_value v =
        list_of(parse("[{\"k\":2},{\"k\":\"2\"},{\"k\":2.0},{\"k\":1},[[1]]]"));

    expect_json(asl_path_filter(region, v, is_two, v),
                "[{\"k\":2},{\"k\":\"2\"},{\"k\":2.0}]");
    expect_json(asl_path_filter(region, v, in_scalar, v), "[]");
    asl_value raised = asl_path_filter(region, list_of(parse("[[[1]]]")), in_nested, v);
    ck_assert(asl_is_error(raised));
}
END_TEST

START_TEST(functions_give_doubles_in_canonical_form)
{
    asl_value v = parse("[4,1,\"x\",2.5]");

    expect_json(asl_path_function(region, v, ASL_PATH_SUM, 0, NULL), "7.5");
    expect_json(asl_path_function(region, v, ASL_PATH_MAX, 0, NULL), "4");
    expect_json(asl_path_function(region, v, ASL_PATH_LENGTH, 0, NULL), "4");
    expect_json(asl_path_function(region, v, ASL_PATH_LAST, 0, NULL), "2.5");
    ck_assert(
        asl_is_error(asl_path_function(region, parse("[]"), ASL_PATH_MIN, 0, NULL)));
    ck_assert(asl_is_error(asl_path_function(region, v, ASL_PATH_UNKNOWN, 0, NULL)));
    expect_json(asl_path_apply(region, parse("[[1],{},3]"), ASL_PATH_LENGTH, 0, NULL),
                "[1,0,null]");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("path");
    TCase *parser = tcase_create("parser"), *operations = tcase_create("operations");

    tcase_add_checked_fixture(parser, setup, teardown);
    tcase_add_test(parser, roots_are_told_apart);
    tcase_add_test(parser, steps_have_kinds_and_spans);
    tcase_add_test(parser, definite_and_reference_paths);
    tcase_add_test(parser, errors_have_offsets);
    tcase_add_test(parser, nesting_is_bounded);
    tcase_add_test(parser, reference_paths_of_the_specification);
    tcase_add_checked_fixture(operations, setup, teardown);
    tcase_add_test(operations, undefined_and_errors_pass);
    tcase_add_test(operations, elements_count_from_either_end);
    tcase_add_test(operations, descent_takes_parents_first);
    tcase_add_test(operations, slices_are_jayway_s);
    tcase_add_test(operations, filters_select_reject_and_raise);
    tcase_add_test(operations, functions_give_doubles_in_canonical_form);
    suite_add_tcase(suite, parser);
    suite_add_tcase(suite, operations);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
