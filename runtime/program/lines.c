/* Reading line by line, for --each. */
#include "value/base.h"

#include "program/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define FIRST_CAPACITY 65536

bool asl__cli_lines_open(struct asl__cli_lines *lines, const char *file,
                         const char *json)
{
    *lines = (struct asl__cli_lines){ .fd = -1, .capacity = FIRST_CAPACITY };
    if (file == NULL) {
        lines->end = strlen(json);
        lines->capacity = lines->end + 1;
        lines->ended = true;
    } else if (strcmp(file, "-") == 0) {
        lines->fd = STDIN_FILENO;
    } else {
        lines->fd = open(file, O_RDONLY | O_CLOEXEC);
        if (lines->fd < 0)
            return false;
    }
    lines->data = calloc(1, lines->capacity + ASL_PARSE_PADDING);
    if (lines->data == NULL)
        return false;
    if (file == NULL)
        memcpy(lines->data, json, lines->end);
    return true;
}

void asl__cli_lines_close(struct asl__cli_lines *lines)
{
    if (lines->fd > STDERR_FILENO)
        close(lines->fd);
    free(lines->data);
}

/* Moves what is left to the front, and makes room if that is none. */
static bool make_room(struct asl__cli_lines *lines)
{
    if (lines->start > 0) {
        memmove(lines->data, lines->data + lines->start, lines->end - lines->start);
        lines->end -= lines->start;
        lines->start = 0;
    }
    if (lines->end < lines->capacity)
        return true;
    if (lines->most != 0 && lines->capacity >= lines->most) {
        errno = ENOMEM;
        return false;
    }
    char *data = realloc(lines->data, lines->capacity * 2 + ASL_PARSE_PADDING);
    if (data == NULL)
        return false;
    lines->data = data;
    lines->capacity *= 2;
    return true;
}

static bool read_more(struct asl__cli_lines *lines)
{
    ssize_t n;

    if (!make_room(lines))
        return false;
    do
        n = read(lines->fd, lines->data + lines->end, lines->capacity - lines->end);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return false;
    lines->ended = n == 0;
    lines->end += (size_t)n;
    memset(lines->data + lines->end, 0, ASL_PARSE_PADDING);
    return true;
}

static bool is_blank(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r')
            return false;
    return true;
}

int asl__cli_lines_next(struct asl__cli_lines *lines, const char **text, size_t *len)
{
    size_t scanned = 0;

    for (;;) {
        const char *start = lines->data + lines->start;
        size_t there = lines->end - lines->start;
        const char *end = memchr(start + scanned, '\n', there - scanned);
        if (end == NULL && !lines->ended) {
            scanned = there;
            if (!read_more(lines))
                return -1;
            continue;
        }
        if (end == NULL && there == 0)
            return 0;
        *text = start;
        *len = end != NULL ? (size_t)(end - start) : there;
        lines->start += *len + (end != NULL ? 1 : 0);
        lines->number++;
        scanned = 0;
        if (!is_blank(*text, *len))
            return 1;
    }
}
