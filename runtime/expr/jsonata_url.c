/* JSONata: URLs and base64.  Base64 takes and gives one byte for one UTF-16 unit, as
 * the reference does. */
#include "../value/base.h"

#include "jsonata_text.h"
#include "../value/utf8.h"

/* ---- URLs ------------------------------------------------------------------------ */

/* What encodeURIComponent leaves; encodeURI and decodeURI leave RESERVED, too. */
#define UNRESERVED "-_.!~*'()"
#define RESERVED ";/?:@&=+$,#"

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_one_of(const char *set, char c)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static asl_value malformed(asl_eval *e, const asl_function *self, asl_value s)
{
    return asl_query_error(e, "D3140", self->name, s);
}

static asl_value encode(asl_eval *e, const asl_function *self, asl_value s,
                        const char *kept)
{
    static const char hex[] = "0123456789ABCDEF";
    const char *p = asl_text(&s), *end = p + asl_text_len(s);
    struct asl__text t = { .region = e->region };

    if (!asl__utf8_valid(p, (size_t)(end - p), false))
        return malformed(e, self, s);
    for (; p < end && asl__text_reserve(&t, (size_t)(end - p) + 2); p++) {
        char *to = t.data + t.len;
        if (is_letter_or_digit(*p) || is_one_of(kept, *p)) {
            *to = *p;
            t.len++;
        } else {
            to[0] = '%';
            to[1] = hex[(unsigned char)*p >> 4];
            to[2] = hex[*p & 15];
            t.len += 3;
        }
    }
    return asl__text_end(&t);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* The byte of the escape at P; -1 if there is none. */
static int escaped_byte(const char *p, const char *end)
{
    if (end - p < 3 || *p != '%' || hex_value(p[1]) < 0 || hex_value(p[2]) < 0)
        return -1;
    return hex_value(p[1]) << 4 | hex_value(p[2]);
}

/* The bytes of the character whose escapes start at P to OUT; their number, 0 if they
 * are no character. */
static size_t escaped_character(const char *p, const char *end, char *out)
{
    int byte = escaped_byte(p, end);
    size_t count = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;

    for (size_t i = 0; i < count; i++, p += 3) {
        byte = escaped_byte(p, end);
        if (byte < 0)
            return 0;
        out[i] = (char)byte;
    }
    return asl__utf8_valid(out, count, false) ? count : 0;
}

static asl_value decode(asl_eval *e, const asl_function *self, asl_value s,
                        const char *kept)
{
    const char *p = asl_text(&s), *end = p + asl_text_len(s);
    struct asl__text t = { .region = e->region };

    if (!memchr(p, '%', (size_t)(end - p)))
        return s;
    if (!asl__text_reserve(&t, (size_t)(end - p)))
        return asl_no_memory();
    while (p < end) {
        char bytes[4];
        const char *escape = memchr(p, '%', (size_t)(end - p));
        asl__text_put(&t, p, (size_t)((escape ? escape : end) - p));
        if (!escape)
            break;
        size_t count = escaped_character(escape, end, bytes);
        if (count == 0)
            return malformed(e, self, s);
        if (count == 1 && is_one_of(kept, *bytes))
            asl__text_put(&t, escape, 3);
        else
            asl__text_put(&t, bytes, count);
        p = escape + 3 * count;
    }
    return asl__text_end(&t);
}

asl_value asl_fn_encodeUrl(asl_eval *e, asl_value context, uint32_t n,
                           const asl_value *args)
{
    asl_value s;

    if (!asl__one_string(e, &asl_fv_encodeUrl, context, n, args, &s))
        return s;
    return encode(e, &asl_fv_encodeUrl, s, UNRESERVED RESERVED);
}

asl_value asl_fn_encodeUrlComponent(asl_eval *e, asl_value context, uint32_t n,
                                    const asl_value *args)
{
    asl_value s;

    if (!asl__one_string(e, &asl_fv_encodeUrlComponent, context, n, args, &s))
        return s;
    return encode(e, &asl_fv_encodeUrlComponent, s, UNRESERVED);
}

asl_value asl_fn_decodeUrl(asl_eval *e, asl_value context, uint32_t n,
                           const asl_value *args)
{
    asl_value s;

    if (!asl__one_string(e, &asl_fv_decodeUrl, context, n, args, &s))
        return s;
    return decode(e, &asl_fv_decodeUrl, s, RESERVED);
}

asl_value asl_fn_decodeUrlComponent(asl_eval *e, asl_value context, uint32_t n,
                                    const asl_value *args)
{
    asl_value s;

    if (!asl__one_string(e, &asl_fv_decodeUrlComponent, context, n, args, &s))
        return s;
    return decode(e, &asl_fv_decodeUrlComponent, s, "");
}

/* ---- base64 ---------------------------------------------------------------------- */

/* Three bytes as four characters. */
static void put_base64(char *to, unsigned a, unsigned b, unsigned c)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    to[0] = digits[a >> 2];
    to[1] = digits[(a & 3) << 4 | b >> 4];
    to[2] = digits[(b & 15) << 2 | c >> 6];
    to[3] = digits[c & 63];
}

/* The low bytes of the units of the string S: S itself where it is ASCII.  NULL without
 * memory. */
static const unsigned char *low_bytes(asl_eval *e, const asl_value *s, size_t *len)
{
    const char *p = asl_text(s), *end = p + asl_text_len(*s);

    *len = (size_t)(end - p);
    if (asl__ascii_prefix(p, *len) == *len)
        return (const unsigned char *)p;
    unsigned char *bytes = asl_alloc(e->region, *len), *to = bytes;
    while (bytes && p < end) {
        size_t taken;
        uint32_t code = asl__utf8_decode(p, end, &taken);
        if (code >= 0x10000) /* the low byte of the high surrogate comes first */
            *to++ = (unsigned char)((code - 0x10000) >> 10);
        *to++ = (unsigned char)code;
        p += taken;
    }
    *len = (size_t)(to - bytes);
    return bytes;
}

asl_value asl_fn_base64encode(asl_eval *e, asl_value context, uint32_t n,
                              const asl_value *args)
{
    asl_value s;
    size_t len;
    struct asl__text t = { .region = e->region };

    if (!asl__one_string(e, &asl_fv_base64encode, context, n, args, &s))
        return s;
    const unsigned char *p = low_bytes(e, &s, &len);
    if (!p || !asl__text_reserve(&t, (len + 2) / 3 * 4))
        return asl_no_memory();
    for (; len >= 3; len -= 3, p += 3, t.len += 4)
        put_base64(t.data + t.len, p[0], p[1], p[2]);
    if (len > 0) {
        put_base64(t.data + t.len, p[0], len > 1 ? p[1] : 0, 0);
        t.data[t.len + 3] = '=';
        if (len == 1)
            t.data[t.len + 2] = '=';
        t.len += 4;
    }
    return asl__text_end(&t);
}

/* The six bits of C, also in the alphabet of URLs; -1 if it has none. */
static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

/* Up to the first `=`; what is no digit is skipped, as Node does. */
asl_value asl_fn_base64decode(asl_eval *e, asl_value context, uint32_t n,
                              const asl_value *args)
{
    asl_value s;
    unsigned bits = 0, count = 0;
    struct asl__text t = { .region = e->region };

    if (!asl__one_string(e, &asl_fv_base64decode, context, n, args, &s))
        return s;
    const char *p = asl_text(&s), *end = p + asl_text_len(s);
    /* A byte of 128 and more is two of UTF-8. */
    if (!asl__text_reserve(&t, (size_t)(end - p) / 4 * 6 + 6))
        return asl_no_memory();
    for (; p < end && *p != '='; p++) {
        int value = base64_value(*p);
        if (value < 0)
            continue;
        bits = bits << 6 | (unsigned)value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            t.len += asl__utf8_encode(bits >> count & 0xFF, t.data + t.len);
        }
    }
    return asl__text_end(&t);
}
