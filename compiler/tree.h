/*
 * tree.h - the state tree: a definition in the terms of the language.
 *
 * states.c builds it from the document, even from a wrong one (fields that are missing or
 * of the wrong kind are NULL or keep their default), check.c judges it, resolve.c binds
 * variables; lower.c reads it, and may rely on every rule once check_machine() is true.
 * All of it lives in one arena.  Strings are NUL-terminated but may hold NUL: see `len`.
 *
 *   machine -> scope (the machine's States) -> state -> branches, processor: scopes
 *
 * Expressions hang on nodes: a string node that is a path or intrinsic call (InputPath,
 * Variable, the "k.$" members of payload templates, ...) has node->expr.  In a payload
 * template the members with an expr are those to evaluate, under their name without ".$";
 * everything else is literal.  JSONata strings: node_is_jsonata().  check.c sets them.
 */
#ifndef ASLC_TREE_H
#define ASLC_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "read.h"

struct arena;
struct expr;
struct scope;
struct state;

enum state_type {
    STATE_UNKNOWN, /* Type is missing or wrong */
    STATE_PASS,
    STATE_TASK,
    STATE_CHOICE,
    STATE_WAIT,
    STATE_SUCCEED,
    STATE_FAIL,
    STATE_PARALLEL,
    STATE_MAP
};

enum query_language { QUERY_JSONPATH, QUERY_JSONATA };

enum machine_type { MACHINE_STANDARD, MACHINE_EXPRESS };

enum scope_kind { SCOPE_MACHINE, SCOPE_BRANCH, SCOPE_PROCESSOR };

/* FIELD_TYPE, FIELD_COMMENT, ... */
enum field_id {
#define FIELD(id, name, states, languages, kind, minimum, maximum) FIELD_##id,
#include "fields.def"
#undef FIELD
    FIELD_COUNT
};

/* What a field's value must be. */
enum field_kind {
    KIND_ANY,    /* any JSON, literal */
    KIND_STRING, /* literal */
    KIND_BOOLEAN,
    KIND_ARRAY,
    KIND_FULL_ARRAY, /* with at least one element */
    KIND_OBJECT,
    KIND_LANGUAGE, /* JSONPath or JSONata */
    KIND_TARGET,   /* name of a state of this scope */
    KIND_PATH_OR_NULL,
    KIND_REFERENCE_PATH, /* `$`, `$$` or variable */
    KIND_RESULT_PATH,    /* reference path from `$`, or null */
    KIND_STRING_PATH,    /* path, or intrinsic that gives a string */
    KIND_TEMPLATE,       /* payload template; in JSONata states any JSON with {% %} */
    KIND_ASSIGN,         /* object: variables and their templates */
    KIND_JSONATA_ANY,    /* any JSON with {% %} */
    KIND_JSONATA_STRING, /* string; in JSONata states also {% %} */
    KIND_INTEGER,        /* in a range; in JSONata states also {% %} */
    KIND_NUMBER,
    KIND_TIMESTAMP,
    KIND_ITEMS, /* array, object or {% %} */
    KIND_CREDENTIALS,
    KIND_RESOURCE,
    KIND_LABEL,
    KIND_WORD,      /* one of a list of words; in JSONata states also {% %} */
    KIND_POINTER,   /* JSON Pointer */
    KIND_CONDITION, /* boolean or {% %} */
    KIND_STRINGS,   /* array of strings */
    KIND_ERRORS,    /* ErrorEquals: array of strings, at least one */
    KIND_COUNT
};

/* Types of state as bits: STATE_BIT(STATE_TASK). */
#define STATE_BIT(type) (1u << (type))

/* Query languages as bits.  LANGUAGE_SOFT: in the other language it is only a warning. */
enum {
    LANGUAGE_JSONPATH = 1,
    LANGUAGE_JSONATA = 2,
    LANGUAGE_BOTH = 3,
    LANGUAGE_SOFT = 4
};

/* A line of fields.def. */
struct field_rule {
    const char *name;
    unsigned states;    /* STATE_BITs */
    unsigned languages; /* LANGUAGE_ */
    enum field_kind kind;
    double minimum, maximum;
};

extern const struct field_rule field_rules[FIELD_COUNT];

/* A name by which a state is reached. */
struct transition {
    const struct node *node; /* the name in the document, or NULL when there is none */
    struct state *target;    /* NULL when it is unknown (or an unfilled ${NAME}) */
};

enum jitter { JITTER_NONE, JITTER_FULL };

/* Matches errors against ErrorEquals. */
struct errors {
    const struct node **names; /* strings */
    size_t count;
};

struct retrier {
    const struct node *node;
    struct errors errors;
    int64_t interval;  /* seconds; default 1 */
    int64_t attempts;  /* default 3 */
    double backoff;    /* default 2.0 */
    int64_t max_delay; /* seconds; 0: no limit */
    enum jitter jitter;
};

struct catcher {
    const struct node *node;
    struct errors errors;
    struct transition next;
    const struct node
        *result_path;          /* JSONPath: string with expr, null, or NULL ("$") */
    const struct node *assign; /* or NULL */
    const struct node *output; /* JSONata, or NULL */
};

enum rule_op {
    RULE_INVALID,   /* no operator, or a wrong one: reported */
    RULE_CONDITION, /* JSONata */
    RULE_AND,
    RULE_OR,
    RULE_NOT,
#define COMPARISON(id, name, operand, has_path) RULE_##id,
#include "choices.def"
#undef COMPARISON
    RULE_COUNT
};

/* A Choice rule, or one nested in And, Or, Not. */
struct rule {
    const struct node *node;
    enum rule_op op;
    bool is_path;                /* the ...Path form: the operand is a path */
    const struct node *variable; /* comparison: string with expr */
    const struct node *operand;  /* literal, or string with expr when is_path */
    const struct node
        *operand_key;      /* the operator's member (same as operand), or NULL */
    struct rule *children; /* And, Or: nchildren; Not: one */
    size_t nchildren;
    const struct node *condition; /* JSONata: boolean or {% %} */
    struct transition next;       /* top level only */
    const struct node *assign;    /* or NULL */
    const struct node *output;    /* JSONata, or NULL */
};

/* A variable that some state of a scope assigns. */
struct variable {
    const char *name;
    size_t len;
    size_t slot;             /* from 0, in the order of first assignment */
    const struct state *by;  /* first assigning state */
    const struct node *node; /* the member of that Assign */
    bool by_several;         /* other states of the scope assign it too */
};

/* One States object: the machine's, a branch's or an item processor's. */
struct scope {
    enum scope_kind kind;
    const struct node *node;        /* the object that holds StartAt and States */
    const struct node *states_node; /* States, or NULL */
    struct state *states;           /* in definition order */
    size_t nstates;
    struct transition start; /* StartAt */
    struct scope *parent;    /* NULL for the machine's */
    struct state *owner;     /* the Parallel or Map; NULL for the machine's */
    size_t index;            /* branch number */
    size_t depth;            /* 0 for the machine's */
    struct variable *variables;
    size_t nvariables;
    uint32_t *variable_table; /* slot + 1 by hash of the name: scope_variable() */
    size_t variable_table_size;
    bool distributed;       /* processor of a Distributed Map: outer variables unseen */
    bool express;           /* its ExecutionType is EXPRESS */
    struct state **by_name; /* hash table: scope_find() */
    size_t by_name_size;
};

struct state {
    const char *name;
    size_t len;
    const struct node *node;
    enum state_type type;
    enum query_language language;
    struct scope *scope;
    size_t index;                          /* in its scope, from 0 */
    const struct node *field[FIELD_COUNT]; /* NULL: absent (or of the other language) */
    struct transition next;                /* Next */
    bool end;                              /* "End": true */
    int64_t seconds;                       /* literal Seconds, or -1 */
    int64_t timeout;                       /* literal TimeoutSeconds, or -1 */
    int64_t heartbeat;                     /* literal HeartbeatSeconds, or -1 */
    int64_t max_concurrency;               /* literal, or -1 */
    int64_t tolerated_count;               /* literal, or -1 */
    double tolerated_percentage;           /* literal, or -1 */
    struct retrier *retriers;
    size_t nretriers;
    struct catcher *catchers;
    size_t ncatchers;
    struct rule *rules; /* Choice */
    size_t nrules;
    struct transition otherwise; /* Default */
    struct scope **branches;     /* Parallel */
    size_t nbranches;
    struct scope *processor;     /* Map: ItemProcessor or Iterator, or NULL */
    const struct node *selector; /* Map: ItemSelector or, old, Parameters */
    bool distributed;            /* Map: Mode DISTRIBUTED */
    bool reachable;              /* set by check.c */
};

struct machine {
    const char *name; /* of the file, without extensions */
    const struct source *source;
    const struct node *node; /* the document */
    struct scope *root;
    enum query_language language;
    enum machine_type type;
    int64_t timeout;            /* TimeoutSeconds, or 0 */
    bool tested;                /* made around one state: test_state.h */
    const struct node *comment; /* or NULL */
    const struct node *version; /* or NULL */
    struct arena *arena;
};

/*
 * Reads the source of `diags` and builds its tree.  NULL when it is no JSON (YAML) object;
 * all else that is wrong is in `diags` too, but left for check_machine() to report.
 * `name` may be NULL: then the file's name without extensions.
 */
struct machine *read_definition(struct diags *diags, const struct define *defines,
                                const char *name, enum machine_type type);

/* Builds the tree of a document: states.c. */
struct machine *build_machine(struct diags *diags, const struct node *root,
                              const char *name, enum machine_type type);

/* The state of that name in a scope, or NULL. */
struct state *scope_find(const struct scope *scope, const char *name, size_t len);

/* The variable of that name that the scope's own states assign, or NULL. */
struct variable *scope_variable(const struct scope *scope, const char *name,
                                size_t len);

/* Adds a variable of a name that is new in the scope; its slot is the next one. */
void scope_add_variable(struct arena *arena, struct scope *scope,
                        const struct variable *variable);

/* "Pass", "Task", ...; "Next", "InputPath", ... */
const char *state_type_name(enum state_type type);
const char *field_name(enum field_id field);

/* "StringEquals", "And", ... */
const char *rule_op_name(enum rule_op op);

/* The field of that name, or FIELD_COUNT. */
enum field_id field_find(const char *name, size_t len);

/* May the field stand in that type of state? */
static inline bool field_is_for(enum field_id field, enum state_type type)
{
    return (field_rules[field].states & STATE_BIT(type)) != 0;
}

/* The operator of that name (in *is_path whether it is the ...Path form), or
 * RULE_INVALID. */
enum rule_op rule_op_find(const char *name, size_t len, bool *is_path);

/* Is the number an integer that int64_t holds?  Its value goes to *value. */
bool node_integer(const struct node *node, int64_t *value);

/* Is it a string that is evaluated in JSONata states ("{% ... %}")?  With its expression's
 * text and length in *text and *len, when those are not NULL. */
bool node_is_jsonata(const struct node *node, const char **text, size_t *len);

/* Is it a member "k.$" of a payload template?  With the length of k in *len. */
bool node_is_dynamic(const struct node *member, size_t *len);

/* The state's i-th transition: Next, Default, those of its rules, those of its catchers
 * (some may have no node); NULL behind the last. */
const struct transition *state_transition(const struct state *state, size_t i);

/* Is the state a terminal one (Succeed, Fail or End)? */
bool state_is_terminal(const struct state *state);

#endif
