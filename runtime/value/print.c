/* Printing values as JSON text; see buf.h.
 *
 * Room in the buffer is asked for once for a key and a plain value; strings are copied
 * 16 bytes at a time where SSE2 is there.
 */
#include "base.h"

#include "buf.h"
#include "container.h"
#include "number.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* ---- strings ----------------------------------------------------------------------- */

/* Bit I is set if byte I of the 16 at P may need an escape: quote, backslash, controls,
 * and 0xED, with which surrogates start. */
#ifdef __SSE2__
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
    if (asl__buf_reserve(printer->buf, spaces)) {
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
    asl__print(&buf, v);
    if (!buf.failed)
        text = asl_string(region, buf.data, buf.len);
    asl__buf_free(&buf);
    return text;
}
