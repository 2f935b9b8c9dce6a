/* JSONata: numbers.  They are computed as doubles; an integer of 64 bits that is only
 * read or passed on stays exact. */
#include "../value/base.h"

#include <math.h>

#include "jsonata_text.h"
#include "../value/number.h"

/* The only argument of SELF, `<n->`, to *V: true for a number; else *V is the result.
 */
static bool one_number(asl_eval *e, const asl_function *self, asl_value context,
                       uint32_t n, const asl_value *args, asl_value *v)
{
    *v = n ? args[0] : context;
    if (n <= 1 && asl_is_number(*v))
        return true;
    asl_value problem = asl__checked(e, self, context, n, args, v);
    if (asl_is_error(problem))
        *v = problem;
    return asl_is_number(*v);
}

/* The arguments of SELF, two numbers, to OUT: true if the first is a number; else
 * out[0] is the result. */
static bool two_numbers(asl_eval *e, const asl_function *self, asl_value context,
                        uint32_t n, const asl_value *args, asl_value *out)
{
    if (n >= 1 && n <= 2 && asl_is_number(args[0]) &&
        (n == 1 || asl_is_number(args[1]))) {
        out[0] = args[0];
        out[1] = n == 2 ? args[1] : asl_undefined();
        if (n == 2 || self != &asl_fv_power)
            return true;
    }
    asl_value problem = asl__checked(e, self, context, n, args, out);
    if (asl_is_error(problem))
        out[0] = problem;
    return asl_is_number(out[0]);
}

static inline bool is_integer(asl_value v)
{
    return asl__tag(v) == ASL_INTEGER;
}

static inline int64_t integer_of(asl_value v)
{
    return (int64_t)v.u.word.body;
}

/* Whether V is an integer that a double holds as well. */
static inline bool is_small(asl_value v)
{
    return is_integer(v) && asl__are_small(integer_of(v), 0);
}

/* ---- $number --------------------------------------------------------------------- */

static const char *skip_digits(const char *p, const char *end)
{
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

/* Whether the text is -?digits[.digits][e[+-]digits]; *WHOLE if no point nor exponent.
 */
static bool is_decimal(const char *p, const char *end, bool *whole)
{
    const char *start;

    p += p < end && *p == '-';
    start = p;
    p = skip_digits(p, end);
    if (p == start)
        return false;
    *whole = p == end;
    if (p < end && *p == '.') {
        start = ++p;
        p = skip_digits(p, end);
        if (p == start)
            return false;
    }
    if (p < end && (*p | 32) == 'e') {
        p++;
        p += p < end && (*p == '-' || *p == '+');
        start = p;
        p = skip_digits(p, end);
        if (p == start)
            return false;
    }
    return p == end;
}

/* The bits of a digit of the base that the letter stands for: 0x, 0o, 0b; else 0. */
static unsigned digit_bits(char letter)
{
    switch (letter | 32) {
    case 'x': return 4;
    case 'o': return 3;
    case 'b': return 1;
    default: return 0;
    }
}

static unsigned digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    return (c | 32) >= 'a' && (c | 32) <= 'f' ? (unsigned)((c | 32) - 'a' + 10) : 16;
}

/* The number of digits of BITS bits from P to END; undefined if one is wrong.  What
 * does not fit 64 bits is rounded once: the last bit stands for all that were dropped.
 */
static asl_value read_binary(const char *p, const char *end, unsigned bits)
{
    uint64_t value = 0;
    int exponent = 0;

    for (; p < end; p++) {
        unsigned digit = digit_value(*p);
        if (digit >> bits)
            return asl_undefined();
        for (unsigned bit = bits; bit-- > 0;) {
            unsigned next = digit >> bit & 1;
            if (value >> 63) {
                value |= next;
                exponent += exponent < 4096;
            } else {
                value = value << 1 | next;
            }
        }
    }
    if (exponent == 0 && value <= INT64_MAX)
        return asl_integer((int64_t)value);
    double d = ldexp((double)value, exponent);
    return isfinite(d) ? asl_number(d) : asl_undefined();
}

/* The number that the text is; undefined if it is none. */
static asl_value read_number(const char *text, size_t len)
{
    const char *end = text + len;
    bool whole = false;
    int64_t integer;

    if (is_decimal(text, end, &whole)) {
        if (whole && asl__integer_parse(text, len, &integer))
            return asl_integer(integer);
        double d = asl__number_parse(text, len);
        return isfinite(d) ? asl_number(d) : asl_undefined();
    }
    if (len < 3 || text[0] != '0' || digit_bits(text[1]) == 0)
        return asl_undefined();
    return read_binary(text + 2, end, digit_bits(text[1]));
}

asl_value asl_fn_number(asl_eval *e, asl_value context, uint32_t n,
                        const asl_value *args)
{
    asl_value v = n ? args[0] : context;

    if (n > 1 || (!asl_is_string(v) && !asl_is_number(v))) {
        asl_value problem = asl__checked(e, &asl_fv_number, context, n, args, &v);
        if (asl_is_error(problem))
            return problem;
    }
    if (asl_is_boolean(v))
        return asl_integer(asl_is_true(v));
    if (!asl_is_string(v))
        return v;
    asl_value number = read_number(asl_text(&v), asl_text_len(v));
    return asl_is_undefined(number) ? asl_query_error(e, "D3030", "number", v) : number;
}

/* ---- rounding -------------------------------------------------------------------- */

asl_value asl_fn_abs(asl_eval *e, asl_value context, uint32_t n, const asl_value *args)
{
    asl_value v;

    if (!one_number(e, &asl_fv_abs, context, n, args, &v))
        return v;
    if (is_integer(v) && integer_of(v) != INT64_MIN)
        return asl_integer(integer_of(v) < 0 ? -integer_of(v) : integer_of(v));
    return asl_number(fabs(asl_to_double(v)));
}

asl_value asl_fn_floor(asl_eval *e, asl_value context, uint32_t n,
                       const asl_value *args)
{
    asl_value v;

    if (!one_number(e, &asl_fv_floor, context, n, args, &v) || is_integer(v))
        return v;
    return asl_number(floor(asl_to_double(v)));
}

asl_value asl_fn_ceil(asl_eval *e, asl_value context, uint32_t n, const asl_value *args)
{
    asl_value v;

    if (!one_number(e, &asl_fv_ceil, context, n, args, &v) || is_integer(v))
        return v;
    return asl_number(ceil(asl_to_double(v)));
}

/* D to the nearest integer, halves to even. */
static double round_even(double d)
{
    double below = floor(d), rest = d - below;

    if (rest > 0.5 || (rest == 0.5 && fmod(below, 2) != 0))
        below += 1;
    return below;
}

/* D x 10^SHIFT by way of its text, which rounds only once. */
static double shift_decimal(double d, int shift)
{
    char text[ASL__NUMBER_SIZE + 16];
    size_t len = asl__double_print_js(text, d);
    char *exponent = memchr(text, 'e', len);
    int64_t power = 0;

    if (exponent) {
        const char *digits = exponent + 1 + (exponent[1] == '+');
        asl__integer_parse(digits, (size_t)(text + len - digits), &power);
    } else {
        exponent = text + len;
    }
    *exponent++ = 'e';
    exponent += asl__integer_print(exponent, power + shift);
    return asl__number_parse(text, (size_t)(exponent - text));
}

/* I, below 2^53, with DROPPED (1 to 16) digits made zero, halves to even. */
static int64_t round_integer(int64_t i, int dropped)
{
    int64_t unit = 1;

    for (; dropped > 0; dropped--)
        unit *= 10;
    int64_t kept = i / unit, rest = i % unit, half = unit / 2;
    if (rest > half || (rest == half && kept % 2 != 0))
        kept++;
    else if (rest < -half || (rest == -half && kept % 2 != 0))
        kept--;
    return kept * unit;
}

static asl_value round_to(asl_value v, double precision)
{
    if (precision == 0 || isnan(precision))
        return is_integer(v) ? v : asl_number(round_even(asl_to_double(v)));
    if (is_integer(v) && precision > 0)
        return v;
    if (precision != trunc(precision) || fabs(precision) > 10000)
        return asl_double(NAN);
    if (is_small(v) && precision >= -16)
        return asl_integer(round_integer(integer_of(v), (int)-precision));
    double shifted = asl_to_double(v);
    if (isfinite(shifted))
        shifted = shift_decimal(shifted, (int)precision);
    if (!isfinite(shifted))
        return asl_double(NAN);
    shifted = round_even(shifted);
    return shifted == 0 ? asl_integer(0) : asl_number(shift_decimal(shifted, (int)-precision));
}

asl_value asl_fn_round(asl_eval *e, asl_value context, uint32_t n,
                       const asl_value *args)
{
    asl_value out[2];

    if (!two_numbers(e, &asl_fv_round, context, n, args, out))
        return out[0];
    return round_to(out[0], asl_is_number(out[1]) ? asl_to_double(out[1]) : 0);
}

/* ---- roots and powers ------------------------------------------------------------ */

asl_value asl_fn_sqrt(asl_eval *e, asl_value context, uint32_t n, const asl_value *args)
{
    asl_value v;

    if (!one_number(e, &asl_fv_sqrt, context, n, args, &v))
        return v;
    double d = asl_to_double(v);
    return d < 0 ? asl_query_error(e, "D3060", "sqrt", v) : asl_number(sqrt(d));
}

/* BASE to the power EXPONENT exactly; false if that is not below 2^53. */
static bool integer_power(int64_t base, int64_t exponent, int64_t *out)
{
    int64_t result = 1;

    if (exponent < 0)
        return false;
    while (exponent > 0) {
        if (exponent & 1 && __builtin_mul_overflow(result, base, &result))
            return false;
        exponent >>= 1;
        if (exponent > 0 && __builtin_mul_overflow(base, base, &base))
            return false;
    }
    *out = result;
    return asl__are_small(result, 0);
}

/* As JavaScript has it: 1 to the power of no finite number is none. */
static double power_of(double base, double exponent)
{
    return isfinite(exponent) || fabs(base) != 1 ? pow(base, exponent) : NAN;
}

asl_value asl_fn_power(asl_eval *e, asl_value context, uint32_t n,
                       const asl_value *args)
{
    asl_value out[2];
    int64_t integer;

    if (!two_numbers(e, &asl_fv_power, context, n, args, out))
        return out[0];
    if (asl_is_number(out[1])) {
        if (is_integer(out[0]) && is_integer(out[1]) &&
            integer_power(integer_of(out[0]), integer_of(out[1]), &integer))
            return asl_integer(integer);
        double d = power_of(asl_to_double(out[0]), asl_to_double(out[1]));
        if (isfinite(d))
            return asl_number(d);
    }
    return asl_query_error2(e, "D3061", "power", out[0], out[1]);
}

/* ---- $formatBase ----------------------------------------------------------------- */

enum { BASE_DIGITS = 1100 }; /* the largest double has 1024 of base 2 */

static char digit_of(unsigned value)
{
    return (char)(value < 10 ? '0' + value : 'a' + value - 10);
}

/* N in base RADIX behind TO, which is the end of the digits; where they start. */
static char *put_base(char *to, uint64_t n, unsigned radix)
{
    do
        *--to = digit_of((unsigned)(n % radix));
    while ((n /= radix) > 0);
    return to;
}

/* The same of a whole D, with zeros for what a double does not say, as V8 prints it. */
static char *put_large(char *to, double d, double radix)
{
    while (d / radix >= 9007199254740992.0) {
        d /= radix;
        *--to = '0';
    }
    do {
        double digit = fmod(d, radix);
        *--to = digit_of((unsigned)digit);
        d = (d - digit) / radix;
    } while (d > 0);
    return to;
}

static asl_value format_base(asl_eval *e, asl_value v, unsigned radix)
{
    char text[BASE_DIGITS], *end = text + sizeof text, *p;
    bool negative;

    v = round_to(v, 0);
    if (is_integer(v)) {
        int64_t i = integer_of(v);
        negative = i < 0;
        p = put_base(end, i < 0 ? 0 - (uint64_t)i : (uint64_t)i, radix);
    } else {
        double d = asl_to_double(v);
        if (radix == 10 || !isfinite(d))
            return asl_string(e->region, text, asl__double_print_js(text, d));
        negative = d < 0;
        p = put_large(end, fabs(d), radix);
    }
    if (negative)
        *--p = '-';
    return asl_string(e->region, p, (size_t)(end - p));
}

asl_value asl_fn_formatBase(asl_eval *e, asl_value context, uint32_t n,
                            const asl_value *args)
{
    asl_value out[2];

    if (!two_numbers(e, &asl_fv_formatBase, context, n, args, out))
        return out[0];
    asl_value radix = asl_is_number(out[1]) ? round_to(out[1], 0) : asl_integer(10);
    double d = asl_to_double(radix);
    if (!(d >= 2 && d <= 36))
        return asl_query_error(e, "D3100", "formatBase", radix);
    return format_base(e, out[0], (unsigned)d);
}
