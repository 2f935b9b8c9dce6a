/*
 * check_diag.c - arena, source and diag: places, order, formats, suggestions.
 */
#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../compiler/arena.h"
#include "../../compiler/diag.h"
#include "../../compiler/source.h"

static struct arena *arena;

static void set_up(void)
{
    arena = arena_new();
}

static void tear_down(void)
{
    arena_free(arena);
}

static struct source *source_of(const char *text)
{
    return source_new(arena, "a.asl.json", text, strlen(text));
}

START_TEST(arena_gives_zeroed_aligned_memory)
{
    for (size_t size = 0; size < 300000; size = 3 * size + 1) {
        char *got = arena_alloc(arena, size);

        ck_assert_uint_eq((uintptr_t)got % 16, 0);
        for (size_t i = 0; i < size; i++)
            ck_assert_int_eq(got[i], 0);
        if (size)
            memset(got, 1, size);
    }
}
END_TEST

START_TEST(arena_copies_and_prints)
{
    ck_assert_str_eq(arena_copy(arena, "abcdef", 3), "abc");
    ck_assert_str_eq(arena_printf(arena, "%s-%d", "x", 7), "x-7");
}
END_TEST

START_TEST(places_count_lines_and_characters)
{
    struct source *source = source_of("ab\n\xC3\xA9x\n\nlast");

    ck_assert_uint_eq(source_place(source, 0).line, 1);
    ck_assert_uint_eq(source_place(source, 2).column, 3);
    ck_assert_uint_eq(source_place(source, 5).line, 2);
    ck_assert_uint_eq(source_place(source, 5).column,
                      2); /* behind one character of 2 */
    ck_assert_uint_eq(source_place(source, 7).line, 3);
    ck_assert_uint_eq(source_place(source, 8).line, 4);
    ck_assert_uint_eq(source_place(source, 12).column, 5); /* the end */
}
END_TEST

/* Behind an a each, characters of one to three bytes in turn; columns by counting. */
START_TEST(columns_are_right_in_long_lines)
{
    enum { COUNT = 3000 };
    static const char *const chars[] = { "b", "\xC3\xA9", "\xE2\x82\xAC" };
    char *text = arena_alloc(arena, 4 * COUNT + 16);
    struct source *source;
    size_t len = 2;

    memcpy(text, "x\n", 2);
    for (size_t i = 0; i < COUNT; i++)
        len += (size_t)sprintf(text + len, "a%s", chars[i % 3]);
    memcpy(text + len, "\nend", 4);
    source = source_new(arena, "a.json", text, len + 4);
    for (size_t i = 0, at = 2; i < COUNT; at += 1 + strlen(chars[i++ % 3])) {
        ck_assert_uint_eq(source_place(source, (uint32_t)at).line, 2);
        ck_assert_uint_eq(source_place(source, (uint32_t)at).column, 2 * i + 1);
    }
    ck_assert_uint_eq(source_place(source, (uint32_t)len).column, 2 * COUNT + 1);
    ck_assert_uint_eq(source_place(source, (uint32_t)len + 3).column, 3);
    ck_assert_uint_eq(source_place(source, (uint32_t)len + 9).column, 4);
}
END_TEST

START_TEST(line_text_has_no_line_end)
{
    size_t len;
    struct source *source = source_of("one\r\ntwo\n");

    ck_assert_int_eq(strncmp(source_line_text(source, 1, &len), "one", 3), 0);
    ck_assert_uint_eq(len, 3);
    source_line_text(source, 3, &len);
    ck_assert_uint_eq(len, 0);
}
END_TEST

static void add(struct diags *diags, enum severity severity, uint32_t begin,
                uint32_t end, const char *message)
{
    diags_add(diags, &(struct diag){ .severity = severity,
                                     .rule = 1234,
                                     .span = { begin, end },
                                     .message = message,
                                     .note = message[0] == 'n' ? "a note" : NULL,
                                     .path = "/a\"b" });
}

/* What a printer writes. */
static char *printed(struct diags *diags, int format)
{
    struct diags *const list[] = { diags };
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (format == 0)
        diags_print_text(diags, out);
    else if (format == 1)
        diags_print_json(list, 1, out);
    else
        diags_print_sarif(list, 1, out);
    fclose(out);
    return text;
}

START_TEST(text_has_line_caret_and_note)
{
    struct diags diags;
    char *text;

    diags_init(&diags, arena, source_of("{\n  \"Tipe\": 1\n}"));
    add(&diags, SEVERITY_ERROR, 4, 10, "no such field");
    text = printed(&diags, 0);
    ck_assert_str_eq(text, "a.asl.json:2:3: error: no such field [ASL1234]\n"
                           "  \"Tipe\": 1\n"
                           "  ^~~~~~\n"
                           "  note: a note\n");
    free(text);
}
END_TEST

START_TEST(diagnostics_are_sorted_and_counted)
{
    struct diags diags;

    diags_init(&diags, arena, source_of("abcdefghij"));
    for (uint32_t i = 0; i < 40; i++)
        add(&diags, i % 2 ? SEVERITY_ERROR : SEVERITY_WARNING, 7 * i % 10, 10,
            i < 20 ? "first" : "second");
    diags_sort(&diags);
    ck_assert_uint_eq(diags.nerrors, 20);
    ck_assert_uint_eq(diags.nwarnings, 20);
    for (size_t i = 1; i < diags.count; i++) {
        ck_assert_uint_le(diags.list[i - 1].span.begin, diags.list[i].span.begin);
        if (diags.list[i - 1].span.begin == diags.list[i].span.begin)
            ck_assert_int_le(diags.list[i - 1].message[0], diags.list[i].message[0]);
    }
}
END_TEST

START_TEST(werror_makes_errors_of_warnings)
{
    struct diags diags;

    diags_init(&diags, arena, source_of("x"));
    diags.werror = true;
    add(&diags, SEVERITY_WARNING, 0, 1, "w");
    ck_assert_uint_eq(diags.nerrors, 1);
}
END_TEST

START_TEST(json_is_escaped)
{
    struct diags diags;
    char *text;

    diags_init(&diags, arena, source_of("x\ny"));
    add(&diags, SEVERITY_WARNING, 2, 3, "odd \"\n\\ text");
    text = printed(&diags, 1);
    ck_assert_str_eq(
        text, "[\n{\"file\":\"a.asl.json\",\"line\":2,\"column\":1,\"endLine\":2,"
              "\"endColumn\":2,\"severity\":\"warning\",\"code\":\"ASL1234\","
              "\"message\":\"odd \\\"\\u000a\\\\ text\",\"path\":\"/a\\\"b\"}\n]\n");
    free(text);
}
END_TEST

START_TEST(sarif_names_its_version)
{
    struct diags diags;
    char *text;

    diags_init(&diags, arena, source_of("x"));
    add(&diags, SEVERITY_ERROR, 0, 1, "m");
    text = printed(&diags, 2);
    ck_assert_ptr_nonnull(strstr(text, "\"version\":\"2.1.0\""));
    ck_assert_ptr_nonnull(strstr(text, "\"ruleId\":\"ASL1234\",\"level\":\"error\""));
    free(text);
}
END_TEST

static const char *suggest(const char *name)
{
    struct nearest nearest;

    nearest_init(&nearest, name);
    nearest_try(&nearest, "Refund");
    nearest_try(&nearest, "Charge");
    nearest_try(&nearest, "Ship");
    return nearest_note(&nearest, arena);
}

START_TEST(the_nearest_name_is_suggested)
{
    ck_assert_str_eq(suggest("Chrage"), "did you mean `Charge`?");
    ck_assert_str_eq(suggest("charge"), "did you mean `Charge`?");
    ck_assert_ptr_null(suggest("Completely different"));
    ck_assert_ptr_null(suggest("X"));
    ck_assert_str_eq(suggest("harge"), "did you mean `Charge`?");
    ck_assert_str_eq(suggest("Chargee"), "did you mean `Charge`?");
    ck_assert_str_eq(suggest("CXaYge"), "did you mean `Charge`?");
    ck_assert_ptr_null(suggest("CXYZge"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("diag");
    TCase *test = tcase_create("diag");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(test, set_up, tear_down);
    tcase_add_test(test, arena_gives_zeroed_aligned_memory);
    tcase_add_test(test, arena_copies_and_prints);
    tcase_add_test(test, places_count_lines_and_characters);
    tcase_add_test(test, columns_are_right_in_long_lines);
    tcase_add_test(test, line_text_has_no_line_end);
    tcase_add_test(test, text_has_line_caret_and_note);
    tcase_add_test(test, diagnostics_are_sorted_and_counted);
    tcase_add_test(test, werror_makes_errors_of_warnings);
    tcase_add_test(test, json_is_escaped);
    tcase_add_test(test, sarif_names_its_version);
    tcase_add_test(test, the_nearest_name_is_suggested);
    suite_add_tcase(suite, test);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
