/* The blocks behind arrays and objects: shared by array.c, object.c, value.c, text.c.
 *
 *     asl_block { used, capacity, link }   16 bytes
 *     elements: asl_value or asl_member    the value points here
 *
 * used counts the elements that the longest value of this block sees; a value with a
 * smaller count sees a prefix.  When a block of a dead region has been copied, link is
 * the address of the new block with its lowest bit set, and capacity the number of
 * elements that have been copied.
 */
#ifndef ASL__CONTAINER_H
#define ASL__CONTAINER_H

#include "region.h"

enum { ASL__INDEX_ABOVE = 16 }; /* objects of more members have an index */

#define ASL__MOST_ELEMENTS (UINT32_MAX - 1)

/* Where in an object's block a key is: open addressing, position + 1, 0 is free. */
struct asl__index {
    uint64_t seed;
    uint32_t mask; /* number of slots - 1; at least half of them stay free */
    uint32_t slots[];
};

/* The block of a container with at least one element. */
static inline asl_block *asl__block_of(asl_value v)
{
    /* By its number: that of what is no container is asked for, too, and not used. */
    return (asl_block *)(uintptr_t)(v.u.word.body - sizeof(asl_block));
}

static inline size_t asl__element_size(enum asl_tag tag)
{
    return tag == ASL_OBJECT ? sizeof(asl_member) : sizeof(asl_value);
}

static inline bool asl__is_forwarded(const asl_block *block)
{
    return (uintptr_t)block->link & 1;
}

/* A new block for CAPACITY > 0 elements of ELEMENT bytes, used == count == COUNT, no
 * index; its elements (not set yet), or NULL. */
void *asl__block_new(asl_region *region, size_t element, size_t count, size_t capacity);

/* Makes the newest block of REGION longer, to double its size or what there is. */
static inline bool asl__grow_last(asl_region *region, asl_block *block, size_t element)
{
    char *end = (char *)(block + 1) + (size_t)block->capacity * element;
    size_t room, more = block->capacity < 4 ? 4 : block->capacity;

    if (end != region->next)
        return false;
    room = (size_t)(region->end - region->next) / element;
    if (more > room)
        more = room;
    if (more > ASL__MOST_ELEMENTS - block->capacity)
        more = ASL__MOST_ELEMENTS - block->capacity;
    if (more == 0)
        return false;
    region->next += more * element;
    block->capacity += (uint32_t)more;
    return true;
}

/* Whether the block of V can take one more element in place: REGION owns it, nobody has
 * extended it beyond V, and there is or can be made room. */
static inline bool asl__block_extend(asl_region *region, asl_value v, size_t element)
{
    asl_block *block = asl__block_of(v);
    const struct asl__chunk *newest = region->chunks;

    /* Other people's blocks are not even looked into: their owner may write there. */
    if (!newest || ((uintptr_t)block - (uintptr_t)newest >= newest->size &&
                    !asl__region_owns(region, block)))
        return false;
    if (block->used != asl__count(v) || asl__is_forwarded(block))
        return false;
    if (block->used == block->capacity && !asl__grow_last(region, block, element))
        return false;
    block->used++;
    return true;
}

/* The capacity for a block of COUNT elements that is copied for an append.  Large ones
 * fill a chunk, but for its header and the block's. */
static inline size_t asl__grown(size_t count)
{
    size_t capacity = 4096;

    if (count < 2048)
        return count < 4 ? 4 : count * 2;
    while (capacity < count * 2)
        capacity *= 2;
    return capacity - 3;
}

/* The depth a container of these elements has. */
size_t asl__depth_of_items(const asl_value *items, size_t count);
size_t asl__depth_of_members(const asl_member *members, size_t count);

/* The seeded hash of a string. */
uint64_t asl__key_hash(asl_value key, uint64_t seed);

/* Gives the block of COUNT > 16 members an index sized for its capacity.  False without
 * memory.  If two keys are equal *DUPLICATES is set (may be NULL: they are distinct). */
bool asl__index_build(asl_region *region, asl_member *members, size_t count,
                      bool *duplicates);

/* Whether an index for CAPACITY members has SLOTS slots' mask. */
uint32_t asl__index_mask(size_t capacity);

/* asl_set() by the words of OBJECT and V, with the key *KEY: all is then in registers. */
asl_value asl__set_at(asl_region *region, uint64_t head, uint64_t body,
                      const asl_value *key, uint64_t value_head, uint64_t value_body);

/* The position of KEY in OBJECT, or -1. */
ptrdiff_t asl__find(asl_value object, asl_value key);

/* An object of COUNT members that may have equal keys (later ones win in the place of
 * the first); MEMBERS is changed.  DISTINCT says that they are known to differ. */
asl_value asl__object_build(asl_region *region, asl_member *members, size_t count,
                            bool distinct);

#endif
