/*
 * lower_jsonata_parts.h - between the files that turn JSONata trees into C.
 *
 * A node becomes statements that are appended to the function at hand, and an operand: C
 * without effects that may be written more than once (a temporary, a constant, a variable).
 */
#ifndef ASLC_LOWER_JSONATA_PARTS_H
#define ASLC_LOWER_JSONATA_PARTS_H

#include "lower_jsonata.h"

struct gen_function;

enum {
    OP_FAILS = 1,    /* may be an error that has not been looked for */
    OP_SEQUENCE = 2, /* may be a sequence that is to be unwrapped */
    OP_BOOL = 4,     /* true or false */
    OP_MAYBE = 8     /* true, false or nothing, once looked at for an error */
};

struct gen_operand {
    const char *code; /* NULL: the function has returned */
    const char *test; /* OP_BOOL: the same as a C condition, or NULL */
    unsigned flags;
};

/* Where a variable of the expression is kept. */
enum variable_kind {
    VARIABLE_LOCAL, /* code: an asl_value */
    VARIABLE_CELL   /* code: an asl_value *: a lambda sees it, and it changes */
};

struct gen_var {
    struct expr_text name; /* of a label: "%3" */
    enum variable_kind kind;
    const char *code;
    bool may_be_unset; /* something may read it before it is set */
    int depth;         /* conditional depth of its frame */
    struct gen_function *owner;
    struct gen_var *outer; /* next in scope */
};

/* A variable of an outer function that a lambda sees: self->cells[index]. */
struct capture {
    struct gen_var *variable; /* the outer one */
    struct gen_var *inner;
    struct capture *next;
};

struct gen {
    struct jsonata_emit *emit;
    struct arena *arena;
    int nfunctions, nregexes;
    int ntemps;
    struct expr_text *columns; /* of rows; column 0 is the context */
    size_t ncolumns;
    bool has_cons;     /* some array of the expression is flagged ASL_CONS */
    bool has_infinity; /* the expression may compute infinities */
};

struct gen_function {
    struct gen *gen;
    struct gen_function *outer;
    struct text body;
    int indent;
    int depth;            /* of what is only run sometimes */
    struct gen_var *scope;
    const char *context;  /* what paths and calls see */
    const char *here;     /* $, where that is not the context; or NULL */
    bool at_root;         /* the context is the root's */
    bool is_lambda;
    int term;             /* of an order-by, whose errors are keys: its number; or 0 */
    bool uses_self, uses_args;
    struct capture *captures, **last_capture;
    size_t ncaptures;
    const struct jsonata *frame; /* the node whose variables are being bound */
};

/* lower_jsonata.c */
void gen_line(struct gen_function *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct gen_operand gen_plain(const char *code, unsigned flags);
const char *gen_printf(struct gen_function *f, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A new temporary with the value of the C expression; the operand for it. */
struct gen_operand gen_temp(struct gen_function *f, unsigned flags, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Looks for an error in V. */
struct gen_operand gen_check(struct gen_function *f, struct gen_operand v);
/* The statement by which the C gives up with ERROR. */
const char *gen_failure(struct gen_function *f, const char *error);
/* Whether the C of NODE goes on whatever is found: it does not give up. */
bool gen_goes_on(const struct jsonata *node);
/* The function returns V; whether that is an error need not have been asked just
 * before. */
void gen_return(struct gen_function *f, struct gen_operand v);
/* NODE with its predicates and group, unwrapped. */
struct gen_operand gen_node(struct gen_function *f, const struct jsonata *node);
/* The same, looked for errors. */
struct gen_operand gen_checked(struct gen_function *f, const struct jsonata *node);
/* V as a C condition. */
const char *gen_test(struct gen_function *f, struct gen_operand v);
/* TEXT as asl_str("..."). */
const char *gen_string(struct gen_function *f, const struct expr_text *text);
/* `(const asl_value[]){ ... }` of COUNT codes; "NULL" for none. */
const char *gen_values(struct gen_function *f, const char *const *codes, size_t count);
/* A name for something in C. */
int gen_number(struct gen_function *f);
void gen_open(struct gen_function *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
void gen_close(struct gen_function *f);

/* lower_jsonata_path.c */
struct gen_operand gen_path(struct gen_function *f, const struct jsonata *path);
/* The predicates (or stages) of NODE on V. */
struct gen_operand gen_filters(struct gen_function *f, struct gen_operand v, const struct jsonata *node);
/* `{...}` on V (a group), or as a constructor in the context V. */
struct gen_operand gen_object(struct gen_function *f, const struct jsonata *object, const char *context, bool rows);

/* lower_jsonata_call.c */
struct gen_operand gen_call(struct gen_function *f, const struct jsonata *call, const struct gen_operand *first);
struct gen_operand gen_partial(struct gen_function *f, const struct jsonata *call);
struct gen_operand gen_lambda(struct gen_function *f, const struct jsonata *lambda);
struct gen_operand gen_transform(struct gen_function *f, const struct jsonata *transform);
/* The variable NAME where it is used. */
struct gen_operand gen_variable(struct gen_function *f, const struct expr_text *name);
struct gen_var *gen_declare(struct gen_function *f, struct expr_text name, enum variable_kind kind,
                             const char *code, bool may_be_unset);
/* The frame of NODE begins: its variables are declared. */
void gen_frame(struct gen_function *f, const struct jsonata *node);
/* The frame of a whole function's NODE; none for a block, which has its own. */
void gen_outer_frame(struct gen_function *f, const struct jsonata *node);
bool gen_same_text(const struct expr_text *a, const struct expr_text *b);
struct gen_operand gen_bind(struct gen_function *f, const struct jsonata *bind);
/* The function at hand, its body finished, goes to the output. */
void gen_finish(struct gen_function *f, const char *head);
/* The column of a name or label. */
size_t gen_column(const struct gen *gen, const struct expr_text *name);

#endif
