/* JSONata: a number in the form of a picture (jsonata.md 12.1, from 5 on). */
#include "../value/base.h"

#include <math.h>

#include "number_picture.h"
#include "../value/number.h"

/* ---- the value ------------------------------------------------------------------- */

/* The number that reads DIGITS and exponent BY more than it has. */
static double shifted(double d, int by)
{
    char buf[ASL__NUMBER_SIZE + 16];
    size_t len = asl__double_print_js(buf, d);
    char *e = memchr(buf, 'e', len);
    long exponent = e ? strtol(e + 1, NULL, 10) : 0;
    size_t at = e ? (size_t)(e - buf) : len;

    buf[at++] = 'e';
    at += asl__integer_print(buf + at, exponent + by);
    return asl__number_parse(buf, at);
}

/* To an integer, halves to the even one. */
static double to_even(double d)
{
    double low = floor(d), part = d - low;

    if (part != 0.5)
        return part > 0.5 ? low + 1 : low;
    return fmod(low, 2) == 0 ? low : low + 1;
}

/* D's size rounded to PLACES and its digits in TEXT, as JavaScript's toFixed: digits,
 * `.`, PLACES digits; 1e+21 from there on.  Its length. */
enum { MOST_PLACES = 100, FIXED_SIZE = MOST_PLACES + 32 };

static size_t print_fixed(double d, int places, char *text)
{
    double scaled = places > 0 ? shifted(fabs(d), places) : fabs(d);
    double whole = to_even(scaled);

    if (isfinite(whole) && whole < 0x1p52) { /* all of its digits count */
        size_t len = asl__integer_print(text, (int64_t)whole), zeros = 0;
        if (places == 0)
            return len;
        if (len <= (size_t)places) {
            zeros = (size_t)places + 1 - len;
            memmove(text + zeros, text, len);
            memset(text, '0', zeros);
            len += zeros;
        }
        memmove(text + len - places + 1, text + len - places, (size_t)places);
        text[len - (size_t)places] = '.';
        return len + 1;
    }
    d = isfinite(whole) && places > 0 ? shifted(whole, -places) : fabs(d);
    if (!(d < 1e21))
        return asl__double_print_js(text, d);
    int len = snprintf(text, FIXED_SIZE, "%.*f", places, d); /* exact */
    if (places > 0)
        text[len - places - 1] = '.'; /* in any locale */
    return (size_t)len;
}

/* D as mantissa and exponent, the mantissa of SCALE digits before the point. */
static double mantissa_of(double d, size_t scale, int *exponent)
{
    double most = pow(10, (double)scale), least = pow(10, (double)scale - 1);
    double size = fabs(d);

    *exponent = 0;
    if (size == 0 || !isfinite(most)) /* too many digits: as it is */
        return d;
    for (; size < least; size *= 10)
        --*exponent;
    for (; size > most; size /= 10)
        ++*exponent;
    return d < 0 ? -size : size;
}

/* ---- putting it together --------------------------------------------------------- */

/* Code points being made. */
struct line {
    asl_eval *e;
    uint32_t *at;
    size_t len, room;
};

/* Room for COUNT more; false: no memory. */
static bool make_room(struct line *l, size_t count)
{
    size_t room = l->room * 2 > l->len + count ? l->room * 2 : l->len + count;

    if (l->room - l->len >= count)
        return true;
    uint32_t *at = asl_alloc(l->e->region, room * sizeof *at);
    if (!at)
        return false;
    if (l->len > 0)
        memcpy(at, l->at, l->len * sizeof *at);
    l->at = at;
    l->room = room;
    return true;
}

/* Inserts CODE at each of the COUNT places, which count what was inserted before and
 * only go up (a place that is passed already: there); false: no memory. */
static bool insert_all(struct line *l, const uint32_t *places, size_t count,
                       uint32_t code)
{
    struct line made = { l->e, NULL, 0, 0 };
    size_t from = 0;

    if (count == 0 || code == ASL__NO_CODE)
        return true;
    if (!make_room(&made, l->len + count))
        return false;
    for (size_t i = 0; i < count; i++) {
        while (made.len < places[i] && from < l->len)
            made.at[made.len++] = l->at[from++];
        made.at[made.len++] = code;
    }
    while (from < l->len)
        made.at[made.len++] = l->at[from++];
    *l = made;
    return true;
}

static void put_digits(const struct asl__number_format *f, struct line *l,
                       const char *digits, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool digit =
            digits[i] >= '0' && digits[i] <= '9' && f->code[ASL__ZERO] != ASL__NO_CODE;
        l->at[l->len++] =
            (unsigned char)digits[i] + (digit ? f->code[ASL__ZERO] - '0' : 0);
    }
}

static void put_zeros(const struct asl__number_format *f, struct line *l, size_t count)
{
    put_digits(f, l, "0", count > 0);
    for (size_t i = 1; i < count; i++, l->len++)
        l->at[l->len] = l->at[l->len - 1];
}

/* The LEN digits of the integer part with its least size, regular separators among
 * them; false: no memory. */
static bool put_integer_part(const struct asl__number_format *f,
                             const struct asl__sub_picture *p, struct line *l,
                             const char *digits, size_t len)
{
    size_t padding = p->least_integer > len ? p->least_integer - len : 0;
    size_t total = padding + len, every = p->regular, start = l->len;

    if (!make_room(l, 2 * total + 1))
        return false;
    put_zeros(f, l, padding);
    put_digits(f, l, digits, len);
    if (every == 0 || total <= every || f->code[ASL__GROUPING] == ASL__NO_CODE)
        return true;
    /* From the right, each digit goes to its place. */
    uint32_t *from = l->at + start + total, *to = from + (total - 1) / every;
    l->len += (total - 1) / every;
    for (size_t i = 0; to > from; i++) {
        if (i > 0 && i % every == 0)
            *--to = f->code[ASL__GROUPING];
        *--to = *--from;
    }
    return true;
}

/* Separators where the picture has them, as the reference puts them one by one: one
 * that is left of all digits counts from the other end.  PLACES has room for all of
 * them; false: no memory. */
static bool group_integer(const struct asl__number_format *f,
                          const struct asl__sub_picture *p, struct line *l,
                          uint32_t *places)
{
    struct asl__span made = { l->at, l->len };
    size_t position = asl__count_signs(f, p->integer), count = 0, len = l->len;
    size_t decimal = asl__span_find(made, f->code[ASL__DECIMAL], 0);
    bool from_end = true;

    for (size_t i = 0; i < p->integer.len; i++) {
        position -= asl__is_digit_sign(f, p->integer.at[i]);
        if (p->integer.at[i] != f->code[ASL__GROUPING])
            continue;
        if (from_end && position <= decimal) { /* the places begin anew on the left */
            if (!insert_all(l, places, count, f->code[ASL__GROUPING]))
                return false;
            count = 0;
            from_end = false;
        }
        size_t lacking = from_end ? position - decimal : 0;
        places[count++] = (uint32_t)(!from_end       ? decimal - position
                                     : lacking < len ? len - lacking
                                                     : 0);
        decimal++;
        len++;
    }
    return insert_all(l, places, count, f->code[ASL__GROUPING]);
}

/* The same in the fraction; from the second one on the reference looks for them in the
 * integer part. */
static bool group_fraction(const struct asl__number_format *f,
                           const struct asl__sub_picture *p, struct line *l,
                           uint32_t *places)
{
    struct asl__span made = { l->at, l->len };
    size_t at = asl__span_find(p->fraction, f->code[ASL__GROUPING], 0), counted = 0,
           count = 0;
    size_t place = asl__span_find(made, f->code[ASL__DECIMAL], 0) + 1;

    while (at != SIZE_MAX) {
        for (; counted < at && counted < p->fraction.len; counted++)
            place += asl__is_digit_sign(f, p->fraction.at[counted]);
        places[count++] = (uint32_t)place;
        at = asl__span_find(p->integer, f->code[ASL__GROUPING], at + 1);
    }
    return insert_all(l, places, count, f->code[ASL__GROUPING]);
}

/* Both; false: no memory. */
static bool group(const struct asl__number_format *f, const struct asl__sub_picture *p,
                  struct line *l)
{
    uint32_t few[32], *places = few;
    bool has_none = asl__span_find(p->fraction, f->code[ASL__GROUPING], 0) == SIZE_MAX;

    if (has_none && (p->regular ||
                     asl__span_find(p->integer, f->code[ASL__GROUPING], 0) == SIZE_MAX))
        return true;
    if (p->integer.len + 1 > ASL__COUNT_OF(few))
        places = asl_alloc(l->e->region, (p->integer.len + 1) * sizeof *places);
    return places && (p->regular || group_integer(f, p, l, places)) &&
           group_fraction(f, p, l, places);
}

/* The mantissa D in P's form. */
static asl_value put_mantissa(const struct asl__number_format *f,
                              const struct asl__sub_picture *p, struct line *l,
                              double d)
{
    char text[FIXED_SIZE];
    size_t places = p->most_fraction < MOST_PLACES ? p->most_fraction : MOST_PLACES;
    size_t len = print_fixed(d, (int)places, text), first = 0;
    const char *point = memchr(text, '.', len);
    size_t integer = point ? (size_t)(point - text) : len;

    while (first < integer && text[first] == '0')
        first++;
    while (point && len > integer + 1 && text[len - 1] == '0')
        len--;
    size_t fraction = point ? len - integer - 1 : 0;
    size_t padding = p->least_fraction > fraction ? p->least_fraction - fraction : 0;
    if (!put_integer_part(f, p, l, text + first, integer - first) ||
        !make_room(l, 1 + fraction + padding))
        return asl_no_memory();
    l->at[l->len++] = f->code[ASL__DECIMAL];
    put_digits(f, l, point ? point + 1 : "", fraction);
    put_zeros(f, l, padding);

    if (!group(f, p, l))
        return asl_no_memory();
    struct asl__span made = { l->at, l->len };
    if (asl__span_find(p->all, f->code[ASL__DECIMAL], 0) == SIZE_MAX ||
        asl__span_find(made, f->code[ASL__DECIMAL], 0) == l->len - 1)
        l->len--;
    return asl_undefined();
}

static void put_codes(struct asl__out *o, struct asl__span s)
{
    for (size_t i = 0; i < s.len && !asl__out_failed(o); i++)
        if (s.at[i] < 0x80)
            asl__out_char(o, (char)s.at[i]);
        else if (s.at[i] != ASL__NO_CODE)
            asl__out_code(o, s.at[i]);
}

static void put_property(struct asl__out *o, const struct asl__number_format *f,
                         enum asl__property p)
{
    size_t len;
    const char *text = asl__property_text(f, p, &len);

    asl__out_text(o, text, len);
}

static void put_exponent(struct asl__out *o, const struct asl__number_format *f,
                         const struct asl__sub_picture *p, int exponent)
{
    char digits[ASL__NUMBER_SIZE];
    uint32_t codes[ASL__NUMBER_SIZE];
    struct line l = { o->e, codes, 0, ASL__COUNT_OF(codes) };
    size_t len = asl__integer_print(digits, exponent < 0 ? -exponent : exponent);
    size_t padding = p->least_exponent > len ? p->least_exponent - len : 0;

    if (!make_room(&l, padding + len)) {
        o->error = asl_no_memory();
        return;
    }
    put_zeros(f, &l, padding);
    put_digits(f, &l, digits, len);
    put_property(o, f, ASL__EXPONENT);
    if (exponent < 0)
        put_property(o, f, ASL__MINUS);
    put_codes(o, (struct asl__span){ l.at, l.len });
}

asl_value asl__put_number(asl_eval *e, const struct asl__number_format *f,
                          const struct asl__sub_picture *p, double d, bool negated)
{
    uint32_t codes[64];
    struct line l = { e, codes, 0, ASL__COUNT_OF(codes) };
    struct asl__out o;
    int exponent = 0;

    d *= p->percents > 0 ? 100 : p->per_milles > 0 ? 1000 : 1;
    if (p->least_exponent > 0) {
        if (!isfinite(d))
            return asl_query_error(e, "D1001", NULL, asl_double(d));
        d = mantissa_of(d, p->scale, &exponent);
    }
    asl_value error = put_mantissa(f, p, &l, d);
    if (asl_is_error(error))
        return error;
    asl__out_begin(&o, e);
    if (negated)
        put_property(&o, f, ASL__MINUS);
    put_codes(&o, p->prefix);
    put_codes(&o, (struct asl__span){ l.at, l.len });
    if (p->least_exponent > 0)
        put_exponent(&o, f, p, exponent);
    put_codes(&o, p->suffix);
    return asl__out_end(&o);
}
