/*
 * lower_jsonata_call.c - variables, calls and lambdas of JSONata as C.
 *
 * A name is resolved while the expression is compiled: a variable of the expression, one of
 * the workflow, a built-in function.  A variable that a lambda sees lies in a cell of the
 * region; the others are variables of the C function.  The reference looks names up when
 * they are used, so one that is read before it is set means what it means further out:
 * where that can happen the variable is looked at first (asl_is_unset).
 */
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "lower_jsonata_parts.h"
#include "names.h"

bool gen_same_text(const struct expr_text *a, const struct expr_text *b)
{
    return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

/* ---- built-in functions ------------------------------------------------------------ */

struct built_in {
    const char *name;
    unsigned arity;
    const char *signature;
    bool hash;
};

enum { NONE = 0, REGEX = 0, HASH = 1 };

static const struct built_in built_ins[] = {
#define ASL_FN(name, arity, signature, module) {#name, arity, signature, module},
#include "../runtime/include/aslrt/functions.def"
#undef ASL_FN
};

static const struct built_in *find_built_in(const struct expr_text *name)
{
    for (size_t i = 0; i < sizeof built_ins / sizeof *built_ins; i++)
        if (strlen(built_ins[i].name) == name->len &&
            memcmp(built_ins[i].name, name->text, name->len) == 0)
            return &built_ins[i];
    return NULL;
}

bool jsonata_is_function(const struct expr_text *name)
{
    return find_built_in(name) != NULL;
}

/* Whether its results may be sequences: not where the signature says number, string, boolean. */
static bool gives_sequences(const struct built_in *built_in)
{
    const char *result = strrchr(built_in->signature, ':');

    return !result || !strchr("nsb", result[1]);
}

/* ---- variables ----------------------------------------------------------------------- */

/* A part of a C identifier that reminds of NAME. */
static const char *slug(struct gen_function *f, const struct expr_text *name)
{
    char *text = arena_copy(f->gen->arena, name->text, name->len);
    size_t len = 0;

    for (size_t i = 0; i < name->len && len < 24; i++) {
        char c = name->text[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            c == '_')
            text[len++] = c;
    }
    text[len] = '\0';
    return text;
}

struct gen_var *gen_declare(struct gen_function *f, struct expr_text name,
                             enum variable_kind kind, const char *code, bool may_be_unset)
{
    struct gen_var *v = ARENA_NEW(f->gen->arena, struct gen_var);

    v->name = name;
    v->kind = kind;
    v->code = code;
    v->may_be_unset = may_be_unset;
    v->depth = f->depth;
    v->owner = f;
    v->outer = f->scope;
    f->scope = v;
    return v;
}

static struct gen_var *find_from(struct gen_var *v, const struct expr_text *name)
{
    while (v && !gen_same_text(&v->name, name))
        v = v->outer;
    return v;
}

static struct gen_var *find_variable(struct gen_function *f, const struct expr_text *name);

/* The variable NAME of the functions around F, as F sees it. */
static struct gen_var *find_captured(struct gen_function *f, const struct expr_text *name)
{
    struct capture *c;
    struct gen_var *outer;

    for (c = f->captures; c; c = c->next)
        if (gen_same_text(&c->inner->name, name))
            return c->inner;
    outer = f->outer ? find_variable(f->outer, name) : NULL;
    if (!outer)
        return NULL;
    c = ARENA_NEW(f->gen->arena, struct capture);
    c->variable = outer;
    c->inner = ARENA_NEW(f->gen->arena, struct gen_var);
    c->inner->name = *name;
    c->inner->kind = VARIABLE_CELL;
    c->inner->code = gen_printf(f, "self->cells[%zu]", f->ncaptures++);
    c->inner->may_be_unset = outer->may_be_unset;
    c->inner->owner = f;
    *f->last_capture = c;
    f->last_capture = &c->next;
    return c->inner;
}

static struct gen_var *find_variable(struct gen_function *f, const struct expr_text *name)
{
    struct gen_var *v = find_from(f->scope, name);

    return v ? v : find_captured(f, name);
}

/* What NAME means outside of the expression. */
static struct gen_operand gen_global(struct gen_function *f, const struct expr_text *name)
{
    const struct jsonata_names *names = f->gen->emit->names;
    const struct built_in *built_in = find_built_in(name);
    const char *code, *function;

    if (!names->find(names->user, name, &code))
        code = NULL;
    if (!built_in)
        return gen_plain(code ? code : "asl_undefined()", 0);
    f->gen->emit->has_hash = f->gen->emit->has_hash || built_in->hash;
    function = gen_printf(f, "asl_function_value(&asl_fv_%s)", built_in->name);
    /* A variable that nothing has been assigned to does not hide the function. */
    return code ? gen_temp(f, 0, "asl_is_undefined(%s) ? %s : %s", code, function, code)
                : gen_plain(function, 0);
}

static const char *value_of(struct gen_function *f, const struct gen_var *v)
{
    return v->kind == VARIABLE_CELL ? gen_printf(f, "*%s", v->code) : v->code;
}

/* The value of V, or, where it is not set, of what is found further out. */
static struct gen_operand gen_value_of(struct gen_function *f, const struct gen_var *v)
{
    struct gen_var *outer;
    struct gen_operand rest;
    const char *value = value_of(f, v);

    if (strncmp(v->code, "self->", 6) == 0)
        f->uses_self = true;
    if (!v->may_be_unset)
        return gen_plain(v->kind == VARIABLE_CELL ? gen_temp(f, 0, "%s", value).code : value, 0);
    outer = v->outer ? find_from(v->outer, &v->name) : NULL;
    if (!outer && v->owner == f && strncmp(v->code, "self->", 6) != 0)
        outer = find_captured(f, &v->name);
    rest = outer ? gen_value_of(f, outer) : gen_global(f, &v->name);
    return gen_temp(f, 0, "asl_is_unset(%s) ? %s : %s", value, rest.code, value);
}

struct gen_operand gen_variable(struct gen_function *f, const struct expr_text *name)
{
    struct gen_var *v;

    if (name->len == 0 && f->here)
        return gen_plain(f->here, 0);
    if (name->len == 0)
        return gen_plain(f->at_root && f->gen->emit->has_input ? "e->input" : f->context, 0);
    if (name->len == 1 && name->text[0] == '$')
        return gen_plain(f->gen->emit->has_input ? "e->input" : "asl_undefined()", 0);
    v = find_variable(f, name);
    return v ? gen_value_of(f, v) : gen_global(f, name);
}

/* ---- frames --------------------------------------------------------------------------- */

static bool mentions(const struct jsonata *node, const struct expr_text *name, bool in_lambda);

static bool list_mentions(const struct jsonata *node, const struct expr_text *name,
                          bool in_lambda)
{
    for (size_t i = 0; i < node->count; i++)
        if (mentions(node->list[i], name, in_lambda))
            return true;
    for (size_t i = 0; i < node->nstages; i++)
        if (mentions(node->stages[i].filter, name, in_lambda))
            return true;
    return false;
}

/* Whether a lambda inside NODE (or NODE, IN_LAMBDA) mentions the variable NAME. */
static bool mentions(const struct jsonata *node, const struct expr_text *name, bool in_lambda)
{
    if (!node)
        return false;
    if (in_lambda && (node->kind == JSONATA_VARIABLE || node->kind == JSONATA_BIND) &&
        gen_same_text(&node->text, name))
        return true;
    in_lambda = in_lambda || node->kind == JSONATA_LAMBDA || node->kind == JSONATA_TRANSFORM;
    return mentions(node->left, name, in_lambda) || mentions(node->right, name, in_lambda) ||
           mentions(node->third, name, in_lambda) || mentions(node->group, name, in_lambda) ||
           list_mentions(node, name, in_lambda);
}

static bool is_read(const struct jsonata *frame, const struct jsonata *node,
                    const struct expr_text *name);

static bool list_reads(const struct jsonata *frame, const struct jsonata *node,
                       const struct expr_text *name)
{
    for (size_t i = 0; i < node->count; i++)
        if (node->kind != JSONATA_LAMBDA && is_read(frame, node->list[i], name))
            return true;
    for (size_t i = 0; i < node->nstages; i++)
        if (is_read(frame, node->stages[i].filter, name))
            return true;
    return false;
}

/* Whether NODE, a part of FRAME, surely reads the variable NAME of that frame. */
static bool is_read(const struct jsonata *frame, const struct jsonata *node,
                    const struct expr_text *name)
{
    if (!node || (node != frame && (node->kind == JSONATA_BLOCK || node->kind == JSONATA_LAMBDA ||
                                    node->kind == JSONATA_TRANSFORM)))
        return false;
    if (node->kind == JSONATA_VARIABLE && gen_same_text(&node->text, name))
        return true;
    return is_read(frame, node->left, name) || is_read(frame, node->right, name) ||
           is_read(frame, node->third, name) || is_read(frame, node->group, name) ||
           list_reads(frame, node, name);
}

static void declare_one(struct gen_function *f, const struct jsonata *frame,
                        const struct expr_text *name, const struct gen_var *before)
{
    bool captured = mentions(frame, name, false);
    const char *code;

    for (struct gen_var *v = f->scope; v != before; v = v->outer)
        if (gen_same_text(&v->name, name))
            return;
    code = gen_printf(f, "%s_%d", slug(f, name), gen_number(f));
    if (code[0] == '_' || (code[0] >= '0' && code[0] <= '9'))
        code = gen_printf(f, "var%s", code);
    if (captured) {
        gen_line(f, "asl_value *%s = asl_cell(e, asl_unset());", code);
        gen_line(f, "if (!%s) %s", code, gen_failure(f, "asl_no_memory()"));
    } else {
        gen_line(f, "asl_value %s = asl_unset();", code);
        if (!is_read(frame, frame, name))
            gen_line(f, "(void)%s;", code);
    }
    gen_declare(f, *name, captured ? VARIABLE_CELL : VARIABLE_LOCAL, code, true);
}

/* Declares what is bound in NODE, a part of FRAME. */
static void declare_bound(struct gen_function *f, const struct jsonata *frame,
                          const struct jsonata *node, const struct gen_var *before)
{
    if (!node || (node != frame && (node->kind == JSONATA_BLOCK || node->kind == JSONATA_LAMBDA ||
                                    node->kind == JSONATA_TRANSFORM)))
        return;
    if (node->kind == JSONATA_BIND)
        declare_one(f, frame, &node->text, before);
    declare_bound(f, frame, node->left, before);
    declare_bound(f, frame, node->right, before);
    declare_bound(f, frame, node->third, before);
    declare_bound(f, frame, node->group, before);
    for (size_t i = 0; i < node->count; i++)
        declare_bound(f, frame, node->list[i], before);
    for (size_t i = 0; i < node->nstages; i++)
        declare_bound(f, frame, node->stages[i].filter, before);
}

void gen_frame(struct gen_function *f, const struct jsonata *node)
{
    declare_bound(f, node, node, f->scope);
}

void gen_outer_frame(struct gen_function *f, const struct jsonata *node)
{
    if (node->kind != JSONATA_BLOCK || node->nstages > 0 || node->group)
        gen_frame(f, node);
}

struct gen_operand gen_bind(struct gen_function *f, const struct jsonata *bind)
{
    struct gen_var *v = find_variable(f, &bind->text);
    bool lambda = bind->right->kind == JSONATA_LAMBDA && bind->right->nstages == 0;
    bool always = v && v->depth == f->depth && v->owner == f;
    struct gen_operand value;

    if (!v || bind->text.len == 0) /* `$ := x`: as the reference, it has no effect on $ */
        return gen_checked(f, bind->right);
    if (lambda && always) /* it cannot run before it is there */
        v->may_be_unset = false;
    value = gen_checked(f, bind->right);
    if (!value.code)
        return value;
    gen_line(f, "%s = %s;", value_of(f, v), value.code);
    if (strncmp(v->code, "self->", 6) == 0)
        f->uses_self = true;
    if (always)
        v->may_be_unset = false;
    return value;
}

/* ---- calls ---------------------------------------------------------------------------- */

/* The arguments behind FIRST (may be NULL): their codes; NULL if the function has
 * returned. */
static const char **gen_args(struct gen_function *f, const struct jsonata *call,
                             const struct gen_operand *first, size_t *count)
{
    const char **codes = ARENA_ARRAY(f->gen->arena, call->count + 2, const char *);

    *count = 0;
    if (first)
        codes[(*count)++] = first->code;
    for (size_t i = 0; i < call->count; i++) {
        struct gen_operand v = gen_plain("asl_unset()", 0);
        if (call->list[i]->kind != JSONATA_PLACE)
            v = gen_checked(f, call->list[i]);
        if (!v.code)
            return NULL;
        codes[(*count)++] = v.code;
    }
    return codes;
}

/* `name(...)` without a dollar sign: the path's only name, or NULL. */
static const struct expr_text *bare_name(const struct jsonata *callee)
{
    if (callee->kind == JSONATA_PATH && callee->count > 0)
        callee = callee->list[0];
    return callee->kind == JSONATA_NAME ? &callee->text : NULL;
}

/* Whether a name without its dollar sign is a variable or function: then the error says so. */
static bool is_known(struct gen_function *f, const struct expr_text *name)
{
    const char *code;

    return find_variable(f, name) || find_built_in(name) ||
           f->gen->emit->names->find(f->gen->emit->names->user, name, &code);
}

/* What is called: an operand, or a built-in function in *BUILT_IN. */
static struct gen_operand gen_callee(struct gen_function *f, const struct jsonata *call,
                                 const struct built_in **built_in)
{
    const struct jsonata *callee = call->left;
    const struct expr_text *name = bare_name(callee);
    struct gen_operand v;
    const char *code;

    *built_in = NULL;
    if (callee->kind == JSONATA_VARIABLE && callee->nstages == 0 && !callee->group &&
        !find_variable(f, &callee->text) &&
        !f->gen->emit->names->find(f->gen->emit->names->user, &callee->text, &code))
        *built_in = find_built_in(&callee->text);
    if (*built_in)
        return gen_plain("", 0);
    v = gen_checked(f, callee);
    if (v.code && name && is_known(f, name)) {
        gen_open(f, "if (asl_is_undefined(%s))", v.code);
        code = gen_printf(f, "asl_not_a_function%s(e, %s, true)",
                          call->kind == JSONATA_PARTIAL ? "_partly" : "",
                          names_string(f->gen->arena, name->text, name->len));
        gen_line(f, "%s", gen_failure(f, code));
        gen_close(f);
    }
    return v;
}

/* Whether BUILT_IN, called with COUNT arguments, may look at the context. */
static bool takes_context(const struct built_in *built_in, size_t count)
{
    return count < built_in->arity && strchr(built_in->signature, '-') != NULL;
}

/* A call that ends a lambda.  The result of a built-in function is then what it returns,
 * not unwrapped, as in the reference implementation; and where the context may have to
 * stand in for an argument, that is the one of the lambda's caller. */
static void gen_tail_call(struct gen_function *f, const struct built_in *built_in,
                          const char *callee, size_t count, const char *values)
{
    if (built_in && !takes_context(built_in, count)) {
        gen_line(f, "return asl_fn_%s(e, asl_undefined(), %zu, %s);", built_in->name, count,
                 values);
        return;
    }
    if (built_in)
        callee = gen_printf(f, "asl_function_value(&asl_fv_%s)", built_in->name);
    gen_line(f, "return asl_tail_call(e, %s, %s, %zu, %s);", callee, f->context, count,
             values);
}

/* What stands in for an argument of BUILT_IN, called with COUNT.  An array that is the whole
 * input is one item of the context, but to $string and, which makes text of it, $clone. */
static const char *context_for(struct gen_function *f, const struct built_in *built_in,
                               size_t count)
{
    bool as_text = strcmp(built_in->name, "string") == 0 || strcmp(built_in->name, "clone") == 0;

    if (!takes_context(built_in, count)) /* none; what loops need not keep at hand */
        return gen_variable(f, &(struct expr_text){"", 0}).code;
    if (!f->at_root || !f->gen->emit->has_input || !as_text)
        return f->context;
    return f->here ? gen_printf(f, "asl_is_array(e->input) ? e->input : %s", f->context)
                   : "e->input";
}

struct gen_operand gen_call(struct gen_function *f, const struct jsonata *call,
                        const struct gen_operand *first)
{
    const struct built_in *built_in;
    struct gen_operand callee, v;
    const char **args, *values;
    size_t count;

    callee = gen_callee(f, call, &built_in);
    if (!callee.code)
        return callee;
    args = gen_args(f, call, first, &count);
    if (!args)
        return gen_plain(NULL, 0);
    values = gen_values(f, args, count);
    if (built_in)
        f->gen->emit->has_hash = f->gen->emit->has_hash || built_in->hash;
    if (call->tail && f->is_lambda && !first) {
        gen_tail_call(f, built_in, callee.code, count, values);
        return gen_plain(NULL, 0);
    }
    if (built_in) {
        v = gen_temp(f, OP_FAILS | (gives_sequences(built_in) ? OP_SEQUENCE : 0),
                     "asl_fn_%s(e, %s, %zu, %s)", built_in->name, context_for(f, built_in, count),
                     count, values);
        return gen_check(f, v);
    }
    v = gen_temp(f, OP_FAILS | OP_SEQUENCE, "asl_apply(e, %s, %s, %zu, %s)", callee.code,
                 f->context, count, values);
    return gen_check(f, v);
}

struct gen_operand gen_partial(struct gen_function *f, const struct jsonata *call)
{
    const struct built_in *built_in;
    const char **args;
    struct gen_operand callee;
    size_t count;

    args = gen_args(f, call, NULL, &count);
    if (!args)
        return gen_plain(NULL, 0);
    callee = gen_callee(f, call, &built_in);
    if (built_in)
        callee = gen_global(f, &call->left->text);
    if (!callee.code)
        return callee;
    return gen_temp(f, OP_FAILS, "asl_partial(e, %s, %zu, %s)", callee.code, count,
                    gen_values(f, args, count));
}

/* ---- lambdas --------------------------------------------------------------------------- */

void gen_finish(struct gen_function *f, const char *head)
{
    struct text *out = f->gen->emit->out;
    const char *body = f->body.text ? f->body.text : "";

    text_printf(out, "%s\n{\n", head);
    if (!strstr(body, "e->") && !strstr(body, "(e,") && !strstr(body, "(e)"))
        text_puts(out, "    (void)e;\n");
    if (f->is_lambda && !strstr(body, "self->"))
        text_puts(out, "    (void)self;\n");
    if (f->is_lambda && !strstr(body, "args["))
        text_puts(out, "    (void)args;\n");
    text_puts(out, body);
    text_puts(out, "}\n");
    free(f->body.text);
    f->body = (struct text){0};
}

/* Begins a C function inside F for a lambda or a part of a transform. */
static struct gen_function begin(struct gen_function *f)
{
    struct gen_function inner = {.gen = f->gen, .outer = f, .indent = 1, .is_lambda = true};

    return inner;
}

/* Ends it; its name. */
static const char *end(struct gen_function *inner, struct gen_operand v)
{
    const char *name = gen_printf(inner, "%s_f%d", inner->gen->emit->name,
                                  ++inner->gen->nfunctions);

    gen_return(inner, v);
    gen_finish(inner, gen_printf(inner,
                                 "static asl_value %s(asl_eval *e, const asl_function *self,\n"
                                 "    const asl_value *args)",
                                 name));
    return name;
}

/* The cells that INNER sees, as an argument of F. */
static const char *gen_cells(struct gen_function *f, const struct gen_function *inner)
{
    const char **codes = ARENA_ARRAY(f->gen->arena, inner->ncaptures + 1, const char *);
    struct text out = {0};
    const char *copy;
    size_t i = 0;

    if (inner->ncaptures == 0)
        return "NULL";
    for (const struct capture *c = inner->captures; c; c = c->next, i++) {
        codes[i] = c->variable->code;
        if (strncmp(codes[i], "self->", 6) == 0)
            f->uses_self = true;
        if (c->variable->kind == VARIABLE_CELL)
            continue;
        codes[i] = gen_printf(f, "cell%d", gen_number(f));
        gen_line(f, "asl_value *%s = asl_cell(e, %s);", codes[i], c->variable->code);
        gen_line(f, "if (!%s) %s", codes[i], gen_failure(f, "asl_no_memory()"));
    }
    text_puts(&out, "(asl_value *const[]){ ");
    for (i = 0; i < inner->ncaptures; i++)
        text_printf(&out, "%s%s", i ? ", " : "", codes[i]);
    text_puts(&out, " }");
    copy = arena_copy(f->gen->arena, out.text, out.len);
    free(out.text);
    return copy;
}

struct gen_operand gen_lambda(struct gen_function *f, const struct jsonata *lambda)
{
    struct gen_function inner = begin(f);
    const char *name, *cells, *signature = "NULL";

    inner.last_capture = &inner.captures;
    inner.context = "self->context";
    inner.at_root = f->at_root;
    for (size_t i = 0; i < lambda->count; i++)
        gen_declare(&inner, lambda->list[i]->text, VARIABLE_LOCAL,
                    gen_printf(f, "args[%zu]", i), false);
    gen_outer_frame(&inner, lambda->right);
    name = end(&inner, gen_node(&inner, lambda->right));
    cells = gen_cells(f, &inner);
    if (lambda->text.len)
        signature = gen_printf(f, "\"%.*s\"", (int)lambda->text.len, lambda->text.text);
    return gen_temp(f, OP_FAILS, "asl_lambda(e, %s, %zu, %s, %s, %zu, %s)", name, lambda->count,
                    signature, f->here && !f->at_root ? f->here : f->context, inner.ncaptures,
                    cells);
}

/* A part of a transform in its own function; all of them see the same cells. */
static const char *gen_part(struct gen_function *inner, const struct jsonata *part)
{
    if (!part)
        return "NULL";
    inner->context = "args[0]";
    inner->scope = NULL;
    gen_outer_frame(inner, part);
    return end(inner, gen_node(inner, part));
}

struct gen_operand gen_transform(struct gen_function *f, const struct jsonata *transform)
{
    struct gen_function inner = begin(f);
    const char *matches, *update, *removal, *cells;

    inner.last_capture = &inner.captures;
    matches = gen_part(&inner, transform->left);
    update = gen_part(&inner, transform->right);
    removal = gen_part(&inner, transform->third);
    cells = gen_cells(f, &inner);
    return gen_temp(f, OP_FAILS, "asl_transform(e, %s, %s, %s, %s, %zu, %s)", matches, update,
                    removal, f->context, inner.ncaptures, cells);
}
