/* Printing, reading and comparing numbers.
 *
 * Printing is Schubfach (Raffaello Giulietti, "The Schubfach way to render doubles",
 * 2020).  Reading multiplies by a 128-bit power of ten and looks at the error bound; in
 * the rare case that it cannot tell, halfway points are compared in big integers.
 */
#include "base.h"

#include "number.h"

#include "pow10.h"

#include <math.h>

#define MANTISSA_BITS 52
#define HIDDEN_BIT (UINT64_C(1) << MANTISSA_BITS)
#define SIGN_BIT (UINT64_C(1) << 63)
#define INFINITE_BITS (UINT64_C(0x7FF) << MANTISSA_BITS)
#define LEAST_EXPONENT (-1074) /* of the last bit of a double */

static uint64_t bits_of(double d)
{
    uint64_t bits;

    memcpy(&bits, &d, sizeof bits);
    return bits;
}

static double double_of(uint64_t bits)
{
    double d;

    memcpy(&d, &bits, sizeof d);
    return d;
}

/* Splits a finite, positive D into an integer times a power of two. */
static uint64_t split_double(double d, int *exponent)
{
    uint64_t bits = bits_of(d), fraction = bits & (HIDDEN_BIT - 1);
    int biased = (int)(bits >> MANTISSA_BITS & 0x7FF);

    *exponent = biased ? biased - 1075 : LEAST_EXPONENT;
    return biased ? fraction | HIDDEN_BIT : fraction;
}

/* floor(log2(10^e)), |e| < 1233. */
static int floor_log2_pow10(int e)
{
    return (e * 1741647) >> 19;
}

/* ---- shortest digits ----------------------------------------------------------- */

struct shortest {
    uint64_t digits; /* without trailing zeros */
    int exponent;    /* of ten */
};

/* The product's top 64 bits, the last bit set if any below is. */
static uint64_t round_to_odd(struct asl__pow10 g, uint64_t cp)
{
    asl__u128 low = (asl__u128)g.low * cp;
    asl__u128 sum = (asl__u128)g.high * cp + (uint64_t)(low >> 64);

    return (uint64_t)(sum >> 64) | ((uint64_t)sum > 1);
}

static struct shortest strip_zeros(uint64_t digits, int exponent)
{
    if (digits % 100000000 == 0) {
        digits /= 100000000;
        exponent += 8;
    }
    if (digits % 10000 == 0) {
        digits /= 10000;
        exponent += 4;
    }
    while (digits % 10 == 0) {
        digits /= 10;
        exponent++;
    }
    return (struct shortest){ digits, exponent };
}

/* D as an integer of at most 15 digits by a small power of ten: if such a quotient is D,
 * no other text of so few digits reads as D. */
static bool try_short(double d, struct shortest *out)
{
    static const double scales[] = { 1e2, 1e4, 1e6 };

    if (d >= 1e9)
        return false;
    for (size_t i = 0; i < ASL__COUNT_OF(scales); i++) {
        uint64_t digits = (uint64_t)(d * scales[i] + 0.5);
        if (digits > 0 && (double)digits / scales[i] == d) {
            *out = strip_zeros(digits, -2 * (int)i - 2);
            return true;
        }
    }
    return false;
}

/* D, finite and above zero.  Names are those of the paper. */
static struct shortest shortest_of(double d)
{
    struct shortest few;
    int q;

    if (try_short(d, &few))
        return few;
    uint64_t c = split_double(d, &q);

    if (q <= 0 && -q <= MANTISSA_BITS && (c & ((UINT64_C(1) << -q) - 1)) == 0)
        return strip_zeros(c >> -q, 0);
    bool odd = c & 1;
    bool closer = c == HIDDEN_BIT && q > LEAST_EXPONENT; /* the neighbour below is */
    int k = (q * 1262611 - (closer ? 524031 : 0)) >> 22;
    int h = q + floor_log2_pow10(-k) + 1;
    struct asl__pow10 g = asl__pow10[-k - ASL__POW10_LEAST];
    uint64_t below = round_to_odd(g, (4 * c - 2 + closer) << h) + odd;
    uint64_t exact = round_to_odd(g, (4 * c) << h);
    uint64_t above = round_to_odd(g, (4 * c + 2) << h) - odd;
    uint64_t s = exact / 4;

    if (s >= 10) {
        uint64_t tens = s / 10;
        bool low_in = below <= 40 * tens, high_in = 40 * tens + 40 <= above;
        if (low_in != high_in)
            return strip_zeros(tens + high_in, k + 1);
    }
    bool low_in = below <= 4 * s, high_in = 4 * s + 4 <= above;
    if (low_in != high_in)
        return strip_zeros(s + high_in, k);
    uint64_t middle = 4 * s + 2;
    bool up = exact > middle || (exact == middle && (s & 1));
    return strip_zeros(s + up, k);
}

/* Java wants the best two digits where one would do.  That only differs for the
 * smallest subnormals, where two digits can be closer than one. */
static struct shortest java_shortest(double d)
{
    struct shortest result = shortest_of(d);
    uint64_t units = bits_of(d);

    if (result.digits > 9 || units > 100)
        return result;
    /* In units of 10^-325: 2^-1074 is 49.4065... of them. */
    double scaled = (double)units * 49.40656458412465;
    int exponent = -325;
    while (scaled >= 99.5) {
        scaled /= 10;
        exponent++;
    }
    return strip_zeros((uint64_t)(scaled + 0.5), exponent);
}

const char asl__digit_pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
    "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
    "8081828384858687888990919293949596979899";

static size_t count_digits(uint64_t n)
{
    size_t digits = 1;

    for (; n >= 10000; n /= 10000)
        digits += 4;
    return digits + (n >= 10) + (n >= 100) + (n >= 1000);
}

/* N in exactly COUNT digits, at OUT. */
static void put_digits(char *out, uint64_t n, size_t count)
{
    char *p = out + count;

    for (; n >= 100; n /= 100)
        memcpy(p -= 2, asl__digit_pairs + n % 100 * 2, 2);
    if (n >= 10)
        memcpy(p - 2, asl__digit_pairs + n * 2, 2);
    else
        p[-1] = (char)('0' + n);
}

/* N < 10^8 in decimal digits, in eight if FULL. */
static char *put_below_8(char *to, uint32_t n, bool full)
{
    uint32_t high = n / 10000, low = n % 10000;

    if (full) {
        memcpy(to, asl__digit_pairs + high / 100 * 2, 2);
        memcpy(to + 2, asl__digit_pairs + high % 100 * 2, 2);
        to += 4;
    } else if (high == 0) {
        return asl__put_small(to, low);
    } else {
        to = asl__put_small(to, high);
    }
    memcpy(to, asl__digit_pairs + low / 100 * 2, 2);
    memcpy(to + 2, asl__digit_pairs + low % 100 * 2, 2);
    return to + 4;
}

size_t asl__integer_print(char *buf, int64_t i)
{
    const uint64_t block = 100000000;
    uint64_t n = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
    char *to = buf;

    if (i < 0)
        *to++ = '-';
    if (n >= block * block)
        to = put_below_8(to, (uint32_t)(n / (block * block)), false);
    if (n >= block)
        to = put_below_8(to, (uint32_t)(n / block % block), n >= block * block);
    to = put_below_8(to, (uint32_t)(n % block), n >= block);
    *to = '\0';
    return (size_t)(to - buf);
}

/* "Infinity" or "NaN". */
static size_t print_special(char *buf, double d)
{
    const char *text = isnan(d) ? "NaN" : d < 0 ? "-Infinity" : "Infinity";
    size_t len = strlen(text);

    memcpy(buf, text, len + 1);
    return len;
}

/* DIGITS with the point behind the first POINT of them (1 <= POINT < COUNT). */
static char *put_with_point(char *p, uint64_t digits, size_t count, size_t point)
{
    put_digits(p + 1, digits, count);
    memmove(p, p + 1, point);
    p[point] = '.';
    return p + count + 1;
}

/* DIGITS, then zeros up to TOTAL digits. */
static char *put_padded(char *p, uint64_t digits, size_t count, size_t total)
{
    put_digits(p, digits, count);
    memset(p + count, '0', total - count);
    return p + total;
}

/* "0.", ZEROS zeros, DIGITS. */
static char *put_fraction(char *p, uint64_t digits, size_t count, size_t zeros)
{
    memcpy(p, "0.000000", 8);
    put_digits(p + 2 + zeros, digits, count);
    return p + 2 + zeros + count;
}

static char *put_text(char *p, const char *text, size_t len)
{
    memcpy(p, text, len);
    return p + len;
}

static char *java_digits(char *p, struct shortest s)
{
    size_t count = count_digits(s.digits);
    int point = (int)count + s.exponent; /* digits before the point */

    if (point > 7 || point < -2) {
        if (count == 1)
            p = put_text(put_padded(p, s.digits, 1, 1), ".0", 2);
        else
            p = put_with_point(p, s.digits, count, 1);
        *p++ = 'E';
        return p + asl__integer_print(p, point - 1);
    }
    if (point <= 0)
        return put_fraction(p, s.digits, count, (size_t)-point);
    if ((size_t)point >= count)
        return put_text(put_padded(p, s.digits, count, (size_t)point), ".0", 2);
    return put_with_point(p, s.digits, count, (size_t)point);
}

/* ECMAScript: Number::toString. */
static char *js_digits(char *p, struct shortest s)
{
    size_t count = count_digits(s.digits);
    int point = (int)count + s.exponent;

    if (point > 21 || point < -5) {
        if (count == 1)
            p = put_padded(p, s.digits, 1, 1);
        else
            p = put_with_point(p, s.digits, count, 1);
        *p++ = 'e';
        if (point > 0)
            *p++ = '+';
        return p + asl__integer_print(p, point - 1);
    }
    if (point <= 0)
        return put_fraction(p, s.digits, count, (size_t)-point);
    if ((size_t)point >= count)
        return put_padded(p, s.digits, count, (size_t)point);
    return put_with_point(p, s.digits, count, (size_t)point);
}

size_t asl__double_print(char *buf, double d)
{
    char *p = buf;

    if (!isfinite(d))
        return print_special(buf, d);
    if (bits_of(d) & SIGN_BIT) {
        *p++ = '-';
        d = -d;
    }
    p = d == 0 ? put_text(p, "0.0", 3) : java_digits(p, java_shortest(d));
    *p = '\0';
    return (size_t)(p - buf);
}

size_t asl__double_print_js(char *buf, double d)
{
    char *p = buf;

    if (!isfinite(d))
        return print_special(buf, d);
    if (d < 0) {
        *p++ = '-';
        d = -d;
    }
    p = d == 0 ? put_text(p, "0", 1) : js_digits(p, shortest_of(d));
    *p = '\0';
    return (size_t)(p - buf);
}

/* ---- the parts of a number's text ----------------------------------------------- */

/* Exponents beyond this are taken for this: no double is near, and sums fit. */
#define EXPONENT_BOUND (INT64_C(1) << 60)

/* A number as its significant digits: 0.d1d2d3... x 10^point. */
struct parts {
    bool negative;
    const char *first; /* first digit that is not zero; NULL if the number is zero */
    const char *end;   /* behind the last digit that is not zero; a point may be inside */
    int64_t point;     /* decimal exponent; 0.1 and 0.9 have 0 */
};

static int64_t parse_exponent(const char *p, const char *end)
{
    bool negative = p < end && *p == '-';
    int64_t value = 0;

    if (p < end && (*p == '-' || *p == '+'))
        p++;
    for (; p < end; p++) {
        if (value > EXPONENT_BOUND / 10 - 1)
            return negative ? -EXPONENT_BOUND : EXPONENT_BOUND;
        value = value * 10 + (*p - '0');
    }
    return negative ? -value : value;
}

static struct parts split_text(const char *text, size_t len)
{
    struct parts parts = { .negative = len && text[0] == '-' };
    const char *end = text + len, *point = NULL, *p = text + parts.negative;

    for (; p < end && (*p | 32) != 'e'; p++) {
        if (*p == '.')
            point = p;
        else if (*p != '0') {
            if (!parts.first)
                parts.first = p;
            parts.end = p + 1;
        }
    }
    if (!parts.first)
        return parts;
    if (!point)
        point = p;
    parts.point = point > parts.first ? point - parts.first : point + 1 - parts.first;
    if (p < end)
        parts.point += parse_exponent(p + 1, end);
    return parts;
}

/* ---- reading --------------------------------------------------------------------- */

/* A natural number of up to BIG_WORDS * 32 bits: room for 10^1100 x 2^1075. */
enum { BIG_WORDS = 320, BIG_DIGITS = 800 };

struct big {
    size_t count;
    uint32_t words[BIG_WORDS];
};

static void big_multiply_add(struct big *big, uint32_t factor, uint32_t carry)
{
    uint64_t sum = carry;

    for (size_t i = 0; i < big->count; i++) {
        sum += (uint64_t)big->words[i] * factor;
        big->words[i] = (uint32_t)sum;
        sum >>= 32;
    }
    if (sum && big->count < BIG_WORDS)
        big->words[big->count++] = (uint32_t)sum;
}

static void big_set(struct big *big, uint64_t value)
{
    big->words[0] = (uint32_t)value;
    big->words[1] = (uint32_t)(value >> 32);
    big->count = value >> 32 ? 2 : value ? 1 : 0;
}

static void big_times_power_of_ten(struct big *big, int64_t power)
{
    for (; power >= 9; power -= 9)
        big_multiply_add(big, 1000000000, 0);
    for (; power > 0; power--)
        big_multiply_add(big, 10, 0);
}

static void big_times_power_of_two(struct big *big, int64_t power)
{
    for (; power >= 31; power -= 31)
        big_multiply_add(big, UINT32_C(1) << 31, 0);
    if (power > 0)
        big_multiply_add(big, UINT32_C(1) << power, 0);
}

static int big_compare(const struct big *a, const struct big *b)
{
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    for (size_t i = a->count; i-- > 0;)
        if (a->words[i] != b->words[i])
            return a->words[i] < b->words[i] ? -1 : 1;
    return 0;
}

/* The first BIG_DIGITS digits of PARTS as an integer, *EXPONENT the power of ten that
 * it must be multiplied by; true if digits were left out. */
static bool big_from_parts(struct big *big, const struct parts *parts, int64_t *exponent)
{
    const char *p = parts->first;
    int64_t used = 0;

    big->count = 0;
    for (; p < parts->end && used < BIG_DIGITS; p++)
        if (*p != '.') {
            big_multiply_add(big, 10, (uint32_t)(*p - '0'));
            used++;
        }
    *exponent = parts->point - used;
    return p < parts->end;
}

/* The exact order of a number (without its sign) whose point is within -400..400 and of
 * MANTISSA x 2^POWER, MANTISSA not zero. */
static int compare_with_binary(const struct parts *parts, uint64_t mantissa, int power)
{
    struct big decimal, binary;
    int64_t exponent;
    bool more = big_from_parts(&decimal, parts, &exponent);

    big_set(&binary, mantissa);
    big_times_power_of_ten(&decimal, exponent);
    big_times_power_of_two(&decimal, -power);
    big_times_power_of_ten(&binary, -exponent);
    big_times_power_of_two(&binary, power);
    int order = big_compare(&decimal, &binary);
    return order == 0 && more ? 1 : order;
}

/* A product's 128 bits (the highest set), times 2^EXPONENT, as the double below or at
 * it; whether the bits cut off are half or more goes to *UP. */
static uint64_t truncate_bits(asl__u128 product, int exponent, bool *up)
{
    int last = exponent + 127 - MANTISSA_BITS; /* exponent of the last bit kept */
    int drop = 127 - MANTISSA_BITS;
    uint64_t biased = 1;

    if (last < LEAST_EXPONENT)
        drop += LEAST_EXPONENT - last;
    else
        biased = (uint64_t)(last - LEAST_EXPONENT + 1);
    *up = false;
    if (drop > 128)
        return 0;
    *up = product >> (drop - 1) & 1;
    uint64_t mantissa = drop > 127 ? 0 : (uint64_t)(product >> drop);
    /* A subnormal has no hidden bit; one that grew to it is a normal of the least
     * exponent, and the sum is right in both cases. */
    return ((biased - 1) << MANTISSA_BITS) + mantissa;
}

static uint64_t nearest_bits(asl__u128 product, int exponent)
{
    bool up;
    uint64_t bits = truncate_bits(product, exponent, &up) + up;

    return bits < INFINITE_BITS ? bits : INFINITE_BITS;
}

/* The nearest double of W x 10^Q..(W + 1) x 10^Q (if INEXACT, else W alone), W not 0, as
 * bits; false if the bounds do not agree. */
static bool approximate(uint64_t w, int q, bool inexact, uint64_t *least, uint64_t *most)
{
    struct asl__pow10 g = asl__pow10[q - ASL__POW10_LEAST];
    int shift = __builtin_clzll((unsigned long long)w);
    /* The value is W x G x 2^(log2 - 127) with G at most one too large. */
    int exponent = floor_log2_pow10(q) - 127 + 64 - shift;
    asl__u128 low = (asl__u128)g.low * (w << shift);
    asl__u128 high = (asl__u128)g.high * (w << shift) + (uint64_t)(low >> 64);
    /* Up to 1 for the bits of LOW cut off, 2 for G, 2^shift for the next W. */
    asl__u128 above = high + 2 + (inexact ? ((asl__u128)(g.high) + 1) << shift : 0);
    asl__u128 below = high - 2;

    if (above < high)
        return false;
    if (below >> 127 == 0 || above >> 127 == 0) {
        if (above >> 127 != 0)
            return false;
        above <<= 1;
        below <<= 1;
        exponent--;
    }
    *least = nearest_bits(below, exponent);
    *most = nearest_bits(above, exponent);
    return true;
}

/* The nearest double, where the answer is one of those around LEAST, exactly. */
static uint64_t exact_bits(const struct parts *parts, uint64_t least)
{
    uint64_t bits = least ? least - 1 : 0;

    for (;; bits++) {
        int exponent;
        if (bits >= INFINITE_BITS)
            return INFINITE_BITS;
        uint64_t mantissa = split_double(double_of(bits), &exponent);
        int order = compare_with_binary(parts, 2 * mantissa + 1, exponent - 1);
        if (order < 0 || (order == 0 && !(bits & 1)))
            return bits;
    }
}

/* Where the approximation says nothing: the largest double at or below, by bisection. */
static uint64_t search_bits(const struct parts *parts)
{
    uint64_t low = 0, high = INFINITE_BITS;

    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        int exponent;
        uint64_t mantissa = split_double(double_of(middle), &exponent);
        if (compare_with_binary(parts, mantissa, exponent) < 0)
            high = middle;
        else
            low = middle;
    }
    return low;
}

/* The magnitude of PARTS (not zero) as a double's bits. */
static uint64_t parts_to_bits(const struct parts *parts)
{
    uint64_t w = 0, least, most;
    int used = 0;
    const char *p = parts->first;

    if (parts->point > 310)
        return INFINITE_BITS;
    if (parts->point < -323)
        return 0;
    for (; p < parts->end && used < 19; p++)
        if (*p != '.') {
            w = w * 10 + (uint64_t)(*p - '0');
            used++;
        }
    int q = (int)parts->point - used;
    bool inexact = p < parts->end;
    if (!approximate(w, q, inexact, &least, &most))
        return exact_bits(parts, search_bits(parts));
    return least == most ? least : exact_bits(parts, least);
}

static const double small_powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                       1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                       1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

/* Up to 15 digits and a power of ten that a double holds: one rounding (Clinger). */
static bool parse_exactly(const struct parts *parts, double *out)
{
    uint64_t w = 0;
    int64_t used = 0;

    if (parts->end - parts->first > 16)
        return false;
    for (const char *p = parts->first; p < parts->end; p++)
        if (*p != '.') {
            w = w * 10 + (uint64_t)(*p - '0');
            used++;
        }
    int64_t q = parts->point - used;
    if (used > 15 || q < -22 || q > 22)
        return false;
    *out = q < 0 ? (double)w / small_powers[-q] : (double)w * small_powers[q];
    return true;
}

double asl__number_parse(const char *text, size_t len)
{
    struct parts parts = split_text(text, len);
    double d = 0;

    if (parts.first && !parse_exactly(&parts, &d))
        d = double_of(parts_to_bits(&parts));
    return parts.negative ? -d : d;
}

bool asl__integer_parse(const char *text, size_t len, int64_t *out)
{
    bool negative = len > 0 && text[0] == '-';
    uint64_t value = 0, most = (uint64_t)INT64_MAX + negative;

    if (len == negative)
        return false;
    for (size_t i = negative; i < len; i++) {
        uint64_t digit = (uint64_t)(unsigned char)text[i] - '0';
        if (digit > 9 || value > (most - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

static const char *skip_digits(const char *p, const char *end)
{
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

bool asl__is_json_number(const char *text, size_t len)
{
    const char *p = text, *end = text + len, *start;

    p += p < end && *p == '-';
    start = p;
    p = skip_digits(p, end);
    if (p == start || (*start == '0' && p - start > 1))
        return false;
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

static asl_value new_decimal(asl_region *region, const char *text, size_t len, double d)
{
    if (len > UINT32_MAX)
        return asl_no_memory();
    asl_decimal *decimal = asl_alloc(region, sizeof *decimal + len);
    if (!decimal)
        return asl_no_memory();
    decimal->number = d;
    decimal->len = (uint32_t)len;
    memcpy(decimal->text, text, len);
    asl_value v = asl__word(ASL_DECIMAL, 0);
    v.u.big.as.decimal = decimal;
    return v;
}

asl_value asl__number_read(asl_region *region, const char *text, size_t len)
{
    char canonical[ASL__NUMBER_SIZE];
    int64_t integer;
    bool negative_zero = len == 2 && memcmp(text, "-0", 2) == 0;

    if (len <= 20 && !negative_zero && asl__integer_parse(text, len, &integer))
        return asl_integer(integer);
    double d = asl__number_parse(text, len);
    if (len < sizeof canonical && isfinite(d) && asl__double_print(canonical, d) == len &&
        memcmp(canonical, text, len) == 0)
        return asl_double(d);
    return new_decimal(region, text, len, d);
}

/* ---- 15 digits -------------------------------------------------------------------- */

#define TEN_TO_15 UINT64_C(1000000000000000)

/* D, whose shortest digits are these 16 or 17, rounded to 15.  They tell on which side of
 * the middle D lies (no text as short is nearer to D) but for the middle itself. */
static struct shortest round_to_15(double d, struct shortest s)
{
    uint64_t drop = s.digits >= 10 * TEN_TO_15 ? 100 : 10;
    uint64_t kept = s.digits / drop, rest = s.digits % drop;
    bool up = 2 * rest > drop;

    if (2 * rest == drop) {
        char text[ASL__NUMBER_SIZE];
        int power;
        uint64_t mantissa = split_double(d, &power);
        struct parts parts = split_text(text, (size_t)(js_digits(text, s) - text));
        up = compare_with_binary(&parts, mantissa, power) <= 0;
    }
    return strip_zeros(kept + up, s.exponent + (drop == 100 ? 2 : 1));
}

size_t asl__double_print_15(char *buf, double d)
{
    char *p = buf;
    struct shortest s = { 0, 0 };

    if (d < 0) {
        *p++ = '-';
        d = -d;
    }
    if (d > 0)
        s = shortest_of(d);
    if (s.digits >= TEN_TO_15)
        s = round_to_15(d, s);
    p = d == 0 ? put_text(p, "0", 1) : js_digits(p, s);
    *p = '\0';
    return (size_t)(p - buf);
}

/* ---- values ---------------------------------------------------------------------- */

#define TWO_TO_53 9007199254740992.0
#define TWO_TO_63 9223372036854775808.0

asl_value asl_number(double d)
{
    if (d >= -TWO_TO_53 && d <= TWO_TO_53 && d == (double)(int64_t)d)
        return asl_integer((int64_t)d);
    return asl_double(d);
}

/* The exact value of a decimal as 64 bits, if it is whole and fits. */
static bool decimal_to_integer(const asl_decimal *decimal, int64_t *out)
{
    struct parts parts = split_text(decimal->text, decimal->len);
    char digits[24];
    size_t count = 0;

    if (!parts.first) {
        *out = 0;
        return true;
    }
    if (parts.point < 1 || parts.point > 19 || parts.end - parts.first > parts.point + 1)
        return false;
    if (parts.negative)
        digits[count++] = '-';
    for (const char *p = parts.first; p < parts.end; p++)
        if (*p != '.')
            digits[count++] = *p;
    size_t wanted = (size_t)parts.point + parts.negative;
    if (count > wanted)
        return false;
    memset(digits + count, '0', wanted - count);
    return asl__integer_parse(digits, wanted, out);
}

bool asl_to_integer(asl_value v, int64_t *out)
{
    double d;

    switch (asl_tag_of(v)) {
    case ASL_INTEGER:
        *out = (int64_t)v.u.word.body;
        return true;
    case ASL_DOUBLE:
        d = v.u.big.as.number;
        if (!(d >= -TWO_TO_63 && d < TWO_TO_63) || d != (double)(int64_t)d)
            return false;
        *out = (int64_t)d;
        return true;
    case ASL_DECIMAL:
        return decimal_to_integer(v.u.big.as.decimal, out);
    default:
        return false;
    }
}

/* ---- comparing -------------------------------------------------------------------- */

static int order_of(bool less, bool greater)
{
    return less ? -1 : greater;
}

static int compare_integer_double(int64_t i, double d)
{
    if (d >= TWO_TO_63)
        return -1;
    if (d < -TWO_TO_63)
        return 1;
    int64_t whole = (int64_t)d;
    if (i != whole)
        return order_of(i < whole, true);
    double rest = d - (double)whole;
    return order_of(rest > 0, rest < 0);
}

/* The next digit of a number's text; zeros behind the last. */
static char next_digit(const struct parts *parts, const char **p)
{
    if (*p < parts->end && **p == '.')
        ++*p;
    return *p < parts->end ? *(*p)++ : '0';
}

/* Order of two positive numbers by their texts. */
static int compare_digits(const struct parts *a, const struct parts *b)
{
    const char *p = a->first, *q = b->first;

    if (a->point != b->point)
        return order_of(a->point < b->point, true);
    while (p < a->end || q < b->end) {
        char x = next_digit(a, &p), y = next_digit(b, &q);
        if (x != y)
            return order_of(x < y, true);
    }
    return 0;
}

static int compare_parts(const struct parts *a, const struct parts *b)
{
    int a_sign = !a->first ? 0 : a->negative ? -1 : 1;
    int b_sign = !b->first ? 0 : b->negative ? -1 : 1;

    if (a_sign != b_sign)
        return order_of(a_sign < b_sign, true);
    if (a_sign == 0)
        return 0;
    return a_sign * compare_digits(a, b);
}

/* A decimal against a number to which the same double is nearest.  A double stands for
 * its canonical text here, as it does in JSON: 0.1 is equal to 0.10. */
static int compare_decimal(const asl_decimal *decimal, asl_value other)
{
    struct parts parts = split_text(decimal->text, decimal->len), others;
    char buf[ASL__NUMBER_SIZE];

    if (asl__tag(other) == ASL_INTEGER)
        others = split_text(buf, asl__integer_print(buf, (int64_t)other.u.word.body));
    else if (asl__tag(other) == ASL_DECIMAL)
        others = split_text(other.u.big.as.decimal->text, other.u.big.as.decimal->len);
    else if (isinf(other.u.big.as.number)) /* what rounds to infinity is still finite */
        return parts.negative ? 1 : -1;
    else
        others = split_text(buf, asl__double_print(buf, other.u.big.as.number));
    return compare_parts(&parts, &others);
}

int asl_compare_numbers(asl_value a, asl_value b)
{
    enum asl_tag a_tag = asl_tag_of(a), b_tag = asl_tag_of(b);

    if (a_tag == ASL_INTEGER && b_tag == ASL_INTEGER)
        return order_of((int64_t)a.u.word.body < (int64_t)b.u.word.body,
                        (int64_t)a.u.word.body > (int64_t)b.u.word.body);
    double x = asl_to_double(a), y = asl_to_double(b);
    if (isnan(x) || isnan(y))
        return 2;
    if (x != y) /* rounding keeps the order */
        return order_of(x < y, true);
    if (a_tag == ASL_DECIMAL)
        return compare_decimal(a.u.big.as.decimal, b);
    if (b_tag == ASL_DECIMAL)
        return -compare_decimal(b.u.big.as.decimal, a);
    if (a_tag == ASL_DOUBLE && b_tag == ASL_DOUBLE)
        return 0;
    if (a_tag == ASL_INTEGER)
        return compare_integer_double((int64_t)a.u.word.body, y);
    return -compare_integer_double((int64_t)b.u.word.body, x);
}
