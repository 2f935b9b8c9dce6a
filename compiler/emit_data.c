/*
 * emit_data.c - constants: literal values, and the descriptions of paths.
 *
 * What functions refer to is collected first and numbered in the order of use, parts before
 * wholes, so that each stands before what refers to it.
 *
 *   static const struct { asl_block block; asl_value items[2]; } order__k1_data = ...
 *   static const asl_value order__k1 = ASL_CONST_ARRAY(2, 1, order__k1_data.items);
 */
#include <stdlib.h>
#include <string.h>

#include <aslrt/value.h>

#include "arena.h"
#include "emit_parts.h"
#include "names.h"
#include "number.h"

/* ---- numbers ------------------------------------------------------------------ */

enum number_kind { NUMBER_INTEGER, NUMBER_DOUBLE, NUMBER_DECIMAL };

/* Which form a number's text gets.  A double only where its canonical print is certainly
 * that text again: digits with a point in plain form, at most 15 that count. */
static enum number_kind number_kind(const char *text, size_t len)
{
    size_t first = text[0] == '-', point = len, digits = len - first;

    if (text[first] == '0' && digits == 1)
        return first ? NUMBER_DECIMAL : NUMBER_INTEGER;
    for (size_t i = first; i < len; i++)
        if (text[i] == '.')
            point = i;
        else if (text[i] < '0' || text[i] > '9')
            return NUMBER_DECIMAL;
    if (point == len)
        return digits <= 18 ? NUMBER_INTEGER : NUMBER_DECIMAL;
    if (digits > 16 || text[len - 1] == '0' ||
        (text[first] == '0' && strncmp(text + point, ".00", 3) == 0))
        return NUMBER_DECIMAL;
    return NUMBER_DOUBLE;
}

static void put_double(struct text *out, const char *text)
{
    char digits[40];
    double number = strtod(text, NULL);

    if (number > 1.7976931348623157e308 || number < -1.7976931348623157e308) {
        text_printf(out, "%s__builtin_huge_val()", number < 0 ? "-" : "");
        return;
    }
    snprintf(digits, sizeof digits, "%.17g", number);
    /* Not for 1e-400, of which C compilers warn that it is none. */
    if (number != 0 && strlen(text) < 17 && strpbrk(text, ".eE") &&
        strtod(digits, NULL) == number)
        snprintf(digits, sizeof digits, "%s", text);
    text_puts(out, digits);
    if (!strpbrk(digits, ".eE"))
        text_puts(out, ".0");
}

/* ---- initialisers ------------------------------------------------------------- */

void put_literal(struct emitter *e, struct text *out, const char *text, size_t len)
{
    text_puts(out, names_string(e->arena, text, len));
}

void put_text_initialiser(struct emitter *e, struct text *out, const char *text, size_t len)
{
    if (len == 0) {
        text_puts(out, "ASL_EMPTY_TEXT");
        return;
    }
    if (e->is_large && len <= ASL_SHORT_MAX)
        text_printf(out, "ASL_COUNTED_TEXT(\"\\%o\" ", (unsigned)len);
    else
        text_puts(out, len <= ASL_SHORT_MAX ? "ASL_TEXT(" : "ASL_LONG_TEXT(");
    put_literal(e, out, text, len);
    if (len > ASL_SHORT_MAX)
        text_printf(out, ", 0x%06X", (unsigned)asl__text_hash(text, len));
    text_puts(out, ")");
}

static size_t depth_of(const struct node *node)
{
    size_t depth = 0;

    if (!node_is_array(node) && !node_is_object(node))
        return 0;
    for (const struct node *child = node_child(node); child; child = node_next(child)) {
        size_t inner = depth_of(child);

        depth = inner > depth ? inner : depth;
    }
    return depth + 1;
}

static const struct ir_constant *constant_of(struct emitter *e, const struct node *node)
{
    return ir_constant((struct ir_program *)(uintptr_t)e->program, node).constant;
}

static void put_text_value(struct emitter *e, struct text *out, const char *text, size_t len)
{
    const struct ir_constant *c;

    if (len <= LONGEST_LITERAL) {
        put_text_initialiser(e, out, text, len);
        return;
    }
    c = ir_text((struct ir_program *)(uintptr_t)e->program, text, len).constant;
    text_printf(out, "ASL_LONG_TEXT(%s__k%zu_data, 0x%06X)", e->prefix, c->number,
                (unsigned)asl__text_hash(text, len));
}

static void put_number(struct emitter *e, struct text *out, const struct node *node)
{
    switch (number_kind(node->text, node->len)) {
    case NUMBER_INTEGER: text_printf(out, "ASL_CONST_INTEGER(%s)", node->text); break;
    case NUMBER_DOUBLE:
        text_puts(out, "ASL_CONST_DOUBLE(");
        put_double(out, node->text);
        text_puts(out, ")");
        break;
    case NUMBER_DECIMAL:
        text_printf(out, "ASL_CONST_DECIMAL(&%s__k%zu_data)", e->prefix,
                    constant_of(e, node)->number);
        break;
    }
}

static void put_initialiser(struct emitter *e, struct text *out, const struct node *node)
{
    if (node_is_string(node)) {
        put_text_value(e, out, node->text, node->len);
    } else if (node_is_number(node)) {
        put_number(e, out, node);
    } else if (node_is_array(node) || node_is_object(node)) {
        text_printf(out, "ASL_CONST_%s(%zu, %zu, ",
                    node_is_array(node) ? "ARRAY" : "OBJECT", node->count,
                    depth_of(node));
        if (node->count)
            text_printf(out, "%s__k%zu_data.items)", e->prefix, constant_of(e, node)->number);
        else
            text_puts(out, "NULL)");
    } else {
        text_printf(out, "ASL_CONST_TAG(%s)",
                    node_is_null(node)   ? "ASL_NULL"
                    : node_is_true(node) ? "ASL_TRUE"
                                         : "ASL_FALSE");
    }
}

/* ---- collecting --------------------------------------------------------------- */

static void number_constant(struct emitter *e, const struct ir_constant *constant)
{
    struct ir_constant *c = (struct ir_constant *)(uintptr_t)constant;

    if (c->number)
        return;
    if (e->nconstants == e->capacity) {
        size_t capacity = e->capacity ? 2 * e->capacity : 64;
        struct ir_constant **list = ARENA_ARRAY(e->arena, capacity, struct ir_constant *);

        if (e->nconstants)
            memcpy(list, e->constants, e->nconstants * sizeof *list);
        e->constants = list;
        e->capacity = capacity;
    }
    e->constants[e->nconstants++] = c;
    c->number = e->nconstants;
}

/* Data of its own for NODE and all in it, where it needs some. */
static void collect_node(struct emitter *e, const struct node *node)
{
    for (const struct node *child = node_child(node); child; child = node_next(child)) {
        collect_node(e, child);
        if (child->key && child->key_len > LONGEST_LITERAL)
            number_constant(e, ir_text((struct ir_program *)(uintptr_t)e->program,
                                       child->key, child->key_len)
                                   .constant);
    }
    if (((node_is_array(node) || node_is_object(node)) && node->count) ||
        (node_is_string(node) && node->len > LONGEST_LITERAL) ||
        (node_is_number(node) && number_kind(node->text, node->len) == NUMBER_DECIMAL))
        number_constant(e, constant_of(e, node));
}

static void collect_path(struct emitter *e, const struct ir_path *path)
{
    struct ir_path *p = (struct ir_path *)(uintptr_t)path;

    if (p->number)
        return;
    if (e->npaths == e->path_capacity) {
        size_t capacity = e->path_capacity ? 2 * e->path_capacity : 16;
        struct ir_path **list = ARENA_ARRAY(e->arena, capacity, struct ir_path *);

        if (e->npaths)
            memcpy(list, e->paths, e->npaths * sizeof *list);
        e->paths = list;
        e->path_capacity = capacity;
    }
    e->paths[e->npaths++] = p;
    p->number = e->npaths;
}

static void collect_lookup(struct emitter *e, const struct ir_lookup *lookup)
{
    struct ir_lookup *l = (struct ir_lookup *)(uintptr_t)lookup;

    if (e->nlookups == e->lookup_capacity) {
        size_t capacity = e->lookup_capacity ? 2 * e->lookup_capacity : 16;
        struct ir_lookup **list = ARENA_ARRAY(e->arena, capacity, struct ir_lookup *);

        if (e->nlookups)
            memcpy(list, e->lookups, e->nlookups * sizeof *list);
        e->lookups = list;
        e->lookup_capacity = capacity;
    }
    e->lookups[e->nlookups++] = l;
    l->number = e->nlookups;
    for (size_t i = 0; i < l->count; i++)
        collect_node(e, l->keys[i]);
}

static void collect_args(struct emitter *e, const struct ir_arg *args, size_t nargs)
{
    for (size_t i = 0; i < nargs; i++) {
        struct ir_constant *c = (struct ir_constant *)(uintptr_t)args[i].constant;

        if (args[i].kind == IR_LIST)
            collect_args(e, args[i].list, args[i].count);
        if (args[i].kind == IR_PATH)
            collect_path(e, args[i].path);
        if (args[i].kind == IR_LOOKUP)
            collect_lookup(e, args[i].lookup);
        if (args[i].kind != IR_CONST && args[i].kind != IR_ITEMS)
            continue;
        if (c->node)
            collect_node(e, c->node);
        if (args[i].kind == IR_ITEMS)
            continue;
        if (c->node ? c->number || (c->node->count && !node_is_string(c->node))
                    : c->len > LONGEST_INLINE) {
            number_constant(e, c);
            c->is_value = true;
        }
    }
}

static void collect(struct emitter *e)
{
    for (const struct ir_unit *unit = e->program->units; unit; unit = unit->next)
        for (const struct ir_scope *scope = unit->scopes; scope; scope = scope->next)
            for (const struct ir_function *fn = scope->functions; fn; fn = fn->next)
                for (size_t i = 0; i < fn->count; i++)
                    if (!fn->insns[i].dropped)
                        collect_args(e, fn->insns[i].args, fn->insns[i].nargs);
}

/* ---- emitting ----------------------------------------------------------------- */

/* A text in pieces, a line of it for each of its lines. */
static void emit_long_text(struct emitter *e, const char *text, size_t len)
{
    for (size_t begin = 0, end; begin < len; begin = end) {
        for (end = begin + 1; end < len && end - begin < 200 && text[end - 1] != '\n';)
            end++;
        text_puts(e->out, "\n    ");
        put_literal(e, e->out, text + begin, end - begin);
    }
}

static void emit_items(struct emitter *e, const struct ir_constant *c)
{
    const struct node *node = c->node;
    const char *separator = "\n    ";

    text_printf(e->out,
                "static const struct { asl_block block; asl_%s items[%zu]; } %s__k%zu_data = "
                "{ { %zu, %zu, NULL }, {",
                node_is_array(node) ? "value" : "member", node->count, e->prefix, c->number,
                node->count, node->count);
    for (const struct node *child = node_child(node); child; child = node_next(child)) {
        text_puts(e->out, separator);
        if (child->key) {
            text_puts(e->out, "{ ");
            put_text_value(e, e->out, child->key, child->key_len);
            text_puts(e->out, ", ");
        }
        put_initialiser(e, e->out, child);
        text_puts(e->out, child->key ? " }" : "");
        separator = ",\n    ";
    }
    text_puts(e->out, " } };\n");
}

static void emit_data(struct emitter *e, const struct ir_constant *c)
{
    const struct node *node = c->node;

    if (!node) {
        if (c->len <= LONGEST_LITERAL)
            return;
        text_printf(e->out, "static const char %s__k%zu_data[] =", e->prefix, c->number);
        emit_long_text(e, c->text, c->len);
        text_puts(e->out, ";\n");
    } else if (node_is_number(node)) {
        text_printf(e->out,
                    "static const struct { double number; uint32_t len; char text[%zu]; } "
                    "%s__k%zu_data = { ",
                    node->len + 1, e->prefix, c->number);
        put_double(e->out, node->text);
        text_printf(e->out, ", %zu, \"%s\" };\n", node->len, node->text);
    } else {
        emit_items(e, c);
    }
}

static void emit_value(struct emitter *e, const struct ir_constant *c)
{
    text_printf(e->out, "static const asl_value %s__k%zu = ", e->prefix, c->number);
    if (c->node)
        put_initialiser(e, e->out, c->node);
    else
        put_text_value(e, e->out, c->text, c->len);
    text_puts(e->out, ";\n");
}

static void emit_step(struct emitter *e, const struct expr *path, const struct step *step)
{
    if (step->kind == STEP_NAME) {
        text_puts(e->out, "{ ");
        put_text_initialiser(e, e->out, step->text.text, step->text.len);
        text_puts(e->out, ", 0, ASL_STEP_NAME }");
    } else if (step->kind == STEP_INDEX) {
        text_printf(e->out, "{ ASL_EMPTY_TEXT, %d, ASL_STEP_INDEX }", (int)step->from);
    } else {
        text_puts(e->out, "{ ");
        put_text_initialiser(e, e->out,
                             path->source.text + (step->span.start - path->span.start),
                             step->span.end - step->span.start);
        text_puts(e->out, ", 0, ASL_STEP_OTHER }");
    }
}

static void emit_path(struct emitter *e, const struct ir_path *path)
{
    const struct expr *expr = path->expr;
    size_t count = 0;

    while (count < expr->count) {
        enum step_kind kind = expr->steps[count++].kind;

        if (kind != STEP_NAME && kind != STEP_INDEX)
            break;
    }
    for (size_t i = 0; i < count; i++) {
        if (i == 0)
            text_printf(e->out, "static const asl_step %s__p%zu_steps[] = { ", e->prefix,
                        path->number);
        text_puts(e->out, i ? ", " : "");
        emit_step(e, expr, &expr->steps[i]);
    }
    text_puts(e->out, count ? " };\n" : "");
    text_printf(e->out, "static const asl_path %s__p%zu = { ", e->prefix, path->number);
    put_literal(e, e->out, expr->source.text, expr->source.len);
    text_printf(e->out, ", %zu, %zu, ", expr->source.len, count);
    if (count)
        text_printf(e->out, "%s__p%zu_steps };\n", e->prefix, path->number);
    else
        text_puts(e->out, "NULL };\n");
}

static uint32_t hash_of(const struct node *key)
{
    if (node_is_string(key))
        return asl_text_key(asl_string_in(key->text, key->len));
    return asl_number_key(asl_double(asl__number_parse(key->text, key->len)));
}

/* The numbers of the keys, from 1, where asl_find_text and asl_find_number look. */
static void emit_slots(struct emitter *e, const struct ir_lookup *lookup, uint32_t mask)
{
    uint32_t *slots = ARENA_ARRAY(e->arena, (size_t)mask + 1, uint32_t);

    for (size_t i = 0; i < lookup->count; i++) {
        uint32_t at = hash_of(lookup->keys[i]);

        while (slots[at & mask])
            at++;
        slots[at & mask] = (uint32_t)i + 1;
    }
    for (uint32_t i = 0; i <= mask; i++)
        text_printf(e->out, "%s%s%u", i ? "," : "", i % 16 ? " " : "\n    ", (unsigned)slots[i]);
}

static void emit_lookup(struct emitter *e, const struct ir_lookup *lookup)
{
    uint32_t mask = 7;

    while (mask < 2 * lookup->count)
        mask = 2 * mask + 1;
    text_printf(e->out, "static const asl_value %s__t%zu_keys[] = {", e->prefix,
                lookup->number);
    for (size_t i = 0; i < lookup->count; i++) {
        text_puts(e->out, i ? ",\n    " : "\n    ");
        put_initialiser(e, e->out, lookup->keys[i]);
    }
    text_printf(e->out,
                " };\nstatic const asl_lookup %s__t%zu = { %zu, %u, %s__t%zu_keys,\n"
                "    (const uint32_t[]){",
                e->prefix, lookup->number, lookup->count, (unsigned)mask, e->prefix,
                lookup->number);
    emit_slots(e, lookup, mask);
    text_puts(e->out, " } };\n");
}

void emit_constants(struct emitter *e)
{
    collect(e);
    if (e->nconstants || e->npaths || e->nlookups)
        text_puts(e->out, "\n/* Constants. */\n");
    for (size_t i = 0; i < e->nconstants; i++) {
        emit_data(e, e->constants[i]);
        if (e->constants[i]->is_value)
            emit_value(e, e->constants[i]);
    }
    for (size_t i = 0; i < e->npaths; i++)
        emit_path(e, e->paths[i]);
    for (size_t i = 0; i < e->nlookups; i++)
        emit_lookup(e, e->lookups[i]);
}

/* ---- expressions -------------------------------------------------------------- */

const char *short_text(struct emitter *e, const struct ir_constant *constant)
{
    if (constant->node || constant->number || constant->len > LONGEST_INLINE)
        return NULL;
    return names_string(e->arena, constant->text, constant->len);
}

void put_constant_initialiser(struct emitter *e, struct text *out,
                              const struct ir_constant *constant)
{
    if (constant->node)
        put_initialiser(e, out, constant->node);
    else
        put_text_value(e, out, constant->text, constant->len);
}

void put_constant(struct emitter *e, struct text *out, const struct ir_constant *constant)
{
    const struct node *node = constant->node;

    if (constant->number && constant->is_value) {
        text_printf(out, "%s__k%zu", e->prefix, constant->number);
    } else if (!node) {
        text_puts(out, "asl_str(");
        put_literal(e, out, constant->text, constant->len);
        text_puts(out, ")");
    } else if (node_is_number(node)) {
        bool whole = number_kind(node->text, node->len) == NUMBER_INTEGER;

        text_puts(out, whole ? "asl_integer(" : "asl_double(");
        if (whole)
            text_puts(out, node->text);
        else
            put_double(out, node->text);
        text_puts(out, ")");
    } else {
        text_puts(out, node_is_null(node)     ? "asl_null()"
                       : node_is_array(node)  ? "asl_array()"
                       : node_is_object(node) ? "asl_object()"
                       : node_is_true(node)   ? "asl_boolean(true)"
                                              : "asl_boolean(false)");
    }
}
