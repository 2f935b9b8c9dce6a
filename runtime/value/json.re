/* The grammar of JSON's tokens as a DFA; see json_lex.h.
 *
 * Build rule: re2c -8 -i --no-generation-date -o json.c json.re.  End of input is the
 * limit, not a sentinel: YYPEEK gives 0 there, and a 0 before the limit is a byte.
 */
#include "base.h"

#include "json_lex.h"

#include "utf8.h"

void asl__json_lexer_init(struct asl__json_lexer *lexer, const char *text, size_t len)
{
    *lexer = (struct asl__json_lexer){ .text = text, .cursor = text, .end = text + len,
                                       .token = text };
}

static enum asl__json_token json_fail(struct asl__json_lexer *lexer, const char *error)
{
    lexer->error = error;
    return ASL__JSON_ERROR;
}

/* The string's well-formed part ends at the cursor without a quote there. */
static enum asl__json_token json_bad_string(struct asl__json_lexer *lexer)
{
    if (lexer->cursor >= lexer->end)
        return json_fail(lexer, "unterminated string");
    if (*lexer->cursor == '\\')
        return json_fail(lexer, "invalid escape in string");
    if ((unsigned char)*lexer->cursor < 0x20)
        return json_fail(lexer, "control character in string");
    return json_fail(lexer, "invalid UTF-8");
}

/* A byte that starts no token; re2c has gone past it. */
static enum asl__json_token json_bad_byte(struct asl__json_lexer *lexer)
{
    lexer->cursor = lexer->token;
    if ((unsigned char)*lexer->cursor >= 0x80)
        return json_fail(lexer, "unexpected non-ASCII character");
    if ((unsigned char)*lexer->cursor < 0x20)
        return json_fail(lexer, "unexpected control character");
    return json_fail(lexer, "unexpected character");
}

static enum asl__json_token json_bad_word(struct asl__json_lexer *lexer)
{
    lexer->cursor = lexer->token;
    return json_fail(lexer, "unknown word");
}

/* A number that stops too early; the cursor is where a digit should be. */
static enum asl__json_token json_bad_number(struct asl__json_lexer *lexer)
{
    return json_fail(lexer, "digit expected in number");
}

static enum asl__json_token json_leading_zero(struct asl__json_lexer *lexer)
{
    lexer->cursor--;
    return json_fail(lexer, "leading zero in number");
}

static enum asl__json_token json_string(struct asl__json_lexer *lexer, bool escaped)
{
    lexer->escaped = escaped;
    return ASL__JSON_STRING;
}

enum asl__json_token asl__json_next(struct asl__json_lexer *lexer)
{
    const char *marker;

    if (lexer->error)
        return ASL__JSON_ERROR;
again:
    lexer->token = lexer->cursor;
    /*!re2c
    re2c:api = custom;
    re2c:api:style = free-form;
    re2c:define:YYCTYPE = "unsigned char";
    re2c:define:YYPEEK = "(lexer->cursor < lexer->end ? (unsigned char)*lexer->cursor : 0)";
    re2c:define:YYSKIP = "++lexer->cursor;";
    re2c:define:YYBACKUP = "marker = lexer->cursor;";
    re2c:define:YYRESTORE = "lexer->cursor = marker;";
    re2c:define:YYLESSTHAN = "lexer->cursor >= lexer->end";
    re2c:yyfill:enable = 0;
    re2c:eof = 0;

    digit   = [0-9];
    int     = "-"? ("0" | [1-9] digit*);
    frac    = "." digit+;
    exp     = [eE] [+-]? digit+;
    hex     = [0-9a-fA-F];
    escape  = "\\" (["\\/bfnrt] | "u" hex{4});
    plain   = [\x20-\x21\x23-\x5b\x5d-\x7f\u0080-\ud7ff\ue000-\U0010ffff];

    [ \t\r\n]+                 { goto again; }
    "{"                        { return ASL__JSON_OBJECT_OPEN; }
    "}"                        { return ASL__JSON_OBJECT_CLOSE; }
    "["                        { return ASL__JSON_ARRAY_OPEN; }
    "]"                        { return ASL__JSON_ARRAY_CLOSE; }
    ":"                        { return ASL__JSON_COLON; }
    ","                        { return ASL__JSON_COMMA; }
    "true"                     { return ASL__JSON_TRUE; }
    "false"                    { return ASL__JSON_FALSE; }
    "null"                     { return ASL__JSON_NULL; }
    ["] plain* ["]             { return json_string(lexer, false); }
    ["] (plain | escape)* ["]  { return json_string(lexer, true); }
    ["] (plain | escape)*      { return json_bad_string(lexer); }
    int                        { return ASL__JSON_INTEGER; }
    int frac? exp?             { return ASL__JSON_FRACTION; }
    "-"? "0" digit             { return json_leading_zero(lexer); }
    "-"                        { return json_bad_number(lexer); }
    int "."                    { return json_bad_number(lexer); }
    int frac? [eE] [+-]?       { return json_bad_number(lexer); }
    [a-zA-Z_] [a-zA-Z_0-9]*    { return json_bad_word(lexer); }
    $                          { return ASL__JSON_END; }
    *                          { return json_bad_byte(lexer); }
    */
}

static unsigned json_hex_digit(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 32) - 'a' + 10);
}

/* The code unit of the four hex digits at P. */
static uint32_t json_hex4(const char *p)
{
    return json_hex_digit(p[0]) << 12 | json_hex_digit(p[1]) << 8 |
           json_hex_digit(p[2]) << 4 | json_hex_digit(p[3]);
}

/* The character of "\uXXXX" at P, joined with a low surrogate behind it. */
static uint32_t json_escaped_unit(const char *p, const char *end, const char **next)
{
    uint32_t unit = json_hex4(p + 2);

    *next = p + 6;
    if (unit < 0xD800 || unit > 0xDBFF || end - p < 12 || p[6] != '\\' || p[7] != 'u')
        return unit;
    uint32_t low = json_hex4(p + 8);
    if (low < 0xDC00 || low > 0xDFFF)
        return unit;
    *next = p + 12;
    return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
}

static char json_short_escape(char c)
{
    switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return c;
    }
}

size_t asl__json_unescape(const char *body, size_t len, char *out)
{
    const char *p = body, *end = body + len;
    char *to = out;

    while (p < end) {
        const char *slash = memchr(p, '\\', (size_t)(end - p));
        size_t run = (size_t)((slash ? slash : end) - p);

        memmove(to, p, run);
        to += run;
        p += run;
        if (!slash)
            break;
        if (p[1] == 'u') {
            to += asl__utf8_encode(json_escaped_unit(p, end, &p), to);
        } else {
            *to++ = json_short_escape(p[1]);
            p += 2;
        }
    }
    return (size_t)(to - out);
}
