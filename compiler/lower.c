/*
 * lower.c - states to the intermediate form: one function per state type.
 *
 * The order of processing is language.md 3.1.  In a state that waits the entry function
 * computes what the work gets, and the `__done` function what becomes of its result;
 * f->input is the raw input in both.  All right sides of Assign are computed before the
 * first variable is set, and so is the output.
 */
#include "lower.h"

#include <string.h>

#include "arena.h"
#include "lower_parts.h"
#include "names.h"

/* ---- data flow ---------------------------------------------------------------- */

struct lowering lower_env(struct ir_function *fn, struct ir_state *state,
                          struct ir_arg root, uint32_t at)
{
    return (struct lowering){.fn = fn, .state = state, .root = root, .at = at};
}

/* InputPath or OutputPath NODE applied to ROOT. */
static struct ir_arg lower_io_path(struct ir_function *fn, struct ir_state *state,
                                   struct ir_arg root, const struct node *node)
{
    struct lowering env;

    if (!node)
        return root;
    if (node_is_null(node))
        return ir_code("asl_object()");
    if (!node->expr)
        return root;
    env = lower_env(fn, state, root, node->span.begin);
    return lower_checked_path(&env, node->expr);
}

void lower_inspect(struct ir_function *fn, uint32_t at, const char *what, struct ir_arg v)
{
    /* The states that it leads to say nothing. */
    if (fn->program->inspected && fn->point->state == fn->scope->scope->start.target)
        ir_do(fn, at, "asl_inspect", IR_ARGS(IR_FRAME, ir_code(what), v), 3);
}

void lower_inspect_path(struct ir_function *fn, const struct state *state, const char *what,
                        struct ir_arg v)
{
    if (state->language == QUERY_JSONPATH)
        lower_inspect(fn, state->node->span.begin, what, v);
}

struct ir_arg lower_input_path(struct ir_function *fn, struct ir_state *state)
{
    return lower_io_path(fn, state, IR_INPUT, state->state->field[FIELD_INPUT_PATH]);
}

struct ir_arg lower_output_path(struct ir_function *fn, struct ir_state *state,
                                struct ir_arg v)
{
    return lower_io_path(fn, state, v, state->state->field[FIELD_OUTPUT_PATH]);
}

struct ir_arg lower_template_field(struct ir_function *fn, struct ir_state *state,
                                   struct ir_arg root, const struct node *node)
{
    struct lowering env;
    struct ir_arg v;

    if (!node)
        return root;
    if (state->state->language == QUERY_JSONATA) {
        struct query_place place = lower_place(fn, state, PLACE_PLAIN);
        v = lower_query(&place, node, node->key, "ASL_WANT_ANY");
    } else {
        env = lower_env(fn, state, root, node->span.begin);
        v = lower_template(&env, node);
    }
    ir_check_error(fn, node->span.begin, v);
    v.fails = false;
    return v;
}

/* ResultPath NODE: where VALUE goes in the raw input. */
static struct ir_arg lower_result_path(struct ir_function *fn, const struct node *node,
                                       struct ir_arg value)
{
    struct ir_arg v;

    if (!node || (node->expr && node->expr->count == 0))
        return value;
    if (node_is_null(node) || !node->expr)
        return IR_INPUT;
    v = ir_call_flags(fn, node->span.begin, IR_FAILS, "asl_put_path", IR_REGION, IR_INPUT,
                      ir_path(fn->program, node->expr), value);
    ir_check_error(fn, node->span.begin, v);
    v.fails = false;
    return v;
}

/* ---- Assign ------------------------------------------------------------------- */

/* The right sides of an Assign, computed and not stored yet. */
struct assignment {
    size_t count;
    size_t *slots;
    struct ir_arg *values;
    uint32_t *places;
};

static void compute_assign(struct assignment *assign, const struct query_place *place,
                           struct ir_arg root, const struct node *node)
{
    struct ir_function *fn = place->fn;
    struct ir_state *state = place->state;
    struct arena *arena = fn->program->arena;
    size_t len;

    *assign = (struct assignment){0};
    if (!node)
        return;
    assign->slots = ARENA_ARRAY(arena, node->count + 1, size_t);
    assign->values = ARENA_ARRAY(arena, node->count + 1, struct ir_arg);
    assign->places = ARENA_ARRAY(arena, node->count + 1, uint32_t);
    for (const struct node *m = node_child(node); m; m = node_next(m)) {
        struct lowering env = lower_env(fn, state, root, m->span.begin);
        bool dynamic = state->state->language == QUERY_JSONPATH && node_is_dynamic(m, &len);
        const struct variable *variable =
            scope_variable(state->state->scope, m->key, dynamic ? len : m->key_len);
        size_t i = assign->count++;

        if (dynamic && m->expr)
            assign->values[i] = lower_value(&env, m->expr, m->key);
        else if (state->state->language == QUERY_JSONATA)
            assign->values[i] = lower_query(
                place, m, arena_printf(arena, "%sAssign/%s", place->prefix, m->key),
                "ASL_WANT_ANY");
        else
            assign->values[i] = lower_template(&env, m);
        ir_check_error(fn, m->span.begin, assign->values[i]);
        assign->slots[i] = variable ? variable->slot : 0;
        assign->places[i] = m->span.begin;
    }
}

static void store_assign(const struct assignment *assign, struct ir_function *fn)
{
    for (size_t i = 0; i < assign->count; i++)
        ir_do(fn, assign->places[i], "asl_assign",
              IR_ARGS(IR_FRAME, ir_size((int64_t)assign->slots[i]), assign->values[i]), 3);
}

/* The Output NODE of a JSONata state, or BY_DEFAULT where there is none. */
static struct ir_arg lower_output(const struct query_place *place, const struct node *node,
                                  struct ir_arg by_default)
{
    struct ir_arg v;

    if (!node)
        return by_default;
    v = lower_query(place, node,
                    arena_printf(place->fn->program->arena, "%sOutput", place->prefix),
                    "ASL_WANT_ANY");
    ir_check_error(place->fn, node->span.begin, v);
    v.fails = false;
    return v;
}

/* ---- transitions -------------------------------------------------------------- */

struct ir_arg lower_enumerator(const struct ir_scope *scope, const struct state *target)
{
    return ir_point(scope->states[target->index].entry->enumerator);
}

static struct ir_arg done_point(const struct ir_state *state)
{
    return ir_point(state->done->enumerator);
}

void lower_go_to(struct ir_function *fn, uint32_t at, struct ir_arg output,
                 struct ir_arg target)
{
    if (output.kind == IR_CODE && strcmp(output.text, "f->input") == 0)
        ir_return_call(fn, at, "asl_goto", IR_FRAME, target);
    else
        ir_return_call(fn, at, "asl_go", IR_FRAME, output, target);
}

void lower_go(struct ir_function *fn, uint32_t at, struct ir_arg output,
              const struct state *target)
{
    lower_go_to(fn, at, output, lower_enumerator(fn->scope, target));
}

/* The scope ends with OUTPUT.  A record that has just been made for that is made by the
 * operation that ends it, which knows where best. */
static void lower_end(struct ir_function *fn, uint32_t at, struct ir_arg output)
{
    const struct ir_arg *record = ir_take_back(fn, output, "asl_record");

    if (record)
        ir_return_call(fn, at, "asl_end_record", IR_FRAME, record[1], record[2], record[3]);
    else
        ir_return_call(fn, at, "asl_end", IR_FRAME, output);
}

/* Next or End. */
static void lower_next(struct ir_function *fn, const struct ir_state *state,
                       struct ir_arg output)
{
    const struct state *s = state->state;
    const struct node *node = s->field[s->end ? FIELD_END : FIELD_NEXT];
    uint32_t at = node ? node->span.begin : s->node->span.begin;

    if (s->end || !s->next.target)
        lower_end(fn, at, output);
    else
        lower_go(fn, at, output, s->next.target);
}

/* What follows the work: RESULT is the raw result, MERGED what it becomes by default. */
static void lower_finish(struct ir_function *fn, struct ir_state *state, enum place_kind kind,
                         struct ir_arg result, struct ir_arg merged)
{
    struct query_place place = lower_place(fn, state, kind);
    const struct state *s = state->state;
    struct assignment assign;
    struct ir_arg output;

    compute_assign(&assign, &place, result, s->field[FIELD_ASSIGN]);
    if (s->language == QUERY_JSONATA) {
        output = lower_output(&place, s->field[FIELD_OUTPUT], merged);
    } else {
        output = lower_result_path(fn, s->field[FIELD_RESULT_PATH], merged);
        if (s->type != STATE_WAIT) {
            lower_inspect_path(fn, s, "ASL_INSPECT_RESULT_SELECTOR", merged);
            lower_inspect_path(fn, s, "ASL_INSPECT_RESULT_PATH", output);
        }
        output = lower_output_path(fn, state, output);
    }
    store_assign(&assign, fn);
    lower_next(fn, state, output);
}

/* The same for a Task, Parallel or Map, in its `__done` function. */
static void lower_done(struct ir_function *fn, struct ir_state *state)
{
    const struct state *s = state->state;
    struct ir_arg selected = IR_RESULT;

    if (s->type == STATE_TASK)
        lower_inspect(fn, s->node->span.begin, "ASL_INSPECT_RESULT", IR_RESULT);
    if (s->language == QUERY_JSONPATH)
        selected = lower_template_field(fn, state, IR_RESULT, s->field[FIELD_RESULT_SELECTOR]);
    lower_finish(fn, state, PLACE_RESULT, IR_RESULT, selected);
}

/* ---- Pass, Succeed, Fail, Wait -------------------------------------------------- */

static void lower_pass(struct ir_function *fn, struct ir_state *state)
{
    const struct state *s = state->state;
    const struct node *result = s->field[FIELD_RESULT];
    struct ir_arg v = lower_input_path(fn, state);

    if (s->language == QUERY_JSONATA) {
        v = IR_INPUT;
    } else if (result && !node_is_null(result)) {
        v = ir_constant(fn->program, result);
        lower_inspect_path(fn, s, "ASL_INSPECT_RESULT", v);
    } else {
        lower_inspect_path(fn, s, "ASL_INSPECT_INPUT_PATH", v);
        v = lower_template_field(fn, state, v, s->field[FIELD_PARAMETERS]);
        lower_inspect_path(fn, s, "ASL_INSPECT_PARAMETERS", v);
    }
    lower_finish(fn, state, PLACE_PLAIN, v, v);
}

static void lower_succeed(struct ir_function *fn, struct ir_state *state)
{
    const struct state *s = state->state;
    struct ir_arg input = lower_input_path(fn, state), output;

    lower_inspect_path(fn, s, "ASL_INSPECT_INPUT_PATH", input);
    output = lower_output_path(fn, state, input);
    if (s->language == QUERY_JSONATA) {
        struct query_place place = lower_place(fn, state, PLACE_PLAIN);
        output = lower_output(&place, s->field[FIELD_OUTPUT], output);
    }
    lower_end(fn, s->node->span.begin, output);
}

static struct ir_arg lower_fail_part(struct ir_function *fn, struct ir_state *state,
                                     enum field_id literal, enum field_id by_path)
{
    const struct node *node = state->state->field[by_path];
    struct lowering env;

    if (!node || !node->expr) {
        node = state->state->field[literal];
        if (node && node->query) {
            struct query_place place = lower_place(fn, state, PLACE_PLAIN);
            return lower_query(&place, node, field_name(literal), "ASL_WANT_STRING");
        }
        return node ? ir_constant(fn->program, node) : ir_code("asl_undefined()");
    }
    env = lower_env(fn, state, IR_INPUT, node->span.begin);
    return lower_value(&env, node->expr, field_name(by_path));
}

static void lower_fail(struct ir_function *fn, struct ir_state *state)
{
    struct ir_arg error, cause;

    lower_inspect_path(fn, state->state, "ASL_INSPECT_INPUT_PATH", IR_INPUT);
    error = lower_fail_part(fn, state, FIELD_ERROR, FIELD_ERROR_PATH);
    cause = lower_fail_part(fn, state, FIELD_CAUSE, FIELD_CAUSE_PATH);

    ir_return_call(fn, state->state->node->span.begin, "asl_fail", IR_FRAME, error, cause);
}

static void lower_wait(struct ir_function *fn, struct ir_state *state)
{
    const struct state *s = state->state;
    const struct node *seconds = s->field[FIELD_SECONDS];
    const struct node *stamp = s->field[FIELD_TIMESTAMP];
    const struct node *path = s->field[FIELD_SECONDS_PATH];
    struct ir_arg root = lower_input_path(fn, state), done = done_point(state), v;
    struct query_place place = lower_place(fn, state, PLACE_PLAIN);
    struct lowering env;
    bool until = false;

    lower_inspect_path(fn, s, "ASL_INSPECT_INPUT_PATH", root);
    if (seconds && seconds->query) {
        v = lower_query(&place, seconds, "Seconds", "ASL_WANT_NUMBER");
        ir_return_call(fn, seconds->span.begin, "asl_wait_seconds_value", IR_FRAME, v, done);
        return;
    }
    if (stamp && stamp->query) {
        v = lower_query(&place, stamp, "Timestamp", "ASL_WANT_STRING");
        ir_return_call(fn, stamp->span.begin, "asl_wait_until_value", IR_FRAME, v, done);
        return;
    }
    if (seconds) {
        ir_return_call(fn, seconds->span.begin, "asl_wait_seconds", IR_FRAME,
                       ir_size(s->seconds), done);
        return;
    }
    if (stamp) {
        ir_return_call(fn, stamp->span.begin, "asl_wait_until", IR_FRAME,
                       ir_string(stamp->text, stamp->len), done);
        return;
    }
    if (!path) {
        path = s->field[FIELD_TIMESTAMP_PATH];
        until = true;
    }
    env = lower_env(fn, state, root, path->span.begin);
    v = lower_path(&env, path->expr, false);
    ir_check_error(fn, path->span.begin, v);
    ir_return_call(fn, path->span.begin,
                   until ? "asl_wait_until_path" : "asl_wait_seconds_path", IR_FRAME, v,
                   ir_string(path->text, path->len), done);
}

/* Wait's end: the value after InputPath goes on. */
static void lower_wait_done(struct ir_function *fn, struct ir_state *state)
{
    struct ir_arg v = lower_input_path(fn, state);

    lower_finish(fn, state, PLACE_PLAIN, v, v);
}

/* ---- Choice -------------------------------------------------------------------- */

void lower_choice_exit(struct ir_function *fn, struct ir_state *state, struct ir_arg input,
                       const struct choice_exit *to)
{
    struct query_place place = lower_place(fn, state, PLACE_PLAIN);
    struct assignment assign;
    struct ir_arg output;

    place.prefix = to->prefix;
    compute_assign(&assign, &place, input, to->assign);
    if (state->state->language == QUERY_JSONATA)
        output = lower_output(&place, to->output, input);
    else
        output = lower_output_path(fn, state, input);
    store_assign(&assign, fn);
    lower_go(fn, to->at, output, to->target);
}

static void lower_choice(struct ir_function *fn, struct ir_state *state)
{
    const struct state *s = state->state;
    struct ir_arg input = lower_input_path(fn, state);

    lower_inspect_path(fn, s, "ASL_INSPECT_INPUT_PATH", input);
    lower_rules(fn, state, input);
    if (s->otherwise.target)
        lower_choice_exit(fn, state, input,
                          &(struct choice_exit){.prefix = "",
                                                .assign = s->field[FIELD_ASSIGN],
                                                .output = s->field[FIELD_OUTPUT],
                                                .target = s->otherwise.target,
                                                .at = s->otherwise.node->span.begin});
    else
        ir_return_call(fn, s->node->span.begin, "asl_no_choice", IR_FRAME);
}

/* ---- catchers ------------------------------------------------------------------ */

bool lower_needs_catch(const struct catcher *catcher)
{
    const struct node *path = catcher->result_path;

    if (catcher->assign || catcher->output)
        return true;
    return path && !(path->expr && path->expr->count == 0);
}

/* A catcher's own fields; the Error Output is f->result. */
static void lower_catch(struct ir_function *fn, struct ir_state *state,
                        const struct catcher *catcher)
{
    struct query_place place = lower_place(fn, state, PLACE_ERROR);
    struct assignment assign;
    struct ir_arg output;

    place.prefix = arena_printf(fn->program->arena, "Catch[%zu]/",
                                (size_t)(catcher - state->state->catchers));
    compute_assign(&assign, &place, IR_RESULT, catcher->assign);
    if (state->state->language == QUERY_JSONATA)
        output = lower_output(&place, catcher->output, IR_RESULT);
    else
        output = lower_result_path(fn, catcher->result_path, IR_RESULT);
    store_assign(&assign, fn);
    lower_go(fn, catcher->next.node->span.begin, output, catcher->next.target);
}

/* ---- scopes --------------------------------------------------------------------- */

static struct ir_function *point_function(struct ir_scope *scope, struct ir_point *point)
{
    struct ir_function *fn =
        ir_function_new(scope, IR_STATE, point->name, point->state->node->span.begin);

    fn->point = point;
    point->function = fn;
    return fn;
}

/* A tested state that leads back to itself ends there like any other (test_state.h). */
static void lower_once(struct ir_function *fn, const struct ir_state *state)
{
    uint32_t at = state->state->node->span.begin;
    int first;

    if (!fn->program->inspected || state->entry->index != 0)
        return;
    first = ir_new_label(fn);
    ir_jump_on(fn, at, false, first, "asl_inspect_again", IR_ARGS(IR_FRAME), 1);
    ir_return_call(fn, at, "asl_end", IR_FRAME, IR_INPUT);
    ir_label(fn, first);
}

static void lower_entry(struct ir_scope *scope, struct ir_state *state)
{
    struct ir_function *fn = point_function(scope, state->entry);

    lower_once(fn, state);

    switch (state->state->type) {
    case STATE_PASS: lower_pass(fn, state); break;
    case STATE_TASK: lower_task(fn, state); break;
    case STATE_CHOICE: lower_choice(fn, state); break;
    case STATE_WAIT: lower_wait(fn, state); break;
    case STATE_SUCCEED: lower_succeed(fn, state); break;
    case STATE_FAIL: lower_fail(fn, state); break;
    case STATE_PARALLEL: lower_parallel(fn, state); break;
    case STATE_MAP: lower_map(fn, state); break;
    case STATE_UNKNOWN: break;
    }
    ir_function_add(fn);
}

static void lower_state(struct ir_scope *scope, struct ir_state *state)
{
    const struct state *s = state->state;
    struct ir_function *fn;

    lower_entry(scope, state);
    if (state->done) {
        fn = point_function(scope, state->done);
        if (s->type == STATE_WAIT)
            lower_wait_done(fn, state);
        else
            lower_done(fn, state);
        ir_function_add(fn);
    }
    for (size_t i = 0; i < s->ncatchers; i++)
        if (state->caught[i]) {
            fn = point_function(scope, state->caught[i]);
            lower_catch(fn, state, &s->catchers[i]);
            ir_function_add(fn);
        }
    scope->clock = scope->clock || state->clock;
}

static bool waits(enum state_type type)
{
    return type == STATE_WAIT || type == STATE_TASK || type == STATE_PARALLEL ||
           type == STATE_MAP;
}

static struct ir_point *add_point(struct ir_scope *scope, const struct ir_state *state,
                                  enum ir_role role, const char *name)
{
    struct ir_point *point = &scope->points[scope->npoints];

    point->name = name;
    point->enumerator = names_upper(scope->unit->program->arena, name);
    point->state = state->state;
    point->role = role;
    point->index = scope->npoints++;
    point->entry = role == IR_ROLE_ENTRY ? point->index : state->entry->index;
    return point;
}

static void add_points(struct ir_scope *scope, struct ir_state *state)
{
    struct arena *arena = scope->unit->program->arena;
    const struct state *s = state->state;

    state->entry = add_point(scope, state, IR_ROLE_ENTRY, state->name);
    if (waits(s->type))
        state->done = add_point(scope, state, IR_ROLE_DONE,
                                arena_printf(arena, "%s__done", state->name));
    state->caught = ARENA_ARRAY(arena, s->ncatchers + 1, struct ir_point *);
    for (size_t i = 0; i < s->ncatchers; i++)
        if (lower_needs_catch(&s->catchers[i]))
            state->caught[i] =
                add_point(scope, state, IR_ROLE_CATCH,
                          arena_printf(arena, "%s__catch%zu", state->name, i + 1));
}

/* The enumerators: StartAt's state first. */
static void make_points(struct ir_scope *scope)
{
    struct ir_unit *unit = scope->unit;
    struct arena *arena = unit->program->arena;
    const struct scope *s = scope->scope;
    const struct state *start = s->start.target;
    size_t most = 0;

    scope->states = ARENA_ARRAY(arena, s->nstates, struct ir_state);
    for (size_t i = 0; i < s->nstates; i++) {
        struct ir_state *state = &scope->states[i];
        const char *slug = names_slug(arena, s->states[i].name, s->states[i].len);

        state->state = &s->states[i];
        state->name = names_claim(unit->program->names,
                                  arena_printf(arena, "%s_%s", unit->name, slug));
        most += 2 + s->states[i].ncatchers;
    }
    scope->points = ARENA_ARRAY(arena, most + 1, struct ir_point);
    if (start)
        add_points(scope, &scope->states[start->index]);
    for (size_t i = 0; i < s->nstates; i++)
        if (&s->states[i] != start)
            add_points(scope, &scope->states[i]);
}

struct ir_scope *lower_scope(struct ir_unit *unit, const struct scope *s, const char *name)
{
    struct ir_scope *scope = ARENA_NEW(unit->program->arena, struct ir_scope);

    scope->scope = s;
    scope->unit = unit;
    scope->name = name;
    scope->last_function = &scope->functions;
    make_points(scope);
    for (size_t i = 0; i < s->nstates; i++)
        lower_state(scope, &scope->states[i]);
    *unit->last_scope = scope;
    unit->last_scope = &scope->next;
    return scope;
}

bool lower_machine(struct ir_program *program, struct diags *diags,
                   const struct machine *machine)
{
    struct ir_unit *unit = ARENA_NEW(program->arena, struct ir_unit);
    size_t before = diags->nerrors;

    unit->program = program;
    unit->machine = machine;
    unit->diags = diags;
    unit->name = names_claim(
        program->names, names_machine(program->arena, machine->name, strlen(machine->name)));
    names_claim(program->names, arena_printf(program->arena, "%s_machine", unit->name));
    names_claim(program->names, arena_printf(program->arena, "%s_program", unit->name));
    unit->last_scope = &unit->scopes;
    *program->last_unit = unit;
    program->last_unit = &unit->next;
    unit->root = lower_scope(unit, machine->root, unit->name);
    return diags->nerrors == before;
}
