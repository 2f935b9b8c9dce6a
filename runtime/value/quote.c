/* JSON text inside a JSON string.  All that asl__print writes is printable: only quotes
 * and backslashes need an escape. */
#include "base.h"

#include "buf.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { STEP = 16 };

/* Which of the STEP bytes at P are a quote or a backslash. */
static unsigned quote_mask(const char *p)
{
#ifdef __SSE2__
    __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i quote = _mm_cmpeq_epi8(x, _mm_set1_epi8('"'));
    __m128i slash = _mm_cmpeq_epi8(x, _mm_set1_epi8('\\'));

    return (unsigned)_mm_movemask_epi8(_mm_or_si128(quote, slash));
#else
    unsigned mask = 0;

    for (unsigned i = 0; i < STEP; i++)
        mask |= (unsigned)(p[i] == '"' || p[i] == '\\') << i;
    return mask;
#endif
}

/* STEP bytes, a backslash before those of MASK.  What stands between two of them is
 * copied as STEP bytes, whatever its length. */
static inline char *put_step(char *to, const char *p, unsigned mask)
{
    unsigned done = 0;

    for (; mask != 0; mask &= mask - 1) {
        unsigned special = (unsigned)__builtin_ctz(mask);
        memcpy(to, p + done, STEP);
        to += special - done;
        *to++ = '\\';
        done = special;
    }
    memcpy(to, p + done, STEP);
    return to + (STEP - done);
}

void asl__print_quoted(struct asl__buf *buf, struct asl__buf *json)
{
    size_t len = json->len, room;

    if (json->failed || !asl__buf_reserve(json, 2 * STEP) ||
        !asl__size_mul(len, 2, &room) || !asl__size_add(room, 3 * STEP + 2, &room)) {
        buf->failed = true;
        return;
    }
    if (!asl__buf_reserve(buf, room))
        return;
    const char *p = json->data, *end = p + len;
    char *to = buf->data + buf->len;
    /* What is read too much is plain, and taken back below. */
    memset(json->data + len, 0, 2 * STEP);
    *to++ = '"';
    for (; p < end; p += STEP)
        to = put_step(to, p, quote_mask(p));
    to -= p - end;
    *to++ = '"';
    buf->len = (size_t)(to - buf->data);
}
