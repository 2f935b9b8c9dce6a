/* Expressions: what their parsers share, the table of the intrinsic functions and the
 * static check of calls. */
#include "expr.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "syntax.h"

/* ---- readers ------------------------------------------------------------------ */

bool syntax_fail(const struct reader *r, size_t pos, const char *format, ...)
{
    struct expr_error *error = r->parse->error;
    va_list args;

    if (r->parse->failed)
        return false;
    r->parse->failed = true;
    error->offset = r->base + pos;
    va_start(args, format);
    vsnprintf(error->message, sizeof error->message, format, args);
    va_end(args);
    return false;
}

bool syntax_enter(const struct reader *r, unsigned limit, const char *what)
{
    if (r->parse->depth == limit)
        return syntax_fail(r, r->pos, "%s may be nested %u deep at most", what, limit);
    r->parse->depth++;
    return true;
}

struct expr_text syntax_copy(const struct reader *r, size_t start, size_t end)
{
    return (struct expr_text){
        arena_copy(r->parse->arena, r->text + start, end - start), end - start
    };
}

size_t syntax_skip(const struct reader *r, size_t pos)
{
    while (byte_at(r, pos) == ' ')
        pos++;
    return pos;
}

size_t syntax_find(const struct reader *r, size_t pos, int c)
{
    for (; pos < r->end; pos++) {
        if (byte_at(r, pos) == '\\')
            pos++;
        else if (byte_at(r, pos) == c)
            return pos;
    }
    return SIZE_MAX;
}

size_t syntax_match(const struct reader *r, size_t pos, int open, int close,
                    bool regexes, int *unclosed)
{
    size_t depth = 1;

    for (pos++; pos < r->end; pos++) {
        int c = byte_at(r, pos);
        if (c == '\'' || c == '"') {
            pos = syntax_find(r, pos + 1, c);
            *unclosed = c;
        }
        if (pos != SIZE_MAX && (c == '\'' || c == '"'))
            c = byte_at(r, ++pos);
        if (pos != SIZE_MAX && regexes && c == '/') {
            pos = syntax_find(r, pos + 1, '/');
            *unclosed = '/';
            if (pos != SIZE_MAX)
                c = byte_at(r, ++pos);
        }
        if (pos == SIZE_MAX)
            return SIZE_MAX;
        *unclosed = 0;
        depth += c == open;
        if (c == close && --depth == 0)
            return pos;
    }
    return SIZE_MAX;
}

/* ---- escapes ------------------------------------------------------------------ */

/* Four hexadecimal digits at AT; -1 if they are not there. */
static int32_t read_hex(const char *at)
{
    int32_t value = 0;

    for (int i = 0; i < 4; i++) {
        char c = at[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

static size_t put_utf8(char *out, int32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

/* The UTF-16 unit C behind the LEN bytes of OUT: a low surrogate joins a high one. */
static size_t put_unit(char *out, size_t len, int32_t c)
{
    const unsigned char *last = (const unsigned char *)out + len;

    if (c >= 0xDC00 && c < 0xE000 && len >= 3 && last[-3] == 0xED && last[-2] >= 0xA0 &&
        last[-2] < 0xB0) {
        int32_t high = (last[-2] & 0x0F) << 6 | (last[-1] & 0x3F);
        return len - 3 + put_utf8(out + len - 3, 0x10000 + (high << 10) + (c - 0xDC00));
    }
    return len + put_utf8(out + len, c);
}

bool syntax_unescape(const struct reader *r, size_t start, size_t end, char kept,
                     struct expr_text *out)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    char *text = ARENA_ARRAY(r->parse->arena, end - start + 4, char);
    size_t len = 0;

    for (size_t at = start; at < end; at++) {
        char c = r->text[at];
        if (c != '\\' || at + 1 == end) {
            text[len++] = c;
            continue;
        }
        c = r->text[++at];
        if (c == kept && kept != 0)
            text[len++] = '\\';
        const char *plain = c ? strchr(from, c) : NULL;
        if (c != 'u') {
            text[len++] = plain ? to[plain - from] : c;
        } else if (at + 4 < end) {
            int32_t unit = read_hex(r->text + at + 1);
            if (unit < 0)
                return syntax_fail(r, at - 1, "\\u wants four hexadecimal digits");
            len = put_unit(text, len, unit);
            at += 4;
        } else {
            at = end; /* cut short: Jayway drops it */
        }
    }
    *out = (struct expr_text){ text, len };
    return true;
}

/* ---- numbers and JSON --------------------------------------------------------- */

static size_t skip_digits(const char *text, size_t len, size_t at)
{
    while (at < len && text[at] >= '0' && text[at] <= '9')
        at++;
    return at;
}

bool syntax_number(struct arena *arena, const char *text, size_t len,
                   struct expr_text *out)
{
    size_t at = 0, whole, fraction, exponent;
    bool negative = len > 0 && text[0] == '-';

    if (len > 0 && (text[0] == '-' || text[0] == '+'))
        at++;
    whole = at;
    at = skip_digits(text, len, at);
    size_t nwhole = at - whole;
    if (at < len && text[at] == '.')
        at++;
    fraction = at;
    at = skip_digits(text, len, at);
    size_t nfraction = at - fraction;
    exponent = at;
    if (at < len && (text[at] == 'e' || text[at] == 'E')) {
        at++;
        if (at < len && (text[at] == '-' || text[at] == '+'))
            at++;
        size_t digits = at;
        at = skip_digits(text, len, at);
        if (at == digits)
            return false;
    }
    if (nwhole + nfraction == 0 || at != len)
        return false;
    while (nwhole > 1 && text[whole] == '0')
        whole++, nwhole--;
    out->text = arena_printf(arena, "%s%.*s%s%.*s%.*s", negative ? "-" : "",
                             nwhole ? (int)nwhole : 1, nwhole ? text + whole : "0",
                             nfraction ? "." : "", (int)nfraction, text + fraction,
                             (int)(len - exponent), text + exponent);
    out->len = strlen(out->text);
    return true;
}

/* A literal array or object on its way to JSON. */
struct json {
    const struct reader *r;
    size_t at, end;
    char *out;
    size_t len;
    unsigned depth;
};

static bool json_value(struct json *j);

static int json_skip(struct json *j)
{
    while (j->at < j->end && strchr(" \t\r\n", j->r->text[j->at]) && j->r->text[j->at])
        j->at++;
    return j->at < j->end ? (unsigned char)j->r->text[j->at] : -1;
}

static void json_put(struct json *j, const char *text, size_t len)
{
    memcpy(j->out + j->len, text, len);
    j->len += len;
}

/* TEXT as a JSON string; each byte takes six at most.  A surrogate (three bytes from ED A0
 * on) is no UTF-8. */
static void json_quote(struct json *j, struct expr_text text)
{
    json_put(j, "\"", 1);
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char *p = (const unsigned char *)text.text + i;
        unsigned c = *p;
        char escape[8];
        bool surrogate = c == 0xED && text.len - i >= 3 && p[1] >= 0xA0;
        if (surrogate) {
            c = 0xD000U | (p[1] & 0x3FU) << 6 | (p[2] & 0x3FU);
            i += 2;
        }
        if (c < 0x20 || c == '"' || c == '\\' || surrogate)
            json_put(j, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", c));
        else
            json_put(j, (const char *)p, 1);
    }
    json_put(j, "\"", 1);
}

static bool json_string(struct json *j, int quote)
{
    size_t start = j->at + 1, close = syntax_find(j->r, start, quote);
    struct expr_text text;

    if (close == SIZE_MAX || close >= j->end)
        return syntax_fail(j->r, j->at, "the string is not closed: missing %c", quote);
    if (!syntax_unescape(j->r, start, close, 0, &text))
        return false;
    json_quote(j, text);
    j->at = close + 1;
    return true;
}

/* A bare word, up to a bracket, comma, colon or the end: a number, a name, or text. */
static bool json_word(struct json *j, bool key)
{
    size_t start = j->at, end;
    struct expr_text word, number;

    while (j->at < j->end && !strchr(key ? ":,]}" : ",]}", j->r->text[j->at]))
        j->at++;
    for (end = j->at; end > start && j->r->text[end - 1] == ' ';)
        end--;
    word = (struct expr_text){ j->r->text + start, end - start };
    if (word.len == 0)
        return syntax_fail(j->r, start, "expected a value");
    if (!key && ((word.len == 4 && memcmp(word.text, "true", 4) == 0) ||
                 (word.len == 4 && memcmp(word.text, "null", 4) == 0) ||
                 (word.len == 5 && memcmp(word.text, "false", 5) == 0)))
        json_put(j, word.text, word.len);
    else if (!key && syntax_number(j->r->parse->arena, word.text, word.len, &number))
        json_put(j, number.text, number.len);
    else
        json_quote(j, word);
    return true;
}

/* Members or elements up to CLOSE; what is missing between commas does not count. */
static bool json_list(struct json *j, char open, char close)
{
    bool first = true;

    if (++j->depth > EXPR_MAX_NESTING)
        return syntax_fail(j->r, j->at, "arrays and objects are nested too deep");
    j->at++;
    json_put(j, &open, 1);
    for (int c; (c = json_skip(j)) != close;) {
        if (c == -1)
            return syntax_fail(j->r, j->at, "missing %c", close);
        if (c == ',') {
            j->at++;
            continue;
        }
        if (!first)
            json_put(j, ",", 1);
        first = false;
        if (close == '}') {
            if (c == '\'' || c == '"' ? !json_string(j, c) : !json_word(j, true))
                return false;
            if (json_skip(j) != ':')
                return syntax_fail(j->r, j->at, "expected : behind the name");
            j->at++;
            json_put(j, ":", 1);
        }
        if (!json_value(j))
            return false;
        c = json_skip(j);
        if (c != ',' && c != close)
            return syntax_fail(j->r, j->at, "expected , or %c", close);
    }
    j->at++;
    json_put(j, &close, 1);
    j->depth--;
    return true;
}

static bool json_value(struct json *j)
{
    int c = json_skip(j);

    if (c == '[')
        return json_list(j, '[', ']');
    if (c == '{')
        return json_list(j, '{', '}');
    if (c == '\'' || c == '"')
        return json_string(j, c);
    return json_word(j, false);
}

bool syntax_json(const struct reader *r, size_t start, size_t end,
                 struct expr_text *out)
{
    struct json j = { r, start, end, NULL, 0, 0 };

    j.out = ARENA_ARRAY(r->parse->arena, 6 * (end - start) + 8, char);
    if (!json_value(&j))
        return false;
    if (json_skip(&j) != -1)
        return syntax_fail(r, j.at, "unexpected text behind the value");
    *out = (struct expr_text){ j.out, j.len };
    return true;
}

/* ---- intrinsic functions ------------------------------------------------------ */

/* Kinds of arguments: what a literal may be. */
enum { TEXT = 1, NUMBER = 2, BOOLEAN = 4, NOTHING = 8, ANY = 15, OTHER = 16 };

static const struct {
    const char *name, *op;
    unsigned char least, most; /* arguments; 255: any number */
    unsigned char kinds[3];
} intrinsics[INTRINSIC_COUNT] = {
    { "States.Format", "asl_intrinsic_format", 1, 255, { TEXT, ANY, ANY } },
    { "States.StringToJson", "asl_intrinsic_string_to_json", 1, 1, { TEXT } },
    { "States.JsonToString", "asl_intrinsic_json_to_string", 1, 1, { ANY } },
    { "States.Array", "asl_intrinsic_array", 0, 255, { ANY, ANY, ANY } },
    { "States.ArrayPartition",
      "asl_intrinsic_array_partition",
      2,
      2,
      { OTHER, NUMBER } },
    { "States.ArrayContains", "asl_intrinsic_array_contains", 2, 2, { OTHER, ANY } },
    { "States.ArrayRange",
      "asl_intrinsic_array_range",
      3,
      3,
      { NUMBER, NUMBER, NUMBER } },
    { "States.ArrayGetItem", "asl_intrinsic_array_get_item", 2, 2, { OTHER, NUMBER } },
    { "States.ArrayLength", "asl_intrinsic_array_length", 1, 1, { OTHER } },
    { "States.ArrayUnique", "asl_intrinsic_array_unique", 1, 1, { OTHER } },
    { "States.Base64Encode", "asl_intrinsic_base64_encode", 1, 1, { TEXT } },
    { "States.Base64Decode", "asl_intrinsic_base64_decode", 1, 1, { TEXT } },
    { "States.Hash", "asl_intrinsic_hash", 2, 2, { ANY, TEXT } },
    { "States.JsonMerge", "asl_intrinsic_json_merge", 3, 3, { OTHER, OTHER, BOOLEAN } },
    { "States.MathRandom",
      "asl_intrinsic_math_random",
      2,
      3,
      { NUMBER, NUMBER, NUMBER } },
    { "States.MathAdd", "asl_intrinsic_math_add", 2, 2, { NUMBER, NUMBER } },
    { "States.StringSplit", "asl_intrinsic_string_split", 2, 2, { TEXT, TEXT } },
    { "States.UUID", "asl_intrinsic_uuid", 0, 0, { 0 } },
};

const char *intrinsic_name(enum intrinsic id)
{
    return intrinsics[id].name;
}

const char *intrinsic_op(enum intrinsic id)
{
    return intrinsics[id].op;
}

bool intrinsic_is_random(enum intrinsic id)
{
    return id == INTRINSIC_MATH_RANDOM || id == INTRINSIC_UUID;
}

static bool check_fail(struct expr_error *error, const struct expr *at,
                       const char *format, ...) __attribute__((format(printf, 3, 4)));

static bool check_fail(struct expr_error *error, const struct expr *at,
                       const char *format, ...)
{
    va_list args;

    error->offset = at->span.start;
    va_start(args, format);
    vsnprintf(error->message, sizeof error->message, format, args);
    va_end(args);
    return false;
}

/* A literal's kind; OTHER|ANY for what is known only at run time. */
static unsigned kind_of(const struct expr *expr)
{
    switch (expr->kind) {
    case EXPR_STRING: return TEXT;
    case EXPR_NUMBER: return NUMBER;
    case EXPR_TRUE:
    case EXPR_FALSE: return BOOLEAN;
    case EXPR_NULL: return NOTHING;
    case EXPR_PATH:
    case EXPR_CALL:
    case EXPR_JSON: break;
    }
    return ANY | OTHER;
}

static const char *kinds_name(unsigned kinds)
{
    return kinds == TEXT      ? "a string"
           : kinds == NUMBER  ? "a number"
           : kinds == BOOLEAN ? "true or false"
                              : "a path or a call";
}

/* The {} of a literal template: as many as there are further arguments. */
static bool check_template(const struct expr *call, struct expr_error *error)
{
    const struct expr *template = call->args[0];
    size_t count = 0;

    if (template->kind != EXPR_STRING)
        return true;
    for (size_t i = 0; i < template->raw.len; i++) {
        char c = template->raw.text[i];
        if (c == '\\') {
            i++;
        } else if (c == '{') {
            if (i + 1 == template->raw.len || template->raw.text[i + 1] != '}')
                return check_fail(error, template,
                                  "States.Format: the { is not followed by "
                                  "}; a brace as text is \\{");
            count++;
            i++;
        } else if (c == '}') {
            return check_fail(error, template,
                              "States.Format: } without {; a brace as text "
                              "is \\}");
        }
    }
    if (count != call->nargs - 1)
        return check_fail(error, template,
                          "States.Format: the template has %zu {} for %zu "
                          "arguments",
                          count, call->nargs - 1);
    return true;
}

static bool check_arguments(const struct expr *call, struct expr_error *error)
{
    const char *name = intrinsics[call->intrinsic].name;
    size_t least = intrinsics[call->intrinsic].least;
    size_t most = intrinsics[call->intrinsic].most;

    if (call->nargs < least || (most != 255 && call->nargs > most)) {
        if (least == most)
            return check_fail(error, call, "%s takes %zu argument%s, not %zu", name,
                              least, least == 1 ? "" : "s", call->nargs);
        return check_fail(error, call, "%s takes at %s %zu arguments, not %zu", name,
                          call->nargs < least ? "least" : "most",
                          call->nargs < least ? least : most, call->nargs);
    }
    for (size_t i = 0; i < call->nargs; i++) {
        unsigned kinds = intrinsics[call->intrinsic].kinds[i < 2 ? i : 2];
        if (!(kind_of(call->args[i]) & kinds))
            return check_fail(error, call->args[i], "argument %zu of %s must be %s",
                              i + 1, name, kinds_name(kinds));
    }
    return true;
}

bool check_intrinsic(const struct expr *expr, struct expr_error *error)
{
    if (expr->kind != EXPR_CALL)
        return true;
    if (!check_arguments(expr, error))
        return false;
    if (expr->intrinsic == INTRINSIC_FORMAT && !check_template(expr, error))
        return false;
    for (size_t i = 0; i < expr->nargs; i++)
        if (!check_intrinsic(expr->args[i], error))
            return false;
    return true;
}

/* ---- whole values ------------------------------------------------------------- */

struct expr *parse_template_value(struct arena *arena, const char *text, size_t len,
                                  struct expr_error *error)
{
    if (len > 0 && text[0] == '$')
        return parse_path(arena, text, len, error);
    return parse_intrinsic(arena, text, len, error);
}

static void walk_filter(const struct filter *filter,
                        void (*visit)(struct expr *expr, void *data), void *data)
{
    if (filter->left)
        walk_filter(filter->left, visit, data);
    if (filter->right)
        walk_filter(filter->right, visit, data);
    if (filter->a.path)
        expr_walk(filter->a.path, visit, data);
    if (filter->b.path)
        expr_walk(filter->b.path, visit, data);
}

void expr_walk(struct expr *expr, void (*visit)(struct expr *expr, void *data),
               void *data)
{
    visit(expr, data);
    for (size_t i = 0; i < expr->nargs; i++)
        expr_walk(expr->args[i], visit, data);
    for (size_t i = 0; i < expr->count; i++) {
        const struct step *step = &expr->steps[i];
        for (size_t j = 0; step->kind == STEP_FUNCTION && j < step->count; j++)
            expr_walk(step->args[j], visit, data);
        if (step->filter)
            walk_filter(step->filter, visit, data);
    }
}
