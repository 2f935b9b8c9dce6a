/* JSONata: the functions that call another one for each item: $map, $filter, $single,
 * $reduce; $each, $sift. */
#include "../value/base.h"

#include "callback.h"
#include "../value/container.h"

/* What such a function works on, and its callback. */
struct each {
    asl_value list; /* array or object */
    struct asl__callback f;
    uint32_t count; /* elements or members */
    uint32_t nargs; /* of the callback */
};

/* Takes the arguments of SELF; false: *RESULT is the result, an error or undefined.
 * When true asl__callback_end() must follow. */
static bool each_begin(asl_eval *e, const asl_function *self, asl_value context,
                       uint32_t n, const asl_value *args, struct each *each,
                       asl_value *result)
{
    asl_value in[2];

    *result = asl__arguments(e, self, context, n, args, in);
    if (!asl_is_undefined(*result) || asl_is_undefined(in[0]))
        return false;
    each->list = in[0];
    each->count = asl__count(in[0]);
    if (asl_is_undefined(in[1])) { /* `f?` */
        if (each->count > 0)
            *result = asl_query_error(e, "T0410", self->name, asl_integer(2));
        return false;
    }
    *result = asl__callback_begin(e, in[1], &each->f);
    if (!asl_is_undefined(*result))
        return false;
    each->nargs = asl__callback_count(&each->f);
    return true;
}

/* The callback's result for element I. */
static inline asl_value each_item(asl_eval *e, const struct each *each, uint32_t i)
{
    asl_value args[ASL__CALLBACK_ARGS] = { 0 };

    asl__store(args, asl__callback_arg(&each->f, asl__items(each->list)[i]));
    if (each->nargs > 1)
        asl__store(args + 1, asl_integer(i));
    if (each->nargs > 2)
        asl__store(args + 2, each->list);
    return asl__callback_call(e, &each->f, each->nargs, args);
}

/* For member I. */
static asl_value each_member(asl_eval *e, const struct each *each, uint32_t i)
{
    const asl_member *m = &asl__members(each->list)[i];
    asl_value args[ASL__CALLBACK_ARGS] = { asl__callback_arg(&each->f, m->value) };

    if (each->nargs > 1)
        args[1] = m->key;
    if (each->nargs > 2)
        args[2] = each->list;
    return asl__callback_call(e, &each->f, each->nargs, args);
}

/* ---- arrays ---------------------------------------------------------------------- */

typedef asl_value one_result(asl_eval *e, const struct each *each, uint32_t i);
/* What ONE gives for each item or member, a sequence. */
static inline asl_value collect(asl_eval *e, const struct each *each, one_result *one)
{
    struct asl__values l;

    if (!asl__values_begin(e, &l, each->count))
        return asl_no_memory();
    for (uint32_t i = 0; i < each->count; i++) {
        asl_value v = asl__in_turn(e, i);
        if (asl_is_undefined(v))
            v = one(e, each, i);
        if (asl_is_undefined(v))
            continue;
        if (asl_is_error(v))
            return v;
        asl__values_add(e, &l, v); /* there is room for all */
    }
    return asl__values_end(e, &l, ASL_SEQUENCE);
}

asl_value asl_fn_map(asl_eval *e, asl_value context, uint32_t n, const asl_value *args)
{
    struct each each;
    asl_value v;

    if (!each_begin(e, &asl_fv_map, context, n, args, &each, &v))
        return v;
    v = collect(e, &each, each_item);
    asl__callback_end(e);
    return v;
}

static asl_value filter_items(asl_eval *e, const struct each *each)
{
    struct asl__values l;

    if (!asl__values_begin(e, &l, each->count < 64 ? each->count : 64))
        return asl_no_memory();
    for (uint32_t i = 0; i < each->count; i++) {
        asl_value v = asl__in_turn(e, i);
        if (asl_is_undefined(v))
            v = each_item(e, each, i);
        if (asl_is_error(v))
            return v;
        unsigned is_true = asl_truth(v);
        if (is_true > ASL_TRUTH)
            return asl_infinite(e);
        if (is_true && !asl__values_add(e, &l, asl__items(each->list)[i]))
            return asl_no_memory();
    }
    return asl__values_end(e, &l, ASL_SEQUENCE);
}

asl_value asl_fn_filter(asl_eval *e, asl_value context, uint32_t n,
                        const asl_value *args)
{
    struct each each;
    asl_value v;

    if (!each_begin(e, &asl_fv_filter, context, n, args, &each, &v))
        return v;
    v = filter_items(e, &each);
    asl__callback_end(e);
    return v;
}

/* The one element among those of EACH that the callback wants. */
static asl_value single_item(asl_eval *e, const struct each *each)
{
    asl_value found = asl_undefined();
    bool has_found = false;

    for (uint32_t i = 0; i < each->count; i++) {
        asl_value v = asl__in_turn(e, i);
        if (asl_is_undefined(v))
            v = each_item(e, each, i);
        if (asl_is_error(v))
            return v;
        unsigned is_true = asl_truth(v);
        if (is_true > ASL_TRUTH)
            return asl_infinite(e);
        if (!is_true)
            continue;
        if (has_found)
            return asl_query_error(e, "D3138", "single", asl_integer(i));
        found = asl__items(each->list)[i];
        has_found = true;
    }
    return has_found ? found : asl_query_error(e, "D3139", "single", asl_undefined());
}

asl_value asl_fn_single(asl_eval *e, asl_value context, uint32_t n,
                        const asl_value *args)
{
    asl_value in[2], v = asl__arguments(e, &asl_fv_single, context, n, args, in);
    struct each each = { .list = in[0] };

    if (!asl_is_undefined(v) || asl_is_undefined(in[0]))
        return v;
    each.count = asl__count(in[0]);
    if (asl_is_undefined(in[1])) {
        if (each.count == 1)
            return asl__items(in[0])[0];
        return asl_query_error(e, each.count ? "D3138" : "D3139", "single",
                               asl_undefined());
    }
    v = asl__callback_begin(e, in[1], &each.f);
    if (!asl_is_undefined(v))
        return v;
    each.nargs = asl__callback_count(&each.f);
    v = single_item(e, &each);
    asl__callback_end(e);
    return v;
}

/* ---- $reduce --------------------------------------------------------------------- */

/* Between two calls nothing is needed of what has been made but the result so far. */
static asl_value fold(asl_eval *e, const struct each *each, asl_value init)
{
    struct asl__call_mark mark = asl__call_mark(e);
    asl_value args[ASL__CALLBACK_ARGS] = { init };
    uint32_t i = 0, n = each->f.arity < 4 ? each->f.arity : 4;

    if (asl_is_undefined(init) && each->count > 0)
        args[0] = asl__items(each->list)[i++];
    if (i < each->count)
        args[0] = asl__callback_arg(&each->f, args[0]);
    for (; i < each->count; i++) {
        asl_value v = asl__in_turn(e, i);
        if (asl_is_error(v))
            return v;
        asl__store(&args[1], asl__callback_arg(&each->f, asl__items(each->list)[i]));
        if (n > 2)
            asl__store(&args[2], asl_integer(i));
        if (n > 3)
            asl__store(&args[3], each->list);
        v = asl__call_end(e, &mark, asl__callback_call(e, &each->f, n, args));
        if (asl_is_error(v))
            return v;
        asl__store(&args[0], i + 1 < each->count ? asl__callback_arg(&each->f, v) : v);
    }
    return args[0];
}

asl_value asl_fn_reduce(asl_eval *e, asl_value context, uint32_t n,
                        const asl_value *args)
{
    asl_value in[3], v = asl__arguments(e, &asl_fv_reduce, context, n, args, in);
    struct each each = { .list = in[0] };

    if (!asl_is_undefined(v) || asl_is_undefined(in[0]))
        return v;
    each.count = asl__count(in[0]);
    v = asl__callback_begin(e, in[1], &each.f);
    if (!asl_is_undefined(v))
        return v;
    if (each.f.arity < 2)
        v = asl_query_error(e, "D3050", "reduce", asl_undefined());
    else
        v = fold(e, &each, in[2]);
    asl__callback_end(e);
    return v;
}

/* ---- objects --------------------------------------------------------------------- */

asl_value asl_fn_each(asl_eval *e, asl_value context, uint32_t n, const asl_value *args)
{
    struct each each;
    asl_value v;

    if (!each_begin(e, &asl_fv_each, context, n, args, &each, &v)) /* of nothing, a sequence */
        return asl_is_undefined(v) ? asl_flagged(asl_array(), ASL_SEQUENCE) : v;
    v = collect(e, &each, each_member);
    asl__callback_end(e);
    return v;
}

static asl_value sift_members(asl_eval *e, const struct each *each)
{
    size_t count = 0;

    if (each->count == 0)
        return asl_undefined();
    asl_member *kept = asl_alloc(e->region, each->count * sizeof *kept);
    if (!kept)
        return asl_no_memory();
    for (uint32_t i = 0; i < each->count; i++) {
        asl_value v = asl__in_turn(e, i);
        if (asl_is_undefined(v))
            v = each_member(e, each, i);
        if (asl_is_error(v))
            return v;
        unsigned is_true = asl_truth(v);
        if (is_true > ASL_TRUTH)
            return asl_infinite(e);
        if (is_true)
            kept[count++] = asl__members(each->list)[i];
    }
    if (count == 0)
        return asl_undefined();
    return count == each->count ? each->list
                                : asl__object_build(e->region, kept, count, true);
}

asl_value asl_fn_sift(asl_eval *e, asl_value context, uint32_t n, const asl_value *args)
{
    struct each each;
    asl_value v;

    if (!each_begin(e, &asl_fv_sift, context, n, args, &each, &v))
        return v;
    v = sift_members(e, &each);
    asl__callback_end(e);
    return v;
}
