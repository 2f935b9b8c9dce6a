/*
 * check_query.c - what an expression of a JSONata state refers to (expressions.md 4.3, 4.4).
 *
 * The input of an evaluation is nothing: `$`, `$$` and bare names at the top have no
 * meaning, and AWS refuses them.  Inside of a step, a predicate or a lambda they have.
 */
#include <string.h>

#include "arena.h"
#include "check_rules.h"
#include "check_types.h"

void jsonata_walk(const struct jsonata *node,
                  void (*visit)(const struct jsonata *node, void *data), void *data)
{
    if (!node)
        return;
    visit(node, data);
    jsonata_walk(node->left, visit, data);
    jsonata_walk(node->right, visit, data);
    jsonata_walk(node->third, visit, data);
    jsonata_walk(node->group, visit, data);
    for (size_t i = 0; i < node->count; i++)
        jsonata_walk(node->list[i], visit, data);
    for (size_t i = 0; i < node->nstages; i++)
        jsonata_walk(node->stages[i].filter, visit, data);
}

struct references {
    struct check *check;
    const struct node *node;
    bool result, error_output; /* members that $states has here */
    bool failed;               /* the first one is enough */
};

static bool key_is(const struct node *node, const char *key)
{
    return node->key_len == strlen(key) && memcmp(node->key, key, node->key_len) == 0;
}

static bool string_is(const struct node *node, const char *text)
{
    return node && node_is_string(node) && node->len == strlen(text) &&
           memcmp(node->text, text, node->len) == 0;
}

/* Which members $states has, by the field that the node is in. */
static void find_place(struct references *r)
{
    const struct node *owner, *type;

    for (const struct node *n = r->node; n->parent; n = n->parent) {
        if (!n->key || (!key_is(n, "Output") && !key_is(n, "Assign")))
            continue;
        owner = n->parent;
        type = node_is_object(owner) ? node_member(owner, "Type") : NULL;
        if (type)
            r->result = string_is(type, "Task") || string_is(type, "Parallel") ||
                        string_is(type, "Map");
        if (node_is_object(owner) && node_member(owner, "ErrorEquals"))
            r->error_output = true;
    }
}

static void refuse(struct references *r, const struct jsonata *at, const char *note,
                   const char *message)
{
    struct part part = { at->span.start + 2, at->span.end + 2 }; /* behind {% */

    if (!r->failed)
        report_part(r->check, BREACH_UNSUPPORTED_JSONATA, r->node, part, note, message);
    r->failed = true;
}

static bool text_is(const struct jsonata *at, const char *text)
{
    return at->text.len == strlen(text) && memcmp(at->text.text, text, at->text.len) == 0;
}

/* What a wrong member of $states was meant to be. */
static const char *nearest_member(const struct references *r, const struct jsonata *member)
{
    struct arena *arena = r->check->arena;
    struct nearest nearest;

    nearest_init(&nearest, arena_copy(arena, member->text.text, member->text.len));
    nearest_try(&nearest, "input");
    nearest_try(&nearest, "context");
    if (r->result)
        nearest_try(&nearest, "result");
    if (r->error_output)
        nearest_try(&nearest, "errorOutput");
    return nearest_note(&nearest, arena);
}

/* `$states.result` where there is none. */
static void check_states(struct references *r, const struct jsonata *path)
{
    const struct jsonata *member = path->count > 1 ? path->list[1] : NULL;
    struct arena *arena = r->check->arena;

    if (path->list[0]->kind != JSONATA_VARIABLE || !text_is(path->list[0], "states") || !member ||
        member->kind != JSONATA_NAME)
        return;
    if (text_is(member, "input") || text_is(member, "context") ||
        (text_is(member, "result") && r->result) ||
        (text_is(member, "errorOutput") && r->error_output))
        return;
    refuse(r, member, nearest_member(r, member),
           arena_printf(arena, "Field '$states.%.*s' does not exist.", (int)member->text.len,
                        member->text.text));
}

static void walk(struct references *r, const struct jsonata *at, bool top);

static void walk_list(struct references *r, const struct jsonata *at, bool top)
{
    for (size_t i = 0; i < at->count; i++)
        walk(r, at->list[i], top && (at->kind != JSONATA_PATH || i == 0));
}

/* A bare name: of a function without its `$`, or of a part of the input. */
static const char *meant_by(const struct references *r, const struct jsonata *at)
{
    struct arena *arena = r->check->arena;
    const char *name = arena_copy(arena, at->text.text, at->text.len);

    return check_function(&at->text) >= 0
               ? arena_printf(arena, "functions are called with `$`: `$%s`", name)
               : arena_printf(arena, "the state's input is `$states.input`: `$states.input.%s`",
                              name);
}

static void check_root(struct references *r, const struct jsonata *at)
{
    struct arena *arena = r->check->arena;

    if (at->kind == JSONATA_VARIABLE && (at->text.len == 0 || text_is(at, "$")))
        refuse(r, at,
               "the state's input is `$states.input`, the context object `$states.context`",
               arena_printf(arena, "Reference to '$%.*s' is not supported.", (int)at->text.len,
                            at->text.text));
    if (at->kind == JSONATA_NAME)
        refuse(r, at, meant_by(r, at),
               arena_printf(arena, "Reference to '%.*s' at the top level is not supported.",
                            (int)at->text.len, at->text.text));
}

/* TOP: the context is the evaluation's input. */
static void walk(struct references *r, const struct jsonata *at, bool top)
{
    if (!at || r->failed)
        return;
    if (at->kind == JSONATA_PATH && at->count > 0)
        check_states(r, at);
    if (top || (at->kind == JSONATA_VARIABLE && text_is(at, "$")))
        check_root(r, at);
    if (at->kind == JSONATA_LAMBDA || at->kind == JSONATA_TRANSFORM)
        top = false;
    if (at->kind != JSONATA_LAMBDA)
        walk_list(r, at, top);
    walk(r, at->left, top);
    walk(r, at->right, top);
    walk(r, at->third, top);
    walk(r, at->group, false);
    for (size_t i = 0; i < at->nstages; i++)
        walk(r, at->stages[i].filter, false);
}

void check_query(struct check *check, const struct node *node)
{
    struct references r = {.check = check, .node = node};

    find_place(&r);
    walk(&r, node->query, true);
}
