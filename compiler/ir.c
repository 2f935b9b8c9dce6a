/*
 * ir.c - building and printing the intermediate form.
 */
#include "ir.h"

#include <string.h>

#include "arena.h"
#include "names.h"

struct ir_program *ir_program_new(struct arena *arena, struct names *names)
{
    struct ir_program *program = ARENA_NEW(arena, struct ir_program);

    program->arena = arena;
    program->names = names;
    program->last_unit = &program->units;
    program->last_task = &program->tasks;
    program->last_handler = &program->handlers;
    program->last_aws = &program->aws;
    program->table_size = 64;
    program->table = ARENA_ARRAY(arena, program->table_size, struct ir_constant *);
    program->handler_table_size = 1024;
    program->handler_table =
        ARENA_ARRAY(arena, program->handler_table_size, struct ir_handler *);
    return program;
}

struct ir_function *ir_function_new(struct ir_scope *scope, enum ir_function_kind kind,
                                    const char *name, uint32_t at)
{
    struct ir_program *program = scope->unit->program;
    struct ir_function *fn = ARENA_NEW(program->arena, struct ir_function);

    fn->name = name;
    fn->kind = kind;
    fn->at = at;
    fn->program = program;
    fn->scope = scope;
    return fn;
}

void ir_function_add(struct ir_function *fn)
{
    *fn->scope->last_function = fn;
    fn->scope->last_function = &fn->next;
}

/* ---- operands ----------------------------------------------------------------- */

struct ir_arg ir_none(void)
{
    return (struct ir_arg){.kind = IR_NONE};
}

struct ir_arg ir_code(const char *code)
{
    return (struct ir_arg){.kind = IR_CODE, .text = code};
}

struct ir_arg ir_point(const char *enumerator)
{
    return (struct ir_arg){.kind = IR_POINT, .text = enumerator};
}

struct ir_arg ir_descriptor(struct ir_program *program, const char *type, const char *name)
{
    return (struct ir_arg){.kind = IR_ADDRESS,
                           .text = arena_printf(program->arena, "&%s", name),
                           .flags = type};
}

struct ir_arg ir_size(int64_t number)
{
    return (struct ir_arg){.kind = IR_SIZE, .number = number};
}

struct ir_arg ir_string(const char *text, size_t len)
{
    return (struct ir_arg){.kind = IR_STRING, .text = text, .len = len};
}

struct ir_arg ir_bytes(const char *text, size_t len)
{
    return (struct ir_arg){.kind = IR_BYTES, .text = text, .len = len};
}

static const struct ir_arg *copy_args(struct arena *arena, const struct ir_arg *args,
                                      size_t count)
{
    struct ir_arg *copy = ARENA_ARRAY(arena, count ? count : 1, struct ir_arg);

    if (count)
        memcpy(copy, args, count * sizeof *copy);
    return copy;
}

struct ir_arg ir_list(struct ir_function *fn, const struct ir_arg *list, size_t count)
{
    return (struct ir_arg){.kind = IR_LIST,
                           .list = copy_args(fn->program->arena, list, count),
                           .count = count};
}

struct ir_arg ir_address(const struct ir_function *function)
{
    return (struct ir_arg){.kind = IR_FUNCTION, .function = function};
}

struct ir_arg ir_ints(struct ir_function *fn, const int32_t *ints, size_t count)
{
    int32_t *copy = ARENA_ARRAY(fn->program->arena, count, int32_t);

    memcpy(copy, ints, count * sizeof *copy);
    return (struct ir_arg){.kind = IR_INTS, .ints = copy, .count = count};
}

struct ir_arg ir_lookup(const struct ir_lookup *lookup)
{
    return (struct ir_arg){.kind = IR_LOOKUP, .lookup = lookup};
}

struct ir_arg ir_regex(const char *text, size_t len, const char *flags)
{
    return (struct ir_arg){.kind = IR_REGEX, .text = text, .len = len, .flags = flags};
}

/* ---- constants ---------------------------------------------------------------- */

static uint64_t mix(uint64_t hash, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001B3);
    return (hash ^ (hash >> 31)) * UINT64_C(0x9E3779B97F4A7C15);
}

static uint64_t hash_node(uint64_t hash, const struct node *node)
{
    hash = mix(hash, (const char *)&node->json.type, sizeof node->json.type);
    if (node->key)
        hash = mix(hash, node->key, node->key_len);
    if (node->text)
        hash = mix(hash, node->text, node->len);
    for (const struct node *child = node_child(node); child; child = node_next(child))
        hash = hash_node(hash, child);
    return mix(hash, "]", 1);
}

static bool same_text(const char *a, size_t alen, const char *b, size_t blen)
{
    return alen == blen && (alen == 0 || memcmp(a, b, alen) == 0);
}

/* Equal but for the nodes' own keys. */
static bool same_node(const struct node *a, const struct node *b)
{
    const struct node *x = node_child(a), *y = node_child(b);

    if ((a->json.type & 0xFF) != (b->json.type & 0xFF) || a->count != b->count ||
        !same_text(a->text, a->len, b->text, b->len))
        return false;
    for (; x && y; x = node_next(x), y = node_next(y)) {
        if (!x->key != !y->key || (x->key && !same_text(x->key, x->key_len, y->key, y->key_len)))
            return false;
        if (!same_node(x, y))
            return false;
    }
    return !x && !y;
}

static void grow_table(struct ir_program *program)
{
    size_t size = program->table_size * 2;
    struct ir_constant **table = ARENA_ARRAY(program->arena, size, struct ir_constant *);

    for (size_t i = 0; i < program->table_size; i++)
        for (struct ir_constant *c = program->table[i], *next; c; c = next) {
            next = c->next;
            c->next = table[c->hash & (size - 1)];
            table[c->hash & (size - 1)] = c;
        }
    program->table = table;
    program->table_size = size;
}

static bool same_constant(const struct ir_constant *a, const struct ir_constant *b)
{
    if (!a->node || !b->node)
        return !a->node && !b->node && same_text(a->text, a->len, b->text, b->len);
    return same_node(a->node, b->node);
}

static struct ir_arg intern(struct ir_program *program, struct ir_constant wanted)
{
    struct ir_constant **slot, *c;

    if (program->nconstants >= program->table_size)
        grow_table(program);
    slot = &program->table[wanted.hash & (program->table_size - 1)];
    for (c = *slot; c; c = c->next)
        if (c->hash == wanted.hash && same_constant(c, &wanted))
            return (struct ir_arg){.kind = IR_CONST, .constant = c};
    c = ARENA_NEW(program->arena, struct ir_constant);
    *c = wanted;
    c->next = *slot;
    *slot = c;
    program->nconstants++;
    return (struct ir_arg){.kind = IR_CONST, .constant = c};
}

struct ir_arg ir_text(struct ir_program *program, const char *text, size_t len)
{
    return intern(program, (struct ir_constant){.text = text, .len = len,
                                                .hash = mix(7, text, len)});
}

struct ir_arg ir_constant(struct ir_program *program, const struct node *node)
{
    uint64_t hash;

    if (node_is_string(node))
        return ir_text(program, node->text, node->len);
    hash = mix(11, (const char *)&node->json.type, sizeof node->json.type);
    if (node->text)
        hash = mix(hash, node->text, node->len);
    for (const struct node *child = node_child(node); child; child = node_next(child))
        hash = hash_node(hash, child);
    return intern(program, (struct ir_constant){.node = node, .hash = hash});
}

struct ir_arg ir_items(struct ir_program *program, const struct node *array)
{
    struct ir_arg items = ir_constant(program, array);

    items.kind = IR_ITEMS;
    return items;
}

struct ir_arg ir_path(struct ir_program *program, const struct expr *expr)
{
    uint64_t hash = mix(13, expr->source.text, expr->source.len);
    struct ir_path **slot = &program->path_table[hash >> 54];
    struct ir_path *path;

    for (path = *slot; path; path = path->chain)
        if (path->hash == hash && same_text(path->expr->source.text, path->expr->source.len,
                                            expr->source.text, expr->source.len))
            return (struct ir_arg){.kind = IR_PATH, .path = path};
    path = ARENA_NEW(program->arena, struct ir_path);
    path->expr = expr;
    path->hash = hash;
    path->chain = *slot;
    *slot = path;
    return (struct ir_arg){.kind = IR_PATH, .path = path};
}

/* ---- instructions ------------------------------------------------------------- */

static struct ir_insn *append(struct ir_function *fn, enum ir_code code, uint32_t at)
{
    struct ir_insn *insn;

    if (fn->count == fn->capacity) {
        size_t capacity = fn->capacity ? 2 * fn->capacity : 8;
        struct ir_insn *insns = ARENA_ARRAY(fn->program->arena, capacity, struct ir_insn);

        if (fn->count)
            memcpy(insns, fn->insns, fn->count * sizeof *insns);
        fn->insns = insns;
        fn->capacity = capacity;
    }
    insn = &fn->insns[fn->count++];
    insn->code = code;
    insn->at = at;
    insn->temp = -1;
    insn->label = -1;
    return insn;
}

static struct ir_insn *append_op(struct ir_function *fn, enum ir_code code, uint32_t at,
                                 const char *op, const struct ir_arg *args, size_t nargs)
{
    struct ir_insn *insn = append(fn, code, at);

    insn->op = op;
    insn->args = copy_args(fn->program->arena, args, nargs);
    insn->nargs = nargs;
    return insn;
}

static bool same_arg(const struct ir_arg *a, const struct ir_arg *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case IR_NONE: return true;
    case IR_TEMP:
    case IR_SIZE: return a->number == b->number;
    case IR_CODE:
    case IR_POINT:
    case IR_ADDRESS: return strcmp(a->text, b->text) == 0;
    case IR_STRING: return same_text(a->text, a->len, b->text, b->len);
    case IR_CONST:
    case IR_ITEMS: return a->constant == b->constant;
    case IR_FUNCTION: return a->function == b->function;
    case IR_PATH: return a->path == b->path;
    case IR_BYTES:
    case IR_LIST:
    case IR_INTS:
    case IR_REGEX:
    case IR_LOOKUP: break;
    }
    return false;
}

static bool same_op(const struct ir_insn *insn, unsigned flags, const char *op,
                    const struct ir_arg *args, size_t nargs)
{
    if (insn->code != IR_OP || insn->temp < 0 || insn->flags != flags ||
        insn->nargs != nargs || strcmp(insn->op, op) != 0)
        return false;
    for (size_t i = 0; i < nargs; i++)
        if (!same_arg(&insn->args[i], &args[i]))
            return false;
    return true;
}

enum { LOOK_BACK = 64 };

/* The temporary that already holds what OP gives, among the last instructions that come
 * before whatever comes next; -1 if there is none. */
static int computed(const struct ir_function *fn, unsigned flags, const char *op,
                    const struct ir_arg *args, size_t nargs)
{
    size_t least = fn->count > LOOK_BACK ? fn->count - LOOK_BACK : 0;

    /* A predicate is one expression, of which not all need run. */
    if (flags & (IR_IMPURE | IR_BOOL) || fn->kind == IR_PREDICATE)
        return -1;
    for (size_t i = fn->count; i-- > least;) {
        const struct ir_insn *insn = &fn->insns[i];
        if (insn->code == IR_LABEL || insn->code == IR_CASE || insn->code == IR_END_SWITCH)
            return -1; /* what is above may not have run */
        if (same_op(insn, flags, op, args, nargs))
            return insn->temp;
    }
    return -1;
}

struct ir_arg ir_op(struct ir_function *fn, uint32_t at, unsigned flags, const char *op,
                    const struct ir_arg *args, size_t nargs)
{
    int before = computed(fn, flags, op, args, nargs);

    if (before >= 0)
        return (struct ir_arg){
            .kind = IR_TEMP, .number = before, .fails = (flags & IR_FAILS) != 0};
    struct ir_insn *insn = append_op(fn, IR_OP, at, op, args, nargs);

    insn->flags = flags;
    insn->temp = fn->ntemps++;
    return (struct ir_arg){
        .kind = IR_TEMP, .number = insn->temp, .fails = (flags & IR_FAILS) != 0};
}

void ir_do(struct ir_function *fn, uint32_t at, const char *op, const struct ir_arg *args,
           size_t nargs)
{
    append_op(fn, IR_OP, at, op, args, nargs)->flags = IR_IMPURE;
}

void ir_check_error(struct ir_function *fn, uint32_t at, struct ir_arg v)
{
    if (v.fails)
        append_op(fn, IR_CHECK_ERROR, at, NULL, &v, 1);
}

const struct ir_arg *ir_take_back(struct ir_function *fn, struct ir_arg v, const char *op)
{
    if (v.kind != IR_TEMP || fn->count < 2)
        return NULL;
    const struct ir_insn *check = &fn->insns[fn->count - 1], *made = check - 1;
    if (check->code != IR_CHECK_ERROR || check->op || !same_arg(&check->args[0], &v) ||
        made->code != IR_OP || made->temp != v.number || strcmp(made->op, op) != 0)
        return NULL;
    fn->count -= 2;
    return made->args;
}

static const struct ir_arg *prepend(struct ir_function *fn, struct ir_arg first,
                                    const struct ir_arg *args, size_t nargs)
{
    struct ir_arg *all = ARENA_ARRAY(fn->program->arena, nargs + 1, struct ir_arg);

    all[0] = first;
    memcpy(all + 1, args, nargs * sizeof *args);
    return all;
}

void ir_check_error_as(struct ir_function *fn, uint32_t at, struct ir_arg v,
                       const char *error_op, const struct ir_arg *args, size_t nargs)
{
    append_op(fn, IR_CHECK_ERROR, at, error_op, prepend(fn, v, args, nargs), nargs + 1);
}

void ir_check_found(struct ir_function *fn, uint32_t at, struct ir_arg v,
                    const char *error_op, const struct ir_arg *args, size_t nargs)
{
    append_op(fn, IR_CHECK_FOUND, at, error_op, prepend(fn, v, args, nargs), nargs + 1);
}

int ir_new_label(struct ir_function *fn)
{
    return fn->nlabels++;
}

void ir_label(struct ir_function *fn, int label)
{
    append(fn, IR_LABEL, 0)->label = label;
}

void ir_jump(struct ir_function *fn, uint32_t at, int label)
{
    append(fn, IR_JUMP, at)->label = label;
}

void ir_jump_on(struct ir_function *fn, uint32_t at, bool sense, int label, const char *op,
                const struct ir_arg *args, size_t nargs)
{
    append_op(fn, sense ? IR_JUMP_IF : IR_JUMP_UNLESS, at, op, args, nargs)->label = label;
}

void ir_return(struct ir_function *fn, uint32_t at, const char *op,
               const struct ir_arg *args, size_t nargs)
{
    append_op(fn, IR_RETURN, at, op, args, nargs);
}

void ir_return_value(struct ir_function *fn, uint32_t at, struct ir_arg v)
{
    append_op(fn, IR_RETURN, at, NULL, &v, 1);
}

void ir_switch(struct ir_function *fn, uint32_t at, const char *op,
               const struct ir_arg *args, size_t nargs)
{
    append_op(fn, IR_SWITCH, at, op, args, nargs);
}

struct ir_arg ir_switch_to(struct ir_function *fn, uint32_t at, const char *op,
                           const struct ir_arg *args, size_t nargs)
{
    append_op(fn, IR_SWITCH, at, op, args, nargs)->number = ++fn->ntargets;
    return ir_code(arena_printf(fn->program->arena, "to%d", fn->ntargets));
}

void ir_case(struct ir_function *fn, int64_t number, struct ir_arg what)
{
    append_op(fn, IR_CASE, 0, NULL, &what, 1)->number = number;
}

void ir_choose(struct ir_function *fn, uint32_t at, int64_t number, struct ir_arg to,
               struct ir_arg enumerator, struct ir_arg what)
{
    append_op(fn, IR_CHOOSE, at, NULL, IR_ARGS(to, enumerator, what), 3)->number = number;
}

void ir_default(struct ir_function *fn, uint32_t at, int label)
{
    append(fn, IR_DEFAULT, at)->label = label;
}

void ir_break(struct ir_function *fn)
{
    append(fn, IR_BREAK, 0);
}

void ir_end_switch(struct ir_function *fn)
{
    append(fn, IR_END_SWITCH, 0);
}

const char *ir_helper_name(struct ir_program *program, struct ir_state *state)
{
    return arena_printf(program->arena, "%s__%zu", state->name, ++state->nhelpers);
}

/* ---- uses --------------------------------------------------------------------- */

static void count_args(struct ir_function *fn, const struct ir_arg *args, size_t nargs)
{
    for (size_t i = 0; i < nargs; i++) {
        if (args[i].kind == IR_TEMP)
            fn->uses[args[i].number]++;
        if (args[i].kind == IR_LIST)
            count_args(fn, args[i].list, args[i].count);
    }
}

/* Backwards: what an instruction that is dropped uses does not count. */
static void finish_function(struct ir_function *fn)
{
    fn->uses = ARENA_ARRAY(fn->program->arena, (size_t)fn->ntemps + 1, uint32_t);
    fn->label_uses = ARENA_ARRAY(fn->program->arena, (size_t)fn->nlabels + 1, uint32_t);
    for (size_t i = fn->count; i-- > 0;) {
        struct ir_insn *insn = &fn->insns[i];

        insn->dropped = insn->code == IR_OP && insn->temp >= 0 && fn->uses[insn->temp] == 0 &&
                        !(insn->flags & IR_IMPURE);
        if (insn->dropped)
            continue;
        count_args(fn, insn->args, insn->nargs);
        if (insn->code == IR_CHECK_ERROR || insn->code == IR_CHECK_FOUND)
            count_args(fn, insn->args, 1); /* tested and used: it needs a name */
        if (insn->label >= 0 && insn->code != IR_LABEL)
            fn->label_uses[insn->label]++;
    }
}

void ir_finish(struct ir_program *program)
{
    for (const struct ir_unit *unit = program->units; unit; unit = unit->next)
        for (const struct ir_scope *scope = unit->scopes; scope; scope = scope->next)
            for (struct ir_function *fn = scope->functions; fn; fn = fn->next)
                finish_function(fn);
}

/* ---- printing ----------------------------------------------------------------- */

static void print_node(struct arena *arena, const struct node *node, FILE *out)
{
    const char *separator = "";

    if (node_is_string(node)) {
        fputs(names_string(arena, node->text, node->len), out);
    } else if (node_is_number(node)) {
        fputs(node->text, out);
    } else if (node_is_array(node) || node_is_object(node)) {
        fputc(node_is_array(node) ? '[' : '{', out);
        for (const struct node *child = node_child(node); child; child = node_next(child)) {
            fputs(separator, out);
            if (child->key)
                fprintf(out, "%s: ", names_string(arena, child->key, child->key_len));
            print_node(arena, child, out);
            separator = ", ";
        }
        fputc(node_is_array(node) ? ']' : '}', out);
    } else {
        fputs(node_is_null(node) ? "null" : node_is_true(node) ? "true" : "false", out);
    }
}

static void print_args(const struct ir_program *program, const struct ir_arg *args,
                       size_t nargs, FILE *out);

static void print_arg(const struct ir_program *program, const struct ir_arg *arg, FILE *out)
{
    switch (arg->kind) {
    case IR_NONE: fputs("-", out); break;
    case IR_TEMP: fprintf(out, "v%d", (int)arg->number); break;
    case IR_CODE:
    case IR_POINT:
    case IR_ADDRESS: fputs(arg->text, out); break;
    case IR_SIZE: fprintf(out, "%lld", (long long)arg->number); break;
    case IR_STRING:
    case IR_BYTES:
    case IR_REGEX: fputs(names_string(program->arena, arg->text, arg->len), out); break;
    case IR_INTS:
        for (size_t i = 0; i < arg->count; i++)
            fprintf(out, "%s%d", i ? " " : "[", (int)arg->ints[i]);
        fputc(']', out);
        break;
    case IR_PATH: fprintf(out, "&%s", arg->path->expr->source.text); break;
    case IR_CONST:
    case IR_ITEMS:
        fputc('#', out);
        if (arg->constant->node)
            print_node(program->arena, arg->constant->node, out);
        else
            fputs(names_string(program->arena, arg->constant->text, arg->constant->len), out);
        break;
    case IR_LIST:
        fputc('[', out);
        print_args(program, arg->list, arg->count, out);
        fputc(']', out);
        break;
    case IR_FUNCTION: fprintf(out, "&%s", arg->function->name); break;
    case IR_LOOKUP:
        for (size_t i = 0; i < arg->lookup->count; i++) {
            fputs(i ? ", " : "{", out);
            print_node(program->arena, arg->lookup->keys[i], out);
        }
        fputc('}', out);
        break;
    }
}

static void print_args(const struct ir_program *program, const struct ir_arg *args,
                       size_t nargs, FILE *out)
{
    for (size_t i = 0; i < nargs; i++) {
        if (i > 0)
            fputs(", ", out);
        print_arg(program, &args[i], out);
    }
}

static const char *const code_names[] = {
    [IR_OP] = "",
    [IR_CHECK_ERROR] = "check_error ",
    [IR_CHECK_FOUND] = "check_found ",
    [IR_JUMP_IF] = "jump_if ",
    [IR_JUMP_UNLESS] = "jump_unless ",
    [IR_JUMP] = "jump ",
    [IR_LABEL] = "label ",
    [IR_RETURN] = "return ",
    [IR_SWITCH] = "switch ",
    [IR_CASE] = "case ",
    [IR_CHOOSE] = "choose ",
    [IR_BREAK] = "break",
    [IR_DEFAULT] = "default ",
    [IR_END_SWITCH] = "end_switch",
};

static void print_insn(const struct ir_program *program, const struct ir_insn *insn,
                       FILE *out)
{
    fputs("    ", out);
    if (insn->temp >= 0)
        fprintf(out, "v%d = ", insn->temp);
    fputs(code_names[insn->code], out);
    if (insn->code == IR_CASE || insn->code == IR_CHOOSE)
        fprintf(out, "%lld ", (long long)insn->number);
    if (insn->label >= 0)
        fprintf(out, "L%d ", insn->label);
    if (insn->op)
        fprintf(out, "%s ", insn->op);
    print_args(program, insn->args, insn->nargs, out);
    fputc('\n', out);
}

static void print_scope(const struct ir_scope *scope, FILE *out)
{
    const struct ir_program *program = scope->unit->program;

    fprintf(out, "scope %s: %zu points\n", scope->name, scope->npoints);
    for (const struct ir_function *fn = scope->functions; fn; fn = fn->next) {
        fprintf(out, "  %s %s:\n", fn->kind == IR_STATE ? "state" : "function", fn->name);
        for (size_t i = 0; i < fn->count; i++)
            print_insn(program, &fn->insns[i], out);
    }
}

void ir_print(const struct ir_program *program, FILE *out)
{
    for (const struct ir_unit *unit = program->units; unit; unit = unit->next) {
        fprintf(out, "machine %s\n", unit->name);
        for (const struct ir_scope *scope = unit->scopes; scope; scope = scope->next)
            print_scope(scope, out);
    }
}
