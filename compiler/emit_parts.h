/*
 * emit_parts.h - between emit.c, emit_code.c and emit_data.c.
 */
#ifndef ASLC_EMIT_PARTS_H
#define ASLC_EMIT_PARTS_H

#include "emit.h"

enum { WIDEST = 88, LONGEST_LITERAL = 4000, LONGEST_INLINE = 40, PAGE = 64, LARGE = 512 };

struct emitter {
    struct text *out;
    const struct ir_program *program;
    const struct emit_options *options;
    struct arena *arena;
    const char *prefix;          /* of constants: the first machine's name */
    const struct source *source; /* of the machine at hand */
    bool in_source;              /* the C compiler counts lines of `source` */
    uint32_t line;               /* the last line of it that was told */
    bool in_function;            /* for the indentation of comments */
    bool is_large;               /* ASL_LARGE */
    struct ir_constant **constants; /* by number - 1 */
    struct ir_path **paths;
    struct ir_lookup **lookups;
    size_t nconstants, npaths, nlookups, capacity, path_capacity, lookup_capacity;
    size_t nalike;               /* functions that do the work of many states */
};

/* emit.c: the NAME of ASL_TYPE_NAME. */
const char *emit_type_name(enum state_type type);
/* What follows comes from the definition, or is the emitter's own. */
void emit_at(struct emitter *e, uint32_t at);
void emit_here(struct emitter *e);

/* emit_tested.c: what the run time is to know of the state that is tested by itself. */
void emit_tested(struct emitter *e);

/* emit_data.c */
void emit_constants(struct emitter *e);
/* A constant as an initialiser (ASL_TEXT...), a string as one, and as an expression. */
void put_text_initialiser(struct emitter *e, struct text *out, const char *text, size_t len);
void put_constant(struct emitter *e, struct text *out, const struct ir_constant *constant);
void put_literal(struct emitter *e, struct text *out, const char *text, size_t len);
void put_constant_initialiser(struct emitter *e, struct text *out,
                              const struct ir_constant *constant);
/* "asl_str" of a constant's text when it is short enough for a literal; else NULL. */
const char *short_text(struct emitter *e, const struct ir_constant *constant);

/* emit_aws.c: the operations, and the name of one. */
void emit_aws(struct emitter *e);
void put_aws_name(struct emitter *e, const struct aws_operation *op);
bool same_aws_operation(const struct aws_operation *a, const struct aws_operation *b);

/* emit_code.c */
void emit_function(struct emitter *e, const struct ir_function *fn);
/* The statements of one. */
void emit_body(struct emitter *e, const struct ir_function *fn);

/* emit_alike.c: finds states that do the same, in a large program. */
void find_alike(struct emitter *e);
/* The row of FN, and before the first one the function that takes it; false: FN stands for
 * itself. */
bool emit_row(struct emitter *e, const struct ir_function *fn);
/* What FN then does. */
void emit_use_of_row(struct emitter *e, const struct ir_function *fn);
/* The dispatch function of a scope that has only such a state; false: it has others. */
bool emit_dispatch_alone(struct emitter *e, const struct ir_scope *scope);
/* An operand that is a field of the row. */
void put_field(struct text *out, const struct ir_arg *arg);

#endif
