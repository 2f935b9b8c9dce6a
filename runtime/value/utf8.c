/* UTF-8, WTF-8 and UTF-16 counting; see utf8.h. */
#include "base.h"

#include "utf8.h"

size_t asl__utf8_encode(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

/* The length a first byte asks for, and the payload bits in it; 0 if it is none. */
static size_t sequence_len(unsigned char first, uint32_t *bits)
{
    if (first < 0x80) {
        *bits = first;
        return 1;
    }
    if (first >= 0xC2 && first < 0xE0) {
        *bits = first & 0x1Fu;
        return 2;
    }
    if (first >= 0xE0 && first < 0xF0) {
        *bits = first & 0x0Fu;
        return 3;
    }
    if (first >= 0xF0 && first < 0xF5) {
        *bits = first & 0x07u;
        return 4;
    }
    return 0;
}

/* One sequence at P: its length and code point, or 0 if it is not well-formed. */
static size_t decode_strict(const char *p, const char *end, uint32_t *code)
{
    uint32_t value;
    size_t len = sequence_len((unsigned char)*p, &value);

    if (len == 0 || (size_t)(end - p) < len)
        return 0;
    for (size_t i = 1; i < len; i++) {
        unsigned char c = (unsigned char)p[i];
        if ((c & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (c & 0x3Fu);
    }
    if ((len == 3 && value < 0x800) || (len == 4 && (value < 0x10000 || value > 0x10FFFF)))
        return 0;
    *code = value;
    return len;
}

uint32_t asl__utf8_decode(const char *p, const char *end, size_t *len)
{
    uint32_t code = 0;

    *len = decode_strict(p, end, &code);
    if (*len)
        return code;
    *len = 1;
    return 0xFFFD;
}

size_t asl__utf8_valid_prefix(const char *text, size_t len, bool surrogates)
{
    const char *p = text, *end = text + len;

    while (p < end) {
        uint32_t code = 0;
        size_t n;

        if ((unsigned char)*p < 0x80) {
            p++;
            continue;
        }
        n = decode_strict(p, end, &code);
        if (n == 0 || (!surrogates && code >= 0xD800 && code <= 0xDFFF))
            break;
        p += n;
    }
    return (size_t)(p - text);
}

bool asl__utf8_valid(const char *text, size_t len, bool surrogates)
{
    return asl__utf8_valid_prefix(text, len, surrogates) == len;
}

size_t asl__utf8_utf16_len(const char *text, size_t len)
{
    size_t units = 0;

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        units += (c & 0xC0) != 0x80; /* every sequence has one first byte */
        units += c >= 0xF0;
    }
    return units;
}

size_t asl__utf8_code_points(const char *text, size_t len)
{
    size_t points = 0;

    for (size_t i = 0; i < len; i++)
        points += ((unsigned char)text[i] & 0xC0) != 0x80;
    return points;
}

/* Walks to unit INDEX, where a sequence of four bytes counts WIDE units. */
static size_t offset_of(const char *text, size_t len, size_t index, size_t wide)
{
    size_t offset = 0, seen = 0;

    while (offset < len && seen < index) {
        seen += (unsigned char)text[offset] >= 0xF0 ? wide : 1;
        if (seen > index)
            break;
        do
            offset++;
        while (offset < len && ((unsigned char)text[offset] & 0xC0) == 0x80);
    }
    return offset;
}

size_t asl__utf8_utf16_offset(const char *text, size_t len, size_t index)
{
    return offset_of(text, len, index, 2);
}

size_t asl__utf8_code_point_offset(const char *text, size_t len, size_t index)
{
    return offset_of(text, len, index, 1);
}

/* Reads a WTF-8 text as UTF-16 units. */
struct units {
    const char *p, *end;
    uint32_t low; /* second half of a pair still to come, or 0 */
};

/* The next unit, or -1 at the end. */
static int32_t next_unit(struct units *units)
{
    if (units->low) {
        int32_t low = (int32_t)units->low;
        units->low = 0;
        return low;
    }
    if (units->p >= units->end)
        return -1;
    size_t len;
    uint32_t code = asl__utf8_decode(units->p, units->end, &len);
    units->p += len;
    if (code < 0x10000)
        return (int32_t)code;
    units->low = 0xDC00 + (code & 0x3FF);
    return (int32_t)(0xD800 + ((code - 0x10000) >> 10));
}

int asl__utf8_compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t same = 0, least = a_len < b_len ? a_len : b_len;

    while (same < least && a[same] == b[same])
        same++;
    if (same == least && a_len == b_len)
        return 0;
    /* Back to the start of the sequence that differs. */
    while (same > 0 && ((same < a_len && ((unsigned char)a[same] & 0xC0) == 0x80) ||
                        (same < b_len && ((unsigned char)b[same] & 0xC0) == 0x80)))
        same--;
    struct units x = { a + same, a + a_len, 0 }, y = { b + same, b + b_len, 0 };
    int32_t p, q;
    do {
        p = next_unit(&x);
        q = next_unit(&y);
    } while (p == q && p >= 0);
    return (p > q) - (p < q);
}

/* Whether P starts an encoded surrogate of the given range (0xA0 high, 0xB0 low). */
static bool is_surrogate(const char *p, const char *end, unsigned kind)
{
    return end - p >= 3 && (unsigned char)p[0] == 0xED &&
           ((unsigned char)p[1] & 0xF0u) == kind;
}

size_t asl__utf8_join_surrogates(char *text, size_t len)
{
    const char *p = text, *end = text + len;
    char *to = text;

    while (p < end) {
        if (is_surrogate(p, end, 0xA0) && is_surrogate(p + 3, end, 0xB0)) {
            uint32_t high = (((unsigned char)p[1] & 0xFu) << 6) | ((unsigned char)p[2] & 0x3Fu);
            uint32_t low = (((unsigned char)p[4] & 0xFu) << 6) | ((unsigned char)p[5] & 0x3Fu);
            to += asl__utf8_encode(0x10000 + (high << 10) + low, to);
            p += 6;
        } else {
            *to++ = *p++;
        }
    }
    return (size_t)(to - text);
}
