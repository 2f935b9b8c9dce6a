/* Steps of paths: names, wildcards, predicates (jsonata.md 6 and 7). */
#include "../value/base.h"

#include "query.h"

#include "../value/container.h"

#include <math.h>

/* ---- names --------------------------------------------------------------------------- */

/* The member KEY of OBJECT, or NULL; a first guess is position *AT, which becomes that of
 * the member: the objects of a list mostly look alike. */
static inline const asl_value *member_near(asl_value object, asl_value key, size_t *at)
{
    const asl_member *m = asl__members(object);

    if (ASL__LIKELY(*at < asl__count(object))) {
        asl_value guess = m[*at].key;
        if (ASL__LIKELY(guess.u.word.head == key.u.word.head &&
                        guess.u.word.body == key.u.word.body))
            return &m[*at].value;
        if (asl__tag(key) != ASL_SHORT && asl_same_text(guess, key))
            return &m[*at].value;
    }
    ptrdiff_t found = asl__find(object, key);
    if (found < 0)
        return NULL;
    *at = (size_t)found;
    return &m[found].value;
}

static inline void flatten_into(asl_region *region, asl_list *l, asl_value v)
{
    if (asl_is_array(v))
        asl__list_join(region, l, asl_as_list(v));
    else
        asl__list_add(region, l, v);
}

/* Adds what KEY is in C and, if that is an array, in its elements. */
static void lookup_into(asl_region *region, asl_list *l, asl_value c, asl_value key)
{
    size_t at = 0;

    if (asl_is_object(c)) {
        const asl_value *v = member_near(c, key, &at);
        if (v)
            flatten_into(region, l, *v);
        return;
    }
    if (!asl_is_array(c))
        return;
    for (uint32_t i = 0; i < asl__count(c); i++)
        lookup_into(region, l, asl__items(c)[i], key);
}

static asl_value lookup(asl_region *region, asl_value c, asl_value key)
{
    asl_list l = { 0 };

    if (!asl_is_array(c))
        return asl_member_of(c, key);
    lookup_into(region, &l, c, key);
    return asl__list_end(region, &l, ASL_SEQUENCE);
}

asl_value asl_lookup_in(asl_eval *e, asl_value c, asl_value key)
{
    return lookup(e->region, c, key);
}

/* Adds V, the result of a name in one object, to L; false if that needs more than a copy. */
static inline bool add_plain(asl_list *l, asl_value v)
{
    if (ASL__LIKELY(!asl_is_array(v))) {
        if (l->count == l->room)
            return false;
        asl__store(&l->items[l->count++], v);
        if (asl_is_object(v) && asl__depth(v) > l->depth)
            l->depth = asl__depth(v);
        return true;
    }
    const asl_value *items = asl__items(v);
    uint32_t count = asl__count(v);
    if (asl_flags(v) || count > l->room - l->count)
        return false;
    for (uint32_t i = 0; i < count; i++)
        asl__store(&l->items[l->count + i], items[i]);
    l->count += count;
    if (asl__depth(v) > l->depth + 1)
        l->depth = asl__depth(v) - 1;
    return true;
}

/* The results of a name in ITEM and those behind it, up to END, that go behind those in L. */
static asl_value step_many(asl_region *region, asl_list *l, const asl_value *item,
                           const asl_value *end, asl_value key)
{
    size_t at = 0;

    for (; item < end && asl_is_undefined(l->error); item++) {
        if (ASL__UNLIKELY(!asl_is_object(*item))) {
            asl__list_join(region, l, asl_unwrap(lookup(region, *item, key)));
            continue;
        }
        const asl_value *v = member_near(*item, key, &at);
        if (v && !add_plain(l, *v))
            asl__list_join(region, l, asl_unwrap(*v));
    }
    asl_value v = asl__list_end(region, l, ASL_SEQUENCE);
    return asl_is_array(v) && asl__count(v) == 0 ? asl_undefined() : v;
}

/* The same for all items that V has: with one result alone that is what it is. */
static asl_value step_items(asl_region *region, asl_value v, asl_value key)
{
    const asl_value *item = asl__items(v), *end = item + asl__count(v);
    asl_value first = asl_undefined();
    asl_list l = { 0 };

    for (; item < end; item++) {
        asl_value result = asl_unwrap(lookup(region, *item, key));
        if (asl_is_error(result))
            return result;
        if (asl_is_undefined(result))
            continue;
        if (asl_is_undefined(first)) {
            first = result;
            continue;
        }
        if (!asl__list_reserve(region, &l, (size_t)(end - item) + 1))
            return l.error;
        asl__list_join(region, &l, first);
        asl__list_join(region, &l, result);
        return step_many(region, &l, item + 1, end, key);
    }
    return asl__one_result(first);
}

asl_value asl__step_slow(asl_region *region, uint64_t head, uint64_t body,
                         uint64_t key_head, uint64_t key_body)
{
    asl_value v = asl__words(head, body), key = asl__words(key_head, key_body);

    if (!asl_is_array(v))
        return asl__one_result(asl_member_of(v, key));
    if (!(asl_flags(v) & ASL_CONS))
        return step_items(region, v, key);
    return asl__one_result(lookup(region, v, key));
}

/* ---- wildcards ----------------------------------------------------------------------- */

static void flatten_deeply(asl_eval *e, asl_list *l, asl_value v)
{
    if (!asl_is_array(v)) {
        asl_list_add(e, l, v);
        return;
    }
    for (uint32_t i = 0; i < asl__count(v) && asl_is_undefined(l->error); i++)
        flatten_deeply(e, l, asl__items(v)[i]);
}

asl_value asl_wildcard(asl_eval *e, asl_value c)
{
    unsigned flags = ASL_SEQUENCE;
    asl_list l = { 0 };
    bool object = asl_is_object(c);

    if (asl_is_error(c))
        return c;
    for (size_t i = 0; i < asl_count(c); i++) {
        asl_value v = object ? asl__members(c)[i].value : asl__items(c)[i];
        if (asl_is_array(v))
            flags = 0; /* what is appended is no sequence any more */
        flatten_deeply(e, &l, v);
    }
    return asl_list_array(e, &l, flags);
}

static void descend(asl_eval *e, asl_list *l, asl_value v)
{
    asl_value late = asl__tick(e);

    if (asl_is_error(late))
        asl_list_add(e, l, late);
    if (!asl_is_undefined(l->error))
        return;
    if (!asl_is_array(v))
        asl_list_add(e, l, v);
    if (asl_is_array(v))
        for (uint32_t i = 0; i < asl__count(v); i++)
            descend(e, l, asl__items(v)[i]);
    if (asl_is_object(v))
        for (uint32_t i = 0; i < asl__count(v); i++)
            descend(e, l, asl__members(v)[i].value);
}

asl_value asl_descendants(asl_eval *e, asl_value c)
{
    asl_list l = { 0 };

    descend(e, &l, c); /* of no context, nothing: a predicate on that sees it */
    if (asl_is_undefined(c))
        return c;
    if (l.count == 1 && asl_is_undefined(l.error))
        return l.items[0]; /* which [] does not keep in an array */
    return asl_list_sequence(e, &l, 0);
}

/* ---- predicates ---------------------------------------------------------------------- */

/* Whether the index NUMBER (not infinite) of COUNT items is INDEX. */
static bool is_index(double number, uint32_t index, uint32_t count)
{
    double at = floor(number);

    return (at < 0 ? at + count : at) == index;
}

/* Whether V is a number that an index can be; an infinite one is an error of the list. */
static bool is_numeric(asl_eval *e, asl_list *l, asl_value v)
{
    if (!asl_is_number(v))
        return false;
    double d = asl_to_double(v);
    if (isinf(d))
        asl_list_add(e, l, asl_query_error(e, "D1001", NULL, v));
    return !isnan(d);
}

static bool is_all_numeric(asl_eval *e, asl_list *l, asl_value array)
{
    bool all = true;

    for (uint32_t i = 0; i < asl__count(array); i++)
        all &= is_numeric(e, l, asl__items(array)[i]);
    return all;
}

static ASL__NOINLINE void filter_by(asl_eval *e, asl_list *l, asl_value item,
                                    uint32_t index, uint32_t count, asl_value cond)
{
    if (is_numeric(e, l, cond)) {
        if (is_index(asl_to_double(cond), index, count))
            asl_list_add(e, l, item);
    } else if (asl_is_array(cond) && is_all_numeric(e, l, cond)) {
        for (uint32_t i = 0; i < asl__count(cond); i++)
            if (is_index(asl_to_double(asl__items(cond)[i]), index, count))
                asl_list_add(e, l, item);
    } else if (asl_truth(cond)) {
        asl_list_add(e, l, item);
    }
}

void asl_list_filter(asl_eval *e, asl_list *l, asl_value item, uint32_t index,
                     uint32_t count, asl_value cond)
{
    asl_value late = asl__tick(e);

    if (asl_is_error(late) || asl_is_error(cond))
        asl_list_add(e, l, asl_is_error(cond) ? cond : late);
    else if (asl_is_true(cond))
        asl_list_add(e, l, item);
    else if (asl__tag(cond) > ASL_TRUE)
        filter_by(e, l, item, index, count, cond);
}

asl_value asl_pick(asl_eval *e, asl_value v, double number)
{
    unsigned rows = asl_flags(v) & ASL_TUPLES;
    const asl_value *items = asl_is_array(v) ? asl__items(v) : &v;
    uint32_t count = asl_is_array(v) ? asl__count(v) : !asl_is_undefined(v);
    double at = floor(number);
    asl_list l = { 0 };

    if (asl_is_error(v))
        return v;
    if (at < 0)
        at += count;
    if (at >= 0 && at < count) {
        asl_value item = items[(uint32_t)at];
        if (asl_is_array(item) && !rows)
            return item;
        asl_list_add(e, &l, item);
    }
    return asl_list_sequence(e, &l, rows);
}

/* Adds those of COUNT items whose indices the array COND has, in order; false, with nothing
 * added, where that takes more: COND's are no numbers, or not in the items' order. */
static bool pick_in_order(asl_region *region, asl_list *l, const asl_value *items,
                          uint32_t count, asl_value cond)
{
    const asl_value *numbers = asl__items(cond), *end = numbers + asl__count(cond);
    double least = 0;

    for (const asl_value *n = numbers; n < end; n++) {
        if (asl__tag(*n) != ASL_INTEGER || asl_to_double(*n) < least)
            return false;
        least = asl_to_double(*n);
    }
    for (; numbers < end && asl_to_double(*numbers) < count; numbers++)
        asl__list_add(region, l, items[numbers->u.word.body]);
    return true;
}

asl_value asl_pick_all(asl_eval *e, asl_value v, asl_value cond)
{
    const asl_value *items;
    uint32_t count = asl_each(&v, &items);
    asl_list l = { 0 };

    if (asl_is_error(v))
        return v;
    if (!asl_is_array(cond) || !pick_in_order(e->region, &l, items, count, cond))
        for (uint32_t i = 0; i < count && asl_is_undefined(l.error); i++)
            asl_list_filter(e, &l, items[i], i, count, cond);
    return asl_list_sequence(e, &l, 0);
}
