/* JSONata: functions of objects, and $type, $error, $assert, $clone. */
#include "../value/base.h"

#include <math.h>

#include "callback.h"
#include "../value/container.h"
#include "clone.h"

/* ---- $keys ----------------------------------------------------------------------- */

static asl_value keys_of_object(asl_eval *e, asl_value object)
{
    struct asl__values l;
    uint32_t count = asl__count(object);

    if (!asl__values_begin(e, &l, count))
        return asl_no_memory();
    for (uint32_t i = 0; i < count; i++)
        asl__values_add(e, &l, asl__members(object)[i].key);
    return asl__values_end(e, &l, ASL_SEQUENCE);
}

/* The keys of objects as they come, still with those that are there already. */
struct key_set {
    asl_member *members;
    size_t count, room;
    asl_value last; /* the object before */
};

static bool key_set_add(asl_eval *e, struct key_set *set, asl_value key)
{
    if (set->count == set->room) {
        size_t room = set->room ? set->room * 2 : 16;
        asl_member *members = asl_alloc(e->region, room * sizeof *members);
        if (!members)
            return false;
        if (set->count > 0)
            memcpy(members, set->members, set->count * sizeof *members);
        set->members = members;
        set->room = room;
    }
    set->members[set->count++] = (asl_member){ key, asl_null() };
    return true;
}

/* The keys of OBJECT but for those that the object before it has in the same place. */
static bool collect_object(asl_eval *e, struct key_set *set, asl_value object)
{
    const asl_member *m = asl__members(object), *last = asl__members(set->last);
    size_t shared = asl_count(set->last);

    for (size_t i = 0; i < asl__count(object); i++)
        if ((i >= shared || !asl_same_text(m[i].key, last[i].key)) &&
            !key_set_add(e, set, m[i].key))
            return false;
    set->last = object;
    return true;
}

/* The keys of the objects in ARRAY and in arrays in it: undefined, or an error. */
static asl_value collect_keys(asl_eval *e, struct key_set *set, asl_value array)
{
    for (uint32_t i = 0; i < asl__count(array); i++) {
        asl_value v = asl__items(array)[i], error = asl__in_turn(e, i);
        if (asl_is_undefined(error) && asl_is_array(v))
            error = collect_keys(e, set, v);
        if (asl_is_undefined(error) && asl_is_object(v) && !collect_object(e, set, v))
            error = asl_no_memory();
        if (!asl_is_undefined(error))
            return error;
    }
    return asl_undefined();
}

asl_value asl_fn_keys(asl_eval *e, asl_value context, uint32_t n, const asl_value *args)
{
    struct key_set set = { .last = asl_object() };
    asl_value v, error = asl__arguments(e, &asl_fv_keys, context, n, args, &v);

    if (!asl_is_undefined(error))
        return error;
    if (asl_is_object(v))
        return keys_of_object(e, v);
    if (!asl_is_array(v))
        return asl_flagged(asl_array(), ASL_SEQUENCE);
    error = collect_keys(e, &set, v);
    if (!asl_is_undefined(error))
        return error;
    v = asl_object_of(e->region, set.count, set.members);
    return asl_is_object(v) ? keys_of_object(e, v) : v;
}

/* ---- $lookup, $spread, $merge ---------------------------------------------------- */

asl_value asl_fn_lookup(asl_eval *e, asl_value context, uint32_t n,
                        const asl_value *args)
{
    asl_value in[2], error = asl__arguments(e, &asl_fv_lookup, context, n, args, in);

    if (!asl_is_undefined(error))
        return error;
    return asl_is_undefined(in[1]) ? in[1] : asl_lookup_in(e, in[0], in[1]);
}

/* Adds an object for each member of OBJECT. */
static asl_value spread_object(asl_eval *e, struct asl__values *l, asl_value object)
{
    for (uint32_t i = 0; i < asl__count(object); i++) {
        const asl_member *m = &asl__members(object)[i];
        asl_value one = asl_record(e->region, 1, &m->key, &m->value);
        if (asl_is_error(one))
            return one;
        if (!asl__values_add(e, l, one))
            return asl_no_memory();
    }
    return asl_undefined();
}

static asl_value spread_items(asl_eval *e, struct asl__values *l, asl_value array)
{
    for (uint32_t i = 0; i < asl__count(array); i++) {
        asl_value v = asl__items(array)[i], error = asl__in_turn(e, i);
        if (!asl_is_undefined(error))
            return error;
        if (asl_is_array(v))
            error = spread_items(e, l, v);
        else if (asl_is_object(v))
            error = spread_object(e, l, v);
        else if (!asl__values_add(e, l, v))
            error = asl_no_memory();
        if (!asl_is_undefined(error))
            return error;
    }
    return asl_undefined();
}

asl_value asl_fn_spread(asl_eval *e, asl_value context, uint32_t n,
                        const asl_value *args)
{
    struct asl__values l;
    asl_value v, error = asl__arguments(e, &asl_fv_spread, context, n, args, &v);

    if (!asl_is_undefined(error))
        return error;
    if (!asl_is_object(v) && !asl_is_array(v))
        return v;
    if (!asl__values_begin(e, &l, asl__count(v)))
        return asl_no_memory();
    error = asl_is_object(v) ? spread_object(e, &l, v) : spread_items(e, &l, v);
    if (!asl_is_undefined(error))
        return error;
    /* What has items was appended to, and is no sequence then. */
    return asl__values_end(e, &l,
                           asl_is_object(v) || asl__count(v) == 0 ? ASL_SEQUENCE : 0);
}

asl_value asl_fn_merge(asl_eval *e, asl_value context, uint32_t n,
                       const asl_value *args)
{
    asl_value list, error = asl__arguments(e, &asl_fv_merge, context, n, args, &list);
    size_t total = 0, count = asl_count(list), at = 0;

    if (!asl_is_undefined(error) || asl_is_undefined(list))
        return error;
    const asl_value *objects = asl__items(list);
    for (size_t i = 0; i < count; i++)
        total += asl__count(objects[i]);
    if (total == 0)
        return asl_object();
    if (count == 1)
        return objects[0];
    asl_member *members = asl_alloc(e->region, total * sizeof *members);
    if (!members)
        return asl_no_memory();
    for (size_t i = 0; i < count; i++) {
        size_t more = asl__count(objects[i]);
        if (more > 0)
            memcpy(members + at, asl__members(objects[i]), more * sizeof *members);
        at += more;
    }
    return asl_object_of(e->region, total, members);
}

/* ---- $type, $error, $assert, $clone ---------------------------------------------- */

asl_value asl_fn_type(asl_eval *e, asl_value context, uint32_t n, const asl_value *args)
{
    asl_value v, error = asl__arguments(e, &asl_fv_type, context, n, args, &v);

    if (!asl_is_undefined(error) || asl_is_undefined(v))
        return error;
    if (asl_is_function(v))
        return asl_str("function");
    if (asl__tag(v) == ASL_DOUBLE && isinf(asl_to_double(v)))
        return asl_query_error(e, "D1001", "type", v);
    if (asl__tag(v) == ASL_DOUBLE && isnan(asl_to_double(v)))
        return asl_str("object"); /* none of the others */
    return asl_cstring(e->region, asl_type_name(v));
}

/* MESSAGE, or what stands for none. */
static asl_value message_or(asl_value message, asl_value otherwise)
{
    return asl_is_string(message) && asl_text_len(message) > 0 ? message : otherwise;
}

asl_value asl_fn_error(asl_eval *e, asl_value context, uint32_t n,
                       const asl_value *args)
{
    asl_value v, error = asl__arguments(e, &asl_fv_error, context, n, args, &v);

    if (!asl_is_undefined(error))
        return error;
    return asl_query_fail(e, "D3137",
                          message_or(v, asl_str("$error() function evaluated")));
}

asl_value asl_fn_assert(asl_eval *e, asl_value context, uint32_t n,
                        const asl_value *args)
{
    asl_value in[2], error = asl__arguments(e, &asl_fv_assert, context, n, args, in);

    if (!asl_is_undefined(error))
        return error;
    if (asl_is_true(in[0]))
        return asl_undefined();
    return asl_query_fail(e, "D3141",
                          message_or(in[1], asl_str("$assert() statement failed")));
}

asl_value asl_fn_clone(asl_eval *e, asl_value context, uint32_t n,
                       const asl_value *args)
{
    asl_value v, error = asl__arguments(e, &asl_fv_clone, context, n, args, &v);

    return asl_is_undefined(error) ? asl__clone(e, v) : error;
}
