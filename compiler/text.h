/*
 * text.h - text that grows.
 */
#ifndef ASLC_TEXT_H
#define ASLC_TEXT_H

#include <stddef.h>

/* Text that grows; free(text) ends it. */
struct text {
    char *text;
    size_t len, capacity;
    size_t lines, counted; /* newlines in its first `counted` bytes */
};

void text_add(struct text *text, const char *bytes, size_t len);
void text_puts(struct text *text, const char *string);
void text_printf(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
