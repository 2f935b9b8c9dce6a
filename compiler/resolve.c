/*
 * resolve.c - variables.
 *
 * First each scope gets the names that its states assign, in the order of the document:
 * that is the order of slots.  Then a data-flow analysis finds for each state which of its
 * scope's variables are surely assigned when it is entered: at the start none, else those
 * that every transition into it brings.  Then each reference is bound to the nearest scope
 * around it that has the name; the children of a Distributed Map see nothing outside.
 */
#include "resolve.h"

#include <string.h>

#include "arena.h"
#include "check_rules.h"
#include "expr.h"

/* Sets of one scope's variables; `enters` has one for each state. */
struct flow {
    struct scope *scope;
    struct flow *parent; /* of the enclosing scope, or NULL */
    size_t words;        /* of a set */
    uint64_t **enters;   /* NULL: not reached yet */
    uint64_t *scratch;
    const struct state **stack; /* states whose set changed: their ways on are to do */
    size_t depth;
    bool *stacked; /* for each state: is it on the stack? */
};

struct resolver {
    struct check check;
    struct flow *flow;         /* of the scope at hand */
    const struct state *state; /* whose references are bound */
    const struct node *node;   /* where they stand */
};

/* ---- which variables there are ------------------------------------------------ */

static size_t variable_len(const struct state *state, const struct node *member)
{
    size_t len = member->key_len;

    if (state->language == QUERY_JSONPATH)
        node_is_dynamic(member, &len);
    return len;
}

static void declare(struct check *check, const struct state *state,
                    const struct node *member)
{
    struct scope *scope = state->scope;
    size_t len = variable_len(state, member);
    struct variable *known = scope_variable(scope, member->key, len);

    if (known) {
        known->by_several |= known->by != state;
        return;
    }
    if ((scope->nvariables & (scope->nvariables + 1)) ==
        0) { /* 0, 1, 3, 7, ...: full */
        struct variable *more =
            ARENA_ARRAY(check->arena, 2 * scope->nvariables + 1, struct variable);

        if (scope->nvariables)
            memcpy(more, scope->variables, scope->nvariables * sizeof *more);
        scope->variables = more;
    }
    scope->variables[scope->nvariables] =
        (struct variable){ .name = arena_copy(check->arena, member->key, len),
                           .len = len,
                           .slot = scope->nvariables,
                           .by = state,
                           .node = member };
    scope->nvariables++;
}

static void declare_all(struct check *check, const struct state *state,
                        const struct node *assign)
{
    if (node_is_object(assign))
        for (struct node *one = node_child(assign); one; one = node_next(one))
            declare(check, state, one);
}

static void declare_scope(struct scope *scope, void *data)
{
    for (size_t i = 0; i < scope->nstates; i++) {
        const struct state *state = &scope->states[i];

        declare_all(data, state, state->field[FIELD_ASSIGN]);
        for (size_t k = 0; k < state->nrules; k++)
            declare_all(data, state, state->rules[k].assign);
        for (size_t k = 0; k < state->ncatchers; k++)
            declare_all(data, state, state->catchers[k].assign);
    }
}

/* ---- names assigned in nested scopes ------------------------------------------ */

/* The scope whose variables a scope sees beside its own, or NULL. */
static struct scope *seen_from(const struct scope *scope)
{
    return scope->distributed ? NULL : scope->parent;
}

/* AWS: DUPLICATE_VARIABLE_NAME.  What only the Parallel or Map around assigns does not
 * clash: that happens when its inner scopes are over. */
static void check_clash(struct check *check, const struct scope *scope,
                        const struct variable *variable)
{
    const struct scope *inner = scope;

    for (const struct scope *outer; (outer = seen_from(inner)); inner = outer) {
        const struct variable *other =
            scope_variable(outer, variable->name, variable->len);

        if (!other || (other->by == inner->owner && !other->by_several))
            continue;
        report_member(
            check, BREACH_DUPLICATE_VARIABLE, variable->node,
            arena_printf(check->arena, "state `%s` assigns it", other->by->name),
            arena_printf(check->arena,
                         "the variable name `%s` is defined in an enclosing scope",
                         variable->name));
        return;
    }
}

static void check_clashes(struct scope *scope, void *data)
{
    for (size_t i = 0; i < scope->nvariables; i++)
        check_clash(data, scope, &scope->variables[i]);
}

/* ---- which are surely assigned ------------------------------------------------ */

static void set_add(uint64_t *set, size_t slot)
{
    set[slot / 64] |= (uint64_t)1 << slot % 64;
}

static bool set_has(const uint64_t *set, size_t slot)
{
    return (set[slot / 64] >> slot % 64 & 1) != 0;
}

/* Has the ways on from a state looked at (again). */
static void push(struct flow *flow, const struct state *state)
{
    if (flow->stacked[state->index])
        return;
    flow->stacked[state->index] = true;
    flow->stack[flow->depth++] = state;
}

/* Keeps in the set of a state what `set` has too. */
static void meet(struct resolver *resolver, const struct state *state,
                 const uint64_t *set)
{
    struct flow *flow = resolver->flow;
    uint64_t *enter = flow->enters[state->index];
    bool changed = false;

    if (!enter) {
        enter = ARENA_ARRAY(resolver->check.arena, flow->words, uint64_t);
        memcpy(enter, set, flow->words * sizeof *set);
        flow->enters[state->index] = enter;
        changed = true;
    }
    for (size_t i = 0; i < flow->words; i++) {
        changed |= (enter[i] & ~set[i]) != 0;
        enter[i] &= set[i];
    }
    if (changed)
        push(flow, state);
}

/* Along a transition: what was assigned on entry and what `assign` adds. */
static void carry(struct resolver *resolver, const struct state *from,
                  const struct node *assign, const struct transition *to)
{
    struct flow *flow = resolver->flow;
    uint64_t *set = flow->scratch;

    if (!to->target)
        return;
    memcpy(set, flow->enters[from->index], flow->words * sizeof *set);
    if (node_is_object(assign))
        for (struct node *one = node_child(assign); one; one = node_next(one))
            set_add(
                set,
                scope_variable(flow->scope, one->key, variable_len(from, one))->slot);
    meet(resolver, to->target, set);
}

static void carry_all(struct resolver *resolver, const struct state *state)
{
    const struct node *assign = state->field[FIELD_ASSIGN];

    carry(resolver, state, assign, &state->next);
    carry(resolver, state, assign, &state->otherwise);
    for (size_t i = 0; i < state->nrules; i++)
        carry(resolver, state, state->rules[i].assign, &state->rules[i].next);
    for (size_t i = 0; i < state->ncatchers; i++)
        carry(resolver, state, state->catchers[i].assign, &state->catchers[i].next);
}

static void analyse(struct resolver *resolver)
{
    struct flow *flow = resolver->flow;
    struct arena *arena = resolver->check.arena;
    struct scope *scope = flow->scope;

    flow->enters = ARENA_ARRAY(arena, scope->nstates, uint64_t *);
    if (!scope->nvariables || !scope->start.target)
        return;
    flow->words = scope->nvariables / 64 + 1;
    flow->scratch = ARENA_ARRAY(arena, flow->words, uint64_t);
    flow->stack = ARENA_ARRAY(arena, scope->nstates, const struct state *);
    flow->stacked = ARENA_ARRAY(arena, scope->nstates, bool);
    meet(resolver, scope->start.target, flow->scratch);
    while (flow->depth) {
        const struct state *state = flow->stack[--flow->depth];

        flow->stacked[state->index] = false;
        carry_all(resolver, state);
    }
}

/* ---- references --------------------------------------------------------------- */

static void report_undefined(struct resolver *resolver, const struct expr *expr)
{
    const char *name =
        arena_copy(resolver->check.arena, expr->variable.text, expr->variable.len);
    struct nearest nearest;

    nearest_init(&nearest, name);
    for (const struct scope *scope = resolver->flow->scope; scope;
         scope = seen_from(scope))
        for (size_t i = 0; i < scope->nvariables; i++)
            nearest_try(&nearest, scope->variables[i].name);
    report(&resolver->check, BREACH_UNDEFINED, resolver->node,
           nearest_note(&nearest, resolver->check.arena),
           "variable `%s` is not assigned by any state in reach", name);
}

/* Binds a reference to a variable `distance` scopes up, seen from `state` there. */
static void bind(struct resolver *resolver, struct expr *expr, const struct flow *flow,
                 const struct state *state, const struct variable *variable)
{
    const uint64_t *enter = flow->enters[state->index];

    expr->slot = (int)variable->slot;
    if (enter && !set_has(enter, variable->slot))
        report(&resolver->check, BREACH_POSSIBLY_UNDEFINED, resolver->node, NULL,
               "variable `%s` is possibly not defined", variable->name);
}

static void bind_variable(struct expr *expr, void *data)
{
    struct resolver *resolver = data;
    const struct flow *flow = resolver->flow;
    const struct state *state = resolver->state;

    if (expr->kind != EXPR_PATH || expr->root != ROOT_VARIABLE)
        return;
    for (int distance = 0; flow; distance++) {
        const struct variable *variable =
            scope_variable(flow->scope, expr->variable.text, expr->variable.len);

        if (variable) {
            expr->distance = distance;
            bind(resolver, expr, flow, state, variable);
            return;
        }
        state = flow->scope->owner;
        flow = seen_from(flow->scope) ? flow->parent : NULL;
    }
    report_undefined(resolver, expr);
}

/* All expressions under a node. */
static void bind_node(struct resolver *resolver, const struct node *node)
{
    if (node->expr) {
        resolver->node = node;
        expr_walk(node->expr, bind_variable, resolver);
    }
    for (struct node *one = node_child(node); one; one = node_next(one))
        bind_node(resolver, one);
}

static void resolve_scope(struct resolver *resolver, struct scope *scope);

static void resolve_state(struct resolver *resolver, struct state *state)
{
    for (int id = 0; id < FIELD_COUNT; id++) {
        if (id == FIELD_BRANCHES || id == FIELD_ITEM_PROCESSOR ||
            id == FIELD_ITERATOR || !state->field[id])
            continue;
        resolver->state = state;
        bind_node(resolver, state->field[id]);
    }
    for (size_t i = 0; i < state->nbranches; i++)
        resolve_scope(resolver, state->branches[i]);
    if (state->processor)
        resolve_scope(resolver, state->processor);
}

static void resolve_scope(struct resolver *resolver, struct scope *scope)
{
    struct flow flow = { .scope = scope, .parent = resolver->flow };

    resolver->flow = &flow;
    analyse(resolver);
    for (size_t i = 0; i < scope->nstates; i++)
        resolve_state(resolver, &scope->states[i]);
    resolver->flow = flow.parent;
}

void resolve_machine(struct diags *diags, struct machine *machine)
{
    struct resolver resolver = { .check = { diags->arena, diags, machine } };

    check_each_scope(machine->root, declare_scope, &resolver.check);
    check_each_scope(machine->root, check_clashes, &resolver.check);
    resolve_scope(&resolver, machine->root);
}
