/*
 * resolve.c - variables.
 *
 * First each scope gets the names that its states assign, in the order of the document:
 * that is the order of slots.  Then each reference is bound to the nearest scope around it
 * that has the name; the children of a Distributed Map see nothing outside.  Then, scope by
 * scope, a data-flow analysis finds for each state which variables are surely assigned when
 * it is entered: at the start none, else those that every transition into it brings.
 */
#include "resolve.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "check_rules.h"
#include "check_types.h"
#include "expr.h"
#include "jsonata.h"

/* Names that are compared in search of those meant, in one machine. */
enum { MOST_COMPARED = 1 << 21 };

/* jsonata.value of what is called; 0 of all else. */
enum { IS_CALLED = 1, IS_PARTIAL, IS_APPLIED };

/* A variable that is read when a state of its scope runs. */
struct reading {
    const struct state *state;
    const struct variable *variable;
    const struct node *node; /* where it stands */
    struct reading *next;    /* in order; later, of the same group */
};

/* The names that an expression gives values to, itself. */
struct own_names {
    const struct expr_text **list; /* sorted; NULL while they are counted */
    size_t count;
};

/* A scope, while it and those inside it are resolved. */
struct flow {
    struct scope *scope;
    struct flow *parent; /* of the enclosing scope, or NULL */
    struct reading *readings, **last;
};

struct resolver {
    struct check check;
    struct flow *flow;         /* of the scope at hand */
    const struct state *state; /* whose references are bound */
    const struct node *node;   /* where they stand */
    struct own_names own;      /* of its JSONata */
    size_t compared;           /* see report_undefined() */
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
    scope_add_variable(check->arena, scope,
                       &(struct variable){ .name = arena_copy(check->arena, member->key, len),
                                           .len = len,
                                           .by = state,
                                           .node = member });
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

/* ---- references --------------------------------------------------------------- */

/* Where thousands are wrong only the first ones get a guess. */
static void try_variables(struct resolver *resolver, struct nearest *nearest)
{
    for (const struct scope *scope = resolver->flow->scope;
         scope && resolver->compared <= MOST_COMPARED; scope = seen_from(scope)) {
        resolver->compared += scope->nvariables;
        for (size_t i = 0; i < scope->nvariables; i++)
            nearest_try(nearest, scope->variables[i].name);
    }
}

/* A state that is tested by itself may read what others assign: SCOPE is the outermost that
 * sees the reference.  The variable, or NULL. */
static const struct variable *take_as_given(struct resolver *resolver, struct scope *scope,
                                            const struct expr_text *name)
{
    struct arena *arena = resolver->check.arena;

    if (!resolver->check.machine->tested || scope->parent)
        return NULL;
    scope_add_variable(arena, scope,
                       &(struct variable){ .name = arena_copy(arena, name->text, name->len),
                                           .len = name->len,
                                           .by = resolver->state,
                                           .node = resolver->node });
    return scope_variable(scope, name->text, name->len);
}

/* AT: in JSONata, where it stands; else NULL. */
static void report_undefined(struct resolver *resolver, const struct expr_text *text,
                             const struct jsonata *at)
{
    struct arena *arena = resolver->check.arena;
    const char *name = arena_copy(arena, text->text, text->len);
    const char *message = arena_printf(
        arena, "variable `%s` is not assigned by any state in reach", name);
    struct nearest nearest;

    nearest_init(&nearest, name);
    try_variables(resolver, &nearest);
    if (at)
        report_part(&resolver->check, BREACH_UNDEFINED, resolver->node,
                    (struct part){ at->span.start + 2, at->span.end + 2 },
                    nearest_note(&nearest, arena), message);
    else
        report(&resolver->check, BREACH_UNDEFINED, resolver->node,
               nearest_note(&nearest, arena), "%s", message);
}

/* Binds a reference to a variable of an enclosing scope's flow, seen from `state` there. */
static void bind(struct resolver *resolver, struct expr *expr, struct flow *flow,
                 const struct state *state, const struct variable *variable)
{
    struct reading *reading = ARENA_NEW(resolver->check.arena, struct reading);

    expr->slot = (int)variable->slot;
    *reading = (struct reading){ state, variable, resolver->node, NULL };
    *flow->last = reading;
    flow->last = &reading->next;
}

static void bind_variable(struct expr *expr, void *data)
{
    struct resolver *resolver = data;
    struct flow *flow = resolver->flow;
    const struct state *state = resolver->state;

    if (expr->kind != EXPR_PATH || expr->root != ROOT_VARIABLE)
        return;
    for (int distance = 0; flow; distance++) {
        const struct variable *variable =
            scope_variable(flow->scope, expr->variable.text, expr->variable.len);

        if (!variable && !seen_from(flow->scope))
            variable = take_as_given(resolver, flow->scope, &expr->variable);
        if (variable) {
            expr->distance = distance;
            bind(resolver, expr, flow, state, variable);
            return;
        }
        state = flow->scope->owner;
        flow = seen_from(flow->scope) ? flow->parent : NULL;
    }
    report_undefined(resolver, &expr->variable, NULL);
}

/* ---- references in JSONata ------------------------------------------------------ */

static int compare_names(const void *a, const void *b)
{
    const struct expr_text *one = *(const struct expr_text *const *)a;
    const struct expr_text *other = *(const struct expr_text *const *)b;
    size_t len = one->len < other->len ? one->len : other->len;
    int order = memcmp(one->text, other->text, len);

    return order ? order : (one->len > other->len) - (one->len < other->len);
}

static void add_own(struct own_names *own, const struct expr_text *name)
{
    if (name->len == 0)
        return;
    if (own->list)
        own->list[own->count] = name;
    own->count++;
}

static void find_own(const struct jsonata *node, void *data)
{
    struct own_names *own = data;

    if (node->kind == JSONATA_BIND)
        add_own(own, &node->text);
    add_own(own, &node->focus);
    add_own(own, &node->index);
    for (size_t i = 0; i < node->nstages; i++)
        if (!node->stages[i].filter)
            add_own(own, &node->stages[i].index);
    for (size_t i = 0; node->kind == JSONATA_LAMBDA && i < node->count; i++)
        add_own(own, &node->list[i]->text);
}

static struct own_names own_names_of(struct arena *arena, const struct jsonata *query)
{
    struct own_names own = { 0 };

    jsonata_walk(query, find_own, &own);
    own.list = ARENA_ARRAY(arena, own.count + 1, const struct expr_text *);
    own.count = 0;
    jsonata_walk(query, find_own, &own);
    qsort(own.list, own.count, sizeof *own.list, compare_names);
    return own;
}

static struct scope *outermost_seen(const struct resolver *resolver)
{
    struct scope *scope = resolver->flow->scope;

    while (seen_from(scope))
        scope = seen_from(scope);
    return scope;
}

/* Whether a state's expressions see a variable of that name. */
static bool is_variable(void *data, const struct expr_text *name)
{
    struct resolver *resolver = data;

    for (const struct scope *scope = resolver->flow->scope; scope; scope = seen_from(scope))
        if (scope_variable(scope, name->text, name->len))
            return true;
    return false;
}

static void try_function(const char *name, void *data)
{
    nearest_try(data, name);
}

/* A function is called that there is not.  Variables of the workflow hold none. */
static void report_unknown_function(struct resolver *resolver, const struct jsonata *at)
{
    struct arena *arena = resolver->check.arena;
    const char *name = arena_printf(arena, "$%.*s", (int)at->text.len, at->text.text);
    struct part part = { at->span.start + 2, at->span.end + 2 }; /* behind {% */
    struct nearest nearest;

    nearest_init(&nearest, name);
    if (resolver->compared <= MOST_COMPARED) {
        check_each_function(try_function, &nearest);
        for (size_t i = 0; i < resolver->own.count; i++)
            nearest_try(&nearest,
                        arena_printf(arena, "$%.*s", (int)resolver->own.list[i]->len,
                                     resolver->own.list[i]->text));
        resolver->compared += FUNCTION_COUNT + resolver->own.count;
    }
    report_part(&resolver->check, BREACH_UNDEFINED, resolver->node, part,
                strcmp(name, "$eval") == 0
                    ? "it is not available in Step Functions, use `$parse`"
                    : nearest_note(&nearest, arena),
                arena_printf(arena, "%s: there is no function `%s`",
                             at->value == IS_APPLIED   ? "T2006"
                             : at->value == IS_PARTIAL ? "T1008"
                                                       : "T1006",
                             name));
}

static void bind_name(const struct jsonata *node, void *data)
{
    static const struct expr_text states = { "states", 6 };
    struct resolver *resolver = data;
    const struct expr_text *name = &node->text;

    /* Outer nodes come first. */
    if (node->kind == JSONATA_CALL)
        node->left->value = IS_CALLED;
    else if (node->kind == JSONATA_PARTIAL)
        node->left->value = IS_PARTIAL;
    else if (node->kind == JSONATA_APPLY)
        node->right->value = IS_APPLIED;
    if (node->kind != JSONATA_VARIABLE || name->len == 0 || name->text[0] == '$' ||
        compare_names(&name, &(const struct expr_text *){ &states }) == 0 ||
        jsonata_is_function(name) || is_variable(resolver, name) ||
        bsearch(&name, resolver->own.list, resolver->own.count, sizeof name, compare_names))
        return;
    if (node->value)
        report_unknown_function(resolver, node);
    else if (!take_as_given(resolver, outermost_seen(resolver), name))
        report_undefined(resolver, name, node);
}

/* All expressions under a node. */
static void bind_node(struct resolver *resolver, const struct node *node)
{
    if (node->expr) {
        resolver->node = node;
        expr_walk(node->expr, bind_variable, resolver);
    }
    if (node->query) {
        resolver->node = node;
        resolver->own = own_names_of(resolver->check.arena, node->query);
        jsonata_walk(node->query, bind_name, resolver);
        check_types(&resolver->check, node, is_variable, resolver);
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

/* ---- which are surely assigned ------------------------------------------------ */

/* The variables that are read are numbered, and analysed in groups: one pass over the
 * states for each group, so that the sets of a pass are small whatever their number. */
enum { WORDS = 8, GROUP = 64 * WORDS };

struct set {
    uint64_t word[WORDS];
};

struct analysis {
    const struct scope *scope;
    uint32_t *number;  /* by slot: from 1; 0: nobody reads it */
    uint32_t nnumbers;
    uint32_t *assigned; /* number of each member of each Assign, in order */
    size_t *first;      /* by state: where its Assigns begin in `assigned` */
    uint32_t group;     /* the pass's */
    struct set *enters; /* by state: what is assigned when it is entered */
    bool *reached;      /* by state: has it such a set? */
    const struct state **stack; /* states whose set changed: their ways on are to do */
    size_t depth;
    bool *stacked; /* by state: is it on the stack? */
};

/* Keeps in the set of a state what `set` has too. */
static void meet(struct analysis *a, const struct state *state, const struct set *set)
{
    struct set *enter = &a->enters[state->index];
    bool changed = !a->reached[state->index];

    if (changed)
        *enter = *set;
    a->reached[state->index] = true;
    for (size_t i = 0; i < WORDS; i++) {
        changed |= (enter->word[i] & ~set->word[i]) != 0;
        enter->word[i] &= set->word[i];
    }
    if (changed && !a->stacked[state->index]) {
        a->stacked[state->index] = true;
        a->stack[a->depth++] = state;
    }
}

static size_t members_of(const struct node *assign)
{
    return node_is_object(assign) ? assign->count : 0;
}

/* Along a transition: what was assigned on entry and what an Assign of `count` members
 * adds. */
static void carry(struct analysis *a, const struct state *from, const uint32_t *assigned,
                  size_t count, const struct transition *to)
{
    struct set set = a->enters[from->index];

    if (!to->target)
        return;
    for (size_t i = 0; i < count; i++) {
        uint32_t number = assigned[i] - 1;

        if (assigned[i] && number / GROUP == a->group)
            set.word[number % GROUP / 64] |= (uint64_t)1 << number % 64;
    }
    meet(a, to->target, &set);
}

static void carry_all(struct analysis *a, const struct state *state)
{
    const uint32_t *assigned = a->assigned + a->first[state->index];
    size_t count = members_of(state->field[FIELD_ASSIGN]);

    carry(a, state, assigned, count, &state->next);
    carry(a, state, assigned, count, &state->otherwise);
    assigned += count;
    for (size_t i = 0; i < state->nrules; i++, assigned += count) {
        count = members_of(state->rules[i].assign);
        carry(a, state, assigned, count, &state->rules[i].next);
    }
    for (size_t i = 0; i < state->ncatchers; i++, assigned += count) {
        count = members_of(state->catchers[i].assign);
        carry(a, state, assigned, count, &state->catchers[i].next);
    }
}

static void run_pass(struct analysis *a)
{
    memset(a->reached, 0, a->scope->nstates * sizeof *a->reached);
    meet(a, a->scope->start.target, &(struct set){ { 0 } });
    while (a->depth) {
        const struct state *state = a->stack[--a->depth];

        a->stacked[state->index] = false;
        carry_all(a, state);
    }
}

/* The numbers of an Assign's members to `out`; how many. */
static size_t list_assign(const struct analysis *a, const struct state *state,
                          const struct node *assign, uint32_t *out)
{
    if (out && members_of(assign))
        for (struct node *one = node_child(assign); one; one = node_next(one))
            *out++ = a->number[scope_variable(a->scope, one->key,
                                              variable_len(state, one))->slot];
    return members_of(assign);
}

/* The same of all Assigns of a state, in the order of carry_all(). */
static size_t list_assigns(const struct analysis *a, const struct state *state,
                           uint32_t *out)
{
    size_t count = list_assign(a, state, state->field[FIELD_ASSIGN], out);

    for (size_t i = 0; i < state->nrules; i++)
        count += list_assign(a, state, state->rules[i].assign, out ? out + count : NULL);
    for (size_t i = 0; i < state->ncatchers; i++)
        count +=
            list_assign(a, state, state->catchers[i].assign, out ? out + count : NULL);
    return count;
}

static void prepare(struct analysis *a, struct arena *arena, const struct flow *flow)
{
    const struct scope *scope = a->scope = flow->scope;
    size_t count = 0;

    a->number = ARENA_ARRAY(arena, scope->nvariables, uint32_t);
    for (const struct reading *r = flow->readings; r; r = r->next)
        if (!a->number[r->variable->slot])
            a->number[r->variable->slot] = ++a->nnumbers;
    a->first = ARENA_ARRAY(arena, scope->nstates, size_t);
    for (size_t i = 0; i < scope->nstates; i++) {
        a->first[i] = count;
        count += list_assigns(a, &scope->states[i], NULL);
    }
    a->assigned = ARENA_ARRAY(arena, count + 1, uint32_t);
    for (size_t i = 0; i < scope->nstates; i++)
        list_assigns(a, &scope->states[i], a->assigned + a->first[i]);
    a->enters = ARENA_ARRAY(arena, scope->nstates, struct set);
    a->reached = ARENA_ARRAY(arena, scope->nstates, bool);
    a->stacked = ARENA_ARRAY(arena, scope->nstates, bool);
    a->stack = ARENA_ARRAY(arena, scope->nstates, const struct state *);
}

static void judge(struct resolver *resolver, const struct analysis *a,
                  const struct reading *r)
{
    uint32_t number = a->number[r->variable->slot] - 1;
    uint64_t word = a->enters[r->state->index].word[number % GROUP / 64];

    if (a->reached[r->state->index] && !(word >> number % 64 & 1))
        report(&resolver->check, BREACH_POSSIBLY_UNDEFINED, r->node, NULL,
               "variable `%s` is possibly not defined", r->variable->name);
}

/* Judges all readings of a scope's variables. */
static void analyse(struct resolver *resolver, const struct flow *flow)
{
    struct arena *arena = resolver->check.arena;
    struct analysis a = { 0 };
    struct reading **groups, ***ends;

    if (!flow->readings || !flow->scope->start.target || resolver->check.machine->tested)
        return;
    prepare(&a, arena, flow);
    groups = ARENA_ARRAY(arena, a.nnumbers / GROUP + 1, struct reading *);
    ends = ARENA_ARRAY(arena, a.nnumbers / GROUP + 1, struct reading **);
    for (struct reading *r = flow->readings, *next; r; r = next) {
        uint32_t group = (a.number[r->variable->slot] - 1) / GROUP;

        *(groups[group] ? ends[group] : &groups[group]) = r;
        ends[group] = &r->next;
        next = r->next;
        r->next = NULL;
    }
    for (a.group = 0; a.group * GROUP < a.nnumbers; a.group++) {
        run_pass(&a);
        for (const struct reading *r = groups[a.group]; r; r = r->next)
            judge(resolver, &a, r);
    }
}

static void resolve_scope(struct resolver *resolver, struct scope *scope)
{
    struct flow flow = { .scope = scope, .parent = resolver->flow };

    flow.last = &flow.readings;
    resolver->flow = &flow;
    for (size_t i = 0; i < scope->nstates; i++)
        resolve_state(resolver, &scope->states[i]);
    resolver->flow = flow.parent;
    analyse(resolver, &flow);
}

void resolve_machine(struct diags *diags, struct machine *machine)
{
    struct resolver resolver = {
        .check = { .arena = diags->arena, .diags = diags, .machine = machine }
    };

    check_each_scope(machine->root, declare_scope, &resolver.check);
    check_each_scope(machine->root, check_clashes, &resolver.check);
    resolve_scope(&resolver, machine->root);
}
