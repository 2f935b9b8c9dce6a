/* Regions of memory and where their chunks come from.
 *
 *     asl__pool       one for a program: free chunks and the byte count, under a lock
 *       asl__chunks   one for a worker: a cache of free chunks, used by one thread
 *         asl_region  one for a frame: chunks in use, bump allocation in the newest
 *
 * A chunk is a power of two from 4 KB to 32 MB; a larger request gets a chunk of its
 * own size that is never kept.  A region's chunks are linked newest first; an oversize
 * one is put behind the newest, so that the bump position stays.
 */
#ifndef ASL__REGION_H
#define ASL__REGION_H

#include <pthread.h>

#include <aslrt/value.h>

/* Bit of *region->attention: the region has grown past its limit. */
enum { ASL__ATTENTION_BIG = 1 };

enum {
    ASL__CHUNK_LEAST_LOG = 12, /* 4 KB */
    ASL__CHUNK_MOST_LOG = 25,  /* 32 MB */
    ASL__CHUNK_CLASSES = ASL__CHUNK_MOST_LOG - ASL__CHUNK_LEAST_LOG + 1
};

#define ASL__CHUNK_LEAST ((size_t)1 << ASL__CHUNK_LEAST_LOG)
#define ASL__REGION_LEAST_LIMIT ((size_t)64 * 1024)

struct asl__chunk {
    struct asl__chunk *next;
    size_t size; /* with this header */
    uint64_t lent; /* not malloc'd */
    uint64_t spare;
};

struct asl__pool {
    pthread_mutex_t lock;
    struct asl__chunk *free[ASL__CHUNK_CLASSES]; /* guarded by lock, as all below */
    size_t free_bytes; /* in free[] */
    size_t used;       /* bytes of chunks in caches and regions */
    size_t max_memory; /* most that used may become; 0: no limit.  Constant */
};

struct asl__chunks {
    struct asl__pool *pool;
    struct asl__chunk *free[ASL__CHUNK_CLASSES];
    size_t free_bytes;
};

/* Sets up a pool that gives out at most MAX_MEMORY bytes (0: whatever there is). */
void asl__pool_init(struct asl__pool *pool, size_t max_memory);
/* Frees it; every cache must have been freed before. */
void asl__pool_free(struct asl__pool *pool);

/* Counts SIZE bytes that lie elsewhere, such as an input's text; false if that is too much. */
bool asl__pool_charge(struct asl__pool *pool, size_t size);
void asl__pool_discharge(struct asl__pool *pool, size_t size);
/* Bytes that may still be used; SIZE_MAX without a limit. */
size_t asl__pool_room(struct asl__pool *pool);

void asl__chunks_init(struct asl__chunks *chunks, struct asl__pool *pool);
/* Gives the cache a chunk of the least size, of MEMORY, which must outlive the pool; not
 * if that is more than the pool may give out. */
void asl__chunks_lend(struct asl__chunks *chunks, void *memory);
/* Returns everything to the pool; no region may use the cache any longer. */
void asl__chunks_free(struct asl__chunks *chunks);

/* An empty region; it takes its first chunk with its first allocation. */
void asl__region_init(asl_region *region, struct asl__chunks *chunks);
/* Gives all chunks back to region->source; the region is empty and usable. */
void asl__region_release(asl_region *region);
/* The same, but for one chunk (the newest) that stays for the next use. */
void asl__region_reset(asl_region *region);
/* The same if that chunk is the only one; false, with nothing done, if it is not. */
static inline bool asl__region_rewind(asl_region *region)
{
    struct asl__chunk *chunk = region->chunks;

    if (!chunk || chunk->next)
        return false;
    region->next = (char *)chunk + sizeof *chunk;
    region->limit = ASL__REGION_LEAST_LIMIT;
    return true;
}
/* A place in a region to which asl__region_unwind() goes back. */
struct asl__mark {
    char *next;
    struct asl__chunk *newest;
    size_t size;
};
static inline struct asl__mark asl__region_mark(const asl_region *region)
{
    return (struct asl__mark){ region->next, region->chunks, region->size };
}
/* The same where chunks have come since, which are given back. */
void asl__region_unwind_far(asl_region *region, const struct asl__mark *mark);
/* Gives up all that has been allocated since MARK was taken: nothing that stays may point
 * there, and no block from before may have been extended meanwhile. */
static inline void asl__region_unwind(asl_region *region, const struct asl__mark *mark)
{
    if (region->chunks == mark->newest && region->size == mark->size) {
#ifdef ASL_DEBUG /* values that dangle show */
        if (region->next > mark->next)
            memset(mark->next, 0xA5, (size_t)(region->next - mark->next));
#endif
        region->next = mark->next;
    } else {
        asl__region_unwind_far(region, mark);
    }
}
/* Whether PTR lies in CHUNK, which may be NULL. */
static inline bool asl__in_chunk(const struct asl__chunk *chunk, const void *ptr)
{
    return chunk && (uintptr_t)ptr - (uintptr_t)chunk < chunk->size;
}
/* Appends SOURCE's chunks to REGION, whose bump position stays; SOURCE becomes empty.
 * The values in them belong to REGION from then on. */
void asl__region_splice(asl_region *region, asl_region *source);
/* Raises the limit, if need be, to what compaction would set it to that found LIVE bytes
 * in use. */
void asl__region_expect(asl_region *region, size_t live);
/* Whether PTR lies in a chunk of REGION. */
bool asl__region_owns(const asl_region *region, const void *ptr);
/* Bytes REGION holds in chunks, the newest counted by what is used of it. */
size_t asl__region_size(const asl_region *region);

/* Copies what the COUNT values *ROOTS[i] need and that lives in REGION to fresh chunks,
 * frees the old ones, sets the roots to the copies and the limit anew.  Shared parts
 * stay shared; what lives elsewhere is left alone.  Any other value in REGION is dead
 * afterwards.  False if memory was short: then nothing has been freed and all values
 * are good still. */
bool asl__region_compact(asl_region *region, asl_value *const *roots, size_t count);

/* V with all parts that live in SOURCE copied to REGION; other parts are left alone.
 * SOURCE must not be used afterwards but for further calls of this with the same
 * REGION (sharing with what was copied before is kept), and for its release.  An error
 * value if memory is short. */
asl_value asl__region_copy_out(asl_region *region, asl_region *source, asl_value v);
/* Whether that is known, at a glance, to be V itself. */
static inline bool asl__region_misses(const asl_region *source, asl_value v)
{
    const struct asl__chunk *chunk = source->chunks;

    if (asl__in_words(v) || !chunk)
        return true;
    return !chunk->next && asl__tag(v) != ASL_FAILURE &&
           (uintptr_t)asl__pointer(v) - (uintptr_t)chunk >= chunk->size;
}

#endif
