/* JSONata: functions of arrays that call no other: totals, $append, $reverse, $zip and
 * so on; $boolean and $not.  Those that call a function are in jsonata_each.c, $sort
 * and $distinct in jsonata_sort.c. */
#include "../value/base.h"

#include <math.h>

#include "callback.h"
#include "../value/container.h"

/* ---- totals ---------------------------------------------------------------------- */

/* The sum of COUNT numbers: exact while all are integers and it fits, else in doubles
 * from left to right.  False if one is no number. */
static bool add_up(const asl_value *items, uint32_t count, asl_value *sum)
{
    int64_t whole = 0;
    uint32_t i = 0;
    double total;

    for (int64_t next; i < count && asl__tag(items[i]) == ASL_INTEGER;
         i++, whole = next)
        if (__builtin_add_overflow(whole, (int64_t)items[i].u.word.body, &next))
            break;
    if (i == count) {
        *sum = asl_integer(whole);
        return true;
    }
    for (total = (double)whole; i < count; i++) {
        if (!asl_is_number(items[i]))
            return false;
        total += asl_to_double(items[i]);
    }
    *sum = asl_number(total);
    return true;
}

static inline bool is_nan(asl_value v)
{
    return asl__tag(v) == ASL_DOUBLE && isnan(asl_to_double(v));
}

/* Whether the number A is above B; never if one is NaN. */
static inline bool is_above(asl_value a, asl_value b)
{
    if (asl__tag(a) == ASL_INTEGER && asl__tag(b) == ASL_INTEGER)
        return (int64_t)a.u.word.body > (int64_t)b.u.word.body;
    return asl_to_double(a) > asl_to_double(b);
}

/* The largest of COUNT > 0 numbers, or the smallest; NaN if there is one. */
static asl_value pick_extreme(const asl_value *items, uint32_t count, bool largest)
{
    asl_value best = items[0];

    for (uint32_t i = 1; i < count; i++)
        if (is_nan(items[i]) ||
            (largest ? is_above(items[i], best) : is_above(best, items[i])))
            best = items[i];
    return best;
}

asl_value asl_fn_sum(asl_eval *e, asl_value context, uint32_t n, const asl_value *args)
{
    asl_value list, v;

    if (n == 1 && asl_is_array(args[0]) &&
        add_up(asl__items(args[0]), asl__count(args[0]), &v))
        return v;
    v = asl__arguments(e, &asl_fv_sum, context, n, args, &list);
    if (!asl_is_undefined(v) || asl_is_undefined(list))
        return v;
    add_up(asl__items(list), asl__count(list), &v);
    return v;
}

asl_value asl_fn_average(asl_eval *e, asl_value context, uint32_t n,
                         const asl_value *args)
{
    asl_value list, v = asl__arguments(e, &asl_fv_average, context, n, args, &list);

    if (!asl_is_undefined(v) || asl_count(list) == 0)
        return v;
    add_up(asl__items(list), asl__count(list), &v);
    return asl_number(asl_to_double(v) / asl__count(list));
}

static asl_value extreme(asl_eval *e, const asl_function *self, asl_value context,
                         uint32_t n, const asl_value *args)
{
    asl_value list, v = asl__arguments(e, self, context, n, args, &list);

    if (!asl_is_undefined(v) || asl_count(list) == 0)
        return v;
    return pick_extreme(asl__items(list), asl__count(list), self == &asl_fv_max);
}

asl_value asl_fn_max(asl_eval *e, asl_value context, uint32_t n, const asl_value *args)
{
    return extreme(e, &asl_fv_max, context, n, args);
}

asl_value asl_fn_min(asl_eval *e, asl_value context, uint32_t n, const asl_value *args)
{
    return extreme(e, &asl_fv_min, context, n, args);
}

asl_value asl_fn_count(asl_eval *e, asl_value context, uint32_t n,
                       const asl_value *args)
{
    asl_value list;

    if (n == 1 && !asl_is_error(args[0]))
        return asl_integer(asl_is_array(args[0])       ? (int64_t)asl__count(args[0])
                           : asl_is_undefined(args[0]) ? 0
                                                       : 1);
    return asl__arguments(e, &asl_fv_count, context, n, args, &list);
}

/* ---- casts ----------------------------------------------------------------------- */

asl_value asl_fn_exists(asl_eval *e, asl_value context, uint32_t n,
                        const asl_value *args)
{
    asl_value v;

    if (n == 1 && !asl_is_error(args[0]))
        return asl_boolean(!asl_is_undefined(args[0]));
    return asl__arguments(e, &asl_fv_exists, context, n, args, &v);
}

asl_value asl_fn_boolean(asl_eval *e, asl_value context, uint32_t n,
                         const asl_value *args)
{
    asl_value v, error = asl__arguments(e, &asl_fv_boolean, context, n, args, &v);

    return asl_is_undefined(error) ? asl__cast_boolean(e, v) : error;
}

asl_value asl_fn_not(asl_eval *e, asl_value context, uint32_t n, const asl_value *args)
{
    asl_value v, error = asl__arguments(e, &asl_fv_not, context, n, args, &v);

    if (!asl_is_undefined(error))
        return error;
    v = asl__cast_boolean(e, v);
    return asl_is_boolean(v) ? asl_boolean(!asl_is_true(v)) : v;
}

/* ---- rearranging ----------------------------------------------------------------- */

asl_value asl_fn_append(asl_eval *e, asl_value context, uint32_t n,
                        const asl_value *args)
{
    asl_value both[2],
        error = asl__arguments(e, &asl_fv_append, context, n, args, both);

    return asl_is_undefined(error) ? asl__append(e, both[0], both[1]) : error;
}

asl_value asl_fn_reverse(asl_eval *e, asl_value context, uint32_t n,
                         const asl_value *args)
{
    asl_value list, error = asl__arguments(e, &asl_fv_reverse, context, n, args, &list);
    uint32_t count = (uint32_t)asl_count(list);

    if (!asl_is_undefined(error))
        return error;
    if (count <= 1)
        return list;
    const asl_value *from = asl__items(list);
    asl_value *items = asl__block_new(e->region, sizeof *items, count, count);
    if (!items)
        return asl_no_memory();
    for (uint32_t i = 0; i < count; i++)
        asl__store(&items[count - 1 - i], from[i]);
    return asl__container(ASL_ARRAY, items, count, asl__depth(list));
}

/* Fisher and Yates's, from the inside out, with the numbers of $random(). */
asl_value asl_fn_shuffle(asl_eval *e, asl_value context, uint32_t n,
                         const asl_value *args)
{
    asl_value list, error = asl__arguments(e, &asl_fv_shuffle, context, n, args, &list);
    uint32_t count = (uint32_t)asl_count(list);

    if (!asl_is_undefined(error))
        return error;
    if (count <= 1)
        return list;
    const asl_value *from = asl__items(list);
    asl_value *items = asl__block_new(e->region, sizeof *items, count, count);
    if (!items)
        return asl_no_memory();
    for (uint32_t i = 0; i < count; i++) {
        asl_value random = asl_fn_random(e, asl_undefined(), 0, NULL);
        if (!asl_is_number(random))
            return random;
        uint32_t j = (uint32_t)(asl_to_double(random) * ((double)i + 1));
        if (j > i)
            j = i;
        items[i] = items[j];
        items[j] = from[i];
    }
    return asl__container(ASL_ARRAY, items, count, asl__depth(list));
}

/* ---- $zip ------------------------------------------------------------------------ */

/* How many elements argument V of $zip has. */
static uint32_t zip_length(asl_value v)
{
    return asl_is_array(v) ? asl__count(v) : !asl_is_undefined(v);
}

static asl_value zip_row(asl_eval *e, uint32_t i, uint32_t n, const asl_value *args)
{
    struct asl__values row;

    if (!asl__values_begin(e, &row, n))
        return asl_no_memory();
    for (uint32_t k = 0; k < n; k++) {
        asl_value v = asl_is_array(args[k]) ? asl__items(args[k])[i] : args[k];
        asl__values_add(e, &row, v);
    }
    return asl__values_end(e, &row, 0);
}

asl_value asl_fn_zip(asl_eval *e, asl_value context, uint32_t n, const asl_value *args)
{
    uint32_t length = UINT32_MAX;
    struct asl__values rows;
    asl_value v;

    for (uint32_t k = 0; k < n; k++) {
        if (asl_is_error(args[k]))
            return args[k];
        if (zip_length(args[k]) < length)
            length = zip_length(args[k]);
    }
    if (n == 0)
        return asl__arguments(e, &asl_fv_zip, context, n, args, &v);
    if (!asl__values_begin(e, &rows, length))
        return asl_no_memory();
    for (uint32_t i = 0; i < length; i++) {
        v = asl__in_turn(e, i);
        if (asl_is_undefined(v))
            v = zip_row(e, i, n, args);
        if (asl_is_error(v))
            return v;
        asl__values_add(e, &rows, v);
    }
    return asl__values_end(e, &rows, 0);
}
