/* Numbers and their text: exact, and the same in every locale. */
#ifndef ASL__NUMBER_H
#define ASL__NUMBER_H

#include <string.h>

#include <aslrt/value.h>

/* Room for any print of a number below, with a NUL behind it. */
enum { ASL__NUMBER_SIZE = 32 };

/* D as Java's Double.toString prints it: the shortest digits that read back as D, plain
 * from 1e-3 up to 1e7 and as 1.0E10 elsewhere, with at least one digit behind the
 * point; "Infinity", "-Infinity", "NaN".  The length; a NUL stands behind. */
size_t asl__double_print(char *buf, double d);

/* D as JavaScript prints it: 1, 0.1, 1e+21, 1e-7. */
size_t asl__double_print_js(char *buf, double d);

/* D, finite, as JavaScript prints it when rounded to 15 significant digits, halves away
 * from zero: Number(d.toPrecision(15)).  What is rounded to more than the largest double
 * prints as the digits it is rounded to. */
size_t asl__double_print_15(char *buf, double d);

/* I in decimal digits; the length; a NUL stands behind. */
size_t asl__integer_print(char *buf, int64_t i);

extern const char asl__digit_pairs[]; /* "00" to "99" */

/* N < 10000 in decimal digits at TO, where there is room for 4; what follows them. */
static inline char *asl__put_small(char *to, uint32_t n)
{
    if (n < 10) {
        *to = (char)('0' + n);
        return to + 1;
    }
    if (n >= 100) {
        uint32_t hundreds = n / 100;
        size_t skip = hundreds < 10;
        memcpy(to, asl__digit_pairs + 2 * hundreds + skip, 2);
        to += 2 - skip;
        n -= 100 * hundreds;
    }
    memcpy(to, asl__digit_pairs + 2 * n, 2);
    return to + 2;
}

/* The double nearest to a JSON number (ties to even); infinite when too large.  TEXT
 * must match the grammar of json.re; leading zeros are fine. */
double asl__number_parse(const char *text, size_t len);

/* Whether TEXT is all of a JSON number (RFC 8259). */
bool asl__is_json_number(const char *text, size_t len);

/* The value of the JSON number TEXT: an integer or a double if TEXT is its canonical
 * print, else a decimal with a copy of TEXT in REGION.  An error without memory. */
asl_value asl__number_read(asl_region *region, const char *text, size_t len);

/* TEXT (all digits, maybe a minus) as 64 bits; false if it does not fit. */
bool asl__integer_parse(const char *text, size_t len, int64_t *out);

#endif
