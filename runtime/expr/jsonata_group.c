/* Objects that expressions make: group-by and constructors (jsonata.md 8). */
#include "../value/base.h"

#include "query.h"

#include "../value/container.h"

enum { INDEX_ABOVE = 8 }; /* more groups than that have an index */

struct asl__group {
    asl_value key;
    asl_value item; /* the first */
    asl_value value;
    asl_list items; /* all of them, once there are two, and rows at once */
    uint32_t pair;
    uint32_t nitems; /* up to 2 */
};

/* Open addressing; position + 1, 0 is free.  At least half of the slots stay free. */
struct index {
    uint64_t seed;
    uint32_t mask;
    uint32_t slots[];
};

/* ---- finding ------------------------------------------------------------------------- */

static uint32_t *slot_of(struct index *index, const struct asl__group *groups,
                         asl_value key)
{
    uint32_t at = (uint32_t)asl__key_hash(key, index->seed) & index->mask;

    while (index->slots[at] && !asl_same_text(groups[index->slots[at] - 1].key, key))
        at = (at + 1) & index->mask;
    return &index->slots[at];
}

static struct asl__group *find(const asl_groups *g, asl_value key)
{
    if (g->index) {
        uint32_t at = *slot_of(g->index, g->groups, key);
        return at ? &g->groups[at - 1] : NULL;
    }
    struct asl__group *group = g->groups, *end = group + g->count;
    if (asl__tag(key) == ASL_SHORT) { /* which has one form */
        for (; group < end; group++)
            if (group->key.u.word.head == key.u.word.head &&
                group->key.u.word.body == key.u.word.body)
                return group;
        return NULL;
    }
    for (; group < end; group++)
        if (asl_same_text(group->key, key))
            return group;
    return NULL;
}

/* Gives G an index for ROOM groups. */
static bool make_index(asl_region *region, asl_groups *g, uint32_t room)
{
    uint32_t mask = asl__index_mask(room);
    size_t bytes = ((size_t)mask + 1) * sizeof(uint32_t);
    struct index *index = asl_alloc(region, sizeof *index + bytes);

    if (!index)
        return false;
    index->mask = mask;
    index->seed = (uint64_t)(uintptr_t)index * UINT64_C(0x9E3779B97F4A7C15);
    memset(index->slots, 0, bytes);
    for (uint32_t i = 0; i < g->count; i++)
        *slot_of(index, g->groups, g->groups[i].key) = i + 1;
    g->index = index;
    return true;
}

static bool grow(asl_region *region, asl_groups *g)
{
    uint32_t room = g->room ? g->room * 2 : INDEX_ABOVE;
    struct asl__group *groups;

    if (room > UINT32_MAX / 4)
        return false;
    groups = asl_alloc(region, room * sizeof *groups);
    if (!groups)
        return false;
    if (g->count > 0)
        memcpy(groups, g->groups, g->count * sizeof *groups);
    g->groups = groups;
    g->room = room;
    return room == INDEX_ABOVE || make_index(region, g, room);
}

/* ---- groups -------------------------------------------------------------------------- */

static bool is_row(asl_value item)
{
    return asl_flags(item) == (ASL_CONS | ASL_TUPLES);
}

static inline void add_item(asl_eval *e, struct asl__group *group, asl_value item)
{
    if (group->nitems == 2 && asl__tag(item) != ASL_ARRAY) {
        asl_list_join(e, &group->items, item);
        return;
    }
    if (is_row(item)) {
        asl_list_add(e, &group->items, asl_flagged(item, 0));
        return;
    }
    if (group->nitems == 0) {
        group->item = item;
        group->nitems = 1;
        return;
    }
    if (asl_is_undefined(item))
        return;
    if (group->nitems == 1 && asl_is_undefined(group->item)) {
        group->item = item;
        return;
    }
    if (group->nitems == 1)
        asl_list_append(e, &group->items, group->item);
    asl_list_append(e, &group->items, item);
    group->nitems = 2;
}

static struct asl__group *new_group(asl_eval *e, asl_groups *g, asl_value key,
                                    uint32_t pair)
{
    if (g->count == g->room && !grow(e->region, g))
        return NULL;
    struct asl__group *group = &g->groups[g->count++];
    memset(group, 0, sizeof *group);
    group->key = key;
    group->pair = pair;
    if (g->index)
        *slot_of(g->index, g->groups, key) = g->count;
    return group;
}

asl_value asl_group_add(asl_eval *e, asl_groups *g, uint32_t pair, asl_value key,
                        asl_value item)
{
    if (asl_is_undefined(key) || asl_is_error(key))
        return key;
    if (asl_is_error(item))
        return item;
    if (!asl_is_string(key))
        return asl_query_error(e, "T1003", NULL, key);
    struct asl__group *group = find(g, key);
    if (!group)
        group = new_group(e, g, key, pair);
    if (!group)
        return asl_no_memory();
    if (group->pair != pair)
        return asl_query_error(e, "D1009", NULL, key);
    add_item(e, group, item);
    return group->items.error;
}

uint32_t asl_group_pair(const asl_groups *g, uint32_t i)
{
    return g->groups[i].pair;
}

asl_value asl_group_items(const asl_groups *g, uint32_t i)
{
    struct asl__group *group = &g->groups[i];

    if (group->nitems == 1)
        return group->item;
    return asl__list_view(&group->items, group->nitems == 0 ? ASL_TUPLES : 0);
}

void asl_group_set(asl_groups *g, uint32_t i, asl_value v)
{
    g->groups[i].value = v;
}

/* ---- objects ------------------------------------------------------------------------- */

/* Room for an object of COUNT members; NULL without memory. */
static asl_member *new_members(asl_region *region, size_t count)
{
    return asl__block_new(region, sizeof(asl_member), count, count);
}

static asl_value finish(asl_region *region, asl_member *members, size_t count)
{
    size_t depth = asl__depth_of_members(members, count);

    if (depth > ASL_MAX_DEPTH)
        return asl_too_deep();
    if (count > ASL__INDEX_ABOVE && !asl__index_build(region, members, count, NULL))
        return asl_no_memory();
    return asl__container(ASL_OBJECT, members, count, depth);
}

asl_value asl_group_end(asl_eval *e, asl_groups *g)
{
    size_t count = 0, at = 0;

    for (uint32_t i = 0; i < g->count; i++) {
        if (asl_is_error(g->groups[i].value))
            return g->groups[i].value;
        count += !asl_is_undefined(g->groups[i].value);
    }
    if (count == 0)
        return asl_object();
    asl_member *members = new_members(e->region, count);
    if (!members)
        return asl_no_memory();
    for (uint32_t i = 0; i < g->count; i++)
        if (!asl_is_undefined(g->groups[i].value))
            members[at++] = (asl_member){ g->groups[i].key, g->groups[i].value };
    return finish(e->region, members, count);
}

asl_value asl_object_with(asl_eval *e, uint32_t count, const asl_value *keys,
                          const asl_value *values)
{
    uint32_t defined = 0, at = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (asl_is_error(values[i]))
            return values[i];
        defined += !asl_is_undefined(values[i]);
    }
    if (defined == 0)
        return asl_object();
    asl_member *members = new_members(e->region, defined);
    if (!members)
        return asl_no_memory();
    for (uint32_t i = 0; i < count; i++)
        if (!asl_is_undefined(values[i]))
            members[at++] = (asl_member){ keys[i], values[i] };
    return finish(e->region, members, defined);
}

asl_value asl_group_context(asl_eval *e, asl_value c)
{
    const asl_value *items = asl__items(c);
    asl_list l = { 0 };
    uint32_t arrays = 0;

    if (!asl_is_array(c))
        return c;
    if (asl__count(c) < 2)
        return asl__count(c) ? items[0] : asl_undefined();
    for (uint32_t i = 0; i < asl__count(c) && arrays == 0; i++)
        arrays += asl_is_array(items[i]);
    if (arrays == 0)
        return asl_flagged(c, 0);
    for (uint32_t i = 0; i < asl__count(c); i++)
        asl_list_append(e, &l, items[i]);
    return asl_list_array(e, &l, 0);
}
