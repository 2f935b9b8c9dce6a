/*
 * text.c - text that grows.
 */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"

static void reserve(struct text *text, size_t more)
{
    size_t capacity = text->capacity ? text->capacity : 128;

    while (capacity < text->len + more + 1)
        capacity *= 2;
    if (capacity == text->capacity)
        return;
    text->text = realloc(text->text, capacity);
    if (!text->text)
        out_of_memory();
    text->capacity = capacity;
}

void text_add(struct text *text, const char *bytes, size_t len)
{
    reserve(text, len);
    memcpy(text->text + text->len, bytes, len);
    text->len += len;
    text->text[text->len] = '\0';
}

void text_puts(struct text *text, const char *string)
{
    text_add(text, string, strlen(string));
}

void text_printf(struct text *text, const char *format, ...)
{
    char small[256];
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    if (len >= 0 && (size_t)len < sizeof small) {
        text_add(text, small, (size_t)len);
        return;
    }
    reserve(text, (size_t)len);
    va_start(args, format);
    vsnprintf(text->text + text->len, (size_t)len + 1, format, args);
    va_end(args);
    text->len += (size_t)len;
}
