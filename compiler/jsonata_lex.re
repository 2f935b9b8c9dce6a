/* JSONata: tokens (jsonata.md 2).
 *
 * A name is what stands up to the next blank or operator, so nearly any byte may be in
 * it, NUL too; a NUL at the end of the text ends it.
 */
#include "base.h"

#include <math.h>
#include <string.h>

#include "arena.h"
#include "jsonata_parts.h"
#include "number.h"
#include "utf8.h"

/*!re2c
    re2c:define:YYCTYPE = "unsigned char";
    re2c:define:YYCURSOR = at;
    re2c:define:YYMARKER = mark;
    re2c:yyfill:enable = 0;

    blank     = [ \t\n\r\v];
    operator  = [.[\]{}(),@#;:?+*/%|=<>^&!~] | "-";
    name_char = [^] \ (blank | operator | "\x00");
    name      = (name_char \ [0-9"'`$]) name_char*;
    number    = ("0" | [1-9][0-9]*) ("." [0-9]+)? ([Ee] [-+]? [0-9]+)?;
*/

static struct expr_text slice(const struct query *q, size_t start, size_t end)
{
    return (struct expr_text){ q->text + start, end - start };
}

/* The token KIND, from START up to q->pos. */
static bool give(struct query *q, enum token_kind kind, size_t start)
{
    q->token = (struct token){ .kind = kind,
                               .span = { start, q->pos },
                               .text = slice(q, start, q->pos) };
    return true;
}

/* Skips the comment that begins before q->pos. */
static bool skip_comment(struct query *q)
{
    const char *from = q->text + q->pos, *end = q->text + q->len;

    for (; end - from >= 2; from++)
        if (from[0] == '*' && from[1] == '/') {
            q->pos = (size_t)(from - q->text) + 2;
            return true;
        }
    return query_fail(q, "S0106", q->pos - 2, "", "");
}

/* ---- strings ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes the four digits of \u; q->pos is at the first. */
static bool read_unicode(struct query *q, char **out)
{
    uint32_t code = 0;
    size_t count = q->len - q->pos < 4 ? q->len - q->pos : 4;

    for (size_t i = 0; i < count; i++) {
        int digit = hex_digit(q->text[q->pos + i]);
        if (digit < 0)
            return query_fail(q, "S0104", q->pos - 2, "", "");
        code = code << 4 | (uint32_t)digit;
    }
    if (count == 0)
        return query_fail(q, "S0104", q->pos - 2, "", "");
    q->pos += count;
    *out += asl__utf8_encode(code, *out);
    return true;
}

/* Decodes an escape; q->pos is at its backslash. */
static bool read_escape(struct query *q, char **out)
{
    static const char escapes[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    size_t start = q->pos++;
    char c = q->text[q->pos];
    const char *escape = c ? strchr(escapes, c) : NULL;

    if (escape) {
        *(*out)++ = values[escape - escapes];
        q->pos++;
        return true;
    }
    if (c == 'u' && q->pos < q->len) {
        q->pos++;
        return read_unicode(q, out);
    }
    char shown[SHOWN_SIZE];
    size_t len = 0;
    if (q->pos < q->len)
        asl__utf8_decode(q->text + q->pos, q->text + q->len, &len);
    return query_fail(q, "S0103", start,
                      show_text(shown, slice(q, q->pos, q->pos + len)), "");
}

/* The position of the quote that ends the string, or of the text's end; q->pos is
 * behind the first quote.  *ESCAPED: whether there is an escape. */
static size_t string_end(const struct query *q, char quote, bool *escaped)
{
    size_t at = q->pos;

    for (; at < q->len && q->text[at] != quote; at++)
        if (q->text[at] == '\\') {
            *escaped = true;
            at++;
        }
    return at < q->len ? at : q->len;
}

/* Decodes the text from q->pos up to END, where q->pos is then. */
static bool decode_string(struct query *q, size_t end, struct expr_text *text)
{
    /* No escape is shorter than what it stands for. */
    char *decoded = ARENA_ARRAY(q->arena, end - q->pos + 1, char), *out = decoded;

    while (q->pos < end)
        if (q->text[q->pos] != '\\')
            *out++ = q->text[q->pos++];
        else if (!read_escape(q, &out))
            return false;
    text->text = decoded;
    text->len = asl__utf8_join_surrogates(decoded, (size_t)(out - decoded));
    return true;
}

/* The string whose quote stands at START. */
static bool read_string(struct query *q, size_t start)
{
    bool escaped = false;
    size_t end = string_end(q, q->text[start], &escaped);
    struct expr_text text = slice(q, q->pos, end);

    if (escaped && !decode_string(q, end, &text))
        return false;
    if (end == q->len)
        return query_fail(q, "S0101", start, "", "");
    q->pos = end + 1;
    give(q, TOKEN_STRING, start);
    q->token.text = text;
    return true;
}

/* ---- names, numbers ---- */

/* The name `...` whose first backquote stands at START. */
static bool read_quoted_name(struct query *q, size_t start)
{
    const char *end = memchr(q->text + q->pos, '`', q->len - q->pos);

    if (!end)
        return query_fail(q, "S0105", start, "", "");
    size_t from = q->pos;
    q->pos = (size_t)(end - q->text) + 1;
    give(q, TOKEN_NAME, start);
    q->token.text = slice(q, from, q->pos - 1);
    return true;
}

/* Goes on behind what re2c took for the end of a name, as that is a NUL. */
static void skip_name(struct query *q)
{
    static const char stops[] = " \t\n\r\v.[]{}(),@#;:?+-*/%|=<>^&!~";

    while (q->pos < q->len && (!q->text[q->pos] || !strchr(stops, q->text[q->pos])))
        q->pos++;
}

static bool read_name(struct query *q, size_t start)
{
    static const struct {
        char word[6];
        enum token_kind kind;
    } words[] = { { "and", TOKEN_AND },     { "or", TOKEN_OR },
                  { "in", TOKEN_IN },       { "true", TOKEN_TRUE },
                  { "false", TOKEN_FALSE }, { "null", TOKEN_NULL } };

    skip_name(q);
    give(q, TOKEN_NAME, start);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (q->token.text.len == strlen(words[i].word) &&
            memcmp(q->token.text.text, words[i].word, q->token.text.len) == 0)
            q->token.kind = words[i].kind;
    return true;
}

static bool read_variable(struct query *q, size_t start)
{
    skip_name(q);
    give(q, TOKEN_VARIABLE, start);
    q->token.text = slice(q, start + 1, q->pos);
    return true;
}

static bool read_number(struct query *q, size_t start)
{
    char shown[SHOWN_SIZE];

    give(q, TOKEN_NUMBER, start);
    q->token.number = asl__number_parse(q->token.text.text, q->token.text.len);
    if (isfinite(q->token.number))
        return true;
    return query_fail(q, "S0102", start, show_text(shown, q->token.text), "");
}

static bool unknown_operator(struct query *q, size_t start)
{
    char shown[SHOWN_SIZE];

    return query_fail(q, "S0204", start, show_text(shown, slice(q, start, q->pos)), "");
}

/* ---- regular expressions ---- */

/* The position of the slash that ends the pattern that begins at FROM, or SIZE_MAX.
 * A slash in brackets of any kind does not, nor does one behind an odd number of
 * backslashes; a bracket behind any backslash does not count (as in the reference
 * implementation). */
static size_t regex_end(const struct query *q, size_t from)
{
    ptrdiff_t depth = 0;
    bool escaped = false; /* by an odd number of backslashes */

    for (size_t at = from; at < q->len; at++) {
        char c = q->text[at];
        if (c == '/' && depth == 0 && !escaped)
            return at;
        if (q->text[at - 1] != '\\') {
            depth += c == '(' || c == '[' || c == '{';
            depth -= c == ')' || c == ']' || c == '}';
        }
        escaped = c == '\\' && !escaped;
    }
    return SIZE_MAX;
}

static bool read_regex(struct query *q, size_t start)
{
    size_t end = regex_end(q, start + 1);

    if (end == SIZE_MAX)
        return query_fail(q, "S0302", start, "", "");
    if (end == start + 1)
        return query_fail(q, "S0301", start, "", "");
    q->pos = end + 1;
    while (q->text[q->pos] == 'i' || q->text[q->pos] == 'm') {
        if (memchr(q->text + end + 1, q->text[q->pos], q->pos - end - 1))
            return query_refuse(q, q->pos, "Repeated flag of a regular expression: %c",
                                q->text[q->pos]);
        q->pos++;
    }
    give(q, TOKEN_REGEX, start);
    q->token.text = slice(q, start + 1, end);
    q->token.flags = slice(q, end + 1, q->pos);
    return true;
}

/* ---- all of them ---- */

static bool read_slash(struct query *q, size_t start, bool infix)
{
    return infix ? give(q, TOKEN_SLASH, start) : read_regex(q, start);
}

static bool read_nul(struct query *q, size_t start)
{
    return start < q->len ? read_name(q, start) : give(q, TOKEN_END, start);
}

bool query_next(struct query *q, bool infix)
{
    q->end = q->token.span.end;
again:;
    size_t start = q->pos;
    const unsigned char *at = (const unsigned char *)q->text + start, *mark;
#define TO_HERE (q->pos = (size_t)((const char *)at - q->text))
#define GIVE(kind) return TO_HERE, give(q, kind, start)
    /*!re2c
        blank+     { TO_HERE; goto again; }
        "/*"       { TO_HERE; if (skip_comment(q)) goto again; return false; }
        "/"        { TO_HERE; return read_slash(q, start, infix); }
        ".."       { GIVE(TOKEN_RANGE); }
        ":="       { GIVE(TOKEN_ASSIGN); }
        "!="       { GIVE(TOKEN_UNEQUAL); }
        ">="       { GIVE(TOKEN_GREATER_EQUAL); }
        "<="       { GIVE(TOKEN_LESS_EQUAL); }
        "**"       { GIVE(TOKEN_DESCEND); }
        "~>"       { GIVE(TOKEN_APPLY); }
        "."        { GIVE(TOKEN_DOT); }
        "["        { GIVE(TOKEN_OPEN_BRACKET); }
        "]"        { GIVE(TOKEN_CLOSE_BRACKET); }
        "{"        { GIVE(TOKEN_OPEN_BRACE); }
        "}"        { GIVE(TOKEN_CLOSE_BRACE); }
        "("        { GIVE(TOKEN_OPEN); }
        ")"        { GIVE(TOKEN_CLOSE); }
        ","        { GIVE(TOKEN_COMMA); }
        "@"        { GIVE(TOKEN_AT); }
        "#"        { GIVE(TOKEN_HASH); }
        ";"        { GIVE(TOKEN_SEMICOLON); }
        ":"        { GIVE(TOKEN_COLON); }
        "?"        { GIVE(TOKEN_QUESTION); }
        "+"        { GIVE(TOKEN_PLUS); }
        "-"        { GIVE(TOKEN_MINUS); }
        "*"        { GIVE(TOKEN_STAR); }
        "%"        { GIVE(TOKEN_PERCENT); }
        "|"        { GIVE(TOKEN_BAR); }
        "="        { GIVE(TOKEN_EQUAL); }
        "<"        { GIVE(TOKEN_LESS); }
        ">"        { GIVE(TOKEN_GREATER); }
        "^"        { GIVE(TOKEN_CARET); }
        "&"        { GIVE(TOKEN_AMPERSAND); }
        [!~]       { TO_HERE; return unknown_operator(q, start); }
        ["']       { TO_HERE; return read_string(q, start); }
        "`"        { TO_HERE; return read_quoted_name(q, start); }
        number     { TO_HERE; return read_number(q, start); }
        "$" name_char* { TO_HERE; return read_variable(q, start); }
        name       { TO_HERE; return read_name(q, start); }
        "\x00"     { return read_nul(q, start); }
    */
#undef GIVE
#undef TO_HERE
}
