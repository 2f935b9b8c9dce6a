/* Unit tests of JSON text: tokens, reading, printing (runtime/value). */
#include "base.h"

#include <check.h>
#include <math.h>

#include "buf.h"
#include "json_lex.h"
#include "number.h"

static asl_region *region;

static void setup(void)
{
    region = asl_region_new();
}

static void teardown(void)
{
    asl_region_free(region);
}

/* Parses LEN bytes, with misleading bytes behind them. */
static bool parse_bytes(const char *text, size_t len, asl_value *out, asl_syntax_error *error)
{
    char *copy = asl_alloc(region, len + ASL_PARSE_PADDING);

    memcpy(copy, text, len);
    memset(copy + len, len % 2 ? '"' : '1', ASL_PARSE_PADDING);
    copy[len + 1] = ']';
    return asl_parse_in(region, copy, len, out, error);
}

static asl_value parse(const char *text)
{
    asl_value v = asl_undefined();
    asl_syntax_error error;

    ck_assert_msg(parse_bytes(text, strlen(text), &v, &error), "%s: %s", text,
                  error.message);
    return v;
}

static void expect_json(asl_value v, const char *text)
{
    asl_value json = asl_to_json(region, v);

    ck_assert_uint_eq(asl_text_len(json), strlen(text));
    ck_assert_mem_eq(asl_text(&json), text, strlen(text));
}

static void expect_same(const char *text)
{
    expect_json(parse(text), text);
}

static void expect_becomes(const char *text, const char *wanted)
{
    expect_json(parse(text), wanted);
}

static void expect_error(const char *text, size_t line, size_t column, const char *message)
{
    asl_value v;
    asl_syntax_error error = { 0, 0, 0, "", false };

    ck_assert_msg(!parse_bytes(text, strlen(text), &v, &error), "accepted: %s", text);
    ck_assert_msg(strstr(error.message, message) != NULL, "%s: %s", text, error.message);
    ck_assert_msg(error.line == line && error.column == column, "%s: at %zu:%zu", text,
                  error.line, error.column);
}

/* ---- tokens --------------------------------------------------------------------------- */

START_TEST(tokens)
{
    static const enum asl__json_token wanted[] = {
        ASL__JSON_OBJECT_OPEN, ASL__JSON_STRING, ASL__JSON_COLON, ASL__JSON_ARRAY_OPEN,
        ASL__JSON_INTEGER, ASL__JSON_COMMA, ASL__JSON_FRACTION, ASL__JSON_COMMA,
        ASL__JSON_FRACTION, ASL__JSON_ARRAY_CLOSE, ASL__JSON_TRUE, ASL__JSON_FALSE,
        ASL__JSON_NULL, ASL__JSON_OBJECT_CLOSE, ASL__JSON_END, ASL__JSON_END
    };
    const char *text = " {\"a\\n\" : [-12,1.5,2E3] true false\tnull\r\n}";
    struct asl__json_lexer lexer;

    asl__json_lexer_init(&lexer, text, strlen(text));
    for (size_t i = 0; i < ASL__COUNT_OF(wanted); i++) {
        ck_assert_int_eq(asl__json_next(&lexer), wanted[i]);
        if (i == 1) {
            ck_assert(lexer.escaped);
            ck_assert_int_eq(lexer.cursor - lexer.token, 5);
        }
    }
}
END_TEST

static void expect_lex_error(const char *text, size_t len, size_t offset, const char *why)
{
    struct asl__json_lexer lexer;

    asl__json_lexer_init(&lexer, text, len);
    ck_assert_int_eq(asl__json_next(&lexer), ASL__JSON_ERROR);
    ck_assert_uint_eq((size_t)(lexer.cursor - text), offset);
    ck_assert_msg(strstr(lexer.error, why) != NULL, "%s: %s", text, lexer.error);
    ck_assert_int_eq(asl__json_next(&lexer), ASL__JSON_ERROR);
}

START_TEST(token_errors)
{
    expect_lex_error("\"abc", 4, 4, "unterminated");
    expect_lex_error("\"abc\"", 4, 4, "unterminated");
    expect_lex_error("\"ab\\x\"", 6, 3, "escape");
    expect_lex_error("\"ab\\u12g4\"", 10, 3, "escape");
    expect_lex_error("\"ab\nc\"", 6, 3, "control");
    expect_lex_error("\"ab\0c\"", 6, 3, "control");
    expect_lex_error("\"a\xED\xA0\x80\"", 6, 2, "UTF-8");
    expect_lex_error("\"a\xC0\x80\"", 5, 2, "UTF-8");
    expect_lex_error("\"a\xF4\x90\x80\x80\"", 7, 2, "UTF-8");
    expect_lex_error("01", 2, 1, "leading zero");
    expect_lex_error("-01", 3, 2, "leading zero");
    expect_lex_error("1.", 2, 2, "digit");
    expect_lex_error("1.5e+", 5, 5, "digit");
    expect_lex_error("-", 1, 1, "digit");
    expect_lex_error("-x", 2, 1, "digit");
    expect_lex_error("nul", 3, 0, "word");
    expect_lex_error("nullx", 5, 0, "word");
    expect_lex_error("'", 1, 0, "character");
    expect_lex_error("\0", 1, 0, "control");
}
END_TEST

START_TEST(unescape)
{
    char out[64];
    const char *body = "a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\\ud83d\\ude00\\ud800x\\udc00";
    size_t len = asl__json_unescape(body, strlen(body), out);
    const char *wanted =
        "a\"\\/\b\f\n\r\t\xC3\xA4\xF0\x9F\x98\x80\xED\xA0\x80x\xED\xB0\x80";

    ck_assert_uint_eq(len, strlen(wanted));
    ck_assert_mem_eq(out, wanted, len);
}
END_TEST

/* ---- reading ---------------------------------------------------------------------------- */

START_TEST(what_comes_in_goes_out)
{
    expect_same("null");
    expect_same("true");
    expect_same("[]");
    expect_same("{}");
    expect_same("[[],{},[{}],\"\"]");
    expect_same("{\"a\":{\"b\":[1,2,{\"c\":null}]},\"d\":false}");
    expect_same("\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\"");
    expect_same("\"a string of just over thirty-two bytes, to cross blocks\"");
    expect_same("[\"12345678901234\",\"123456789012345\",\"1234567890123456\"]");
    expect_becomes(" [ 1 ,\t2\n,\r\n3 ] ", "[1,2,3]");
    expect_becomes("{ \"a\" : 1 , \"b\" : [ ] }", "{\"a\":1,\"b\":[]}");
}
END_TEST

START_TEST(number_texts_are_kept)
{
    static const struct {
        const char *text;
        enum asl_tag tag;
    } cases[] = {
        { "0", ASL_INTEGER }, { "-1", ASL_INTEGER }, { "-0", ASL_DECIMAL },
        { "123456789012345678", ASL_INTEGER }, { "9223372036854775807", ASL_INTEGER },
        { "-9223372036854775808", ASL_INTEGER }, { "9223372036854775808", ASL_DECIMAL },
        { "-9223372036854775809", ASL_DECIMAL }, { "0.0", ASL_DOUBLE },
        { "-0.0", ASL_DOUBLE }, { "1.0", ASL_DOUBLE }, { "1.00", ASL_DECIMAL },
        { "1.5", ASL_DOUBLE }, { "100.50", ASL_DECIMAL }, { "0.001", ASL_DOUBLE },
        { "0.0001", ASL_DECIMAL }, { "1.0E-4", ASL_DOUBLE }, { "1e2", ASL_DECIMAL },
        { "9999999.5", ASL_DOUBLE }, { "10000000.5", ASL_DECIMAL },
        { "1.00000005E7", ASL_DOUBLE }, { "0.1234567890123456", ASL_DOUBLE },
        { "0.12345678901234567890", ASL_DECIMAL }, { "1E400", ASL_DECIMAL },
        { "3.141592653589793", ASL_DOUBLE }, { "-12.25", ASL_DOUBLE },
        { "4.9E-324", ASL_DOUBLE }, { "1234567890123456789012345678901234567890", ASL_DECIMAL }
    };

    for (size_t i = 0; i < ASL__COUNT_OF(cases); i++) {
        char list[100];
        asl_value v = parse(cases[i].text);
        ck_assert_msg(asl_tag_of(v) == cases[i].tag, "%s", cases[i].text);
        expect_json(v, cases[i].text);
        snprintf(list, sizeof list, "[%s,%s]", cases[i].text, cases[i].text);
        expect_same(list);
        v = asl_at(parse(list), 0);
        ck_assert_msg(asl_tag_of(v) == cases[i].tag, "%s", list);
        double d = asl__number_parse(cases[i].text, strlen(cases[i].text));
        ck_assert_msg(asl_to_double(v) == d, "%s", list);
    }
}
END_TEST

START_TEST(escapes)
{
    expect_becomes("\"\\u0041\\/\\u00e4\"", "\"A/\xC3\xA4\"");
    expect_becomes("\"\\u0000\\u0001\\u001f\\b\\f\\n\\r\\t\\u000b\\\"\\\\\"",
                   "\"\\u0000\\u0001\\u001F\\b\\f\\n\\r\\t\\u000B\\\"\\\\\"");
    expect_becomes("\"\\ud83d\\ude00\"", "\"\xF0\x9F\x98\x80\"");
    expect_becomes("\"x\\ud800\"", "\"x\\uD800\"");
    expect_becomes("\"\\udfffx\\ud83d\"", "\"\\uDFFFx\\uD83D\"");
    expect_same("\"\x7F\xED\x9F\xBF\xEE\x80\x80\"");
    asl_value v = parse("{\"a\\u0062\":1}");
    ck_assert_int_eq(asl_get(v, "ab").u.big.as.integer, 1);
}
END_TEST

START_TEST(escapes_at_every_place)
{
    for (size_t n = 0; n < 50; n++) {
        char text[80];
        memset(text, 'x', sizeof text);
        text[0] = '"';
        text[1 + n] = '\\';
        text[2 + n] = 'n';
        text[60] = '"';
        text[61] = '\0';
        expect_same(text);
        text[1 + n] = 'x';
        text[2 + n] = '\n';
        expect_error(text, 1, n + 3, "control");
    }
}
END_TEST

START_TEST(duplicate_keys)
{
    expect_becomes("{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}");
    expect_becomes("[{\"a\":1,\"b\":2},{\"a\":1,\"a\":2},{\"b\":1,\"b\":2}]",
                   "[{\"a\":1,\"b\":2},{\"a\":2},{\"b\":2}]");
    expect_becomes("{\"a key of more than a word\":1,\"a key of more than a word\":2}",
                   "{\"a key of more than a word\":2}");
    expect_becomes("{\"\\u0061\":1,\"a\":[2]}", "{\"a\":[2]}");
    asl_value v = parse("{\"k0\":0,\"k1\":0,\"k2\":0,\"k3\":0,\"k4\":0,\"k5\":0,\"k6\":0,"
                        "\"k7\":0,\"k8\":0,\"k9\":0,\"ka\":0,\"kb\":0,\"kc\":0,\"kd\":0,"
                        "\"ke\":0,\"kf\":0,\"kg\":0,\"kh\":0,\"k0\":1,\"ki\":0,\"kh\":2}");
    ck_assert_uint_eq(asl_count(v), 19);
    ck_assert_int_eq(asl_get(v, "k0").u.big.as.integer, 1);
    ck_assert_int_eq(asl_get(v, "kh").u.big.as.integer, 2);
    ck_assert_int_eq(asl_get(v, "ki").u.big.as.integer, 0);
}
END_TEST

/* Objects that are nearly like the one before. */
START_TEST(changing_keys)
{
    expect_same(
        "[{\"a\":1,\"b\":2},{\"a\":3,\"b\":4},{\"b\":5,\"a\":6},{\"a\":7},{\"b\":8},"
        "{\"a\":9,\"b\":10,\"c\":11},{\"ab\":1,\"b\":2},{\"a\":1,\"ba\":2},{},{\"\":1}]");
    expect_same(
        "[{\"a\":{\"a\":1,\"b\":2},\"b\":[{\"b\":1}]},{\"a\":{\"a\":1},\"b\":[{\"b\":1},"
        "{\"b\":2,\"a\":1}]},{\"a\":[],\"b\":{},\"c\":[{}]},{\"b\":{\"b\":3}}]");
    expect_same("[{\"fourteen bytes\":1,\"now it is fifteen\":2},"
                "{\"fourteen bytes\":3,\"now it is fifteen\":4},"
                "{\"fourteen bytez\":5,\"now it is fifteem\":6},"
                "{\"fourteen bytes\":7,\"now it is fiftee\":8}]");
    expect_becomes("[{\"a\":1,\"b\":2},{\"a\" :1, \"b\": 2},\n{ \"a\":1\t,\r\"b\":2 }]",
                   "[{\"a\":1,\"b\":2},{\"a\":1,\"b\":2},{\"a\":1,\"b\":2}]");
    expect_becomes(
        "[{\"a\":1,\"b\":2},{\"a\":1,\"b\":2,\"a\":3},{\"a\":1,\"a\":4,\"b\":2}]",
        "[{\"a\":1,\"b\":2},{\"a\":3,\"b\":2},{\"a\":4,\"b\":2}]");
    expect_becomes(
        "[{\"long enough to be outside\":1},{\"long enough to be outside\":2,"
        "\"long enough to be outside\":3}]",
        "[{\"long enough to be outside\":1},{\"long enough to be outside\":3}]");
}
END_TEST

/* A key that was unescaped is none that the text may have just so. */
START_TEST(unescaped_keys_are_not_expected)
{
    expect_becomes("[{\"\\u0061\":1},{\"a\":2},{\"\\u0061\":3}]",
                   "[{\"a\":1},{\"a\":2},{\"a\":3}]");
    expect_same("[{\"\\\"\":1},{\"\\\"\":2}]");
    expect_error("[{\"\\\"\":1},{\"\"\":2}]", 1, 19, "unterminated");
    expect_error("[{\"a\\\"b\":1},{\"a\"b\":2}]", 1, 17, "word");
    expect_error("[{\"x\":0,\"\\n\":1},{\"x\":0,\"\n\":2}]", 1, 25, "control");
    expect_error("[{\"\\ud800\":1},{\"\xED\xA0\x80\":2}]", 1, 17, "UTF-8");
    expect_error(
        "[{\"a long key with a quote \\\"\":1},{\"a long key with a quote \"\":2}]", 1,
        67, "unterminated");
}
END_TEST

START_TEST(integers_of_any_length)
{
    char text[64] = "[";

    for (size_t digits = 1; digits <= 20; digits++) {
        text[digits] = (char)('0' + (digits * 7 + 2) % 10);
        memcpy(text + digits + 1, "]", 2);
        expect_same(text);
        memcpy(text + digits + 1, ",1.5,-", 6);
        memcpy(text + digits + 7, text + 1, digits);
        memcpy(text + digits + 7 + digits, ",0]", 4);
        expect_same(text);
    }
    ck_assert_int_eq(asl_at(parse("[9999999,0]"), 0).u.big.as.integer, 9999999);
    ck_assert_int_eq(asl_at(parse("[12345678 ]"), 0).u.big.as.integer, 12345678);
    ck_assert_int_eq(asl_at(parse("[9223372036854775807]"), 0).u.big.as.integer,
                     INT64_MAX);
    ck_assert_int_eq(asl_at(parse("[-9223372036854775808]"), 0).u.big.as.integer,
                     INT64_MIN);
}
END_TEST

START_TEST(text_beyond_ascii)
{
    expect_same(
        "[\"\xC3\xA4\",\"\xE2\x82\xAC 5\",\"\xF0\x9F\x8E\x89\",\"Gr\xC3\xBC\xC3\x9F"
        "e aus dem S\xC3\xBC"
        "den\",\"\xD0\xBF\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82"
        "\xD0\xBF\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82\",\"\xC2\x80\xDF\xBF\\n\xC3\xA4\"]");
    expect_error("[\"\xC3\xA4\xC3\"]", 1, 5, "UTF-8");
    expect_error("[\"0123456789abcdef\xC3\xA4 \xF4\x90\x80\x80\"]", 1, 22, "UTF-8");
    expect_error("[\"0123456789abcdef\xC3\xA4\xC0\x80\"]", 1, 21, "UTF-8");
    expect_error("[\"0123456789abcdef\xC3\xA4\n\"]", 1, 21, "control");
    expect_error("[\"0123456789abcdef\xC3\xA4", 1, 21, "unterminated");
    expect_error("[\"0123456789abcdef\xC3", 1, 19, "UTF-8");
}
END_TEST

START_TEST(syntax_errors)
{
    expect_error("", 1, 1, "end of text");
    expect_error("[1,]", 1, 4, "']'");
    expect_error("[1 2]", 1, 4, "number");
    expect_error("{\"a\" 1}", 1, 6, "number");
    expect_error("{\"a\":1,}", 1, 8, "'}'");
    expect_error("{1:2}", 1, 2, "number");
    expect_error("[1", 1, 3, "end of text");
    expect_error("[\n1,\n  x]", 3, 3, "word");
    expect_error("[truer]", 1, 2, "word");
    expect_error("[true1]", 1, 2, "word");
    expect_error("[nul]", 1, 2, "word");
    expect_error("[fals", 1, 2, "word");
    expect_error("[null", 1, 6, "end of text");
    expect_error("[true\"\"]", 1, 6, "string");
    expect_error("[1,", 1, 4, "end of text");
    expect_error("{\"a\"", 1, 5, "end of text");
    expect_error("{\"a\":", 1, 6, "end of text");
    expect_error("[{\"a\":1},{\"a\"", 1, 14, "end of text");
    expect_error("[{\"a\":1},{\"a\":", 1, 15, "end of text");
    expect_error("[{\"a\":1},{\"a", 1, 13, "unterminated");
    expect_error("{\"a\":1}}", 1, 8, "'}'");
    expect_error("[1}", 1, 3, "'}'");
    expect_error("{\"a\":[1}", 1, 8, "'}'");
    expect_error("1 1", 1, 3, "number");
    expect_error("[-2.]", 1, 5, "digit");
    expect_error("[01]", 1, 3, "leading zero");
    expect_error("\"abc", 1, 5, "unterminated");
    expect_error("[\"a\tb\"]", 1, 4, "control");
    expect_error("\xEF\xBB\xBF{}", 1, 1, "non-ASCII");
    expect_error("[\"\xED\xA0\x80\"]", 1, 3, "UTF-8");
}
END_TEST

START_TEST(prefixes_never_crash_nor_pass)
{
    const char *text = "{\"a\\n\":[1,-2.5e3,0.25,123456789012345678901,\"long enough to "
                       "be outside\\u00e4\",true,false,null],\"\xC3\xA4\":{\"b\":{}}}";
    size_t len = strlen(text);

    for (size_t n = 0; n < len; n++) {
        asl_value v;
        asl_syntax_error error;
        char *copy = malloc(n + ASL_PARSE_PADDING);
        ck_assert_ptr_nonnull(copy);
        memcpy(copy, text, n);
        memcpy(copy + n, "\"}]0123456789\"}]}]0123456789\"}]}]0123456789\"}]}]0123456789\"}]}]", 64);
        ck_assert(!asl_parse_in(region, copy, n, &v, &error));
        ck_assert_uint_le(error.offset, n);
        free(copy);
    }
    ck_assert_uint_eq(asl_count(parse(text)), 2);
}
END_TEST

static bool parse_nested(size_t depth, char open, char close)
{
    asl_value v;
    asl_syntax_error error;
    char *text = malloc(2 * depth);

    memset(text, open, depth);
    memset(text + depth, close, depth);
    bool ok = asl_parse(region, text, 2 * depth, &v, &error);
    ck_assert(ok || strstr(error.message, "deep"));
    if (ok)
        ck_assert_uint_eq(asl_depth(v), depth);
    free(text);
    return ok;
}

START_TEST(deep_nesting)
{
    ck_assert(parse_nested(ASL_MAX_DEPTH, '[', ']'));
    ck_assert(!parse_nested(ASL_MAX_DEPTH + 1, '[', ']'));
    ck_assert(!parse_nested(1000000, '[', ']'));
}
END_TEST

START_TEST(large_documents)
{
    struct asl__buf buf = ASL__BUF_INIT;

    asl__buf_append_char(&buf, '[');
    for (int i = 0; i < 20000; i++)
        asl__buf_printf(&buf, "%s{\"id\":%d,\"name\":\"item number %d\",\"price\":%d.25}",
                        i ? "," : "", i, i, i % 1000);
    asl__buf_append_char(&buf, ']');
    asl_value v;
    asl_syntax_error error;
    ck_assert(asl_parse(region, buf.data, buf.len, &v, &error));
    ck_assert_uint_eq(asl_count(v), 20000);
    asl_value json = asl_to_json(region, v);
    ck_assert_uint_eq(asl_text_len(json), buf.len);
    ck_assert_mem_eq(asl_text(&json), buf.data, buf.len);
    asl__buf_free(&buf);
}
END_TEST

/* ---- printing ---------------------------------------------------------------------------- */

START_TEST(pretty)
{
    struct asl__buf buf = ASL__BUF_INIT;

    asl__print_pretty(&buf, parse("{\"a\":[1,{\"b\":null}],\"c\":{},\"d\":[]}"));
    ck_assert_str_eq(asl__buf_cstring(&buf), "{\n  \"a\": [\n    1,\n    {\n      \"b\": null\n"
                                             "    }\n  ],\n  \"c\": {},\n  \"d\": []\n}");
    asl__buf_free(&buf);
}
END_TEST

START_TEST(special_doubles)
{
    expect_json(asl_double((double)INFINITY), "\"Infinity\"");
    expect_json(asl_double(-(double)INFINITY), "\"-Infinity\"");
    expect_json(asl_double((double)NAN), "\"NaN\"");
    expect_json(asl_double(1), "1.0");
    expect_json(asl_number(1), "1");
    expect_json(asl_undefined(), "null");
}
END_TEST

struct drained {
    struct asl__buf buf; /* first */
    struct asl__buf all;
    size_t least, most; /* bytes at once */
    size_t room;        /* how many may still come */
};

static bool take(struct asl__buf *buf, const char *data, size_t len)
{
    struct drained *d = (struct drained *)(void *)buf;

    d->most = len > d->most ? len : d->most;
    d->least = len < d->least ? len : d->least;
    asl__buf_append(&d->all, data, len);
    d->room -= len < d->room ? len : d->room;
    return d->room > 0;
}

/* Text of all kinds, about a megabyte of it. */
static asl_value much(void)
{
    asl_value v = asl_array(), o = asl_object();
    char text[3000];

    memset(text, 'x', sizeof text);
    memcpy(text + 1000, "\"\n\xC3\xA4", 4);
    o = asl_set(region, o, asl_str("short"), asl_str("\t"));
    o = asl_set(region, o, asl_string(region, text, 2000), asl_double(0.5));
    for (int i = 0; i < 300; i++) {
        v = asl_push(region, v, asl_integer(INT64_C(7) << i % 60));
        v = asl_push(region, v, asl_string(region, text, (size_t)i * 10));
        v = asl_push(region, v, i % 2 ? o : parse("0.10"));
    }
    return v;
}

START_TEST(draining)
{
    asl_value v = much(), json = asl_to_json(region, v);
    struct drained d = { .buf = { .drain = take },
                         .least = SIZE_MAX,
                         .room = SIZE_MAX };

    asl__print(&d.buf, v);
    ck_assert(!d.buf.failed && asl_text_len(json) > 700000);
    ck_assert_uint_ge(d.least, 32768);
    ck_assert_uint_le(d.most, 65536);
    ck_assert_uint_le(d.buf.capacity, 65536);
    take(&d.buf, d.buf.data, d.buf.len);
    ck_assert_uint_eq(d.all.len, asl_text_len(json));
    ck_assert_mem_eq(d.all.data, asl_text(&json), d.all.len);
    asl__buf_free(&d.buf);
    asl__buf_free(&d.all);

    d = (struct drained){ .buf = { .drain = take }, .room = 200000 };
    asl__print_pretty(&d.buf, v);
    ck_assert(d.buf.failed);
    ck_assert_uint_ge(d.all.len, 200000);
    ck_assert_uint_le(d.all.len, 200000 + 65536);
    asl__buf_free(&d.buf);
    asl__buf_free(&d.all);
}
END_TEST

START_TEST(buffer_on_storage)
{
    char storage[16];
    struct asl__buf buf = ASL__BUF_ON(storage);

    asl__buf_append(&buf, "0123456789abcdef", 16);
    ck_assert_ptr_eq(buf.data, storage);
    asl__buf_append_char(&buf, 'g');
    ck_assert_ptr_ne(buf.data, storage);
    ck_assert_str_eq(asl__buf_cstring(&buf), "0123456789abcdefg");
    asl__buf_free(&buf);
    asl__buf_append_char(&buf, 'h');
    ck_assert_ptr_ne(buf.data, storage);
    ck_assert_str_eq(asl__buf_cstring(&buf), "h");
    asl__buf_free(&buf);
    struct asl__buf unused = ASL__BUF_ON(storage);
    asl__buf_free(&unused);
}
END_TEST

START_TEST(buffer_limit)
{
    struct asl__buf buf = ASL__BUF_INIT;

    buf.limit = 100;
    for (int i = 0; i < 30; i++)
        asl__buf_append(&buf, "0123456789", 10);
    ck_assert(buf.failed);
    ck_assert_uint_eq(buf.len, 100);
    asl__buf_free(&buf);
    asl_value v = asl_array();
    for (int i = 0; i < 1000; i++)
        v = asl_push(region, v, asl_integer(i));
    asl__print(&buf, v);
    ck_assert(buf.failed);
    ck_assert_uint_le(buf.len, 100);
    asl__buf_free(&buf);
}
END_TEST

/* JSON as a string of JSON must be what asl__print_string makes of it, byte for byte. */
static void expect_quoted(const char *json, size_t len)
{
    struct asl__buf text = ASL__BUF_INIT, quoted = ASL__BUF_INIT, wanted = ASL__BUF_INIT;

    asl__buf_append(&text, json, len);
    asl__buf_append_cstring(&quoted, "before");
    asl__buf_append_cstring(&wanted, "before");
    asl__print_quoted(&quoted, &text);
    asl__print_string(&wanted, json, len);
    ck_assert(!quoted.failed);
    ck_assert_uint_eq(quoted.len, wanted.len);
    ck_assert_mem_eq(quoted.data, wanted.data, wanted.len);
    asl__buf_free(&text);
    asl__buf_free(&quoted);
    asl__buf_free(&wanted);
}

START_TEST(json_in_a_string_is_quoted)
{
    static const char letters[] = "\"\\\"\\az {}\xC3\xA9\x7F";
    char json[200];
    unsigned random = 1;

    expect_quoted("", 0);
    expect_quoted("\"\xED\x9F\xBF\"", 5);
    for (size_t len = 1; len < sizeof json; len++)
        for (int round = 0; round < 20; round++) {
            for (size_t i = 0; i < len; i++) {
                random = random * 1103515245 + 12345;
                unsigned pick = random >> 16;
                json[i] = round % 2 && pick % 8 ? 'x'
                                                : letters[pick / 8 % (sizeof letters - 1)];
            }
            json[len - 1] = round % 4 == 0 ? '"' : '}';
            expect_quoted(json, len);
        }
}
END_TEST

START_TEST(json_that_has_failed_is_not_quoted)
{
    struct asl__buf text = ASL__BUF_INIT, quoted = ASL__BUF_INIT;

    text.limit = 4;
    asl__print(&text, parse("[1,2,3,4,5]"));
    ck_assert(text.failed);
    asl__print_quoted(&quoted, &text);
    ck_assert(quoted.failed);
    asl__buf_free(&text);
    asl__buf_free(&quoted);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("text");
    TCase *c = tcase_create("text");

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, tokens);
    tcase_add_test(c, token_errors);
    tcase_add_test(c, unescape);
    tcase_add_test(c, what_comes_in_goes_out);
    tcase_add_test(c, number_texts_are_kept);
    tcase_add_test(c, escapes);
    tcase_add_test(c, escapes_at_every_place);
    tcase_add_test(c, duplicate_keys);
    tcase_add_test(c, changing_keys);
    tcase_add_test(c, unescaped_keys_are_not_expected);
    tcase_add_test(c, integers_of_any_length);
    tcase_add_test(c, text_beyond_ascii);
    tcase_add_test(c, syntax_errors);
    tcase_add_test(c, prefixes_never_crash_nor_pass);
    tcase_add_test(c, deep_nesting);
    tcase_add_test(c, large_documents);
    tcase_add_test(c, pretty);
    tcase_add_test(c, special_doubles);
    tcase_add_test(c, draining);
    tcase_add_test(c, buffer_on_storage);
    tcase_add_test(c, buffer_limit);
    tcase_add_test(c, json_in_a_string_is_quoted);
    tcase_add_test(c, json_that_has_failed_is_not_quoted);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    SRunner *runner = srunner_create(suite());

    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
