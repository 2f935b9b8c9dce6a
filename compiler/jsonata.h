/* JSONata expressions as trees (jsonata.md 2 to 4).
 *
 * The text that is parsed is a decoded JSON string (UTF-8, lone surrogates as WTF-8);
 * spans are offsets in it.  The tree is the one behind the reference implementation's second pass: paths are flat,
 * predicates hang on steps as stages, `%` is resolved to labels.
 */
#ifndef ASLC_JSONATA_H
#define ASLC_JSONATA_H

#include "expr.h"

enum jsonata_kind {
    JSONATA_PATH,       /* list: steps; keep: some step has []; tuple: its rows go to an outer path; group */
    JSONATA_NAME,       /* text */
    JSONATA_STRING,     /* text */
    JSONATA_NUMBER,     /* text as written (with `-` where folded), number */
    JSONATA_TRUE,
    JSONATA_FALSE,
    JSONATA_NULL,
    JSONATA_REGEX,      /* text: the pattern; flags */
    JSONATA_VARIABLE,   /* text without `$`: "" is $, "$" is $$ */
    JSONATA_WILDCARD,   /* * */
    JSONATA_DESCENDANT, /* ** */
    JSONATA_PARENT,     /* %; label */
    JSONATA_NEGATE,     /* left */
    JSONATA_BINARY,     /* op, left, right */
    JSONATA_ARRAY,      /* list; an item may be BINARY with op RANGE; cons */
    JSONATA_OBJECT,     /* list: key, value, key, value, ... */
    JSONATA_BLOCK,      /* list; cons */
    JSONATA_BIND,       /* text := right */
    JSONATA_CONDITION,  /* left ? right : third (may be NULL) */
    JSONATA_CALL,       /* left(list); tail */
    JSONATA_PARTIAL,    /* left(list), some of them PLACE */
    JSONATA_PLACE,      /* ? */
    JSONATA_LAMBDA,     /* list: VARIABLEs; text: its signature as written, len 0: none; right: body */
    JSONATA_APPLY,      /* left ~> right */
    JSONATA_SORT,       /* as a step: list: terms; descending[i] */
    JSONATA_TRANSFORM   /* | left | right [, third] | */
};

enum jsonata_op {
    JSONATA_ADD, JSONATA_SUBTRACT, JSONATA_MULTIPLY, JSONATA_DIVIDE, JSONATA_MODULO,
    JSONATA_CONCAT, JSONATA_EQUAL, JSONATA_UNEQUAL, JSONATA_LESS, JSONATA_LESS_EQUAL,
    JSONATA_GREATER, JSONATA_GREATER_EQUAL, JSONATA_IN, JSONATA_AND, JSONATA_OR, JSONATA_RANGE
};

struct jsonata;

/* A predicate or, in a tuple stream behind predicates, an index (`[p]#$i`). */
struct jsonata_stage {
    const struct jsonata *filter; /* NULL: an index stage */
    struct expr_text index;       /* its variable */
};

struct jsonata {
    enum jsonata_kind kind;
    enum jsonata_op op;
    struct expr_span span;
    struct expr_text text;
    struct expr_text flags;
    double number;
    struct jsonata *left, *right, *third;
    struct jsonata **list;
    size_t count;
    const bool *descending; /* SORT */

    /* Of a step of a path: its stages; of any other node: its predicates (all FILTER), in order. */
    struct jsonata_stage *stages;
    size_t nstages;
    bool predicates; /* the stages belong to the node and not to the step that it is: they
                        apply to its value before that is one of the step's (always so where
                        it is no step; of steps the first may be so, as in `$x[0].a`) */
    struct jsonata *group;   /* OBJECT: `x{...}` on this node or path; or NULL */
    bool keep_array;         /* `[]` on this node */
    bool keep;               /* PATH: keepSingletonArray */
    bool cons;               /* ARRAY, BLOCK: consarray */
    bool tail;               /* CALL: a tail call of the lambda it is in; its keep_array and
                                group are without effect (as in the reference) */
    bool tuple;              /* step: binds something; PATH: see there */
    struct expr_text focus;  /* step: @$v; len 0: none */
    struct expr_text index;  /* step: #$i; len 0: none */
    int ancestor;            /* step: label that gets this step's context, from 1; 0: none */
    int label;               /* PARENT: the label it reads, from 1; 0: none, so undefined */
    int value;               /* for whoever walks the tree next */
};

struct jsonata_error {
    char code[6];      /* "S0201" */
    size_t offset;     /* in the text */
    char message[200]; /* as jsonata.md 15 has it, without the code */
};

enum {
    JSONATA_MAX_NESTING = 200, /* of the tree */
    JSONATA_MAX_NODES = 100000,
    JSONATA_MAX_PARENTS = 1000 /* % in one expression */
};

/* Parses LEN bytes at TEXT.  The tree lives in ARENA; NULL with *ERROR set when it is no
 * expression (syntax, resolution of %: jsonata.md 15, codes S....).  *LABELS: how many ancestor labels it uses. */
struct jsonata *jsonata_parse(struct arena *arena, const char *text, size_t len, int *labels,
                              struct jsonata_error *error);

/* Calls VISIT for NODE and all below it, outer ones first. */
void jsonata_walk(const struct jsonata *node,
                  void (*visit)(const struct jsonata *node, void *data), void *data);
/* Whether there is a built-in function of that name (without `$`). */
bool jsonata_is_function(const struct expr_text *name);

/* As it is written, `+`, for messages. */
const char *jsonata_op_name(enum jsonata_op op);

/* Prints the tree as one line of text, for tests and --dump. */
void jsonata_dump(const struct jsonata *node, void *file);

#endif
