/*
 * emit.h - the intermediate form as C.
 */
#ifndef ASLC_EMIT_H
#define ASLC_EMIT_H

#include <stdbool.h>
#include <stddef.h>

#include "ir.h"
#include "text.h"

struct emit_options {
    const char *file;   /* the C file's name for #line */
    bool no_line;       /* comments in place of #line */
    bool no_main;       /* <name>_program in place of main() */
    const char *const *modules; /* names from --with; NULL at the end; may be NULL */
    bool aws;                   /* one of them is `aws`: with what it calls of AWS */
};

/* The C file of a program. */
void emit_program(struct text *out, const struct ir_program *program,
                  const struct emit_options *options);
/* A header that declares what it exports. */
void emit_header(struct text *out, const struct ir_program *program,
                 const struct emit_options *options);

#endif
