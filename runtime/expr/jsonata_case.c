/* JSONata: $uppercase and $lowercase, with the full mappings of Unicode: one character
 * may become three, and a sigma that ends a word has a form of its own. */
#include "../value/base.h"

#include "jsonata_text.h"
#include "../value/utf8.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Characters FIRST, FIRST + STEP, ... (COUNT of them), each of which becomes itself +
 * DELTA. */
struct asl__case_range {
    uint32_t first;
    uint16_t count, step;
    int32_t delta;
};

/* A character that becomes several. */
struct asl__case_special {
    uint32_t code;
    uint8_t len;
    char text[7];
};

#include "unicode_case.h"

struct mapping {
    const struct asl__case_range *ranges;
    size_t nranges;
    const struct asl__case_special *specials;
    size_t nspecials;
    char from; /* the first letter of ASCII that changes, 'a' or 'A' */
};

static const struct mapping to_upper = { upper_ranges, ASL__COUNT_OF(upper_ranges),
                                         upper_specials, ASL__COUNT_OF(upper_specials),
                                         'a' };
static const struct mapping to_lower = { lower_ranges, ASL__COUNT_OF(lower_ranges),
                                         lower_specials, ASL__COUNT_OF(lower_specials),
                                         'A' };

/* ---- one character --------------------------------------------------------------- */

static uint32_t map_one(const struct mapping *m, uint32_t code)
{
    size_t low = 0, high = m->nranges; /* the range is below HIGH */

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (m->ranges[middle].first <= code)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return code;
    const struct asl__case_range *range = &m->ranges[low - 1];
    uint32_t behind = code - range->first;
    if (behind >= (uint32_t)range->count * range->step || behind % range->step != 0)
        return code;
    return (uint32_t)((int32_t)code + range->delta);
}

static const struct asl__case_special *special_of(const struct mapping *m,
                                                  uint32_t code)
{
    size_t low = 0, high = m->nspecials;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (m->specials[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low < m->nspecials && m->specials[low].code == code ? &m->specials[low]
                                                               : NULL;
}

uint32_t asl__upper_of(uint32_t code)
{
    return map_one(&to_upper, code);
}

void asl__each_upper(void (*visit)(void *to, uint32_t code, uint32_t upper), void *to)
{
    for (size_t i = 0; i < to_upper.nranges; i++) {
        const struct asl__case_range *range = &to_upper.ranges[i];
        for (uint32_t k = 0; k < range->count; k++) {
            uint32_t code = range->first + k * range->step;
            visit(to, code, (uint32_t)((int32_t)code + range->delta));
        }
    }
}

/* ---- sigma ----------------------------------------------------------------------- */

enum { CAPITAL_SIGMA = 0x3A3, SMALL_SIGMA = 0x3C3, FINAL_SIGMA = 0x3C2 };

/* Whether CODE is in one of the RANGES, each first << 11 | count - 1. */
static bool is_in(const uint32_t *ranges, size_t count, uint32_t code)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (ranges[middle] >> 11 <= code)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && code - (ranges[low - 1] >> 11) <= (ranges[low - 1] & 0x7FF);
}

/* A character that says whether a word goes on there: 1 cased, 0 not, -1 it says
 * nothing. */
static int is_word(uint32_t code)
{
    if (is_in(ignorable, ASL__COUNT_OF(ignorable), code))
        return -1;
    return is_in(cased, ASL__COUNT_OF(cased), code);
}

/* Whether the sigma from P up to NEXT ends a word of the text from START to END. */
static bool is_final(const char *start, const char *p, const char *next,
                     const char *end)
{
    size_t len;
    int word = -1;

    while (p > start && word < 0) {
        do
            p--;
        while (p > start && ((unsigned char)*p & 0xC0) == 0x80);
        word = is_word(asl__utf8_decode(p, end, &len));
    }
    if (word <= 0)
        return false;
    for (word = -1; next < end && word < 0; next += len)
        word = is_word(asl__utf8_decode(next, end, &len));
    return word <= 0;
}

/* ---- texts ----------------------------------------------------------------------- */

/* Changes the first bytes of TEXT that are ASCII into TO; their number. */
static size_t map_ascii(char *to, const char *text, size_t len, char from)
{
    size_t i = 0;

#ifdef __SSE2__
    __m128i below = _mm_set1_epi8((char)(from - 1)),
            above = _mm_set1_epi8((char)(from + 26));
    for (; i + 16 <= len; i += 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)(text + i));
        if (_mm_movemask_epi8(x))
            break;
        __m128i letter =
            _mm_and_si128(_mm_cmpgt_epi8(x, below), _mm_cmplt_epi8(x, above));
        x = _mm_xor_si128(x, _mm_and_si128(letter, _mm_set1_epi8(0x20)));
        _mm_storeu_si128((__m128i *)(void *)(to + i), x);
    }
#endif
    for (; i < len && (unsigned char)text[i] < 0x80; i++)
        to[i] =
            text[i] >= from && text[i] < from + 26 ? (char)(text[i] ^ 0x20) : text[i];
    return i;
}

/* The character CODE, which stands from P up to NEXT in the text from START to END. */
static void put_mapped(struct asl__text *t, const struct mapping *m, uint32_t code,
                       const char *const at[4])
{
    const struct asl__case_special *special = special_of(m, code);
    char text[4];

    if (special) {
        asl__text_put(t, special->text, special->len);
        return;
    }
    uint32_t mapped = map_one(m, code);
    if (code == CAPITAL_SIGMA && mapped == SMALL_SIGMA &&
        is_final(at[0], at[1], at[2], at[3]))
        mapped = FINAL_SIGMA;
    if (mapped == code) /* also a byte that is no UTF-8 */
        asl__text_put(t, at[1], (size_t)(at[2] - at[1]));
    else
        asl__text_put(t, text, asl__utf8_encode(mapped, text));
}

static asl_value map_text(asl_eval *e, asl_value s, const struct mapping *m)
{
    const char *start = asl_text(&s), *p = start, *end = p + asl_text_len(s);
    struct asl__text t = { .region = e->region };

    while (p < end && asl__text_reserve(&t, (size_t)(end - p))) {
        size_t plain = map_ascii(t.data + t.len, p, (size_t)(end - p), m->from);
        t.len += plain;
        p += plain;
        while (p < end && (unsigned char)*p >= 0x80) {
            size_t len;
            uint32_t code = asl__utf8_decode(p, end, &len);
            put_mapped(&t, m, code, (const char *const[4]){ start, p, p + len, end });
            p += len;
        }
    }
    return asl__text_end(&t);
}

/* A short string in its 16 bytes, of which the first two are no letters. */
static asl_value map_short(asl_eval *e, asl_value s, const struct mapping *m)
{
    if ((s.u.word.head | s.u.word.body) & UINT64_C(0x8080808080808080))
        return map_text(e, s, m);
    asl_value mapped = s;
    map_ascii((char *)&mapped, (const char *)&s, sizeof s, m->from);
    return mapped;
}

static asl_value map_value(asl_eval *e, asl_value s, const struct mapping *m)
{
    return asl__tag(s) == ASL_SHORT ? map_short(e, s, m) : map_text(e, s, m);
}

asl_value asl_fn_uppercase(asl_eval *e, asl_value context, uint32_t n,
                           const asl_value *args)
{
    asl_value s;

    if (!asl__one_string(e, &asl_fv_uppercase, context, n, args, &s))
        return s;
    return map_value(e, s, &to_upper);
}

asl_value asl_fn_lowercase(asl_eval *e, asl_value context, uint32_t n,
                           const asl_value *args)
{
    asl_value s;

    if (!asl__one_string(e, &asl_fv_lowercase, context, n, args, &s))
        return s;
    return map_value(e, s, &to_lower);
}
