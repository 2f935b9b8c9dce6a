/* Equality and truth of values, as JSONata has them.
 *
 * Values share parts: one that holds itself twice on each of 1000 levels has 2^1000
 * leaves.  So pairs of containers that have been found equal (and containers that have
 * been found false) are remembered once much has been looked at; with pairs as sets of
 * equals, at most as many are looked at as there are containers.
 */
#include "../value/base.h"

#include "query.h"

#include "../value/container.h"

#include <math.h>

enum { REMEMBER_ABOVE = 100000 }; /* elements */

/* A container among the remembered: its set is that of entries[parent]. */
struct entry {
    const void *block; /* NULL: free */
    uint32_t count;
    uint32_t parent;
};

struct memory {
    struct entry *entries; /* open addressing by block and count; malloc'd */
    size_t mask, used;
    size_t seen; /* elements looked at */
};

/* ---- what is remembered -------------------------------------------------------------- */

static size_t slot_of(const struct memory *m, const void *block, uint32_t count)
{
    uint64_t hash = ((uint64_t)(uintptr_t)block ^ count) * UINT64_C(0x9E3779B97F4A7C15);
    size_t at = (size_t)(hash >> 32) & m->mask;

    while (m->entries[at].block &&
           (m->entries[at].block != block || m->entries[at].count != count))
        at = (at + 1) & m->mask;
    return at;
}

/* The root of the set of the entry AT. */
static size_t root_of(struct memory *m, size_t at)
{
    while (m->entries[at].parent != at) {
        m->entries[at].parent = m->entries[m->entries[at].parent].parent;
        at = m->entries[at].parent;
    }
    return at;
}

/* Makes room for two more entries.  Parents are positions, so they are found anew. */
static bool make_room(struct memory *m)
{
    struct memory grown = { .mask = m->entries ? m->mask * 2 + 1 : 1023,
                            .used = m->used };

    if (m->entries && (m->used + 2) * 2 <= m->mask)
        return true;
    if (grown.mask > UINT32_MAX)
        return false;
    grown.entries = calloc(grown.mask + 1, sizeof *grown.entries);
    if (!grown.entries)
        return false;
    for (size_t i = 0; m->entries && i <= m->mask; i++) {
        struct entry entry = m->entries[i];
        if (entry.block)
            grown.entries[slot_of(&grown, entry.block, entry.count)] = entry;
    }
    for (size_t i = 0; i <= grown.mask; i++) {
        if (!grown.entries[i].block)
            continue;
        const struct entry *parent = &m->entries[grown.entries[i].parent];
        grown.entries[i].parent =
            (uint32_t)slot_of(&grown, parent->block, parent->count);
    }
    free(m->entries);
    m->entries = grown.entries;
    m->mask = grown.mask;
    return true;
}

/* The root of the set of container V, which is added if need be. */
static size_t set_of(struct memory *m, asl_value v)
{
    const void *block = asl__pointer(v);
    size_t at = slot_of(m, block, asl__count(v));

    if (!m->entries[at].block) {
        m->entries[at] = (struct entry){ block, asl__count(v), (uint32_t)at };
        m->used++;
    }
    return root_of(m, at);
}

/* Whether A and B are known to be equal; B may be a mere mark. */
static bool is_known(struct memory *m, asl_value a, asl_value b)
{
    return m->entries && make_room(m) && set_of(m, a) == set_of(m, b);
}

static void remember(struct memory *m, asl_value a, asl_value b)
{
    if (m->seen < REMEMBER_ABOVE || !make_room(m))
        return;
    size_t set = set_of(m, a);
    m->entries[set].parent = (uint32_t)set_of(m, b);
}

/* ---- equality ------------------------------------------------------------------------ */

static bool equal(struct memory *m, asl_value a, asl_value b);

static bool equal_items(struct memory *m, asl_value a, asl_value b)
{
    for (uint32_t i = 0; i < asl__count(a); i++)
        if (!equal(m, asl__items(a)[i], asl__items(b)[i]))
            return false;
    return true;
}

/* Looks for A's members in B, at the same place first. */
static bool equal_members(struct memory *m, asl_value a, asl_value b)
{
    for (uint32_t i = 0; i < asl__count(a); i++) {
        const asl_member *x = &asl__members(a)[i], *y = &asl__members(b)[i];
        if (!asl_same_text(x->key, y->key)) {
            ptrdiff_t at = asl__find(b, x->key);
            if (at < 0)
                return false;
            y = &asl__members(b)[at];
        }
        if (!equal(m, x->value, y->value))
            return false;
    }
    return true;
}

static bool equal_containers(struct memory *m, asl_value a, asl_value b)
{
    if (asl__count(a) != asl__count(b))
        return false;
    if (asl__pointer(a) == asl__pointer(b) || is_known(m, a, b))
        return true;
    m->seen += asl__count(a);
    bool same = asl_is_array(a) ? equal_items(m, a, b) : equal_members(m, a, b);
    if (same)
        remember(m, a, b);
    return same;
}

static bool equal(struct memory *m, asl_value a, asl_value b)
{
    if (asl_is_number(a) && asl_is_number(b)) {
        if (asl__are_integers(a, b))
            return a.u.word.body == b.u.word.body;
        return asl_to_double(a) == asl_to_double(b);
    }
    if (asl__tag(a) != asl__tag(b))
        return false;
    if (asl_is_string(a))
        return asl_same_text(a, b);
    if (asl_is_array(a) || asl_is_object(a))
        return equal_containers(m, a, b);
    return a.u.word.body == b.u.word.body;
}

bool asl__same(asl_value a, asl_value b)
{
    struct memory m = { .entries = NULL };
    bool same = equal(&m, a, b);

    free(m.entries);
    return same;
}

bool asl__equals_slow(asl_value a, asl_value b)
{
    return !asl_is_undefined(a) && !asl_is_undefined(b) && asl__same(a, b);
}

/* ---- truth --------------------------------------------------------------------------- */

/* What stands for "false" among the sets of equals. */
static const asl_value mark = ASL_CONST_TAG(ASL_FALSE);

static unsigned truth(struct memory *m, asl_value v)
{
    double d;

    switch (asl_tag_of(v)) {
    case ASL_TRUE: return true;
    case ASL_INTEGER: return v.u.word.body != 0;
    case ASL_DOUBLE:
    case ASL_DECIMAL:
        d = asl_to_double(v);
        return isinf(d) ? ASL_TRUTH + 1 : d != 0 && !isnan(d);
    case ASL_SHORT:
    case ASL_LONG: return asl_text_len(v) > 0;
    case ASL_OBJECT: return asl__count(v) > 0;
    case ASL_ARRAY: break;
    default: return false;
    }
    asl_value falsehood = asl__container(ASL_ARRAY, &mark, 0, 0);
    if (asl__count(v) == 0 || is_known(m, v, falsehood))
        return false;
    m->seen += asl__count(v);
    for (uint32_t i = 0; i < asl__count(v); i++) {
        unsigned is_true = truth(m, asl__items(v)[i]);
        if (is_true)
            return is_true;
    }
    remember(m, v, falsehood);
    return false;
}

unsigned asl__truth_slow(asl_value v)
{
    struct memory m = { .entries = NULL };
    unsigned is_true = truth(&m, v);

    free(m.entries);
    return is_true;
}

asl_value asl_infinite(asl_eval *e)
{
    return asl_query_error(e, "D1001", NULL, asl_double(INFINITY));
}

asl_value asl__cast_boolean(asl_eval *e, asl_value v)
{
    if (asl_is_undefined(v) || asl_is_error(v))
        return v;
    unsigned is_true = asl_truth(v);
    return is_true > ASL_TRUTH ? asl_infinite(e) : asl_boolean(is_true);
}
