/*
 * diag.h - what the compiler has to say about an input.
 *
 * Passes collect diagnostics and go on; nothing prints but the diags_print_* functions,
 * which show them sorted by their place in the source.
 */
#ifndef ASLC_DIAG_H
#define ASLC_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "source.h"

struct arena;

enum severity { SEVERITY_WARNING, SEVERITY_ERROR };

struct diag {
    enum severity severity;
    unsigned rule; /* 1234 is shown as ASL1234 */
    struct span span;
    const char *message; /* what was found, what was expected */
    const char *note;    /* a suggestion or an explanation, or NULL */
    const char *path;    /* JSON Pointer of the node; "" is the whole document */
};

/* The diagnostics of one source. */
struct diags {
    struct arena *arena;
    const struct source *source;
    struct diag *list;
    size_t count;
    size_t capacity;
    size_t nerrors;
    size_t nwarnings;
    bool werror; /* warnings count, and are shown, as errors */
};

/* Names from which the one nearest to a misspelt name is looked for. */
struct nearest {
    const char *name; /* the misspelt name */
    const char *best; /* the nearest so far, or NULL */
    size_t distance;
};

void diags_init(struct diags *diags, struct arena *arena, const struct source *source);

/* Adds a diagnostic; message, note and path are kept as they are, so they must live in
 * the arena or be constants. */
void diags_add(struct diags *diags, const struct diag *diag);

/* Sorts by place (stable). */
void diags_sort(struct diags *diags);

/* FILE:LINE:COLUMN: error: MESSAGE [ASLnnnn], the line, a caret, a note. */
void diags_print_text(struct diags *diags, FILE *out);

/* One JSON array, or one SARIF 2.1.0 log, for `count` sources' diagnostics. */
void diags_print_json(struct diags *const list[], size_t count, FILE *out);
void diags_print_sarif(struct diags *const list[], size_t count, FILE *out);

/* nearest_init(); nearest_try() for each known name; nearest_note() is then
 * "did you mean `X`?", or NULL when none is near enough. */
void nearest_init(struct nearest *nearest, const char *name);
void nearest_try(struct nearest *nearest, const char *known);
const char *nearest_note(const struct nearest *nearest, struct arena *arena);

#endif
