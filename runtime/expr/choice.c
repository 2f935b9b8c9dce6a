/* The comparison operators of JSONPath Choice rules (language.md 6.2): false where the
 * types do not fit. */
#include "../value/base.h"

#include <aslrt/ops.h>

#include "failure.h"
#include "time.h"

/* What an order means where there is none. */
enum { NO_ORDER = 2 };

static int string_order(asl_value v, asl_value w)
{
    if (!asl_is_string(v) || !asl_is_string(w))
        return NO_ORDER;
    int c = asl_compare_text(v, w);
    return (c > 0) - (c < 0);
}

int asl_numeric_order(asl_value v, asl_value w)
{
    if (!asl_is_number(v) || !asl_is_number(w))
        return NO_ORDER;
    return asl_compare_numbers(v, w);
}

int asl_timestamp_order_at(asl_value v, int64_t seconds, uint32_t nanoseconds)
{
    int64_t s;
    uint32_t ns;

    if (!asl_is_string(v) ||
        !asl__time_parse_exact(asl_text(&v), asl_text_len(v), &s, &ns))
        return NO_ORDER;
    if (s != seconds)
        return s < seconds ? -1 : 1;
    return ns < nanoseconds ? -1 : ns > nanoseconds;
}

static int timestamp_order(asl_value v, asl_value w)
{
    int64_t s;
    uint32_t ns;

    if (!asl_is_string(w) ||
        !asl__time_parse_exact(asl_text(&w), asl_text_len(w), &s, &ns))
        return NO_ORDER;
    return asl_timestamp_order_at(v, s, ns);
}

/* The operators of a kind but Equals; NO_ORDER is neither below, at nor above. */
#define OPERATORS(kind, order)                                      \
    bool asl_##kind##_less_than(asl_value v, asl_value w)           \
    {                                                               \
        return order(v, w) == -1;                                   \
    }                                                               \
    bool asl_##kind##_greater_than(asl_value v, asl_value w)        \
    {                                                               \
        return order(v, w) == 1;                                    \
    }                                                               \
    bool asl_##kind##_less_than_equals(asl_value v, asl_value w)    \
    {                                                               \
        return order(v, w) <= 0;                                    \
    }                                                               \
    bool asl_##kind##_greater_than_equals(asl_value v, asl_value w) \
    {                                                               \
        int c = order(v, w);                                        \
        return c == 0 || c == 1;                                    \
    }

OPERATORS(string, string_order)
OPERATORS(timestamp, timestamp_order)

bool asl_timestamp_equals(asl_value v, asl_value w)
{
    return timestamp_order(v, w) == 0;
}

bool asl_boolean_equals(asl_value v, asl_value w)
{
    return asl_is_boolean(v) && asl_is_boolean(w) && asl_is_true(v) == asl_is_true(w);
}

int64_t asl_find_long_text(uint64_t head, uint64_t body, const asl_lookup *lookup)
{
    asl_value v = {.u.word = {head, body}};
    uint32_t number;

    if (!asl_is_string(v))
        return -1;
    for (uint32_t at = asl_text_key(v); (number = lookup->slots[at & lookup->mask]); at++)
        if (asl_same_text(lookup->keys[number - 1], v))
            return number - 1;
    return -1;
}

int64_t asl_find_number(asl_value v, const asl_lookup *lookup)
{
    uint32_t number;

    if (!asl_is_number(v))
        return -1;
    for (uint32_t at = asl_number_key(v); (number = lookup->slots[at & lookup->mask]); at++)
        if (asl_numeric_equals(v, lookup->keys[number - 1]))
            return number - 1;
    return -1;
}

bool asl_is_timestamp(asl_value v)
{
    return asl_timestamp_order_at(v, 0, 0) != NO_ORDER;
}

/* ---- StringMatches ------------------------------------------------------------ */

/* A byte of the pattern at AT: a star is -1; *NEXT is behind it. */
static int pattern_byte(const char *pattern, size_t len, size_t at, size_t *next)
{
    *next = at + 1;
    if (pattern[at] == '*')
        return -1;
    if (pattern[at] == '\\' && at + 1 < len) {
        *next = at + 2;
        return (unsigned char)pattern[at + 1];
    }
    return (unsigned char)pattern[at];
}

/* On a mismatch the last star takes one byte more: earlier stars need no second try. */
bool asl_string_matches(asl_value v, asl_value pattern)
{
    if (!asl_is_string(v) || !asl_is_string(pattern))
        return false;
    const char *text = asl_text(&v), *p = asl_text(&pattern);
    size_t len = asl_text_len(v), plen = asl_text_len(pattern);
    size_t at = 0, pat = 0, star = SIZE_MAX, taken = 0, next = 0;

    while (at < len || pat < plen) {
        int c = pat < plen ? pattern_byte(p, plen, pat, &next) : -2;
        if (c == -1) {
            star = pat = next;
            taken = at;
        } else if (c >= 0 && at < len && c == (unsigned char)text[at]) {
            at++;
            pat = next;
        } else if (star != SIZE_MAX && taken < len) {
            at = ++taken;
            pat = star;
        } else {
            return false;
        }
    }
    return true;
}

bool asl_string_pattern_valid(asl_value pattern)
{
    const char *p = asl_text(&pattern);
    size_t len = asl_text_len(pattern);

    for (size_t i = 0; i < len; i++)
        if (p[i] == '\\' && (++i == len || (p[i] != '*' && p[i] != '\\')))
            return false;
    return true;
}

asl_value asl_pattern_error(asl_region *region, asl_value pattern)
{
    return asl__failure(region, 0,
                        asl__around(region,
                                    "Invalid escape in the StringMatches pattern '",
                                    pattern, "'"));
}
