/* Reading JSON text; print.c prints it.
 *
 * The reader takes plain strings, integers of up to 18 digits and short fractions by
 * hand, 16 bytes at a time where SSE2 is there.  Whatever else comes goes through the
 * grammar (json.re), token by token; so do all errors.  The fast path may look at up to
 * ASL_PARSE_PADDING bytes behind the text, but never trusts them.
 *
 * Elements of open containers are gathered on a stack of values and copied to the
 * region once, when their container closes.
 */
#include "base.h"

#include "container.h"
#include "json_lex.h"
#include "number.h"
#include "utf8.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* ---- scanning strings ------------------------------------------------------------- */

/* Bit I is set if byte I of the 16 at P is not plain ASCII of a string. */
#ifdef __SSE2__
static unsigned special_mask(const char *p)
{
    __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i quote = _mm_cmpeq_epi8(x, _mm_set1_epi8('"'));
    __m128i slash = _mm_cmpeq_epi8(x, _mm_set1_epi8('\\'));
    /* Signed: below 0x20 is controls and everything from 0x80. */
    __m128i other = _mm_cmplt_epi8(x, _mm_set1_epi8(0x20));

    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, slash), other));
}
#else
static unsigned special_mask(const char *p)
{
    unsigned mask = 0;

    for (unsigned i = 0; i < 16; i++) {
        unsigned char c = (unsigned char)p[i];
        mask |= (unsigned)(c == '"' || c == '\\' || c < 0x20 || c >= 0x80) << i;
    }
    return mask;
}
#endif

/* The first byte from P that is not plain ASCII of a string; at most 16 behind END. */
static const char *skip_plain(const char *p, const char *end)
{
    for (; p < end; p += 16) {
        unsigned mask = special_mask(p);
        if (mask)
            return p + __builtin_ctz(mask);
    }
    return p;
}

/* The string of LEN bytes at P, where 16 bytes can be read. */
static asl_value string_at(const char *p, size_t len)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (ASL__LIKELY(len <= ASL_SHORT_MAX)) {
        asl_value v;
        uint64_t first, rest;
        memcpy(&first, p, 8);
        memcpy(&rest, p + 6, 8);
        uint64_t first_bits = len < 6 ? (UINT64_C(1) << (8 * len)) - 1 : 0xFFFFFFFFFFFF;
        uint64_t rest_bits = len <= 6 ? 0 : ~UINT64_C(0) >> (8 * (ASL_SHORT_MAX - len));
        v.u.word.head = (first & first_bits) << 16 | (uint64_t)len << 8 | ASL_SHORT;
        v.u.word.body = rest & rest_bits;
        return v;
    }
#endif
    return asl_string_in(p, len);
}

/* ---- the reader -------------------------------------------------------------------- */

enum { FEW_VALUES = 256, SHAPES = ASL__INDEX_ABOVE + 1 };

struct open_container {
    uint32_t start; /* of its elements on the stack of values */
    uint16_t depth; /* most of its elements */
    bool object;
};

struct reader {
    asl_region *region;
    const char *end;
    struct asl__json_lexer lexer;
    asl_value *values; /* FEW or malloc'd */
    size_t count, capacity;
    struct open_container *open; /* the innermost; outermost is stack[0] */
    const asl_member *shapes[SHAPES]; /* last object closed of that many members */
    const char *problem;  /* set with failure */
    const char *at;       /* where */
    bool no_memory;
    struct open_container stack[ASL_MAX_DEPTH + 1];
    asl_value few[FEW_VALUES];
};

/* Notes a failure; NULL, for its callers to return. */
static ASL__COLD const char *fail(struct reader *r, const char *at, const char *problem)
{
    r->problem = problem;
    r->at = at;
    return NULL;
}

static ASL__COLD const char *fail_memory(struct reader *r, const char *at)
{
    r->no_memory = true;
    return fail(r, at, "out of memory");
}

static ASL__COLD bool grow_values(struct reader *r)
{
    size_t capacity = r->capacity * 2;
    asl_value *few = r->values == r->few ? r->few : NULL;
    asl_value *values = capacity > UINT32_MAX
                            ? NULL
                            : realloc(few ? NULL : r->values, capacity * sizeof *values);

    if (!values)
        return false;
    if (few)
        memcpy(values, few, r->count * sizeof *values);
    r->values = values;
    r->capacity = capacity;
    return true;
}

static inline bool add_value(struct reader *r, asl_value v)
{
    if (ASL__UNLIKELY(r->count == r->capacity) && !grow_values(r))
        return false;
    r->values[r->count++] = v;
    return true;
}

/* A string token with its quotes: from the text where it is as it stands, else its
 * unescaped copy. */
static asl_value token_string(struct reader *r)
{
    const char *body = r->lexer.token + 1;
    size_t len = (size_t)(r->lexer.cursor - body - 1);

    if (len > UINT32_MAX)
        return asl_no_memory();
    if (!r->lexer.escaped)
        return asl_string_in(body, len);
    char *copy = asl_alloc(r->region, len);
    if (!copy)
        return asl_no_memory();
    len = asl__json_unescape(body, len, copy);
    return asl_string_in(copy, len);
}

static asl_value token_value(struct reader *r, enum asl__json_token token)
{
    if (token == ASL__JSON_STRING)
        return token_string(r);
    return asl__number_read(r->region, r->lexer.token,
                            (size_t)(r->lexer.cursor - r->lexer.token));
}

/* What a token is called in a message that it was not expected. */
static const char *unexpected(enum asl__json_token token)
{
    switch (token) {
    case ASL__JSON_END: return "unexpected end of text";
    case ASL__JSON_ERROR: return "error";
    case ASL__JSON_OBJECT_OPEN: return "unexpected '{'";
    case ASL__JSON_OBJECT_CLOSE: return "unexpected '}'";
    case ASL__JSON_ARRAY_OPEN: return "unexpected '['";
    case ASL__JSON_ARRAY_CLOSE: return "unexpected ']'";
    case ASL__JSON_COLON: return "unexpected ':'";
    case ASL__JSON_COMMA: return "unexpected ','";
    case ASL__JSON_STRING: return "unexpected string";
    case ASL__JSON_INTEGER:
    case ASL__JSON_FRACTION: return "unexpected number";
    case ASL__JSON_TRUE:
    case ASL__JSON_FALSE:
    case ASL__JSON_NULL: return "unexpected word";
    }
    return "unexpected token";
}

/* One token by the grammar. */
static enum asl__json_token slow_token(struct reader *r, const char *p)
{
    r->lexer.cursor = p > r->end ? r->end : p;
    r->lexer.error = NULL;
    return asl__json_next(&r->lexer);
}

/* Fails at P with what the grammar says stands there. */
static ASL__COLD const char *fail_token(struct reader *r, const char *p)
{
    enum asl__json_token token = slow_token(r, p);

    if (token == ASL__JSON_ERROR)
        return fail(r, r->lexer.cursor, r->lexer.error);
    return fail(r, r->lexer.token, unexpected(token));
}

/* A string, number or word at P by the grammar: the end, or NULL. */
static ASL__NOINLINE const char *slow_scalar(struct reader *r, const char *p)
{
    enum asl__json_token token = slow_token(r, p);
    asl_value v;

    switch (token) {
    case ASL__JSON_STRING:
    case ASL__JSON_INTEGER:
    case ASL__JSON_FRACTION:
        v = token_value(r, token);
        break;
    case ASL__JSON_TRUE:
    case ASL__JSON_FALSE:
        v = asl_boolean(token == ASL__JSON_TRUE);
        break;
    case ASL__JSON_NULL:
        v = asl_null();
        break;
    default:
        return fail_token(r, p);
    }
    if (asl_is_error(v) || !add_value(r, v))
        return fail_memory(r, p);
    return r->lexer.cursor;
}

static inline const char *read_string(struct reader *r, const char *p)
{
    const char *close = skip_plain(p + 1, r->end);

    if (ASL__UNLIKELY(close >= r->end || *close != '"'))
        return slow_scalar(r, p);
    size_t len = (size_t)(close - p - 1);
    if (ASL__UNLIKELY(len > UINT32_MAX) || !add_value(r, string_at(p + 1, len)))
        return fail_memory(r, p);
    return close + 1;
}

static const double powers[] = { 1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };

/* Whether a fraction of WHOLE digits before the point and DIGITS (at most 15 in all)
 * behind it, the digits at POINT + 1, is printed just like that. */
static bool is_canonical_fraction(const char *point, size_t whole, size_t digits)
{
    if (whole > 7 || (point[digits] == '0' && digits > 1))
        return false;
    return point[-1] != '0' || whole > 1 || digits < 4 || point[1] != '0' ||
           point[2] != '0' || point[3] != '0';
}

/* A fraction that starts with the integer VALUE, its digits from START to POINT. */
static const char *read_fraction(struct reader *r, const char *p, const char *start,
                                 const char *point, uint64_t value)
{
    const char *q = point + 1;
    size_t whole = (size_t)(point - start);

    for (; (unsigned char)(*q - '0') < 10 && q - start <= 16; q++)
        value = value * 10 + (unsigned char)(*q - '0');
    size_t digits = (size_t)(q - point - 1);
    if (q >= r->end || digits == 0 || whole + digits > 15 || (*q | 32) == 'e' ||
        (unsigned char)(*q - '0') < 10 || !is_canonical_fraction(point, whole, digits))
        return slow_scalar(r, p);
    double d = (double)value / powers[digits];
    if (!add_value(r, asl_double(start > p ? -d : d)))
        return fail_memory(r, p);
    return q;
}

static inline const char *read_number(struct reader *r, const char *p)
{
    bool negative = *p == '-';
    const char *start = p + negative, *q = start;
    uint64_t value = 0;

    for (; (unsigned char)(*q - '0') < 10 && q - start < 19; q++)
        value = value * 10 + (unsigned char)(*q - '0');
    size_t digits = (size_t)(q - start);
    if (ASL__UNLIKELY(q >= r->end || digits == 0 || digits > 18 || (*q | 32) == 'e' ||
                      (*start == '0' && (digits > 1 || (negative && *q != '.')))))
        return slow_scalar(r, p);
    if (*q == '.')
        return read_fraction(r, p, start, q, value);
    if (!add_value(r, asl_integer(negative ? -(int64_t)value : (int64_t)value)))
        return fail_memory(r, p);
    return q;
}

static inline const char *skip_space(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p;
}

/* Whether MEMBERS' keys are those of an object that has been closed before. */
static bool same_shape(const asl_member *members, const asl_member *shape, size_t count)
{
    uint64_t differ = 0;

    for (size_t i = 0; i < count; i++)
        differ |= (members[i].key.u.word.head ^ shape[i].key.u.word.head) |
                  (members[i].key.u.word.body ^ shape[i].key.u.word.body);
    return differ == 0;
}

/* Whether some key of so few MEMBERS may be equal to another. */
static bool may_repeat(const asl_member *members, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (members[i].key.u.word.head == members[j].key.u.word.head &&
                asl_same_text(members[i].key, members[j].key))
                return true;
    return false;
}

static asl_value close_object(struct reader *r, asl_member *members, size_t count,
                              size_t depth)
{
    if (count > ASL__INDEX_ABOVE)
        return asl__object_build(r->region, members, count, false);
    const asl_member *shape = r->shapes[count];
    if (!(shape && same_shape(members, shape, count)) && may_repeat(members, count))
        return asl__object_build(r->region, members, count, false);
    asl_member *copy = asl__block_new(r->region, sizeof *copy, count, count);
    if (!copy)
        return asl_no_memory();
    memcpy(copy, members, count * sizeof *copy);
    r->shapes[count] = copy;
    return asl__container(ASL_OBJECT, copy, count, depth);
}

static asl_value close_array(struct reader *r, const asl_value *values, size_t count,
                             size_t depth)
{
    asl_value *copy = asl__block_new(r->region, sizeof *copy, count, count);

    if (!copy)
        return asl_no_memory();
    memcpy(copy, values, count * sizeof *copy);
    return asl__container(ASL_ARRAY, copy, count, depth);
}

/* Turns the elements of the innermost container into its value. */
static bool close_container(struct reader *r)
{
    struct open_container *c = r->open;
    size_t count = r->count - c->start, depth = (size_t)c->depth + 1;
    asl_value *values = r->values + c->start, v;

    if (count == 0)
        v = c->object ? asl_object() : asl_array();
    else if (c->object)
        v = close_object(r, (asl_member *)(void *)values, count / 2, depth);
    else
        v = close_array(r, values, count, depth);
    if (asl_is_error(v))
        return false;
    r->count = c->start;
    if (c > r->stack + 1 && c[-1].depth < depth)
        c[-1].depth = (uint16_t)depth;
    r->open--;
    return add_value(r, v);
}

static inline bool open_container(struct reader *r, bool object)
{
    if (r->open == r->stack + ASL_MAX_DEPTH)
        return false;
    *++r->open = (struct open_container){ (uint32_t)r->count, 0, object };
    return true;
}

/* A member's key and colon at P; the value's start, or NULL. */
static inline const char *read_key(struct reader *r, const char *p)
{
    if (p >= r->end || *p != '"')
        return fail_token(r, p);
    p = read_string(r, p);
    if (!p)
        return NULL;
    p = skip_space(p, r->end);
    if (p >= r->end || *p != ':')
        return fail_token(r, p);
    return skip_space(p + 1, r->end);
}

static const char *read_scalar(struct reader *r, const char *p)
{
    switch (*p) {
    case '"':
        return read_string(r, p);
    case '-':
    case '0': case '1': case '2': case '3': case '4':
    case '5': case '6': case '7': case '8': case '9':
        return read_number(r, p);
    default:
        return slow_scalar(r, p);
    }
}

/* Closes containers as long as they end at P and goes past the comma behind; where the
 * next value starts, or the end of the outermost (r->open is the stack's bottom then). */
static inline const char *after_value(struct reader *r, const char *p)
{
    for (;;) {
        if (r->open == r->stack)
            return p;
        p = skip_space(p, r->end);
        if (ASL__UNLIKELY(p >= r->end))
            return fail_token(r, p);
        if (*p == ',') {
            p = skip_space(p + 1, r->end);
            return r->open->object ? read_key(r, p) : p;
        }
        if (*p != (r->open->object ? '}' : ']'))
            return fail_token(r, p);
        if (!close_container(r))
            return fail_memory(r, p);
        p++;
    }
}

/* An opening bracket at P: the first element's start, or what follows an empty one. */
static inline const char *enter(struct reader *r, const char *p, bool *empty)
{
    bool object = *p == '{';

    if (!open_container(r, object))
        return fail(r, p, "nested too deeply");
    p = skip_space(p + 1, r->end);
    *empty = p < r->end && *p == (object ? '}' : ']');
    if (*empty || !object)
        return p;
    return read_key(r, p);
}

/* The whole text; its end, or NULL. */
static const char *read_text(struct reader *r, const char *p)
{
    p = skip_space(p, r->end);
    do {
        if (ASL__UNLIKELY(p >= r->end))
            return fail_token(r, p);
        if (*p == '{' || *p == '[') {
            bool empty = false;
            p = enter(r, p, &empty);
            if (!p)
                return NULL;
            if (!empty)
                continue;
        } else {
            p = read_scalar(r, p);
            if (!p)
                return NULL;
        }
        p = after_value(r, p);
        if (!p || r->open == r->stack)
            break;
    } while (true);
    if (!p)
        return NULL;
    p = skip_space(p, r->end);
    return p < r->end ? fail_token(r, p) : p;
}

static void fill_error(const struct reader *r, asl_syntax_error *error)
{
    const char *text = r->lexer.text, *line = text;

    error->offset = (size_t)(r->at - text);
    error->line = 1;
    for (const char *p = text; p < r->at; p++)
        if (*p == '\n') {
            error->line++;
            line = p + 1;
        }
    error->column = (size_t)(r->at - line) + 1;
    snprintf(error->message, sizeof error->message, "%s", r->problem);
}

bool asl_parse_in(asl_region *region, const char *text, size_t len, asl_value *out,
                  asl_syntax_error *error)
{
    struct reader r; /* without the arrays, which are large and need no start */

    r.region = region;
    r.end = text + len;
    asl__json_lexer_init(&r.lexer, text, len);
    r.values = r.few;
    r.count = 0;
    r.capacity = FEW_VALUES;
    r.open = r.stack;
    memset(r.shapes, 0, sizeof r.shapes);
    r.problem = NULL;
    r.no_memory = false;
    bool ok = read_text(&r, text) != NULL;
    if (ok)
        *out = r.values[0];
    else if (error)
        fill_error(&r, error);
    if (r.values != r.few)
        free(r.values);
    return ok;
}

bool asl_parse(asl_region *region, const char *text, size_t len, asl_value *out,
               asl_syntax_error *error)
{
    size_t size;
    char *copy = NULL;

    if (asl__size_add(len, ASL_PARSE_PADDING, &size))
        copy = asl_alloc(region, size);
    if (!copy) {
        if (error)
            *error = (asl_syntax_error){ 0, 1, 1, "out of memory" };
        return false;
    }
    if (len > 0)
        memcpy(copy, text, len);
    memset(copy + len, 0, ASL_PARSE_PADDING);
    return asl_parse_in(region, copy, len, out, error);
}
