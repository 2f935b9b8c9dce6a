/*
 * emit.h - the intermediate form as C.
 */
#ifndef ASLC_EMIT_H
#define ASLC_EMIT_H

#include <stdbool.h>
#include <stddef.h>

#include "ir.h"

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

struct emit_options {
    const char *file;   /* the C file's name for #line */
    bool no_line;       /* comments in place of #line */
    bool no_main;       /* <name>_program in place of main() */
    const char *const *modules; /* names from --with; NULL at the end; may be NULL */
};

/* The C file of a program. */
void emit_program(struct text *out, const struct ir_program *program,
                  const struct emit_options *options);
/* A header that declares what it exports. */
void emit_header(struct text *out, const struct ir_program *program,
                 const struct emit_options *options);

#endif
