/* JSONata: pictures of integers (jsonata.md 12.2) and $formatInteger; words, Roman
 * numerals and letters are in jsonata_numeral.c. */
#include "../value/base.h"

#include <math.h>

#include "picture.h"
#include "../value/number.h"
#include "../value/utf8.h"

/* ---- what all pictures use ---------------------------------------------------- */

bool asl__out_more(struct asl__out *o, size_t extra)
{
    size_t wanted, room = o->room * 2;

    if (asl__out_failed(o))
        return false;
    if (!asl__size_add(o->len, extra, &wanted) || wanted > ASL__MOST_TEXT) {
        o->error = asl__too_much(o->e);
        return false;
    }
    char *data = asl_alloc(o->e->region, room < wanted ? wanted : room);
    if (!data) {
        o->error = asl_no_memory();
        return false;
    }
    memcpy(data, o->data, o->len);
    o->data = data;
    o->room = room < wanted ? wanted : room;
    return true;
}

asl_value asl__out_end(struct asl__out *o)
{
    if (asl__out_failed(o))
        return o->error;
    if (o->data != o->few)
        return asl_string_in(o->data, o->len);
    return asl_string(o->e->region, o->data, o->len);
}

void asl__out_code(struct asl__out *o, uint32_t code)
{
    if (asl__out_room(o, 4))
        o->len += asl__utf8_encode(code, o->data + o->len);
}

/* ---- analysing ---------------------------------------------------------------- */

uint32_t asl__digit_family(uint32_t code)
{
    static const uint16_t zeros[] = {
        0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6,
        0x0C66, 0x0CE6, 0x0D66, 0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090,
        0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40,
        0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
    };

    if (code < zeros[0])
        return code >= '0' && code <= '9' ? '0' : 0;
    for (size_t i = 0; i < ASL__COUNT_OF(zeros) && zeros[i] <= code; i++)
        if (code <= zeros[i] + 9U)
            return zeros[i];
    return 0;
}

/* The numbering that one or two letters stand for. */
static bool is_lettered(const char *text, size_t len, struct asl__integer_picture *p)
{
    char c = len > 0 ? text[0] : '\0';

    p->letters = c >= 'a' ? ASL__LOWER : ASL__UPPER;
    if (len == 2 && c == 'W' && text[1] == 'w')
        p->letters = ASL__TITLE;
    else if (len != 1)
        return false;
    p->numbering = c == 'a' || c == 'A'   ? ASL__LETTERS
                   : c == 'i' || c == 'I' ? ASL__ROMAN
                                          : ASL__WORDS;
    return p->numbering != ASL__WORDS || c == 'w' || c == 'W';
}

/* Where the separators of a picture stand, gathered from the left. */
struct spacing {
    uint32_t since; /* digits since the last separator */
    uint32_t gap;   /* between the first two; 0: not known */
    bool equal;     /* all alike so far, in gap and character */
};

static void note_separator(struct spacing *s, struct asl__integer_picture *p,
                           uint32_t code)
{
    if (!p->grouped)
        p->separator = code;
    else if (s->gap == 0)
        s->gap = s->since;
    else
        s->equal = s->equal && s->since == s->gap;
    s->equal = s->equal && code == p->separator && (!p->grouped || s->gap > 0);
    p->grouped = true;
    s->since = 0;
}

/* A decimal digit pattern.  False: digits of two families. */
static bool read_digits(struct asl__integer_picture *p)
{
    struct spacing s = { 0, 0, true };
    const char *at = p->text, *end = at + p->len;
    size_t bytes = 1;

    for (; at < end; at += bytes) {
        bytes = 1;
        uint32_t code = (unsigned char)*at < 0x80 ? (unsigned char)*at
                                                  : asl__utf8_decode(at, end, &bytes);
        uint32_t zero = asl__digit_family(code);
        if (zero == 0 && code != '#') {
            note_separator(&s, p, code);
            continue;
        }
        s.since++;
        p->optional += code == '#';
        p->mandatory += code != '#';
        if (zero != 0 && p->zero != 0 && zero != p->zero)
            return false;
        p->zero = zero ? zero : p->zero;
    }
    if (p->grouped && s.equal && (s.gap == 0 || s.gap == s.since))
        p->regular = s.since;
    p->numbering = p->mandatory > 0 ? ASL__DIGITS : ASL__NO_NUMBERING;
    return true;
}

bool asl__integer_analyse_part(const char *text, size_t len, bool ordinal,
                               struct asl__integer_picture *p)
{
    *p = (struct asl__integer_picture){ .ordinal = ordinal, .text = text, .len = len };
    return is_lettered(text, len, p) || read_digits(p);
}

bool asl__integer_analyse(const char *text, size_t len, struct asl__integer_picture *p)
{
    for (size_t i = len; i-- > 0;)
        if (text[i] == ';')
            return asl__integer_analyse_part(text, i, i + 1 < len && text[i + 1] == 'o',
                                             p);
    return asl__integer_analyse_part(text, len, false, p);
}

asl_value asl__no_numbering(asl_eval *e, const struct asl__integer_picture *p)
{
    return asl_query_error(e, "D3130", NULL, asl_string(e->region, p->text, p->len));
}

/* ---- formatting --------------------------------------------------------------- */

struct asl__integral asl__integral_of(asl_value number)
{
    if (asl_tag_of(number) == ASL_INTEGER)
        return asl__integral_int((int64_t)number.u.word.body);
    double d = floor(asl_to_double(number));
    if (fabs(d) < 0x1p53)
        return asl__integral_int((int64_t)d);
    return (struct asl__integral){ d < 0, false, 0, fabs(d) };
}

/* The digits of N as JavaScript prints them; their number. */
static size_t print_size(const struct asl__integral *n, char *buf)
{
    char reversed[20];
    size_t len = 0;

    if (!n->is_exact)
        return asl__double_print_js(buf, n->size);
    uint64_t rest = n->exact;
    do
        reversed[len++] = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    for (size_t i = 0; i < len; i++)
        buf[i] = reversed[len - 1 - i];
    return len;
}

/* A number in decimal digits: PADDING zeros and the LEN characters of DIGITS. */
struct digits {
    const char *digits;
    size_t len, padding;
    uint32_t zero; /* of their family */
};

static void put_digit(struct asl__out *o, const struct digits *d, size_t index)
{
    uint32_t c =
        index < d->padding ? '0' : (unsigned char)d->digits[index - d->padding];

    if (d->zero == '0')
        asl__out_char(o, (char)c);
    else
        asl__out_code(o, c + d->zero - '0');
}

static void put_regular(struct asl__out *o, const struct asl__integer_picture *p,
                        const struct digits *d)
{
    size_t total = d->padding + d->len, every = p->regular ? p->regular : total;
    size_t until = (total - 1) % every + 1; /* the next separator */

    for (size_t i = 0; i < total && !asl__out_failed(o); i++) {
        if (i == until) {
            asl__out_code(o, p->separator);
            until += every;
        }
        put_digit(o, d, i);
    }
}

/* Separators where the picture has them.  As in the reference one that stands left of
 * all digits goes in front and what is behind it is cut to as many characters as were
 * lacking; so what is in front is a stack. */
struct spread {
    uint32_t *front; /* separators in front, the last one leftmost */
    size_t count;
    size_t next, total; /* digits */
};

static size_t rest_of(const struct spread *s)
{
    return s->count + s->total - s->next;
}

static void put_in_front(struct spread *s, uint32_t separator, size_t position)
{
    size_t len = rest_of(s), lacking = position - len;
    size_t drop = lacking < len ? len - lacking : 0;
    size_t of_front = drop < s->count ? drop : s->count;

    s->count -= of_front;
    s->next += drop - of_front;
    s->front[s->count++] = separator;
}

/* Adds characters until REST are left. */
static void put_until(struct asl__out *o, struct spread *s, const struct digits *d,
                      size_t rest)
{
    while (rest_of(s) > rest && !asl__out_failed(o))
        if (s->count > 0)
            asl__out_code(o, s->front[--s->count]);
        else
            put_digit(o, d, s->next++);
}

static void put_irregular(struct asl__out *o, const struct asl__integer_picture *p,
                          const struct digits *d)
{
    size_t position = (size_t)p->mandatory + p->optional;
    struct spread s = { asl_alloc(o->e->region, p->len * sizeof(uint32_t)), 0, 0,
                        d->padding + d->len };
    const char *at = p->text, *end = at + p->len;
    bool started = false;

    if (!s.front) {
        o->error = asl_no_memory();
        return;
    }
    for (size_t bytes; at < end && !asl__out_failed(o); at += bytes) {
        uint32_t code = asl__utf8_decode(at, end, &bytes);
        if (code == '#' || asl__digit_family(code)) {
            position--;
        } else if (!started && position > rest_of(&s)) {
            put_in_front(&s, code, position);
        } else {
            started = true;
            put_until(o, &s, d, position);
            asl__out_code(o, code);
        }
    }
    put_until(o, &s, d, 0);
}

/* `st`, `nd`, `rd` or `th` behind what stands from START. */
static void put_suffix(struct asl__out *o, size_t start)
{
    static const char suffixes[] = "stndrd";
    size_t len = o->len - start;

    if (asl__out_failed(o))
        return;
    char last = len > 0 ? o->data[o->len - 1] : '\0';
    bool teen = len > 1 && o->data[o->len - 2] == '1';
    bool has_own = last >= '1' && last <= '3' && !teen;
    asl__out_text(o, has_own ? suffixes + 2 * (last - '1') : "th", 2);
}

static void put_decimal(struct asl__out *o, const struct asl__integer_picture *p,
                        const struct asl__integral *n)
{
    char buf[ASL__NUMBER_SIZE];
    size_t len = print_size(n, buf), start = o->len;
    struct digits d = { buf, len, p->mandatory > len ? p->mandatory - len : 0,
                        p->zero };

    if (p->zero == '0' && !p->grouped) { /* nearly always */
        if (asl__out_room(o, d.padding + len)) {
            memset(o->data + o->len, '0', d.padding);
            memcpy(o->data + o->len + d.padding, buf, len);
            o->len += d.padding + len;
        }
    } else if (p->grouped && p->regular == 0) {
        put_irregular(o, p, &d);
    } else {
        put_regular(o, p, &d);
    }
    if (p->ordinal)
        put_suffix(o, start);
}

void asl__put_integer(struct asl__out *o, const struct asl__integer_picture *p,
                      struct asl__integral n)
{
    if (p->numbering == ASL__NO_NUMBERING)
        o->error = asl__no_numbering(o->e, p);
    else if (p->numbering != ASL__DIGITS && !n.is_exact && !isfinite(n.size))
        o->error = asl_query_error(o->e, "D1001", NULL,
                                   asl_double(n.negative ? -n.size : n.size));
    if (asl__out_failed(o))
        return;
    if (n.negative)
        asl__out_char(o, '-');
    switch (p->numbering) {
    case ASL__DIGITS: put_decimal(o, p, &n); break;
    case ASL__LETTERS: asl__put_letters(o, p->letters == ASL__UPPER, n); break;
    case ASL__ROMAN: asl__put_roman(o, p->letters == ASL__UPPER, n); break;
    case ASL__WORDS: asl__put_words(o, p, n); break;
    case ASL__NO_NUMBERING: break;
    }
}

asl_value asl_fn_formatInteger(asl_eval *e, asl_value context, uint32_t n,
                               const asl_value *args)
{
    struct asl__integer_picture p;
    struct asl__out o;
    asl_value given[2], error;

    if (n != 2 || !asl_is_number(args[0]) || !asl_is_string(args[1])) {
        error = asl__checked(e, &asl_fv_formatInteger, context, n, args, given);
        if (asl_is_error(error) || asl_is_undefined(given[0]))
            return error;
        args = given;
    }
    if (!asl_is_string(args[1])) /* undefined */
        return asl_query_error(e, "T0410", "formatInteger", asl_integer(2));
    if (!asl__integer_analyse(asl_text(&args[1]), asl_text_len(args[1]), &p))
        return asl_query_error(e, "D3131", NULL, asl_undefined());
    asl__out_begin(&o, e);
    asl__put_integer(&o, &p, asl__integral_of(args[0]));
    return asl__out_end(&o);
}
