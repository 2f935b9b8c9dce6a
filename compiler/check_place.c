/*
 * check_place.c - where a byte of a decoded string stands in the source.
 *
 * The source is read again the way the string is written: JSON and double quotes with
 * their escapes, single quotes, YAML's blocks, plain.  Each byte must come out as the
 * reader had it; where it does not (a ${NAME} was filled, lines were folded in another
 * way) the place is not known, and the whole string is pointed at.
 */
#include <string.h>

#include "arena.h"
#include "check_rules.h"

/* A string and how far it has been read. */
struct writing {
    const char *at, *end; /* in the source */
    const char *text;     /* what is still to come out of it, */
    const char *text_end;
    size_t indent; /* of a block's lines */
    char style;    /* its first byte */
};

static int hex_value(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* COUNT hexadecimal digits at AT; -1 if they are none. */
static int64_t hex_number(const char *at, const char *end, size_t count)
{
    int64_t number = 0;

    if ((size_t)(end - at) < count)
        return -1;
    for (; count > 0; count--, at++) {
        if (hex_value(*at) < 0)
            return -1;
        number = 16 * number + hex_value(*at);
    }
    return number;
}

/* The bytes of CODE in UTF-8, a lone surrogate as WTF-8; how many. */
static size_t encode(int64_t code, char *out)
{
    size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

    if (len == 1) {
        out[0] = (char)code;
        return 1;
    }
    for (size_t i = len - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3F));
    out[0] = (char)((0xF00 >> len & 0xF0) | code);
    return len;
}

/* The escape at w->at to OUT: how many bytes it means, 0 if it is none that is known;
 * *SIZE is what it takes in the source. */
static size_t read_escape(const struct writing *w, char *out, size_t *size)
{
    static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    const char *at = w->at + 1, *name;
    int64_t code, low;

    if (at == w->end)
        return 0;
    name = memchr(names, *at, sizeof names - 1);
    *size = 2;
    if (name) {
        *out = meant[name - names];
        return 1;
    }
    *size = *at == 'x' ? 4 : *at == 'u' ? 6 : *at == 'U' ? 10 : 0;
    code = *size ? hex_number(at + 1, w->end, *size - 2) : -1;
    if (code >= 0xD800 && code <= 0xDBFF && w->end - at >= 11 && at[5] == '\\' &&
        at[6] == 'u') {
        low = hex_number(at + 7, w->end, 4);
        if (low >= 0xDC00 && low <= 0xDFFF) {
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            *size = 12;
        }
    }
    return code >= 0 && code <= 0x10FFFF ? encode(code, out) : 0;
}

/* Takes SIZE bytes of the source that mean the LEN bytes at OUT. */
static bool take(struct writing *w, size_t size, const char *out, size_t len)
{
    if ((size_t)(w->text_end - w->text) < len || memcmp(w->text, out, len) != 0)
        return false;
    w->at += size;
    w->text += len;
    return true;
}

static bool take_escape(struct writing *w)
{
    char out[4];
    size_t size, len = read_escape(w, out, &size);

    return len > 0 && take(w, size, out, len);
}

/* The end of a line and the blanks around it: as it is, or one blank. */
static bool take_line_end(struct writing *w)
{
    size_t size = 1, blanks = 0;

    if (w->style == '|' || w->style == '>') {
        while (blanks < w->indent && w->at + size < w->end && w->at[size] == ' ')
            size++, blanks++;
    } else {
        while (w->at + size < w->end && (w->at[size] == ' ' || w->at[size] == '\t'))
            size++;
    }
    return take(w, size, w->style == '|' ? "\n" : " ", 1);
}

/* Behind the first line of a block; its indentation is that of the next one. */
static void enter_block(struct writing *w)
{
    const char *line = memchr(w->at, '\n', (size_t)(w->end - w->at));

    w->at = line ? line + 1 : w->end;
    while (w->at < w->end && *w->at == ' ') {
        w->at++;
        w->indent++;
    }
}

static bool take_one(struct writing *w)
{
    if (w->style == '"' && *w->at == '\\')
        return take_escape(w);
    if (w->style == '\'' && *w->at == '\'')
        return take(w, 2, "'", 1);
    if (*w->at == '\n')
        return take_line_end(w);
    return take(w, 1, w->at, 1);
}

static void begin(struct writing *w, const char *source, const struct node *string)
{
    *w = (struct writing){ .at = source + string->span.begin,
                           .end = source + string->span.end,
                           .text = string->text,
                           .text_end = string->text + string->len };
    w->style = w->at < w->end ? *w->at : '\0';
    if (w->style == '"' || w->style == '\'') {
        w->at++;
        w->end--;
    } else if (w->style == '|' || w->style == '>') {
        enter_block(w);
    }
}

/* Up to the byte at OFFSET of STRING's text; false where that does not go. */
static bool advance(struct writing *w, const struct node *string, size_t offset)
{
    while (w->text < string->text + offset)
        if (w->at >= w->end || !take_one(w))
            return false;
    return true;
}

/* Where each STEP-th byte stands, for the string that was asked for last: it may have
 * thousands of mistakes. */
enum { STEP = 256 };

struct places {
    const struct node *string;
    struct writing *list;
    size_t count; /* those that could be reached */
};

static const struct places *places_of(struct check *check, const struct node *string)
{
    struct places *places = check->places;
    struct writing w;

    if (places && places->string == string)
        return places;
    if (!places)
        places = check->places = ARENA_NEW(check->arena, struct places);
    places->string = string;
    places->list = ARENA_ARRAY(check->arena, string->len / STEP + 1, struct writing);
    places->count = 0;
    begin(&w, check->diags->source->text, string);
    do
        places->list[places->count++] = w;
    while (places->count <= string->len / STEP &&
           advance(&w, string, places->count * STEP));
    return places;
}

bool check_place(struct check *check, const struct node *string, size_t offset,
                 uint32_t *place)
{
    const struct places *places = places_of(check, string);
    size_t nearest;
    struct writing w;

    if (offset > string->len)
        offset = string->len;
    nearest = offset / STEP < places->count ? offset / STEP : places->count - 1;
    w = places->list[nearest];
    if (!advance(&w, string, offset))
        return false;
    *place = (uint32_t)(w.at - check->diags->source->text);
    return w.at < w.end || offset == string->len;
}
