/* JSONata: from what is written to what it means (jsonata.md 4).
 *
 * Dots become the steps of one path; predicates, [], @, # and {} go to the step or node
 * that they qualify; the calls that end a lambda become tail calls.  Where nodes carry
 * what is of no use there (the predicates of a first step stay with its value; a group
 * in the middle of a path is that of the whole) this follows the reference
 * implementation, since results show it.
 */
#include "base.h"

#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "jsonata_parts.h"
#include "number.h"

/* ---- paths ---- */

static struct draft *last_step(const struct draft *path)
{
    return draft_of(path->tree.list[path->tree.count - 1]);
}

static void add_step(struct query *q, struct draft *path, struct draft *step)
{
    query_append(q, path, step);
    path->keeps |= step->tree.keep_array;
    if (step->tree.span.end > path->tree.span.end)
        path->tree.span.end = step->tree.span.end;
}

/* NODE, if that is a path, else a path of it. */
static struct draft *as_path(struct query *q, struct draft *node)
{
    if (node->tree.kind == JSONATA_PATH)
        return node;
    struct draft *path = query_node(q, JSONATA_PATH, node->tree.span);
    if (path)
        add_step(q, path, node);
    return path;
}

static struct draft *settle_name(struct query *q, struct draft *name)
{
    struct draft *path = as_path(q, name);

    if (path)
        path->tree.keep = path->tree.keep_array = name->tree.keep_array;
    return path;
}

static bool refuse_literal(struct query *q, const struct jsonata *step)
{
    char value[ASL__NUMBER_SIZE];

    if (step->kind == JSONATA_NUMBER)
        asl__double_print_js(value, step->number);
    else /* true, false or null */
        snprintf(value, sizeof value, "%.*s", (int)step->text.len, step->text.text);
    return query_fail(q, "S0213", step->span.start, "", value);
}

/* Steps that are strings are names; other literals are none. */
static bool check_steps(struct query *q, struct draft *path)
{
    for (; path->checked < path->tree.count; path->checked++) {
        struct jsonata *step = path->tree.list[path->checked];
        if (step->kind == JSONATA_NUMBER || step->kind == JSONATA_TRUE ||
            step->kind == JSONATA_FALSE || step->kind == JSONATA_NULL)
            return refuse_literal(q, step);
        if (step->kind == JSONATA_STRING)
            step->kind = JSONATA_NAME;
    }
    return true;
}

static void mark_array(struct draft *step)
{
    if (step->tree.kind == JSONATA_ARRAY)
        step->tree.cons = true;
}

/* Puts what stands behind a dot at the end of PATH. */
static bool join(struct query *q, struct draft *path, struct draft *rest)
{
    if (rest->tree.kind == JSONATA_PATH) {
        for (size_t i = 0; i < rest->tree.count; i++)
            add_step(q, path, draft_of(rest->tree.list[i]));
    } else {
        rest->tree.predicates = false;
        add_step(q, path, rest);
    }
    if (rest->tree.span.end > path->tree.span.end)
        path->tree.span.end = rest->tree.span.end;
    if (!check_steps(q, path))
        return false;
    path->tree.keep |= path->keeps;
    mark_array(draft_of(path->tree.list[0]));
    mark_array(last_step(path));
    return parent_resolve(q, path);
}

/* left . right . ... */
static struct draft *settle_dot(struct query *q, struct draft *raw)
{
    struct draft *first = query_settle(q, draft_of(raw->tree.list[0]));
    struct draft *path = first ? as_path(q, first) : NULL;

    if (!path)
        return NULL;
    if (first->tree.kind == JSONATA_PARENT)
        parent_start(q, path, first);
    for (size_t i = 1; i < raw->tree.count; i++) {
        struct draft *rest = query_settle(q, draft_of(raw->tree.list[i]));
        if (!rest || !join(q, path, rest))
            return NULL;
    }
    return path;
}

/* ---- what qualifies a step or node ---- */

/* Extends RESULT, and STEP if that is its last step, up to where RAW ends. */
static void extend(struct draft *result, struct draft *step, const struct draft *raw)
{
    result->tree.span.end = raw->tree.span.end;
    step->tree.span.end = raw->tree.span.end;
}

/* What a predicate or binding on NODE is about. */
static struct draft *target_of(struct draft *node)
{
    return node->tree.kind == JSONATA_PATH ? last_step(node) : node;
}

static void add_stage(struct query *q, struct draft *step,
                      const struct jsonata_stage *stage)
{
    struct jsonata *tree = &step->tree;

    if ((tree->nstages & (tree->nstages - 1)) == 0) {
        size_t room = tree->nstages ? 2 * tree->nstages : 1;
        struct jsonata_stage *stages =
            ARENA_ARRAY(q->arena, room, struct jsonata_stage);
        if (tree->nstages)
            memcpy(stages, tree->stages, tree->nstages * sizeof *stages);
        tree->stages = stages;
    }
    tree->stages[tree->nstages++] = *stage;
}

/* left[right] */
static struct draft *settle_filter(struct query *q, struct draft *raw)
{
    struct draft *result = query_settle(q, draft_of(raw->tree.left));

    if (!result)
        return NULL;
    struct draft *step = target_of(result);
    if (step->tree.group) {
        query_fail(q, "S0209", raw->place, "", "");
        return NULL;
    }
    struct draft *filter = query_settle(q, draft_of(raw->tree.right));
    if (!filter || !parent_predicate(q, step, filter))
        return NULL;
    add_stage(q, step, &(struct jsonata_stage){ .filter = &filter->tree });
    step->tree.predicates |= step == result;
    extend(result, step, raw);
    return result;
}

/* left{list} */
static struct draft *settle_group(struct query *q, struct draft *raw)
{
    struct draft *result = query_settle(q, draft_of(raw->tree.left));

    if (!result)
        return NULL;
    if (result->tree.group) {
        query_fail(q, "S0210", raw->place, "", "");
        return NULL;
    }
    struct draft *object = query_node(
        q, JSONATA_OBJECT, (struct expr_span){ raw->place, raw->tree.span.end });
    if (!object)
        return NULL;
    for (size_t i = 0; i < raw->tree.count; i++) {
        struct draft *item = query_settle(q, draft_of(raw->tree.list[i]));
        if (!item)
            return NULL;
        query_append(q, object, item);
    }
    result->tree.group = &object->tree;
    result->tree.span.end = raw->tree.span.end;
    return result;
}

/* left^(list) */
static struct draft *settle_order(struct query *q, struct draft *raw)
{
    struct draft *result = query_settle(q, draft_of(raw->tree.left));
    struct draft *path = result ? as_path(q, result) : NULL;
    struct draft *sort = query_node(
        q, JSONATA_SORT, (struct expr_span){ raw->place, raw->tree.span.end });

    if (!path || !sort)
        return NULL;
    sort->tree.descending = raw->tree.descending;
    for (size_t i = 0; i < raw->tree.count; i++) {
        struct draft *term = query_settle(q, draft_of(raw->tree.list[i]));
        if (!term)
            return NULL;
        parent_push(q, sort, term);
        query_append(q, sort, term);
    }
    add_step(q, path, sort);
    return parent_resolve(q, path) ? path : NULL;
}

/* left@$text */
static struct draft *settle_focus(struct query *q, struct draft *raw)
{
    struct draft *result = query_settle(q, draft_of(raw->tree.left));

    if (!result)
        return NULL;
    struct draft *step = target_of(result);
    if (step->tree.nstages || step->tree.kind == JSONATA_SORT) {
        query_fail(q, step->tree.nstages ? "S0215" : "S0216", raw->place, "", "");
        return NULL;
    }
    step->tree.keep_array |= raw->tree.keep_array;
    result->keeps |= step->tree.keep_array;
    step->tree.focus = raw->tree.text;
    step->tree.tuple = true;
    extend(result, step, raw);
    return result;
}

/* left#$text */
static struct draft *settle_index(struct query *q, struct draft *raw)
{
    struct draft *node = query_settle(q, draft_of(raw->tree.left));
    struct draft *result = node ? as_path(q, node) : NULL;

    if (!result)
        return NULL;
    struct draft *step = last_step(result);
    if (result != node)
        step->tree.predicates = false;
    if (step->tree.nstages)
        add_stage(q, step, &(struct jsonata_stage){ .index = raw->tree.text });
    else
        step->tree.index = raw->tree.text;
    step->tree.tuple = true;
    extend(result, step, raw);
    return result;
}

/* ---- other nodes ---- */

/* Settles the part of NODE at *PART, if there is one; INSIDE: a % in it may be about
 * what is outside of NODE. */
static struct draft *settle_part(struct query *q, struct draft *node,
                                 struct jsonata **part, bool inside)
{
    struct draft *settled = query_settle(q, draft_of(*part));

    if (!settled)
        return NULL;
    *part = &settled->tree;
    if (inside)
        parent_push(q, node, settled);
    return settled;
}

static bool settle_parts(struct query *q, struct draft *node, bool inside)
{
    struct jsonata *tree = &node->tree;

    return (!tree->left || settle_part(q, node, &tree->left, inside)) &&
           (!tree->right || settle_part(q, node, &tree->right, inside)) &&
           (!tree->third || settle_part(q, node, &tree->third, inside));
}

static bool settle_list(struct query *q, struct draft *node)
{
    for (size_t i = 0; i < node->tree.count; i++)
        if (!settle_part(q, node, &node->tree.list[i], true))
            return false;
    return true;
}

/* The literal -NUMBER. */
static struct draft *fold(struct query *q, const struct draft *minus,
                          struct draft *number)
{
    struct expr_text *text = &number->tree.text;

    number->tree.number = -number->tree.number;
    number->tree.span.start = minus->tree.span.start;
    if (text->text[0] == '-') {
        text->text++;
        text->len--;
    } else {
        char *negative = ARENA_ARRAY(q->arena, text->len + 1, char);
        negative[0] = '-';
        memcpy(negative + 1, text->text, text->len);
        *text = (struct expr_text){ negative, text->len + 1 };
    }
    return number;
}

static struct draft *settle_negate(struct query *q, struct draft *node)
{
    struct draft *value = query_settle(q, draft_of(node->tree.left));

    if (!value)
        return NULL;
    if (value->tree.kind == JSONATA_NUMBER)
        return fold(q, node, value);
    node->tree.left = &value->tree;
    parent_push(q, node, value);
    return node;
}

static struct draft *settle_block(struct query *q, struct draft *block)
{
    if (!settle_list(q, block))
        return NULL;
    for (size_t i = 0; i < block->tree.count; i++) {
        const struct jsonata *part = block->tree.list[i];
        block->tree.cons |=
            part->cons || (part->kind == JSONATA_PATH && part->list[0]->cons);
    }
    return block;
}

/* Marks the calls whose value is that of the lambda whose body ends in NODE. */
static void mark_tail(struct jsonata *node)
{
    if (node->nstages)
        return;
    if (node->kind == JSONATA_CALL) {
        node->tail = true;
    } else if (node->kind == JSONATA_CONDITION) {
        mark_tail(node->right);
        if (node->third)
            mark_tail(node->third);
    } else if (node->kind == JSONATA_BLOCK && node->count && !node->group) {
        mark_tail(node->list[node->count - 1]);
    }
}

static struct draft *settle_lambda(struct query *q, struct draft *lambda)
{
    if (!settle_parts(q, lambda, false))
        return NULL;
    mark_tail(lambda->tree.right);
    return lambda;
}

static struct draft *settle_apply(struct query *q, struct draft *node)
{
    if (!settle_parts(q, node, false))
        return NULL;
    node->tree.keep_array |= node->tree.left->keep_array | node->tree.right->keep_array;
    return node;
}

/* The arguments first, as a % in them is counted first. */
static struct draft *settle_call(struct query *q, struct draft *call)
{
    return settle_list(q, call) && settle_parts(q, call, false) ? call : NULL;
}

static struct draft *settle_end(struct query *q, const struct draft *end)
{
    query_fail(q, "S0207", end->tree.span.start, "", "");
    return NULL;
}

static struct draft *settle_node(struct query *q, struct draft *node)
{
    switch (node->tree.kind) {
    case JSONATA_NAME: return settle_name(q, node);
    case JSONATA_PARENT: return parent_new(q, node);
    case JSONATA_NEGATE: return settle_negate(q, node);
    case JSONATA_BINARY:
    case JSONATA_BIND:
    case JSONATA_CONDITION: return settle_parts(q, node, true) ? node : NULL;
    case JSONATA_ARRAY:
    case JSONATA_OBJECT: return settle_list(q, node) ? node : NULL;
    case JSONATA_BLOCK: return settle_block(q, node);
    case JSONATA_CALL:
    case JSONATA_PARTIAL: return settle_call(q, node);
    case JSONATA_LAMBDA: return settle_lambda(q, node);
    case JSONATA_APPLY: return settle_apply(q, node);
    case JSONATA_TRANSFORM: return settle_parts(q, node, false) ? node : NULL;
    case JSONATA_PATH:
    case JSONATA_STRING:
    case JSONATA_NUMBER:
    case JSONATA_TRUE:
    case JSONATA_FALSE:
    case JSONATA_NULL:
    case JSONATA_REGEX:
    case JSONATA_VARIABLE:
    case JSONATA_WILDCARD:
    case JSONATA_DESCENDANT:
    case JSONATA_PLACE:
    case JSONATA_SORT: break;
    }
    return node;
}

static struct draft *settle_form(struct query *q, struct draft *raw)
{
    switch (raw->form) {
    case FORM_NODE: break;
    case FORM_END: return settle_end(q, raw);
    case FORM_DOT: return settle_dot(q, raw);
    case FORM_FILTER: return settle_filter(q, raw);
    case FORM_GROUP: return settle_group(q, raw);
    case FORM_ORDER: return settle_order(q, raw);
    case FORM_FOCUS: return settle_focus(q, raw);
    case FORM_INDEX: return settle_index(q, raw);
    }
    return settle_node(q, raw);
}

struct draft *query_settle(struct query *q, struct draft *raw)
{
    struct draft *result = settle_form(q, raw);

    if (result)
        result->tree.keep_array |= raw->tree.keep_array;
    return result;
}
