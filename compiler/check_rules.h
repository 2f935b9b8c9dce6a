/*
 * check_rules.h - what the parts of the checker share.
 */
#ifndef ASLC_CHECK_RULES_H
#define ASLC_CHECK_RULES_H

#include "check.h"

/* BREACH_MISSING_FIELD, ... */
enum breach {
#define BREACH(id, code, severity, what) BREACH_##id,
#include "check_rules.def"
#undef BREACH
    BREACH_COUNT
};

struct check {
    struct arena *arena;
    struct diags *diags;
    struct machine *machine;
    struct places *places; /* check_place.c's */
};

/* What a value must be. */
struct spec {
    const char *name;
    enum field_kind kind;
    double minimum, maximum;  /* INTEGER, NUMBER */
    unsigned languages;       /* members: LANGUAGE_ bits */
    bool required;            /* members */
    const char *const *words; /* WORD: NULL-terminated */
};

/* Reports a breach at a node.  The note may be NULL. */
void report(struct check *check, enum breach breach, const struct node *at,
            const char *note, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Bytes of a string's decoded text; with an end not behind the start, one character. */
struct part {
    size_t start, end;
};

/* The same, pointing at a part of a string. */
void report_part(struct check *check, enum breach breach, const struct node *at,
                 struct part part, const char *note, const char *message);
/* The same of the one character at `offset`. */
void report_inside(struct check *check, enum breach breach, const struct node *at,
                   size_t offset, const char *message);

/* Reports a member that should not be there, at its name. */
void report_member(struct check *check, enum breach breach, const struct node *member,
                   const char *note, const char *message);

/* Reports an object for one of its members, at that one's name. */
void report_in(struct check *check, enum breach breach, const struct node *member,
               const char *message);

/* check_place.c: where the byte at `offset` of a string's decoded text stands; false when
 * that is not known. */
bool check_place(struct check *check, const struct node *string, size_t offset,
                 uint32_t *place);

/* check_value.c: judges one value by its spec. */
void check_value(struct check *check, enum query_language language,
                 const struct spec *spec, const struct node *node);

/* Judges an object's members by a table of `count` specs; `what` names it in messages. */
void check_members(struct check *check, enum query_language language,
                   const struct spec *table, size_t count, const struct node *object,
                   const char *what);

/* Reports a node that is not of the kind wanted ("a string"). */
void check_mismatch(struct check *check, const struct node *node, const char *wanted);

/* All strings in a JSONata state's value. */
void check_jsonata(struct check *check, const struct node *node);

/* check_query.c: what a parsed expression refers to. */
void check_query(struct check *check, const struct node *node);

/* check_types.c: what surely fails in the expression of a node, whose value must be of
 * `node->wanted`.  IS_VARIABLE: whether the workflow has a variable of that name here. */
struct expr_text;
void check_types(struct check *check, const struct node *node,
                 bool (*is_variable)(void *user, const struct expr_text *name),
                 void *user);

/* check_call.c: calls `visit` with each built-in function's name and `$`. */
void check_each_function(void (*visit)(const char *name, void *data), void *data);

/* check_template.c: payload templates, Assign, paths. */
void check_template(struct check *check, const struct node *node);
void check_assign(struct check *check, enum query_language language,
                  const struct node *node);
void check_path(struct check *check, enum field_kind kind, const struct node *node);

/* check_resource.c */
void check_resource(struct check *check, const struct node *node);

/* check_parts.c: the parts of states. */
void check_policy(struct check *check, const struct state *state);
void check_choice(struct check *check, const struct state *state);
void check_map(struct check *check, const struct state *state);
void check_scope_members(struct check *check, const struct scope *scope);

/* check_flow.c: names and transitions of the whole machine. */
void check_flow(struct check *check);

/* Calls `visit` for each scope, outer ones first, in the order of the document. */
void check_each_scope(struct scope *scope,
                      void (*visit)(struct scope *scope, void *data), void *data);

#endif
