/* JSONata: text as UTF-16 units; see jsonata_text.h. */
#include "../value/base.h"

#include "jsonata_text.h"
#include "../value/utf8.h"

/* The character that stands for the surrogate UNIT. */
enum { SPLIT = 0x100000 };

/* The bytes that the text would have when split; 0 if it needs no splitting. */
static size_t split_len(const char *text, size_t len)
{
    size_t extra = 0;

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0xF0)
            extra += 4;
        else if (c == 0xED && i + 1 < len && (unsigned char)text[i + 1] >= 0xA0)
            extra += 1;
    }
    if (extra == 0 && asl__utf8_valid(text, len, false))
        return 0;
    /* A byte that is no UTF-8 becomes three. */
    return asl__utf8_valid(text, len, true) ? len + extra : 4 * len;
}

static size_t put_units(char *to, uint32_t code)
{
    if (code >= 0xD800 && code <= 0xDFFF)
        return asl__utf8_encode(SPLIT + code, to);
    if (code < 0x10000)
        return asl__utf8_encode(code, to);
    code -= 0x10000;
    size_t len = asl__utf8_encode(SPLIT + 0xD800 + (code >> 10), to);
    return len + asl__utf8_encode(SPLIT + 0xDC00 + (code & 0x3FF), to + len);
}

bool asl__units_of(asl_eval *e, asl_value v, struct asl__units *u)
{
    *u = (struct asl__units){ .whole = v };
    u->text = asl_text(&u->whole);
    u->len = asl_text_len(v);
    size_t plain = asl__ascii_prefix(u->text, u->len);
    u->ascii = plain == u->len;
    size_t room = u->ascii ? 0 : split_len(u->text + plain, u->len - plain);
    if (room == 0)
        return true;
    char *split = asl_alloc(e->region, plain + room);
    if (!split)
        return false;
    memcpy(split, u->text, plain);
    char *to = split + plain;
    for (const char *p = u->text + plain, *end = u->text + u->len; p < end;) {
        size_t len;
        uint32_t code = asl__utf8_decode(p, end, &len);
        to += put_units(to, code);
        p += len;
    }
    u->text = split;
    u->len = (size_t)(to - split);
    u->split = true;
    return true;
}

/* Copies split text, LEN bytes, as WTF-8; the end of it. */
static char *unsplit(char *to, const char *p, size_t len)
{
    char *start = to;

    for (const char *end = p + len; p < end;) {
        if ((unsigned char)*p == 0xF4) { /* F4 8D xx xx for ED xx xx */
            *to++ = (char)0xED;
            p += 2;
        } else {
            *to++ = *p++;
        }
    }
    return start + asl__utf8_join_surrogates(start, (size_t)(to - start));
}

asl_value asl__units_part(asl_eval *e, const struct asl__units *u, size_t start,
                          size_t end)
{
    if (!u->split)
        return asl__part(u->whole, start, end);
    struct asl__text t = { .region = e->region };
    asl__units_put(&t, u, start, end);
    return asl__text_end(&t);
}

void asl__units_put(struct asl__text *t, const struct asl__units *u, size_t start,
                    size_t end)
{
    if (!u->split) {
        asl__text_put(t, u->text + start, end - start);
        return;
    }
    /* Behind the end, to join the first of it with what stands before. */
    if (!asl__text_reserve(t, 2 * (end - start)))
        return;
    char *part = t->data + t->len + (end - start);
    size_t len = (size_t)(unsplit(part, u->text + start, end - start) - part);
    asl__text_put(t, part, len);
}

size_t asl__units_count(const struct asl__units *u, size_t start, size_t end)
{
    return u->ascii ? end - start : asl__utf8_code_points(u->text + start, end - start);
}

size_t asl__units_offset(const struct asl__units *u, size_t index)
{
    if (u->ascii)
        return index < u->len ? index : u->len;
    return asl__utf8_code_point_offset(u->text, u->len, index);
}

/* Whether the text starts with a low surrogate or ends with a high one: it may be found
 * inside a character. */
static bool is_cut(const char *text, size_t len)
{
    const unsigned char *p = (const unsigned char *)text;

    return len >= 3 && ((p[0] == 0xED && p[1] >= 0xB0) ||
                        (p[len - 3] == 0xED && (p[len - 2] & 0xF0) == 0xA0));
}

bool asl__search(asl_eval *e, asl_value in, asl_value what, struct asl__search *s)
{
    s->needle = what;
    s->what = asl_text(&s->needle);
    s->len = asl_text_len(what);
    s->in = (struct asl__units){ .whole = in };
    s->in.text = asl_text(&s->in.whole);
    s->in.len = asl_text_len(in);
    if (ASL__LIKELY(!is_cut(s->what, s->len)))
        return true;
    if (!asl__units_of(e, what, &s->split_needle) || !asl__units_of(e, in, &s->in))
        return false;
    s->what = s->split_needle.text;
    s->len = s->split_needle.len;
    return true;
}
