/* Unit tests of timestamps and of Java's HashMap order (runtime/expr). */
#include "base.h"

#include <check.h>

#include "order.h"
#include "time.h"

static int64_t parse(const char *text)
{
    int64_t microseconds = INT64_MIN;

    ck_assert_msg(asl__time_parse(text, strlen(text), &microseconds), "%s", text);
    return microseconds;
}

static void expect_bad(const char *text)
{
    int64_t microseconds;

    ck_assert_msg(!asl__time_parse(text, strlen(text), &microseconds), "%s", text);
}

START_TEST(instants_are_counted_from_1970)
{
    ck_assert_int_eq(parse("1970-01-01T00:00:00Z"), 0);
    ck_assert_int_eq(parse("1969-12-31T23:59:59.5Z"), -500000);
    ck_assert_int_eq(parse("2016-03-14T01:59:00Z"), INT64_C(1457920740000000));
    ck_assert_int_eq(parse("2000-02-29T00:00:00+01:30"), INT64_C(951777000000000));
    ck_assert_int_eq(parse("2016-12-05T21:29:29.243167252Z"),
                     INT64_C(1480973369243167));
}
END_TEST

START_TEST(an_offset_names_the_same_instant)
{
    ck_assert_int_eq(parse("2012-10-09T19:00:55+01:00"), parse("2012-10-09T18:00:55Z"));
    ck_assert_int_eq(parse("2012-10-09T19:00:55-05:30"), parse("2012-10-10T00:30:55Z"));
}
END_TEST

START_TEST(other_forms_are_refused)
{
    static const char *const bad[] = { "",
                                       "2016-03-14",
                                       "2016-03-14T01:59:00",
                                       "2016-03-14t01:59:00Z",
                                       "2016-03-14T01:59:00z",
                                       "2016-03-14 01:59:00Z",
                                       "2016-03-14T01:59Z",
                                       "2016-03-14T25:00:00Z",
                                       "2016-13-14T01:59:00Z",
                                       "2015-02-29T00:00:00Z",
                                       "1900-02-29T00:00:00Z",
                                       "2016-04-31T00:00:00Z",
                                       "2016-03-14T01:59:00.Z",
                                       "2016-03-14T01:59:00.1234567890Z",
                                       "2016-03-14T01:59:00+0100",
                                       "2016-03-14T01:59:00+01:60",
                                       "2016-03-14T01:59:00Z ",
                                       " 2016-03-14T01:59:00Z" };

    for (size_t i = 0; i < ASL__COUNT_OF(bad); i++)
        expect_bad(bad[i]);
}
END_TEST

static void expect_print(int64_t microseconds, const char *wanted)
{
    char text[ASL__TIME_MAX + 1];

    ck_assert_uint_eq(asl__time_print(microseconds, text), strlen(wanted));
    ck_assert_str_eq(text, wanted);
}

START_TEST(output_has_three_digits_of_fraction)
{
    expect_print(0, "1970-01-01T00:00:00.000Z");
    expect_print(-1, "1969-12-31T23:59:59.999Z");
    expect_print(INT64_C(1480973369243167), "2016-12-05T21:29:29.243Z");
    expect_print(parse("2024-02-29T12:34:56.789Z"), "2024-02-29T12:34:56.789Z");
    expect_print(parse("9999-12-31T23:59:59Z"), "9999-12-31T23:59:59.000Z");
    expect_print(parse("9999-12-31T23:59:59Z") + 1000000, "10000-01-01T00:00:00.000Z");
    expect_print(parse("0000-01-01T00:00:00Z"), "0000-01-01T00:00:00.000Z");
    expect_print(parse("0000-01-01T00:00:00Z") - 1, "-001-12-31T23:59:59.999Z");
}
END_TEST

START_TEST(days_and_dates_agree)
{
    for (int64_t days = -800000; days < 800000; days += 97) {
        int64_t year;
        unsigned month, day;
        asl__date_of(days, &year, &month, &day);
        ck_assert_int_eq(asl__days_of(year, month, day), days);
    }
}
END_TEST

static void expect_order(size_t n, const char *const *names, const char *wanted)
{
    size_t lens[32] = { 0 }, order[32];
    char text[256] = "";

    for (size_t i = 0; i < n; i++)
        lens[i] = strlen(names[i]);
    asl__java_order(names, lens, n, order);
    for (size_t i = 0; i < n; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s ",
                 names[order[i]]);
    ck_assert_str_eq(text, wanted);
}

START_TEST(hash_map_order_is_java_s)
{
    static const char *const input[] = { "StateMachineArn", "Input", "Name" };
    static const char *const bucket[] = { "Bucket", "Key" };
    static const char *const many[] = { "a", "b", "c", "d", "e", "f", "g",
                                        "h", "i", "j", "k", "l", "q" };

    expect_order(3, input, "Input StateMachineArn Name ");
    expect_order(2, bucket, "Bucket Key ");
    /* 13 keys: 32 buckets, so a (97) is behind the others up to q (113). */
    expect_order(13, many, "a b c d e f g h i j k l q ");
    /* Up to 12 keys: 16 buckets; q (113) and a (97) share one. */
    expect_order(2, (const char *const[]){ "q", "a" }, "q a ");
    ck_assert_uint_eq(asl__java_hash("Input", 5), 70805418);
    ck_assert_uint_eq(asl__java_hash("\xF0\x9F\x98\x80", 4), 1772899);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("time");
    TCase *time = tcase_create("time"), *order = tcase_create("order");

    tcase_add_test(time, instants_are_counted_from_1970);
    tcase_add_test(time, an_offset_names_the_same_instant);
    tcase_add_test(time, other_forms_are_refused);
    tcase_add_test(time, output_has_three_digits_of_fraction);
    tcase_add_test(time, days_and_dates_agree);
    tcase_add_test(order, hash_map_order_is_java_s);
    suite_add_tcase(suite, time);
    suite_add_tcase(suite, order);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
