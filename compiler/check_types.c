/*
 * check_types.c - what surely fails when a JSONata expression is evaluated.
 *
 * Bottom up, each node gets the set of types that its value may have (in `value`): of
 * literals, operators, constructors and built-in functions something is known, all else
 * may be anything.  Where no type of a set is one that is needed, evaluation fails with
 * the error that is reported; undefined is left out of account, since it mostly ends in
 * an error, too.  In branches, lambdas, predicates and later steps that is a warning:
 * they may never be evaluated.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "check_rules.h"
#include "check_types.h"
#include "jsonata_parts.h"
#include "text.h"
#include "expr/jsonata_message.h"
#include "expr/jsonata_regex.h"

struct typing {
    struct check *check;
    const struct node *node;
    bool (*is_variable)(void *user, const struct expr_text *name);
    void *user;
    bool bound[FUNCTION_COUNT]; /* the expression gives the name another meaning */
};

static unsigned types_in(struct typing *t, struct jsonata *at, bool certain);

/* ---- reports -------------------------------------------------------------------- */

/* "a string or null" */
static const char *types_name(struct arena *arena, unsigned types)
{
    static const char *const names[] = { "nothing",   "null",      "a boolean",
                                         "a number",  "a string",  "an array",
                                         "an object", "a function" };
    const char *list = NULL;

    types = types_defined(types);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (types >> i & 1)
            list = list ? arena_printf(arena, "%s or %s", list, names[i]) : names[i];
    return list ? list : "nothing";
}

/* A literal as it is, of other values their type. */
static const char *value_name(struct arena *arena, const struct jsonata *at)
{
    char shown[SHOWN_SIZE];

    switch (at->kind) {
    case JSONATA_STRING: return arena_printf(arena, "%s", show_text(shown, at->text));
    case JSONATA_NUMBER:
        return arena_printf(arena, "%.*s", (int)at->text.len, at->text.text);
    case JSONATA_TRUE: return "true";
    case JSONATA_FALSE: return "false";
    default: return types_name(arena, (unsigned)at->value);
    }
}

/* What an error is about. */
struct about {
    const char *token;
    const char *value, *value2;
    const char *note; /* NULL: the type of what it points at */
};

static void put_part(struct text *out, char which, const struct about *about)
{
    switch (which) {
    case 't': text_printf(out, "\"%s\"", about->token); break;
    case 'T': text_puts(out, about->token); break;
    case 'v': text_puts(out, about->value); break;
    case 'w': text_puts(out, about->value2); break;
    }
}

static const char *message_of(struct arena *arena, const char *code,
                              const struct about *about)
{
    const char *from = asl__query_message(code), *message;
    struct text out = { 0 };

    text_printf(&out, "%s: ", code);
    while (*from) {
        size_t plain = strcspn(from, "{");

        text_printf(&out, "%.*s", (int)plain, from);
        from += plain;
        if (!*from)
            break;
        put_part(&out, from[1], about);
        from += 3; /* {x} */
    }
    message = arena_copy(arena, out.text, out.len);
    free(out.text);
    return message;
}

static struct part part_of(const struct jsonata *at)
{
    return (struct part){ at->span.start + 2, at->span.end + 2 }; /* behind {% */
}

/* AT is to blame: its type is told. */
static void fail(struct typing *t, const struct jsonata *at, bool certain,
                 const char *code, struct about about)
{
    struct arena *arena = t->check->arena;
    enum breach breach = certain ? BREACH_FAILING_JSONATA : BREACH_DOUBTFUL_JSONATA;
    const char *note =
        about.note
            ? about.note
            : arena_printf(arena, "this is %s", types_name(arena, (unsigned)at->value));

    if (!certain)
        note = arena_printf(arena, "%s; the expression fails where this is evaluated",
                            note);
    report_part(t->check, breach, t->node, part_of(at), note,
                message_of(arena, code, &about));
}

/* ---- operators ------------------------------------------------------------------ */

/* Whether the value of AT is surely defined and of none of TYPES. */
static bool is_never(const struct jsonata *at, unsigned types)
{
    unsigned of = types_defined((unsigned)at->value);

    return of != TYPE_UNDEFINED && !(of & types);
}

static bool is_no_integer(const struct jsonata *at)
{
    if (at->kind == JSONATA_NUMBER && !at->nstages)
        return at->number != floor(at->number);
    return is_never(at, TYPE_NUMBER);
}

static void check_arithmetic(struct typing *t, const struct jsonata *at, bool certain)
{
    struct about about = { .token = jsonata_op_name(at->op) };

    if (is_never(at->left, TYPE_NUMBER))
        fail(t, at->left, certain, "T2001", about);
    else if (is_never(at->right, TYPE_NUMBER))
        fail(t, at->right, certain, "T2002", about);
}

static void check_range(struct typing *t, const struct jsonata *at, bool certain)
{
    struct about about = { .token = jsonata_op_name(at->op) };

    if (is_no_integer(at->left))
        fail(t, at->left, certain, "T2003", about);
    else if (is_no_integer(at->right))
        fail(t, at->right, certain, "T2004", about);
}

static void check_comparison(struct typing *t, const struct jsonata *at, bool certain)
{
    struct arena *arena = t->check->arena;
    unsigned left = types_defined((unsigned)at->left->value);
    unsigned right = types_defined((unsigned)at->right->value);
    struct about about = { .token = jsonata_op_name(at->op) };

    if (is_never(at->left, TYPE_NUMBER | TYPE_STRING)) {
        fail(t, at->left, certain, "T2010", about);
    } else if (is_never(at->right, TYPE_NUMBER | TYPE_STRING)) {
        fail(t, at->right, certain, "T2010", about);
    } else if ((left | right) == (TYPE_NUMBER | TYPE_STRING) && !(left & right)) {
        about.value = value_name(arena, at->left);
        about.value2 = value_name(arena, at->right);
        about.note = arena_printf(arena, "%s and %s cannot be compared",
                                  types_name(arena, left), types_name(arena, right));
        fail(t, at, certain, "T2009", about);
    }
}

static unsigned types_of_binary(struct typing *t, struct jsonata *at, bool certain)
{
    types_in(t, at->left, certain);
    types_in(t, at->right, certain && at->op != JSONATA_AND && at->op != JSONATA_OR);
    switch (at->op) {
    case JSONATA_ADD:
    case JSONATA_SUBTRACT:
    case JSONATA_MULTIPLY:
    case JSONATA_DIVIDE:
    case JSONATA_MODULO:
        check_arithmetic(t, at, certain);
        return TYPE_NUMBER | TYPE_UNDEFINED;
    case JSONATA_LESS:
    case JSONATA_LESS_EQUAL:
    case JSONATA_GREATER:
    case JSONATA_GREATER_EQUAL:
        check_comparison(t, at, certain);
        return TYPE_BOOLEAN | TYPE_UNDEFINED;
    case JSONATA_RANGE:
        check_range(t, at, certain);
        return TYPE_ARRAY | TYPE_NUMBER | TYPE_UNDEFINED;
    case JSONATA_CONCAT: return TYPE_STRING;
    case JSONATA_EQUAL:
    case JSONATA_UNEQUAL:
    case JSONATA_IN:
    case JSONATA_AND:
    case JSONATA_OR: break;
    }
    return TYPE_BOOLEAN;
}

static unsigned types_of_negation(struct typing *t, struct jsonata *at, bool certain)
{
    types_in(t, at->left, certain);
    if (is_never(at->left, TYPE_NUMBER))
        fail(t, at->left, certain, "D1002",
             (struct about){ .value = value_name(t->check->arena, at->left) });
    return TYPE_NUMBER | TYPE_UNDEFINED;
}

/* ---- functions ------------------------------------------------------------------ */

/* The built-in function that AT names, or NULL. */
static const struct function *function_of(struct typing *t, const struct jsonata *at)
{
    int number;

    if (at->kind != JSONATA_VARIABLE || at->nstages || at->group)
        return NULL;
    number = check_function(&at->text);
    if (number < 0 || t->bound[number] || t->is_variable(t->user, &at->text))
        return NULL;
    return &check_functions[number];
}

static void fail_call(struct typing *t, const struct jsonata *call,
                      const struct function *function,
                      const struct jsonata *const *args, size_t count,
                      const struct misfit *misfit, bool certain)
{
    struct arena *arena = t->check->arena;
    const struct jsonata *at = misfit->wrong              ? misfit->wrong
                               : misfit->argument < count ? args[misfit->argument]
                                                          : call;
    struct about about = { .token = function->name };

    about.value = arena_printf(arena, "%zu", misfit->argument + 1);
    about.value2 = arena_printf(arena, "\"%s\"", misfit->items ? misfit->items : "");
    if (at == call)
        about.note = "this argument is missing";
    else if (misfit->argument >= misfit->most)
        about.note = misfit->most == 0 ? "it has no parameters"
                     : misfit->most == 1
                         ? "it has one parameter"
                         : arena_printf(arena, "it has %zu parameters", misfit->most);
    fail(t, at, certain, misfit->code, about);
}

/* AT calls FUNCTION with FIRST (or NULL) and COUNT arguments at LIST. */
static unsigned types_of_built_in(struct typing *t, const struct jsonata *at,
                                  const struct function *function,
                                  const struct jsonata *first,
                                  struct jsonata *const *list, size_t count,
                                  bool certain)
{
    struct arena *arena = t->check->arena;
    const struct jsonata **args = ARENA_ARRAY(arena, count + 1, const struct jsonata *);
    struct misfit misfit = { 0 };
    size_t n = 0;

    if (first)
        args[n++] = first;
    for (size_t i = 0; i < count; i++)
        args[n++] = list[i];
    if (!check_arguments(arena, function, args, n, &misfit))
        fail_call(t, at, function, args, n, &misfit, certain);
    return check_result(function);
}

/* Each node of a list; those that are left out are not evaluated. */
static void types_in_list(struct typing *t, struct jsonata *at, bool certain)
{
    for (size_t i = 0; i < at->count; i++)
        types_in(t, at->list[i], certain);
}

/* FIRST: the left side of ~>, or NULL. */
static unsigned types_of_call(struct typing *t, struct jsonata *at,
                              const struct jsonata *first, bool certain)
{
    const struct function *function;

    types_in(t, at->left, certain);
    types_in_list(t, at, certain);
    if (is_never(at->left, TYPE_FUNCTION)) {
        fail(t, at->left, certain, at->kind == JSONATA_PARTIAL ? "T1008" : "T1006",
             (struct about){ 0 });
        return TYPE_ANY;
    }
    if (at->kind == JSONATA_PARTIAL)
        return TYPE_FUNCTION;
    function = function_of(t, at->left);
    return function
               ? types_of_built_in(t, at, function, first, at->list, at->count, certain)
               : TYPE_ANY;
}

static unsigned types_of_application(struct typing *t, struct jsonata *at, bool certain)
{
    unsigned left = types_in(t, at->left, certain), types;
    const struct function *function;

    if (at->right->kind == JSONATA_CALL && !at->right->nstages && !at->right->group) {
        types = types_of_call(t, at->right, at->left, certain);
        at->right->value = (int)types;
        return types;
    }
    types_in(t, at->right, certain);
    if (is_never(at->right, TYPE_FUNCTION)) {
        fail(t, at->right, certain, "T2006", (struct about){ 0 });
        return TYPE_ANY;
    }
    function = function_of(t, at->right);
    if (!function || (left & TYPE_FUNCTION))
        return TYPE_ANY;
    return types_of_built_in(t, at, function, at->left, NULL, 0, certain);
}

/* The parts of a lambda or transformation, which is evaluated when it is called. */
static unsigned types_of_lambda(struct typing *t, struct jsonata *at)
{
    types_in(t, at->left, false);
    types_in(t, at->right, false);
    types_in(t, at->third, false);
    return TYPE_FUNCTION;
}

static unsigned types_of_regex(struct typing *t, const struct jsonata *at)
{
    asl_query_regex regex = {
        .pattern = at->text.text,
        .len = (uint32_t)at->text.len,
        .ignore_case = memchr(at->flags.text, 'i', at->flags.len) != NULL,
        .multiline = memchr(at->flags.text, 'm', at->flags.len) != NULL,
    };
    char problem[256];

    if (!asl__query_regex_check(&regex, problem, sizeof problem)) {
        if (strcmp(problem, "out of memory") == 0)
            out_of_memory();
        report_part(t->check, BREACH_JSONATA, t->node, part_of(at), NULL,
                    arena_printf(t->check->arena, "the regular expression is wrong: %s",
                                 problem));
    }
    return TYPE_FUNCTION;
}

/* ---- everything else ------------------------------------------------------------ */

/* The list of an object constructor or a group. */
static unsigned types_of_object(struct typing *t, struct jsonata *at, bool certain)
{
    struct arena *arena = t->check->arena;

    types_in_list(t, at, certain);
    for (size_t i = 0; i + 1 < at->count; i += 2)
        if (is_never(at->list[i], TYPE_STRING))
            fail(t, at->list[i], certain, "T1003",
                 (struct about){ .value = value_name(arena, at->list[i]) });
    return TYPE_OBJECT;
}

static unsigned types_of_block(struct typing *t, struct jsonata *at, bool certain)
{
    types_in_list(t, at, certain);
    return at->count ? (unsigned)at->list[at->count - 1]->value : TYPE_UNDEFINED;
}

static unsigned types_of_condition(struct typing *t, struct jsonata *at, bool certain)
{
    unsigned types;

    types_in(t, at->left, certain);
    types = types_in(t, at->right, false);
    return types | (at->third ? types_in(t, at->third, false) : TYPE_UNDEFINED);
}

/* The first step is evaluated once, the others once for each item. */
static unsigned types_of_path(struct typing *t, struct jsonata *at, bool certain)
{
    for (size_t i = 0; i < at->count; i++)
        types_in(t, at->list[i], certain && i == 0);
    return TYPE_ANY;
}

static unsigned types_of_node(struct typing *t, struct jsonata *at, bool certain)
{
    switch (at->kind) {
    case JSONATA_STRING: return TYPE_STRING;
    case JSONATA_NUMBER: return TYPE_NUMBER;
    case JSONATA_TRUE:
    case JSONATA_FALSE: return TYPE_BOOLEAN;
    case JSONATA_NULL: return TYPE_NULL;
    case JSONATA_REGEX: return types_of_regex(t, at);
    case JSONATA_VARIABLE: return function_of(t, at) ? TYPE_FUNCTION : TYPE_ANY;
    case JSONATA_NEGATE: return types_of_negation(t, at, certain);
    case JSONATA_BINARY: return types_of_binary(t, at, certain);
    case JSONATA_ARRAY: types_in_list(t, at, certain); return TYPE_ARRAY;
    case JSONATA_OBJECT: return types_of_object(t, at, certain);
    case JSONATA_BLOCK: return types_of_block(t, at, certain);
    case JSONATA_BIND: return types_in(t, at->right, certain);
    case JSONATA_CONDITION: return types_of_condition(t, at, certain);
    case JSONATA_CALL:
    case JSONATA_PARTIAL: return types_of_call(t, at, NULL, certain);
    case JSONATA_LAMBDA:
    case JSONATA_TRANSFORM: return types_of_lambda(t, at);
    case JSONATA_APPLY: return types_of_application(t, at, certain);
    case JSONATA_PATH: return types_of_path(t, at, certain);
    case JSONATA_SORT: types_in_list(t, at, false); return TYPE_ANY;
    case JSONATA_NAME:
    case JSONATA_WILDCARD:
    case JSONATA_DESCENDANT:
    case JSONATA_PARENT:
    case JSONATA_PLACE: break;
    }
    return TYPE_ANY;
}

/* The types of AT and all below it; CERTAIN: evaluated whenever the expression is. */
static unsigned types_in(struct typing *t, struct jsonata *at, bool certain)
{
    unsigned types;

    if (!at)
        return TYPE_UNDEFINED;
    types = types_of_node(t, at, certain);
    for (size_t i = 0; i < at->nstages; i++)
        types_in(t, (struct jsonata *)(uintptr_t)at->stages[i].filter, false);
    if (at->nstages) /* what is no array counts as a list of one */
        types = types & TYPE_ARRAY ? TYPE_ANY : types | TYPE_UNDEFINED;
    if (at->group) {
        types_of_object(t, at->group, false);
        types = TYPE_OBJECT | TYPE_UNDEFINED;
    }
    if (at->keep_array)
        types |= TYPE_ARRAY;
    at->value = (int)types;
    return types;
}

/* ---- the whole expression ------------------------------------------------------- */

static unsigned wanted_types(enum field_kind kind)
{
    switch (kind) {
    case KIND_INTEGER:
    case KIND_NUMBER: return TYPE_NUMBER;
    case KIND_CONDITION: return TYPE_BOOLEAN;
    case KIND_JSONATA_STRING:
    case KIND_TIMESTAMP:
    case KIND_POINTER:
    case KIND_WORD: return TYPE_STRING;
    case KIND_ITEMS: return TYPE_ARRAY | TYPE_OBJECT;
    case KIND_CREDENTIALS: return TYPE_OBJECT;
    case KIND_STRINGS: return TYPE_ARRAY;
    default: return TYPE_JSON;
    }
}

static void check_wanted(struct typing *t, const struct jsonata *root)
{
    struct arena *arena = t->check->arena;
    unsigned of = types_defined((unsigned)root->value);
    unsigned wanted = wanted_types((enum field_kind)t->node->wanted);
    /* Step Functions was seen to accept any Items. */
    enum breach breach = t->node->wanted == KIND_ITEMS ? BREACH_DOUBTFUL_JSONATA
                                                       : BREACH_FAILING_JSONATA;
    const char *name = t->node->key
                           ? arena_printf(arena, "`%s`", t->node->key)
                           : arena_printf(arena, "element %zu", t->node->index);

    if (of & wanted)
        return;
    report_part(
        t->check, breach, t->node, part_of(root), NULL,
        arena_printf(arena, "%s must be %s, but the expression gives %s", name,
                     wanted == TYPE_JSON ? "a JSON value" : types_name(arena, wanted),
                     types_name(arena, of)));
}

static void note_bound(struct typing *t, const struct expr_text *name)
{
    int number = name->len ? check_function(name) : -1;

    if (number >= 0)
        t->bound[number] = true;
}

static void find_bound(const struct jsonata *at, void *data)
{
    struct typing *t = data;

    if (at->kind == JSONATA_BIND)
        note_bound(t, &at->text);
    note_bound(t, &at->focus);
    note_bound(t, &at->index);
    for (size_t i = 0; i < at->nstages; i++)
        if (!at->stages[i].filter)
            note_bound(t, &at->stages[i].index);
    for (size_t i = 0; at->kind == JSONATA_LAMBDA && i < at->count; i++)
        note_bound(t, &at->list[i]->text);
}

void check_types(struct check *check, const struct node *node,
                 bool (*is_variable)(void *user, const struct expr_text *name),
                 void *user)
{
    struct typing t = {
        .check = check, .node = node, .is_variable = is_variable, .user = user
    };
    size_t before = check->diags->count;

    jsonata_walk(node->query, find_bound, &t);
    types_in(&t, node->query, true);
    if (check->diags->count == before)
        check_wanted(&t, node->query);
}
