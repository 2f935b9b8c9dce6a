/* Reading JSON text; print.c prints it.
 *
 * The reader takes strings without escapes, integers of up to 18 digits, short fractions
 * and words by hand, 16 bytes at a time where SSE2 is there.  Whatever else comes goes
 * through the grammar (json.re), token by token; so do all errors.  The fast path may
 * look at up to ASL_PARSE_PADDING bytes behind the text, but never trusts them: no
 * element starts and no container ends there.
 *
 * Elements of open containers are gathered on a stack of values and copied to the
 * region once, when their container closes.
 *
 * An object is expected to have the keys of the last one at its level of nesting (its
 * shape), in their order: while it has, a key costs one comparison with the text, and
 * the object needs no look for equal keys.
 */
#include "base.h"

#include "container.h"
#include "json_lex.h"
#include "number.h"
#include "region.h"
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
static inline const char *skip_plain(const char *p, const char *end)
{
    for (; p < end; p += 16) {
        unsigned mask = special_mask(p);
        if (mask)
            return p + __builtin_ctz(mask);
    }
    return p;
}

/* The same, but past well-formed UTF-8. */
static ASL__NOINLINE const char *skip_text(const char *p, const char *end)
{
    while ((p = skip_plain(p, end)) < end) {
        while (p < end && (unsigned char)*p >= 0x80) {
            size_t len;
            uint32_t code = asl__utf8_decode(p, end, &len);
            if (len == 1 || (code >= 0xD800 && code <= 0xDFFF))
                return p;
            p += len;
        }
        if (p < end && special_mask(p) & 1)
            return p;
    }
    return p;
}

/* KEEP[N] leaves the N bytes of a short string of its value's 16. */
#ifdef __SSE2__
static const unsigned char keep[ASL_SHORT_MAX + 1][16] = {
#define FF 255
    { 0 },
    { 0, 0, FF },
    { 0, 0, FF, FF },
    { 0, 0, FF, FF, FF },
    { 0, 0, FF, FF, FF, FF },
    { 0, 0, FF, FF, FF, FF, FF },
    { 0, 0, FF, FF, FF, FF, FF, FF },
    { 0, 0, FF, FF, FF, FF, FF, FF, FF },
    { 0, 0, FF, FF, FF, FF, FF, FF, FF, FF },
    { 0, 0, FF, FF, FF, FF, FF, FF, FF, FF, FF },
    { 0, 0, FF, FF, FF, FF, FF, FF, FF, FF, FF, FF },
    { 0, 0, FF, FF, FF, FF, FF, FF, FF, FF, FF, FF, FF },
    { 0, 0, FF, FF, FF, FF, FF, FF, FF, FF, FF, FF, FF, FF },
    { 0, 0, FF, FF, FF, FF, FF, FF, FF, FF, FF, FF, FF, FF, FF },
    { 0, 0, FF, FF, FF, FF, FF, FF, FF, FF, FF, FF, FF, FF, FF, FF }
#undef FF
};

/* The LEN <= 14 bytes at TEXT as they lie in a value; the two before can be read. */
static inline __m128i short_text(const char *text, size_t len)
{
    __m128i x = _mm_loadu_si128((const __m128i *)(const void *)(text - 2));

    return _mm_and_si128(x, _mm_loadu_si128((const __m128i *)(const void *)keep[len]));
}

static inline void put_short(asl_value *to, const char *text, size_t len)
{
    __m128i head = _mm_cvtsi32_si128((int)(len << 8 | ASL_SHORT));

    _mm_storeu_si128((__m128i *)(void *)to, _mm_or_si128(short_text(text, len), head));
}

static inline bool is_short(const asl_value *key, const char *text)
{
    __m128i x = short_text(text, (uint8_t)key->u.bytes[1]);
    __m128i y = _mm_loadu_si128((const __m128i *)(const void *)key);

    return (_mm_movemask_epi8(_mm_cmpeq_epi8(x, y)) | 3) == 0xFFFF;
}
#else
static inline void put_short(asl_value *to, const char *text, size_t len)
{
    *to = asl_string_in(text, len);
}

static inline bool is_short(const asl_value *key, const char *text)
{
    return memcmp(text, key->u.bytes + 2, (uint8_t)key->u.bytes[1]) == 0;
}
#endif

/* ---- the reader -------------------------------------------------------------------- */

enum { FEW_VALUES = 256, SHAPES = ASL__INDEX_ABOVE + 1 };

/* What is open at one level of nesting.  The shape stays when it is closed, for the
 * next object at that level; no key of a shape has been unescaped. */
struct open_container {
    uint32_t start;       /* of its elements on the stack of values */
    uint16_t depth;       /* most of its elements */
    bool object;
    bool escaped;         /* some key was unescaped */
    uint32_t shape_count; /* 0 from the first key on that is not as in the shape */
    const asl_member *shape; /* what members are expected */
};

struct reader {
    asl_region *region;
    const char *end;
    struct asl__json_lexer lexer;
    asl_value *values; /* FEW or malloc'd */
    asl_value *full;   /* from here on there may be no room for a key and a value */
    struct open_container *open; /* the innermost; outermost is stack[1] */
    struct open_container *deepest; /* from here on the stack is not set */
    const asl_member *shapes[SHAPES]; /* last object closed of that many members */
    const char *problem;  /* set with failure */
    const char *at;       /* where */
    bool no_memory;
    struct open_container stack[ASL_MAX_DEPTH + 1];
    asl_value few[FEW_VALUES];
};

/* Where the reader is; what it knows best is in registers. */
struct at {
    const char *p;  /* in the text; NULL: it has failed */
    asl_value *top; /* the first free of the stack of values */
};

/* Notes a failure; for its callers to return. */
static ASL__COLD struct at fail(struct reader *r, const char *at, const char *problem)
{
    r->problem = problem;
    r->at = at;
    return (struct at){ NULL, NULL };
}

static ASL__COLD struct at fail_memory(struct reader *r, const char *at)
{
    r->no_memory = true;
    return fail(r, at, "out of memory");
}

static inline struct at push(struct at at, const char *next, asl_value v)
{
    *at.top = v;
    return (struct at){ next, at.top + 1 };
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
static ASL__COLD struct at fail_token(struct reader *r, const char *p)
{
    enum asl__json_token token = slow_token(r, p);

    if (token == ASL__JSON_ERROR)
        return fail(r, r->lexer.cursor, r->lexer.error);
    return fail(r, r->lexer.token, unexpected(token));
}

/* A string, number or word by the grammar. */
static ASL__NOINLINE struct at slow_scalar(struct reader *r, struct at at)
{
    enum asl__json_token token = slow_token(r, at.p);
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
        return fail_token(r, at.p);
    }
    if (asl_is_error(v))
        return fail_memory(r, at.p);
    return push(at, r->lexer.cursor, v);
}

/* ---- scalars ------------------------------------------------------------------------ */

/* A string without escapes; its bytes up to FROM are plain. */
static ASL__NOINLINE struct at long_string(struct reader *r, struct at at,
                                           const char *from)
{
    const char *body = at.p + 1, *close = skip_plain(from, r->end);

    if (ASL__UNLIKELY((unsigned char)*close >= 0x80))
        close = skip_text(close, r->end);
    size_t len = (size_t)(close - body);
    if (close >= r->end || *close != '"' || len > UINT32_MAX)
        return slow_scalar(r, at);
    return push(at, close + 1, asl_string_in(body, len));
}

static inline struct at read_string(struct reader *r, struct at at)
{
    const char *body = at.p + 1;
    unsigned mask = special_mask(body);
    size_t len = mask ? (size_t)__builtin_ctz(mask) : 16;

    if (len > ASL_SHORT_MAX || body[len] != '"' || body + len >= r->end)
        return long_string(r, at, body + len);
    put_short(at.top, body, len);
    return (struct at){ body + len + 1, at.top + 1 };
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

static inline bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* A fraction that starts with the integer VALUE, its digits from START to POINT. */
static struct at read_fraction(struct reader *r, struct at at, const char *start,
                               const char *point, uint64_t value)
{
    const char *q = point + 1;
    size_t whole = (size_t)(point - start);

    for (; is_digit(*q) && q - start <= 16; q++)
        value = value * 10 + (unsigned char)(*q - '0');
    size_t digits = (size_t)(q - point - 1);
    if (q >= r->end || digits == 0 || whole + digits > 15 || (*q | 32) == 'e' ||
        is_digit(*q) || !is_canonical_fraction(point, whole, digits))
        return slow_scalar(r, at);
    double d = (double)value / powers[digits];
    return push(at, q, asl_double(start > at.p ? -d : d));
}

/* What may follow a number or a word at once: then it has ended. */
static inline bool ends_scalar(char c)
{
    return c == ',' || c == '}' || c == ']' || (unsigned char)c <= ' ';
}

/* Any number. */
static ASL__NOINLINE struct at long_number(struct reader *r, struct at at)
{
    bool negative = *at.p == '-';
    const char *start = at.p + negative, *q = start;
    uint64_t value = 0;

    for (; is_digit(*q) && q - start < 19; q++)
        value = value * 10 + (unsigned char)(*q - '0');
    size_t digits = (size_t)(q - start);
    if (q >= r->end || digits - 1 > 17 || (*q | 32) == 'e' ||
        (*start == '0' && (digits > 1 || (negative && *q != '.'))))
        return slow_scalar(r, at);
    if (*q == '.')
        return read_fraction(r, at, start, q, value);
    return push(at, q, asl_integer(negative ? -(int64_t)value : (int64_t)value));
}

/* How many digits there are at P, if fewer than 8, and their value; else 0. */
static inline size_t few_digits(const char *p, uint64_t *value)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t x;

    memcpy(&x, p, 8);
    x ^= ones * '0';
    /* The lowest byte of the rest whose top bit is set was no digit. */
    uint64_t rest = ((x + ones * (128 - 10)) | x) & ones * 128;
    if (rest == 0 || (rest & 128) != 0)
        return 0;
    unsigned bits = (unsigned)__builtin_ctzll(rest) & ~7u;
    x <<= 64 - bits;
    x = x * 10 + (x >> 8); /* pairs in every other byte */
    x = (x & UINT64_C(0x00FF00FF00FF00FF)) * (1 + (UINT64_C(100) << 16)) >> 16;
    *value = (x & UINT64_C(0x0000FFFF0000FFFF)) * (1 + (UINT64_C(10000) << 32)) >> 32;
    return bits / 8;
#else
    size_t n = 0;

    for (*value = 0; n < 8 && is_digit(p[n]); n++)
        *value = *value * 10 + (unsigned char)(p[n] - '0');
    return n < 8 ? n : 0;
#endif
}

static inline struct at read_number(struct reader *r, struct at at)
{
    uint64_t value = 0;
    size_t digits = few_digits(at.p, &value);
    const char *q = at.p + digits;

    if (ASL__UNLIKELY(digits == 0 || !ends_scalar(*q) || q >= r->end ||
                      (digits > 1 && *at.p == '0')))
        return long_number(r, at);
    return push(at, q, asl_integer((int64_t)value));
}

/* WORD, all of it, at P, and nothing behind that could belong to a longer one. */
static inline bool is_word(const struct reader *r, const char *p, const char *word,
                           size_t len)
{
    return memcmp(p, word, len) == 0 && p + len < r->end && ends_scalar(p[len]);
}

static struct at read_word(struct reader *r, struct at at)
{
    if (is_word(r, at.p, "true", 4))
        return push(at, at.p + 4, asl_boolean(true));
    if (is_word(r, at.p, "null", 4))
        return push(at, at.p + 4, asl_null());
    if (is_word(r, at.p, "false", 5))
        return push(at, at.p + 5, asl_boolean(false));
    return slow_scalar(r, at);
}

/* ---- containers --------------------------------------------------------------------- */

static inline const char *skip_space(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p;
}

/* P, or what follows the white space there. */
static inline const char *past_space(const struct reader *r, const char *p)
{
    return ASL__LIKELY((unsigned char)*p > ' ') ? p : skip_space(p, r->end);
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

/* Whether the keys of C, MEMBERS, are known to differ; if so it is the next shape. */
static bool are_distinct(struct reader *r, const asl_member *members, size_t count)
{
    if (count > ASL__INDEX_ABOVE)
        return false;
    const asl_member *shape = r->shapes[count];
    return (shape && same_shape(members, shape, count)) || !may_repeat(members, count);
}

static asl_value close_object(struct reader *r, asl_member *members, size_t count)
{
    struct open_container *c = r->open;
    bool as_expected = count == c->shape_count;

    if (!as_expected && !are_distinct(r, members, count)) {
        c->shape_count = 0;
        return asl__object_build(r->region, members, count, false);
    }
    asl_block *block = asl_alloc(r->region, sizeof *block + count * sizeof *members);
    if (!block)
        return asl_no_memory();
    *block = (asl_block){ (uint32_t)count, (uint32_t)count, NULL };
    asl_member *copy = (asl_member *)(void *)(block + 1);
    memcpy(copy, members, count * sizeof *copy);
    if (!as_expected) {
        r->shapes[count] = c->shape = copy;
        c->shape_count = c->escaped ? 0 : (uint32_t)count;
    }
    return asl__container(ASL_OBJECT, copy, count, (size_t)c->depth + 1);
}

static asl_value close_array(struct reader *r, const asl_value *values, size_t count)
{
    asl_value *copy = asl__block_new(r->region, sizeof *copy, count, count);

    if (!copy)
        return asl_no_memory();
    memcpy(copy, values, count * sizeof *copy);
    return asl__container(ASL_ARRAY, copy, count, (size_t)r->open->depth + 1);
}

/* Tells the container around what has just been closed at DEPTH. */
static inline void note_depth(struct reader *r, size_t depth)
{
    if (r->open->depth < depth)
        r->open->depth = (uint16_t)depth;
}

/* Turns the elements of the innermost container, which ends at P, into its value. */
static struct at close_container(struct reader *r, struct at at)
{
    struct open_container *c = r->open;
    asl_value *values = r->values + c->start, v;
    size_t count = (size_t)(at.top - values);

    if (c->object)
        v = close_object(r, (asl_member *)(void *)values, count / 2);
    else
        v = close_array(r, values, count);
    if (ASL__UNLIKELY(asl_is_error(v)))
        return fail_memory(r, at.p);
    r->open--;
    note_depth(r, (size_t)c->depth + 1);
    at.top = values;
    return push(at, at.p + 1, v);
}

static const asl_member no_member; /* the shape of no object */

/* Opens a container and goes to its first element, or behind an empty one. */
static struct at enter(struct reader *r, struct at at, bool object)
{
    struct open_container *c = r->open + 1;

    if (c > r->stack + ASL_MAX_DEPTH)
        return fail(r, at.p, "nested too deeply");
    at.p = past_space(r, at.p + 1);
    if (at.p < r->end && *at.p == (object ? '}' : ']')) {
        note_depth(r, 1);
        return push(at, at.p + 1, object ? asl_object() : asl_array());
    }
    if (c == r->deepest) {
        r->deepest++;
        c->shape = &no_member;
        c->shape_count = 0;
    }
    c->start = (uint32_t)(at.top - r->values);
    c->depth = 0;
    c->object = object;
    c->escaped = false;
    r->open = c;
    return at;
}

/* Closes containers as long as they end at P and goes past the comma behind. */
static ASL__NOINLINE struct at after_item(struct reader *r, struct at at)
{
    while (at.p && r->open != r->stack) {
        at.p = past_space(r, at.p);
        if (ASL__UNLIKELY(at.p >= r->end))
            return fail_token(r, at.p);
        if (*at.p == ',') {
            at.p++;
            return at;
        }
        if (*at.p != (r->open->object ? '}' : ']'))
            return fail_token(r, at.p);
        at = close_container(r, at);
    }
    return at;
}

/* What the stack of values takes of the program's memory. */
static size_t charged(const struct reader *r)
{
    return r->values == r->few ? 0 : (size_t)(r->full + 2 - r->values) * sizeof *r->values;
}

/* Twice the room on the stack of values; the new top, or NULL. */
static asl_value *grow_values(struct reader *r, const asl_value *top)
{
    struct asl__pool *pool = r->region->source->pool;
    size_t count = (size_t)(top - r->values);
    size_t capacity = (size_t)(r->full + 2 - r->values) * 2;
    size_t more = capacity * sizeof *r->values - charged(r);
    asl_value *few = r->values == r->few ? r->few : NULL;

    if (capacity > UINT32_MAX || !asl__pool_charge(pool, more))
        return NULL;
    asl_value *values = realloc(few ? NULL : r->values, capacity * sizeof *values);
    if (!values) {
        asl__pool_discharge(pool, more);
        return NULL;
    }
    if (few)
        memcpy(values, few, count * sizeof *values);
    r->values = values;
    r->full = values + capacity - 2;
    return values + count;
}

/* Where an element may start: it fails at the end, and makes room if there is none. */
static ASL__NOINLINE struct at make_room(struct reader *r, struct at at)
{
    if (at.p >= r->end)
        return fail_token(r, at.p);
    at.top = grow_values(r, at.top);
    return at.top ? at : fail_memory(r, at.p);
}

static inline bool has_room(const struct reader *r, struct at at)
{
    return at.p < r->end && at.top < r->full;
}

/* A scalar, or what opens a container: then r->open is another. */
static ASL__INLINE struct at read_value(struct reader *r, struct at at)
{
    at.p = past_space(r, at.p);
    if (ASL__UNLIKELY(at.p >= r->end))
        return fail_token(r, at.p);
    switch (*at.p) {
    case '"':
        return read_string(r, at);
    case '-':
    case '0': case '1': case '2': case '3': case '4':
    case '5': case '6': case '7': case '8': case '9':
        return read_number(r, at);
    case '{':
    case '[':
        return enter(r, at, *at.p == '{');
    default:
        return read_word(r, at);
    }
}

static struct at read_elements(struct reader *r, struct at at)
{
    const struct open_container *c = r->open;

    do {
        if (ASL__UNLIKELY(!has_room(r, at)))
            at = make_room(r, at);
        if (at.p)
            at = read_value(r, at);
        if (at.p && r->open == c) {
            if (ASL__LIKELY(*at.p == ','))
                at.p++;
            else
                at = after_item(r, at);
        }
    } while (at.p && r->open == c);
    return at;
}

/* What follows KEY with its quotes and its colon, if that is what stands at P. */
static inline const char *past_key(const asl_value *key, const char *p, const char *end)
{
    const char *text = p + 1;
    size_t len = (uint8_t)key->u.bytes[1];

    if (ASL__UNLIKELY(key->u.bytes[0] != ASL_SHORT)) {
        len = key->u.big.count;
        if ((size_t)(end - p) < len + 3 || memcmp(text, key->u.big.as.text, len) != 0)
            return NULL;
    } else if (!is_short(key, text)) {
        return NULL;
    }
    return *p == '"' && memcmp(text + len, "\":", 2) == 0 ? text + len + 2 : NULL;
}

/* A key that was not expected, and its colon. */
static ASL__NOINLINE struct at read_key(struct reader *r, struct at at)
{
    r->open->shape_count = 0;
    if (at.p >= r->end || *at.p != '"')
        return fail_token(r, at.p);
    r->lexer.escaped = false;
    at = read_string(r, at);
    if (!at.p)
        return at;
    if (r->lexer.escaped)
        r->open->escaped = true;
    at.p = past_space(r, at.p);
    if (at.p >= r->end || *at.p != ':')
        return fail_token(r, at.p);
    at.p++;
    return at;
}

/* A key and its colon; what it is to be according to the shape is in *EXPECT. */
static ASL__INLINE struct at read_expected_key(struct reader *r, struct at at,
                                              const asl_member **expect,
                                              const asl_member *last)
{
    at.p = past_space(r, at.p);
    if (ASL__LIKELY(*expect < last)) {
        const asl_value *key = &(*expect)++->key;
        const char *next = past_key(key, at.p, r->end);
        if (ASL__LIKELY(next != NULL))
            return push(at, next, *key);
    }
    *expect = last;
    return read_key(r, at);
}

static struct at read_members(struct reader *r, struct at at)
{
    const struct open_container *c = r->open;
    size_t done = (size_t)(at.top - r->values - c->start) / 2;
    const asl_member *last = c->shape + c->shape_count;
    const asl_member *expect = done < c->shape_count ? c->shape + done : last;

    do {
        if (ASL__UNLIKELY(!has_room(r, at)))
            at = make_room(r, at);
        if (at.p)
            at = read_expected_key(r, at, &expect, last);
        if (at.p)
            at = read_value(r, at);
        if (at.p && r->open == c) {
            if (ASL__LIKELY(*at.p == ','))
                at.p++;
            else
                at = after_item(r, at);
        }
    } while (at.p && r->open == c);
    return at;
}

/* The whole text; whether it is JSON. */
static bool read_text(struct reader *r, const char *p)
{
    struct at at = { skip_space(p, r->end), r->values };

    if (at.p < r->end && (*at.p == '{' || *at.p == '['))
        at = enter(r, at, *at.p == '{');
    else
        at = slow_scalar(r, at);
    while (at.p && r->open != r->stack)
        at = r->open->object ? read_members(r, at) : read_elements(r, at);
    if (!at.p)
        return false;
    at.p = skip_space(at.p, r->end);
    if (at.p < r->end)
        at = fail_token(r, at.p);
    return at.p != NULL;
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
    r.full = r.few + FEW_VALUES - 2;
    r.open = r.stack;
    r.stack[0].depth = 0;
    r.deepest = r.stack + 1;
    memset(r.shapes, 0, sizeof r.shapes);
    r.problem = NULL;
    r.no_memory = false;
    bool ok = read_text(&r, text);
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
