/*
 * emit_alike.c - states that do the same with other literals.
 *
 * A large program has many of them.  The C compiler would go over each, and a processor
 * remembers where so many jumps and calls lead, but not those of 10,000 states.  So there is
 * one function for all state functions with the same instructions, where they are MANY; what
 * differs is in a row that each hands over:
 *
 *   struct order__alike1 { asl_value value1; uint32_t state2; };
 *   static ASL_NOINLINE asl_next order__alike1(asl_frame *f, const struct order__alike1 *row)
 *   { ... }
 *   static const struct order__alike1 order_x__row = { ASL_TEXT("x"), ORDER_Y };
 *   static asl_next order_x(asl_frame *f) { return order__alike1(f, &order_x__row); }
 *
 * Scopes of one such state (of a Map's processor, often) share their dispatch, too.
 */
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "emit_parts.h"

/* MANY: that one function for all is worth it.  LEAST: operations that each would have of
 * its own; with fewer it is as well where it is. */
enum { MANY = 8, LEAST = 2 };

/* Operands that may differ, in the order of the instructions. */
struct parts {
    const struct ir_arg **args;
    size_t count, capacity;
};

struct alike {
    const struct ir_function *first;
    struct text key; /* the instructions, without those operands */
    struct parts parts; /* of the first */
    bool *differs;      /* by part: it is not the same in all */
    size_t count;       /* functions */
    size_t number;      /* from 1, once it is emitted */
    bool alone;         /* so is the dispatch of scopes that have nothing else */
    struct alike *next;  /* with the same hash */
};

enum { SLOTS = 4096 };

struct finder {
    struct emitter *e;
    struct alike *slots[SLOTS];
};

/* ---- what is alike ------------------------------------------------------------ */

static void add_part(struct emitter *e, struct parts *parts, const struct ir_arg *arg)
{
    if (parts->count == parts->capacity) {
        size_t capacity = parts->capacity ? 2 * parts->capacity : 16;
        const struct ir_arg **args = ARENA_ARRAY(e->arena, capacity, const struct ir_arg *);

        if (parts->count)
            memcpy(args, parts->args, parts->count * sizeof *args);
        parts->args = args;
        parts->capacity = capacity;
    }
    parts->args[parts->count++] = arg;
}

/* Whether C has a name for the value: then a row holds its address. */
static bool is_named(const struct ir_constant *constant)
{
    return constant->number && constant->is_value;
}

/* Adds the operands to the key and to the parts; false: there is one that has to stand where
 * it is used. */
static bool describe_args(struct emitter *e, struct text *key, struct parts *parts,
                          const struct ir_arg *args, size_t nargs)
{
    for (size_t i = 0; i < nargs; i++) {
        const struct ir_arg *arg = &args[i];

        text_printf(key, " %d", (int)arg->kind);
        switch (arg->kind) {
        case IR_NONE: break;
        case IR_TEMP:
        case IR_SIZE: text_printf(key, ":%lld", (long long)arg->number); break;
        case IR_CODE: text_puts(key, arg->text); break;
        case IR_FUNCTION: text_puts(key, arg->function->name); break;
        case IR_CONST:
            text_puts(key, is_named(arg->constant) ? "&" : "");
            add_part(e, parts, arg);
            break;
        case IR_ADDRESS:
            text_puts(key, arg->flags);
            add_part(e, parts, arg);
            break;
        case IR_POINT:
        case IR_STRING:
        case IR_BYTES:
        case IR_ITEMS:
        case IR_PATH: add_part(e, parts, arg); break;
        case IR_LIST:
            text_printf(key, "[%zu", arg->count);
            if (!describe_args(e, key, parts, arg->list, arg->count))
                return false;
            break;
        case IR_INTS:
        case IR_REGEX:
        case IR_LOOKUP: return false;
        }
    }
    return true;
}

/* Whether INSN returns with more to do than to say which state comes next. */
static bool is_end(const struct ir_insn *insn)
{
    return insn->code == IR_RETURN && insn->op && strcmp(insn->op, "asl_go") != 0 &&
           strcmp(insn->op, "asl_goto") != 0;
}

/* The key and the parts of FN; false: it stays as it is. */
static bool describe(struct emitter *e, const struct ir_function *fn, struct text *key,
                     struct parts *parts)
{
    size_t work = 0;

    for (size_t i = 0; i < fn->count; i++) {
        const struct ir_insn *insn = &fn->insns[i];

        if (insn->code >= IR_SWITCH)
            return false;
        work += (insn->code == IR_OP && !insn->dropped) || is_end(insn);
        text_printf(key, "\n%d %u %d %d %d %zu %s", (int)insn->code, insn->flags, insn->temp,
                    insn->label, insn->dropped, insn->nargs, insn->op ? insn->op : "");
        if (!insn->dropped && !describe_args(e, key, parts, insn->args, insn->nargs))
            return false;
    }
    return work >= LEAST;
}

static bool same_part(const struct ir_arg *a, const struct ir_arg *b)
{
    switch (a->kind) {
    case IR_POINT:
    case IR_ADDRESS: return strcmp(a->text, b->text) == 0;
    case IR_STRING:
    case IR_BYTES: return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
    default: return a->constant == b->constant;
    }
}

static struct alike **find(struct finder *finder, const struct text *key)
{
    uint32_t hash = 2166136261U;
    struct alike **at;

    for (size_t i = 0; i < key->len; i++)
        hash = (hash ^ (unsigned char)key->text[i]) * 16777619U;
    at = &finder->slots[(hash ^ hash >> 16) % SLOTS];
    while (*at && ((*at)->key.len != key->len ||
                   memcmp((*at)->key.text, key->text, key->len) != 0))
        at = &(*at)->next;
    return at;
}

static void add_function(struct finder *finder, struct ir_function *fn)
{
    struct arena *arena = finder->e->arena;
    struct text key = {0};
    struct parts parts = {0};
    struct alike **at, *alike;

    text_puts(&key, "");
    if (!describe(finder->e, fn, &key, &parts)) {
        free(key.text);
        return;
    }
    at = find(finder, &key);
    if (!*at) {
        *at = ARENA_NEW(arena, struct alike);
        **at = (struct alike){.first = fn, .key = key, .parts = parts};
        (*at)->differs = ARENA_ARRAY(arena, parts.count + 1, bool);
    } else {
        free(key.text);
    }
    alike = *at;
    for (size_t i = 0; i < parts.count; i++)
        if (!same_part(alike->parts.args[i], parts.args[i]))
            alike->differs[i] = true;
    alike->count++;
    fn->alike = alike;
}

void find_alike(struct emitter *e)
{
    struct finder *finder = ARENA_NEW(e->arena, struct finder);

    if (!e->is_large)
        return;
    finder->e = e;
    for (const struct ir_unit *unit = e->program->units; unit; unit = unit->next)
        for (const struct ir_scope *scope = unit->scopes; scope; scope = scope->next)
            for (struct ir_function *fn = scope->functions; fn; fn = fn->next)
                if (fn->kind == IR_STATE)
                    add_function(finder, fn);
    for (size_t i = 0; i < SLOTS; i++)
        for (struct alike *alike = finder->slots[i]; alike; alike = alike->next)
            free(alike->key.text);
}

/* ---- rows --------------------------------------------------------------------- */

/* The name of a field, without its number. */
static const char *part_name(const struct ir_arg *arg)
{
    switch (arg->kind) {
    case IR_POINT: return "state";
    case IR_ADDRESS: return arg->flags + strlen("asl_");
    case IR_STRING:
    case IR_BYTES: return "text";
    case IR_ITEMS: return "items";
    case IR_PATH: return "path";
    default: return "value";
    }
}

static void put_type(struct text *out, const struct ir_arg *arg)
{
    switch (arg->kind) {
    case IR_POINT: text_puts(out, "uint32_t "); break;
    case IR_ADDRESS: text_printf(out, "const %s *", arg->flags); break;
    case IR_STRING:
    case IR_BYTES: text_puts(out, "const char *"); break;
    case IR_ITEMS: text_puts(out, "const asl_value *"); break;
    case IR_PATH: text_puts(out, "const asl_path *"); break;
    default: text_puts(out, is_named(arg->constant) ? "const asl_value *" : "asl_value ");
    }
}

void put_field(struct text *out, const struct ir_arg *arg)
{
    bool at_address = arg->kind == IR_CONST && is_named(arg->constant);

    text_printf(out, "%srow->%s%u", at_address ? "*" : "", part_name(arg),
                (unsigned)arg->field);
    if (arg->kind == IR_BYTES)
        text_printf(out, ", row->len%u", (unsigned)arg->field);
}

static void emit_fields(struct emitter *e, const struct alike *alike)
{
    uint32_t field = 0;

    text_printf(e->out,
                "/* What differs in %zu states that do the same. */\n"
                "struct %s__alike%zu {\n",
                alike->count, e->prefix, alike->number);
    for (size_t i = 0; i < alike->parts.count; i++) {
        struct ir_arg *arg = (struct ir_arg *)(uintptr_t)alike->parts.args[i];

        if (!alike->differs[i])
            continue;
        arg->field = ++field;
        text_puts(e->out, "    ");
        put_type(e->out, arg);
        text_printf(e->out, "%s%u;\n", part_name(arg), (unsigned)field);
        if (arg->kind == IR_BYTES)
            text_printf(e->out, "    size_t len%u;\n", (unsigned)field);
    }
    text_puts(e->out, field ? "};\n" : "    char none;\n};\n");
}

static void emit_first(struct emitter *e, struct alike *alike)
{
    alike->number = ++e->nalike;
    emit_here(e);
    emit_fields(e, alike);
    text_printf(e->out,
                "static ASL_NOINLINE asl_next %s__alike%zu(asl_frame *f, "
                "const struct %s__alike%zu *row)\n{\n",
                e->prefix, alike->number, e->prefix, alike->number);
    emit_body(e, alike->first);
    text_puts(e->out, "}\n");
}

static void put_part(struct emitter *e, const struct ir_arg *arg)
{
    switch (arg->kind) {
    case IR_POINT:
    case IR_ADDRESS: text_puts(e->out, arg->text); break;
    case IR_STRING: put_literal(e, e->out, arg->text, arg->len); break;
    case IR_BYTES:
        put_literal(e, e->out, arg->text, arg->len);
        text_printf(e->out, ", %zu", arg->len);
        break;
    case IR_ITEMS:
        text_printf(e->out, "%s__k%zu_data.items", e->prefix, arg->constant->number);
        break;
    case IR_PATH: text_printf(e->out, "&%s__p%zu", e->prefix, arg->path->number); break;
    default:
        if (is_named(arg->constant))
            text_printf(e->out, "&%s__k%zu", e->prefix, arg->constant->number);
        else
            put_constant_initialiser(e, e->out, arg->constant);
    }
}

bool emit_row(struct emitter *e, const struct ir_function *fn)
{
    struct alike *alike = fn->alike;
    struct text key = {0};
    struct parts parts = {0};
    const char *separator = "";

    if (!alike || alike->count < MANY)
        return false;
    if (!alike->number)
        emit_first(e, alike);
    describe(e, fn, &key, &parts);
    free(key.text);
    emit_here(e);
    text_printf(e->out, "static const struct %s__alike%zu %s__row = { ", e->prefix,
                alike->number, fn->name);
    for (size_t i = 0; i < parts.count; i++) {
        if (!alike->differs[i])
            continue;
        text_puts(e->out, separator);
        put_part(e, parts.args[i]);
        separator = ", ";
    }
    text_puts(e->out, *separator ? " };\n" : "0 };\n");
    return true;
}

void emit_use_of_row(struct emitter *e, const struct ir_function *fn)
{
    emit_at(e, fn->at);
    text_printf(e->out, "    return %s__alike%zu(f, &%s__row);\n", e->prefix,
                fn->alike->number, fn->name);
}

bool emit_dispatch_alone(struct emitter *e, const struct ir_scope *scope)
{
    const struct ir_function *fn = scope->points[0].function;
    struct alike *alike = fn ? fn->alike : NULL;

    if (scope->npoints > 1 || !alike || !alike->number)
        return false;
    if (!alike->alone)
        text_printf(e->out,
                    "static ASL_NOINLINE asl_next %s__alone%zu(asl_frame *f, "
                    "const struct %s__alike%zu *row)\n{\n"
                    "    asl_next next = ASL_GO_ON;\n"
                    "    while (asl_more(f, &next))\n"
                    "        next = %s__alike%zu(f, row);\n"
                    "    return next;\n}\n",
                    e->prefix, alike->number, e->prefix, alike->number, e->prefix,
                    alike->number);
    alike->alone = true;
    text_printf(e->out,
                "static asl_next %s__dispatch(asl_frame *f)\n{\n"
                "    return %s__alone%zu(f, &%s__row);\n}\n",
                scope->name, e->prefix, alike->number, fn->name);
    return true;
}
