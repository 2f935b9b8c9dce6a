/* Functions at the end of paths: Jayway's min() max() avg() stddev() sum() length() keys()
 * first() last() index(n) append(x) concat(x, ...). */
#include "../value/base.h"

#include <math.h>

#include <aslrt/ops.h>

#include "failure.h"
#include "../value/buf.h"
#include "../value/number.h"

/* ---- numbers ------------------------------------------------------------------ */

struct totals {
    size_t count;
    double sum, squares, least, most;
};

static void add_number(struct totals *t, asl_value v)
{
    if (!asl_is_number(v))
        return;
    double d = asl_to_double(v);
    t->least = t->count == 0 || d < t->least ? d : t->least;
    t->most = t->count == 0 || d > t->most ? d : t->most;
    t->sum += d;
    t->squares += d * d;
    t->count++;
}

static void add_numbers(struct totals *t, asl_value v)
{
    for (size_t i = 0; i < asl_count(v) && asl_is_array(v); i++)
        add_number(t, asl_at(v, i));
}

static asl_value no_numbers(asl_region *region)
{
    return asl__failf(
        region, "Aggregation function attempted to calculate value using empty array");
}

static asl_value aggregate(asl_region *region, asl_value v,
                           enum asl_path_function function, uint32_t count,
                           const asl_value *args)
{
    struct totals t = { 0, 0, 0, 0, 0 };
    double n;

    add_numbers(&t, v);
    for (uint32_t i = 0; i < count; i++) {
        add_number(&t, args[i]);
        add_numbers(&t, args[i]);
    }
    n = (double)t.count;
    if (t.count == 0)
        return no_numbers(region);
    if (function == ASL_PATH_MIN)
        return asl_number(t.least);
    if (function == ASL_PATH_MAX)
        return asl_number(t.most);
    if (function == ASL_PATH_SUM)
        return asl_number(t.sum);
    if (function == ASL_PATH_AVG)
        return asl_number(t.sum / n);
    return asl_number(sqrt(t.squares / n - t.sum * t.sum / n / n));
}

/* ---- the others --------------------------------------------------------------- */

static asl_value length(asl_value v, uint32_t count, const asl_value *args)
{
    if (count > 0 && asl_is_array(args[0]))
        v = args[0];
    if (!asl_is_array(v) && !asl_is_object(v))
        return asl_null();
    return asl_integer((int64_t)asl_count(v));
}

static asl_value keys(asl_region *region, asl_value v)
{
    asl_value out = asl_array();

    if (!asl_is_object(v))
        return asl_null();
    for (size_t i = 0; i < asl_count(v); i++)
        out = asl_push(region, out, asl_member_at(v, i)->key);
    return out;
}

/* Element INDEX of V; Jayway does not reach the first one from the end. */
static asl_value element(asl_region *region, asl_value v, int64_t index)
{
    int64_t count = (int64_t)asl_count(v), at = index < 0 ? index + count : index;

    if (!asl_is_array(v))
        return no_numbers(region);
    if (at >= count || at < 0 || (index < 0 && at == 0))
        return asl__failf(region, "Target index:%lld larger than object count:%lld",
                          (long long)index, (long long)count);
    return asl_at(v, (size_t)at);
}

static asl_value indexed(asl_region *region, asl_value v, uint32_t count,
                         const asl_value *args)
{
    for (uint32_t i = 0; i < count; i++) {
        asl_value n = asl_is_array(args[i]) ? asl_at(args[i], 0) : args[i];
        if (asl_is_number(n)) {
            double d = asl_to_double(n);
            return element(region, v, d > -2e9 && d < 2e9 ? (int64_t)d : INT32_MAX);
        }
    }
    return asl__failf(region, "index() needs a number");
}

static asl_value append(asl_region *region, asl_value v, uint32_t count,
                        const asl_value *args)
{
    for (uint32_t i = 0; i < count && asl_is_array(v); i++)
        v = asl_push(region, v, args[i]);
    return v;
}

/* Appends V's text as Java's toString gives it. */
static void put_text(struct asl__buf *buf, asl_value v)
{
    if (asl_is_string(v))
        asl__buf_append(buf, asl_text(&v), asl_text_len(v));
    else if (!asl_is_null(v))
        asl__print(buf, v);
}

static asl_value concat(asl_region *region, asl_value v, uint32_t count,
                        const asl_value *args)
{
    struct asl__buf buf = ASL__BUF_INIT;

    asl__buf_bound(&buf, region);
    for (size_t i = 0; asl_is_array(v) && i < asl_count(v); i++)
        if (asl_is_string(asl_at(v, i)))
            put_text(&buf, asl_at(v, i));
    for (uint32_t i = 0; i < count; i++) {
        if (asl_is_string(args[i]))
            put_text(&buf, args[i]);
        for (size_t j = 0; asl_is_array(args[i]) && j < asl_count(args[i]); j++)
            put_text(&buf, asl_at(args[i], j));
    }
    asl_value out = buf.failed ? asl_no_memory()
                               : asl_string(region, buf.data ? buf.data : "", buf.len);
    asl__buf_free(&buf);
    return out;
}

asl_value asl_path_function(asl_region *region, asl_value v,
                            enum asl_path_function function, uint32_t count,
                            const asl_value *args)
{
    if (asl_is_undefined(v) || asl_is_error(v))
        return v;
    for (uint32_t i = 0; i < count; i++)
        if (asl_is_undefined(args[i]) || asl_is_error(args[i]))
            return args[i];
    switch (function) {
    case ASL_PATH_MIN:
    case ASL_PATH_MAX:
    case ASL_PATH_AVG:
    case ASL_PATH_STDDEV:
    case ASL_PATH_SUM: return aggregate(region, v, function, count, args);
    case ASL_PATH_LENGTH: return length(v, count, args);
    case ASL_PATH_KEYS: return keys(region, v);
    case ASL_PATH_FIRST: return element(region, v, 0);
    case ASL_PATH_LAST: return element(region, v, -1);
    case ASL_PATH_INDEX: return indexed(region, v, count, args);
    case ASL_PATH_APPEND: return append(region, v, count, args);
    case ASL_PATH_CONCAT: return concat(region, v, count, args);
    case ASL_PATH_UNKNOWN: break;
    }
    return asl__failure(region, ASL__FAILURE_REJECTS,
                        asl_cstring(region, "Function with that name does not exist."));
}

asl_value asl_path_apply(asl_region *region, asl_value list,
                         enum asl_path_function function, uint32_t count,
                         const asl_value *args)
{
    asl_value out = asl_array();

    if (!asl_is_array(list))
        return list;
    for (size_t i = 0; i < asl_count(list) && asl_is_array(out); i++)
        out =
            asl_push(region, out,
                     asl_path_function(region, asl_at(list, i), function, count, args));
    return out;
}
