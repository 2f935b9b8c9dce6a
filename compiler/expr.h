/* Paths, intrinsic calls and literals of JSONPath states as trees.
 *
 * The text that is parsed is a decoded JSON string (UTF-8, lone surrogates as WTF-8);
 * spans are offsets in it, from the first byte of a construct up to but not including
 * the byte behind it.  Trees live in the arena given and do not point into the text.
 *
 * Paths follow Jayway JsonPath 2.10 (expressions.md 1.3), which is what Step Functions
 * uses, but for two rules: a path begins with `$`, and every bracket is closed.
 *
 *   struct expr      a path, an intrinsic call, or a literal
 *   struct step      one step of a path
 *   struct filter    the condition of a [?( )] step
 *
 * Nothing here prints; what is wrong goes to a struct expr_error.
 */
#ifndef ASLC_EXPR_H
#define ASLC_EXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct expr;
struct step;
struct filter;

enum {
    EXPR_MAX_CALLS = 10,    /* nesting of intrinsic calls (ASL) */
    EXPR_MAX_NESTING = 100, /* nesting of brackets, filters, paths in paths */
    EXPR_MAX_STEPS = 4096,  /* steps of one path */
    EXPR_MAX_CHAIN = 1000   /* && and || in one text */
};

struct expr_span {
    size_t start, end;
};

/* What is wrong with a text, and where (offset in bytes). */
struct expr_error {
    size_t offset;
    char message[160];
};

/* A decoded piece of text, not terminated; may hold NUL. */
struct expr_text {
    const char *text;
    size_t len;
};

/* ---- paths -------------------------------------------------------------------- */

enum expr_root {
    ROOT_INPUT,   /* $ */
    ROOT_CONTEXT, /* $$ */
    ROOT_VARIABLE /* $name; scope and slot are filled in by resolve.c */,
    ROOT_CURRENT /* @, in filters and arguments of path functions only */
};

enum step_kind {
    STEP_NAME,     /* .name ['name']: text */
    STEP_INDEX,    /* [n]: from */
    STEP_NAMES,    /* ['a','b']: names, ncount */
    STEP_INDEXES,  /* [a,b]: indexes, count */
    STEP_SLICE,    /* [a:b]: from if has_from, to if has_to */
    STEP_WILDCARD, /* * [*] */
    STEP_DESCEND,  /* ..: the next step of the list is its selector; that one is never a
                      DESCEND (it is marked `scanned`) */
    STEP_FILTER,   /* [?(e)] [?(e),?(e)]: filter; several are joined by && */
    STEP_FUNCTION  /* name(args), at the end: function, args, count */
};

#undef PATH_MAX /* of <limits.h>, if that came before */

enum path_function {
    PATH_MIN,
    PATH_MAX,
    PATH_AVG,
    PATH_STDDEV,
    PATH_SUM,
    PATH_LENGTH, /* length and size */
    PATH_KEYS,
    PATH_FIRST,
    PATH_LAST,
    PATH_INDEX,
    PATH_APPEND,
    PATH_CONCAT,
    PATH_UNKNOWN /* cannot be evaluated (a name Jayway knows not): an error then */
};

struct step {
    enum step_kind kind;
    struct expr_span span;
    bool scanned; /* the step before is DESCEND */
    bool has_from, has_to;
    int32_t from, to;
    struct expr_text text; /* NAME; FUNCTION: its name as written */
    size_t count;          /* of names, indexes or args */
    const struct expr_text *names;
    const int32_t *indexes;
    const struct filter *filter;
    enum path_function function;
    struct expr *const *args; /* EXPR_PATH (ROOT_INPUT or ROOT_CURRENT) or EXPR_JSON */
};

/* ---- filters ------------------------------------------------------------------ */

enum filter_kind {
    FILTER_OR,     /* left || right */
    FILTER_AND,    /* left && right */
    FILTER_NOT,    /* !left */
    FILTER_EXISTS, /* a: a path alone; always ROOT_CURRENT */
    FILTER_ABSENT, /* a: !path */
    FILTER_COMPARE /* a op b */
};

enum filter_op {
    FILTER_EQ,       /* == */
    FILTER_NE,       /* != <> */
    FILTER_LT,       /* < */
    FILTER_LE,       /* <= */
    FILTER_GT,       /* > */
    FILTER_GE,       /* >= */
    FILTER_TSEQ,     /* === */
    FILTER_TSNE,     /* !== */
    FILTER_REGEX,    /* =~ */
    FILTER_IN,       /* in */
    FILTER_NIN,      /* nin */
    FILTER_CONTAINS, /* contains */
    FILTER_SUBSETOF, /* subsetof */
    FILTER_ANYOF,    /* anyof */
    FILTER_NONEOF,   /* noneof */
    FILTER_SIZE,     /* size */
    FILTER_EMPTY,    /* empty */
    FILTER_TYPE /* type, matches, all: cannot be fulfilled by a literal, so false */
};

enum operand_kind {
    OPERAND_PATH,    /* path: rooted at $ or @ */
    OPERAND_JSON,    /* text: a JSON array or object, as it came but for its quotes:
                          valid JSON text */
    OPERAND_STRING,  /* text: decoded */
    OPERAND_NUMBER,  /* text: JSON number */
    OPERAND_BOOLEAN, /* truth */
    OPERAND_NULL,
    OPERAND_UNDEFINED, /* never equal to anything */
    OPERAND_REGEX      /* text: pattern without slashes; flags */
};

struct operand {
    enum operand_kind kind;
    struct expr_span span;
    struct expr *path;
    struct expr_text text;
    struct expr_text flags;
    bool truth;
};

struct filter {
    enum filter_kind kind;
    struct expr_span span;
    const struct filter *left, *right;
    enum filter_op op;
    struct operand a, b;
};

/* ---- expressions -------------------------------------------------------------- */

enum expr_kind {
    EXPR_PATH,
    EXPR_CALL,
    EXPR_STRING, /* text: decoded; in an intrinsic call also raw (see below) */
    EXPR_NUMBER, /* text: JSON number */
    EXPR_TRUE,
    EXPR_FALSE,
    EXPR_NULL,
    EXPR_JSON /* text: JSON; argument of a path function only */
};

/* The intrinsic functions, in the order of the tables in expr.c. */
enum intrinsic {
    INTRINSIC_FORMAT,
    INTRINSIC_STRING_TO_JSON,
    INTRINSIC_JSON_TO_STRING,
    INTRINSIC_ARRAY,
    INTRINSIC_ARRAY_PARTITION,
    INTRINSIC_ARRAY_CONTAINS,
    INTRINSIC_ARRAY_RANGE,
    INTRINSIC_ARRAY_GET_ITEM,
    INTRINSIC_ARRAY_LENGTH,
    INTRINSIC_ARRAY_UNIQUE,
    INTRINSIC_BASE64_ENCODE,
    INTRINSIC_BASE64_DECODE,
    INTRINSIC_HASH,
    INTRINSIC_JSON_MERGE,
    INTRINSIC_MATH_RANDOM,
    INTRINSIC_MATH_ADD,
    INTRINSIC_STRING_SPLIT,
    INTRINSIC_UUID,
    INTRINSIC_COUNT
};

struct expr {
    enum expr_kind kind;
    struct expr_span span;
    struct expr_text source; /* the text of the span, a copy (for Causes) */

    /* EXPR_PATH */
    enum expr_root root;
    struct expr_text variable; /* ROOT_VARIABLE: name without $ */
    int distance, slot;        /* ROOT_VARIABLE: filled in by resolve.c; -1 before */
    struct step *steps;
    size_t count;
    bool definite;  /* gives the value itself, not a list of matches */
    bool reference; /* only NAME and INDEX steps, index not negative */

    /* EXPR_CALL */
    enum intrinsic intrinsic;
    struct expr **args;
    size_t nargs;

    /* EXPR_STRING, EXPR_NUMBER, EXPR_JSON */
    struct expr_text text; /* decoded; STRING as Format's template: see raw */
    struct expr_text raw; /* STRING in a call: between the quotes, escapes unresolved */
};

/* Which roots a path may have where it stands. */
enum { ALLOW_INPUT = 1, ALLOW_CONTEXT = 2, ALLOW_VARIABLE = 4, ALLOW_ANY_ROOT = 7 };

/* Each returns NULL with *ERROR filled in if TEXT is not what it should be. */

/* A path, any root. */
struct expr *parse_path(struct arena *arena, const char *text, size_t len,
                        struct expr_error *error);
/* A Reference Path (ASL: names, indexes; no operators), with a root out of ROOTS.
 * ResultPath: ALLOW_INPUT. */
struct expr *parse_reference_path(struct arena *arena, const char *text, size_t len,
                                  unsigned roots, struct expr_error *error);
/* A call of an intrinsic function. */
struct expr *parse_intrinsic(struct arena *arena, const char *text, size_t len,
                             struct expr_error *error);
/* The value of a `.$` member: a path (any root) or an intrinsic call. */
struct expr *parse_template_value(struct arena *arena, const char *text, size_t len,
                                  struct expr_error *error);

/* Whether the arguments of the call EXPR and of the calls in it fit: their number, the
 * kinds of literals, the {} of a literal Format template.  False with *ERROR (offset in
 * the text that was parsed).  True for anything that is no call. */
bool check_intrinsic(const struct expr *expr, struct expr_error *error);

/* The name of an intrinsic, "States.Format" etc., and of the op that does it,
 * "asl_intrinsic_format" etc. */
const char *intrinsic_name(enum intrinsic id);
const char *intrinsic_op(enum intrinsic id);
/* Whether it takes an asl_random (MathRandom, UUID). */
bool intrinsic_is_random(enum intrinsic id);

/* Calls VISIT for EXPR and every expression inside, paths in filters and arguments
 * included, outermost first: for resolve.c, which looks for ROOT_VARIABLE. */
void expr_walk(struct expr *expr, void (*visit)(struct expr *expr, void *data),
               void *data);

#endif
