/* JSONata: $formatNumber (jsonata.md 12.1).
 *
 * A sub-picture is its code points, cut into
 *
 *     prefix | integer . fraction e exponent | suffix
 *
 * where the middle is what lies between the first and the last active character.  Where
 * the reference strays from XPath F&O 4.7, so do we; where it hangs or dies, we do not. */
#include "../value/base.h"

#include "number_picture.h"
#include "../value/utf8.h"

/* ---- properties ------------------------------------------------------------------ */

/* Their names and what they are unless an option says otherwise. */
static const struct {
    const char *name, *usual;
} properties[] = {
    [ASL__DECIMAL] = { "decimal-separator", "." },
    [ASL__GROUPING] = { "grouping-separator", "," },
    [ASL__EXPONENT] = { "exponent-separator", "e" },
    [ASL__MINUS] = { "minus-sign", "-" },
    [ASL__PERCENT] = { "percent", "%" },
    [ASL__PER_MILLE] = { "per-mille", "\xE2\x80\xB0" },
    [ASL__ZERO] = { "zero-digit", "0" },
    [ASL__DIGIT] = { "digit", "#" },
    [ASL__PATTERN] = { "pattern-separator", ";" },
};

static const struct asl__number_format usual_format = {
    .code = { '.', ',', 'e', '-', '%', 0x2030, '0', '#', ';' }
};

const char *asl__property_text(const struct asl__number_format *f, enum asl__property p,
                               size_t *len)
{
    if (asl_is_string(f->text[p])) {
        *len = asl_text_len(f->text[p]);
        return asl_text(&f->text[p]);
    }
    *len = strlen(properties[p].usual);
    return properties[p].usual;
}

/* What OPTIONS say; an error or undefined. */
static asl_value format_of(asl_eval *e, asl_value options, struct asl__number_format *f)
{
    size_t bytes;

    *f = usual_format;
    for (size_t i = 0; i < ASL__PROPERTIES && asl_is_object(options); i++) {
        const char *name = properties[i].name;
        asl_value v = asl_member_of(options, asl_string_in(name, strlen(name)));
        if (asl_is_undefined(v))
            continue;
        if (!asl_is_string(v))
            return asl_query_error(e, "T0410", "formatNumber", asl_integer(3));
        size_t len = asl_text_len(v);
        const char *text = asl_text(&v);
        f->code[i] =
            len > 0 ? asl__utf8_decode(text, text + len, &bytes) : ASL__NO_CODE;
        f->text[i] = v;
    }
    return asl_undefined();
}

/* Active but for the exponent separator. */
static bool is_active(const struct asl__number_format *f, uint32_t code)
{
    return asl__is_digit_sign(f, code) || code == f->code[ASL__DECIMAL] ||
           code == f->code[ASL__GROUPING];
}

/* ---- sub-pictures ---------------------------------------------------------------- */

static struct asl__span span_of(const uint32_t *at, size_t from, size_t to)
{
    return (struct asl__span){ at + from, to > from ? to - from : 0 };
}

static size_t count_digits(const struct asl__number_format *f, struct asl__span s)
{
    size_t sum = 0;

    for (size_t i = 0; i < s.len; i++)
        sum += asl__is_picture_digit(f, s.at[i]);
    return sum;
}

/* How often property P (a text of any length) is in the LEN bytes at TEXT: 0, 1 or 2.
 * */
static unsigned occurrences(const struct asl__number_format *f, enum asl__property p,
                            const char *text, size_t len)
{
    size_t size;
    const char *wanted = asl__property_text(f, p, &size), *end = text + len;
    unsigned count = 0;

    for (; size > 0 && count < 2 && (size_t)(end - text) >= size; text++)
        count += memcmp(text, wanted, size) == 0;
    return count;
}

/* Cuts P->all into its parts; false: it has no active character. */
static bool cut(const struct asl__number_format *f, struct asl__sub_picture *p)
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
    exponent = asl__span_find(p->all, f->code[ASL__EXPONENT], first);
    p->has_exponent = exponent != SIZE_MAX && exponent <= last;
    if (p->has_exponent) {
        /* As in the reference a place in the whole counts as one in the active part. */
        size_t end = exponent < p->active.len ? exponent : p->active.len;
        p->mantissa = span_of(p->active.at, 0, end);
        p->exponent = span_of(p->active.at, exponent + 1, p->active.len);
    }
    size_t decimal = asl__span_find(p->mantissa, f->code[ASL__DECIMAL], 0);
    p->has_decimal = decimal != SIZE_MAX;
    p->integer = span_of(p->mantissa.at, 0, p->has_decimal ? decimal : p->mantissa.len);
    p->fraction = p->has_decimal ? span_of(p->mantissa.at, decimal + 1, p->mantissa.len)
                                 : p->suffix;
    return true;
}

/* The code of what the grouping separators of P break, or NULL. */
static const char *wrong_grouping(const struct asl__number_format *f,
                                  const struct asl__sub_picture *p, const char *wrong)
{
    uint32_t grouping = f->code[ASL__GROUPING];
    size_t decimal = asl__span_find(p->all, f->code[ASL__DECIMAL], 0),
           last = p->integer.len;

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
static bool is_mixed(const struct asl__number_format *f, struct asl__span s,
                     bool behind)
{
    size_t at = behind ? s.len : 0;

    while (behind ? at > 0 && s.at[at - 1] != f->code[ASL__DIGIT]
                  : at < s.len && s.at[at] != f->code[ASL__DIGIT])
        behind ? at-- : at++;
    if (behind ? at == 0 : at == s.len)
        return false;
    return count_digits(f, behind ? span_of(s.at, at, s.len) : span_of(s.at, 0, at)) >
           0;
}

/* The code of the last rule of XPath F&O 4.7.3 that P breaks; NULL: none. */
static const char *wrong_with(const struct asl__number_format *f,
                              const struct asl__sub_picture *p)
{
    const char *wrong = NULL;
    size_t decimal = asl__span_find(p->all, f->code[ASL__DECIMAL], 0);

    if (decimal != SIZE_MAX &&
        asl__span_find(p->all, f->code[ASL__DECIMAL], decimal + 1) != SIZE_MAX)
        wrong = "D3081";
    if (p->percents > 1)
        wrong = "D3082";
    if (p->per_milles > 1)
        wrong = "D3083";
    if (p->percents > 0 && p->per_milles > 0)
        wrong = "D3084";
    if (asl__count_signs(f, p->mantissa) == 0)
        wrong = "D3085";
    for (size_t i = 0; i < p->active.len; i++)
        if (!is_active(f, p->active.at[i]) && p->active.at[i] != f->code[ASL__EXPONENT])
            wrong = "D3086";
    wrong = wrong_grouping(f, p, wrong);
    if (is_mixed(f, p->integer, false))
        wrong = "D3090";
    if (is_mixed(f, p->fraction, true))
        wrong = "D3091";
    if (p->exponent.len > 0 && p->percents + p->per_milles > 0)
        wrong = "D3092";
    if (p->has_exponent &&
        (p->exponent.len == 0 || count_digits(f, p->exponent) < p->exponent.len))
        wrong = "D3093";
    return wrong;
}

/* The distance of P's grouping separators if they are regular, else 0. */
static size_t regular_grouping(const struct asl__number_format *f,
                               const struct asl__sub_picture *p)
{
    struct asl__span s = p->integer;
    size_t since = 0, every = 0;
    bool regular = true;

    for (size_t i = s.len; i-- > 0;) { /* the first one from the right tells */
        since += asl__is_digit_sign(f, s.at[i]);
        if (s.at[i] != f->code[ASL__GROUPING])
            continue;
        every = every ? every : since;
        regular = regular && since == every && since > 0;
        since = 0;
    }
    return regular ? every : 0;
}

/* Sizes, XPath F&O 4.7.4. */
static void measure(const struct asl__number_format *f, struct asl__sub_picture *p)
{
    p->regular = regular_grouping(f, p);
    p->least_integer = p->scale = count_digits(f, p->integer);
    p->least_fraction = count_digits(f, p->fraction);
    p->most_fraction = asl__count_signs(f, p->fraction);
    p->least_exponent = count_digits(f, p->exponent);
    if (p->least_integer == 0 && p->most_fraction == 0) {
        if (p->has_exponent)
            p->least_fraction = p->most_fraction = 1;
        else
            p->least_integer = 1;
    }
    if (p->has_exponent && p->least_integer == 0 &&
        asl__span_find(p->integer, f->code[ASL__DIGIT], 0) != SIZE_MAX)
        p->least_integer = 1;
    if (p->least_integer == 0 && p->least_fraction == 0)
        p->least_fraction = 1;
}

/* ---- the whole ---- */

/* Where the next pattern separator is in TEXT; NULL: nowhere. */
static const char *find_pattern(const struct asl__number_format *f, const char *text,
                                size_t len)
{
    size_t size;
    const char *wanted = asl__property_text(f, ASL__PATTERN, &size);

    for (; size > 0 && len >= size; text++, len--)
        if (memcmp(text, wanted, size) == 0)
            return text;
    return NULL;
}

/* Analyses the LEN bytes at TEXT, whose code points go to CODES; NULL, or the code of
 * what is wrong. */
static const char *analyse(const struct asl__number_format *f, const char *text,
                           size_t len, uint32_t *codes, struct asl__sub_picture *p)
{
    const char *at = text, *end = text + len;
    size_t count = 0;

    *p = (struct asl__sub_picture){ .percents = occurrences(f, ASL__PERCENT, text, len),
                                    .per_milles =
                                        occurrences(f, ASL__PER_MILLE, text, len) };
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
    struct asl__sub_picture first, second;
    struct asl__number_format f;
    const char *text = asl_text(&picture), *wrong, *rest;
    size_t len = asl_text_len(picture), size;

    asl_value error = format_of(e, options, &f);
    if (asl_is_error(error))
        return error;
    if (len > ASL__COUNT_OF(few) &&
        !(codes = asl_alloc(e->region, len * sizeof *codes)))
        return asl_no_memory();
    (void)asl__property_text(&f, ASL__PATTERN, &size);
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
    return asl__put_number(e, &f, negative && rest ? &second : &first, d,
                           negative && !rest);
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
