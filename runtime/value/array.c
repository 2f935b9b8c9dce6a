/* Arrays, and the blocks that arrays and objects share; see container.h. */
#include "base.h"

#include "container.h"
#include "region.h"

/* ---- blocks --------------------------------------------------------------------- */

void *asl__block_new(asl_region *region, size_t element, size_t count, size_t capacity)
{
    if (capacity > ASL__MOST_ELEMENTS)
        capacity = ASL__MOST_ELEMENTS;
    if (count > capacity)
        return NULL;
    /* Less than 2^38. */
    asl_block *block = asl_alloc(region, sizeof *block + capacity * element);
    if (!block)
        return NULL;
    block->used = (uint32_t)count;
    block->capacity = (uint32_t)capacity;
    block->link = NULL;
    return block + 1;
}

size_t asl__depth_of_items(const asl_value *items, size_t count)
{
    size_t depth = 0;

    for (size_t i = 0; i < count; i++)
        if (asl_depth(items[i]) > depth)
            depth = asl_depth(items[i]);
    return depth + 1;
}

size_t asl__depth_of_members(const asl_member *members, size_t count)
{
    size_t depth = 0;

    for (size_t i = 0; i < count; i++)
        if (asl_depth(members[i].value) > depth)
            depth = asl_depth(members[i].value);
    return depth + 1;
}

/* ---- arrays --------------------------------------------------------------------- */

asl_value asl_push(asl_region *region, asl_value array, asl_value v)
{
    size_t count = asl_count(array), depth = asl_depth(v) + 1;
    asl_value *items;

    if (asl_is_error(array))
        return array;
    if (asl_is_error(v))
        return v;
    asl__check(asl_is_array(array), "asl_push: not an array");
    if (depth > ASL_MAX_DEPTH)
        return asl_too_deep();
    if (depth < asl__depth(array))
        depth = asl__depth(array);
    if (count > 0 && asl__block_extend(region, array, sizeof v)) {
        items = (asl_value *)(asl__block_of(array) + 1);
    } else {
        items = asl__block_new(region, sizeof v, count + 1, asl__grown(count));
        if (!items)
            return asl_no_memory();
        if (count > 0)
            memcpy(items, asl__items(array), count * sizeof v);
    }
    items[count] = v;
    return asl__container(ASL_ARRAY, items, count + 1, depth);
}

asl_value asl_array_of(asl_region *region, size_t count, const asl_value *items)
{
    if (count == 0)
        return asl_array();
    for (size_t i = 0; i < count; i++)
        if (asl_is_error(items[i]))
            return items[i];
    size_t depth = asl__depth_of_items(items, count);
    if (depth > ASL_MAX_DEPTH)
        return asl_too_deep();
    asl_value *copy = asl__block_new(region, sizeof *copy, count, count);
    if (!copy)
        return asl_no_memory();
    memcpy(copy, items, count * sizeof *copy);
    return asl__container(ASL_ARRAY, copy, count, depth);
}

asl_value asl_slice(asl_region *region, asl_value array, size_t first, size_t last)
{
    if (asl_is_error(array))
        return array;
    size_t count = asl_count(array);
    if (last > count)
        last = count;
    if (first >= last)
        return asl_array();
    const asl_value *items = asl__items(array);
    if (first == 0) /* a prefix needs no block of its own */
        return asl__container(ASL_ARRAY, items, last, asl__depth_of_items(items, last));
    return asl_array_of(region, last - first, items + first);
}

asl_value asl_replace_at(asl_region *region, asl_value array, size_t index, asl_value v)
{
    size_t count = asl_count(array);

    if (asl_is_error(array))
        return array;
    if (asl_is_error(v))
        return v;
    asl__check(index < count, "asl_replace_at: no such element");
    if (asl_depth(v) + 1 > ASL_MAX_DEPTH)
        return asl_too_deep();
    asl_value *items = asl__block_new(region, sizeof v, count, count);
    if (!items)
        return asl_no_memory();
    memcpy(items, asl__items(array), count * sizeof v);
    items[index] = v;
    return asl__container(ASL_ARRAY, items, count, asl__depth_of_items(items, count));
}
