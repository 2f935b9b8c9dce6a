/*
 * check_names.c - C identifiers, literals and comments made of any text.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../compiler/arena.h"
#include "../../compiler/names.h"

static struct arena *arena;

static void set_up(void)
{
    arena = arena_new();
}

static void tear_down(void)
{
    arena_free(arena);
}

static const char *slug(const char *text)
{
    return names_slug(arena, text, strlen(text));
}

START_TEST(slugs_are_lower_case_words)
{
    ck_assert_str_eq(slug("Charge card"), "charge_card");
    ck_assert_str_eq(slug("ChargeCard"), "charge_card");
    ck_assert_str_eq(slug("HTTPCall2Go"), "http_call2_go");
    ck_assert_str_eq(slug("already_snake"), "already_snake");
}
END_TEST

START_TEST(slugs_never_hold_two_underscores)
{
    ck_assert_str_eq(slug("__a -- b__"), "a_b");
    ck_assert_str_eq(slug("\303\251t\303\251"), "t");
    ck_assert_str_eq(slug("\344\270\200"), "state");
    ck_assert_str_eq(slug("*/"), "state");
}
END_TEST

START_TEST(machines_begin_with_a_letter_and_leave_the_library_alone)
{
    ck_assert_str_eq(names_machine(arena, "2go", 3), "m_2go");
    ck_assert_str_eq(names_machine(arena, "asl", 3), "m_asl");
    ck_assert_str_eq(names_machine(arena, "asl-wait", 8), "m_asl_wait");
    ck_assert_str_eq(names_machine(arena, "aslan", 5), "aslan");
}
END_TEST

START_TEST(claimed_names_get_numbers)
{
    struct names *names = names_new(arena);

    ck_assert_str_eq(names_claim(names, "m_a"), "m_a");
    ck_assert_str_eq(names_claim(names, "m_a_2"), "m_a_2");
    ck_assert_str_eq(names_claim(names, "m_a"), "m_a_3");
    ck_assert_str_eq(names_claim(names, "m_a"), "m_a_4");
    ck_assert_str_eq(names_claim(names, "int8_max"), "int8_max_2");
}
END_TEST

START_TEST(many_equal_names_take_linear_time)
{
    struct names *names = names_new(arena);
    const char *last = "";

    for (size_t i = 0; i < 50000; i++)
        last = names_claim(names, "m_state");
    ck_assert_str_eq(last, "m_state_50000");
}
END_TEST

START_TEST(strings_are_octal_and_free_of_trigraphs)
{
    ck_assert_str_eq(names_string(arena, "a\"\\\n\0" "1", 6), "\"a\\\"\\\\\\n\\0001\"");
    ck_assert_str_eq(names_string(arena, "\303\251", 2), "\"\\303\\251\"");
    ck_assert_str_eq(names_string(arena, "?" "?/", 3), "\"?\\?/\"");
    ck_assert_str_eq(names_string(arena, "", 0), "\"\"");
}
END_TEST

START_TEST(comments_cannot_end_or_go_on)
{
    ck_assert_str_eq(names_comment(arena, "a*/b", 4), "a*.b");
    ck_assert_str_eq(names_comment(arena, "a/*b", 4), "a/.b");
    ck_assert_str_eq(names_comment(arena, "x\\\n?\303\251", 6), "x.....");
}
END_TEST

START_TEST(long_comments_are_cut)
{
    char text[100];
    const char *comment;

    memset(text, 'x', sizeof text);
    comment = names_comment(arena, text, sizeof text);
    ck_assert_uint_eq(strlen(comment), 60);
    ck_assert_str_eq(comment + 57, "...");
}
END_TEST

START_TEST(handlers_keep_letters_and_digits)
{
    ck_assert_str_eq(names_handler(arena, "charge-Card.2", 13), "charge_Card_2");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("names");
    TCase *tcase = tcase_create("names");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, slugs_are_lower_case_words);
    tcase_add_test(tcase, slugs_never_hold_two_underscores);
    tcase_add_test(tcase, machines_begin_with_a_letter_and_leave_the_library_alone);
    tcase_add_test(tcase, claimed_names_get_numbers);
    tcase_add_test(tcase, many_equal_names_take_linear_time);
    tcase_add_test(tcase, strings_are_octal_and_free_of_trigraphs);
    tcase_add_test(tcase, comments_cannot_end_or_go_on);
    tcase_add_test(tcase, long_comments_are_cut);
    tcase_add_test(tcase, handlers_keep_letters_and_digits);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
