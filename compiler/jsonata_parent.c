/* JSONata: whose object `%` is (jsonata.md 4).
 *
 * Each % looks for the step whose context it means, one object up at first: back over
 * the steps before it, where a name or wildcard is one object less to go and another %
 * one more; a block or path is entered at its end.  A step that is found gets a label,
 * and what is looked for in vain inside of a node is looked for in the path around it.
 */
#include "base.h"

#include <string.h>

#include "arena.h"
#include "jsonata_parts.h"

struct draft *parent_new(struct query *q, struct draft *parent)
{
    if (++q->parents > JSONATA_MAX_PARENTS) {
        query_refuse(q, parent->tree.span.start,
                     "The expression has more than %d parent operators",
                     JSONATA_MAX_PARENTS);
        return NULL;
    }
    parent->level = 1;
    return parent;
}

static void add_seeking(struct query *q, struct draft *node, struct draft *parent)
{
    if (node->nseeking == node->seeking_room) {
        node->seeking_room = node->nseeking ? 2 * node->nseeking : 4;
        struct draft **list = ARENA_ARRAY(q->arena, node->seeking_room, struct draft *);
        if (node->nseeking)
            memcpy(list, node->seeking, node->nseeking * sizeof *list);
        node->seeking = list;
    }
    node->seeking[node->nseeking++] = parent;
}

void parent_push(struct query *q, struct draft *result, struct draft *value)
{
    for (size_t i = 0; i < value->nseeking; i++)
        add_seeking(q, result, value->seeking[i]);
    if (value->tree.kind == JSONATA_PARENT)
        add_seeking(q, result, value);
}

void parent_start(struct query *q, struct draft *path, struct draft *parent)
{
    add_seeking(q, path, parent);
}

/* NODE is the step that PARENT looked for. */
static void found(struct query *q, struct jsonata *node, struct draft *parent)
{
    if (!node->ancestor)
        node->ancestor = ++q->labels;
    node->tuple = true;
    parent->tree.label = node->ancestor;
}

/* Looks for the object of PARENT in NODE and takes from its level what is gone up
 * there. */
static bool seek(struct query *q, struct jsonata *node, struct draft *parent)
{
    if (node->kind == JSONATA_NAME || node->kind == JSONATA_WILDCARD) {
        if (--parent->level == 0)
            found(q, node, parent);
    } else if (node->kind == JSONATA_PARENT) {
        parent->level++;
    } else if (node->kind == JSONATA_BLOCK) {
        if (node->count == 0)
            return true;
        node->tuple = true;
        return seek(q, node->list[node->count - 1], parent);
    } else if (node->kind == JSONATA_PATH) {
        node->tuple = true;
        for (size_t i = node->count; i > 0 && parent->level > 0; i--)
            if (!seek(q, node->list[i - 1], parent))
                return false;
    } else {
        return query_fail(q, "S0217", parent->tree.span.start, "", "");
    }
    return true;
}

/* Looks for the object of PARENT in the steps of PATH before the last one. */
static bool seek_before(struct query *q, struct draft *path, struct draft *parent)
{
    struct jsonata **steps = path->tree.list;
    size_t i = path->tree.count - 1;

    while (parent->level > 0 && i > 0) {
        struct jsonata *step = steps[--i];
        /* Steps in a row that bind their context are about the same object. */
        while (i > 0 && step->focus.len && steps[i - 1]->focus.len)
            step = steps[--i];
        if (!seek(q, step, parent))
            return false;
    }
    if (parent->level > 0)
        add_seeking(q, path, parent);
    return true;
}

bool parent_resolve(struct query *q, struct draft *path)
{
    struct draft *last = draft_of(path->tree.list[path->tree.count - 1]);

    for (size_t i = 0; i < last->nseeking; i++)
        if (!seek_before(q, path, last->seeking[i]))
            return false;
    return last->tree.kind != JSONATA_PARENT || seek_before(q, path, last);
}

bool parent_predicate(struct query *q, struct draft *step, struct draft *predicate)
{
    if (!predicate->nseeking)
        return true; /* a % alone does not look either */
    for (size_t i = 0; i < predicate->nseeking; i++) {
        struct draft *parent = predicate->seeking[i];
        if (parent->level != 1)
            parent->level--;
        else if (!seek(q, &step->tree, parent))
            return false;
    }
    parent_push(q, step, predicate);
    return true;
}

bool parent_finish(struct query *q, struct draft *root)
{
    if (root->tree.kind == JSONATA_PARENT)
        return query_fail(q, "S0217", root->tree.span.start, "", "");
    if (root->nseeking)
        return query_fail(q, "S0217", root->seeking[0]->tree.span.start, "", "");
    return true;
}
