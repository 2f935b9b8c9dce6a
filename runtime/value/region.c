/* Chunks, caches of chunks and bump allocation; see region.h.  Compaction is in value.c:
 * it needs to know what values look like. */
#include "base.h"

#include "region.h"

/* Free bytes a worker's cache, and the pool, keep for reuse. */
#define CACHE_BYTES ((size_t)2 << 20)
#define POOL_BYTES ((size_t)64 << 20)

#define NO_CLASS ASL__CHUNK_CLASSES

/* With AddressSanitizer nobody may touch a free chunk: values that dangle show. */
#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif
#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>
#define FORBID(chunk)                                                                  \
    __asan_poison_memory_region((chunk) + 1, (chunk)->size - sizeof *(chunk))
#define ALLOW(chunk)                                                                   \
    __asan_unpoison_memory_region((chunk) + 1, (chunk)->size - sizeof *(chunk))
#else
#define FORBID(chunk) ((void)0)
#define ALLOW(chunk) ((void)0)
#endif

static size_t class_size(unsigned class)
{
    return (size_t)1 << (class + ASL__CHUNK_LEAST_LOG);
}

/* The class of chunks of SIZE bytes; NO_CLASS if it is of none. */
static unsigned class_of(size_t size)
{
    unsigned log = 63u - (unsigned)__builtin_clzll((unsigned long long)size);

    if ((size & (size - 1)) != 0 || log > ASL__CHUNK_MOST_LOG)
        return NO_CLASS;
    return log - ASL__CHUNK_LEAST_LOG;
}

static void free_chunk(struct asl__chunk *chunk)
{
    if (!chunk->lent)
        free(chunk);
}

/* ---- the pool ------------------------------------------------------------------ */

void asl__pool_init(struct asl__pool *pool, size_t max_memory)
{
    memset(pool, 0, sizeof *pool);
    pthread_mutex_init(&pool->lock, NULL);
    pool->max_memory = max_memory;
}

void asl__pool_free(struct asl__pool *pool)
{
    for (unsigned class = 0; pool->free_bytes > 0; class++)
        while (pool->free[class]) {
            struct asl__chunk *chunk = pool->free[class];
            pool->free[class] = chunk->next;
            pool->free_bytes -= chunk->size;
            free_chunk(chunk);
        }
    pthread_mutex_destroy(&pool->lock);
}

/* Whether SIZE more bytes may be used; counts them if so.  Lock held. */
static bool pool_charge(struct asl__pool *pool, size_t size)
{
    size_t sum;

    if (!asl__size_add(pool->used, size, &sum))
        return false;
    if (pool->max_memory && sum > pool->max_memory)
        return false;
    pool->used = sum;
    return true;
}

/* Frees what is kept for reuse, the largest first, where that and what is used would be
 * more than the limit.  Lock held. */
static void trim(struct asl__pool *pool)
{
    unsigned class = ASL__CHUNK_CLASSES;

    while (pool->max_memory && pool->free_bytes > pool->max_memory - pool->used) {
        while (!pool->free[class - 1])
            class--;
        struct asl__chunk *chunk = pool->free[class - 1];
        pool->free[class - 1] = chunk->next;
        pool->free_bytes -= chunk->size;
        free_chunk(chunk);
    }
}

bool asl__pool_charge(struct asl__pool *pool, size_t size)
{
    if (pool->max_memory == 0) /* which never changes */
        return true;
    pthread_mutex_lock(&pool->lock);
    bool granted = pool_charge(pool, size);
    trim(pool);
    pthread_mutex_unlock(&pool->lock);
    return granted;
}

void asl__pool_discharge(struct asl__pool *pool, size_t size)
{
    if (pool->max_memory == 0)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->used -= size;
    pthread_mutex_unlock(&pool->lock);
}

size_t asl__pool_room(struct asl__pool *pool)
{
    if (pool->max_memory == 0)
        return SIZE_MAX;
    pthread_mutex_lock(&pool->lock);
    size_t room = pool->max_memory - pool->used;
    pthread_mutex_unlock(&pool->lock);
    return room;
}

static struct asl__chunk *pool_take(struct asl__pool *pool, size_t size)
{
    unsigned class = class_of(size);
    struct asl__chunk *chunk = NULL;

    pthread_mutex_lock(&pool->lock);
    bool granted = pool_charge(pool, size);
    if (granted && class != NO_CLASS && pool->free[class]) {
        chunk = pool->free[class];
        pool->free[class] = chunk->next;
        pool->free_bytes -= size;
        ALLOW(chunk);
    }
    trim(pool);
    pthread_mutex_unlock(&pool->lock);
    if (chunk || !granted)
        return chunk;
    chunk = malloc(size);
    if (chunk) {
        chunk->size = size;
        chunk->lent = 0;
        return chunk;
    }
    pthread_mutex_lock(&pool->lock);
    pool->used -= size;
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static void pool_give(struct asl__pool *pool, struct asl__chunk *chunk)
{
    unsigned class = class_of(chunk->size);

    pthread_mutex_lock(&pool->lock);
    pool->used -= chunk->size;
    bool keep = class != NO_CLASS && pool->free_bytes + chunk->size <= POOL_BYTES;
    if (keep) {
        FORBID(chunk);
        chunk->next = pool->free[class];
        pool->free[class] = chunk;
        pool->free_bytes += chunk->size;
        trim(pool);
    }
    pthread_mutex_unlock(&pool->lock);
    if (!keep)
        free_chunk(chunk);
}

/* ---- a worker's cache ---------------------------------------------------------- */

static void chunks_give(struct asl__chunks *chunks, struct asl__chunk *chunk);

void asl__chunks_init(struct asl__chunks *chunks, struct asl__pool *pool)
{
    memset(chunks, 0, sizeof *chunks);
    chunks->pool = pool;
}

void asl__chunks_lend(struct asl__chunks *chunks, void *memory)
{
    struct asl__chunk *chunk = memory;

    pthread_mutex_lock(&chunks->pool->lock);
    bool granted = pool_charge(chunks->pool, ASL__CHUNK_LEAST);
    pthread_mutex_unlock(&chunks->pool->lock);
    if (!granted)
        return;
    *chunk = (struct asl__chunk){ .size = ASL__CHUNK_LEAST, .lent = 1 };
    chunks_give(chunks, chunk);
}

void asl__chunks_free(struct asl__chunks *chunks)
{
    for (unsigned class = 0; chunks->free_bytes > 0; class++)
        while (chunks->free[class]) {
            struct asl__chunk *chunk = chunks->free[class];
            chunks->free[class] = chunk->next;
            chunks->free_bytes -= chunk->size;
            pool_give(chunks->pool, chunk);
        }
}

static struct asl__chunk *chunks_take(struct asl__chunks *chunks, size_t size)
{
    unsigned class = class_of(size);
    struct asl__chunk *chunk = class == NO_CLASS ? NULL : chunks->free[class];

    if (chunk) {
        chunks->free[class] = chunk->next;
        chunks->free_bytes -= size;
        ALLOW(chunk);
        return chunk;
    }
    chunk = pool_take(chunks->pool, size);
    if (!chunk && chunks->free_bytes) {
        asl__chunks_free(chunks); /* our own free chunks count as used */
        chunk = pool_take(chunks->pool, size);
    }
    return chunk;
}

static void chunks_give(struct asl__chunks *chunks, struct asl__chunk *chunk)
{
    unsigned class = chunk->size == ASL__CHUNK_LEAST ? 0 : class_of(chunk->size);

    if (class == NO_CLASS || chunks->free_bytes + chunk->size > CACHE_BYTES) {
        pool_give(chunks->pool, chunk);
        return;
    }
    FORBID(chunk);
    chunk->next = chunks->free[class];
    chunks->free[class] = chunk;
    chunks->free_bytes += chunk->size;
}

/* ---- regions ------------------------------------------------------------------- */

static char *chunk_start(struct asl__chunk *chunk)
{
    return (char *)chunk + sizeof *chunk;
}

static char *chunk_end(struct asl__chunk *chunk)
{
    return (char *)chunk + chunk->size;
}

void asl__region_init(asl_region *region, struct asl__chunks *chunks)
{
    memset(region, 0, sizeof *region);
    region->source = chunks;
    region->limit = ASL__REGION_LEAST_LIMIT;
}

static void give_list(struct asl__chunks *source, struct asl__chunk *chunk)
{
    while (chunk) {
        struct asl__chunk *next = chunk->next;
        chunks_give(source, chunk);
        chunk = next;
    }
}

void asl__region_release(asl_region *region)
{
    struct asl__chunk *chunk = region->chunks;

    region->limit = ASL__REGION_LEAST_LIMIT;
    if (!chunk)
        return;
    region->chunks = NULL;
    region->next = region->end = NULL;
    region->size = 0;
    give_list(region->source, chunk);
}

void asl__region_reset(asl_region *region)
{
    struct asl__chunk *newest = region->chunks;

    if (!newest)
        return;
    give_list(region->source, newest->next);
    newest->next = NULL;
    region->next = chunk_start(newest);
    region->end = chunk_end(newest);
    region->size = 0;
    region->limit = ASL__REGION_LEAST_LIMIT;
}

void asl__region_unwind_far(asl_region *region, const struct asl__mark *mark)
{
    struct asl__chunk *newest = mark->newest, *chunk;

    while ((chunk = region->chunks) != newest) {
        region->chunks = chunk->next;
        region->size -= chunk->next ? chunk->next->size : 0;
        chunks_give(region->source, chunk);
    }
    while (region->size > mark->size) { /* oversize ones, behind the newest */
        chunk = newest->next;
        newest->next = chunk->next;
        region->size -= chunk->size;
        chunks_give(region->source, chunk);
    }
    region->next = mark->next;
    region->end = newest ? chunk_end(newest) : NULL;
}

bool asl__region_owns(const asl_region *region, const void *ptr)
{
    uintptr_t at = (uintptr_t)ptr;

    for (struct asl__chunk *chunk = region->chunks; chunk; chunk = chunk->next)
        if (at - (uintptr_t)chunk < chunk->size)
            return true;
    return false;
}

size_t asl__region_size(const asl_region *region)
{
    if (!region->chunks)
        return 0;
    return region->size + (size_t)(region->next - chunk_start(region->chunks));
}

/* Tells the owner if REGION has outgrown its limit. */
static void note_size(asl_region *region)
{
    if (region->size >= region->limit && region->attention)
        __atomic_fetch_or(region->attention, ASL__ATTENTION_BIG, __ATOMIC_RELAXED);
}

void asl__region_splice(asl_region *region, asl_region *source)
{
    struct asl__chunk *first = source->chunks;

    if (!first)
        return;
    if (!region->chunks) {
        region->chunks = first;
        region->next = source->next;
        region->end = source->end;
        region->size = source->size;
    } else {
        struct asl__chunk *last = first;
        while (last->next)
            last = last->next;
        last->next = region->chunks->next;
        region->chunks->next = first;
        region->size += source->size + first->size;
    }
    source->chunks = NULL;
    source->next = source->end = NULL;
    source->size = 0;
    note_size(region);
}

void asl__region_expect(asl_region *region, size_t live)
{
    if (region->limit < live * 2)
        region->limit = live * 2;
}

/* The size of the next chunk of a region that holds HELD bytes: as much as it has, up
 * to a megabyte, then steps that keep the number of chunks small. */
static size_t next_chunk_size(size_t held)
{
    if (held >= (size_t)256 << 20)
        return (size_t)32 << 20;
    if (held >= (size_t)64 << 20)
        return (size_t)8 << 20;
    if (held >= (size_t)8 << 20)
        return (size_t)2 << 20;
    size_t size = class_size(0);
    while (size < (size_t)1 << 20 && size * 2 <= held)
        size *= 2;
    return size;
}

/* The smallest chunk for a request of WANTED bytes, header included. */
static size_t fitting_chunk_size(size_t wanted)
{
    if (wanted > class_size(ASL__CHUNK_CLASSES - 1))
        return (wanted + 4095) & ~(size_t)4095;
    size_t size = class_size(0);
    while (size < wanted)
        size *= 2;
    return size;
}

/* A request as large as a whole chunk: its own chunk, behind the newest. */
static void *oversize(asl_region *region, size_t rounded, size_t size)
{
    struct asl__chunk *chunk = chunks_take(region->source, size);

    if (!chunk)
        return NULL;
    chunk->next = region->chunks->next;
    region->chunks->next = chunk;
    region->size += size;
    note_size(region);
    asl__check(rounded + sizeof *chunk <= size, "chunk too small");
    (void)rounded;
    return chunk_start(chunk);
}

/* asl__region_more() where the usual chunk does not do. */
static ASL__NOINLINE void *more(asl_region *region, size_t size)
{
    size_t rounded, wanted;

    if (!asl__size_add(size, 15, &rounded) ||
        !asl__size_add(rounded &= ~(size_t)15, sizeof(struct asl__chunk) + 4096, &wanted))
        return NULL;
    wanted -= 4096;
    size_t newest = region->chunks ? region->chunks->size : 0;
    size_t chunk_size = next_chunk_size(region->size + newest);
    if (wanted > chunk_size) {
        chunk_size = fitting_chunk_size(wanted);
        /* With more than half a page of the newest left, keep bumping there. */
        if (region->chunks && (region->end - region->next > 2048 || wanted * 8 > chunk_size * 7))
            return oversize(region, rounded, chunk_size);
    }
    struct asl__chunk *chunk = chunks_take(region->source, chunk_size);
    if (!chunk && chunk_size > fitting_chunk_size(wanted))
        chunk = chunks_take(region->source, chunk_size = fitting_chunk_size(wanted));
    if (!chunk)
        return NULL;
    chunk->next = region->chunks;
    region->chunks = chunk;
    region->next = chunk_start(chunk) + rounded;
    region->end = chunk_end(chunk);
    region->size += newest;
    note_size(region);
    return chunk_start(chunk);
}

void *asl__region_more(asl_region *region, size_t size)
{
    struct asl__chunks *source = region->source;
    struct asl__chunk *chunk = source->free[0];
    size_t rounded = (size + 15) & ~(size_t)15;

    /* A first chunk, and the worker has one. */
    if (region->chunks || !chunk || size > class_size(0) - sizeof *chunk)
        return more(region, size);
    source->free[0] = chunk->next;
    source->free_bytes -= class_size(0);
    ALLOW(chunk);
    chunk->next = NULL;
    region->chunks = chunk;
    region->next = chunk_start(chunk) + rounded;
    region->end = chunk_end(chunk);
    return chunk_start(chunk);
}

/* ---- a region of its own -------------------------------------------------------- */

struct own_region {
    asl_region region;
    struct asl__pool pool;
    struct asl__chunks chunks;
};

asl_region *asl_region_new(void)
{
    struct own_region *own = malloc(sizeof *own);

    if (!own)
        return NULL;
    asl__pool_init(&own->pool, 0);
    asl__chunks_init(&own->chunks, &own->pool);
    asl__region_init(&own->region, &own->chunks);
    return &own->region;
}

void asl_region_free(asl_region *region)
{
    struct own_region *own = (struct own_region *)(void *)region;

    if (!region)
        return;
    asl__region_release(region);
    asl__chunks_free(&own->chunks);
    asl__pool_free(&own->pool);
    free(own);
}
