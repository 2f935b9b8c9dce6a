/* JSON text: reading and printing values.
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

#include "buf.h"
#include "container.h"
#include "json_lex.h"
#include "number.h"
#include "region.h"
#include "utf8.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* ---- scanning strings ------------------------------------------------------------- */

/* The reader stops at anything but plain ASCII; the printer at what may need escapes:
 * quote, backslash, controls, and 0xED, with which surrogates start. */
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

static unsigned escape_mask(const char *p)
{
    __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i quote = _mm_cmpeq_epi8(x, _mm_set1_epi8('"'));
    __m128i slash = _mm_cmpeq_epi8(x, _mm_set1_epi8('\\'));
    __m128i surrogate = _mm_cmpeq_epi8(x, _mm_set1_epi8((char)0xED));
    __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(0x1F)), x);

    return (unsigned)_mm_movemask_epi8(
        _mm_or_si128(_mm_or_si128(quote, slash), _mm_or_si128(surrogate, control)));
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

static unsigned escape_mask(const char *p)
{
    unsigned mask = 0;

    for (unsigned i = 0; i < 16; i++) {
        unsigned char c = (unsigned char)p[i];
        mask |= (unsigned)(c == '"' || c == '\\' || c < 0x20 || c == 0xED) << i;
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

/* What the stack takes of the program's memory. */
static size_t charged(const struct reader *r)
{
    return r->values == r->few ? 0 : r->capacity * sizeof *r->values;
}

static ASL__COLD bool grow_values(struct reader *r)
{
    struct asl__pool *pool = r->region->source->pool;
    size_t capacity = r->capacity * 2, more = capacity * sizeof *r->values - charged(r);
    asl_value *few = r->values == r->few ? r->few : NULL;

    if (capacity > UINT32_MAX || !asl__pool_charge(pool, more))
        return false;
    asl_value *values = realloc(few ? NULL : r->values, capacity * sizeof *values);
    if (!values) {
        asl__pool_discharge(pool, more);
        return false;
    }
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
    error->no_memory = r->no_memory;
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
    if (r.values != r.few) {
        asl__pool_discharge(region->source->pool, charged(&r));
        free(r.values);
    }
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
            *error = (asl_syntax_error){ 0, 1, 1, "out of memory", true };
        return false;
    }
    if (len > 0)
        memcpy(copy, text, len);
    memset(copy + len, 0, ASL_PARSE_PADDING);
    return asl_parse_in(region, copy, len, out, error);
}

/* ---- the printer -------------------------------------------------------------------- */

static inline void put_char(struct asl__buf *buf, char c)
{
    if (asl__buf_reserve(buf, 1))
        buf->data[buf->len++] = c;
}

static char *put_unicode(char *p, unsigned unit)
{
    static const char hex[] = "0123456789ABCDEF";

    p[0] = '\\';
    p[1] = 'u';
    p[2] = hex[unit >> 12 & 15];
    p[3] = hex[unit >> 8 & 15];
    p[4] = hex[unit >> 4 & 15];
    p[5] = hex[unit & 15];
    return p + 6;
}

static char *put_escape(char *to, unsigned char c)
{
    static const char letters[] = "btn\0fr"; /* of 8..13; 11 has none */

    if (c >= 0x20 || (c >= 8 && c <= 13 && letters[c - 8])) {
        *to++ = '\\';
        *to++ = c >= 0x20 ? (char)c : letters[c - 8];
        return to;
    }
    return put_unicode(to, c);
}

/* The byte at P, which escape_mask found, as it must be written; what follows it. */
static const char *put_special(char **to, const char *p, const char *end)
{
    unsigned char c = (unsigned char)*p;

    if (c == 0xED && end - p >= 3 && (unsigned char)p[1] >= 0xA0) {
        *to = put_unicode(*to, 0xD000 | ((unsigned char)p[1] & 0x3Fu) << 6 |
                                   ((unsigned char)p[2] & 0x3Fu));
        return p + 3;
    }
    if (c == 0xED)
        *(*to)++ = (char)c;
    else
        *to = put_escape(*to, c);
    return p + 1;
}

static inline bool needs_no_escape(unsigned char c)
{
    return c >= 0x20 && c != '"' && c != '\\' && c != 0xED;
}

/* The bytes from P to END, escaped, where there is room for 6 for each and 16 more. */
static inline char *put_piece(char *to, const char *p, const char *end)
{
    while (p < end) {
        if (end - p >= 16) {
            unsigned mask = escape_mask(p);
            unsigned plain = mask ? (unsigned)__builtin_ctz(mask) : 16;
            memcpy(to, p, 16);
            to += plain;
            p += plain;
            if (!mask)
                continue;
        } else if (needs_no_escape((unsigned char)*p)) {
            *to++ = *p++;
            continue;
        }
        p = put_special(&to, p, end);
    }
    return to;
}

enum { PIECE = 1024 }; /* bytes of a string for which room is made at once */

/* A part of a string that is no longer than PIECE, nor cuts a character. */
static size_t piece_len(const char *p, size_t len)
{
    if (len <= PIECE)
        return len;
    size_t piece = PIECE;
    while (piece > PIECE - 4 && ((unsigned char)p[piece] & 0xC0) == 0x80)
        piece--;
    return piece;
}

void asl__print_string(struct asl__buf *buf, const char *text, size_t len)
{
    const char *p = text, *end = text + len;

    put_char(buf, '"');
    while (p < end) {
        size_t piece = piece_len(p, (size_t)(end - p));
        if (!asl__buf_reserve(buf, 6 * piece + 16))
            return;
        char *start = buf->data + buf->len;
        buf->len += (size_t)(put_piece(start, p, p + piece) - start);
        p += piece;
    }
    put_char(buf, '"');
}

/* A string that is at most PIECE long, with its quotes; room for 6 bytes for each and 18
 * more. */
static inline char *put_quoted(char *to, asl_value v)
{
    const char *text = asl_text(&v);
    size_t len = asl_text_len(v);

    *to++ = '"';
    /* The bytes of a short string start at the third of its 16. */
    if (v.u.small.tag == ASL_SHORT &&
        ((escape_mask((const char *)&v) >> 2) & ((1u << len) - 1)) == 0) {
        memcpy(to, text, ASL_SHORT_MAX);
        to += len;
    } else {
        to = put_piece(to, text, text + len);
    }
    *to++ = '"';
    return to;
}

static char *put_double(char *to, double d)
{
    if (d - d == 0)
        return to + asl__double_print(to, d);
    *to++ = '"';
    to += asl__double_print(to, d);
    *to++ = '"';
    return to;
}

enum { PLAIN_ROOM = 6 * ASL_SHORT_MAX + 18 }; /* what put_plain may write */

/* A value that is all in its 16 bytes. */
static inline char *put_plain(char *to, asl_value v)
{
    switch (asl_tag_of(v)) {
    case ASL_FALSE: memcpy(to, "false", 5); return to + 5;
    case ASL_TRUE: memcpy(to, "true", 4); return to + 4;
    case ASL_INTEGER: return to + asl__integer_print(to, v.u.big.as.integer);
    case ASL_DOUBLE: return put_double(to, v.u.big.as.number);
    case ASL_SHORT: return put_quoted(to, v);
    default: memcpy(to, "null", 4); return to + 4;
    }
}

static inline bool is_plain(asl_value v)
{
    return v.u.small.tag <= ASL_SHORT && v.u.small.tag != ASL_DECIMAL;
}

/* A printer; indent < 0 is compact. */
struct printer {
    struct asl__buf *buf;
    int indent;
};

static void print_value(struct printer *printer, asl_value v);

static void new_line(struct printer *printer)
{
    if (printer->indent < 0)
        return;
    size_t spaces = (size_t)printer->indent * 2;
    put_char(printer->buf, '\n');
    if (spaces > 0 && asl__buf_reserve(printer->buf, spaces)) {
        memset(printer->buf->data + printer->buf->len, ' ', spaces);
        printer->buf->len += spaces;
    }
}

static void print_text(struct printer *printer, asl_value v)
{
    asl__print_string(printer->buf, asl_text(&v), asl_text_len(v));
}

static void step(struct printer *printer, int by)
{
    if (printer->indent >= 0)
        printer->indent += by;
}

/* Elements and members that fit in a little room: a comma and the value; a comma, the
 * key, a colon and the value.  Room is asked for once for all of it. */
static inline bool print_compact_item(struct asl__buf *buf, asl_value v, bool first)
{
    if (!is_plain(v) || !asl__buf_reserve(buf, PLAIN_ROOM + 1))
        return false;
    char *to = buf->data + buf->len;
    *to = ',';
    to = put_plain(to + !first, v);
    buf->len = (size_t)(to - buf->data);
    return true;
}

/* The key and what is around it; the value too if that is plain: then true. */
static inline bool print_compact_member(struct asl__buf *buf, const asl_member *m, bool first)
{
    size_t len = asl_text_len(m->key);
    bool plain = is_plain(m->value);

    if (len > PIECE) {
        if (!first)
            put_char(buf, ',');
        asl__print_string(buf, m->key.u.big.as.text, len);
        put_char(buf, ':');
        return false;
    }
    if (!asl__buf_reserve(buf, 6 * len + 20 + PLAIN_ROOM))
        return true;
    char *to = buf->data + buf->len;
    *to = ',';
    to = put_quoted(to + !first, m->key);
    *to++ = ':';
    if (plain)
        to = put_plain(to, m->value);
    buf->len = (size_t)(to - buf->data);
    return plain;
}

static void print_items(struct printer *printer, asl_value v)
{
    struct asl__buf *buf = printer->buf;

    for (size_t i = 0; i < v.u.big.count && !buf->failed; i++) {
        asl_value item = v.u.big.as.items[i];
        if (printer->indent < 0 && print_compact_item(buf, item, i == 0))
            continue;
        if (i > 0)
            put_char(buf, ',');
        new_line(printer);
        print_value(printer, item);
    }
}

static void print_array(struct printer *printer, asl_value v)
{
    put_char(printer->buf, '[');
    step(printer, 1);
    print_items(printer, v);
    step(printer, -1);
    if (v.u.big.count > 0)
        new_line(printer);
    put_char(printer->buf, ']');
}

static void print_member(struct printer *printer, asl_value key, asl_value v)
{
    new_line(printer);
    print_text(printer, key);
    put_char(printer->buf, ':');
    if (printer->indent >= 0)
        put_char(printer->buf, ' ');
    print_value(printer, v);
}

static void print_members(struct printer *printer, asl_value v)
{
    struct asl__buf *buf = printer->buf;

    for (size_t i = 0; i < v.u.big.count && !buf->failed; i++) {
        const asl_member *m = asl_member_at(v, i);
        if (printer->indent < 0) {
            if (!print_compact_member(buf, m, i == 0))
                print_value(printer, m->value);
            continue;
        }
        if (i > 0)
            put_char(buf, ',');
        print_member(printer, m->key, m->value);
    }
}

static void print_object(struct printer *printer, asl_value v)
{
    put_char(printer->buf, '{');
    step(printer, 1);
    print_members(printer, v);
    step(printer, -1);
    if (v.u.big.count > 0)
        new_line(printer);
    put_char(printer->buf, '}');
}

static void print_error(struct printer *printer, const asl_error_info *info)
{
    bool both = !asl_is_undefined(info->error) && !asl_is_undefined(info->cause);

    put_char(printer->buf, '{');
    step(printer, 1);
    if (!asl_is_undefined(info->error))
        print_member(printer, asl_str("Error"), info->error);
    if (both)
        put_char(printer->buf, ',');
    if (!asl_is_undefined(info->cause))
        print_member(printer, asl_str("Cause"), info->cause);
    step(printer, -1);
    new_line(printer);
    put_char(printer->buf, '}');
}

static void print_value(struct printer *printer, asl_value v)
{
    struct asl__buf *buf = printer->buf;

    if (buf->limit && buf->len > buf->limit)
        buf->failed = true;
    switch (asl_tag_of(v)) {
    case ASL_UNDEFINED:
    case ASL_NULL:
    case ASL_FALSE:
    case ASL_TRUE:
    case ASL_INTEGER:
    case ASL_DOUBLE:
    case ASL_SHORT:
        if (asl__buf_reserve(buf, PLAIN_ROOM))
            buf->len = (size_t)(put_plain(buf->data + buf->len, v) - buf->data);
        break;
    case ASL_DECIMAL:
        asl__buf_append(buf, v.u.big.as.decimal->text, v.u.big.as.decimal->len);
        break;
    case ASL_LONG: print_text(printer, v); break;
    case ASL_ARRAY: print_array(printer, v); break;
    case ASL_OBJECT: print_object(printer, v); break;
    case ASL_FAILURE: print_error(printer, v.u.big.as.error); break;
    }
}

/* The last append may have gone beyond the limit into the slack. */
static void check_limit(struct asl__buf *buf)
{
    if (buf->limit && buf->len > buf->limit) {
        buf->len = buf->limit;
        buf->failed = true;
    }
}

void asl__print(struct asl__buf *buf, asl_value v)
{
    struct printer printer = { buf, -1 };

    print_value(&printer, v);
    check_limit(buf);
}

void asl__print_pretty(struct asl__buf *buf, asl_value v)
{
    struct printer printer = { buf, 0 };

    print_value(&printer, v);
    check_limit(buf);
}

asl_value asl_to_json(asl_region *region, asl_value v)
{
    struct asl__buf buf = ASL__BUF_INIT;
    asl_value text = asl_no_memory();

    if (asl_is_error(v))
        return v;
    asl__buf_bound(&buf, region);
    asl__print(&buf, v);
    if (!buf.failed)
        text = asl_string(region, buf.data, buf.len);
    asl__buf_free(&buf);
    return text;
}
