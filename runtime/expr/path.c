/* Paths: what the steps select, one node at a time, along lists of nodes and through
 * whole trees (`..`).  How they combine is described in aslrt/ops.h.
 *
 * A step is a struct selector; select_from adds what it selects from one node to the
 * selector's output.  An undefined output means that a required member is missing, an
 * error that something has been raised: then the rest is skipped.
 */
#include "../value/base.h"

#include <aslrt/ops.h>

#include "../value/container.h"
#include "failure.h"

enum step { MEMBER, NAMES, MERGE, INDEXES, SLICE, EACH, FILTER, ELEMENTS };

struct selector {
    enum step step;
    asl_region *region;
    asl_value out;
    uint32_t count;         /* of keys or indexes */
    const asl_value *keys;  /* MEMBER, NAMES, MERGE */
    const int32_t *indexes; /* INDEXES */
    int32_t from, to;       /* SLICE */
    asl_filter_fn *fn;      /* FILTER */
    asl_filter *filter;
    bool required; /* MEMBER, NAMES, MERGE: a missing member ends it all */
    bool leaf;     /* FILTER below `..`: nothing follows */
};

/* ---- one node ----------------------------------------------------------------- */

static bool goes_on(const struct selector *s)
{
    return asl_is_array(s->out);
}

static void put(struct selector *s, asl_value v)
{
    s->out = asl_push(s->region, s->out, v);
}

static void select_names(struct selector *s, asl_value node)
{
    if (!asl_is_object(node))
        return;
    for (uint32_t i = 0; i < s->count && goes_on(s); i++) {
        asl_value v = asl_member_of(node, s->keys[i]);
        if (!asl_is_undefined(v))
            put(s, v);
        else if (s->required)
            s->out = asl_undefined();
    }
}

static void select_index(struct selector *s, asl_value node, int64_t index)
{
    int64_t count = (int64_t)asl_count(node);

    if (index < 0)
        index += count;
    if (index >= 0 && index < count)
        put(s, asl_at(node, (size_t)index));
}

static void select_indexes(struct selector *s, asl_value node)
{
    if (asl_is_array(node))
        for (uint32_t i = 0; i < s->count && goes_on(s); i++)
            select_index(s, node, s->indexes[i]);
}

/* Jayway adds the length to a negative start only where there is no end, and to a
 * negative end only where there is no start; between two it counts as it is. */
static void select_slice(struct selector *s, asl_value node)
{
    int64_t count = (int64_t)asl_count(node);
    int64_t from = s->from, to = s->to;

    if (!asl_is_array(node))
        return;
    if (s->to == ASL_SLICE_END) {
        from = from < 0 ? from + count : from;
        from = from < 0 ? 0 : from;
        to = count;
    } else if (s->from == ASL_SLICE_START) {
        from = 0;
        to = to < 0 ? to + count : to;
    }
    to = to < count ? to : count;
    if (from < -count)
        from = -count;
    for (int64_t i = from; i < to && goes_on(s); i++)
        select_index(s, node, i);
}

static void select_each(struct selector *s, asl_value node)
{
    size_t count = asl_count(node);

    for (size_t i = 0; i < count && goes_on(s); i++)
        put(s, asl_is_object(node) ? asl_member_at(node, i)->value : asl_at(node, i));
}

/* Whether the filter takes NODE.  An error it raises becomes the output. */
static bool accepts(struct selector *s, asl_value node)
{
    s->filter->rejected = false;
    bool accepted = s->fn(s->filter, node);

    if (!asl_is_undefined(s->filter->failure))
        s->out = s->filter->failure;
    return accepted && !s->filter->rejected && goes_on(s);
}

static void select_filter(struct selector *s, asl_value node)
{
    size_t count = asl_count(node);

    if (asl_is_object(node)) {
        if (accepts(s, node))
            put(s, node);
    } else if (asl_is_array(node)) {
        for (size_t i = 0; i < count && goes_on(s); i++)
            if (accepts(s, asl_at(node, i)))
                put(s, asl_at(node, i));
    }
}

static void select_from(struct selector *s, asl_value node)
{
    asl_value merged;

    switch (s->step) {
    case MEMBER:
    case NAMES: select_names(s, node); break;
    case MERGE:
        merged = asl_members_of(s->region, node, s->count, s->keys, s->required);
        if (!asl_is_undefined(merged))
            put(s, merged);
        else if (s->required && asl_is_object(node))
            s->out = merged;
        break;
    case INDEXES: select_indexes(s, node); break;
    case SLICE: select_slice(s, node); break;
    case EACH: select_each(s, node); break;
    case FILTER: select_filter(s, node); break;
    case ELEMENTS:
        if (asl_is_array(node))
            select_each(s, node);
        break;
    }
}

/* ---- a list of nodes ---------------------------------------------------------- */

static asl_value along(struct selector s, asl_value list)
{
    size_t count = asl_count(list);

    if (!asl_is_array(list))
        return list;
    s.out = asl_array();
    for (size_t i = 0; i < count && goes_on(&s); i++)
        select_from(&s, asl_at(list, i));
    return s.out;
}

asl_value asl_path_list(asl_region *region, asl_value v, enum asl_path_need need)
{
    if (asl_is_undefined(v) || asl_is_error(v))
        return v;
    if ((need == ASL_NEED_OBJECT && !asl_is_object(v)) ||
        (need == ASL_NEED_ARRAY && !asl_is_array(v)))
        return asl_undefined();
    if (need == ASL_NEED_FILTER && !asl_is_object(v) && !asl_is_array(v))
        return asl__failure(
            region, ASL__FAILURE_REJECTS,
            asl__around(
                region,
                "Filter: [?] can not be applied to primitives. Current context is: ", v,
                ""));
    return asl_array_of(region, 1, &v);
}

asl_value asl_members_of(asl_region *region, asl_value v, uint32_t count,
                         const asl_value *keys, bool required)
{
    asl_value out = asl_object();

    if (!asl_is_object(v))
        return asl_is_error(v) ? v : asl_undefined();
    for (uint32_t i = 0; i < count; i++) {
        asl_value member = asl_member_of(v, keys[i]);
        if (!asl_is_undefined(member))
            out = asl_set(region, out, keys[i], member);
        else if (required)
            return asl_undefined();
    }
    return out;
}

/* The member KEY of each object in LIST.  The most frequent step by far: no selector. */
asl_value asl_path_member(asl_region *region, asl_value list, asl_value key,
                          bool required)
{
    size_t count = asl_count(list), depth = 0;

    if (!asl_is_array(list) || count == 0)
        return list;
    asl_value *items = asl__block_new(region, sizeof *items, count, count);
    if (!items)
        return asl_no_memory();
    asl_value *out = items;
    for (const asl_value *node = asl__items(list), *end = node + count; node != end; node++) {
        asl_value v = asl_member_of(*node, key);
        if (asl_is_undefined(v)) {
            if (required && asl_is_object(*node))
                return v;
            continue;
        }
        asl__store(out++, v);
        if (asl__tag(v) >= ASL_ARRAY && asl__depth(v) > depth)
            depth = asl__depth(v);
    }
    size_t found = (size_t)(out - items);
    if (found == 0)
        return asl_array();
    if (depth + 1 > ASL_MAX_DEPTH)
        return asl_too_deep();
    ((asl_block *)(void *)items - 1)->used = (uint32_t)found;
    return asl__container(ASL_ARRAY, items, found, depth + 1);
}

asl_value asl_path_index(asl_region *region, asl_value list, int32_t index)
{
    return asl_path_indexes(region, list, 1, &index);
}

asl_value asl_path_names(asl_region *region, asl_value list, uint32_t count,
                         const asl_value *keys, bool required)
{
    return along((struct selector){ .step = NAMES,
                                    .region = region,
                                    .count = count,
                                    .keys = keys,
                                    .required = required },
                 list);
}

asl_value asl_path_merge(asl_region *region, asl_value list, uint32_t count,
                         const asl_value *keys, bool required)
{
    return along((struct selector){ .step = MERGE,
                                    .region = region,
                                    .count = count,
                                    .keys = keys,
                                    .required = required },
                 list);
}

asl_value asl_path_indexes(asl_region *region, asl_value list, uint32_t count,
                           const int32_t *indexes)
{
    return along(
        (struct selector){
            .step = INDEXES, .region = region, .count = count, .indexes = indexes },
        list);
}

asl_value asl_path_slice(asl_region *region, asl_value list, int32_t from, int32_t to)
{
    return along(
        (struct selector){ .step = SLICE, .region = region, .from = from, .to = to },
        list);
}

asl_value asl_path_each(asl_region *region, asl_value list)
{
    /* The elements of one array are a list as they stand. */
    if (asl_is_array(list) && asl_count(list) == 1 && asl_is_array(asl_at(list, 0)))
        return asl_at(list, 0);
    return along((struct selector){ .step = EACH, .region = region }, list);
}

/* ---- filters ------------------------------------------------------------------ */

static asl_value filtered(struct selector s, asl_value list, asl_value root,
                          asl_value (*walk)(struct selector s, asl_value list))
{
    asl_filter filter = { .region = s.region,
                          .root = root,
                          .failure = asl_undefined() };

    s.filter = &filter;
    asl_value out = walk(s, list);
    if (filter.release)
        filter.release(filter.regexes);
    return out;
}

asl_value asl_path_filter(asl_region *region, asl_value list, asl_filter_fn *fn,
                          asl_value root)
{
    return filtered((struct selector){ .step = FILTER, .region = region, .fn = fn },
                    list, root, along);
}

/* ---- whole trees -------------------------------------------------------------- */

static bool has_all(const struct selector *s, asl_value node)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (asl_is_undefined(asl_member_of(node, s->keys[i])))
            return false;
    return true;
}

/* What the selector finds in NODE itself, met on the way through a tree. */
static void visit(struct selector *s, asl_value node)
{
    if (s->step == MERGE && !s->required && !has_all(s, node))
        return;
    if (s->step != FILTER) {
        select_from(s, node);
    } else if (accepts(s, node)) {
        if (s->leaf || asl_is_object(node))
            select_filter(s, node);
        else
            select_each(s, node);
    }
}

static void descend(struct selector *s, asl_value node)
{
    size_t count = asl_count(node);

    if (!asl_is_array(node) && !asl_is_object(node))
        return;
    visit(s, node);
    for (size_t i = 0; i < count && goes_on(s); i++)
        descend(s,
                asl_is_object(node) ? asl_member_at(node, i)->value : asl_at(node, i));
}

static asl_value through(struct selector s, asl_value list)
{
    size_t count = asl_count(list);

    if (!asl_is_array(list))
        return list;
    s.out = asl_array();
    for (size_t i = 0; i < count && goes_on(&s); i++)
        descend(&s, asl_at(list, i));
    return s.out;
}

asl_value asl_path_descend_member(asl_region *region, asl_value list, asl_value key,
                                  bool required)
{
    return through((struct selector){ .step = MEMBER,
                                      .region = region,
                                      .count = 1,
                                      .keys = &key,
                                      .required = required },
                   list);
}

asl_value asl_path_descend_names(asl_region *region, asl_value list, uint32_t count,
                                 const asl_value *keys, bool required)
{
    return through((struct selector){ .step = NAMES,
                                      .region = region,
                                      .count = count,
                                      .keys = keys,
                                      .required = required },
                   list);
}

asl_value asl_path_descend_merge(asl_region *region, asl_value list, uint32_t count,
                                 const asl_value *keys, bool required)
{
    return through((struct selector){ .step = MERGE,
                                      .region = region,
                                      .count = count,
                                      .keys = keys,
                                      .required = required },
                   list);
}

asl_value asl_path_descend_each(asl_region *region, asl_value list)
{
    return through((struct selector){ .step = EACH, .region = region }, list);
}

asl_value asl_path_descend_elements(asl_region *region, asl_value list)
{
    return through((struct selector){ .step = ELEMENTS, .region = region }, list);
}

asl_value asl_path_descend_index(asl_region *region, asl_value list, int32_t index)
{
    return asl_path_descend_indexes(region, list, 1, &index);
}

asl_value asl_path_descend_indexes(asl_region *region, asl_value list, uint32_t count,
                                   const int32_t *indexes)
{
    return through(
        (struct selector){
            .step = INDEXES, .region = region, .count = count, .indexes = indexes },
        list);
}

asl_value asl_path_descend_slice(asl_region *region, asl_value list, int32_t from,
                                 int32_t to)
{
    return through(
        (struct selector){ .step = SLICE, .region = region, .from = from, .to = to },
        list);
}

asl_value asl_path_descend_filter(asl_region *region, asl_value list, asl_filter_fn *fn,
                                  asl_value root, bool leaf)
{
    return filtered(
        (struct selector){ .step = FILTER, .region = region, .fn = fn, .leaf = leaf },
        list, root, through);
}
