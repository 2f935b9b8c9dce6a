/*
 * check_template.c - paths, payload templates and Assign: parses what is evaluated in
 * JSONPath states, and hangs the trees on the nodes.
 */
#include <string.h>

#include "arena.h"
#include "check_rules.h"
#include "expr.h"

enum { LONGEST_VARIABLE = 80 };

/* The tree is const for all passes but this one. */
static void set_expr(const struct node *node, struct expr *expr)
{
    ((struct node *)(uintptr_t)node)->expr = expr;
}

static void report_error(struct check *check, enum breach breach,
                         const struct node *node, const struct expr_error *error,
                         const char *what)
{
    report_inside(check, breach, node, error->offset,
                  arena_printf(check->arena, "`%s` %s: %s",
                               node->key ? node->key : "this", what, error->message));
}

/* A path or a call: both may be wrong in their ways. */
static void check_template_value(struct check *check, const struct node *node)
{
    struct expr_error error;
    struct expr *expr;

    if (node->unfilled)
        return;
    if (!node_is_string(node)) {
        report(
            check, BREACH_TEMPLATE_VALUE, node, NULL,
            "the value of `%s` must be a path or an intrinsic function call, found %s",
            node->key, node_kind(node));
        return;
    }
    if (node->len && (node->text[0] == ' ' || node->text[0] == '\t')) {
        report_inside(
            check, BREACH_TEMPLATE_VALUE, node, 0,
            "a path or an intrinsic function call must not begin with a blank");
        return;
    }
    expr = parse_template_value(check->arena, node->text, node->len, &error);
    if (!expr)
        report_error(check, BREACH_TEMPLATE_VALUE, node, &error,
                     "must be a path or an intrinsic function call");
    else if (!check_intrinsic(expr, &error))
        report_error(check, BREACH_INTRINSIC, node, &error, "is called wrongly");
    set_expr(node, expr);
}

/* ErrorPath, CausePath. */
static void check_string_path(struct check *check, const struct node *node)
{
    struct expr_error error;

    if (node->len && node->text[0] == '$') {
        set_expr(node, parse_reference_path(check->arena, node->text, node->len,
                                            ALLOW_ANY_ROOT, &error));
        if (!node->expr)
            report_error(check, BREACH_REFERENCE_PATH, node, &error,
                         "must be a Reference Path");
        return;
    }
    check_template_value(check, node);
}

static void check_reference_path(struct check *check, unsigned roots,
                                 const struct node *node)
{
    struct expr_error error;
    struct expr *expr =
        parse_reference_path(check->arena, node->text, node->len, roots, &error);

    if (!expr)
        report_error(check, BREACH_REFERENCE_PATH, node, &error,
                     "must be a Reference Path");
    set_expr(node, expr);
}

static void check_any_path(struct check *check, const struct node *node)
{
    struct expr_error error;
    struct expr *expr = parse_path(check->arena, node->text, node->len, &error);

    if (!expr)
        report_error(check, BREACH_PATH, node, &error, "must be a path");
    set_expr(node, expr);
}

void check_path(struct check *check, enum field_kind kind, const struct node *node)
{
    if (!node_is_string(node) || node->unfilled)
        return;
    if (kind == KIND_PATH_OR_NULL)
        check_any_path(check, node);
    else if (kind == KIND_STRING_PATH)
        check_string_path(check, node);
    else
        check_reference_path(
            check, kind == KIND_RESULT_PATH ? ALLOW_INPUT : ALLOW_ANY_ROOT, node);
}

/* Does the member's name stand in its object without (with) `.$` too? */
static void check_twice(struct check *check, const struct node *member, size_t len)
{
    const struct node *other = node_member_n(member->parent, member->key, len);

    if (other)
        report_in(check, BREACH_TEMPLATE_TWICE, member,
                  arena_printf(check->arena,
                               "the name `%s` stands twice here once `.$` is removed",
                               other->key));
}

/* AWS: NO_DOLLAR. */
static void check_no_dollar(struct check *check, const struct node *node)
{
    if (node->key && node_is_string(node) && node->len > 1 && node->text[0] == '$' &&
        (node->text[1] == '.' || node->text[1] == '$' || node->text[1] == '['))
        report(check, BREACH_NO_DOLLAR, node,
               arena_printf(check->arena, "to have it evaluated, name the field `%s.$`",
                            node->key),
               "this looks like a path, but is taken literally");
}

static void check_template_member(struct check *check, const struct node *member)
{
    size_t len;

    if (!node_is_dynamic(member, &len)) {
        check_no_dollar(check, member);
        check_template(check, member);
        return;
    }
    check_twice(check, member, len);
    check_template_value(check, member);
}

void check_template(struct check *check, const struct node *node)
{
    for (struct node *one = node_child(node); one; one = node_next(one))
        if (node_is_object(node))
            check_template_member(check, one);
        else
            check_template(check, one);
}

/* ---- Assign ------------------------------------------------------------------- */

static bool is_letter(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c >= 0x80;
}

/* UAX #31, as far as ASCII goes. */
static bool is_variable_name(const char *name, size_t len)
{
    if (len == 0 || !is_letter((unsigned char)name[0]))
        return false;
    for (size_t i = 1; i < len; i++)
        if (!is_letter((unsigned char)name[i]) && name[i] != '_' &&
            !(name[i] >= '0' && name[i] <= '9'))
            return false;
    return true;
}

static size_t count_characters(const char *text, size_t len)
{
    size_t count = 0;

    for (size_t i = 0; i < len; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

static void check_variable(struct check *check, const struct node *member, size_t len)
{
    const char *message = NULL;

    if (!is_variable_name(member->key, len))
        message =
            "a variable's name begins with a letter and goes on with letters, digits "
            "and `_`";
    else if (count_characters(member->key, len) > LONGEST_VARIABLE)
        message = "a variable's name has at most 80 characters";
    else if (len == 6 && memcmp(member->key, "states", 6) == 0)
        message = "the variable name `states` is reserved";
    if (message)
        report_member(check, BREACH_VARIABLE_NAME, member, NULL, message);
}

void check_assign(struct check *check, enum query_language language,
                  const struct node *node)
{
    if (language == QUERY_JSONATA)
        check_jsonata(check, node);
    else
        check_template(check, node);
    for (struct node *one = node_child(node); one; one = node_next(one)) {
        size_t len = one->key_len;

        if (language == QUERY_JSONPATH)
            node_is_dynamic(one, &len);
        check_variable(check, one, len);
    }
}
