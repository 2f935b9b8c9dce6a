/* Printing values as JSON text; see buf.h.
 *
 * Compact text has a printer of its own: room in the buffer is asked for once for a key
 * and a plain value, and the position is passed in a register.  Strings are copied 16
 * bytes at a time where SSE2 is there.
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
static inline unsigned mask_of(__m128i x)
{
    __m128i quote = _mm_cmpeq_epi8(x, _mm_set1_epi8('"'));
    __m128i slash = _mm_cmpeq_epi8(x, _mm_set1_epi8('\\'));
    __m128i surrogate = _mm_cmpeq_epi8(x, _mm_set1_epi8((char)0xED));
    __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(0x1F)), x);

    return (unsigned)_mm_movemask_epi8(
        _mm_or_si128(_mm_or_si128(quote, slash), _mm_or_si128(surrogate, control)));
}

static unsigned escape_mask(const char *p)
{
    return mask_of(_mm_loadu_si128((const __m128i *)(const void *)p));
}

/* Writes the bytes of the short string V; false if one may need an escape.  V is in
 * registers: what is stored in two words and loaded as one would wait for the stores. */
static inline bool put_short(char *to, asl_value v)
{
    uint64_t first = v.u.word.head >> 16;
    unsigned mask = mask_of(
        _mm_set_epi64x((long long)v.u.word.body, (long long)v.u.word.head));

    memcpy(to, &first, 8);
    memcpy(to + 6, &v.u.word.body, 8);
    return ((mask >> 2) & ((1u << asl_text_len(v)) - 1)) == 0;
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

static inline bool put_short(char *to, asl_value v)
{
    size_t len = asl_text_len(v);

    memcpy(to, asl_text(&v), ASL_SHORT_MAX);
    return ((escape_mask((const char *)&v) >> 2) & ((1u << len) - 1)) == 0;
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

/* The LEN bytes at TEXT, escaped, where there is room for 6 for each and 16 more. */
static inline char *put_text(char *to, const char *text, size_t len)
{
    size_t done = 0;

    while (len - done >= 16 && escape_mask(text + done) == 0) {
        memcpy(to + done, text + done, 16);
        if (len - done == 16)
            return to + len;
        /* The last 16 overlap with those before. */
        done += len - done >= 32 ? 16 : len - done - 16;
    }
    return put_piece(to + done, text + done, text + len);
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
        buf->len += (size_t)(put_text(start, p, piece) - start);
        p += piece;
    }
    put_char(buf, '"');
}

/* A string that is at most PIECE long, with its quotes; room for 6 bytes for each and 18
 * more. */
static inline char *put_quoted(char *to, asl_value v)
{
    *to++ = '"';
    /* The bytes of a short string start at the third of its 16. */
    if (asl__tag(v) == ASL_SHORT && put_short(to, v))
        to += asl_text_len(v);
    else
        to = put_text(to, asl_text(&v), asl_text_len(v));
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
    case ASL_INTEGER:
        if (v.u.word.body < 10000)
            return asl__put_small(to, (uint32_t)v.u.word.body);
        return to + asl__integer_print(to, (int64_t)v.u.word.body);
    case ASL_DOUBLE: return put_double(to, v.u.big.as.number);
    case ASL_SHORT: return put_quoted(to, v);
    default: memcpy(to, "null", 4); return to + 4;
    }
}

/* The members of an error as the object that a Catch is given; their number. */
static size_t error_members(const asl_error_info *info, asl_member *members)
{
    size_t count = 0;

    if (!asl_is_undefined(info->error))
        members[count++] = (asl_member){ asl_str("Error"), info->error };
    if (!asl_is_undefined(info->cause))
        members[count++] = (asl_member){ asl_str("Cause"), info->cause };
    return count;
}

/* ---- compact ------------------------------------------------------------------------ */

/* TO is where the next byte goes; it is in a register, and buf->len behind it until room
 * is made.  What returns it leaves room for one byte more, or returns NULL: the buffer
 * has failed. */

enum { ITEM_ROOM = PLAIN_ROOM + 2, KEY_ROOM = 6 * ASL_SHORT_MAX + 20 };

static ASL__NOINLINE char *more_room(struct asl__buf *buf, char *to, size_t extra)
{
    buf->len = (size_t)(to - buf->data);
    return asl__buf_grow(buf, extra) ? buf->data + buf->len : NULL;
}

static inline char *room(struct asl__buf *buf, char *to, size_t extra)
{
    if (ASL__LIKELY((size_t)(buf->data + buf->capacity - to) >= extra))
        return to;
    return more_room(buf, to, extra);
}

static char *compact_text(struct asl__buf *buf, char *to, asl_value v)
{
    size_t len = asl_text_len(v);

    if (ASL__LIKELY(len <= PIECE)) {
        to = room(buf, to, 6 * len + 19);
        return to ? put_quoted(to, v) : NULL;
    }
    buf->len = (size_t)(to - buf->data);
    asl__print_string(buf, asl_text(&v), len);
    return buf->failed ? NULL : room(buf, buf->data + buf->len, 1);
}

static char *compact_array(struct asl__buf *buf, char *to, asl_value v);
static char *compact_members(struct asl__buf *buf, char *to, const asl_member *m,
                             size_t count);

static char *compact_decimal(struct asl__buf *buf, char *to, const asl_decimal *decimal)
{
    to = room(buf, to, (size_t)decimal->len + 1);
    if (!to)
        return NULL;
    memcpy(to, decimal->text, decimal->len);
    return to + decimal->len;
}

static char *compact_error(struct asl__buf *buf, char *to, const asl_error_info *info)
{
    asl_member members[2];

    return compact_members(buf, to, members, error_members(info, members));
}

/* V where there is ITEM_ROOM. */
static inline char *compact_item(struct asl__buf *buf, char *to, asl_value v)
{
    switch (asl_tag_of(v)) {
    case ASL_UNDEFINED:
    case ASL_NULL:
    case ASL_FALSE:
    case ASL_TRUE:
    case ASL_INTEGER:
    case ASL_DOUBLE:
    case ASL_SHORT: return put_plain(to, v);
    case ASL_DECIMAL: return compact_decimal(buf, to, v.u.big.as.decimal);
    case ASL_LONG: return compact_text(buf, to, v);
    case ASL_ARRAY: return compact_array(buf, to, v);
    case ASL_OBJECT: return compact_members(buf, to, asl__members(v), asl__count(v));
    case ASL_FAILURE: return compact_error(buf, to, v.u.big.as.error);
    case ASL_FUNCTION: /* as JSONata has them */
    case ASL_UNSET: return put_plain(to, asl_str(""));
    }
    return to;
}

/* BEFORE, a key and its colon; then there is ITEM_ROOM. */
static inline char *compact_key(struct asl__buf *buf, char *to, asl_value key,
                                char before)
{
    to = room(buf, to, KEY_ROOM + ITEM_ROOM);
    if (ASL__UNLIKELY(!to))
        return NULL;
    *to++ = before;
    if (ASL__LIKELY(asl__tag(key) == ASL_SHORT))
        to = put_quoted(to, key);
    else
        to = compact_text(buf, to, key);
    if (ASL__UNLIKELY(!to))
        return NULL;
    *to++ = ':';
    return asl__tag(key) == ASL_SHORT ? to : room(buf, to, ITEM_ROOM);
}

/* Whether the limit of BUF has been passed at TO: then it has failed. */
static inline bool is_over_limit(struct asl__buf *buf, const char *to)
{
    if (ASL__LIKELY(!buf->limit || (size_t)(to - buf->data) <= buf->limit))
        return false;
    buf->len = (size_t)(to - buf->data);
    buf->failed = true;
    return true;
}

static char *compact_members(struct asl__buf *buf, char *to, const asl_member *m,
                             size_t count)
{
    char before = '{';

    if (is_over_limit(buf, to))
        return NULL;
    if (count == 0)
        *to++ = before;
    for (size_t i = 0; i < count; i++, before = ',') {
        to = compact_key(buf, to, m[i].key, before);
        if (to)
            to = compact_item(buf, to, m[i].value);
        if (ASL__UNLIKELY(!to))
            return NULL;
    }
    to = room(buf, to, 2);
    if (to)
        *to++ = '}';
    return to;
}

static char *compact_array(struct asl__buf *buf, char *to, asl_value v)
{
    char before = '[';

    if (is_over_limit(buf, to))
        return NULL;
    if (asl__count(v) == 0)
        *to++ = before;
    for (size_t i = 0; i < asl__count(v); i++, before = ',') {
        to = room(buf, to, ITEM_ROOM + 1);
        if (ASL__UNLIKELY(!to))
            return NULL;
        *to++ = before;
        to = compact_item(buf, to, asl__items(v)[i]);
        if (ASL__UNLIKELY(!to))
            return NULL;
    }
    to = room(buf, to, 2);
    if (to)
        *to++ = ']';
    return to;
}

/* ---- over several lines ------------------------------------------------------------- */

struct printer {
    struct asl__buf *buf;
    size_t indent;
};

static void print_value(struct printer *printer, asl_value v);

static void new_line(struct printer *printer)
{
    size_t spaces = printer->indent * 2;

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

static void print_items(struct printer *printer, asl_value v)
{
    struct asl__buf *buf = printer->buf;

    for (size_t i = 0; i < asl__count(v) && !buf->failed; i++) {
        if (i > 0)
            put_char(buf, ',');
        new_line(printer);
        print_value(printer, asl__items(v)[i]);
    }
}

static void print_array(struct printer *printer, asl_value v)
{
    put_char(printer->buf, '[');
    printer->indent++;
    print_items(printer, v);
    printer->indent--;
    if (asl__count(v) > 0)
        new_line(printer);
    put_char(printer->buf, ']');
}

static void print_member(struct printer *printer, asl_value key, asl_value v)
{
    new_line(printer);
    print_text(printer, key);
    put_char(printer->buf, ':');
    put_char(printer->buf, ' ');
    print_value(printer, v);
}

static void print_members(struct printer *printer, asl_value v)
{
    struct asl__buf *buf = printer->buf;

    for (size_t i = 0; i < asl__count(v) && !buf->failed; i++) {
        const asl_member *m = asl_member_at(v, i);
        if (i > 0)
            put_char(buf, ',');
        print_member(printer, m->key, m->value);
    }
}

static void print_object(struct printer *printer, asl_value v)
{
    put_char(printer->buf, '{');
    printer->indent++;
    print_members(printer, v);
    printer->indent--;
    if (asl__count(v) > 0)
        new_line(printer);
    put_char(printer->buf, '}');
}

/* An error as the object that a Catch is given. */
static void print_error(struct printer *printer, const asl_error_info *info)
{
    asl_member members[2];
    size_t count = error_members(info, members);

    put_char(printer->buf, '{');
    printer->indent++;
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            put_char(printer->buf, ',');
        print_member(printer, members[i].key, members[i].value);
    }
    printer->indent--;
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
    case ASL_FUNCTION:
    case ASL_UNSET: asl__buf_append(buf, "\"\"", 2); break;
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
    if (buf->failed || !asl__buf_reserve(buf, ITEM_ROOM))
        return;
    char *to = compact_item(buf, buf->data + buf->len, v);
    if (to)
        buf->len = (size_t)(to - buf->data);
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
