/* Operators (jsonata.md 8). */
#include "../value/base.h"

#include "query.h"

#include "../value/container.h"
#include "../value/utf8.h"

#include <math.h>

/* ---- arithmetic ---------------------------------------------------------------------- */

static const char *name_of(unsigned op)
{
    switch (op) {
    case '+': return "+";
    case '-': return "-";
    case '*': return "*";
    case '/': return "/";
    case '%': return "%";
    case '<': return "<";
    case '>': return ">";
    case 'l': return "<=";
    default: return ">=";
    }
}

/* Undefined if V may be an operand of OP, else the error: CODE where V is no number. */
static asl_value check_operand(asl_eval *e, const char *code, unsigned op, asl_value v)
{
    if (asl_is_undefined(v))
        return v;
    if (!asl_is_number(v) || isnan(asl_to_double(v)))
        return asl_query_error(e, code, name_of(op), v);
    if (isinf(asl_to_double(v)))
        return asl_query_error(e, "D1001", name_of(op), v);
    return asl_undefined();
}

static ASL__COLD asl_value not_numbers(asl_eval *e, unsigned op, asl_value a,
                                       asl_value b)
{
    if (asl_is_error(a) || asl_is_error(b))
        return asl_is_error(a) ? a : b;
    asl_value error = check_operand(e, "T2001", op, a);
    return asl_is_error(error) ? error : check_operand(e, "T2002", op, b);
}

static double calculated(unsigned op, double x, double y)
{
    switch (op) {
    case '+': return x + y;
    case '-': return x - y;
    case '*': return x * y;
    case '/': return x / y;
    default: return fmod(x, y);
    }
}

/* The double of V, an integer or a double; false if it is neither. */
static inline bool plain_double(asl_value v, double *d)
{
    if (asl__tag(v) == ASL_INTEGER)
        *d = (double)(int64_t)v.u.word.body;
    else
        memcpy(d, &v.u.word.body, sizeof *d);
    return asl__tag(v) - ASL_INTEGER <= ASL_DOUBLE - ASL_INTEGER;
}

asl_value asl__arithmetic(asl_eval *e, unsigned op, asl_value a, asl_value b)
{
    double x, y;

    if (ASL__UNLIKELY(!plain_double(a, &x) || !plain_double(b, &y))) {
        if (!asl_is_number(a) || !asl_is_number(b))
            return not_numbers(e, op, a, b);
        x = asl_to_double(a);
        y = asl_to_double(b);
    }
    if (!isfinite(x) || !isfinite(y))
        return not_numbers(e, op, a, b);
    return asl_number(calculated(op, x, y));
}

asl_value asl_divide(asl_eval *e, asl_value a, asl_value b)
{
    int64_t x = (int64_t)a.u.word.body, y = (int64_t)b.u.word.body;

    if (asl__are_integers(a, b) && asl__are_small(x, y) && y != 0 && y != -1 && x % y == 0)
        return asl_integer(x / y);
    return asl__arithmetic(e, '/', a, b);
}

asl_value asl_modulo(asl_eval *e, asl_value a, asl_value b)
{
    int64_t x = (int64_t)a.u.word.body, y = (int64_t)b.u.word.body;

    if (asl__are_integers(a, b) && asl__are_small(x, y) && y != 0)
        return asl_integer(x % y);
    return asl__arithmetic(e, '%', a, b);
}

asl_value asl_negate(asl_eval *e, asl_value a)
{
    if (asl__tag(a) == ASL_INTEGER && asl__are_small((int64_t)a.u.word.body, 0))
        return asl_integer(-(int64_t)a.u.word.body);
    if (asl_is_error(a))
        return a;
    asl_value error = check_operand(e, "D1002", '-', a);
    if (asl_is_error(error) || asl_is_undefined(a))
        return error;
    return asl_number(-asl_to_double(a));
}

/* ---- comparison ---------------------------------------------------------------------- */

static bool is_comparable(asl_value v)
{
    return asl_is_undefined(v) || asl_is_number(v) || asl_is_string(v);
}

static asl_value ordered(unsigned op, bool less, bool equal, bool greater)
{
    switch (op) {
    case '<': return asl_boolean(less);
    case '>': return asl_boolean(greater);
    case 'l': return asl_boolean(less || equal);
    default: return asl_boolean(greater || equal);
    }
}

static ASL__COLD asl_value not_comparable(asl_eval *e, unsigned op, asl_value a,
                                          asl_value b)
{
    if (asl_is_error(a) || asl_is_error(b))
        return asl_is_error(a) ? a : b;
    if (!is_comparable(a) || !is_comparable(b))
        return asl_query_error(e, "T2010", name_of(op), is_comparable(a) ? b : a);
    if (asl_is_undefined(a) || asl_is_undefined(b))
        return asl_undefined();
    return asl_query_error2(e, "T2009", name_of(op), a, b);
}

asl_value asl__compare(asl_eval *e, unsigned op, asl_value a, asl_value b)
{
    if (asl__are_integers(a, b)) {
        int64_t x = (int64_t)a.u.word.body, y = (int64_t)b.u.word.body;
        return ordered(op, x<y, x == y, x> y);
    }
    if (asl_is_number(a) && asl_is_number(b)) {
        double x, y;
        if (!plain_double(a, &x))
            x = asl_to_double(a);
        if (!plain_double(b, &y))
            y = asl_to_double(b);
        return ordered(op, x<y, x == y, x> y);
    }
    if (asl_is_string(a) && asl_is_string(b)) {
        int order = asl_compare_text(a, b);
        return ordered(op, order<0, order == 0, order> 0);
    }
    return not_comparable(e, op, a, b);
}

/* Whether A and B are the very same value; two empty containers are not. */
static bool is_identical(asl_value a, asl_value b)
{
    if (!asl_is_array(a) && !asl_is_object(a))
        return asl__same(a, b);
    return asl__tag(a) == asl__tag(b) && asl__count(a) == asl__count(b) &&
           asl__count(a) > 0 && asl__pointer(a) == asl__pointer(b);
}

asl_value asl_in(asl_eval *e, asl_value a, asl_value b)
{
    const asl_value *items = asl_is_array(b) ? asl__items(b) : &b;
    uint32_t count = asl_is_array(b) ? asl__count(b) : 1;

    (void)e;
    if (asl_is_error(a) || asl_is_error(b))
        return asl_is_error(a) ? a : b;
    if (asl_is_undefined(a) || asl_is_undefined(b))
        return asl_boolean(false);
    if (asl__tag(a) == ASL_SHORT) {
        for (uint32_t i = 0; i < count; i++)
            if (items[i].u.word.head == a.u.word.head &&
                items[i].u.word.body == a.u.word.body)
                return asl_boolean(true);
        return asl_boolean(false);
    }
    for (uint32_t i = 0; i < count; i++)
        if (is_identical(a, items[i]))
            return asl_boolean(true);
    return asl_boolean(false);
}

/* ---- text ---------------------------------------------------------------------------- */

/* The string of V for `&`: "" of nothing. */
static inline asl_value text_of(asl_eval *e, asl_value v)
{
    if (asl_is_string(v))
        return v;
    return asl_is_undefined(v) ? asl_str("") : asl__string_of(e, v);
}

/* Whether TEXT ends with half of a surrogate pair that another could complete. */
static bool ends_high(const char *text, size_t len)
{
    return len >= 3 && (unsigned char)text[len - 3] == 0xED &&
           (unsigned char)text[len - 2] >= 0xA0 && (unsigned char)text[len - 2] <= 0xAF;
}

static asl_value concat_long(asl_eval *e, asl_value a, asl_value b)
{
    size_t first = asl_text_len(a), len = first + asl_text_len(b);
    char *text = len <= UINT32_MAX ? asl_alloc(e->region, len) : NULL;

    if (!text)
        return asl_no_memory();
    memcpy(text, asl_text(&a), first);
    memcpy(text + first, asl_text(&b), len - first);
    if (ends_high(text, first))
        len = first - 3 + asl__utf8_join_surrogates(text + first - 3, len - first + 3);
    return asl_string_in(text, len);
}

asl_value asl_concat(asl_eval *e, asl_value a, asl_value b)
{
    char few[ASL_SHORT_MAX];

    a = text_of(e, a);
    if (asl_is_error(a))
        return a;
    b = text_of(e, b);
    if (asl_is_error(b))
        return b;
    size_t first = asl_text_len(a), len = first + asl_text_len(b);
    if (len == first)
        return a;
    if (first == 0)
        return b;
    if (len > ASL_SHORT_MAX || ends_high(asl_text(&a), first))
        return concat_long(e, a, b);
    memcpy(few, asl_text(&a), first);
    memcpy(few + first, asl_text(&b), len - first);
    return asl__short(few, len);
}

/* ---- ranges -------------------------------------------------------------------------- */

/* Whether V is a whole number. */
static bool is_whole(asl_value v)
{
    if (!asl_is_number(v))
        return false;
    double d = asl_to_double(v);
    return asl__tag(v) == ASL_INTEGER || (isfinite(d) && d == floor(d));
}

/* COUNT numbers from A on. */
static asl_value range_from(asl_eval *e, asl_value a, size_t count)
{
    asl_value *items = asl__block_new(e->region, sizeof *items, count, count);
    int64_t first;

    if (!items)
        return asl_no_memory();
    if (asl_to_integer(a, &first)) {
        for (size_t i = 0; i < count; i++)
            asl__store(&items[i], asl_integer(first + (int64_t)i));
    } else {
        for (size_t i = 0; i < count; i++)
            asl__store(&items[i], asl_number(asl_to_double(a) + (double)i));
    }
    return asl_flagged(asl__container(ASL_ARRAY, items, count, 1), ASL_SEQUENCE);
}

asl_value asl_range(asl_eval *e, asl_value a, asl_value b)
{
    int64_t first, last, distance;

    if (asl_is_error(a) || asl_is_error(b))
        return asl_is_error(a) ? a : b;
    if (!asl_is_undefined(a) && !is_whole(a))
        return asl_query_error(e, "T2003", "..", a);
    if (!asl_is_undefined(b) && !is_whole(b))
        return asl_query_error(e, "T2004", "..", b);
    if (asl_is_undefined(a) || asl_is_undefined(b))
        return asl_undefined();
    double size = asl_to_double(b) - asl_to_double(a) + 1;
    if (asl_to_integer(a, &first) && asl_to_integer(b, &last) &&
        !__builtin_sub_overflow(last, first, &distance) && distance < ASL__MOST_RANGE)
        size = (double)distance + 1;
    if (size <= 0)
        return asl_undefined();
    if (size > ASL__MOST_RANGE)
        return asl_query_error(e, "D2014", "..", asl_number(size));
    return range_from(e, a, (size_t)size);
}
