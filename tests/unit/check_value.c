/* Unit tests of values, containers and regions (runtime/value). */
#include "base.h"

#include <check.h>
#include <math.h>

#include "buf.h"
#include "container.h"
#include "number.h"
#include "region.h"
#include "utf8.h"

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

static asl_value string_of(const char *s)
{
    return asl_cstring(region, s);
}

/* V's JSON text is TEXT. */
static void expect_json(asl_value v, const char *text)
{
    struct asl__buf buf = ASL__BUF_INIT;

    asl__print(&buf, v);
    ck_assert_str_eq(asl__buf_cstring(&buf), text);
    asl__buf_free(&buf);
}

static asl_value parse(const char *text)
{
    asl_value v = asl_undefined();
    asl_syntax_error error;

    ck_assert_msg(asl_parse(region, text, strlen(text), &v, &error), "%s: %s", text,
                  error.message);
    return v;
}

static asl_value numbered_key(size_t i)
{
    if (i % 2)
        return asl_format_string(region, "key%zu", i);
    return asl_format_string(region, "a rather long key number %zu", i);
}

/* ---- the public functions -------------------------------------------------------------- */

START_TEST(short_and_long_strings_have_their_length)
{
    asl_value brief = string_of("fourteen bytes"), longer = string_of("fifteen bytes..");

    ck_assert_uint_eq(asl_text_len(brief), 14);
    ck_assert_uint_eq(asl_text_len(longer), 15);
    ck_assert_mem_eq(asl_text(&brief), "fourteen bytes", 14);
    ck_assert_mem_eq(asl_text(&longer), "fifteen bytes..", 15);
    ck_assert(asl_same_text(brief, asl_str("fourteen bytes")));
    ck_assert(asl_same_text(longer, asl_str("fifteen bytes..")));
    ck_assert(!asl_same_text(brief, longer));
}
END_TEST

START_TEST(a_string_may_hold_nul)
{
    asl_value v = asl_string(region, "a\0b", 3);

    ck_assert_uint_eq(asl_text_len(v), 3);
    ck_assert_mem_eq(asl_text(&v), "a\0b", 3);
    ck_assert(!asl_same_text(v, asl_str("a")));
}
END_TEST

START_TEST(text_is_ordered_by_utf16_units)
{
    ck_assert_int_lt(asl_compare_text(asl_str("a"), asl_str("b")), 0);
    ck_assert_int_lt(asl_compare_text(asl_str("a"), asl_str("aa")), 0);
    ck_assert_int_eq(asl_compare_text(asl_str("aa"), asl_str("aa")), 0);
    /* U+1F600 is D83D DE00, before U+FF5E. */
    ck_assert_int_lt(asl_compare_text(asl_str("\xF0\x9F\x98\x80"), asl_str("\xEF\xBD\x9E")),
                     0);
}
END_TEST

START_TEST(push_leaves_the_original)
{
    asl_value one = asl_push(region, asl_array(), asl_integer(1));
    asl_value two = asl_push(region, one, asl_integer(2));
    asl_value other = asl_push(region, one, asl_integer(3));

    ck_assert_uint_eq(asl_count(one), 1);
    ck_assert_uint_eq(asl_count(two), 2);
    ck_assert(asl_equal(asl_at(two, 1), asl_integer(2)));
    ck_assert(asl_equal(asl_at(other, 1), asl_integer(3)));
    ck_assert(asl_is_undefined(asl_at(one, 1)));
}
END_TEST

START_TEST(set_leaves_the_original)
{
    asl_value a = asl_set(region, asl_object(), asl_str("k"), asl_integer(1));
    asl_value b = asl_set(region, a, asl_str("k"), asl_integer(2));
    asl_value c = asl_set(region, a, asl_str("m"), asl_integer(3));

    ck_assert(asl_equal(asl_get(a, "k"), asl_integer(1)));
    ck_assert(asl_equal(asl_get(b, "k"), asl_integer(2)));
    ck_assert(asl_equal(asl_get(c, "m"), asl_integer(3)));
    ck_assert(asl_is_undefined(asl_get(a, "m")));
    ck_assert_uint_eq(asl_count(b), 1);
    ck_assert_uint_eq(asl_count(asl_without(region, c, asl_str("k"))), 1);
}
END_TEST

START_TEST(a_big_object_finds_its_members)
{
    asl_value v = asl_object();

    for (int i = 0; i < 2000; i++)
        v = asl_set(region, v, asl_format_string(region, "the long key number %d", i),
                    asl_integer(i));
    ck_assert_uint_eq(asl_count(v), 2000);
    for (int i = 0; i < 2000; i++) {
        asl_value key = asl_format_string(region, "the long key number %d", i);
        ck_assert(asl_equal(asl_member_of(v, key), asl_integer(i)));
    }
    ck_assert(asl_is_undefined(asl_member_of(v, string_of("the long key number 2000"))));
}
END_TEST

START_TEST(the_leftmost_error_passes_through)
{
    asl_value first = asl_errorf(region, "First", "number %d", 1);
    asl_value second = asl_errorf(region, "Second", "number %d", 2);
    asl_value v = asl_push(region, first, second);

    ck_assert(asl_is_error(v));
    ck_assert(asl_same_text(asl_error_of(v)->error, asl_str("First")));
    ck_assert(asl_same_text(asl_error_of(v)->cause, asl_str("number 1")));
    ck_assert(asl_is_error(asl_set(region, asl_object(), asl_str("k"), second)));
    ck_assert(asl_is_error(asl_member_of(first, asl_str("k"))));
}
END_TEST

START_TEST(nesting_has_a_limit)
{
    asl_value v = asl_array();

    for (int i = 0; i < ASL_MAX_DEPTH - 1; i++)
        v = asl_push(region, asl_array(), v);
    ck_assert(!asl_is_error(v));
    ck_assert_uint_eq(asl_depth(v), ASL_MAX_DEPTH);
    ck_assert(asl_is_error(asl_push(region, asl_array(), v)));
}
END_TEST

START_TEST(numbers_are_compared_exactly)
{
    ck_assert(asl_equal(asl_integer(1), asl_double(1.0)));
    ck_assert(!asl_equal(asl_integer(INT64_C(9007199254740993)),
                         asl_double(9007199254740992.0)));
    ck_assert_int_eq(asl_compare_numbers(asl_integer(INT64_C(9007199254740993)),
                                         asl_double(9007199254740992.0)),
                     1);
    ck_assert_int_eq(asl_compare_numbers(asl_double(-1.5), asl_integer(-1)), -1);
    ck_assert_int_eq(asl_tag_of(asl_number(3.0)), ASL_INTEGER);
    ck_assert_int_eq(asl_tag_of(asl_number(3.5)), ASL_DOUBLE);
}
END_TEST

START_TEST(objects_are_equal_in_any_order)
{
    asl_value a = asl_set(region, asl_object(), asl_str("x"), asl_null());
    asl_value b = asl_set(region, asl_object(), asl_str("y"), asl_boolean(true));

    a = asl_set(region, a, asl_str("y"), asl_boolean(true));
    b = asl_set(region, b, asl_str("x"), asl_null());
    ck_assert(asl_equal(a, b));
    ck_assert(!asl_equal(a, asl_without(region, b, asl_str("x"))));
}
END_TEST

START_TEST(a_copy_outlives_its_source)
{
    asl_region *other = asl_region_new();
    asl_value v = asl_set(other, asl_object(), asl_str("k"),
                          asl_push(other, asl_array(), asl_cstring(other, "a text of some length")));
    asl_value copy = asl_copy_to(region, v);

    asl_region_free(other);
    asl_value item = asl_at(asl_get(copy, "k"), 0);
    ck_assert(asl_same_text(item, asl_str("a text of some length")));
}
END_TEST

/* ---- scalars and strings ---------------------------------------------------------------- */

START_TEST(layout)
{
    static const asl_value abc = ASL_TEXT("abc"), empty = ASL_EMPTY_TEXT;

    ck_assert_uint_eq(sizeof(asl_value), 16);
    ck_assert_uint_eq(sizeof(asl_block), 16);
    ck_assert_uint_eq(sizeof(asl_member), 32);
    ck_assert(asl_same_text(abc, asl_str("abc")));
    ck_assert(asl_same_text(empty, asl_str("")));
}
END_TEST

START_TEST(strings_have_one_form)
{
    char text[40];

    memset(text, 'x', sizeof text);
    for (size_t len = 0; len <= sizeof text; len++) {
        asl_value v = asl_string(region, text, len), w = asl_string_in(text, len);
        ck_assert_uint_eq(asl_text_len(v), len);
        ck_assert_int_eq(asl_tag_of(v), len <= ASL_SHORT_MAX ? ASL_SHORT : ASL_LONG);
        ck_assert_mem_eq(asl_text(&v), text, len);
        ck_assert(asl_same_text(v, w));
    }
}
END_TEST

START_TEST(format_long_string)
{
    asl_value v = asl_format_string(region, "%0500d", 7);

    ck_assert_uint_eq(asl_text_len(v), 500);
    ck_assert_int_eq(asl_text(&v)[499], '7');
}
END_TEST

START_TEST(text_order_within_pairs)
{
    asl_value face = asl_str("\xF0\x9F\x98\x80"), next = asl_str("\xF0\x9F\x98\x81");

    ck_assert_int_lt(asl_compare_text(face, next), 0);
    ck_assert_int_gt(asl_compare_text(asl_str("\xEF\xBD\x9E"), face), 0);
    /* A lone D83D is a prefix of the pair D83D DE00, and below it. */
    ck_assert_int_lt(asl_compare_text(asl_str("\xED\xA0\xBD"), face), 0);
}
END_TEST

START_TEST(whole_numbers)
{
    int64_t i;

    ck_assert_int_eq(asl_tag_of(asl_number(1e17)), ASL_DOUBLE);
    ck_assert_int_eq(asl_tag_of(asl_number((double)NAN)), ASL_DOUBLE);
    ck_assert(asl_to_integer(parse("1e3"), &i) && i == 1000);
    ck_assert(asl_to_integer(parse("-1.0"), &i) && i == -1);
    ck_assert(asl_to_integer(parse("-9223372036854775808.00"), &i) && i == INT64_MIN);
    ck_assert(asl_to_integer(parse("0.0e99"), &i) && i == 0);
    ck_assert(!asl_to_integer(parse("9223372036854775808"), &i));
    ck_assert(!asl_to_integer(parse("1.5"), &i));
    ck_assert(!asl_to_integer(parse("1.50e0"), &i));
    ck_assert(!asl_to_integer(asl_double((double)INFINITY), &i));
    ck_assert(!asl_to_integer(asl_str("1"), &i));
}
END_TEST

static int compare(const char *a, const char *b)
{
    int order = asl_compare_numbers(parse(a), parse(b));

    ck_assert_int_eq(asl_compare_numbers(parse(b), parse(a)), -order);
    ck_assert_int_eq(asl_equal(parse(a), parse(b)), order == 0);
    return order;
}

START_TEST(number_texts_compare_exactly)
{
    ck_assert_int_eq(compare("1", "1.0"), 0);
    ck_assert_int_eq(compare("1", "1.00e0"), 0);
    ck_assert_int_eq(compare("0.1", "0.10"), 0);
    ck_assert_int_eq(compare("0", "-0"), 0);
    ck_assert_int_eq(compare("0", "-0.0"), 0);
    ck_assert_int_eq(compare("100", "1e2"), 0);
    ck_assert_int_eq(compare("9007199254740993", "9007199254740992.5"), 1);
    ck_assert_int_eq(compare("9223372036854775807", "9223372036854775808"), -1);
    ck_assert_int_eq(compare("1e400", "1e401"), -1);
    ck_assert_int_eq(compare("-1e400", "-1e401"), 1);
    ck_assert_int_eq(compare("1e-400", "0"), 1);
    ck_assert_int_eq(compare("-1e-400", "0"), -1);
    ck_assert_int_eq(compare("10e399", "1e400"), 0);
    ck_assert_int_eq(compare("1e999999999999999999", "1e999999999"), 1);
    ck_assert_int_eq(compare("1234567890123456789012345678901234567890",
                             "1234567890123456789012345678901234567891"),
                     -1);
    ck_assert_int_eq(compare("0.1000000000000000000000000000000000000001", "0.1"), 1);
    ck_assert_int_eq(asl_compare_numbers(asl_double((double)NAN), asl_integer(1)), 2);
    ck_assert_int_eq(asl_compare_numbers(asl_double((double)INFINITY), parse("1e400")), 1);
}
END_TEST

static void expect_prints(double d, const char *java, const char *js)
{
    char buf[ASL__NUMBER_SIZE];

    ck_assert_uint_eq(asl__double_print(buf, d), strlen(java));
    ck_assert_str_eq(buf, java);
    ck_assert_uint_eq(asl__double_print_js(buf, d), strlen(js));
    ck_assert_str_eq(buf, js);
}

START_TEST(doubles_print)
{
    expect_prints(1, "1.0", "1");
    expect_prints(0, "0.0", "0");
    expect_prints(-0.0, "-0.0", "0");
    expect_prints(0.1, "0.1", "0.1");
    expect_prints(100.5, "100.5", "100.5");
    expect_prints(-1e10, "-1.0E10", "-10000000000");
    expect_prints(9999999, "9999999.0", "9999999");
    expect_prints(1e7, "1.0E7", "10000000");
    expect_prints(0.001, "0.001", "0.001");
    expect_prints(0.0001, "1.0E-4", "0.0001");
    expect_prints(1e21, "1.0E21", "1e+21");
    expect_prints(1e-7, "1.0E-7", "1e-7");
    expect_prints(1.5e-7, "1.5E-7", "1.5e-7");
    expect_prints(0.1 + 0.2, "0.30000000000000004", "0.30000000000000004");
    expect_prints(1.7976931348623157e308, "1.7976931348623157E308", "1.7976931348623157e+308");
    expect_prints(4.9e-324, "4.9E-324", "5e-324");
    expect_prints(2.2250738585072014e-308, "2.2250738585072014E-308",
                  "2.2250738585072014e-308");
    expect_prints(9007199254740992.0, "9.007199254740992E15", "9007199254740992");
    expect_prints((double)INFINITY, "Infinity", "Infinity");
    expect_prints((double)NAN, "NaN", "NaN");
}
END_TEST

START_TEST(doubles_round_trip)
{
    uint64_t bits = 1;
    char buf[ASL__NUMBER_SIZE];

    for (int i = 0; i < 50000; i++) {
        double d;
        bits = bits * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        memcpy(&d, &bits, sizeof d);
        if (i % 2) /* what people write: a few digits behind the point */
            d = (double)(int64_t)(bits >> 40) / 100;
        if (!isfinite(d))
            continue;
        double back = asl__number_parse(buf, asl__double_print(buf, d));
        ck_assert_mem_eq(&back, &d, sizeof d);
        back = asl__number_parse(buf, asl__double_print_js(buf, d));
        ck_assert(back == d);
        ck_assert(asl__is_json_number(buf, strlen(buf)));
    }
}
END_TEST

static double read_double(const char *text)
{
    return asl__number_parse(text, strlen(text));
}

START_TEST(doubles_read)
{
    ck_assert(read_double("9007199254740993") == 9007199254740992.0);
    ck_assert(read_double("9007199254740993.000000000000000000000000000001") ==
              9007199254740994.0);
    ck_assert(read_double("1.7976931348623158e308") == 1.7976931348623157e308);
    ck_assert(isinf(read_double("1.7976931348623159e308")));
    ck_assert(isinf(read_double("1e309")));
    ck_assert(isinf(read_double("1e999999999999999999999")));
    ck_assert(read_double("1e-99999999999999999999") == 0);
    ck_assert(read_double("2.4703282292062327e-324") == 0);
    ck_assert(read_double("2.4703282292062328e-324") == 4.9e-324);
    ck_assert(signbit(read_double("-0")));
    ck_assert(read_double("0.000000000000000000000000000000000000000001e42") == 1);
}
END_TEST

START_TEST(integers_parse)
{
    int64_t i;

    ck_assert(asl__integer_parse("-9223372036854775808", 20, &i) && i == INT64_MIN);
    ck_assert(asl__integer_parse("9223372036854775807", 19, &i) && i == INT64_MAX);
    ck_assert(!asl__integer_parse("9223372036854775808", 19, &i));
    ck_assert(!asl__integer_parse("-9223372036854775809", 20, &i));
    ck_assert(!asl__integer_parse("-", 1, &i));
    ck_assert(!asl__integer_parse("1a", 2, &i));
}
END_TEST

START_TEST(utf8)
{
    static const char mixed[] = "a\xF0\x9F\x98\x80z";
    char pair[] = "x\xED\xA0\xBD\xED\xB8\x80y";

    ck_assert(asl__utf8_valid("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80", 10, false));
    ck_assert(!asl__utf8_valid("\xC0\x80", 2, true));
    ck_assert(!asl__utf8_valid("\xE0\x80\x80", 3, true));
    ck_assert(!asl__utf8_valid("\xF4\x90\x80\x80", 4, true));
    ck_assert(!asl__utf8_valid("\xED\xA0\x80", 3, false));
    ck_assert(asl__utf8_valid("\xED\xA0\x80", 3, true));
    ck_assert(!asl__utf8_valid("\xE2\x82", 2, true));
    ck_assert_uint_eq(asl__utf8_utf16_len(mixed, 6), 4);
    ck_assert_uint_eq(asl__utf8_code_points(mixed, 6), 3);
    ck_assert_uint_eq(asl__utf8_utf16_offset(mixed, 6, 1), 1);
    ck_assert_uint_eq(asl__utf8_utf16_offset(mixed, 6, 2), 1);
    ck_assert_uint_eq(asl__utf8_utf16_offset(mixed, 6, 3), 5);
    ck_assert_uint_eq(asl__utf8_code_point_offset(mixed, 6, 2), 5);
    ck_assert_uint_eq(asl__utf8_utf16_offset("abc", 3, 9), 3);
    ck_assert_uint_eq(asl__utf8_join_surrogates(pair, 8), 6);
    ck_assert_mem_eq(pair, "x\xF0\x9F\x98\x80y", 6);
}
END_TEST

/* ---- containers ------------------------------------------------------------------------- */

START_TEST(push_keeps_older_views)
{
    asl_value views[100], v = asl_array();

    for (int i = 0; i < 100; i++) {
        views[i] = v;
        v = asl_push(region, v, asl_integer(i));
    }
    for (int i = 0; i < 100; i++) {
        ck_assert_uint_eq(asl_count(views[i]), (size_t)i);
        ck_assert(asl_is_undefined(asl_at(views[i], (size_t)i)));
    }
    asl_value branch = asl_push(region, views[50], asl_str("other"));
    expect_json(asl_at(branch, 50), "\"other\"");
    expect_json(asl_at(v, 50), "50");
}
END_TEST

START_TEST(push_in_place_where_nobody_else_has)
{
    asl_value a = asl_push(region, asl_array(), asl_integer(1));
    asl_value b = asl_push(region, a, asl_integer(2));
    asl_value c = asl_push(region, a, asl_integer(3));

    ck_assert_ptr_eq(a.u.big.as.items, b.u.big.as.items);
    ck_assert_ptr_ne(a.u.big.as.items, c.u.big.as.items);
    expect_json(b, "[1,2]");
    expect_json(c, "[1,3]");
}
END_TEST

START_TEST(push_copies_foreign_blocks)
{
    asl_region *other = asl_region_new();
    asl_value a = asl_push(other, asl_array(), asl_integer(1));
    asl_value b = asl_push(region, a, asl_integer(2));

    ck_assert_ptr_ne(a.u.big.as.items, b.u.big.as.items);
    ck_assert(asl__region_owns(region, b.u.big.as.items));
    ck_assert_uint_eq(asl__block_of(a)->used, 1);
    asl_region_free(other);
    expect_json(b, "[1,2]");
}
END_TEST

START_TEST(push_is_amortised)
{
    asl_value v = asl_array();

    for (int i = 0; i < 200000; i++)
        v = asl_push(region, v, asl_integer(i));
    ck_assert_uint_eq(asl_count(v), 200000);
    ck_assert_uint_lt(asl__region_size(region), 32u << 20);
    for (int i = 0; i < 200000; i += 777)
        ck_assert_int_eq(asl_at(v, (size_t)i).u.big.as.integer, i);
}
END_TEST

START_TEST(constant_is_never_extended)
{
    static const struct {
        asl_block block;
        asl_member members[1];
    } constant = { { 1, 1, NULL }, { { ASL_TEXT("a"), ASL_CONST_INTEGER(1) } } };
    const asl_value v = ASL_CONST_OBJECT(1, 1, constant.members);

    expect_json(asl_set(region, v, asl_str("b"), asl_null()), "{\"a\":1,\"b\":null}");
    expect_json(asl_set(region, v, asl_str("a"), asl_null()), "{\"a\":null}");
    expect_json(v, "{\"a\":1}");
    expect_json(asl_copy_to(region, v), "{\"a\":1}");
}
END_TEST

START_TEST(set_get_without)
{
    asl_value v = asl_object();

    v = asl_set(region, v, asl_str("x"), asl_integer(1));
    v = asl_set(region, v, asl_str("a long key of an object"), asl_array());
    asl_value w = asl_set(region, v, asl_str("x"), asl_integer(2));
    expect_json(v, "{\"x\":1,\"a long key of an object\":[]}");
    expect_json(w, "{\"x\":2,\"a long key of an object\":[]}");
    expect_json(asl_get(w, "a long key of an object"), "[]");
    ck_assert(asl_is_undefined(asl_get(w, "y")));
    ck_assert(asl_is_undefined(asl_get(asl_null(), "y")));
    expect_json(asl_without(region, w, asl_str("nope")),
                "{\"x\":2,\"a long key of an object\":[]}");
    w = asl_without(region, w, asl_str("x"));
    expect_json(w, "{\"a long key of an object\":[]}");
    expect_json(asl_without(region, w, asl_str("a long key of an object")), "{}");
}
END_TEST

START_TEST(large_objects_and_their_views)
{
    enum { COUNT = 300 };
    asl_value views[COUNT], v = asl_object();

    for (size_t i = 0; i < COUNT; i++) {
        views[i] = v;
        v = asl_set(region, v, numbered_key(i), asl_integer((int64_t)i));
    }
    for (size_t i = 0; i < COUNT; i++) {
        ck_assert_int_eq(asl_member_of(v, numbered_key(i)).u.big.as.integer, (int64_t)i);
        ck_assert(asl_is_undefined(asl_member_of(views[i], numbered_key(i))));
        if (i > 0)
            ck_assert(!asl_is_undefined(asl_member_of(views[i], numbered_key(i - 1))));
    }
    asl_value other = asl_set(region, views[200], numbered_key(250), asl_str("mine"));
    expect_json(asl_member_of(other, numbered_key(250)), "\"mine\"");
    expect_json(asl_member_of(v, numbered_key(250)), "250");
    for (size_t i = 0; i < COUNT; i += 2)
        v = asl_without(region, v, numbered_key(i));
    ck_assert_uint_eq(asl_count(v), COUNT / 2);
    ck_assert(asl_is_undefined(asl_member_of(v, numbered_key(100))));
    ck_assert(!asl_is_undefined(asl_member_of(v, numbered_key(101))));
}
END_TEST

START_TEST(object_of_lets_the_last_win)
{
    asl_member members[120];

    for (size_t n = 2; n <= 120; n += 59) {
        for (size_t i = 0; i < n; i++)
            members[i] = (asl_member){ numbered_key(i / 2), asl_integer((int64_t)i) };
        asl_value v = asl_object_of(region, n, members);
        ck_assert_uint_eq(asl_count(v), (n + 1) / 2);
        for (size_t i = 0; i < n / 2; i++) {
            ck_assert(asl_same_text(asl_member_at(v, i)->key, numbered_key(i)));
            ck_assert_int_eq(asl_member_of(v, numbered_key(i)).u.big.as.integer,
                             (int64_t)(2 * i + 1));
        }
        v = asl_set(region, v, asl_str("new"), asl_boolean(true));
        ck_assert(asl_is_true(asl_get(v, "new")));
    }
}
END_TEST

START_TEST(records_slices_replacements)
{
    asl_value keys[] = { asl_str("a"), asl_str("b") };
    asl_value values[] = { asl_integer(1), asl_str("two") };
    asl_value v = parse("[0,1,2,3,4]");

    expect_json(asl_record(region, 2, keys, values), "{\"a\":1,\"b\":\"two\"}");
    expect_json(asl_array_of(region, 2, values), "[1,\"two\"]");
    expect_json(asl_slice(region, v, 1, 3), "[1,2]");
    expect_json(asl_slice(region, v, 0, 2), "[0,1]");
    expect_json(asl_slice(region, v, 3, 99), "[3,4]");
    expect_json(asl_slice(region, v, 9, 99), "[]");
    expect_json(asl_push(region, asl_slice(region, v, 0, 2), asl_null()), "[0,1,null]");
    expect_json(asl_replace_at(region, v, 4, asl_null()), "[0,1,2,3,null]");
    expect_json(v, "[0,1,2,3,4]");
}
END_TEST

START_TEST(errors_pass_through)
{
    asl_value e = asl_errorf(region, "Some.Error", "because of %d", 7);
    asl_value f = asl_errorf(region, "Other", "no");
    asl_value items[] = { asl_null(), f, e };

    ck_assert_ptr_eq(asl_error_of(asl_push(region, asl_array(), e)), asl_error_of(e));
    ck_assert_ptr_eq(asl_error_of(asl_set(region, asl_object(), asl_str("k"), e)),
                     asl_error_of(e));
    ck_assert_ptr_eq(asl_error_of(asl_array_of(region, 3, items)), asl_error_of(f));
    ck_assert_str_eq(asl_type_name(e), "error");
    expect_json(e, "{\"Error\":\"Some.Error\",\"Cause\":\"because of 7\"}");
}
END_TEST

START_TEST(depth_is_bounded_everywhere)
{
    asl_value v = asl_array();

    for (int i = 1; i < ASL_MAX_DEPTH; i++)
        v = asl_push(region, asl_array(), v);
    ck_assert_uint_eq(asl_depth(v), ASL_MAX_DEPTH);
    ck_assert(asl_is_error(asl_set(region, asl_object(), asl_str("k"), v)));
    ck_assert(asl_is_error(asl_array_of(region, 1, &v)));
    ck_assert(asl_equal(asl_copy_to(region, v), v));
}
END_TEST

START_TEST(equality)
{
    ck_assert(asl_equal(parse("{\"a\":1,\"b\":[1.0]}"), parse("{\"b\":[1],\"a\":1.00}")));
    ck_assert(!asl_equal(parse("{\"a\":1}"), parse("{\"b\":1}")));
    ck_assert(!asl_equal(parse("[1,2]"), parse("[2,1]")));
    ck_assert(!asl_equal(parse("[]"), parse("{}")));
    ck_assert(!asl_equal(parse("null"), parse("false")));
    ck_assert(asl_equal(parse("\"abc\""), asl_str("abc")));
    ck_assert(!asl_equal(parse("\"1\""), parse("1")));
}
END_TEST

/* ---- regions ---------------------------------------------------------------------------- */

struct store {
    struct asl__pool pool;
    struct asl__chunks chunks;
    asl_region region;
};

static void store_init(struct store *store, size_t max_memory)
{
    asl__pool_init(&store->pool, max_memory);
    asl__chunks_init(&store->chunks, &store->pool);
    asl__region_init(&store->region, &store->chunks);
}

static void store_free(struct store *store)
{
    asl__region_release(&store->region);
    asl__chunks_free(&store->chunks);
    ck_assert_uint_eq(store->pool.used, 0);
    asl__pool_free(&store->pool);
}

START_TEST(allocation_is_aligned_and_owned)
{
    struct store store;

    store_init(&store, 0);
    for (size_t size = 1; size < 9000000; size = size * 3 / 2 + 1) {
        char *p = asl_alloc(&store.region, size);
        ck_assert_uint_eq((uintptr_t)p % 16, 0);
        memset(p, 1, size);
        ck_assert(asl__region_owns(&store.region, p));
        ck_assert(asl__region_owns(&store.region, p + size - 1));
    }
    ck_assert(!asl__region_owns(&store.region, &store));
    ck_assert_ptr_null(asl_alloc(&store.region, SIZE_MAX));
    ck_assert_ptr_null(asl_alloc(&store.region, SIZE_MAX - 100));
    asl__region_reset(&store.region);
    ck_assert_ptr_nonnull(asl_alloc(&store.region, 10));
    store_free(&store);
}
END_TEST

START_TEST(memory_limit_is_an_error)
{
    struct store store;
    asl_value v = asl_array();

    store_init(&store, 1 << 20);
    while (!asl_is_error(v))
        v = asl_push(&store.region, v, asl_integer(1));
    ck_assert_ptr_eq(asl_error_of(v), asl_error_of(asl_no_memory()));
    ck_assert_uint_le(store.pool.used, 1 << 20);
    asl__region_release(&store.region);
    ck_assert(!asl_is_error(asl_push(&store.region, asl_array(), asl_null())));
    store_free(&store);
}
END_TEST

START_TEST(a_lent_chunk_is_used_first_and_never_freed)
{
    _Alignas(16) static char memory[ASL__CHUNK_LEAST];
    struct store store;

    store_init(&store, 0);
    asl__chunks_lend(&store.chunks, memory);
    for (int i = 0; i < 3; i++) {
        char *p = asl_alloc(&store.region, 100);
        ck_assert(i > 0 || (p > memory && p < memory + sizeof memory));
        for (int k = 0; k < 100; k++)
            ck_assert_ptr_nonnull(asl_alloc(&store.region, 1000));
        ck_assert(i > 0 || asl__region_owns(&store.region, memory));
        asl__region_release(&store.region);
        asl__chunks_free(&store.chunks);
    }
    store_free(&store);
    store_init(&store, sizeof memory - 1);
    asl__chunks_lend(&store.chunks, memory);
    ck_assert_ptr_null(asl_alloc(&store.region, 100));
    store_free(&store);
}
END_TEST

START_TEST(what_lies_elsewhere_counts)
{
    struct store store;
    struct asl__buf buf = ASL__BUF_INIT;

    store_init(&store, 1 << 20);
    ck_assert(asl__pool_charge(&store.pool, 1 << 19));
    ck_assert(!asl__pool_charge(&store.pool, (1 << 19) + 1));
    ck_assert(!asl__pool_charge(&store.pool, SIZE_MAX));
    ck_assert_uint_eq(asl__pool_room(&store.pool), 1 << 19);
    ck_assert_ptr_null(asl_alloc(&store.region, (1 << 19) + 1));
    asl__buf_bound(&buf, &store.region); /* half for the buffer, half for its copy */
    for (int i = 0; i < 1 << 19 && !buf.failed; i++)
        asl__buf_append_char(&buf, 'x');
    ck_assert(buf.failed);
    ck_assert_uint_le(buf.len, (1 << 18) + 1);
    asl__buf_free(&buf);
    asl__pool_discharge(&store.pool, 1 << 19);
    store_free(&store);
}
END_TEST

START_TEST(want_of_memory_is_no_bad_text)
{
    struct store store;
    size_t len = 1 << 19;
    char *text = calloc(1, len + ASL_PARSE_PADDING);
    asl_syntax_error error;
    asl_value v;

    ck_assert_ptr_nonnull(text);
    for (size_t i = 0; i < len; i += 2)
        memcpy(text + i, i == 0 ? "[1" : ",1", 2);
    text[len - 1] = ']'; /* [1,1 ... 1,] */
    store_init(&store, 1 << 20);
    ck_assert(!asl_parse_in(&store.region, text, len, &v, &error));
    ck_assert(error.no_memory);
    ck_assert_str_eq(error.message, "out of memory");
    store_free(&store); /* which finds nothing charged any more */
    store_init(&store, 0);
    ck_assert(!asl_parse_in(&store.region, text, len, &v, &error));
    ck_assert(!error.no_memory);
    store_free(&store);
    free(text);
}
END_TEST

START_TEST(growth_raises_attention)
{
    struct store store;
    uint32_t attention = 4;

    store_init(&store, 0);
    store.region.attention = &attention;
    ck_assert_ptr_nonnull(asl_alloc(&store.region, 3000));
    ck_assert_uint_eq(attention, 4);
    for (int i = 0; i < 100; i++)
        ck_assert_ptr_nonnull(asl_alloc(&store.region, 3000));
    ck_assert_uint_eq(attention, 4 | ASL__ATTENTION_BIG);
    store_free(&store);
}
END_TEST

START_TEST(expected_growth_does_not)
{
    struct store store;
    uint32_t attention = 0;

    store_init(&store, 0);
    store.region.attention = &attention;
    asl__region_expect(&store.region, 2000000);
    ck_assert_uint_eq(store.region.limit, 4000000);
    asl__region_expect(&store.region, 1000);
    ck_assert_uint_eq(store.region.limit, 4000000);
    while (store.region.size < 1000000)
        ck_assert_ptr_nonnull(asl_alloc(&store.region, 100));
    ck_assert_uint_eq(attention, 0);
    while (store.region.size < 4000000)
        ck_assert_ptr_nonnull(asl_alloc(&store.region, 100));
    ck_assert_uint_eq(attention, ASL__ATTENTION_BIG);
    store_free(&store);
}
END_TEST

START_TEST(compaction_keeps_sharing)
{
    struct store store;

    store_init(&store, 0);
    asl_value a = asl_push(&store.region, asl_array(),
                           asl_cstring(&store.region, "a string that is not short"));
    asl_value b = a;
    for (int i = 0; i < 60; i++) { /* 2^60 leaves, if it were a tree */
        asl_value pair[] = { b, b };
        b = asl_array_of(&store.region, 2, pair);
    }
    for (int i = 0; i < 100000; i++)
        ck_assert_ptr_nonnull(asl_alloc(&store.region, 64));
    asl_value *roots[] = { &a, &b };
    ck_assert(asl__region_compact(&store.region, roots, 2));
    ck_assert_uint_le(asl__region_size(&store.region), 16384);
    ck_assert_uint_eq(store.region.limit, ASL__REGION_LEAST_LIMIT);
    asl_value deep = b;
    for (int i = 0; i < 60; i++) {
        ck_assert_ptr_eq(asl_at(deep, 0).u.big.as.items, asl_at(deep, 1).u.big.as.items);
        deep = asl_at(deep, 1);
    }
    ck_assert_ptr_eq(deep.u.big.as.items, a.u.big.as.items);
    expect_json(a, "[\"a string that is not short\"]");
    ck_assert(asl__region_owns(&store.region, a.u.big.as.items));
    asl_value copy = asl_copy_to(region, b);
    ck_assert(asl__region_owns(region, copy.u.big.as.items));
    ck_assert_uint_le(asl__region_size(region), 16384);
    store_free(&store);
}
END_TEST

START_TEST(compaction_of_views)
{
    struct store store;
    asl_value views[40], v = asl_array();
    asl_value *roots[40];

    store_init(&store, 0);
    for (int i = 0; i < 40; i++) {
        roots[i] = &views[i];
        views[i] = v = asl_push(&store.region, v, asl_integer(i));
    }
    for (int round = 0; round < 3; round++) {
        ck_assert(asl__region_compact(&store.region, roots, 40));
        for (int i = 0; i < 40; i++) {
            ck_assert_uint_eq(asl_count(views[i]), (size_t)i + 1);
            for (int j = 0; j <= i; j++)
                ck_assert_int_eq(asl_at(views[i], (size_t)j).u.big.as.integer, j);
        }
        v = asl_push(&store.region, views[39], asl_null());
        ck_assert_uint_eq(asl_count(v), 41);
        v = asl_push(&store.region, views[3], asl_str("x"));
        expect_json(asl_at(views[4], 4), "4");
    }
    ck_assert_uint_le(asl__region_size(&store.region), 8192);
    store_free(&store);
}
END_TEST

/* X pushed to X lies in the block of which it is a part. */
START_TEST(compaction_of_a_value_in_itself)
{
    struct store store;
    asl_value v, first, text;

    store_init(&store, 0);
    v = asl_push(&store.region, asl_array(), asl_integer(0));
    for (int i = 0; i < 10; i++)
        v = asl_push(&store.region, v, v);
    asl_value *roots[] = { &first, &v };
    text = asl_to_json(region, v);
    for (size_t i = 0; i < 5; i++) {
        first = asl_at(v, i + 1);
        ck_assert(asl__region_compact(&store.region, roots, 2));
        ck_assert(asl_same_text(text, asl_to_json(region, v)));
        ck_assert(asl_same_text(text, asl_to_json(region, asl_copy_to(region, v))));
        ck_assert_uint_eq(asl_count(first), i + 1);
    }
    store_free(&store);
}
END_TEST

START_TEST(compaction_leaves_others_alone)
{
    struct store store;
    asl_value parent = parse("{\"of\":\"the parent region, in a string\"}");

    store_init(&store, 0);
    asl_value pair[] = { parent,
                         asl_cstring(&store.region, "of the child region, in a string") };
    asl_value v = asl_array_of(&store.region, 2, pair);
    asl_value *roots[] = { &v };
    ck_assert(asl__region_compact(&store.region, roots, 1));
    ck_assert_ptr_eq(asl_at(v, 0).u.big.as.items, parent.u.big.as.items);
    asl_value out = asl__region_copy_out(region, &store.region, v);
    asl_value again = asl__region_copy_out(region, &store.region, v);
    ck_assert_ptr_eq(out.u.big.as.items, again.u.big.as.items);
    store_free(&store);
    expect_json(out, "[{\"of\":\"the parent region, in a string\"},"
                     "\"of the child region, in a string\"]");
}
END_TEST

START_TEST(large_objects_survive_copies)
{
    struct store store;
    asl_value v = asl_object();

    store_init(&store, 0);
    for (size_t i = 0; i < 100; i++)
        v = asl_set(&store.region, v, numbered_key(i), asl_integer((int64_t)i));
    asl_value out = asl__region_copy_out(region, &store.region, v);
    store_free(&store);
    ck_assert_ptr_nonnull(asl__block_of(out)->link);
    for (size_t i = 0; i < 100; i++)
        ck_assert_int_eq(asl_member_of(out, numbered_key(i)).u.big.as.integer, (int64_t)i);
    out = asl_set(region, out, asl_str("more"), asl_null());
    ck_assert(asl_is_null(asl_get(out, "more")));
}
END_TEST

/* V has keys 0..59, LIST[i] the first i + 1 of them. */
static void check_family(asl_value v, asl_value list)
{
    for (size_t i = 0; i < 60; i++) {
        asl_value old = asl_at(list, i);
        ck_assert_int_eq(asl_member_of(v, numbered_key(i)).u.big.as.integer, (int64_t)i);
        ck_assert_uint_eq(asl_count(old), i + 1);
        ck_assert(!asl_is_undefined(asl_member_of(old, numbered_key(i))));
        ck_assert(asl_is_undefined(asl_member_of(old, numbered_key(i + 1))));
    }
}

START_TEST(short_memory_in_compaction_breaks_nothing)
{
    for (size_t limit = 4096; limit < 200000; limit += 8192) {
        struct store store;
        asl_value v = asl_object(), list = asl_array();

        store_init(&store, 0);
        for (size_t i = 0; i < 60; i++) {
            v = asl_set(&store.region, v, numbered_key(i), asl_integer((int64_t)i));
            list = asl_push(&store.region, list, v);
        }
        v = asl_copy_to(&store.region, v);
        store.pool.max_memory = store.pool.used + limit;
        asl_value *roots[] = { &v, &list };
        for (int round = 0; round < 3; round++) {
            (void)asl__region_compact(&store.region, roots, 2);
            check_family(v, list);
            asl_value longer = asl_set(&store.region, v, asl_str("z"), asl_null());
            ck_assert(asl_is_error(longer) || asl_is_null(asl_get(longer, "z")));
        }
        store_free(&store);
    }
}
END_TEST

START_TEST(splice_moves_ownership)
{
    struct store store;
    asl_region other;

    store_init(&store, 0);
    asl__region_init(&other, &store.chunks);
    asl_value a = asl_push(&store.region, asl_array(), asl_integer(1));
    asl_value b = asl_push(&other, asl_array(), asl_integer(2));
    char *next = store.region.next;
    asl__region_splice(&store.region, &other);
    ck_assert_ptr_eq(store.region.next, next);
    ck_assert_ptr_null(other.chunks);
    ck_assert(asl__region_owns(&store.region, b.u.big.as.items));
    expect_json(asl_push(&store.region, b, a), "[2,[1]]");
    asl__region_release(&other);
    store_free(&store);
}
END_TEST

START_TEST(long_strings_stay_shared)
{
    struct store store;
    asl_value items[1000];

    store_init(&store, 0);
    char *text = asl_alloc(&store.region, 100000);
    ck_assert_ptr_nonnull(text);
    memset(text, 'x', 100000);
    for (size_t i = 0; i < 1000; i++)
        items[i] = asl_string_in(text, 100000 - i % 3);
    asl_value v = asl_array_of(&store.region, 1000, items);
    asl_value copy = asl_copy_to(region, v);
    ck_assert_uint_lt(asl__region_size(region), 2000000);
    ck_assert_ptr_eq(asl_at(copy, 0).u.big.as.text, asl_at(copy, 3).u.big.as.text);
    ck_assert_uint_eq(asl_text_len(asl_at(copy, 1)), 99999);
    store_free(&store);
}
END_TEST

static TCase *public_case(void)
{
    TCase *c = tcase_create("public");

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, short_and_long_strings_have_their_length);
    tcase_add_test(c, a_string_may_hold_nul);
    tcase_add_test(c, text_is_ordered_by_utf16_units);
    tcase_add_test(c, push_leaves_the_original);
    tcase_add_test(c, set_leaves_the_original);
    tcase_add_test(c, a_big_object_finds_its_members);
    tcase_add_test(c, the_leftmost_error_passes_through);
    tcase_add_test(c, nesting_has_a_limit);
    tcase_add_test(c, numbers_are_compared_exactly);
    tcase_add_test(c, objects_are_equal_in_any_order);
    tcase_add_test(c, a_copy_outlives_its_source);
    return c;
}

static TCase *scalars_case(void)
{
    TCase *c = tcase_create("scalars");

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, layout);
    tcase_add_test(c, strings_have_one_form);
    tcase_add_test(c, format_long_string);
    tcase_add_test(c, text_order_within_pairs);
    tcase_add_test(c, whole_numbers);
    tcase_add_test(c, number_texts_compare_exactly);
    tcase_add_test(c, doubles_print);
    tcase_add_test(c, doubles_round_trip);
    tcase_add_test(c, doubles_read);
    tcase_add_test(c, integers_parse);
    tcase_add_test(c, utf8);
    return c;
}

static TCase *containers_case(void)
{
    TCase *c = tcase_create("containers");

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, push_keeps_older_views);
    tcase_add_test(c, push_in_place_where_nobody_else_has);
    tcase_add_test(c, push_copies_foreign_blocks);
    tcase_add_test(c, push_is_amortised);
    tcase_add_test(c, constant_is_never_extended);
    tcase_add_test(c, set_get_without);
    tcase_add_test(c, large_objects_and_their_views);
    tcase_add_test(c, object_of_lets_the_last_win);
    tcase_add_test(c, records_slices_replacements);
    tcase_add_test(c, errors_pass_through);
    tcase_add_test(c, depth_is_bounded_everywhere);
    tcase_add_test(c, equality);
    return c;
}

static TCase *regions_case(void)
{
    TCase *c = tcase_create("regions");

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, allocation_is_aligned_and_owned);
    tcase_add_test(c, memory_limit_is_an_error);
    tcase_add_test(c, a_lent_chunk_is_used_first_and_never_freed);
    tcase_add_test(c, what_lies_elsewhere_counts);
    tcase_add_test(c, want_of_memory_is_no_bad_text);
    tcase_add_test(c, growth_raises_attention);
    tcase_add_test(c, expected_growth_does_not);
    tcase_add_test(c, compaction_keeps_sharing);
    tcase_add_test(c, compaction_of_views);
    tcase_add_test(c, compaction_of_a_value_in_itself);
    tcase_add_test(c, compaction_leaves_others_alone);
    tcase_add_test(c, large_objects_survive_copies);
    tcase_add_test(c, short_memory_in_compaction_breaks_nothing);
    tcase_add_test(c, splice_moves_ownership);
    tcase_add_test(c, long_strings_stay_shared);
    return c;
}

int main(void)
{
    Suite *suite = suite_create("value");

    suite_add_tcase(suite, public_case());
    suite_add_tcase(suite, scalars_case());
    suite_add_tcase(suite, containers_case());
    suite_add_tcase(suite, regions_case());

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
