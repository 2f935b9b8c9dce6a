/*
 * source.h - an input file's name and text, and places in it.
 */
#ifndef ASLC_SOURCE_H
#define ASLC_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* Bytes begin..end-1 of a source text. */
struct span {
    uint32_t begin;
    uint32_t end;
};

enum { SOURCE_STEP = 1024 };

struct source {
    const char *name;           /* as diagnostics and #line show it */
    const char *text;           /* NUL behind the last byte */
    size_t len;                 /* less than 4 GiB */
    const uint32_t *line_start; /* offset of each line's first byte */
    size_t nlines;
    const uint32_t *chars; /* characters before each multiple of SOURCE_STEP bytes */
};

/* Line and column, both from 1; columns count characters, not bytes. */
struct place {
    uint32_t line;
    uint32_t column;
};

/* Makes a source of a text, which must live as long as the source. */
struct source *source_new(struct arena *arena, const char *name, const char *text,
                          size_t len);

/* Reads a file ("-" is standard input).  NULL with errno set when that fails, EFBIG
 * when it is too big. */
struct source *source_read(struct arena *arena, const char *name);

/* Where the byte at `offset` stands. */
struct place source_place(const struct source *source, uint32_t offset);

/* Line number (from 1) of the byte at `offset`: what #line wants. */
uint32_t source_line(const struct source *source, uint32_t offset);

/* Text of line `line` (from 1) without its end; its length goes to *len. */
const char *source_line_text(const struct source *source, uint32_t line, size_t *len);

#endif
