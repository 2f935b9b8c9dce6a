/* Any bytes as two JSON numbers, one a line, and as a double. */
#include "base.h"

#include "fuzz.h"

#include <math.h>

#include "number.h"

static bool is_same(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

/* The nearest double, as the C library finds it; its prints read as it again. */
static void check_double(double d)
{
    char text[ASL__NUMBER_SIZE];

    FUZZ_HOLDS(asl__double_print(text, d) == strlen(text));
    FUZZ_HOLDS(is_same(strtod(text, NULL), d));
    FUZZ_HOLDS(is_same(asl__number_parse(text, strlen(text)), d));
    FUZZ_HOLDS(asl__double_print_js(text, d) == strlen(text));
    FUZZ_HOLDS(strtod(text, NULL) == d);
}

/* The number TEXT (terminated), which prints as it came. */
static asl_value check_number(asl_region *region, const char *text, size_t len)
{
    double d = asl__number_parse(text, len);
    asl_value v = asl__number_read(region, text, len);
    asl_value print = asl_to_json(region, v);
    int64_t whole = 0;

    FUZZ_HOLDS(is_same(d, strtod(text, NULL)));
    if (isfinite(d))
        check_double(d);
    FUZZ_HOLDS(asl_is_number(v) && asl_to_double(v) == d);
    FUZZ_HOLDS(asl_same_text(print, asl_string(region, text, len)));
    FUZZ_HOLDS(asl_compare_numbers(v, v) == 0 && asl_equal(v, v));
    if (asl_to_integer(v, &whole)) {
        char digits[ASL__NUMBER_SIZE];
        int64_t again;
        size_t size = asl__integer_print(digits, whole);

        FUZZ_HOLDS(asl_compare_numbers(v, asl_integer(whole)) == 0);
        FUZZ_HOLDS(asl__integer_parse(digits, size, &again) && again == whole);
    }
    return v;
}

/* Order is the other way round seen from the other side, and as that of the doubles where
 * these differ. */
static void check_order(asl_value a, asl_value b)
{
    int order = asl_compare_numbers(a, b);
    double x = asl_to_double(a), y = asl_to_double(b);

    FUZZ_HOLDS(order >= -1 && order <= 1);
    FUZZ_HOLDS(asl_compare_numbers(b, a) == -order);
    FUZZ_HOLDS(asl_equal(a, b) == (order == 0));
    FUZZ_HOLDS(order != 0 || x == y);
    FUZZ_HOLDS(!(x < y) || order == -1);
}

/* The number in LEN bytes at TEXT, or undefined. */
static asl_value read_line(asl_region *region, const char *text, size_t len)
{
    if (!asl__is_json_number(text, len))
        return asl_undefined();
    char *copy = asl_alloc(region, len + 1);
    memcpy(copy, text, len);
    copy[len] = '\0';
    return check_number(region, copy, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    asl_region *region = asl_region_new();
    const char *text = size ? (const char *)data : "";
    const char *line = memchr(text, '\n', size);
    size_t len = line ? (size_t)(line - text) : size;
    double d;

    if (!region)
        return 0;
    asl_value a = read_line(region, text, len), b = asl_undefined();
    if (line)
        b = read_line(region, line + 1, size - len - 1);
    if (size == sizeof d) {
        memcpy(&d, data, sizeof d);
        if (isfinite(d)) {
            check_double(d);
            b = asl_is_undefined(b) ? asl_number(d) : b;
        }
    }
    if (asl_is_number(a) && asl_is_number(b)) {
        check_order(a, b);
        check_order(b, a);
    }
    asl_region_free(region);
    return 0;
}
