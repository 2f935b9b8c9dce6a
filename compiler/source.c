/*
 * source.c - reads inputs and finds lines and columns in them.
 */
#include "source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"

/* Offsets are 32 bits wide, and no definition comes near this. */
enum { LARGEST_SOURCE = 1 << 30 };

static size_t count_lines(const char *text, size_t len)
{
    size_t count = 1;

    for (const char *at = text; (at = memchr(at, '\n', len - (size_t)(at - text)));
         at++)
        count++;
    return count;
}

static uint32_t count_chars(const char *text, size_t begin, size_t end)
{
    uint32_t count = 0;

    for (size_t i = begin; i < end; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

/* Columns in a text of one long line are asked for again and again. */
static const uint32_t *count_steps(struct arena *arena, const char *text, size_t len)
{
    uint32_t *chars = ARENA_ARRAY(arena, len / SOURCE_STEP + 1, uint32_t);

    for (size_t i = SOURCE_STEP; i <= len; i += SOURCE_STEP)
        chars[i / SOURCE_STEP] =
            chars[i / SOURCE_STEP - 1] + count_chars(text, i - SOURCE_STEP, i);
    return chars;
}

/* Characters before the byte at `offset`. */
static uint32_t chars_before(const struct source *source, uint32_t offset)
{
    size_t step = offset / SOURCE_STEP;

    return source->chars[step] + count_chars(source->text, step * SOURCE_STEP, offset);
}

struct source *source_new(struct arena *arena, const char *name, const char *text,
                          size_t len)
{
    struct source *source = ARENA_NEW(arena, struct source);
    size_t nlines = count_lines(text, len);
    uint32_t *starts = ARENA_ARRAY(arena, nlines, uint32_t);
    size_t line = 0;

    starts[line++] = 0;
    for (size_t i = 0; i < len; i++)
        if (text[i] == '\n')
            starts[line++] = (uint32_t)(i + 1);
    *source = (struct source){
        .name = name, .text = text, .len = len, .line_start = starts, .nlines = nlines,
        .chars = count_steps(arena, text, len)
    };
    return source;
}

/* Reads to the end of `file` into memory of malloc; NULL with errno set on failure. */
static char *read_all(FILE *file, size_t *len)
{
    size_t size = 64 * 1024;
    char *text = malloc(size);

    *len = 0;
    while (text) {
        size_t got = fread(text + *len, 1, size - *len, file);
        char *bigger;

        *len += got;
        if (got == 0)
            break;
        if (*len < size)
            continue;
        if (size >= LARGEST_SOURCE) {
            errno = EFBIG;
            break;
        }
        size *= 2;
        bigger = realloc(text, size);
        if (!bigger)
            free(text);
        text = bigger;
    }
    return text;
}

struct source *source_read(struct arena *arena, const char *name)
{
    bool is_stdin = strcmp(name, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(name, "rb");
    struct source *source = NULL;
    size_t len = 0;
    char *text;
    int why;

    if (!file)
        return NULL;
    errno = 0;
    text = read_all(file, &len);
    why = errno;
    if (text && !ferror(file) && why != EFBIG)
        source = source_new(arena, is_stdin ? "<stdin>" : name,
                            arena_copy(arena, text, len), len);
    free(text);
    if (!is_stdin)
        fclose(file);
    errno = why ? why : EIO;
    return source;
}

uint32_t source_line(const struct source *source, uint32_t offset)
{
    size_t low = 0, high = source->nlines;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (source->line_start[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return (uint32_t)(low + 1);
}

struct place source_place(const struct source *source, uint32_t offset)
{
    uint32_t line = source_line(source, offset), begin = source->line_start[line - 1];
    uint32_t end = offset < source->len ? offset : (uint32_t)source->len;

    if (end < begin)
        end = begin;
    return (struct place){
        .line = line, .column = 1 + chars_before(source, end) - chars_before(source, begin)
    };
}

const char *source_line_text(const struct source *source, uint32_t line, size_t *len)
{
    uint32_t begin = source->line_start[line - 1];
    size_t end = line < source->nlines ? source->line_start[line] : source->len;

    while (end > begin &&
           (source->text[end - 1] == '\n' || source->text[end - 1] == '\r'))
        end--;
    *len = end - begin;
    return source->text + begin;
}
