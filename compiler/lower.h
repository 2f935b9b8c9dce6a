/*
 * lower.h - from the state tree to the intermediate form.
 */
#ifndef ASLC_LOWER_H
#define ASLC_LOWER_H

#include <stdbool.h>

#include "diag.h"
#include "ir.h"
#include "tree.h"

/* Adds a checked machine to the program.  False when it needs what is not built yet; that
 * is then in `diags`. */
bool lower_machine(struct ir_program *program, struct diags *diags,
                   const struct machine *machine);

/* ---- between lower.c, lower_path.c and lower_task.c ------------------------------ */

/* What an expression means where it stands. */
struct lowering {
    struct ir_function *fn;
    struct ir_state *state; /* whose name its helpers get */
    struct ir_arg root;     /* $ */
    struct ir_arg current;  /* @, in filters */
    uint32_t outer;         /* scopes between fn's frame and that of the state */
    uint32_t at;            /* place in the source */
};

/* The path's value, undefined when it finds nothing.  REQUIRED: see ops.h (`q`). */
struct ir_arg lower_path(const struct lowering *env, const struct expr *path, bool required);
/* The value that PATH starts from, for the text of an error: written where it is used. */
struct ir_arg lower_missing_root(const struct lowering *env, const struct expr *path);

/* A path or intrinsic call, raising asl_template_missing for FIELD. */
struct ir_arg lower_value(const struct lowering *env, const struct expr *expr,
                          const char *field);

/* A path, raising asl_path_missing. */
struct ir_arg lower_checked_path(const struct lowering *env, const struct expr *path);

/* A payload template. */
struct ir_arg lower_template(const struct lowering *env, const struct node *node);

/* A node for a literal that is in no document; `type` is a cJSON type. */
struct node *lower_literal(struct arena *arena, int type, const char *text, size_t len);

#endif
