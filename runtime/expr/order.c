/* The order of a Java HashMap: by bucket, within one by time of insertion.  The table has
 * 16 buckets and doubles when it is more than three quarters full. */
#include "../value/base.h"

#include "order.h"
#include "../value/utf8.h"

uint32_t asl__java_hash(const char *text, size_t len)
{
    const char *end = text + len;
    uint32_t hash = 0;

    while (text < end) {
        size_t bytes;
        uint32_t code = asl__utf8_decode(text, end, &bytes);
        if (code >= 0x10000) {
            hash = 31 * hash + (0xD800 + ((code - 0x10000) >> 10));
            code = 0xDC00 + ((code - 0x10000) & 0x3FF);
        }
        hash = 31 * hash + code;
        text += bytes;
    }
    return hash;
}

/* Names that are being sorted. */
struct sorting {
    const char *const *names;
    const size_t *lens;
    size_t mask;
};

static bool comes_before(const struct sorting *s, size_t a, size_t b)
{
    uint32_t x = asl__java_hash(s->names[a], s->lens[a]);
    uint32_t y = asl__java_hash(s->names[b], s->lens[b]);
    size_t p = (x ^ (x >> 16)) & s->mask, q = (y ^ (y >> 16)) & s->mask;

    return p != q ? p < q : a < b;
}

/* Lets OUT[at] sink to its place in the heap (the last name on top). */
static void sink(const struct sorting *s, size_t *out, size_t at, size_t n)
{
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && comes_before(s, out[child], out[child + 1]))
            child++;
        if (!comes_before(s, out[at], out[child]))
            return;
        size_t swap = out[at];
        out[at] = out[child];
        out[child] = swap;
    }
}

void asl__java_order(const char *const *names, const size_t *lens, size_t n,
                     size_t *out)
{
    struct sorting s = { names, lens, 15 };

    while (n > (s.mask + 1) / 4 * 3)
        s.mask = 2 * s.mask + 1;
    for (size_t i = 0; i < n; i++)
        out[i] = i;
    for (size_t i = n / 2; i-- > 0;)
        sink(&s, out, i, n);
    for (size_t left = n; left > 1;) {
        size_t last = out[--left];
        out[left] = out[0];
        out[0] = last;
        sink(&s, out, 0, left);
    }
}
