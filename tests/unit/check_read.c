/*
 * check_read.c - the JSON reader: nodes, places, errors, substitution.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../../compiler/arena.h"
#include "../../compiler/read.h"

static struct arena *arena;
static struct diags diags;

static void set_up(void)
{
    arena = arena_new();
}

static void tear_down(void)
{
    arena_free(arena);
}

static struct node *read_n(const char *text, size_t len, const struct define *defines)
{
    diags_init(&diags, arena, source_new(arena, "t.json", text, len));
    return read_json(&diags, defines);
}

static struct node *read_text(const char *text)
{
    return read_n(text, strlen(text), NULL);
}

START_TEST(nodes_know_kind_text_and_place)
{
    struct node *root = read_text("{\"a\": [1, -2.5e3, \"x\\ny\"], \"b\": null}");
    struct node *a = node_member(root, "a"), *one = node_child(a);

    ck_assert_ptr_nonnull(root);
    ck_assert_uint_eq(root->count, 2);
    ck_assert(node_is_array(a) && a->count == 3);
    ck_assert_uint_eq(a->key_span.begin, 1);
    ck_assert_uint_eq(a->key_span.end, 4);
    ck_assert_uint_eq(a->span.begin, 6);
    ck_assert_str_eq(one->text, "1");
    ck_assert_str_eq(node_next(one)->text, "-2.5e3");
    ck_assert_double_eq(node_next(one)->json.valuedouble, -2500);
    ck_assert(node_equals(node_next(node_next(one)), "x\ny"));
    ck_assert(node_is_null(node_member(root, "b")));
    ck_assert_ptr_null(node_member(root, "B"));
}
END_TEST

START_TEST(a_node_is_a_cjson)
{
    struct node *root = read_text("{\"k\": [true, \"v\"]}");
    const cJSON *array = root->json.child;

    ck_assert_str_eq(array->string, "k");
    ck_assert_int_eq(array->child->type, cJSON_True);
    ck_assert_str_eq(array->child->next->valuestring, "v");
    ck_assert_ptr_eq(array->child->prev, array->child->next);
}
END_TEST

START_TEST(strings_may_hold_nul)
{
    struct node *root = read_text("[\"a\\u0000b\", \"\\ud83d\\ude00\"]");

    ck_assert_uint_eq(node_child(root)->len, 3);
    ck_assert_mem_eq(node_child(root)->text, "a\0b", 3);
    ck_assert_str_eq(node_next(node_child(root))->text, "\xF0\x9F\x98\x80");
}
END_TEST

START_TEST(pointers_are_escaped)
{
    struct node *root = read_text("{\"a/b\": [0, {\"~c\": 1}]}");
    struct node *c = node_member(node_next(node_child(node_child(root))), "~c");

    ck_assert_str_eq(node_pointer(arena, c), "/a~1b/1/~0c");
    ck_assert_str_eq(node_pointer(arena, root), "");
}
END_TEST

START_TEST(big_objects_find_their_members)
{
    char text[4000] = "{", key[16];
    struct node *root;

    for (int i = 0; i < 200; i++)
        snprintf(text + strlen(text), 20, "%s\"k%d\": %d", i ? ", " : "", i, i);
    memcpy(text + strlen(text), "}", 2);
    root = read_text(text);
    ck_assert_uint_eq(root->count, 200);
    for (int i = 0; i < 200; i++) {
        snprintf(key, sizeof key, "k%d", i);
        ck_assert_int_eq(node_member(root, key)->json.valueint, i);
    }
    ck_assert_ptr_null(node_member(root, "k200"));
}
END_TEST

struct broken {
    const char *text;
    unsigned line, column;
};

static const struct broken broken[] = {
    { "", 1, 1 },
    { "{", 1, 2 },
    { "[1,]", 1, 4 },
    { "{\"a\" 1}", 1, 6 },
    { "{\"a\":1,\n}", 2, 1 },
    { "[1 2]", 1, 4 },
    { "{\"a\":1} x", 1, 9 },
    { "[01]", 1, 3 },
    { "[\"a\nb\"]", 1, 4 },
    { "{'a': 1}", 1, 2 },
    { "nul", 1, 1 },
    { "[1}", 1, 3 },
    { "{1: 2}", 1, 2 },
    { "[\"\xFF\"]", 1, 3 },
};

START_TEST(broken_text_is_refused_at_its_place)
{
    const struct broken *one = &broken[_i];
    struct place place;

    ck_assert_ptr_null(read_text(one->text));
    ck_assert_uint_eq(diags.nerrors, 1);
    place = source_place(diags.source, diags.list[0].span.begin);
    ck_assert_msg(place.line == one->line && place.column == one->column,
                  "%s: %u:%u, not %u:%u (%s)", one->text, place.line, place.column,
                  one->line, one->column, diags.list[0].message);
}
END_TEST

START_TEST(names_that_stand_twice_are_all_reported)
{
    struct node *root = read_text("{\"a\": 1, \"b\": {\"c\": 1, \"c\": 2},\n\"a\": 3}");

    ck_assert_ptr_nonnull(root);
    diags_sort(&diags);
    ck_assert_uint_eq(diags.nerrors, 2);
    ck_assert_str_eq(diags.list[0].path, "/b/c");
    ck_assert_str_eq(diags.list[1].path, "/a");
    ck_assert_int_eq(node_member(root, "a")->json.valueint, 1);
}
END_TEST

START_TEST(deep_nesting_is_an_error_not_a_crash)
{
    size_t len = 1000000;
    char *text = malloc(len);

    memset(text, '[', len);
    ck_assert_ptr_null(read_n(text, len, NULL));
    ck_assert_uint_eq(diags.list[0].rule, 1002);
    memset(text + READ_MAX_DEPTH, ']', READ_MAX_DEPTH);
    ck_assert_ptr_nonnull(read_n(text, 2 * READ_MAX_DEPTH, NULL));
    free(text);
}
END_TEST

static struct define arn = { "Arn", 3, "arn:x", NULL };
static const struct define odd = { "self:a.b", 8, "v", &arn };

START_TEST(placeholders_are_filled)
{
    const char *text = "{\"${Arn}\": \"<${Arn}${self:a.b}>\", \"k\": \"${No} ${}\"}";
    struct node *root = read_n(text, strlen(text), &odd);
    struct node *filled = node_member(root, "arn:x");

    ck_assert(node_equals(filled, "<arn:xv>"));
    ck_assert(!filled->unfilled);
    ck_assert(node_member(root, "k")->unfilled);
}
END_TEST

START_TEST(unfilled_placeholders_are_listed_once)
{
    struct node *root = read_text("{\"a\": \"${X}${Y}\", \"${Z}\": [\"${X}\"]}");
    const struct placeholder *list = read_placeholders(arena, root);

    ck_assert_str_eq(list->name, "X");
    ck_assert_str_eq(list->next->name, "Y");
    ck_assert_str_eq(list->next->next->name, "Z");
    ck_assert_ptr_null(list->next->next->next);
}
END_TEST

START_TEST(a_grouping_in_jsonata_is_no_placeholder)
{
    struct node *root = read_text("[\"{% $x.${\\\"a\\\": b} %}\", \"{% ${Real} %}\"]");

    ck_assert(!node_child(root)->unfilled);
    ck_assert(node_next(node_child(root))->unfilled);
}
END_TEST

START_TEST(bare_placeholders_stand_for_values)
{
    static struct define number = { "N", 1, "12", NULL };
    static struct define wrong = { "N", 1, "[1]", NULL };
    const char *text = "[${N}, ${Other}]";
    struct node *root = read_n(text, strlen(text), &number);

    ck_assert_int_eq(node_child(root)->json.valueint, 12);
    ck_assert(node_next(node_child(root))->unfilled);
    ck_assert_uint_eq(node_next(node_child(root))->span.begin, 7);
    ck_assert_ptr_null(read_n(text, strlen(text), &wrong));
    ck_assert_uint_eq(diags.list[0].span.begin, 1);
}
END_TEST

static struct node *read_yaml_text(const char *text)
{
    diags_init(&diags, arena, source_new(arena, "t.yaml", text, strlen(text)));
    return read_document(&diags, NULL);
}

START_TEST(yaml_gives_the_same_tree)
{
    struct node *root =
        read_yaml_text("# \xC3\xA9\n\xC3\xA9: [1, -2.5, 'x', no, true, ~]\n"
                       "b: !GetAtt F.Arn\nc: !!str 1\nd: 01\n");
    struct node *list = node_member(root, "\xC3\xA9"), *one = node_child(list);

    ck_assert_ptr_nonnull(root);
    ck_assert_uint_eq(list->key_span.begin, 5);
    ck_assert_uint_eq(list->span.begin, 9);
    ck_assert_int_eq(one->json.valueint, 1);
    ck_assert_str_eq(node_next(one)->text, "-2.5");
    ck_assert(node_equals(node_next(node_next(one)), "x"));
    ck_assert(node_equals(node_next(node_next(node_next(one))), "no"));
    ck_assert_uint_eq(list->count, 6);
    ck_assert(node_equals(node_member(root, "b"), "${F.Arn}"));
    ck_assert(node_member(root, "b")->unfilled);
    ck_assert(node_equals(node_member(root, "c"), "1"));
    ck_assert(node_is_string(node_member(root, "d")));
}
END_TEST

START_TEST(yaml_aliases_are_copied)
{
    struct node *root = read_yaml_text("a: &x {k: [1]}\nb: *x\n");

    ck_assert_int_eq(
        node_child(node_member(node_member(root, "b"), "k"))->json.valueint, 1);
    ck_assert_ptr_eq(node_member(root, "b")->parent, root);
}
END_TEST

static const struct broken broken_yaml[] = {
    { "", 1, 1 },           { "a: [1\nb: 2", 2, 2 },  { "a: 1\na: 2", 2, 1 },
    { "a: *x", 1, 4 },      { "a: &x [*x]", 1, 8 },   { "a: !odd 1", 1, 4 },
    { "? [1]\n: 2", 1, 3 }, { "a: 1\n---\nb", 2, 1 },
};

START_TEST(broken_yaml_is_refused_at_its_place)
{
    const struct broken *one = &broken_yaml[_i];
    struct place place;

    read_yaml_text(one->text);
    ck_assert_uint_eq(diags.nerrors, 1);
    place = source_place(diags.source, diags.list[0].span.begin);
    ck_assert_msg(place.line == one->line && place.column == one->column,
                  "%s: %u:%u (%s)", one->text, place.line, place.column,
                  diags.list[0].message);
}
END_TEST

START_TEST(yaml_bombs_are_refused)
{
    char *text = arena_printf(arena, "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n");

    for (int i = 1; i < 9; i++)
        text =
            arena_printf(arena, "%sa%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n",
                         text, i, i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    ck_assert_ptr_null(read_yaml_text(text));
    ck_assert_uint_eq(diags.list[0].rule, 1013);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("read");
    TCase *test = tcase_create("read");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(test, set_up, tear_down);
    tcase_add_test(test, nodes_know_kind_text_and_place);
    tcase_add_test(test, a_node_is_a_cjson);
    tcase_add_test(test, strings_may_hold_nul);
    tcase_add_test(test, pointers_are_escaped);
    tcase_add_test(test, big_objects_find_their_members);
    tcase_add_loop_test(test, broken_text_is_refused_at_its_place, 0,
                        (int)(sizeof broken / sizeof *broken));
    tcase_add_test(test, names_that_stand_twice_are_all_reported);
    tcase_add_test(test, deep_nesting_is_an_error_not_a_crash);
    tcase_add_test(test, placeholders_are_filled);
    tcase_add_test(test, unfilled_placeholders_are_listed_once);
    tcase_add_test(test, a_grouping_in_jsonata_is_no_placeholder);
    tcase_add_test(test, bare_placeholders_stand_for_values);
    tcase_add_test(test, yaml_gives_the_same_tree);
    tcase_add_test(test, yaml_aliases_are_copied);
    tcase_add_loop_test(test, broken_yaml_is_refused_at_its_place, 0,
                        (int)(sizeof broken_yaml / sizeof *broken_yaml));
    tcase_add_test(test, yaml_bombs_are_refused);
    suite_add_tcase(suite, test);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
