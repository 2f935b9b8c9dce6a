/* Lists: sequences and arrays as they grow.
 *
 * A list's block is at the end of the region as long as nothing else is allocated, and
 * grows there in place.  The first value that is joined is only noted: most steps of a
 * path have one result, which then is what stands behind the step, and is not copied.
 */
#include "../value/base.h"

#include "query.h"

#include "../value/container.h"

enum { FIRST_ROOM = 8 };

static void fail(asl_list *l, asl_value error)
{
    if (asl_is_undefined(l->error))
        l->error = error;
}

static asl_block *block_of(const asl_list *l)
{
    return (asl_block *)(void *)l->items - 1;
}

static ASL__NOINLINE bool grow(asl_region *region, asl_list *l, size_t count)
{
    size_t wanted = (size_t)l->count + count, capacity = wanted;

    if (l->items) {
        asl__grow_last(region, block_of(l), sizeof *l->items);
        l->room = block_of(l)->capacity;
        if (l->room >= wanted)
            return true;
        if (capacity < asl__grown(l->count))
            capacity = asl__grown(l->count);
    } else if (capacity < FIRST_ROOM) {
        capacity = FIRST_ROOM;
    }
    asl_value *items = wanted > ASL__MOST_ELEMENTS
                           ? NULL
                           : asl__block_new(region, sizeof *items, l->count, capacity);
    if (!items) {
        fail(l, asl_no_memory());
        return false;
    }
    if (l->count > 0)
        memcpy(items, l->items, l->count * sizeof *items);
    l->items = items;
    l->room = block_of(l)->capacity;
    return true;
}

bool asl__list_reserve(asl_region *region, asl_list *l, size_t count)
{
    return (size_t)(l->room - l->count) >= count || grow(region, l, count);
}

static inline void put(asl_region *region, asl_list *l, asl_value v)
{
    if (l->count == l->room && !grow(region, l, 1))
        return;
    asl__store(&l->items[l->count++], v);
    if (asl__tag(v) >= ASL_ARRAY && asl_depth(v) > l->depth)
        l->depth = (uint32_t)asl_depth(v);
}

/* The elements of an array that is not ASL_CONS, else V. */
static void put_flat(asl_region *region, asl_list *l, asl_value v)
{
    if (!asl_is_array(v) || asl_flags(v) & ASL_CONS) {
        put(region, l, v);
        return;
    }
    uint32_t count = asl__count(v);
    if (count == 0 || !asl__list_reserve(region, l, count))
        return;
    memcpy(l->items + l->count, asl__items(v), count * sizeof *l->items);
    l->count += count;
    if (asl__depth(v) > l->depth + 1)
        l->depth = asl__depth(v) - 1;
}

/* The value that was only noted becomes items: more comes. */
static inline void settle(asl_region *region, asl_list *l)
{
    if (l->adds == 1 && l->count == 0)
        put_flat(region, l, l->only);
}

void asl__list_add(asl_region *region, asl_list *l, asl_value v)
{
    if (asl_is_undefined(v))
        return;
    if (asl_is_error(v)) {
        fail(l, v);
        return;
    }
    settle(region, l);
    put(region, l, v);
}

void asl__list_join(asl_region *region, asl_list *l, asl_value v)
{
    if (asl_is_undefined(v))
        return;
    if (asl_is_error(v)) {
        fail(l, v);
        return;
    }
    if (l->adds == 0 && l->count == 0) {
        l->only = v;
        l->adds = 1;
        return;
    }
    settle(region, l);
    l->adds++;
    put_flat(region, l, v);
}

/* The common way: V, which is no array, goes behind others, and there is room. */
static inline bool add_plainly(asl_list *l, asl_value v)
{
    const unsigned others = 1u << ASL_UNDEFINED | 1u << ASL_ARRAY | 1u << ASL_FAILURE;

    if (l->count == 0 || l->count == l->room || others >> asl__tag(v) & 1)
        return false;
    asl__store(&l->items[l->count++], v);
    if (asl__tag(v) == ASL_OBJECT && asl__depth(v) > l->depth)
        l->depth = asl__depth(v);
    return true;
}

void asl_list_add(asl_eval *e, asl_list *l, asl_value v)
{
    if (!add_plainly(l, v))
        asl__list_add(e->region, l, v);
}

void asl_list_join(asl_eval *e, asl_list *l, asl_value v)
{
    if ((e->ticks + 1) % ASL__TICKS && l->adds > 0 && add_plainly(l, v)) {
        e->ticks++;
        l->adds++;
        return;
    }
    asl_value late = asl__tick(e);

    if (asl_is_error(late))
        fail(l, late);
    asl__list_join(e->region, l, v);
}

/* ---- ends ---------------------------------------------------------------------------- */

asl_value asl__list_view(asl_list *l, unsigned flags)
{
    if (asl_is_error(l->error))
        return l->error;
    if (l->count == 0)
        return asl_flagged(asl_array(), flags);
    if (l->depth >= ASL_MAX_DEPTH)
        return asl_too_deep();
    if (block_of(l)->used < l->count) /* else somebody may have extended what was seen */
        block_of(l)->used = l->count;
    return asl_flagged(asl__container(ASL_ARRAY, l->items, l->count, l->depth + 1),
                       flags);
}

asl_value asl__list_end(asl_region *region, asl_list *l, unsigned flags)
{
    if (l->adds == 1 && l->count == 0) {
        asl_value v = l->only;
        if (asl_is_array(v) && !(asl_flags(v) & ASL_CONS))
            return asl_is_error(l->error) ? l->error : asl_flagged(v, flags);
        put(region, l, v);
    }
    if (l->items && (char *)(l->items + l->room) == region->next) {
        region->next = (char *)(l->items + l->count);
        l->room = l->count;
        block_of(l)->capacity = l->count;
    }
    return asl__list_view(l, flags);
}

asl_value asl_list_sequence(asl_eval *e, asl_list *l, unsigned flags)
{
    return asl__list_end(e->region, l, ASL_SEQUENCE | flags);
}

asl_value asl_list_array(asl_eval *e, asl_list *l, unsigned flags)
{
    return asl__list_end(e->region, l, flags);
}

/* A sequence of V alone. */
static asl_value wrapped(asl_eval *e, asl_value v, unsigned flags)
{
    asl_list l = { 0 };

    asl_list_add(e, &l, v);
    return asl_list_sequence(e, &l, flags);
}

asl_value asl_list_step(asl_eval *e, asl_list *l, bool last)
{
    if (asl_is_error(l->error))
        return l->error;
    if (l->adds == 0)
        return asl_undefined();
    if (l->adds > 1) {
        asl_value v = asl_list_sequence(e, l, 0);
        return asl_is_array(v) && asl__count(v) == 0 ? asl_undefined() : v;
    }
    asl_value v = l->only;
    if (!asl_is_array(v))
        return v;
    if (asl_flags(v) & ASL_CONS)
        return last ? v : wrapped(e, v, 0);
    bool plain = !(asl_flags(v) & ASL_SEQUENCE);
    if (asl__count(v) == 0 && !(last && plain))
        return asl_undefined();
    return plain ? v : asl_flagged(v, ASL_SEQUENCE); /* a new one: without ASL_KEEP */
}

/* ---- the rules at the end of a node -------------------------------------------------- */

static inline bool is_sequence(asl_value v)
{
    return (asl_flags(v) & (ASL_SEQUENCE | ASL_TUPLES)) == ASL_SEQUENCE;
}

asl_value asl__unwrap_slow(asl_value v)
{
    if (asl__count(v) == 0)
        return asl_undefined();
    return asl__count(v) == 1 && !(asl_flags(v) & ASL_KEEP) ? asl__items(v)[0] : v;
}

asl_value asl_unwrap_keep(asl_value v)
{
    if (!is_sequence(v))
        return v;
    return asl__count(v) ? asl_flagged(v, asl_flags(v) | ASL_KEEP) : asl_undefined();
}

asl_value asl_keep(asl_eval *e, asl_value v)
{
    if (asl_is_undefined(v) || asl_is_error(v))
        return v;
    if (!asl_is_array(v) || (asl_flags(v) & (ASL_CONS | ASL_SEQUENCE)) == ASL_CONS)
        return wrapped(e, v, ASL_KEEP);
    return asl_unwrap_keep(v);
}

asl_value asl__one_flagged(asl_value v)
{
    if (is_sequence(v))
        v = asl__unwrap_slow(v);
    return asl_flags(v) & ASL_SEQUENCE ? asl_flagged(v, ASL_SEQUENCE) : v;
}

asl_value asl__append(asl_eval *e, asl_value a, asl_value b)
{
    asl_list l = { 0 };

    if (asl_is_error(a) || asl_is_undefined(b))
        return a;
    if (asl_is_error(b) || asl_is_undefined(a))
        return b;
    asl_list_append(e, &l, a);
    asl_list_append(e, &l, b);
    return asl_list_array(e, &l, 0);
}

/* ---- where paths begin --------------------------------------------------------------- */

asl_value asl__stand_array(asl_eval *e, asl_value v, bool last)
{
    asl_list l = { 0 };

    asl_list_join(e, &l, v);
    return asl_list_step(e, &l, last);
}

asl_value asl_alone(asl_eval *e, asl_value v)
{
    asl_list l = { 0 };

    if (asl_is_error(v))
        return v;
    put(e->region, &l, v);
    return asl_list_sequence(e, &l, 0);
}

asl_value asl_each_alone(asl_eval *e, asl_value v)
{
    return asl_is_array(v) ? asl_plain(v) : asl_alone(e, v);
}

asl_value asl_as_sequence(asl_eval *e, asl_value v)
{
    return asl_is_array(v) ? v : asl_alone(e, v);
}

asl_value asl_root(asl_eval *e)
{
    return asl_is_array(e->input) ? asl_alone(e, e->input) : e->input;
}

/* An error as well: it matters only where that key is compared. */
void asl_list_key(asl_eval *e, asl_list *l, asl_value v)
{
    put(e->region, l, v);
}
