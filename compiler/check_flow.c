/*
 * check_flow.c - names of states, transitions, and what they reach.
 *
 * An error must not bring others in its train: where the way on from a state that is
 * reached is broken, nothing is said about states that are then not reached, unless the
 * name meant can be guessed.
 */
#include <string.h>

#include "arena.h"
#include "check_rules.h"

/* MOST_COMPARED: names that are compared in search of those meant, in one machine. */
enum { LONGEST_STATE = 80, MOST_COMPARED = 1 << 21 };

void check_each_scope(struct scope *scope,
                      void (*visit)(struct scope *scope, void *data), void *data)
{
    visit(scope, data);
    for (size_t i = 0; i < scope->nstates; i++) {
        struct state *state = &scope->states[i];

        for (size_t k = 0; k < state->nbranches; k++)
            check_each_scope(state->branches[k], visit, data);
        if (state->processor)
            check_each_scope(state->processor, visit, data);
    }
}

/* ---- names -------------------------------------------------------------------- */

/* All names of the machine, in an open hash table. */
struct names {
    struct check *check;
    const struct state **table;
    size_t size;
    size_t count;
    size_t compared; /* see guess() */
};

/* The slot that holds the state of that name, or is free for it. */
static const struct state **name_slot(const struct names *names, const char *name,
                                      size_t len)
{
    uint64_t h = 14695981039346656037u;

    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)name[i]) * 1099511628211u;
    for (size_t at = (size_t)(h ^ h >> 32);; at++) {
        const struct state **slot = &names->table[at & (names->size - 1)];

        if (!*slot || ((*slot)->len == len && memcmp((*slot)->name, name, len) == 0))
            return slot;
    }
}

static void count_states(struct scope *scope, void *data)
{
    ((struct names *)data)->count += scope->nstates;
}

/* The state of that name seen before; else enters this one. */
static const struct state *enter_name(struct names *names, const struct state *state)
{
    const struct state **slot = name_slot(names, state->name, state->len);
    const struct state *first = *slot;

    if (!first)
        *slot = state;
    return first;
}

static void check_state_name(struct check *check, const struct state *state)
{
    size_t count = 0;

    for (size_t i = 0; i < state->len; i++)
        count += ((unsigned char)state->name[i] & 0xC0) != 0x80;
    if (count == 0 || count > LONGEST_STATE)
        report_member(
            check, BREACH_STATE_NAME, state->node, NULL,
            arena_printf(check->arena,
                         "a state's name has 1 to %d characters, this one %zu",
                         LONGEST_STATE, count));
}

static void check_names(struct scope *scope, void *data)
{
    struct names *names = data;
    struct check *check = names->check;

    for (size_t i = 0; i < scope->nstates; i++) {
        const struct state *state = &scope->states[i],
                           *first = enter_name(names, state);

        check_state_name(check, state);
        if (first && first->scope != scope) /* the reader has reported the rest */
            report_member(
                check, BREACH_DUPLICATE_STATE, state->node,
                arena_printf(
                    check->arena, "line %u has it already",
                    source_line(check->diags->source, first->node->key_span.begin)),
                arena_printf(check->arena, "duplicate state name `%s`", state->name));
    }
}

static void check_all_names(struct names *names)
{
    struct check *check = names->check;

    check_each_scope(check->machine->root, count_states, names);
    for (names->size = 4; names->size < 2 * names->count;)
        names->size *= 2;
    names->table = ARENA_ARRAY(check->arena, names->size, const struct state *);
    check_each_scope(check->machine->root, check_names, names);
}

/* ---- transitions -------------------------------------------------------------- */

/* The state of the scope whose name is nearest to a misspelt one, or NULL.  In a machine
 * where thousands of names are wrong only the first ones get a guess. */
static struct state *guess(struct names *names, const struct scope *scope,
                           const struct node *name, struct nearest *nearest)
{
    nearest_init(nearest, name->text);
    if (names->compared > MOST_COMPARED)
        return NULL;
    names->compared += scope->nstates;
    for (size_t i = 0; i < scope->nstates; i++)
        nearest_try(nearest, scope->states[i].name);
    return nearest->best ? scope_find(scope, nearest->best, strlen(nearest->best))
                         : NULL;
}

static void check_target(struct names *names, const struct scope *scope,
                         const struct transition *transition)
{
    struct check *check = names->check;
    const struct node *node = transition->node;
    struct nearest nearest;

    if (transition->target || !node_is_string(node) || node->unfilled ||
        scope->nstates == 0)
        return;
    guess(names, scope, node, &nearest);
    report(check, BREACH_TARGET, node,
           *name_slot(names, node->text, node->len)
               ? "a state of that name is in another scope; transitions stay within "
                 "one `States`"
               : nearest_note(&nearest, check->arena),
           "there is no state `%s` here", node->text);
}

/* ---- what is reached ---------------------------------------------------------- */

struct walk {
    struct names *names;
    struct scope *scope;
    struct state **stack;
    size_t depth;
    bool broken; /* from some state it is unknown where it goes on */
};

static void reach(struct walk *walk, struct state *state)
{
    if (state->reachable)
        return;
    state->reachable = true;
    walk->stack[walk->depth++] = state;
}

static void follow(struct walk *walk, const struct transition *transition)
{
    struct nearest nearest;
    struct state *state = transition->target;

    if (!transition->node)
        return;
    if (!state && node_is_string(transition->node) && !transition->node->unfilled)
        state = guess(walk->names, walk->scope, transition->node, &nearest);
    if (state)
        reach(walk, state);
    else
        walk->broken = true;
}

static bool has_way_on(const struct state *state)
{
    if (state->type == STATE_CHOICE)
        return state->otherwise.node || state->nrules;
    return state_is_terminal(state) || state->next.node;
}

static void leave_state(struct walk *walk, const struct state *state)
{
    const struct transition *transition;

    if (state->type == STATE_UNKNOWN || !has_way_on(state))
        walk->broken = true;
    for (size_t i = 0; i < state->nrules; i++)
        if (!state->rules[i].next.node)
            walk->broken = true;
    for (size_t i = 0; (transition = state_transition(state, i)); i++)
        follow(walk, transition);
}

static bool has_end(const struct scope *scope)
{
    for (size_t i = 0; i < scope->nstates; i++)
        if (scope->states[i].reachable && state_is_terminal(&scope->states[i]))
            return true;
    return false;
}

static void report_unreached(struct check *check, const struct scope *scope)
{
    for (size_t i = 0; i < scope->nstates; i++)
        if (!scope->states[i].reachable)
            report_member(check, BREACH_UNREACHABLE, scope->states[i].node, NULL,
                          arena_printf(check->arena, "state `%s` is not reachable",
                                       scope->states[i].name));
    if (!has_end(scope))
        report_member(check, BREACH_NO_END, scope->states_node,
                      "a terminal state is Succeed, Fail, or one with \"End\": true",
                      "no terminal state can be reached");
}

static void check_reach(struct names *names, struct scope *scope)
{
    struct walk walk = { .names = names, .scope = scope };
    struct check *check = names->check;

    if (scope->nstates == 0)
        return;
    walk.stack = ARENA_ARRAY(check->arena, scope->nstates, struct state *);
    walk.broken = !scope->start.node;
    follow(&walk, &scope->start);
    while (walk.depth)
        leave_state(&walk, walk.stack[--walk.depth]);
    if (!walk.broken)
        report_unreached(check, scope);
}

static void check_scope(struct scope *scope, void *data)
{
    const struct transition *transition;

    check_target(data, scope, &scope->start);
    for (size_t i = 0; i < scope->nstates; i++)
        for (size_t k = 0; (transition = state_transition(&scope->states[i], k)); k++)
            check_target(data, scope, transition);
    check_reach(data, scope);
}

void check_flow(struct check *check)
{
    struct names names = { .check = check };

    check_all_names(&names);
    check_each_scope(check->machine->root, check_scope, &names);
}
