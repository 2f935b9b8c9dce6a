/* JSONata: $sort and $distinct. */
#include "../value/base.h"

#include <math.h>

#include "callback.h"
#include "../value/container.h"

/* ---- $sort ----------------------------------------------------------------------- */

struct sorter {
    asl_eval *eval;
    struct asl__callback f;
    uint32_t calls;
    asl_value error; /* of a comparison; undefined: none */
};

/* What JavaScript's `if` makes of a comparator's result. */
static bool is_truthy(asl_value v)
{
    switch (asl_tag_of(v)) {
    case ASL_TRUE:
    case ASL_LONG:
    case ASL_ARRAY:
    case ASL_OBJECT:
    case ASL_FUNCTION: return true;
    case ASL_SHORT: return asl_text_len(v) > 0;
    case ASL_INTEGER:
    case ASL_DOUBLE:
    case ASL_DECIMAL: return asl_to_double(v) != 0 && !isnan(asl_to_double(v));
    case ASL_UNDEFINED:
    case ASL_NULL:
    case ASL_FALSE:
    case ASL_FAILURE:
    case ASL_UNSET: return false;
    }
    return false;
}

/* Whether RIGHT goes before LEFT. */
static bool is_swapped(struct sorter *s, asl_value left, asl_value right)
{
    asl_value args[ASL__CALLBACK_ARGS] = { 0 };
    asl_value v = asl__in_turn(s->eval, s->calls++);

    asl__store(args, asl__callback_arg(&s->f, left));
    asl__store(args + 1, asl__callback_arg(&s->f, right));
    if (asl_is_undefined(v))
        v = asl__callback_call(s->eval, &s->f, 2, args);
    if (asl_is_error(v))
        s->error = v;
    return is_truthy(v);
}

/* Sorts COUNT items as the reference implementation does, so that a comparator that is
 * no order gives the same, too.  SPARE has room for half of them. */
static void merge_sort(struct sorter *s, asl_value *items, asl_value *spare,
                       uint32_t count)
{
    uint32_t middle = count / 2, i = 0, j = middle, k = 0;

    if (count <= 1)
        return;
    merge_sort(s, items, spare, middle);
    merge_sort(s, items + middle, spare, count - middle);
    memcpy(spare, items, middle * sizeof *spare);
    while (i < middle && j < count) {
        if (!asl_is_undefined(s->error))
            return;
        if (is_swapped(s, spare[i], items[j]))
            items[k++] = items[j++];
        else
            items[k++] = spare[i++];
    }
    memcpy(items + k, spare + i, (middle - i) * sizeof *items);
}

enum sort_order { BY_NUMBER, BY_INTEGER, BY_TEXT };

static ASL__INLINE bool goes_behind(asl_value a, asl_value b, enum sort_order order)
{
    switch (order) {
    case BY_INTEGER: return (int64_t)a.u.word.body > (int64_t)b.u.word.body;
    case BY_TEXT: return asl_compare_text(a, b) > 0;
    case BY_NUMBER: break;
    }
    if (asl__tag(a) == ASL_INTEGER && asl__tag(b) == ASL_INTEGER)
        return (int64_t)a.u.word.body > (int64_t)b.u.word.body;
    return asl_to_double(a) > asl_to_double(b);
}

/* Merges the sorted FROM[0..MIDDLE) and FROM[MIDDLE..COUNT) to TO. */
static ASL__INLINE void merge_runs(asl_value *to, const asl_value *from, size_t middle,
                                   size_t count, enum sort_order order)
{
    size_t i = 0, j = middle;

    if (middle == count || !goes_behind(from[middle - 1], from[middle], order)) {
        memcpy(to, from, count * sizeof *to);
        return;
    }
    while (i < middle && j < count)
        if (goes_behind(from[i], from[j], order))
            *to++ = from[j++];
        else
            *to++ = from[i++];
    memcpy(to, from + i, (middle - i) * sizeof *to);
    memcpy(to + (middle - i), from + j, (count - j) * sizeof *to);
}

/* Sorts the run of COUNT items by insertion. */
static ASL__INLINE void sort_run(asl_value *items, size_t count, enum sort_order order)
{
    for (size_t i = 1; i < count; i++) {
        asl_value v = items[i];
        size_t j = i;
        for (; j > 0 && goes_behind(items[j - 1], v, order); j--)
            items[j] = items[j - 1];
        items[j] = v;
    }
}

/* Sorts COUNT items with the help of SPARE; where they are then. */
static ASL__INLINE asl_value *sort_plainly(asl_value *items, asl_value *spare,
                                           size_t count, enum sort_order order)
{
    enum { RUN = 8 };

    for (size_t at = 0; at < count; at += RUN)
        sort_run(items + at, count - at < RUN ? count - at : RUN, order);
    for (size_t width = RUN; width < count; width *= 2) {
        for (size_t at = 0; at < count; at += 2 * width) {
            size_t left = count - at, run = left < 2 * width ? left : 2 * width;
            merge_runs(spare + at, items + at, width < run ? width : run, run, order);
        }
        asl_value *other = items;
        items = spare;
        spare = other;
    }
    return items;
}

/* The order for COUNT items without a comparator: undefined, or D3070, D1001. */
static asl_value plain_order(asl_eval *e, const asl_value *items, uint32_t count,
                             enum sort_order *order)
{
    uint32_t integers = 0, numbers = 0, strings = 0;

    for (uint32_t i = 0; i < count; i++) {
        integers += asl__tag(items[i]) == ASL_INTEGER;
        if (asl__tag(items[i]) == ASL_DOUBLE && isinf(asl_to_double(items[i])))
            return asl_query_error(e, "D1001", "sort", items[i]);
        numbers += asl_is_number(items[i]) && !isnan(asl_to_double(items[i]));
        strings += asl_is_string(items[i]);
    }
    *order = integers == count ? BY_INTEGER : numbers == count ? BY_NUMBER : BY_TEXT;
    if (numbers != count && strings != count)
        return asl_query_error(e, "D3070", "sort", asl_undefined());
    return asl_undefined();
}

static asl_value sort_by(asl_eval *e, asl_value *items, asl_value *spare,
                         uint32_t count, asl_value comparator)
{
    struct sorter s = { .eval = e, .error = asl_undefined() };
    asl_value error = asl__callback_begin(e, comparator, &s.f);

    if (!asl_is_undefined(error))
        return error;
    merge_sort(&s, items, spare, count);
    asl__callback_end(e);
    return s.error;
}

asl_value asl_fn_sort(asl_eval *e, asl_value context, uint32_t n, const asl_value *args)
{
    asl_value in[2], error = asl__arguments(e, &asl_fv_sort, context, n, args, in);
    uint32_t count = (uint32_t)asl_count(in[0]);
    enum sort_order order = BY_NUMBER;

    if (!asl_is_undefined(error))
        return error;
    if (count <= 1)
        return in[0];
    if (asl_is_undefined(in[1]))
        error = plain_order(e, asl__items(in[0]), count, &order);
    if (!asl_is_undefined(error))
        return error;
    asl_value *items = asl__block_new(e->region, sizeof *items, count, count);
    asl_value *spare = asl__block_new(e->region, sizeof *spare, count, count);
    if (!items || !spare)
        return asl_no_memory();
    memcpy(items, asl__items(in[0]), count * sizeof *items);
    if (!asl_is_undefined(in[1]))
        error = sort_by(e, items, spare, count, in[1]);
    else if (order == BY_INTEGER)
        items = sort_plainly(items, spare, count, BY_INTEGER);
    else if (order == BY_NUMBER)
        items = sort_plainly(items, spare, count, BY_NUMBER);
    else
        items = sort_plainly(items, spare, count, BY_TEXT);
    if (!asl_is_undefined(error))
        return error;
    return asl__container(ASL_ARRAY, items, count, asl__depth(in[0]));
}

/* ---- $distinct ------------------------------------------------------------------- */

static uint64_t mix(uint64_t a, uint64_t b)
{
    asl__u128 product = (asl__u128)(a ^ UINT64_C(0x9E3779B97F4A7C15)) *
                        (b ^ UINT64_C(0xE7037ED1A0B428DB));

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* A number that values share that are the same. */
static uint64_t hash_of(asl_value v, uint64_t seed)
{
    uint64_t hash = mix(seed, asl__tag(v) * UINT64_C(0xBF58476D1CE4E5B9));

    if (asl_is_string(v))
        return asl__key_hash(v, seed);
    if (asl_is_number(v)) { /* whatever its form */
        double d = asl_to_double(v) + 0.0;
        memcpy(&hash, &d, sizeof hash);
        return mix(hash, seed);
    }
    if (asl_is_array(v)) {
        for (uint32_t i = 0; i < asl__count(v); i++)
            hash = mix(hash, hash_of(asl__items(v)[i], seed));
    } else if (asl_is_object(v)) {
        const asl_member *m = asl__members(v), *end = asl__members_end(v);
        for (; m != end; m++) /* in any order */
            hash += mix(asl__key_hash(m->key, seed), hash_of(m->value, seed));
    } else if (asl_is_function(v)) {
        hash = mix(v.u.word.body, seed);
    }
    return hash;
}

/* The values that there are already: open addressing, 0 is free. */
struct seen {
    struct {
        uint32_t hash, at; /* position + 1 */
    } * slots;
    uint32_t mask;
    uint64_t seed;
};

enum { FEW_DISTINCT = 16 };

static bool has_among(const struct asl__values *l, asl_value v)
{
    for (uint32_t i = 0; i < l->count; i++)
        if (asl__same(l->items[i], v))
            return true;
    return false;
}

/* Whether V is new; it is noted as what will be the last item of L. */
static bool note_new(struct seen *seen, const struct asl__values *l, asl_value v)
{
    uint32_t hash = (uint32_t)(hash_of(v, seen->seed) >> 32);

    for (uint32_t at = hash & seen->mask;; at = (at + 1) & seen->mask) {
        if (!seen->slots[at].at) {
            seen->slots[at].at = l->count + 1;
            seen->slots[at].hash = hash;
            return true;
        }
        if (seen->slots[at].hash == hash &&
            asl__same(l->items[seen->slots[at].at - 1], v))
            return false;
    }
}

static bool seen_begin(asl_eval *e, struct seen *seen, uint32_t count)
{
    size_t slots = FEW_DISTINCT * 4;

    while (slots < (size_t)count * 2)
        slots *= 2;
    seen->slots = asl_alloc(e->region, slots * sizeof *seen->slots);
    seen->mask = (uint32_t)(slots - 1);
    seen->seed =
        mix((uintptr_t)seen->slots, (uintptr_t)e); /* hard to guess from outside */
    if (seen->slots)
        memset(seen->slots, 0, slots * sizeof *seen->slots);
    return seen->slots;
}

static asl_value distinct_items(asl_eval *e, asl_value list)
{
    uint32_t count = asl__count(list);
    struct asl__values l;
    struct seen seen = { 0 };

    if (!asl__values_begin(e, &l, count))
        return asl_no_memory();
    struct asl__mark mark = asl__region_mark(e->region);
    if (count > FEW_DISTINCT && !seen_begin(e, &seen, count))
        return asl_no_memory();
    for (uint32_t i = 0; i < count; i++) {
        asl_value v = asl__items(list)[i], error = asl__in_turn(e, i);
        if (asl_is_error(error))
            return error;
        if (count > FEW_DISTINCT ? note_new(&seen, &l, v) : !has_among(&l, v))
            asl__values_add(e, &l, v);
    }
    asl__region_unwind(e->region, &mark);
    return asl__values_end(e, &l, asl_flags(list) & ASL_SEQUENCE);
}

asl_value asl_fn_distinct(asl_eval *e, asl_value context, uint32_t n,
                          const asl_value *args)
{
    asl_value v, error = asl__arguments(e, &asl_fv_distinct, context, n, args, &v);

    if (!asl_is_undefined(error))
        return error;
    return asl_is_array(v) && asl__count(v) > 1 ? distinct_items(e, v) : v;
}
