/*
 * ir.h - what emitted code does, before it is C.
 *
 *   program -> units (machines) -> scopes -> points (enumerators) -> functions
 *
 * A function is a list of instructions.  Those that compute define a temporary v0, v1, ...
 * once; the emitter nests a temporary that is used once into its use while the line stays
 * short, unless its operation is impure (IR_IMPURE).  Temporaries live to the end of the
 * function, whatever jumps there are: an instruction that uses one is only reached through
 * the one that defines it.
 *
 * Literal parts of the document are constants: ir_constant() gives the operand, equal ones
 * share their data.  Everything lies in the program's arena.
 */
#ifndef ASLC_IR_H
#define ASLC_IR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "expr.h"
#include "tree.h"

struct arena;
struct alike;
struct ir_function;

/* ---- operands ----------------------------------------------------------------- */

enum ir_kind {
    IR_NONE,
    IR_TEMP,    /* number: v<number> */
    IR_CODE,    /* text: C as it stands (f, &f->region, f->input, names) */
    IR_POINT,   /* text: the enumerator of a point */
    IR_ADDRESS, /* text: the address of a descriptor; flags: its type, asl_task... */
    IR_SIZE,    /* number: a C integer */
    IR_STRING,  /* text, len: a C string literal (const char *) */
    IR_BYTES,   /* text, len: two arguments, a C string literal and its length */
    IR_CONST,   /* constant: an asl_value */
    IR_LIST,    /* list, count: (const asl_value[]){ ... } of asl_value operands */
    IR_ITEMS,   /* constant: the elements of an array, a const asl_value * */
    IR_INTS,    /* ints, count: (const int32_t[]){ ... } */
    IR_PATH,    /* path: the address of its description, a const asl_path * */
    IR_REGEX,   /* text, len; flags: the address of an asl_regex */
    IR_LOOKUP,  /* lookup: the address of an asl_lookup */
    IR_FUNCTION /* function: its name */
};

struct ir_arg {
    enum ir_kind kind;
    bool fails; /* an asl_value that may be an error */
    uint32_t field; /* of the row, from 1, that holds it: emit_alike.c; 0: none */
    union {
        int64_t number;
        size_t len;
        size_t count;
    };
    union {
        const char *text;
        const struct ir_constant *constant;
        const struct ir_arg *list;
        const struct ir_function *function;
        const int32_t *ints;
        const struct ir_path *path;
        const struct ir_lookup *lookup;
    };
    const char *flags;
};

/* A table of literals that are looked for. */
struct ir_lookup {
    const struct node **keys; /* all strings or all numbers */
    size_t count;
    size_t number; /* of its data in the file, from 1; given when it is first used */
};

/* The description of a path, for Causes and ResultPath. */
struct ir_path {
    const struct expr *expr;
    size_t number; /* of its data in the file, from 1; given when it is first used */
    struct ir_path *next;  /* all of them, in order */
    struct ir_path *chain; /* in the hash table */
    uint64_t hash;
};

/* A literal, as the document has it. */
struct ir_constant {
    const struct node *node; /* the value; NULL: the string text, len */
    const char *text;
    size_t len;
    size_t number; /* of its data in the file, from 1; 0: none so far */
    bool is_value; /* a named asl_value of it is wanted */
    struct ir_constant *next; /* in the hash chain */
    uint64_t hash;
};

/* ---- instructions ------------------------------------------------------------- */

enum ir_code {
    IR_OP,          /* vN = op(args); N < 0: a statement that calls op */
    IR_CHECK_ERROR, /* if (asl_is_error(args[0])) return asl_raise(f, op(args[1..]));
                       op NULL: args[0]; in a value function: return op(args[1..]) */
    IR_CHECK_FOUND, /* if (asl_is_undefined(args[0])) return asl_raise(f, op(args[1..]));
                       in a value function: return op(args[1..]) */
    IR_JUMP_IF,     /* if (op(args)) goto label */
    IR_JUMP_UNLESS, /* if (!op(args)) goto label */
    IR_JUMP,        /* goto label */
    IR_LABEL,       /* label: */
    IR_RETURN,      /* return op(args); op NULL: return args[0] */
    IR_SWITCH,      /* switch (op(args)); number > 0: to<number> is declared before */
    IR_CASE,        /* case number: (args[0] as a comment) */
    IR_CHOOSE,      /* case number: args[0] = args[1]; break (args[2] as a comment) */
    IR_BREAK,       /* break, if that is reached */
    IR_DEFAULT,     /* default: goto label */
    IR_END_SWITCH   /* } */
};

enum {
    IR_IMPURE = 1, /* has an effect or depends on more than its arguments: never moved */
    IR_BOOL = 2,   /* the result is a bool: &&, ||, ! and predicates; always nested */
    IR_FAILS = 4   /* the result may be an error value */
};

struct ir_insn {
    enum ir_code code;
    unsigned flags;
    int temp;              /* OP: what it defines, or -1 */
    int label;             /* jumps and labels */
    int64_t number;        /* CASE */
    const char *op;        /* C name of the function or macro */
    const struct ir_arg *args;
    size_t nargs;
    uint32_t at;           /* offset in the source, for #line */
    bool dropped;          /* nobody uses what it computes: see ir_finish() */
};

enum ir_function_kind {
    IR_STATE,    /* static asl_next name(asl_frame *f) */
    IR_VALUE,    /* static asl_value name(asl_frame *f) */
    IR_SELECT,   /* an ItemSelector: IR_VALUE with given, item and index as parameters */
    IR_GIVE,     /* what all items share: static void name(asl_value input, asl_value *given) */
    IR_PREDICATE, /* static bool name(asl_filter *f, asl_value at) */
    IR_TEXT       /* text: C as it stands, of JSONata */
};

/* A path in $ that does not depend on the item: given[index] of an ItemSelector. */
struct ir_given {
    int64_t temp; /* of the function that fills it in */
    size_t index;
    struct ir_given *next;
};

struct ir_function {
    const char *name;
    enum ir_function_kind kind;
    const char *comment;   /* or NULL: any text */
    size_t comment_len;
    uint32_t at;
    struct ir_insn *insns;
    size_t count, capacity;
    int ntemps, nlabels, ntargets;
    uint32_t *uses;      /* of temporaries: ir_finish() */
    uint32_t *label_uses;
    struct ir_program *program;
    struct ir_scope *scope;
    const struct ir_point *point; /* STATE */
    const char *text;             /* TEXT */
    struct alike *alike;          /* STATE: those that do the same, or NULL */
    struct ir_function *give;     /* SELECT: fills in given[1], ... */
    struct ir_given *given;       /* SELECT: what is there */
    size_t ngiven;                /* SELECT: elements of given, $ at 0 included */
    struct ir_function *next; /* of its scope, in order of emission */
};

/* ---- scopes and units --------------------------------------------------------- */

enum ir_role { IR_ROLE_ENTRY, IR_ROLE_DONE, IR_ROLE_CATCH };

/* One enumerator of a scope. */
struct ir_point {
    const char *name;  /* of its function; the enumerator is this in upper case */
    const char *enumerator;
    const struct state *state;
    enum ir_role role;
    size_t index;      /* its value */
    size_t entry;      /* index of the state's entry */
    struct ir_function *function;
};

/* A Task's descriptor. */
struct ir_task {
    const char *name;
    const struct state *state;
    const struct node *resource;
    struct expr_text action, service, function, machine; /* len 0: none */
    const char *kind, *pattern;                 /* enumerators of the library */
    bool invoke;
    size_t index;
    int64_t timeout, heartbeat;
    bool limit_paths; /* asl_task_timeout or _heartbeat comes before the call */
    const struct ir_handler *handler; /* or NULL */
    const struct aws_operation *aws;  /* that it calls; or NULL */
    struct ir_task *next;             /* of the program */
};

/* What a Map's descriptor holds beside what its struct state says. */
struct ir_map {
    const struct ir_function *select;      /* or NULL */
    const struct ir_function *batch_input; /* or NULL */
    int64_t batch_items, batch_bytes;
};

/* A state, and what goes with it. */
struct ir_state {
    const struct state *state;
    const char *name;         /* <machine>_<slug> */
    struct ir_point *entry;
    struct ir_point *done;    /* or NULL */
    struct ir_point **caught; /* by catcher; NULL: the target itself */
    size_t nhelpers;          /* of its functions <name>__1, ... */
    size_t nqueries;          /* of its expressions <name>__q1, ... */
    struct ir_task *task;     /* Task */
    struct ir_map *map;       /* Map */
    struct ir_scope **inner;  /* Parallel: branches; Map: the processor */
    bool clock;               /* reads $$.State.EnteredTime */
};

struct ir_scope {
    const struct scope *scope;
    struct ir_unit *unit;
    const char *name;         /* <machine> or <state of owner>__<branch number> */
    struct ir_state *states;  /* in definition order */
    struct ir_point *points;
    size_t npoints;
    struct ir_function *functions, **last_function;
    bool clock;
    struct ir_scope *next;    /* of its unit, inner ones first */
};

struct ir_unit {
    struct ir_program *program;
    const struct machine *machine;
    struct diags *diags;
    const char *name; /* as an identifier */
    struct ir_scope *scopes, **last_scope;
    struct ir_scope *root;
    struct ir_unit *next;
};

struct ir_handler {
    const char *function; /* the function's name */
    const char *name;     /* as an identifier */
    struct ir_handler *next; /* in order of appearance */
    struct ir_handler *chain;
};

struct ir_program {
    struct arena *arena;
    struct names *names;
    struct ir_unit *units, **last_unit;
    struct ir_constant **table;
    size_t table_size, nconstants;
    struct ir_path *path_table[1024];
    struct ir_task *tasks, **last_task;
    size_t ntasks, nqueries;
    struct ir_handler *handlers, **last_handler;
    struct aws_operation *aws, **last_aws; /* that its tasks call; with repetitions */
    /* Whether a --tasks file at build time binds the Resource; NULL: none is given. */
    bool (*is_bound)(const void *user, const char *resource, size_t len);
    const void *user;
    struct ir_handler **handler_table;
    size_t handler_table_size;
    bool has_regex, has_intrinsic, has_jsonata;
    bool inspected; /* made around one state, of which each step is told: test_state.h */
};

/* ---- building ----------------------------------------------------------------- */

struct ir_program *ir_program_new(struct arena *arena, struct names *names);

/* A new function of the scope; ir_function_add() when it is done: it is emitted behind
 * those added before, which it may use. */
struct ir_function *ir_function_new(struct ir_scope *scope, enum ir_function_kind kind,
                                    const char *name, uint32_t at);
void ir_function_add(struct ir_function *fn);

struct ir_arg ir_none(void);
struct ir_arg ir_code(const char *code);     /* a constant of the compiler */
struct ir_arg ir_point(const char *enumerator);
/* The address of the descriptor NAME, which is of TYPE. */
struct ir_arg ir_descriptor(struct ir_program *program, const char *type, const char *name);
struct ir_arg ir_size(int64_t number);
struct ir_arg ir_string(const char *text, size_t len);
struct ir_arg ir_bytes(const char *text, size_t len);
struct ir_arg ir_list(struct ir_function *fn, const struct ir_arg *list, size_t count);
struct ir_arg ir_address(const struct ir_function *function);
/* The literal NODE (all of it, `.$` keys as they are). */
struct ir_arg ir_constant(struct ir_program *program, const struct node *node);
/* The elements of an array node, a const asl_value *. */
struct ir_arg ir_items(struct ir_program *program, const struct node *array);
struct ir_arg ir_ints(struct ir_function *fn, const int32_t *ints, size_t count);
/* The description of a path. */
struct ir_arg ir_path(struct ir_program *program, const struct expr *path);
struct ir_arg ir_lookup(const struct ir_lookup *lookup);
struct ir_arg ir_regex(const char *text, size_t len, const char *flags);
/* A string value. */
struct ir_arg ir_text(struct ir_program *program, const char *text, size_t len);

#define IR_FRAME ir_code("f")
#define IR_REGION ir_code("&f->region")
#define IR_INPUT ir_code("f->input")
#define IR_RESULT ir_code("f->result")

/* Appends `vN = op(args)`; the operand for vN. */
struct ir_arg ir_op(struct ir_function *fn, uint32_t at, unsigned flags, const char *op,
                    const struct ir_arg *args, size_t nargs);
/* Appends a call whose result is not used. */
void ir_do(struct ir_function *fn, uint32_t at, const char *op, const struct ir_arg *args,
           size_t nargs);
/* What the macro is for: ir_call(fn, at, "asl_member", IR_FRAME, v, ...). */
#define IR_ARGS(...) ((const struct ir_arg[]){__VA_ARGS__})
#define ir_call(fn, at, op, ...)                                                       \
    ir_op(fn, at, 0, op, IR_ARGS(__VA_ARGS__),                                         \
          sizeof IR_ARGS(__VA_ARGS__) / sizeof(struct ir_arg))
#define ir_call_flags(fn, at, flags, op, ...)                                          \
    ir_op(fn, at, flags, op, IR_ARGS(__VA_ARGS__),                                     \
          sizeof IR_ARGS(__VA_ARGS__) / sizeof(struct ir_arg))

/* Nothing when V cannot be an error. */
void ir_check_error(struct ir_function *fn, uint32_t at, struct ir_arg v);
/* Raises ERROR_OP(args) when V is an error. */
void ir_check_error_as(struct ir_function *fn, uint32_t at, struct ir_arg v,
                       const char *error_op, const struct ir_arg *args, size_t nargs);
/* Takes `vN = OP(args)` and the check of vN, which is V, back where they are all that comes
 * last; the arguments, or NULL. */
const struct ir_arg *ir_take_back(struct ir_function *fn, struct ir_arg v, const char *op);
/* ERROR_OP(args) makes the error for a V that is undefined. */
void ir_check_found(struct ir_function *fn, uint32_t at, struct ir_arg v,
                    const char *error_op, const struct ir_arg *args, size_t nargs);
int ir_new_label(struct ir_function *fn);
void ir_label(struct ir_function *fn, int label);
void ir_jump(struct ir_function *fn, uint32_t at, int label);
/* Jumps to LABEL when op(args), a C condition, is SENSE. */
void ir_jump_on(struct ir_function *fn, uint32_t at, bool sense, int label, const char *op,
                const struct ir_arg *args, size_t nargs);
void ir_return(struct ir_function *fn, uint32_t at, const char *op,
               const struct ir_arg *args, size_t nargs);
#define ir_return_call(fn, at, op, ...)                                                \
    ir_return(fn, at, op, IR_ARGS(__VA_ARGS__),                                        \
              sizeof IR_ARGS(__VA_ARGS__) / sizeof(struct ir_arg))
void ir_return_value(struct ir_function *fn, uint32_t at, struct ir_arg v);
void ir_switch(struct ir_function *fn, uint32_t at, const char *op,
               const struct ir_arg *args, size_t nargs);
/* WHAT, a string, is for a comment. */
void ir_case(struct ir_function *fn, int64_t number, struct ir_arg what);
void ir_break(struct ir_function *fn);
/* A switch of which each case chooses an enumerator: what holds it then.  Where no case
 * is met, it goes to the label given to ir_default(). */
struct ir_arg ir_switch_to(struct ir_function *fn, uint32_t at, const char *op,
                           const struct ir_arg *args, size_t nargs);
void ir_choose(struct ir_function *fn, uint32_t at, int64_t number, struct ir_arg to,
               struct ir_arg enumerator, struct ir_arg what);
void ir_default(struct ir_function *fn, uint32_t at, int label);
void ir_end_switch(struct ir_function *fn);

/* Counts uses of temporaries and labels in all functions, and drops what nobody uses. */
void ir_finish(struct ir_program *program);

/* The names of the helpers of a state: <state>__1, __2, ... */
const char *ir_helper_name(struct ir_program *program, struct ir_state *state);

/* Prints the program for --dump=ir. */
void ir_print(const struct ir_program *program, FILE *out);

#endif
