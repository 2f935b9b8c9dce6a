/*
 * lower_jsonata.c - JSONata trees as C: all nodes but paths and functions.
 *
 * The order of evaluation, and what is an error when, is the reference implementation's.
 * An operand may carry an error as long as it only goes where errors pass (steps, most
 * operations); gen_check() looks for it before anything else is done with it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "lower_jsonata_parts.h"
#include "names.h"

/* ---- text ---------------------------------------------------------------------- */

static const char *vprintf_in(struct arena *arena, const char *format, va_list list)
{
    char small[256], *large;
    va_list again;
    int len;

    va_copy(again, list);
    len = vsnprintf(small, sizeof small, format, list);
    if (len >= 0 && (size_t)len < sizeof small) {
        va_end(again);
        return arena_copy(arena, small, (size_t)len);
    }
    large = arena_alloc(arena, (size_t)len + 1);
    vsnprintf(large, (size_t)len + 1, format, again);
    va_end(again);
    return large;
}

const char *gen_printf(struct gen_function *f, const char *format, ...)
{
    const char *text;
    va_list list;

    va_start(list, format);
    text = vprintf_in(f->gen->arena, format, list);
    va_end(list);
    return text;
}

static void put_indent(struct gen_function *f)
{
    for (int i = 0; i < f->indent; i++)
        text_puts(&f->body, "    ");
}

/* Where to break LINE, which has ROOM columns and is longer: behind its last comma or before
 * its last `?` or `:` that fits, not within a string and rather not within braces; 0 if
 * there is none. */
static size_t break_at(const char *line, size_t room)
{
    bool in_string = false;
    size_t at[2] = {0};
    int depth = 0;

    for (size_t i = 0; line[i] && i < room; i++) {
        if (line[i] == '\\' && line[i + 1])
            i++;
        else if (line[i] == '"')
            in_string = !in_string;
        else if (!in_string && (line[i] == '{' || line[i] == '}'))
            depth += line[i] == '{' ? 1 : -1;
        else if (line[i] == ' ' && !in_string && i > 0 &&
                 (line[i - 1] == ',' ||
                  (line[i + 1] && strchr("?:", line[i + 1]) && line[i + 2] == ' ')))
            at[depth > 0] = i + 1;
    }
    return at[0] ? at[0] : at[1];
}

/* A line without its indent, in as many as it takes to stay within 88 columns. */
static void put_wrapped(struct gen_function *f, const char *line)
{
    size_t room = 4 * (size_t)f->indent + 12 < 88 ? 88 - 4 * (size_t)f->indent : 12;
    size_t len = strlen(line), at;

    while (len > room && (at = break_at(line, room + 1)) > 0) {
        text_printf(&f->body, "%.*s\n", (int)at - 1, line);
        line += at;
        len -= at;
        put_indent(f);
        text_puts(&f->body, "    ");
        room = 4 * (size_t)f->indent + 16 < 88 ? 84 - 4 * (size_t)f->indent : 12;
    }
    text_puts(&f->body, line);
    text_puts(&f->body, "\n");
}

void gen_line(struct gen_function *f, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    put_indent(f);
    put_wrapped(f, vprintf_in(f->gen->arena, format, list));
    va_end(list);
}

void gen_open(struct gen_function *f, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    put_indent(f);
    text_puts(&f->body, vprintf_in(f->gen->arena, format, list));
    text_puts(&f->body, " {\n");
    va_end(list);
    f->indent++;
    f->depth++;
}

void gen_close(struct gen_function *f)
{
    f->indent--;
    f->depth--;
    put_indent(f);
    text_puts(&f->body, "}\n");
}

/* Between the two branches of an `if`. */
static void gen_else(struct gen_function *f)
{
    f->indent--;
    gen_line(f, "} else {");
    f->indent++;
}

int gen_number(struct gen_function *f)
{
    return ++f->gen->ntemps;
}

/* ---- operands ------------------------------------------------------------------ */

struct gen_operand gen_plain(const char *code, unsigned flags)
{
    return (struct gen_operand){.code = code, .flags = flags};
}

struct gen_operand gen_temp(struct gen_function *f, unsigned flags, const char *format, ...)
{
    const char *value, *name = gen_printf(f, "v%d", gen_number(f));
    va_list list;

    va_start(list, format);
    value = vprintf_in(f->gen->arena, format, list);
    va_end(list);
    gen_line(f, "asl_value %s = %s;", name, value);
    return gen_plain(name, flags);
}

const char *gen_failure(struct gen_function *f, const char *error)
{
    if (f->term)
        return gen_printf(f, "{ v%d = %s; goto term%d; }", f->term, error, f->term);
    return gen_printf(f, "return %s;", error);
}

struct gen_operand gen_check(struct gen_function *f, struct gen_operand v)
{
    if (v.code && v.flags & OP_FAILS)
        gen_line(f, "if (asl_is_error(%s)) %s", v.code, gen_failure(f, v.code));
    v.flags &= ~(unsigned)OP_FAILS;
    return v;
}

void gen_return(struct gen_function *f, struct gen_operand v)
{
    const char *check;
    size_t len;

    if (!v.code)
        return;
    check = gen_printf(f, "    if (asl_is_error(%s)) return %s;\n", v.code, v.code);
    len = strlen(check);
    if (f->body.len >= len && strcmp(f->body.text + f->body.len - len, check) == 0) {
        f->body.len -= len;
        f->body.text[f->body.len] = '\0';
    }
    gen_line(f, "return %s;", v.code);
}

struct gen_operand gen_checked(struct gen_function *f, const struct jsonata *node)
{
    return gen_check(f, gen_node(f, node));
}

const char *gen_test(struct gen_function *f, struct gen_operand v)
{
    const char *name;

    if (v.test)
        return v.test;
    if (!f->gen->has_infinity || v.flags & OP_MAYBE)
        return gen_printf(f, "asl_truth(%s)", v.code);
    name = gen_printf(f, "b%d", gen_number(f));
    gen_line(f, "unsigned %s = asl_truth(%s);", name, v.code);
    gen_line(f, "if (%s > ASL_TRUTH) %s", name, gen_failure(f, "asl_infinite(e)"));
    return name;
}

const char *gen_string(struct gen_function *f, const struct expr_text *text)
{
    return gen_printf(f, "asl_str(%s)", names_string(f->gen->arena, text->text, text->len));
}

const char *gen_values(struct gen_function *f, const char *const *codes, size_t count)
{
    struct text out = {0};
    const char *copy;

    if (count == 0)
        return "NULL";
    text_puts(&out, "(const asl_value[]){ ");
    for (size_t i = 0; i < count; i++)
        text_printf(&out, "%s%s", i ? ", " : "", codes[i]);
    text_puts(&out, " }");
    copy = arena_copy(f->gen->arena, out.text, out.len);
    free(out.text);
    return copy;
}

/* ---- literals ------------------------------------------------------------------- */

static struct gen_operand gen_number_literal(struct gen_function *f, const struct jsonata *node)
{
    double d = node->number;
    const char *text;

    if (d > -9007199254740992.0 && d < 9007199254740992.0 && d == (double)(int64_t)d)
        return gen_plain(gen_printf(f, "asl_integer(%lld)", (long long)d), 0);
    text = gen_printf(f, "%.*s%s", (int)node->text.len, node->text.text,
                      memchr(node->text.text, '.', node->text.len) ||
                              memchr(node->text.text, 'e', node->text.len) ||
                              memchr(node->text.text, 'E', node->text.len)
                          ? ""
                          : ".0");
    return gen_plain(gen_printf(f, "asl_double(%s)", text), 0);
}

static struct gen_operand gen_regex(struct gen_function *f, const struct jsonata *node)
{
    const char *name = gen_printf(f, "%s_r%d", f->gen->emit->name, ++f->gen->nregexes);
    bool ignore_case = memchr(node->flags.text, 'i', node->flags.len) != NULL;
    bool multiline = memchr(node->flags.text, 'm', node->flags.len) != NULL;
    struct text *out = f->gen->emit->out;

    f->gen->emit->has_regex = true;
    text_printf(out, "static asl_query_regex %s = { %s, %zu, %s, %s, NULL };\n", name,
                names_string(f->gen->arena, node->text.text, node->text.len), node->text.len,
                ignore_case ? "true" : "false", multiline ? "true" : "false");
    return gen_temp(f, OP_FAILS, "asl_matcher(e, &%s)", name);
}

/* ---- operators ------------------------------------------------------------------ */

bool gen_goes_on(const struct jsonata *node)
{
    if (node->nstages || node->group)
        return false;
    switch (node->kind) {
    case JSONATA_NAME:
    case JSONATA_STRING:
    case JSONATA_NUMBER:
    case JSONATA_TRUE:
    case JSONATA_FALSE:
    case JSONATA_NULL:
    case JSONATA_VARIABLE: return true;
    case JSONATA_NEGATE: return gen_goes_on(node->left);
    case JSONATA_PATH: break;
    default: return false;
    }
    for (size_t i = 0; i < node->count; i++)
        if (node->tuple || node->list[i]->tuple || !gen_goes_on(node->list[i]))
            return false;
    return true;
}

static struct gen_operand gen_comparison(struct gen_function *f, const struct jsonata *node,
                                     const char *function, bool plain)
{
    struct gen_operand a = gen_node(f, node->left), b;

    if (!a.code)
        return a;
    if (plain || !gen_goes_on(node->right))
        a = gen_check(f, a); /* the left error is the one */
    b = gen_node(f, node->right);
    if (!b.code)
        return b;
    if (plain) {
        struct gen_operand v = {.flags = OP_BOOL};
        b = gen_check(f, b);
        v.test = gen_printf(f, "%s(%s, %s)", function, a.code, b.code);
        v.code = gen_printf(f, "asl_boolean(%s)", v.test);
        return v;
    }
    return gen_temp(f, node->op < JSONATA_LESS || node->op == JSONATA_RANGE ? OP_FAILS
                                                                           : OP_FAILS | OP_MAYBE,
                    "%s(e, %s, %s)", function, a.code, b.code);
}

/* `and`, `or`: the right side only where it counts. */
static struct gen_operand gen_logic(struct gen_function *f, const struct jsonata *node)
{
    bool both = node->op == JSONATA_AND;
    struct gen_operand a = gen_checked(f, node->left), b;
    const char *name, *test;

    if (!a.code)
        return a;
    test = gen_test(f, a);
    name = gen_printf(f, "b%d", gen_number(f));
    gen_line(f, "bool %s = %s;", name, test);
    gen_open(f, "if (%s%s)", both ? "" : "!", name);
    b = gen_checked(f, node->right);
    if (b.code)
        gen_line(f, "%s = %s;", name, gen_test(f, b));
    gen_close(f);
    return (struct gen_operand){.code = gen_printf(f, "asl_boolean(%s)", name),
                            .test = name,
                            .flags = OP_BOOL};
}

static struct gen_operand gen_binary(struct gen_function *f, const struct jsonata *node)
{
    static const char *const functions[] = {
        [JSONATA_ADD] = "asl_add",
        [JSONATA_SUBTRACT] = "asl_subtract",
        [JSONATA_MULTIPLY] = "asl_multiply",
        [JSONATA_DIVIDE] = "asl_divide",
        [JSONATA_MODULO] = "asl_modulo",
        [JSONATA_CONCAT] = "asl_concat",
        [JSONATA_EQUAL] = "asl_equals",
        [JSONATA_UNEQUAL] = "asl_differs",
        [JSONATA_LESS] = "asl_less",
        [JSONATA_LESS_EQUAL] = "asl_less_equal",
        [JSONATA_GREATER] = "asl_greater",
        [JSONATA_GREATER_EQUAL] = "asl_greater_equal",
        [JSONATA_IN] = "asl_in",
        [JSONATA_RANGE] = "asl_range",
    };

    if (node->op == JSONATA_AND || node->op == JSONATA_OR)
        return gen_logic(f, node);
    return gen_comparison(f, node, functions[node->op],
                          node->op == JSONATA_EQUAL || node->op == JSONATA_UNEQUAL);
}

static struct gen_operand gen_negate(struct gen_function *f, const struct jsonata *node)
{
    struct gen_operand v = gen_node(f, node->left);

    return v.code ? gen_temp(f, OP_FAILS, "asl_negate(e, %s)", v.code) : v;
}

static struct gen_operand gen_condition(struct gen_function *f, const struct jsonata *node)
{
    struct gen_operand test = gen_checked(f, node->left), v;
    const char *name = gen_printf(f, "v%d", gen_number(f));
    bool returns = true;

    if (!test.code)
        return test;
    gen_line(f, "asl_value %s = asl_undefined();", name);
    gen_open(f, "if (%s)", gen_test(f, test));
    v = gen_checked(f, node->right);
    if (v.code)
        gen_line(f, "%s = %s;", name, v.code);
    returns = !v.code && node->third;
    if (node->third) {
        gen_else(f);
        v = gen_checked(f, node->third);
        if (v.code)
            gen_line(f, "%s = %s;", name, v.code);
        returns = returns && !v.code;
    }
    gen_close(f);
    return gen_plain(returns ? NULL : name, 0);
}

/* ---- blocks and constructors ------------------------------------------------------ */

/* Tells the C compiler that the value of NODE, V, is not wanted, where it would complain. */
static void gen_unused(struct gen_function *f, const struct jsonata *node,
                       const struct gen_operand *v)
{
    bool is_name = strspn(v->code, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789_") == strlen(v->code);

    if (is_name && node->kind != JSONATA_BIND && !(v->flags & OP_FAILS))
        gen_line(f, "(void)%s;", v->code);
}

static struct gen_operand gen_block(struct gen_function *f, const struct jsonata *node)
{
    struct gen_var *scope = f->scope;
    struct gen_operand v = gen_plain("asl_undefined()", 0);

    gen_frame(f, node);
    for (size_t i = 0; i < node->count && v.code; i++) {
        v = gen_node(f, node->list[i]);
        if (v.code && i + 1 < node->count)
            gen_unused(f, node->list[i], &v);
        v = gen_check(f, v);
    }
    f->scope = scope;
    return v;
}

static struct gen_operand gen_array(struct gen_function *f, const struct jsonata *node)
{
    const char *name = gen_printf(f, "l%d", gen_number(f));
    const char *flags = node->cons ? "ASL_CONS" : "0";

    if (node->count == 0)
        return gen_plain(node->cons ? "asl_flagged(asl_array(), ASL_CONS)" : "asl_array()", 0);
    gen_line(f, "asl_list %s = { 0 };", name);
    for (size_t i = 0; i < node->count; i++) {
        struct gen_operand v = gen_checked(f, node->list[i]);
        if (!v.code)
            return v;
        if (node->list[i]->kind == JSONATA_ARRAY) /* with predicates, too */
            gen_line(f, "asl_list_add(e, &%s, %s);", name, v.code);
        else
            gen_line(f, "asl_list_join(e, &%s, asl_plain(%s));", name, v.code);
    }
    return gen_temp(f, OP_FAILS, "asl_list_array(e, &%s, %s)", name, flags);
}

/* ---- nodes ------------------------------------------------------------------------ */

/* NODE without its predicates, as its own evaluation gives it. */
static struct gen_operand gen_core(struct gen_function *f, const struct jsonata *node)
{
    struct gen_operand a, b;

    switch (node->kind) {
    case JSONATA_PATH: return gen_path(f, node);
    case JSONATA_NAME:
        return gen_temp(f, OP_FAILS | OP_SEQUENCE, "asl_lookup_in(e, %s, %s)", f->context,
                        gen_string(f, &node->text));
    case JSONATA_STRING: return gen_plain(gen_string(f, &node->text), 0);
    case JSONATA_NUMBER: return gen_number_literal(f, node);
    case JSONATA_TRUE:
        return (struct gen_operand){"asl_boolean(true)", "true", OP_BOOL};
    case JSONATA_FALSE:
        return (struct gen_operand){"asl_boolean(false)", "false", OP_BOOL};
    case JSONATA_NULL: return gen_plain("asl_null()", 0);
    case JSONATA_REGEX: return gen_regex(f, node);
    case JSONATA_VARIABLE: return gen_variable(f, &node->text);
    case JSONATA_WILDCARD:
        return gen_temp(f, OP_FAILS | OP_SEQUENCE, "asl_wildcard(e, %s)",
                        gen_variable(f, &(struct expr_text){"", 0}).code);
    case JSONATA_DESCENDANT:
        return gen_temp(f, OP_FAILS | OP_SEQUENCE, "asl_descendants(e, %s)", f->context);
    case JSONATA_PARENT: {
        const char *label = gen_printf(f, "%%%d", node->label);
        return gen_variable(f, &(struct expr_text){label, strlen(label)});
    }
    case JSONATA_NEGATE: return gen_negate(f, node);
    case JSONATA_BINARY: return gen_binary(f, node);
    case JSONATA_ARRAY: return gen_array(f, node);
    case JSONATA_OBJECT: return gen_object(f, node, f->context, false);
    case JSONATA_BLOCK: return gen_block(f, node);
    case JSONATA_BIND: return gen_bind(f, node);
    case JSONATA_CONDITION: return gen_condition(f, node);
    case JSONATA_CALL: return gen_call(f, node, NULL);
    case JSONATA_PARTIAL: return gen_partial(f, node);
    case JSONATA_LAMBDA: return gen_lambda(f, node);
    case JSONATA_TRANSFORM: return gen_transform(f, node);
    case JSONATA_APPLY:
        a = gen_checked(f, node->left);
        if (!a.code)
            return a;
        if (node->right->kind == JSONATA_CALL)
            return gen_call(f, node->right, &a);
        b = gen_checked(f, node->right);
        return b.code ? gen_temp(f, OP_FAILS | OP_SEQUENCE, "asl_chain(e, %s, %s, %s)", a.code,
                                 b.code, f->context)
                      : b;
    case JSONATA_PLACE:
    case JSONATA_SORT: break;
    }
    return gen_plain("asl_undefined()", 0);
}

struct gen_operand gen_node(struct gen_function *f, const struct jsonata *node)
{
    struct gen_operand v = gen_core(f, node);

    if (!v.code)
        return v;
    v = gen_filters(f, v, node);
    if (node->kind != JSONATA_PATH && node->group) {
        v = gen_check(f, v);
        v = gen_object(f, node->group, v.code, false);
    }
    if (node->keep_array)
        return gen_temp(f, v.flags & OP_FAILS, "asl_unwrap_keep(%s)", v.code);
    if (v.flags & OP_SEQUENCE)
        return gen_temp(f, v.flags & OP_FAILS, "asl_unwrap(%s)", v.code);
    return v;
}

/* ---- the expression --------------------------------------------------------------- */

static void add_column(struct gen *gen, const struct expr_text *name)
{
    for (size_t i = 1; i < gen->ncolumns; i++)
        if (gen_same_text(&gen->columns[i], name))
            return;
    struct expr_text *more = ARENA_ARRAY(gen->arena, gen->ncolumns + 1, struct expr_text);
    memcpy(more, gen->columns, gen->ncolumns * sizeof *more);
    more[gen->ncolumns++] = *name;
    gen->columns = more;
}

/* The columns that rows of tuple streams have anywhere in NODE. */
static void find_columns(struct gen *gen, const struct jsonata *node)
{
    if (!node)
        return;
    if (node->focus.len)
        add_column(gen, &node->focus);
    if (node->index.len)
        add_column(gen, &node->index);
    if (node->ancestor) {
        const char *label = arena_printf(gen->arena, "%%%d", node->ancestor);
        add_column(gen, &(struct expr_text){label, strlen(label)});
    }
    find_columns(gen, node->left);
    find_columns(gen, node->right);
    find_columns(gen, node->third);
    find_columns(gen, node->group);
    for (size_t i = 0; i < node->count; i++)
        find_columns(gen, node->list[i]);
    for (size_t i = 0; i < node->nstages; i++) {
        find_columns(gen, node->stages[i].filter);
        if (!node->stages[i].filter)
            add_column(gen, &node->stages[i].index);
    }
}

/* Whether NODE may compute an infinity, or names a function that may. */
static bool may_be_infinite(const struct jsonata *node)
{
    static const char *const functions[] = { "average", "number", "parseInteger", "power", "sum" };

    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (node->kind == JSONATA_VARIABLE &&
            gen_same_text(&node->text, &(struct expr_text){functions[i], strlen(functions[i])}))
            return true;
    return node->kind == JSONATA_BINARY && node->op <= JSONATA_MODULO;
}

static void note(const struct jsonata *node, void *data)
{
    struct gen *gen = data;

    gen->has_cons |= node->kind == JSONATA_ARRAY && node->cons;
    gen->has_infinity |= may_be_infinite(node);
}

size_t gen_column(const struct gen *gen, const struct expr_text *name)
{
    for (size_t i = 1; i < gen->ncolumns; i++)
        if (gen_same_text(&gen->columns[i], name))
            return i;
    return 0;
}

void jsonata_emit(struct jsonata_emit *emit, struct jsonata *root)
{
    struct gen gen = {.emit = emit, .arena = emit->arena, .ncolumns = 1};
    struct gen_function f = {.gen = &gen, .indent = 1};
    struct gen_operand v;

    gen.columns = ARENA_ARRAY(emit->arena, 1, struct expr_text);
    find_columns(&gen, root);
    jsonata_walk(root, note, &gen);
    f.last_capture = &f.captures;
    f.at_root = true;
    f.context = "asl_undefined()";
    if (emit->has_input) {
        gen_line(&f, "asl_value c0 = asl_root(e);");
        gen_line(&f, "(void)c0;");
        f.context = "c0";
    }
    gen_outer_frame(&f, root);
    v = gen_node(&f, root);
    gen_return(&f, v);
    gen_finish(&f, gen_printf(&f, "static asl_value %s(asl_eval *e)", emit->name));
}
