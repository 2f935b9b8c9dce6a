/*
 * lower_jsonata.h - JSONata trees as C functions.
 */
#ifndef ASLC_LOWER_JSONATA_H
#define ASLC_LOWER_JSONATA_H

#include <stdbool.h>

#include "jsonata.h"
#include "text.h"

struct arena;

/* What a name means outside of the expression, as C: in `*code`, an expression
 * without effects that gives the value (undefined where nothing is assigned).
 * False: it means nothing there. */
struct jsonata_names {
    bool (*find)(void *user, const struct expr_text *name, const char **code);
    void *user;
};

struct jsonata_emit {
    struct arena *arena;
    struct text *out;        /* gets the functions, those that are used first */
    const char *name;        /* of the expression's own function; its helpers get it with a suffix */
    const struct jsonata_names *names;
    int labels;              /* as jsonata_parse() gave it */
    bool has_input;          /* $ and $$ at the top are e->input; else undefined */
    bool has_regex, has_hash; /* set: what must be linked */
};

/* Emits `static asl_value NAME(asl_eval *e)` for ROOT. */
void jsonata_emit(struct jsonata_emit *emit, struct jsonata *root);

#endif
