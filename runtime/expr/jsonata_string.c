/* JSONata: $string, which is JSON text with numbers rounded to 15 significant digits
 * and functions as empty strings. */
#include "../value/base.h"

#include <math.h>

#include "jsonata_text.h"
#include "../value/number.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* ---- numbers --------------------------------------------------------------------- */

#define TEN_TO_15 1000000000000000
/* From here on rounding to 15 digits leaves the doubles: JSON has null for that. */
#define TOO_LARGE 1.797693134862315e308

/* V, a finite number, at TO with room for ASL__NUMBER_SIZE; the length. */
static size_t put_number(char *to, asl_value v)
{
    if (asl__tag(v) == ASL_INTEGER) {
        int64_t i = (int64_t)v.u.word.body;
        if (i > -TEN_TO_15 && i < TEN_TO_15)
            return asl__integer_print(to, i);
    }
    double d = asl_to_double(v);
    if (fabs(d) > TOO_LARGE) {
        memcpy(to, "null", 4);
        return 4;
    }
    return asl__double_print_15(to, d);
}

static bool is_finite(asl_value v)
{
    return asl__tag(v) == ASL_INTEGER || isfinite(asl_to_double(v));
}

/* ---- JSON text ------------------------------------------------------------------- */

struct printer {
    struct asl__text text;
    size_t indent; /* of the line */
    bool pretty;
    asl_value wrong; /* a number that is none, else undefined */
};

/* Whether C must not stand in a JSON string as it is; 0xED may start a surrogate. */
static inline bool is_special(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\' || c == 0xED;
}

/* Bytes of P that need no escape. */
static size_t plain_prefix(const char *p, size_t len)
{
    size_t i = 0;

#ifdef __SSE2__
    for (; i + 16 <= len; i += 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
        __m128i quote = _mm_cmpeq_epi8(x, _mm_set1_epi8('"'));
        __m128i slash = _mm_cmpeq_epi8(x, _mm_set1_epi8('\\'));
        __m128i half = _mm_cmpeq_epi8(x, _mm_set1_epi8((char)0xED));
        __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(0x1F)), x);
        unsigned mask = (unsigned)_mm_movemask_epi8(
            _mm_or_si128(_mm_or_si128(quote, slash), _mm_or_si128(half, control)));
        if (mask)
            return i + (size_t)__builtin_ctz(mask);
    }
#endif
    while (i < len && !is_special((unsigned char)p[i]))
        i++;
    return i;
}

/* \uXXXX as JavaScript has it: small letters. */
static void put_escaped_unit(struct asl__text *t, unsigned unit)
{
    static const char hex[] = "0123456789abcdef";
    const char text[6] = { '\\',
                           'u',
                           hex[unit >> 12 & 15],
                           hex[unit >> 8 & 15],
                           hex[unit >> 4 & 15],
                           hex[unit & 15] };

    asl__text_put(t, text, sizeof text);
}

/* The special byte at P; the bytes it was. */
static size_t put_special(struct asl__text *t, const char *p, size_t len)
{
    static const char letters[] = "btn\0fr"; /* of 8..13; 11 has none */
    unsigned char c = (unsigned char)*p;

    if (c == 0xED) {
        if (len < 3 || (unsigned char)p[1] < 0xA0) {
            asl__text_put(t, p, 1);
            return 1;
        }
        put_escaped_unit(t, 0xD000 | ((unsigned char)p[1] & 0x3Fu) << 6 |
                                ((unsigned char)p[2] & 0x3Fu));
        return 3;
    }
    if (c >= 0x20 || (c >= 8 && c <= 13 && letters[c - 8])) {
        const char text[2] = { '\\', c >= 0x20 ? (char)c : letters[c - 8] };
        asl__text_put(t, text, sizeof text);
    } else {
        put_escaped_unit(t, c);
    }
    return 1;
}

static inline void put_char(struct asl__text *t, char c)
{
    if (asl__text_reserve(t, 1))
        t->data[t->len++] = c;
}

static void put_quoted(struct asl__text *t, asl_value v)
{
    const char *p = asl_text(&v);
    size_t len = asl_text_len(v);

    if (!asl__text_reserve(t, len + 2))
        return;
    t->data[t->len++] = '"';
    while (len > 0) {
        size_t plain = plain_prefix(p, len);
        if (!asl__text_reserve(t, plain + 1))
            return;
        memcpy(t->data + t->len, p, plain);
        t->len += plain;
        p += plain;
        len -= plain;
        if (len > 0) {
            size_t taken = put_special(t, p, len);
            p += taken;
            len -= taken;
        }
    }
    put_char(t, '"');
}

static void put_line(struct printer *p)
{
    if (!p->pretty || !asl__text_reserve(&p->text, 2 * p->indent + 1))
        return;
    p->text.data[p->text.len++] = '\n';
    memset(p->text.data + p->text.len, ' ', 2 * p->indent);
    p->text.len += 2 * p->indent;
}

static void put_value(struct printer *p, asl_value v);

static void put_items(struct printer *p, asl_value v)
{
    const asl_value *items = asl__items(v);
    uint32_t count = asl__count(v);

    put_char(&p->text, '[');
    p->indent++;
    for (uint32_t i = 0; i < count && !p->text.failed; i++) {
        if (i > 0)
            put_char(&p->text, ',');
        put_line(p);
        put_value(p, items[i]);
    }
    p->indent--;
    if (count > 0)
        put_line(p);
    put_char(&p->text, ']');
}

static void put_members(struct printer *p, asl_value v)
{
    const asl_member *m = asl__members(v), *end = asl__members_end(v);
    bool any = false;

    put_char(&p->text, '{');
    p->indent++;
    for (; m != end && !p->text.failed; m++) {
        if (asl_is_undefined(m->value))
            continue;
        if (any)
            put_char(&p->text, ',');
        any = true;
        put_line(p);
        put_quoted(&p->text, m->key);
        put_char(&p->text, ':');
        if (p->pretty)
            put_char(&p->text, ' ');
        put_value(p, m->value);
    }
    p->indent--;
    if (any)
        put_line(p);
    put_char(&p->text, '}');
}

static void put_digits(struct printer *p, asl_value v)
{
    if (!is_finite(v)) {
        p->wrong = v;
        p->text.failed = true;
    } else if (asl__text_reserve(&p->text, ASL__NUMBER_SIZE)) {
        p->text.len += put_number(p->text.data + p->text.len, v);
    }
}

static void put_value(struct printer *p, asl_value v)
{
    switch (asl_tag_of(v)) {
    case ASL_FALSE: asl__text_put(&p->text, "false", 5); break;
    case ASL_TRUE: asl__text_put(&p->text, "true", 4); break;
    case ASL_INTEGER:
    case ASL_DOUBLE:
    case ASL_DECIMAL: put_digits(p, v); break;
    case ASL_SHORT:
    case ASL_LONG: put_quoted(&p->text, v); break;
    case ASL_ARRAY: put_items(p, v); break;
    case ASL_OBJECT: put_members(p, v); break;
    case ASL_FUNCTION: asl__text_put(&p->text, "\"\"", 2); break;
    case ASL_UNDEFINED: /* of a group that took no part in a match */
    case ASL_NULL:
    case ASL_FAILURE:
    case ASL_UNSET: asl__text_put(&p->text, "null", 4); break;
    }
}

static asl_value json_of(asl_eval *e, asl_value v, bool pretty)
{
    struct printer p = { .text = { .region = e->region },
                         .pretty = pretty,
                         .wrong = asl_undefined() };

    put_value(&p, v);
    if (!asl_is_undefined(p.wrong))
        return asl_query_error(e, "D1001", NULL, p.wrong);
    return asl__text_end(&p.text);
}

static asl_value number_text(asl_eval *e, asl_value v)
{
    char digits[ASL__NUMBER_SIZE];

    if (!is_finite(v))
        return asl_query_error(e, "D3001", "string", v);
    return asl_string(e->region, digits, put_number(digits, v));
}

static asl_value string_of(asl_eval *e, asl_value v, bool pretty)
{
    switch (asl_tag_of(v)) {
    case ASL_UNDEFINED:
    case ASL_SHORT:
    case ASL_LONG:
    case ASL_FAILURE: return v;
    case ASL_NULL: return asl_str("null");
    case ASL_FALSE: return asl_str("false");
    case ASL_TRUE: return asl_str("true");
    case ASL_INTEGER:
    case ASL_DOUBLE:
    case ASL_DECIMAL: return number_text(e, v);
    case ASL_FUNCTION:
    case ASL_UNSET: return asl_str("");
    case ASL_ARRAY:
    case ASL_OBJECT: break;
    }
    return json_of(e, v, pretty);
}

asl_value asl__string_of(asl_eval *e, asl_value v)
{
    return string_of(e, v, false);
}

asl_value asl_fn_string(asl_eval *e, asl_value context, uint32_t n,
                        const asl_value *args)
{
    asl_value out[2] = { asl_undefined(), asl_undefined() };

    if (n == 1)
        return string_of(e, args[0], false);
    asl_value problem = asl__checked(e, &asl_fv_string, context, n, args, out);
    if (asl_is_error(problem))
        return problem;
    return string_of(e, out[0], asl_is_true(out[1]));
}
