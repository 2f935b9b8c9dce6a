/* Objects: members in order in a block, with an index when there are many. */
#include "base.h"

#include "container.h"
#include "region.h"

/* ---- the index ------------------------------------------------------------------- */

static uint64_t mix(uint64_t a, uint64_t b)
{
    asl__u128 product = (asl__u128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

#define MIX_1 UINT64_C(0xA0761D6478BD642F)
#define MIX_2 UINT64_C(0xE7037ED1A0B428DB)

static uint64_t load64(const char *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof word);
    return word;
}

/* LEN > 14 bytes, 16 at a time; the last 16 overlap. */
static uint64_t hash_long(const char *text, size_t len, uint64_t seed)
{
    uint64_t hash = seed;
    size_t i = 0;

    for (; i + 16 < len; i += 16)
        hash = mix(load64(text + i) ^ MIX_1, load64(text + i + 8) ^ hash);
    if (len >= 16)
        hash = mix(load64(text + len - 16) ^ MIX_1, load64(text + len - 8) ^ hash);
    else
        hash = mix(load64(text) ^ MIX_1, load64(text + len - 8) ^ hash);
    return mix(hash ^ len, MIX_2);
}

uint64_t asl__key_hash(asl_value key, uint64_t seed)
{
    if (asl__tag(key) == ASL_LONG)
        return hash_long(key.u.big.as.text, asl__count(key), seed);
    return mix(mix(key.u.word.head ^ MIX_1, key.u.word.body ^ seed), MIX_2);
}

uint32_t asl__index_mask(size_t capacity)
{
    uint64_t slots = 32;

    while (slots < 2 * (uint64_t)capacity && slots < UINT64_C(1) << 32)
        slots *= 2;
    return (uint32_t)(slots - 1);
}

/* The slot where KEY is among MEMBERS or could be put. */
static uint32_t find_slot(const struct asl__index *index, const asl_member *members,
                          asl_value key)
{
    uint32_t at = (uint32_t)asl__key_hash(key, index->seed) & index->mask;

    while (index->slots[at] && !asl_same_text(members[index->slots[at] - 1].key, key))
        at = (at + 1) & index->mask;
    return at;
}

bool asl__index_build(asl_region *region, asl_member *members, size_t count,
                      bool *duplicates)
{
    asl_block *block = (asl_block *)(void *)members - 1;
    uint32_t mask = asl__index_mask(block->capacity);
    size_t bytes = ((size_t)mask + 1) * sizeof(uint32_t);
    struct asl__index *index = asl_alloc(region, sizeof *index + bytes);

    if (!index)
        return false;
    index->mask = mask;
    /* Where memory lies is hard to guess from outside. */
    index->seed = mix((uintptr_t)index ^ MIX_2, MIX_1);
    memset(index->slots, 0, bytes);
    for (size_t i = 0; i < count; i++) {
        uint32_t at = find_slot(index, members, members[i].key);
        if (index->slots[at] && duplicates)
            *duplicates = true;
        if (!index->slots[at])
            index->slots[at] = (uint32_t)i + 1;
    }
    block->link = index;
    return true;
}

/* ---- looking --------------------------------------------------------------------- */

static inline ptrdiff_t scan(const asl_member *members, size_t count, asl_value key)
{
    if (asl__tag(key) == ASL_SHORT) {
        for (size_t i = 0; i < count; i++)
            if (members[i].key.u.word.head == key.u.word.head &&
                members[i].key.u.word.body == key.u.word.body)
                return (ptrdiff_t)i;
        return -1;
    }
    for (size_t i = 0; i < count; i++)
        if (asl_same_text(members[i].key, key))
            return (ptrdiff_t)i;
    return -1;
}

/* The index that may be asked about OBJECT; NULL if it has none. */
static struct asl__index *index_of(asl_value object)
{
    if (asl__count(object) <= ASL__INDEX_ABOVE)
        return NULL;
    const asl_block *block = asl__block_of(object);
    return asl__is_forwarded(block) ? NULL : (struct asl__index *)(uintptr_t)block->link;
}

/* Where OBJECT has KEY, or -1; with an INDEX, *SLOT is the place there for the key. */
static ptrdiff_t find(asl_value object, asl_value key, const struct asl__index *index,
                      uint32_t *slot)
{
    const asl_member *members = asl__members(object);

    if (!index)
        return scan(members, asl_count(object), key);
    *slot = find_slot(index, members, key);
    uint32_t found = index->slots[*slot];
    /* A longer view's member is none of ours; keys differ, so no other can match. */
    return found == 0 || found > asl__count(object) ? -1 : (ptrdiff_t)found - 1;
}

ptrdiff_t asl__find(asl_value object, asl_value key)
{
    uint32_t slot;

    return find(object, key, index_of(object), &slot);
}

asl_value asl__member_slow(uint64_t head, uint64_t body, uint64_t key_head,
                           uint64_t key_body)
{
    asl_value object = asl__words(head, body);

    if (!asl_is_object(object))
        return asl_is_error(object) ? object : asl_undefined();
    ptrdiff_t at = asl__find(object, asl__words(key_head, key_body));

    return at < 0 ? asl_undefined() : asl__members(object)[at].value;
}

/* ---- building -------------------------------------------------------------------- */

/* A copy of COUNT members with room for CAPACITY, not yet indexed. */
static asl_member *copy_members(asl_region *region, const asl_member *members, size_t count,
                                size_t used, size_t capacity)
{
    asl_member *copy = asl__block_new(region, sizeof *copy, used, capacity);

    if (copy && count > 0)
        memcpy(copy, members, count * sizeof *copy);
    return copy;
}

/* The value of a block of distinct members, with its index if it needs one. */
static asl_value finish(asl_region *region, asl_member *members, size_t count, size_t depth)
{
    if (depth > ASL_MAX_DEPTH)
        return asl_too_deep();
    if (count > ASL__INDEX_ABOVE && !asl__index_build(region, members, count, NULL))
        return asl_no_memory();
    return asl__container(ASL_OBJECT, members, count, depth);
}

static asl_value replace_member(asl_region *region, asl_value object, size_t at, asl_value v)
{
    size_t count = asl__count(object);
    asl_member *members =
        copy_members(region, asl__members(object), count, count, count);

    if (!members)
        return asl_no_memory();
    members[at].value = v;
    return finish(region, members, count, asl__depth_of_members(members, count));
}

/* Enters member AT, just extended in place, into the block's INDEX at SLOT; the index is
 * made, or made anew, where needed.  False without memory (the block has been left
 * shorter). */
static bool index_extended(asl_region *region, asl_member *members, size_t at,
                           struct asl__index *index, uint32_t slot)
{
    asl_block *block = (asl_block *)(void *)members - 1;

    if (at < ASL__INDEX_ABOVE)
        return true;
    if (index && at < ((size_t)index->mask + 1) / 2) {
        index->slots[slot] = (uint32_t)at + 1;
        return true;
    }
    if (asl__index_build(region, members, at + 1, NULL))
        return true;
    block->used--;
    return false;
}

/* The members of OBJECT with room for one more, which is counted already: in their block,
 * or in a copy.  NULL without memory.  A document that gets one member gets more, from
 * each of many states: a copy has room for them. */
static asl_member *room_for_one(asl_region *region, asl_value object)
{
    enum { ROOM = 8 };
    size_t count = asl__count(object);

    if (count > 0 && asl__block_extend(region, object, sizeof(asl_member)))
        return (asl_member *)(asl__block_of(object) + 1);
    return copy_members(region, asl__members(object), count, count + 1,
                        count < ROOM ? count + ROOM : asl__grown(count));
}

/* append() where there is no room, or none that is known.  By words, as asl__set_at(). */
static ASL__NOINLINE asl_value append_member(asl_region *region, uint64_t head,
                                             uint64_t body, const asl_value *key,
                                             uint64_t value_head, uint64_t value_body)
{
    asl_value object = asl__words(head, body), v = asl__words(value_head, value_body);
    size_t count = asl__count(object), depth = asl_depth(v) + 1;
    asl_member *members = room_for_one(region, object);

    if (!members)
        return asl_no_memory();
    asl__store(&members[count].key, *key);
    asl__store(&members[count].value, v);
    if (depth < asl__depth(object))
        depth = asl__depth(object);
    return asl__container(ASL_OBJECT, members, count + 1, depth);
}

/* Whether the block of OBJECT can take one more member where it is: the usual cases of
 * asl__block_extend(), without a call.  (An empty object has a block nowhere.) */
static inline bool has_room(asl_region *region, asl_value object)
{
    enum { MORE = 4 };
    asl_block *block = asl__block_of(object);
    const struct asl__chunk *newest = region->chunks;

    if (!newest || (uintptr_t)block - (uintptr_t)newest >= newest->size ||
        block->used != asl__count(object) || asl__is_forwarded(block))
        return false;
    if (block->used != block->capacity)
        return true;
    if ((const char *)asl__members_end(object) != region->next ||
        (size_t)(region->end - region->next) < MORE * sizeof(asl_member))
        return false;
    region->next += MORE * sizeof(asl_member);
    block->capacity += MORE;
    return true;
}

/* OBJECT with a member that it lacks, not yet in its index. */
static inline asl_value append(asl_region *region, uint64_t head, uint64_t body,
                               const asl_value *key, uint64_t value_head,
                               uint64_t value_body)
{
    asl_value object = asl__words(head, body), v = asl__words(value_head, value_body);
    asl_member *member = (asl_member *)(uintptr_t)asl__members_end(object);
    size_t depth = asl__tag(v) < ASL_ARRAY ? 1 : asl__depth(v) + 1;

    if (!has_room(region, object))
        return append_member(region, head, body, key, value_head, value_body);
    asl__block_of(object)->used++;
    asl__store(&member->key, *key);
    asl__store(&member->value, v);
    if (depth < asl__depth(object))
        depth = asl__depth(object);
    return asl__container(ASL_OBJECT, asl__members(object), asl__count(object) + 1, depth);
}

/* asl__set_at() of whatever it is given. */
static ASL__NOINLINE asl_value set_any(asl_region *region, uint64_t head, uint64_t body,
                                       const asl_value *key, uint64_t value_head,
                                       uint64_t value_body)
{
    asl_value object = asl__words(head, body), v = asl__words(value_head, value_body);

    if (asl_is_error(object))
        return object;
    if (asl_is_error(*key))
        return *key;
    if (asl_is_error(v))
        return v;
    asl__check(asl_is_object(object) && asl_is_string(*key), "asl_set: wrong types");
    if (asl_depth(v) + 1 > ASL_MAX_DEPTH)
        return asl_too_deep();
    struct asl__index *index = index_of(object);
    uint32_t slot = 0;
    ptrdiff_t at = find(object, *key, index, &slot);
    if (at >= 0)
        return replace_member(region, object, (size_t)at, v);
    asl_value longer = append(region, head, body, key, value_head, value_body);
    if (asl_is_error(longer))
        return longer;
    asl_member *members = (asl_member *)(uintptr_t)asl__members(longer);
    if (members != asl__members(object))
        index = NULL;
    return index_extended(region, members, asl__count(object), index, slot)
               ? longer
               : asl_no_memory();
}

/* A few members, and one more with a short key where there is room: no index, no call. */
asl_value asl__set_at(asl_region *region, uint64_t head, uint64_t body,
                      const asl_value *key, uint64_t value_head, uint64_t value_body)
{
    asl_value object = asl__words(head, body), v = asl__words(value_head, value_body);
    const asl_member *m = asl__members(object), *end = asl__members_end(object);

    if (!asl__has_few(object) || asl__tag(*key) != ASL_SHORT || asl_is_error(v) ||
        (asl__tag(v) >= ASL_ARRAY && asl__depth(v) >= ASL_MAX_DEPTH))
        return set_any(region, head, body, key, value_head, value_body);
    for (; m != end; m++)
        if (m->key.u.word.head == key->u.word.head &&
            m->key.u.word.body == key->u.word.body)
            return set_any(region, head, body, key, value_head, value_body);
    return append(region, head, body, key, value_head, value_body);
}

asl_value asl_set(asl_region *region, asl_value object, asl_value key, asl_value v)
{
    return asl__set_at(region, object.u.word.head, object.u.word.body, &key,
                       v.u.word.head, v.u.word.body);
}

asl_value asl_without(asl_region *region, asl_value object, asl_value key)
{
    if (asl_is_error(object))
        return object;
    if (asl_is_error(key))
        return key;
    size_t count = asl_count(object);
    ptrdiff_t found = asl__find(object, key);
    if (found < 0)
        return object;
    if (count == 1)
        return asl_object();
    size_t at = (size_t)found;
    const asl_member *from = asl__members(object);
    asl_member *members = copy_members(region, from, at, count - 1, count - 1);
    if (!members)
        return asl_no_memory();
    memcpy(members + at, from + at + 1, (count - 1 - at) * sizeof *members);
    return finish(region, members, count - 1, asl__depth_of_members(members, count - 1));
}

asl_value asl_record_any(asl_region *region, size_t count, const asl_value *keys,
                         const asl_value *values)
{
    if (count == 0)
        return asl_object();
    for (size_t i = 0; i < count; i++)
        if (asl_is_error(values[i]))
            return values[i];
    asl_member *members = asl__block_new(region, sizeof *members, count, count);
    if (!members)
        return asl_no_memory();
    for (size_t i = 0; i < count; i++)
        members[i] = (asl_member){ keys[i], values[i] };
    return finish(region, members, count, asl__depth_of_members(members, count));
}

/* Lets the last of equal keys win in the place of the first, for up to 16 members; the
 * number left. */
static size_t merge_few(asl_member *members, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        ptrdiff_t at = scan(members, kept, members[i].key);
        if (at >= 0)
            members[at].value = members[i].value;
        else
            members[kept++] = members[i];
    }
    return kept;
}

/* The same for many: MEMBERS is a block with an index of the first of each key. */
static size_t merge_many(asl_member *members, size_t count)
{
    const asl_block *block = (const asl_block *)(const void *)members - 1;
    struct asl__index *index = (struct asl__index *)(uintptr_t)block->link;
    size_t kept = 0;

    memset(index->slots, 0, ((size_t)index->mask + 1) * sizeof index->slots[0]);
    for (size_t i = 0; i < count; i++) {
        uint32_t at = find_slot(index, members, members[i].key);
        if (index->slots[at]) {
            members[index->slots[at] - 1].value = members[i].value;
        } else {
            members[kept++] = members[i];
            index->slots[at] = (uint32_t)kept;
        }
    }
    return kept;
}

asl_value asl__object_build(asl_region *region, asl_member *members, size_t count,
                            bool distinct)
{
    bool duplicates = false;

    if (count == 0)
        return asl_object();
    if (!distinct && count <= ASL__INDEX_ABOVE)
        count = merge_few(members, count);
    asl_member *copy = copy_members(region, members, count, count, count);
    if (!copy)
        return asl_no_memory();
    if (count > ASL__INDEX_ABOVE && !asl__index_build(region, copy, count, &duplicates))
        return asl_no_memory();
    if (duplicates) {
        count = merge_many(copy, count);
        ((asl_block *)(void *)copy - 1)->used = (uint32_t)count;
    }
    size_t depth = asl__depth_of_members(copy, count);
    if (depth > ASL_MAX_DEPTH)
        return asl_too_deep();
    return asl__container(ASL_OBJECT, copy, count, depth);
}

asl_value asl_object_of(asl_region *region, size_t count, const asl_member *members)
{
    asl_member few[ASL__INDEX_ABOVE];

    for (size_t i = 0; i < count; i++)
        if (asl_is_error(members[i].value))
            return members[i].value;
    if (count <= ASL__INDEX_ABOVE) {
        if (count > 0)
            memcpy(few, members, count * sizeof few[0]);
        return asl__object_build(region, few, count, false);
    }
    /* Many members are merged in their new block: nothing is written to these. */
    return asl__object_build(region, (asl_member *)(uintptr_t)members, count, false);
}
