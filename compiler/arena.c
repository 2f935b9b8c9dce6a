/*
 * arena.c - chunks of memory, each twice as big as the last up to a limit.
 */
#include "arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FIRST_CHUNK = 64 * 1024, LARGEST_CHUNK = 4 * 1024 * 1024, ALIGNMENT = 16 };

struct chunk {
    struct chunk *next; /* the one before it */
    size_t size;        /* bytes behind the header */
    size_t used;
    size_t pad; /* keeps what follows aligned */
};

struct arena {
    struct chunk *chunk; /* the one in use */
    size_t next_size;
};

/* What stdout still holds is not written. */
void out_of_memory(void)
{
    static const char message[] = "aslc: out of memory\n";

    (void)!write(STDERR_FILENO, message, sizeof message - 1);
    _exit(3);
}

struct arena *arena_new(void)
{
    struct arena *arena = calloc(1, sizeof *arena);

    if (!arena)
        out_of_memory();
    arena->next_size = FIRST_CHUNK;
    return arena;
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    for (struct chunk *chunk = arena->chunk, *next; chunk; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    free(arena);
}

/* Puts a chunk with room for `size` bytes in front. */
static void add_chunk(struct arena *arena, size_t size)
{
    size_t room = size > arena->next_size ? size : arena->next_size;
    struct chunk *chunk = calloc(1, sizeof *chunk + room);

    if (!chunk)
        out_of_memory();
    chunk->size = room;
    chunk->next = arena->chunk;
    arena->chunk = chunk;
    if (arena->next_size < LARGEST_CHUNK)
        arena->next_size *= 2;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    struct chunk *chunk = arena->chunk;

    if (size > SIZE_MAX - 2 * sizeof(struct chunk) - ALIGNMENT)
        out_of_memory();
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (!chunk || chunk->size - chunk->used < size) {
        add_chunk(arena, size);
        chunk = arena->chunk;
    }
    chunk->used += size;
    return (char *)(chunk + 1) + chunk->used - size;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        out_of_memory();
    return arena_alloc(arena, count * size);
}

char *arena_copy(struct arena *arena, const char *text, size_t len)
{
    char *copy = arena_array(arena, len + 1, 1);

    if (len)
        memcpy(copy, text, len);
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    int len;
    char *text;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0)
        return arena_copy(arena, "", 0);
    text = arena_alloc(arena, (size_t)len + 1);
    va_start(args, format);
    vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    return text;
}
