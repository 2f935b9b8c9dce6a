/* Unit tests of JSONata: strings, numbers, URLs and regular expressions. */
#include "base.h"

#include <check.h>
#include <math.h>
#include <pthread.h>

#include "expr/jsonata_regex.h"
#include "expr/jsonata_text.h"
#include "number.h"

/* A call and what it gives; see query_text.h. */
struct row {
    const char *function, *args, *pattern, *flags, *result;
};

#include "query_text.h"

static asl_region *region;
static asl_eval eval;

static void set_up(void)
{
    region = asl_region_new();
    eval = (asl_eval){ .region = region };
}

static void tear_down(void)
{
    asl_region_free(region);
}

/* ---- values ---------------------------------------------------------------------- */

static asl_value parse(const char *text)
{
    asl_value v;
    asl_syntax_error error;

    ck_assert_msg(asl_parse(region, text, strlen(text), &v, &error), "%s: %s", text,
                  error.message);
    return v;
}

/* The string is UTF-8 of the source. */
static asl_value text(const char *s)
{
    return asl_cstring(region, s);
}

static bool is_text(asl_value v, const char *s)
{
    return asl_is_string(v) && asl_text_len(v) == strlen(s) &&
           memcmp(asl_text(&v), s, strlen(s)) == 0;
}

#define NAMES                                                                          \
    X(string)                                                                          \
    X(substring) X(substringBefore) X(substringAfter) X(length) X(trim) X(pad) X(join) \
        X(uppercase) X(lowercase) X(contains) X(match) X(split) X(replace) X(number)   \
            X(abs) X(floor) X(ceil) X(sqrt) X(round) X(power) X(formatBase)            \
                X(encodeUrl) X(encodeUrlComponent) X(decodeUrl) X(decodeUrlComponent)  \
                    X(base64encode) X(base64decode)

static asl_native *native_of(const char *name)
{
#define X(function)                   \
    if (strcmp(name, #function) == 0) \
        return asl_fn_##function;
    NAMES
#undef X
    ck_abort_msg("no function %s", name);
    return NULL;
}

/* What a node of an expression gives for V. */
static asl_value result_of(asl_value v)
{
    v = asl_unwrap(v);
    return asl_is_array(v) ? asl_flagged(v, 0) : v;
}

static const char *code_of(asl_value v)
{
    static char code[80];
    const asl_error_info *info = asl_error_of(v);
    asl_value text_of = asl_is_undefined(info->error) ? info->cause : info->error;

    snprintf(code, sizeof code, "%.*s", (int)asl_text_len(text_of), asl_text(&text_of));
    return code;
}

/* As JSON and back: what stands in the table has gone that way. */
static asl_value through_json(asl_value v)
{
    asl_value json = asl_to_json(region, v), back;
    asl_syntax_error error;

    ck_assert(asl_is_string(json));
    ck_assert_msg(asl_parse(region, asl_text(&json), asl_text_len(json), &back, &error),
                  "%s", error.message);
    return back;
}

static void expect(asl_value got, const char *result, const char *what)
{
    got = result_of(got);
    if (strcmp(result, "undefined") == 0) {
        ck_assert_msg(asl_is_undefined(got), "%s gives something", what);
    } else if (strchr("DTU", *result)) {
        ck_assert_msg(asl_is_error(got), "%s is no error", what);
        ck_assert_msg(strcmp(code_of(got), result) == 0, "%s: %s", what, code_of(got));
    } else {
        ck_assert_msg(!asl_is_error(got), "%s: %s", what,
                      asl_is_error(got) ? code_of(got) : "");
        ck_assert_msg(!asl_is_undefined(got), "%s gives nothing", what);
        asl_value json = asl_to_json(region, got);
        ck_assert_msg(asl_equal(through_json(got), parse(result)), "%s: %.*s, not %s",
                      what, (int)asl_text_len(json), asl_text(&json), result);
    }
}

static asl_query_regex *new_regex(const char *pattern, const char *flags)
{
    asl_query_regex *regex = calloc(1, sizeof *regex);

    ck_assert(regex != NULL);
    *regex = (asl_query_regex){ .pattern = pattern,
                                .len = (uint32_t)strlen(pattern),
                                .ignore_case = strchr(flags, 'i') != NULL,
                                .multiline = strchr(flags, 'm') != NULL };
    return regex;
}

/* A regex literal; it is kept, as it would be in a program. */
static asl_value regex(const char *pattern, const char *flags)
{
    static asl_query_regex *kept[1000];
    static size_t count;

    ck_assert(count < ASL__COUNT_OF(kept));
    kept[count] = new_regex(pattern, flags);
    return asl_matcher(&eval, kept[count++]);
}

/* ---- the table ------------------------------------------------------------------- */

static asl_value argument(asl_value v, const struct row *row)
{
    if (is_text(v, "~u"))
        return asl_undefined();
    return is_text(v, "~r") ? regex(row->pattern, row->flags) : v;
}

/* 1e400, which JSON may hold but no double. */
static bool is_beyond(const struct row *row)
{
    return strstr(row->result, "null") && strcmp(row->function, "round") == 0;
}

static void check_row(const struct row *row)
{
    asl_value args = parse(row->args), all[8];
    uint32_t n = (uint32_t)asl_count(args);
    char what[300];

    snprintf(what, sizeof what, "$%s(%s) %s", row->function, row->args,
             row->pattern ? row->pattern : "");
    for (uint32_t i = 0; i < n; i++)
        all[i] = argument(asl_at(args, i), row);
    asl_value got = native_of(row->function)(&eval, asl_undefined(), n, all);
    if (is_beyond(row))
        ck_assert(asl__tag(got) == ASL_DOUBLE &&
                  asl_to_double(got) != asl_to_double(got));
    else
        expect(got, row->result, what);
}

START_TEST(calls_give_what_the_reference_gives)
{
    for (size_t i = 0; i < ASL__COUNT_OF(rows); i++)
        check_row(&rows[i]);
}
END_TEST

START_TEST(errors_among_the_arguments_pass)
{
    asl_value wrong = asl_errorf(region, "Wrong", "it is");

    for (size_t i = 0; i < ASL__COUNT_OF(rows); i++) {
        asl_value args[2] = { wrong, wrong };
        asl_value got = native_of(rows[i].function)(&eval, asl_undefined(), 2, args);
        ck_assert(got.u.word.body == wrong.u.word.body);
    }
}
END_TEST

/* ---- numbers --------------------------------------------------------------------- */

START_TEST(integers_of_64_bits_stay_exact_unless_computed_with)
{
    asl_value big = asl_integer(INT64_MAX), args[2] = { big, asl_integer(-1) }, v;

    v = asl_fn_abs(&eval, big, 1, &big);
    ck_assert_int_eq((int64_t)v.u.word.body, INT64_MAX);
    v = asl_fn_floor(&eval, big, 1, &big);
    ck_assert_int_eq((int64_t)v.u.word.body, INT64_MAX);
    v = asl_fn_formatBase(&eval, big, 1, &big);
    ck_assert(is_text(v, "9223372036854775807"));
    args[0] = asl_integer(INT64_MAX - 2);
    v = asl_fn_round(&eval, big, 2, args);
    ck_assert_double_eq(asl_to_double(v), 9223372036854775810.0);
    args[0] = asl_integer(INT64_C(9007199254740995));
    v = asl_fn_round(&eval, big, 2, args);
    ck_assert_double_eq(asl_to_double(v), 9007199254741000.0);
    args[0] = asl_integer(3);
    args[1] = asl_integer(39);
    v = asl_fn_power(&eval, big, 2, args);
    ck_assert_int_eq(asl__tag(v), ASL_DOUBLE);
    ck_assert_double_eq(asl_to_double(v), 4052555153018976267.0);
    args[0] = text("9007199254740993");
    v = asl_fn_number(&eval, big, 1, args);
    ck_assert_int_eq((int64_t)v.u.word.body, INT64_C(9007199254740993));
    args[0] = asl_integer(INT64_MIN);
    ck_assert_double_eq(asl_to_double(asl_fn_abs(&eval, big, 1, args)),
                        9223372036854775808.0);
    v = asl_fn_formatBase(&eval, big, 1, args);
    ck_assert(is_text(v, "-9223372036854775808"));
}
END_TEST

START_TEST(what_is_no_finite_number_is_refused_by_string)
{
    double wrong[] = { 1 / 0.0, -1 / 0.0, 0.0 / 0.0 };

    for (size_t i = 0; i < ASL__COUNT_OF(wrong); i++) {
        asl_value v = asl_double(wrong[i]), array = asl_array_of(region, 1, &v);
        expect(asl_fn_string(&eval, v, 1, &v), "D3001", "string");
        expect(asl_fn_string(&eval, v, 1, &array), "D1001", "string of an array");
    }
}
END_TEST

/* Number(d.toPrecision(15)) by way of all digits of D. */
static void rounded(char *out, double d)
{
    char digits[800];

    snprintf(digits, sizeof digits, "%.770e", d);
    /* "d.dddd...e+xx": 14 behind the point are kept. */
    char *end = digits + 16, *exponent = strchr(digits, 'e');
    bool up = *end >= '5';
    for (char *p = end - 1; up && p >= digits; p--) {
        if (*p == '.')
            continue;
        up = *p == '9';
        *p = up ? '0' : (char)(*p + 1);
    }
    memmove(end, exponent, strlen(exponent) + 1);
    double nearest = strtod(digits, NULL);
    if (up)
        nearest =
            strtod(digits, NULL) + strtod((memcpy(digits, "10", 2), digits), NULL);
    asl__double_print_js(out, nearest);
}

START_TEST(fifteen_digits_are_those_of_the_exact_value)
{
    uint64_t state = 12345;
    char expected[ASL__NUMBER_SIZE], got[ASL__NUMBER_SIZE];

    for (int i = 0; i < 200000; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        double d = (double)(state >> 11);
        switch (i % 4) {
        case 0: d /= 8; break;    /* 1e15, many halves */
        case 1: d /= 1e13; break; /* 100 */
        case 2: d = floor(d / 4) / 2; break;
        default: d = ldexp(d, (int)(state % 600) - 300); break;
        }
        if (strspn("9.9999999999999", "9.") == 0 || d == 0)
            continue;
        rounded(expected, d);
        asl__double_print_15(got, d);
        ck_assert_msg(strcmp(expected, got) == 0, "%.17g: %s, not %s", d, got,
                      expected);
    }
}
END_TEST

/* ---- strings --------------------------------------------------------------------- */

START_TEST(context_stands_in_for_a_missing_argument)
{
    asl_value s = text("  A text  ");

    ck_assert(is_text(asl_fn_trim(&eval, s, 0, NULL), "A text"));
    ck_assert(is_text(asl_fn_lowercase(&eval, s, 0, NULL), "  a text  "));
    expect(asl_fn_length(&eval, s, 0, NULL), "10", "length");
    expect(asl_fn_base64encode(&eval, text("a"), 0, NULL), "\"YQ==\"", "base64encode");
}
END_TEST

START_TEST(functions_are_empty_strings)
{
    asl_value f = asl_function_value(&asl_fv_trim);
    asl_value items[2] = { f, asl_undefined() }, array = asl_array_of(region, 2, items);
    const asl_member members[2] = { { text("f"), f }, { text("u"), asl_undefined() } };
    asl_value object = asl_object_of(region, 2, members);

    ck_assert(is_text(asl_fn_string(&eval, f, 1, &f), ""));
    ck_assert(is_text(asl_fn_string(&eval, f, 1, &array), "[\"\",null]"));
    ck_assert(is_text(asl_fn_string(&eval, f, 1, &object), "{\"f\":\"\"}"));
}
END_TEST

START_TEST(a_text_keeps_its_zero_bytes)
{
    asl_value s = asl_string(region, "a\0b\0c and some more text", 24), args[2] = { s };
    asl_value zero = asl_string(region, "\0", 1), v;

    expect(asl_fn_length(&eval, s, 1, &s), "24", "length");
    args[1] = zero;
    v = asl_fn_split(&eval, s, 2, args);
    ck_assert_int_eq(asl_count(v), 3);
    ck_assert(is_text(asl_at(v, 2), "c and some more text"));
    v = asl_fn_uppercase(&eval, s, 1, &s);
    ck_assert_int_eq(asl_text_len(v), 24);
    ck_assert(memcmp(asl_text(&v), "A\0B\0C AND SOME MORE TEXT", 24) == 0);
    args[1] = regex("\\0b\\x00", "");
    ck_assert(asl_is_true(asl_fn_contains(&eval, s, 2, args)));
}
END_TEST

/* No value is like this; nothing may go wrong all the same. */
START_TEST(bytes_that_are_no_utf_8_do_no_harm)
{
    static const char *const bad[] = { "\xff",
                                       "\x80\x80\x80",
                                       "a\xc3",
                                       "\xed\xa0",
                                       "\xf0\x9f\x98",
                                       "abcdefghijklmnop\xe2\x82",
                                       "\xc0\x80\xf5\x90\x80\x80" };

    for (size_t i = 0; i < ASL__COUNT_OF(bad); i++) {
        asl_value args[4] = { text(bad[i]), text(bad[i]), text(bad[i]) };
#define X(function)                                           \
    (void)asl_fn_##function(&eval, asl_undefined(), 1, args); \
    (void)asl_fn_##function(&eval, asl_undefined(), 2, args); \
    (void)asl_fn_##function(&eval, asl_undefined(), 3, args);
        NAMES
#undef X
        asl_value pad[3] = { args[0], asl_integer(20), args[0] };
        (void)asl_fn_pad(&eval, asl_undefined(), 3, pad);
        args[1] = regex(".|[^a]", "i");
        (void)asl_fn_match(&eval, asl_undefined(), 2, args);
        (void)asl_fn_split(&eval, asl_undefined(), 2, args);
        (void)asl_fn_replace(&eval, asl_undefined(), 3, args);
    }
}
END_TEST

START_TEST(long_texts_are_as_short_ones)
{
    enum { COUNT = 100000 };
    char *long_text = malloc(COUNT + 1);

    ck_assert(long_text != NULL);
    for (size_t i = 0; i < COUNT; i++)
        long_text[i] = i % 10 ? 'a' : ',';
    asl_value s = asl_string(region, long_text, COUNT),
              args[4] = { s, text(","), text("") };
    asl_value parts = asl_fn_split(&eval, s, 2, args);
    ck_assert_int_eq(asl_count(parts), COUNT / 10 + 1);
    args[0] = parts;
    asl_value joined = asl_fn_join(&eval, s, 2, args);
    ck_assert(asl_same_text(joined, s));
    args[0] = s;
    args[1] = regex(",", "");
    ck_assert(asl_equal(asl_fn_split(&eval, s, 2, args), parts));
    asl_value without = asl_fn_replace(&eval, s, 3, args);
    ck_assert_int_eq(asl_text_len(without), COUNT - COUNT / 10);
    args[1] = text(",");
    ck_assert(asl_same_text(asl_fn_replace(&eval, s, 3, args), without));
    free(long_text);
}
END_TEST

/* ---- matchers -------------------------------------------------------------------- */

/* A matcher function: finds the letter `a`, once per call of `next`. */
static asl_value letter_from(asl_eval *e, const asl_function *self,
                             const asl_value *args);

static asl_value letter_match(asl_eval *e, int64_t at)
{
    asl_function *next = asl_alloc(e->region, sizeof *next);

    *next =
        (asl_function){ .body = letter_from, .data = (const void *)(intptr_t)(at + 1) };
    const asl_value keys[] = { asl_str("match"), asl_str("start"), asl_str("end"),
                               asl_str("groups"), asl_str("next") };
    const asl_value values[] = { asl_str("a"), asl_integer(at), asl_integer(at + 1),
                                 asl_array(), asl_function_value(next) };
    return asl_record(e->region, 5, keys, values);
}

static asl_value letter_from(asl_eval *e, const asl_function *self,
                             const asl_value *args)
{
    static const char subject[] = "banana";

    (void)args;
    for (int64_t at = (int64_t)(intptr_t)self->data; subject[at]; at++)
        if (subject[at] == 'a')
            return letter_match(e, at);
    return asl_undefined();
}

START_TEST(any_function_may_be_a_matcher)
{
    const asl_function letter = { .body = letter_from, .arity = 1, .data = 0 };
    asl_value args[4] = { text("banana"), asl_function_value(&letter), text("<$0$1>"),
                          asl_integer(2) };

    ck_assert(asl_is_true(asl_fn_contains(&eval, args[0], 2, args)));
    expect(asl_fn_split(&eval, args[0], 2, args), "[\"b\",\"n\",\"n\",\"\"]", "split");
    expect(asl_fn_replace(&eval, args[0], 3, args), "\"b<a>n<a>n<a>\"", "replace");
    expect(asl_fn_replace(&eval, args[0], 4, args), "\"b<a>n<a>na\"", "replace");
    args[2] = asl_integer(1);
    expect(asl_fn_match(&eval, args[0], 3, args),
           "{\"match\":\"a\",\"index\":1,\"groups\":[]}", "match");
}
END_TEST

START_TEST(what_is_no_match_is_an_error)
{
    const asl_function *const functions[] = { &asl_fv_uppercase, &asl_fv_length };

    for (size_t i = 0; i < ASL__COUNT_OF(functions); i++) {
        asl_value args[3] = { text("abc"), asl_function_value(functions[i]),
                              text("x") };
        expect(asl_fn_contains(&eval, args[0], 2, args), "T1010", "contains");
        expect(asl_fn_match(&eval, args[0], 2, args), "T1010", "match");
        expect(asl_fn_split(&eval, args[0], 2, args), "T1010", "split");
        expect(asl_fn_replace(&eval, args[0], 3, args), "T1010", "replace");
    }
}
END_TEST

static asl_value upper_match(asl_eval *e, const asl_function *self,
                             const asl_value *args)
{
    asl_value match = asl_get(args[0], "match");

    (void)self;
    return asl_fn_uppercase(e, asl_undefined(), 1, &match);
}

static asl_value start_of_match(asl_eval *e, const asl_function *self,
                                const asl_value *args)
{
    (void)e;
    (void)self;
    return asl_get(args[0], "start");
}

START_TEST(a_function_may_say_what_replaces)
{
    const asl_function upper = { .body = upper_match, .arity = 1 };
    const asl_function start = { .body = start_of_match, .arity = 1 };
    asl_value args[3] = { text("one two"), regex("t?(w|n)(x)?", ""),
                          asl_function_value(&upper) };

    expect(asl_fn_replace(&eval, args[0], 3, args), "\"oNe TWo\"", "replace");
    args[2] = asl_function_value(&start);
    expect(asl_fn_replace(&eval, args[0], 3, args), "D3012", "replace");
    args[1] = text("o");
    expect(asl_fn_replace(&eval, args[0], 3, args), "D3012", "replace");
}
END_TEST

static asl_value call(asl_value function, asl_value argument)
{
    return asl_apply(&eval, function, asl_undefined(), 1, &argument);
}

START_TEST(a_regex_is_a_function)
{
    asl_value found = call(regex("(a)(z)?", ""), text("bab\xF0\x9F\x98\x80"
                                                      "a"));

    ck_assert(is_text(asl_get(found, "match"), "a"));
    expect(asl_get(found, "start"), "1", "start");
    expect(asl_get(found, "end"), "2", "end");
    expect(asl_get(found, "groups"), "[\"a\", null]", "groups");
    ck_assert(asl_is_undefined(asl_at(asl_get(found, "groups"), 1)));
    found = call(asl_get(found, "next"), asl_undefined());
    expect(asl_get(found, "start"), "5", "start");
    ck_assert(asl_is_undefined(call(asl_get(found, "next"), asl_undefined())));
    ck_assert(asl_is_undefined(call(regex("z", ""), text("abc"))));
    ck_assert(asl_is_undefined(call(regex("e", ""), asl_undefined())));
    ck_assert(asl_is_object(call(regex("^5$", ""), asl_integer(5))));
    ck_assert(asl_is_object(call(regex("^1,,b$", ""), parse("[1,null,\"b\"]"))));
    asl_value from[2] = { text("abab"), asl_integer(1) };
    expect(asl_get(asl_apply(&eval, regex("a", ""), asl_undefined(), 2, from), "start"),
           "2", "start");
    found = call(regex("x*", ""), text("abc"));
    expect(asl_get(found, "end"), "0", "end");
    expect(call(asl_get(found, "next"), asl_undefined()), "D1004", "next");
}
END_TEST

/* ---- the dialect ----------------------------------------------------------------- */

START_TEST(wrong_patterns_are_refused)
{
    static const char *const bad[] = { "(",
                                       ")",
                                       "a)",
                                       "(a",
                                       "[a",
                                       "[",
                                       "*",
                                       "a**",
                                       "a++",
                                       "a*+",
                                       "a{2}{3}",
                                       "a{2}*",
                                       "+a",
                                       "?",
                                       "|*",
                                       "(*a)",
                                       "(?",
                                       "(?a)",
                                       "(?#a)",
                                       "(?i)a",
                                       "(?i:a)",
                                       "(?>a)",
                                       "(?P<x>a)",
                                       "(?<>a)",
                                       "(?<1>a)",
                                       "(?<a",
                                       "(?<x>a)(?<x>b)",
                                       "(?<x>a)\\k<y>",
                                       "(?<x>a)\\k",
                                       "\\",
                                       "[\\",
                                       "[b-a]",
                                       "a{3,2}",
                                       "{1}",
                                       "^*",
                                       "$+",
                                       "\\b*",
                                       "(?<=a)*",
                                       "(?<!a)+",
                                       "a{99999}",
                                       "[z-\\d",
                                       "(?<=a+)b" };
    char message[160];

    for (size_t i = 0; i < ASL__COUNT_OF(bad); i++) {
        asl_query_regex *one = new_regex(bad[i], "");
        ck_assert_msg(!asl__query_regex_check(one, message, sizeof message), "%s",
                      bad[i]);
        ck_assert(*message != '\0');
        ck_assert_msg(asl_is_error(asl_matcher(&eval, one)), "%s", bad[i]);
        free(one);
    }
}
END_TEST

START_TEST(good_patterns_are_taken)
{
    static const char *const good[] = {
        "",        "a|",     "()",     "(?:)",         "a{2,99999}", "[\\d-z]",
        "[z-\\d]", "(?=a)+", "(?!a)?", "a{,2}",        "(?<=a|bc)d", "(?<$x>a)",
        "\\cZ",    "[^]",    "[]",     "((((a))))\\4", "\\377",      "}]"
    };
    char message[160];

    for (size_t i = 0; i < ASL__COUNT_OF(good); i++) {
        asl_query_regex *one = new_regex(good[i], "im");
        ck_assert_msg(asl__query_regex_check(one, message, sizeof message), "%s: %s",
                      good[i], message);
        free(one);
    }
}
END_TEST

START_TEST(deeply_nested_groups_are_refused)
{
    char pattern[2001];
    char message[160];

    memset(pattern, '(', 1000);
    memset(pattern + 1000, ')', 1000);
    pattern[2000] = '\0';
    asl_query_regex *one = new_regex(pattern, "");
    ck_assert(!asl__query_regex_check(one, message, sizeof message));
    free(one);
}
END_TEST

START_TEST(a_search_without_end_is_given_up)
{
    static const char *const bad[] = { "^(a+)+$", "(a|aa)+$", "(x+x+)+y|(.*a){12}$",
                                       "^(([a-z])+.)+[A-Z]([a-z])+$" };

    for (size_t i = 0; i < ASL__COUNT_OF(bad); i++) {
        asl_value args[2] = {
            text("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"),
            regex(bad[i], "")
        };
        asl_value got = asl_fn_contains(&eval, args[0], 2, args);
        ck_assert_msg(asl_is_error(got), "%s", bad[i]);
        ck_assert(strstr(code_of(got), "The regular expression /") != NULL);
    }
}
END_TEST

START_TEST(a_long_text_needs_no_stack)
{
    enum { COUNT = 200000 };
    char *long_text = malloc(COUNT);

    ck_assert(long_text != NULL);
    memset(long_text, 'a', COUNT);
    asl_value args[2] = { asl_string(region, long_text, COUNT),
                          regex("^(a|b|cd)*$", "") };
    asl_value got = asl_fn_contains(&eval, args[0], 2, args);
    ck_assert(asl_is_true(got));
    free(long_text);
}
END_TEST

static asl_query_regex shared = { .pattern = "(\\d+)-(\\d+)", .len = 11 };

static void *match_often(void *unused)
{
    asl_region *own = asl_region_new();
    asl_eval e = { .region = own };
    size_t wrong = 0;

    (void)unused;
    for (int i = 0; i < 2000; i++) {
        asl_value args[2] = { asl_str("a 12-34 b"), asl_matcher(&e, &shared) };
        asl_value found = asl_unwrap(asl_fn_match(&e, args[0], 2, args));
        asl_value second = asl_at(asl_get(found, "groups"), 1);
        wrong += !asl_same_text(second, asl_str("34"));
    }
    asl_region_free(own);
    return (void *)wrong;
}

START_TEST(threads_share_a_literal)
{
    pthread_t threads[4];

    for (size_t i = 0; i < ASL__COUNT_OF(threads); i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, match_often, NULL), 0);
    for (size_t i = 0; i < ASL__COUNT_OF(threads); i++) {
        void *wrong;
        ck_assert_int_eq(pthread_join(threads[i], &wrong), 0);
        ck_assert(wrong == NULL);
    }
}
END_TEST

static void add_strings(Suite *suite)
{
    TCase *tcase = tcase_create("strings and numbers");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, calls_give_what_the_reference_gives);
    tcase_add_test(tcase, errors_among_the_arguments_pass);
    tcase_add_test(tcase, integers_of_64_bits_stay_exact_unless_computed_with);
    tcase_add_test(tcase, what_is_no_finite_number_is_refused_by_string);
    tcase_add_test(tcase, fifteen_digits_are_those_of_the_exact_value);
    tcase_add_test(tcase, context_stands_in_for_a_missing_argument);
    tcase_add_test(tcase, functions_are_empty_strings);
    tcase_add_test(tcase, a_text_keeps_its_zero_bytes);
    tcase_add_test(tcase, bytes_that_are_no_utf_8_do_no_harm);
    tcase_add_test(tcase, long_texts_are_as_short_ones);
    suite_add_tcase(suite, tcase);
}

static void add_patterns(Suite *suite)
{
    TCase *tcase = tcase_create("patterns");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, any_function_may_be_a_matcher);
    tcase_add_test(tcase, what_is_no_match_is_an_error);
    tcase_add_test(tcase, a_function_may_say_what_replaces);
    tcase_add_test(tcase, a_regex_is_a_function);
    tcase_add_test(tcase, wrong_patterns_are_refused);
    tcase_add_test(tcase, good_patterns_are_taken);
    tcase_add_test(tcase, deeply_nested_groups_are_refused);
    tcase_add_test(tcase, a_search_without_end_is_given_up);
    tcase_add_test(tcase, a_long_text_needs_no_stack);
    tcase_add_test(tcase, threads_share_a_literal);
    suite_add_tcase(suite, tcase);
}

int main(void)
{
    Suite *suite = suite_create("query text");

    add_strings(suite);
    add_patterns(suite);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
