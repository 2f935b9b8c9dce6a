/*
 * lower_query.c - fields of JSONata states: literals with {% %} in them.
 *
 * Each expression is a C function of its own (lower_jsonata.c), put in front of the state's
 * function, which calls it through asl_evaluate().
 */
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "lower_jsonata.h"
#include "lower_parts.h"
#include "names.h"

/* ---- names ------------------------------------------------------------------------- */

static bool name_is(const struct expr_text *name, const char *text)
{
    return name->len == strlen(text) && memcmp(name->text, text, name->len) == 0;
}

static const char *result_name(const struct query_place *place)
{
    return place->kind == PLACE_RESULT  ? "\"result\""
           : place->kind == PLACE_ERROR ? "\"errorOutput\""
                                        : "NULL";
}

/* $states or a part of it. */
static bool find_states(const struct query_place *place, const struct expr_text *name,
                        const char **code)
{
    static const struct {
        const char *name, *code;
        bool clock;
    } parts[] = {
        {"states.input", "e->input", false},
        {"states.context.Execution", "asl_context_execution(e->f)", false},
        {"states.context.StateMachine", "asl_context_state_machine(e->f)", false},
        {"states.context.State", "asl_context_state(e->f)", true},
        {"states.context.Task", "asl_context_task(e->f)", false},
        {"states.context.Map.Item.Value", "asl_item_value(e->f)", false},
        {"states.context.Map.Item.Index", "asl_item_index(e->f)", false},
        {"states.context.Map.Item.Key", "asl_item_key(e->f)", false},
        {"states.context.Map", "asl_context_map(e->f)", false},
        {"states.context", "asl_states_context(e)", true},
    };

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (name_is(name, parts[i].name)) {
            *code = parts[i].code;
            place->state->clock = place->state->clock || parts[i].clock;
            return true;
        }
    if ((place->kind == PLACE_RESULT && name_is(name, "states.result")) ||
        (place->kind == PLACE_ERROR && name_is(name, "states.errorOutput"))) {
        *code = "e->result";
        return true;
    }
    if (!name_is(name, "states"))
        return false;
    place->state->clock = true;
    *code = arena_printf(place->fn->program->arena, "asl_states(e, %s)", result_name(place));
    return true;
}

static bool find_name(void *user, const struct expr_text *name, const char **code)
{
    const struct query_place *place = user;
    uint32_t distance = place->outer;

    if (find_states(place, name, code))
        return true;
    for (const struct scope *scope = place->state->state->scope; scope; distance++) {
        const struct variable *variable = scope_variable(scope, name->text, name->len);
        if (variable) {
            *code = arena_printf(place->fn->program->arena, "asl_variable(e->f, %u, %zu)",
                                 distance, variable->slot);
            return true;
        }
        scope = scope->distributed ? NULL : scope->parent;
    }
    return false;
}

/* ---- expressions -------------------------------------------------------------------- */

static void trim(const char **text, size_t *len)
{
    while (*len && strchr(" \t\r\n", **text)) {
        (*text)++;
        (*len)--;
    }
    while (*len && strchr(" \t\r\n", (*text)[*len - 1]))
        (*len)--;
}

/* The C of an expression, in front of the function at hand; its name. */
static const char *emit_query(const struct query_place *place, const struct node *node,
                              const char *field)
{
    struct ir_program *program = place->fn->program;
    struct arena *arena = program->arena;
    struct jsonata_names names = {find_name, (void *)(uintptr_t)place};
    struct text out = {0};
    struct ir_function *fn;
    struct jsonata_emit emit = {.arena = arena, .out = &out, .names = &names};
    const char *text;
    size_t len;

    node_is_jsonata(node, &text, &len);
    trim(&text, &len);
    emit.name = arena_printf(arena, "%s__q%zu", place->state->name, ++place->state->nqueries);
    text_printf(&out, "static const asl_query_text %s_text = {\n    ", emit.name);
    text_puts(&out, names_string(arena, field, strlen(field)));
    text_puts(&out, ",\n    ");
    text_puts(&out, names_string(arena, text, len));
    text_puts(&out, "\n};\n");
    jsonata_emit(&emit, node->query);
    program->has_regex = program->has_regex || emit.has_regex;
    program->has_intrinsic = program->has_intrinsic || emit.has_hash;
    program->has_jsonata = true;
    program->nqueries++;
    fn = ir_function_new(place->fn->scope, IR_TEXT, emit.name, node->span.begin);
    fn->text = arena_copy(arena, out.text, out.len);
    free(out.text);
    ir_function_add(fn);
    return emit.name;
}

static struct ir_arg lower_expression(const struct query_place *place, const struct node *node,
                                      const char *field, const char *wanted)
{
    struct arena *arena = place->fn->program->arena;
    const char *name = emit_query(place, node, field);
    struct ir_arg v = ir_call_flags(
        place->fn, node->span.begin, IR_FAILS | IR_IMPURE, "asl_evaluate", IR_FRAME,
        ir_code(name), place->input,
        place->kind == PLACE_PLAIN ? ir_code("asl_undefined()") : IR_RESULT, ir_code(wanted),
        ir_code(arena_printf(arena, "&%s_text", name)));

    ir_check_error(place->fn, node->span.begin, v);
    v.fails = false;
    return v;
}

static bool has_expression(const struct node *node)
{
    if (node_is_string(node))
        return node->query != NULL;
    for (const struct node *child = node_child(node); child; child = node_next(child))
        if (has_expression(child))
            return true;
    return false;
}

struct ir_arg lower_query_members(const struct query_place *place, const struct node *object,
                                  const char *field, const char *wanted)
{
    struct ir_function *fn = place->fn;
    struct arena *arena = fn->program->arena;
    struct ir_arg *values = ARENA_ARRAY(arena, object->count + 1, struct ir_arg);
    struct node *keys = lower_literal(arena, cJSON_Array, NULL, 0);
    size_t i = 0;

    if (!has_expression(object))
        return ir_constant(fn->program, object);
    for (const struct node *m = node_child(object); m; m = node_next(m)) {
        values[i++] =
            lower_query(place, m, arena_printf(arena, "%s/%s", field, m->key), wanted);
        node_append(keys, lower_literal(arena, cJSON_String,
                                        arena_copy(arena, m->key, m->key_len), m->key_len));
    }
    return ir_call_flags(fn, object->span.begin, IR_FAILS, "asl_record", IR_REGION,
                         ir_size((int64_t)object->count), ir_items(fn->program, keys),
                         ir_list(fn, values, object->count));
}

struct ir_arg lower_query(const struct query_place *place, const struct node *node,
                          const char *field, const char *wanted)
{
    struct ir_function *fn = place->fn;
    struct arena *arena = fn->program->arena;
    struct ir_arg *items;
    size_t i = 0;

    if (!has_expression(node))
        return ir_constant(fn->program, node);
    if (node->query)
        return lower_expression(place, node, field, wanted);
    if (node_is_object(node))
        return lower_query_members(place, node, field, "ASL_WANT_ANY");
    items = ARENA_ARRAY(arena, node->count + 1, struct ir_arg);
    for (const struct node *child = node_child(node); child; child = node_next(child), i++)
        items[i] = lower_query(place, child, arena_printf(arena, "%s[%zu]", field, i),
                               "ASL_WANT_ANY");
    return ir_call_flags(fn, node->span.begin, IR_FAILS, "asl_array_of", IR_REGION,
                         ir_size((int64_t)node->count), ir_list(fn, items, node->count));
}

struct query_place lower_place(struct ir_function *fn, struct ir_state *state,
                               enum place_kind kind)
{
    return (struct query_place){
        .fn = fn, .state = state, .kind = kind, .input = IR_INPUT, .prefix = ""};
}
