/* JSONata: $formatNumber (jsonata.md 12.1).
 *
 * A sub-picture is its code points, cut into
 *
 *     prefix | integer . fraction e exponent | suffix
 *
 * where the middle is what lies between the first and the last active character.  Where the
 * reference strays from XPath F&O 4.7, so do we; where it hangs or dies, we do not. */
#include "../value/base.h"

#include <math.h>

#include "picture.h"
#include "../value/number.h"
#include "../value/utf8.h"

/* ---- properties ------------------------------------------------------------------ */

enum property { DECIMAL, GROUPING, EXPONENT, MINUS, PERCENT, PER_MILLE, ZERO, DIGIT, PATTERN };

/* Their names; the defaults are what format_of begins with. */
static const struct {
    const char *name, *usual;
} properties[] = {
    [DECIMAL] = { "decimal-separator", "." },
    [GROUPING] = { "grouping-separator", "," },
    [EXPONENT] = { "exponent-separator", "e" },
    [MINUS] = { "minus-sign", "-" },
    [PERCENT] = { "percent", "%" },
    [PER_MILLE] = { "per-mille", "\xE2\x80\xB0" },
    [ZERO] = { "zero-digit", "0" },
    [DIGIT] = { "digit", "#" },
    [PATTERN] = { "pattern-separator", ";" },
};
enum { PROPERTIES = ASL__COUNT_OF(properties) };
#define NO_CODE UINT32_MAX /* is no character */

struct format {
    uint32_t code[PROPERTIES];  /* the first character; NO_CODE: an empty text */
    asl_value text[PROPERTIES]; /* as given; undefined: the usual one */
};

static const struct format usual_format = {
    .code = { '.', ',', 'e', '-', '%', 0x2030, '0', '#', ';' }
};

/* What OPTIONS say; an error or undefined. */
static asl_value format_of(asl_eval *e, asl_value options, struct format *f)
{
    size_t bytes;

    *f = usual_format;
    for (size_t i = 0; i < PROPERTIES && asl_is_object(options); i++) {
        const char *name = properties[i].name;
        asl_value v = asl_member_of(options, asl_string_in(name, strlen(name)));
        if (asl_is_undefined(v))
            continue;
        if (!asl_is_string(v))
            return asl_query_error(e, "T0410", "formatNumber", asl_integer(3));
        size_t len = asl_text_len(v);
        const char *text = asl_text(&v);
        f->code[i] = len > 0 ? asl__utf8_decode(text, text + len, &bytes) : NO_CODE;
        f->text[i] = v;
    }
    return asl_undefined();
}

/* The text of property P; it lives as long as *F. */
static const char *text_of(const struct format *f, enum property p, size_t *len)
{
    if (asl_is_string(f->text[p])) {
        *len = asl_text_len(f->text[p]);
        return asl_text(&f->text[p]);
    }
    *len = strlen(properties[p].usual);
    return properties[p].usual;
}

static bool is_digit(const struct format *f, uint32_t code)
{
    return code - f->code[ZERO] < 10 && f->code[ZERO] != NO_CODE;
}

static bool is_sign(const struct format *f, uint32_t code) /* of a digit */
{
    return is_digit(f, code) || code == f->code[DIGIT];
}

/* Active but for the exponent separator. */
static bool is_active(const struct format *f, uint32_t code)
{
    return is_sign(f, code) || code == f->code[DECIMAL] || code == f->code[GROUPING];
}

/* ---- sub-pictures ---------------------------------------------------------------- */

/* Code points of a picture; a part of one. */
struct span {
    const uint32_t *at;
    size_t len;
};

static struct span span_of(const uint32_t *at, size_t from, size_t to)
{
    return (struct span){ at + from, to > from ? to - from : 0 };
}

/* Where CODE is first in S from FROM on; SIZE_MAX: nowhere. */
static size_t find(struct span s, uint32_t code, size_t from)
{
    for (size_t i = from; i < s.len; i++)
        if (s.at[i] == code)
            return i;
    return SIZE_MAX;
}

static size_t count_digits(const struct format *f, struct span s)
{
    size_t sum = 0;

    for (size_t i = 0; i < s.len; i++)
        sum += is_digit(f, s.at[i]);
    return sum;
}

static size_t count_signs(const struct format *f, struct span s)
{
    size_t sum = 0;

    for (size_t i = 0; i < s.len; i++)
        sum += is_sign(f, s.at[i]);
    return sum;
}

struct sub_picture {
    struct span all, prefix, suffix, active, mantissa, integer, fraction, exponent;
    bool has_exponent, has_decimal;
    unsigned percents, per_milles;
    size_t regular; /* a grouping separator after each so many digits; 0: by position */
    size_t least_integer, scale, least_fraction, most_fraction, least_exponent;
};

/* How often property P (a text of any length) is in the LEN bytes at TEXT: 0, 1 or 2. */
static unsigned occurrences(const struct format *f, enum property p, const char *text,
                            size_t len)
{
    size_t size;
    const char *wanted = text_of(f, p, &size), *end = text + len;
    unsigned count = 0;

    for (; size > 0 && count < 2 && (size_t)(end - text) >= size; text++)
        count += memcmp(text, wanted, size) == 0;
    return count;
}

/* Cuts P->all into its parts; false: it has no active character. */
static bool cut(const struct format *f, struct sub_picture *p)
{
    const uint32_t *at = p->all.at;
    size_t first = 0, last = p->all.len, exponent;

    while (first < last && !is_active(f, at[first]))
        first++;
    while (last > first && !is_active(f, at[last - 1]))
        last--;
    if (first == last)
        return false;
    p->prefix = span_of(at, 0, first);
    p->suffix = span_of(at, last, p->all.len);
    p->active = p->mantissa = span_of(at, first, last);
    exponent = find(p->all, f->code[EXPONENT], first);
    p->has_exponent = exponent != SIZE_MAX && exponent <= last;
    if (p->has_exponent) {
        /* As in the reference a place in the whole is taken for one in the active part. */
        size_t end = exponent < p->active.len ? exponent : p->active.len;
        p->mantissa = span_of(p->active.at, 0, end);
        p->exponent = span_of(p->active.at, exponent + 1, p->active.len);
    }
    size_t decimal = find(p->mantissa, f->code[DECIMAL], 0);
    p->has_decimal = decimal != SIZE_MAX;
    p->integer = span_of(p->mantissa.at, 0, p->has_decimal ? decimal : p->mantissa.len);
    p->fraction = p->has_decimal ? span_of(p->mantissa.at, decimal + 1, p->mantissa.len)
                                 : p->suffix;
    return true;
}

/* The code of what the grouping separators of P break, or NULL. */
static const char *wrong_grouping(const struct format *f, const struct sub_picture *p,
                                  const char *wrong)
{
    uint32_t grouping = f->code[GROUPING];
    size_t decimal = find(p->all, f->code[DECIMAL], 0), last = p->integer.len;

    if (decimal != SIZE_MAX) {
        if ((decimal > 0 && p->all.at[decimal - 1] == grouping) ||
            (decimal + 1 < p->all.len && p->all.at[decimal + 1] == grouping))
            wrong = "D3087";
    } else if (last > 0 && p->integer.at[last - 1] == grouping) {
        wrong = "D3088";
    }
    for (size_t i = 0; i + 1 < p->all.len; i++)
        if (p->all.at[i] == grouping && p->all.at[i + 1] == grouping)
            return "D3089";
    return wrong;
}

/* Whether a digit stands in S before (after, if BEHIND) the first (last) `#`. */
static bool is_mixed(const struct format *f, struct span s, bool behind)
{
    size_t at = behind ? s.len : 0;

    while (behind ? at > 0 && s.at[at - 1] != f->code[DIGIT]
                  : at < s.len && s.at[at] != f->code[DIGIT])
        behind ? at-- : at++;
    if (behind ? at == 0 : at == s.len)
        return false;
    return count_digits(f, behind ? span_of(s.at, at, s.len) : span_of(s.at, 0, at)) > 0;
}

/* The code of the last rule of XPath F&O 4.7.3 that P breaks; NULL: none. */
static const char *wrong_with(const struct format *f, const struct sub_picture *p)
{
    const char *wrong = NULL;
    size_t decimal = find(p->all, f->code[DECIMAL], 0);

    if (decimal != SIZE_MAX && find(p->all, f->code[DECIMAL], decimal + 1) != SIZE_MAX)
        wrong = "D3081";
    if (p->percents > 1)
        wrong = "D3082";
    if (p->per_milles > 1)
        wrong = "D3083";
    if (p->percents > 0 && p->per_milles > 0)
        wrong = "D3084";
    if (count_signs(f, p->mantissa) == 0)
        wrong = "D3085";
    for (size_t i = 0; i < p->active.len; i++)
        if (!is_active(f, p->active.at[i]) && p->active.at[i] != f->code[EXPONENT])
            wrong = "D3086";
    wrong = wrong_grouping(f, p, wrong);
    if (is_mixed(f, p->integer, false))
        wrong = "D3090";
    if (is_mixed(f, p->fraction, true))
        wrong = "D3091";
    if (p->exponent.len > 0 && p->percents + p->per_milles > 0)
        wrong = "D3092";
    if (p->has_exponent && (p->exponent.len == 0 ||
                            count_digits(f, p->exponent) < p->exponent.len))
        wrong = "D3093";
    return wrong;
}

/* The distance of P's grouping separators if they are regular, else 0. */
static size_t regular_grouping(const struct format *f, const struct sub_picture *p)
{
    struct span s = p->integer;
    size_t since = 0, every = 0;
    bool regular = true;

    for (size_t i = s.len; i-- > 0;) { /* the first one from the right tells */
        since += is_sign(f, s.at[i]);
        if (s.at[i] != f->code[GROUPING])
            continue;
        every = every ? every : since;
        regular = regular && since == every && since > 0;
        since = 0;
    }
    return regular ? every : 0;
}

/* Sizes, XPath F&O 4.7.4. */
static void measure(const struct format *f, struct sub_picture *p)
{
    p->regular = regular_grouping(f, p);
    p->least_integer = p->scale = count_digits(f, p->integer);
    p->least_fraction = count_digits(f, p->fraction);
    p->most_fraction = count_signs(f, p->fraction);
    p->least_exponent = count_digits(f, p->exponent);
    if (p->least_integer == 0 && p->most_fraction == 0) {
        if (p->has_exponent)
            p->least_fraction = p->most_fraction = 1;
        else
            p->least_integer = 1;
    }
    if (p->has_exponent && p->least_integer == 0 &&
        find(p->integer, f->code[DIGIT], 0) != SIZE_MAX)
        p->least_integer = 1;
    if (p->least_integer == 0 && p->least_fraction == 0)
        p->least_fraction = 1;
}

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

/* D's size rounded to PLACES and its digits in TEXT, as JavaScript's toFixed: digits, `.`, PLACES
 * digits; 1e+21 from there on.  Its length. */
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
    memcpy(at, l->at, l->len * sizeof *at);
    l->at = at;
    l->room = room;
    return true;
}

static bool insert(struct line *l, size_t index, uint32_t code)
{
    if (code == NO_CODE)
        return true;
    if (!make_room(l, 1))
        return false;
    memmove(l->at + index + 1, l->at + index, (l->len - index) * sizeof *l->at);
    l->at[index] = code;
    l->len++;
    return true;
}

static void put_digits(const struct format *f, struct line *l, const char *digits,
                       size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool digit = digits[i] >= '0' && digits[i] <= '9' && f->code[ZERO] != NO_CODE;
        l->at[l->len++] = (unsigned char)digits[i] + (digit ? f->code[ZERO] - '0' : 0);
    }
}

static void put_zeros(const struct format *f, struct line *l, size_t count)
{
    put_digits(f, l, "0", count > 0);
    for (size_t i = 1; i < count; i++, l->len++)
        l->at[l->len] = l->at[l->len - 1];
}

/* The LEN digits of the integer part with its least size, regular separators among them; false:
 * no memory. */
static bool put_integer_part(const struct format *f, const struct sub_picture *p,
                             struct line *l, const char *digits, size_t len)
{
    size_t padding = p->least_integer > len ? p->least_integer - len : 0;
    size_t total = padding + len, every = p->regular, start = l->len;

    if (!make_room(l, 2 * total + 1))
        return false;
    put_zeros(f, l, padding);
    put_digits(f, l, digits, len);
    if (every == 0 || total <= every || f->code[GROUPING] == NO_CODE)
        return true;
    /* From the right, each digit goes to its place. */
    uint32_t *from = l->at + start + total, *to = from + (total - 1) / every;
    l->len += (total - 1) / every;
    for (size_t i = 0; to > from; i++) {
        if (i > 0 && i % every == 0)
            *--to = f->code[GROUPING];
        *--to = *--from;
    }
    return true;
}

/* Separators where the picture has them, one by one, as the reference puts them: one
 * left of all digits counts from the other end.  An error or undefined. */
static asl_value group_integer(const struct format *f, const struct sub_picture *p,
                               struct line *l, size_t decimal)
{
    size_t position = count_signs(f, p->integer);

    for (size_t i = 0; i < p->integer.len; i++) {
        uint32_t code = p->integer.at[i];
        position -= is_sign(f, code);
        if (code != f->code[GROUPING])
            continue;
        size_t beyond = position > decimal ? position - decimal : 0;
        size_t index = beyond == 0        ? decimal - position
                       : beyond < l->len ? l->len - beyond
                                         : 0;
        if (!insert(l, index, code))
            return asl_no_memory();
        decimal++;
        asl_value error = asl__tick(l->e);
        if (asl_is_error(error))
            return error;
    }
    return asl_undefined();
}

/* The same in the fraction behind DECIMAL; from the second on the reference looks for them in
 * the integer part. */
static asl_value group_fraction(const struct format *f, const struct sub_picture *p,
                                struct line *l, size_t decimal)
{
    size_t at = find(p->fraction, f->code[GROUPING], 0), counted = 0, position = 0;

    while (at != SIZE_MAX) {
        for (; counted < at && counted < p->fraction.len; counted++)
            position += is_sign(f, p->fraction.at[counted]);
        size_t index = decimal + 1 + position;
        if (!insert(l, index < l->len ? index : l->len, f->code[GROUPING]))
            return asl_no_memory();
        asl_value error = asl__tick(l->e);
        if (asl_is_error(error))
            return error;
        at = find(p->integer, f->code[GROUPING], at + 1);
    }
    return asl_undefined();
}

/* The mantissa D in P's form. */
static asl_value put_mantissa(const struct format *f, const struct sub_picture *p,
                              struct line *l, double d)
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
    l->at[l->len++] = f->code[DECIMAL];
    put_digits(f, l, point ? point + 1 : "", fraction);
    put_zeros(f, l, padding);

    struct span made = { l->at, l->len };
    asl_value error = p->regular ? asl_undefined()
                                 : group_integer(f, p, l, find(made, f->code[DECIMAL], 0));
    made = (struct span){ l->at, l->len };
    if (!asl_is_error(error))
        error = group_fraction(f, p, l, find(made, f->code[DECIMAL], 0));
    made = (struct span){ l->at, l->len };
    if (find(p->all, f->code[DECIMAL], 0) == SIZE_MAX ||
        find(made, f->code[DECIMAL], 0) == l->len - 1)
        l->len--;
    return error;
}

static void put_codes(struct asl__out *o, struct span s)
{
    for (size_t i = 0; i < s.len && !asl__out_failed(o); i++)
        if (s.at[i] < 0x80)
            asl__out_char(o, (char)s.at[i]);
        else if (s.at[i] != NO_CODE)
            asl__out_code(o, s.at[i]);
}

static void put_property(struct asl__out *o, const struct format *f, enum property p)
{
    size_t len;
    const char *text = text_of(f, p, &len);

    asl__out_text(o, text, len);
}

static void put_exponent(struct asl__out *o, const struct format *f,
                         const struct sub_picture *p, int exponent)
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
    put_property(o, f, EXPONENT);
    if (exponent < 0)
        put_property(o, f, MINUS);
    put_codes(o, (struct span){ l.at, l.len });
}

/* D in the form of P; NEGATED: a minus sign stands for a sub-picture of its own. */
static asl_value put_number(asl_eval *e, const struct format *f,
                            const struct sub_picture *p, double d, bool negated)
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
        put_property(&o, f, MINUS);
    put_codes(&o, p->prefix);
    put_codes(&o, (struct span){ l.at, l.len });
    if (p->least_exponent > 0)
        put_exponent(&o, f, p, exponent);
    put_codes(&o, p->suffix);
    return asl__out_end(&o);
}

/* Where the next pattern separator is in TEXT; NULL: nowhere. */
static const char *find_pattern(const struct format *f, const char *text, size_t len)
{
    size_t size;
    const char *wanted = text_of(f, PATTERN, &size);

    for (; size > 0 && len >= size; text++, len--)
        if (memcmp(text, wanted, size) == 0)
            return text;
    return NULL;
}

/* Analyses the LEN bytes at TEXT, whose code points go to CODES; NULL, or the code of what
 * is wrong. */
static const char *analyse(const struct format *f, const char *text, size_t len,
                           uint32_t *codes, struct sub_picture *p)
{
    const char *at = text, *end = text + len;
    size_t count = 0;

    *p = (struct sub_picture){ .percents = occurrences(f, PERCENT, text, len),
                               .per_milles = occurrences(f, PER_MILLE, text, len) };
    for (size_t bytes = 1; at < end; at += bytes) {
        bytes = 1;
        codes[count++] = (unsigned char)*at < 0x80 ? (unsigned char)*at
                                                   : asl__utf8_decode(at, end, &bytes);
    }
    p->all = span_of(codes, 0, count);
    if (!cut(f, p))
        return "D3086"; /* as 2.2 has it */
    const char *wrong = wrong_with(f, p);
    if (!wrong)
        measure(f, p);
    return wrong;
}

static asl_value format_number(asl_eval *e, asl_value number, asl_value picture,
                               asl_value options)
{
    uint32_t few[64], *codes = few;
    struct sub_picture first, second;
    struct format f;
    const char *text = asl_text(&picture), *wrong, *rest;
    size_t len = asl_text_len(picture), size;

    asl_value error = format_of(e, options, &f);
    if (asl_is_error(error))
        return error;
    if (len > ASL__COUNT_OF(few) && !(codes = asl_alloc(e->region, len * sizeof *codes)))
        return asl_no_memory();
    (void)text_of(&f, PATTERN, &size);
    rest = find_pattern(&f, text, len);
    if (rest && find_pattern(&f, rest + size, len - (size_t)(rest - text) - size))
        return asl_query_error(e, "D3080", NULL, asl_undefined());
    size_t first_len = rest ? (size_t)(rest - text) : len;
    wrong = analyse(&f, text, first_len, codes, &first);
    if (rest && !wrong)
        wrong = analyse(&f, rest + size, len - first_len - size, codes + first_len,
                        &second);
    if (wrong)
        return asl_query_error(e, wrong, NULL, asl_undefined());
    double d = asl_to_double(number);
    bool negative = !(d >= 0);
    return put_number(e, &f, negative && rest ? &second : &first, d, negative && !rest);
}

asl_value asl_fn_formatNumber(asl_eval *e, asl_value context, uint32_t n,
                              const asl_value *args)
{
    asl_value given[3], error;

    if (n == 2 && asl_is_number(args[0]) && asl_is_string(args[1]))
        return format_number(e, args[0], args[1], asl_undefined());
    error = asl__checked(e, &asl_fv_formatNumber, context, n, args, given);
    if (asl_is_error(error) || asl_is_undefined(given[0]))
        return error;
    if (!asl_is_string(given[1])) /* undefined */
        return asl_query_error(e, "T0410", "formatNumber", asl_integer(2));
    return format_number(e, given[0], given[1], given[2]);
}
