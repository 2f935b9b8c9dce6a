/* Comparisons in filters, as Jayway makes them.
 *
 * A comparison that is not possible (`in` something that is no list) leaves the node out,
 * whatever the rest of the filter says: mark `rejected`.  One that Jayway lets fail raises:
 * mark `failure`.  Undefined is a path that found nothing: it equals nothing.
 */
#include "../value/base.h"

#include <math.h>

#include "filter.h"

#include "failure.h"
#include "../value/buf.h"
#include "../value/number.h"
#include "../value/utf8.h"

/* Whether A can be looked at; marks F with the error if it is one. */
static bool usable(asl_filter *f, asl_value a)
{
    if (!asl_is_error(a))
        return true;
    if (asl_error_of(a)->flags & ASL__FAILURE_REJECTS)
        f->rejected = true;
    else if (asl_is_undefined(f->failure))
        f->failure = a;
    return false;
}

static bool both(asl_filter *f, asl_value a, asl_value b)
{
    return usable(f, a) && usable(f, b);
}

static bool reject(asl_filter *f)
{
    f->rejected = true;
    return false;
}

bool asl_filter_exists(asl_filter *f, asl_value v)
{
    return usable(f, v) && !asl_is_undefined(v);
}

/* ---- equality ----------------------------------------------------------------- */

/* A decimal's digits without point and exponent, and the power of ten they are to be
 * divided by. */
struct digits {
    char text[ASL__NUMBER_SIZE];
    int len, scale;
    bool negative;
};

/* False if there are too many digits for us. */
static bool read_digits(const asl_decimal *decimal, struct digits *d)
{
    long exponent = 0;
    bool fraction = false;

    d->len = d->scale = 0;
    d->negative = decimal->len > 0 && decimal->text[0] == '-';
    for (uint32_t i = d->negative; i < decimal->len; i++) {
        char c = decimal->text[i];
        if (c == 'e' || c == 'E') {
            char tail[16];
            size_t len = decimal->len - i - 1;
            if (len >= sizeof tail)
                return false;
            memcpy(tail, decimal->text + i + 1, len);
            tail[len] = '\0';
            exponent = strtol(tail, NULL, 10);
            break;
        }
        if (c == '.') {
            fraction = true;
            continue;
        }
        d->scale += fraction;
        if (d->len == 1 && d->text[0] == '0')
            d->len = 0;
        if (d->len == 18)
            return false;
        d->text[d->len++] = c;
    }
    if (exponent < -1000000 || exponent > 1000000)
        return false;
    d->scale -= (int)exponent;
    return true;
}

/* BigDecimal.toString; 0 if it is longer than our numbers are. */
static size_t print_digits(const struct digits *d, char *buf)
{
    int adjusted = d->len - 1 - d->scale, whole = d->len - d->scale, n;
    const char *sign = d->negative ? "-" : "";

    if (d->scale < 0 || adjusted < -6)
        n = snprintf(buf, ASL__NUMBER_SIZE, "%s%c%s%.*sE%+d", sign, d->text[0],
                     d->len > 1 ? "." : "", d->len - 1, d->text + 1, adjusted);
    else if (d->scale == 0)
        n = snprintf(buf, ASL__NUMBER_SIZE, "%s%.*s", sign, d->len, d->text);
    else if (whole > 0)
        n = snprintf(buf, ASL__NUMBER_SIZE, "%s%.*s.%.*s", sign, whole, d->text,
                     d->scale, d->text + whole);
    else
        n = snprintf(buf, ASL__NUMBER_SIZE, "%s0.%.*s%.*s", sign, -whole, "000000",
                     d->len, d->text);
    return n < ASL__NUMBER_SIZE ? (size_t)n : 0;
}

size_t asl__filter_number(asl_value v, char *buf)
{
    struct digits d;
    size_t len;

    if (asl_tag_of(v) == ASL_INTEGER)
        return asl__integer_print(buf, (int64_t)v.u.word.body);
    if (asl_tag_of(v) == ASL_DECIMAL && read_digits(v.u.big.as.decimal, &d) &&
        (len = print_digits(&d, buf)) > 0)
        return len;
    len = asl__double_print(buf, asl_to_double(v));
    char *exponent = memchr(buf, 'E', len);
    /* BigDecimal has a sign behind its E. */
    if (exponent && exponent[1] != '-' && len + 1 < ASL__NUMBER_SIZE) {
        memmove(exponent + 2, exponent + 1, (size_t)(buf + len - exponent));
        exponent[1] = '+';
        len++;
    }
    return len;
}

/* The text W as a number; undefined if it is none. */
static asl_value text_number(asl_filter *f, asl_value w)
{
    const char *text = asl_text(&w);
    size_t len = asl_text_len(w);

    if (len > 0 && text[0] == '+') {
        text++;
        len--;
    }
    if (!asl__is_json_number(text, len))
        return asl_undefined();
    return asl__number_read(f->region, text, len);
}

/* Java's equals of what Jackson reads: 1 and 1.0 differ inside arrays and objects. */
static bool same_json(asl_value a, asl_value b)
{
    if (asl_is_number(a) && asl_is_number(b))
        return (asl_tag_of(a) == ASL_INTEGER) == (asl_tag_of(b) == ASL_INTEGER) &&
               asl_compare_numbers(a, b) == 0;
    if (asl_tag_of(a) != asl_tag_of(b) || asl_count(a) != asl_count(b))
        return false;
    if (asl_is_array(a)) {
        for (size_t i = 0; i < asl_count(a); i++)
            if (!same_json(asl_at(a, i), asl_at(b, i)))
                return false;
        return true;
    }
    if (!asl_is_object(a))
        return asl_equal(a, b);
    for (size_t i = 0; i < asl_count(a); i++) {
        const asl_member *m = asl_member_at(a, i);
        asl_value other = asl_member_of(b, m->key);
        if (asl_is_undefined(other) || !same_json(m->value, other))
            return false;
    }
    return true;
}

/* A's equals(B): not the same as B's with A where one is a string. */
static bool equals(asl_filter *f, asl_value a, asl_value b)
{
    char digits[ASL__NUMBER_SIZE];

    if (asl_is_undefined(a) || asl_is_undefined(b))
        return false;
    if (asl_is_string(a) && asl_is_string(b))
        return asl_same_text(a, b);
    if (asl_is_string(a) && asl_is_number(b)) {
        size_t len = asl__filter_number(b, digits);
        return asl_text_len(a) == len && memcmp(asl_text(&a), digits, len) == 0;
    }
    if (asl_is_number(a) && asl_is_string(b))
        b = text_number(f, b);
    if (asl_is_number(a) && asl_is_number(b))
        return asl_compare_numbers(a, b) == 0;
    return same_json(a, b);
}

/* The kind of node Jayway makes of V. */
static int kind_of(asl_value v)
{
    enum asl_tag tag = asl_tag_of(v);

    if (asl_is_number(v))
        return ASL_INTEGER;
    if (asl_is_string(v))
        return ASL_SHORT;
    return tag == ASL_OBJECT ? ASL_ARRAY : tag == ASL_FALSE ? ASL_TRUE : (int)tag;
}

bool asl_filter_equal(asl_filter *f, asl_value a, asl_value b)
{
    return both(f, a, b) && equals(f, a, b);
}

bool asl_filter_unequal(asl_filter *f, asl_value a, asl_value b)
{
    return both(f, a, b) && !equals(f, a, b);
}

bool asl_filter_same(asl_filter *f, asl_value a, asl_value b)
{
    return both(f, a, b) && kind_of(a) == kind_of(b) && equals(f, a, b);
}

bool asl_filter_not_same(asl_filter *f, asl_value a, asl_value b)
{
    return both(f, a, b) && !(kind_of(a) == kind_of(b) && equals(f, a, b));
}

/* ---- order -------------------------------------------------------------------- */

/* -1, 0, 1, or 2 where there is no order. */
static int order(asl_filter *f, asl_value a, asl_value b)
{
    int c;

    if (!both(f, a, b))
        return 2;
    if (asl_is_number(a) && asl_is_number(b))
        return asl_compare_numbers(a, b);
    if (!asl_is_string(a) || !asl_is_string(b))
        return 2;
    c = asl_compare_text(a, b);
    return (c > 0) - (c < 0);
}

bool asl_filter_less(asl_filter *f, asl_value a, asl_value b)
{
    return order(f, a, b) == -1;
}

bool asl_filter_less_equal(asl_filter *f, asl_value a, asl_value b)
{
    return order(f, a, b) <= 0;
}

bool asl_filter_greater(asl_filter *f, asl_value a, asl_value b)
{
    return order(f, a, b) == 1;
}

bool asl_filter_greater_equal(asl_filter *f, asl_value a, asl_value b)
{
    int c = order(f, a, b);

    return c == 0 || c == 1;
}

/* ---- lists -------------------------------------------------------------------- */

bool asl__filter_list(asl_filter *f, asl_value v)
{
    if (asl_is_object(v))
        return false;
    if (!asl_is_array(v))
        return reject(f);
    for (size_t i = 0; i < asl_count(v); i++) {
        if (asl_is_array(asl_at(v, i)) || asl_is_object(asl_at(v, i))) {
            if (asl_is_undefined(f->failure))
                f->failure = asl__failf(f->region, "Could not determine value type");
            return false;
        }
    }
    return true;
}

static bool has(asl_filter *f, asl_value list, asl_value v)
{
    for (size_t i = 0; i < asl_count(list); i++)
        if (equals(f, v, asl_at(list, i)))
            return true;
    return false;
}

bool asl_filter_in(asl_filter *f, asl_value a, asl_value b)
{
    return both(f, a, b) && asl__filter_list(f, b) && has(f, b, a);
}

bool asl_filter_not_in(asl_filter *f, asl_value a, asl_value b)
{
    return both(f, a, b) && !(asl__filter_list(f, b) && has(f, b, a));
}

/* Whether A's text has B's in it. */
static bool has_text(asl_value a, asl_value b)
{
    return memmem(asl_text(&a), asl_text_len(a), asl_text(&b), asl_text_len(b)) != NULL;
}

bool asl_filter_contains(asl_filter *f, asl_value a, asl_value b)
{
    if (!both(f, a, b))
        return false;
    if (asl_is_string(a) && asl_is_string(b))
        return has_text(a, b);
    return asl_is_array(a) && asl__filter_list(f, a) && has(f, a, b);
}

/* Both are lists; the right one is looked at first. */
static bool lists(asl_filter *f, asl_value a, asl_value b)
{
    return both(f, a, b) && asl__filter_list(f, b) && asl__filter_list(f, a);
}

bool asl_filter_subset_of(asl_filter *f, asl_value a, asl_value b)
{
    if (!lists(f, a, b))
        return false;
    for (size_t i = 0; i < asl_count(a); i++)
        if (!has(f, b, asl_at(a, i)))
            return false;
    return true;
}

static bool share(asl_filter *f, asl_value a, asl_value b)
{
    for (size_t i = 0; i < asl_count(a); i++)
        if (has(f, b, asl_at(a, i)))
            return true;
    return false;
}

bool asl_filter_any_of(asl_filter *f, asl_value a, asl_value b)
{
    return lists(f, a, b) && share(f, a, b);
}

bool asl_filter_none_of(asl_filter *f, asl_value a, asl_value b)
{
    return lists(f, a, b) && !share(f, a, b);
}

/* ---- size, empty, type -------------------------------------------------------- */

bool asl_filter_size(asl_filter *f, asl_value a, asl_value b)
{
    if (!both(f, a, b) || !asl_is_number(b))
        return false;
    double size = asl_to_double(b);
    size = trunc(size);
    if (asl_is_string(a))
        return (double)asl__utf8_utf16_len(asl_text(&a), asl_text_len(a)) == size;
    if (asl_is_array(a))
        return (double)asl_count(a) == size;
    return asl_is_object(a) && size == -1;
}

bool asl_filter_empty(asl_filter *f, asl_value a, asl_value b)
{
    bool empty;

    if (!both(f, a, b))
        return false;
    if (asl_is_string(a))
        empty = asl_text_len(a) == 0;
    else if (asl_is_array(a) || asl_is_object(a))
        empty = asl_count(a) == 0;
    else
        return false;
    return asl_is_boolean(b) ? empty == asl_is_true(b) : reject(f);
}

bool asl_filter_type(asl_filter *f, asl_value a, asl_value b)
{
    return both(f, a, b) && reject(f);
}
