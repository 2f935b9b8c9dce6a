/*
 * lower_parts.h - between lower.c, lower_choice.c and lower_task.c.
 */
#ifndef ASLC_LOWER_PARTS_H
#define ASLC_LOWER_PARTS_H

#include "lower.h"

/* Rules of diagnostics of lower*.c. */
enum { RULE_NOT_BUILT = 9001, RULE_HANDLER_CLASH = 9002, RULE_NO_OPERATION = 9003 };

/* ---- lower_query.c ----------------------------------------------------------------- */

/* What $states has beside input and context. */
enum place_kind { PLACE_PLAIN, PLACE_RESULT, PLACE_ERROR };

/* Where a field with expressions stands. */
struct query_place {
    struct ir_function *fn;
    struct ir_state *state;
    enum place_kind kind;
    struct ir_arg input; /* $states.input; the result is f->result */
    uint32_t outer;      /* scopes between fn's frame and that of the state */
    const char *prefix;  /* of fields' names: "Catch[1]/" */
};

struct query_place lower_place(struct ir_function *fn, struct ir_state *state,
                               enum place_kind kind);
/* The value of NODE, the field FIELD, in which strings may be {% %}; WANTED is an enumerator of
 * aslrt/evaluate.h for NODE itself. */
struct ir_arg lower_query(const struct query_place *place, const struct node *node,
                          const char *field, const char *wanted);
/* The same of an OBJECT, each of whose members is to be WANTED. */
struct ir_arg lower_query_members(const struct query_place *place, const struct node *object,
                                  const char *field, const char *wanted);

/* ---- lower.c -------------------------------------------------------------------- */

struct lowering lower_env(struct ir_function *fn, struct ir_state *state,
                          struct ir_arg root, uint32_t at);
/* The value after InputPath. */
struct ir_arg lower_input_path(struct ir_function *fn, struct ir_state *state);
struct ir_arg lower_output_path(struct ir_function *fn, struct ir_state *state,
                                struct ir_arg v);
/* The template NODE with ROOT as $, or ROOT when there is none. */
struct ir_arg lower_template_field(struct ir_function *fn, struct ir_state *state,
                                   struct ir_arg root, const struct node *node);
/* Where a state is tested by itself: tells V as WHAT, of enum asl_inspected. */
void lower_inspect(struct ir_function *fn, uint32_t at, const char *what, struct ir_arg v);
/* The same in a JSONPath state only. */
void lower_inspect_path(struct ir_function *fn, const struct state *state, const char *what,
                        struct ir_arg v);
/* Returns: TARGET comes next with OUTPUT. */
void lower_go(struct ir_function *fn, uint32_t at, struct ir_arg output,
              const struct state *target);
/* The same where TARGET is a C expression. */
void lower_go_to(struct ir_function *fn, uint32_t at, struct ir_arg output,
                 struct ir_arg target);
/* The enumerator of a state. */
struct ir_arg lower_enumerator(const struct ir_scope *scope, const struct state *target);
/* A scope and all in it; NAME is its name in C. */
struct ir_scope *lower_scope(struct ir_unit *unit, const struct scope *s, const char *name);
/* Whether a catcher has fields of its own to apply. */
bool lower_needs_catch(const struct catcher *catcher);

/* How a Choice is left. */
struct choice_exit {
    const char *prefix; /* of its fields: "Choices[0]/" */
    const struct node *assign, *output;
    const struct state *target;
    uint32_t at;
};
void lower_choice_exit(struct ir_function *fn, struct ir_state *state, struct ir_arg input,
                       const struct choice_exit *to);

/* ---- lower_choice.c --------------------------------------------------------------- */

/* The rules of a Choice; what comes after is reached when none matches. */
void lower_rules(struct ir_function *fn, struct ir_state *state, struct ir_arg input);

/* ---- lower_task.c ----------------------------------------------------------------- */

void lower_task(struct ir_function *fn, struct ir_state *state);
void lower_parallel(struct ir_function *fn, struct ir_state *state);
void lower_map(struct ir_function *fn, struct ir_state *state);
#endif
