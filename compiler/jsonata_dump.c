/* JSONata: a tree as one line of text.
 *
 *   (kind 'text' property ... part ... [predicate] ... {group})
 *
 * Binary operations have their operator for a kind.  Parts come in the order they are
 * written in, those of an order-by each behind its `<` or `>`, a lambda's parameters as
 * $name and before its body.  An index stage is [#'name'].
 */
#include "base.h"

#include <stdio.h>

#include "jsonata.h"

static const char *const kinds[] = {
    [JSONATA_PATH] = "path",
    [JSONATA_NAME] = "name",
    [JSONATA_STRING] = "string",
    [JSONATA_NUMBER] = "number",
    [JSONATA_TRUE] = "true",
    [JSONATA_FALSE] = "false",
    [JSONATA_NULL] = "null",
    [JSONATA_REGEX] = "regex",
    [JSONATA_VARIABLE] = "variable",
    [JSONATA_WILDCARD] = "wildcard",
    [JSONATA_DESCENDANT] = "descendant",
    [JSONATA_PARENT] = "parent",
    [JSONATA_NEGATE] = "negate",
    [JSONATA_BINARY] = "binary",
    [JSONATA_ARRAY] = "array",
    [JSONATA_OBJECT] = "object",
    [JSONATA_BLOCK] = "block",
    [JSONATA_BIND] = "bind",
    [JSONATA_CONDITION] = "condition",
    [JSONATA_CALL] = "call",
    [JSONATA_PARTIAL] = "partial",
    [JSONATA_PLACE] = "place",
    [JSONATA_LAMBDA] = "lambda",
    [JSONATA_APPLY] = "apply",
    [JSONATA_SORT] = "sort",
    [JSONATA_TRANSFORM] = "transform",
};

const char *jsonata_op_name(enum jsonata_op op)
{
    static const char *const ops[] = {
        [JSONATA_ADD] = "+",      [JSONATA_SUBTRACT] = "-",
        [JSONATA_MULTIPLY] = "*", [JSONATA_DIVIDE] = "/",
        [JSONATA_MODULO] = "%",   [JSONATA_CONCAT] = "&",
        [JSONATA_EQUAL] = "=",    [JSONATA_UNEQUAL] = "!=",
        [JSONATA_LESS] = "<",     [JSONATA_LESS_EQUAL] = "<=",
        [JSONATA_GREATER] = ">",  [JSONATA_GREATER_EQUAL] = ">=",
        [JSONATA_IN] = "in",      [JSONATA_AND] = "and",
        [JSONATA_OR] = "or",      [JSONATA_RANGE] = "..",
    };

    return ops[op];
}

static void dump_node(const struct jsonata *node, FILE *out);

static void dump_text(struct expr_text text, FILE *out)
{
    putc('\'', out);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.text[i];
        if (c < 0x20 || c == 0x7f)
            fprintf(out, "\\x%02x", c);
        else if (c == '\'' || c == '\\')
            fprintf(out, "\\%c", c);
        else
            putc(c, out);
    }
    putc('\'', out);
}

static bool has_text(const struct jsonata *node)
{
    return node->kind == JSONATA_NAME || node->kind == JSONATA_STRING ||
           node->kind == JSONATA_NUMBER || node->kind == JSONATA_REGEX ||
           node->kind == JSONATA_VARIABLE || node->kind == JSONATA_BIND ||
           (node->kind == JSONATA_LAMBDA && node->text.len);
}

static void dump_flag(bool is_set, const char *name, FILE *out)
{
    if (is_set)
        fprintf(out, " %s", name);
}

static void dump_variable(struct expr_text name, char sign, FILE *out)
{
    if (!name.len)
        return;
    fprintf(out, " %c", sign);
    dump_text(name, out);
}

static void dump_properties(const struct jsonata *node, FILE *out)
{
    dump_flag(node->keep_array, "keep-array", out);
    dump_flag(node->keep, "keep", out);
    dump_flag(node->cons, "cons", out);
    dump_flag(node->tail, "tail", out);
    dump_flag(node->tuple, "tuple", out);
    dump_variable(node->focus, '@', out);
    dump_variable(node->index, '#', out);
    if (node->ancestor)
        fprintf(out, " ancestor=%d", node->ancestor);
    if (node->kind == JSONATA_PARENT)
        fprintf(out, " label=%d", node->label);
}

static void dump_part(const struct jsonata *part, FILE *out)
{
    if (!part)
        return;
    putc(' ', out);
    dump_node(part, out);
}

static void dump_list(const struct jsonata *node, FILE *out)
{
    for (size_t i = 0; i < node->count; i++) {
        if (node->descending)
            fputs(node->descending[i] ? " >" : " <", out);
        if (node->kind == JSONATA_LAMBDA) {
            fputs(" $", out);
            dump_text(node->list[i]->text, out);
        } else {
            dump_part(node->list[i], out);
        }
    }
}

static void dump_stages(const struct jsonata *node, FILE *out)
{
    dump_flag(node->predicates, "own", out);
    for (size_t i = 0; i < node->nstages; i++) {
        const struct jsonata_stage *stage = &node->stages[i];
        fputs(" [", out);
        if (stage->filter) {
            dump_node(stage->filter, out);
        } else {
            putc('#', out);
            dump_text(stage->index, out);
        }
        putc(']', out);
    }
}

static void dump_node(const struct jsonata *node, FILE *out)
{
    fprintf(out, "(%s",
            node->kind == JSONATA_BINARY ? jsonata_op_name(node->op) : kinds[node->kind]);
    if (has_text(node)) {
        putc(' ', out);
        dump_text(node->text, out);
    }
    if (node->flags.len)
        fprintf(out, " %.*s", (int)node->flags.len, node->flags.text);
    dump_properties(node, out);
    dump_part(node->left, out);
    dump_list(node, out);
    dump_part(node->right, out);
    dump_part(node->third, out);
    dump_stages(node, out);
    if (node->group) {
        fputs(" {", out);
        dump_node(node->group, out);
        putc('}', out);
    }
    putc(')', out);
}

void jsonata_dump(const struct jsonata *node, void *file)
{
    dump_node(node, file);
    putc('\n', file);
}
