/* Intrinsic functions on arrays. */
#include "../value/base.h"

#include "intrinsic.h"

enum { RANGE_MAX = 1000 }; /* elements of States.ArrayRange */

asl_value asl_intrinsic_array(asl_region *region, uint32_t count, const asl_value *args)
{
    return asl_array_of(region, count, args);
}

asl_value asl_intrinsic_array_partition(asl_region *region, uint32_t count,
                                        const asl_value *args)
{
    asl_value out = asl_array();
    int64_t size = 0;

    ASL__ARGUMENTS(count == 2 && asl_is_array(args[0]) && asl__round(args[1], &size) &&
                       size > 0,
                   "States.ArrayPartition");
    size_t n = asl_count(args[0]), step = (uint64_t)size < n ? (size_t)size : n;
    for (size_t i = 0; i < n; i += step)
        out = asl_push(region, out, asl_slice(region, args[0], i, i + step));
    return out;
}

static bool has_element(asl_value array, asl_value v)
{
    for (size_t i = 0; i < asl_count(array); i++)
        if (asl_equal(asl_at(array, i), v))
            return true;
    return false;
}

asl_value asl_intrinsic_array_contains(asl_region *region, uint32_t count,
                                       const asl_value *args)
{
    ASL__ARGUMENTS(count == 2 && asl_is_array(args[0]), "States.ArrayContains");
    return asl_boolean(has_element(args[0], args[1]));
}

asl_value asl_intrinsic_array_range(asl_region *region, uint32_t count,
                                    const asl_value *args)
{
    asl_value out = asl_array();
    int64_t at = 0, end = 0, step = 0;

    ASL__ARGUMENTS(count == 3 && asl__round(args[0], &at) &&
                       asl__round(args[1], &end) && asl__round(args[2], &step) &&
                       step != 0,
                   "States.ArrayRange");
    for (bool fits = true; fits && (step > 0 ? at <= end : at >= end);
         fits = !__builtin_add_overflow(at, step, &at)) {
        if (asl_count(out) == RANGE_MAX)
            return asl__invalid_arguments(region, "States.ArrayRange");
        out = asl_push(region, out, asl_integer(at));
    }
    return out;
}

asl_value asl_intrinsic_array_get_item(asl_region *region, uint32_t count,
                                       const asl_value *args)
{
    int64_t index = 0;

    ASL__ARGUMENTS(count == 2 && asl_is_array(args[0]) && asl__round(args[1], &index) &&
                       index >= 0 && (uint64_t)index < asl_count(args[0]),
                   "States.ArrayGetItem");
    return asl_at(args[0], (size_t)index);
}

asl_value asl_intrinsic_array_length_any(asl_region *region, uint32_t count,
                                         const asl_value *args)
{
    ASL__ARGUMENTS(count == 1 && asl_is_array(args[0]), "States.ArrayLength");
    return asl_integer((int64_t)asl_count(args[0]));
}

asl_value asl_intrinsic_array_unique(asl_region *region, uint32_t count,
                                     const asl_value *args)
{
    asl_value out = asl_array();

    ASL__ARGUMENTS(count == 1 && asl_is_array(args[0]), "States.ArrayUnique");
    for (size_t i = 0; i < asl_count(args[0]); i++)
        if (!has_element(out, asl_at(args[0], i)))
            out = asl_push(region, out, asl_at(args[0], i));
    return out;
}
