/*
 * expressions.c - JSONata expressions without a workflow around them.
 */
#include "expressions.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "lower_jsonata.h"

struct variables {
    struct arena *arena;
    const struct node *names; /* an array, or NULL */
};

static bool find(void *user, const struct expr_text *name, const char **code)
{
    struct variables *variables = user;

    for (const struct node *n = variables->names ? node_child(variables->names) : NULL; n;
         n = node_next(n))
        if (n->len == name->len && memcmp(n->text, name->text, n->len) == 0) {
            *code = arena_printf(variables->arena, "asl_get(e->result, \"%s\")", n->text);
            return true;
        }
    return false;
}

static const char *escaped(struct arena *arena, const char *text)
{
    char *copy = arena_alloc(arena, 2 * strlen(text) + 1), *to = copy;

    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            *to++ = '\\';
        *to++ = *text == '\n' ? ' ' : *text;
    }
    return copy;
}

/* One expression: its functions to OUT, its line of the table to TABLE. */
static void emit_one(struct diags *diags, const struct node *node, size_t number,
                     struct text *out, struct text *table)
{
    const struct node *text = node_is_object(node) ? node_member(node, "expression") : node;
    struct variables variables = {diags->arena,
                                  node_is_object(node) ? node_member(node, "variables") : NULL};
    struct jsonata_names names = {find, &variables};
    struct jsonata_emit emit = {.arena = diags->arena,
                                .out = out,
                                .name = arena_printf(diags->arena, "e%zu", number),
                                .names = &names,
                                .has_input = true};
    struct jsonata_error error = {0};
    struct jsonata *root =
        jsonata_parse(diags->arena, text->text, text->len, &emit.labels, &error);

    if (!root) {
        text_printf(table, "    { NULL, \"%s\", \"%s\", %zu },\n", error.code,
                    escaped(diags->arena, error.message), error.offset);
        return;
    }
    jsonata_emit(&emit, root);
    text_printf(table, "    { %s, NULL, NULL, 0 },\n", emit.name);
}

bool expressions_emit(struct diags *diags, const struct node *root, struct text *out)
{
    struct text table = {0};
    size_t number = 0;

    text_puts(out, "#include <aslrt/jsonata.h>\n\n");
    for (const struct node *n = node_is_array(root) ? node_child(root) : NULL; n;
         n = node_next(n)) {
        const struct node *text = node_is_object(n) ? node_member(n, "expression") : n;
        if (!text || !node_is_string(text)) {
            diags_add(diags, &(struct diag){.severity = SEVERITY_ERROR,
                                            .span = n->span,
                                            .message = "expected an expression, a string"});
            return false;
        }
        emit_one(diags, n, ++number, out, &table);
    }
    text_printf(out,
                "\nstatic const struct expression {\n"
                "    asl_value (*run)(asl_eval *e);\n"
                "    const char *code, *message;\n"
                "    long offset;\n"
                "} expressions[] = {\n%s};\n"
                "static const size_t nexpressions = %zu;\n",
                table.text ? table.text : "    { NULL, \"\", \"\", 0 }", number);
    free(table.text);
    return true;
}
