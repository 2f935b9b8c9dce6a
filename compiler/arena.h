/*
 * arena.h - memory that lives as long as one input.
 *
 * The compiler frees nothing one by one: whatever is read or built for an input lies in
 * that input's arena, which is freed whole.  Running out of memory ends the program with
 * status 3: the compiler has nothing to save, and no file is in the making while it allocates
 * (build.c).
 */
#ifndef ASLC_ARENA_H
#define ASLC_ARENA_H

#include <stddef.h>

struct arena;

/* Says that memory is short and ends the program with status 3. */
void out_of_memory(void) __attribute__((noreturn));

/* A new, empty arena; arena_free() ends it and everything allocated in it. */
struct arena *arena_new(void);
void arena_free(struct arena *arena);

/* `size` zeroed bytes, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size);

/* Room for `count` zeroed things of `size` bytes; ends the program if the product overflows. */
void *arena_array(struct arena *arena, size_t count, size_t size);

/* A copy of the `len` bytes at `text`, with a NUL behind them. */
char *arena_copy(struct arena *arena, const char *text, size_t len);

/* Text made after a printf format. */
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, count, type) \
    ((type *)arena_array((arena), (count), sizeof(type)))

#endif
