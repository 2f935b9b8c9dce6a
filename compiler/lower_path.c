/*
 * lower_path.c - paths, filters, intrinsic calls and payload templates of JSONPath states.
 *
 * How the operations combine is told at the head of aslrt/ops.h: a path is walked with one
 * value in hand, which from its first indefinite step on is a list of nodes.
 */
#include "lower.h"

#include <string.h>

#include "arena.h"
#include "order.h"
#include "read.h"

/* Where a walk along a path is. */
struct walk {
    const struct lowering *env;
    struct ir_arg region;
    const struct expr *path;
    struct ir_arg v;
    bool is_list;
    bool required;
};

#define BOOL(b) ir_code((b) ? "true" : "false")

struct node *lower_literal(struct arena *arena, int type, const char *text, size_t len)
{
    struct node *node = ARENA_NEW(arena, struct node);

    node->json.type = type;
    node->text = text;
    node->len = len;
    return node;
}

static struct ir_arg text_of(const struct lowering *env, const struct expr_text *text)
{
    return ir_text(env->fn->program, text->text, text->len);
}

/* ---- roots -------------------------------------------------------------------- */

static bool is_name(const struct expr *path, size_t i, const char *name)
{
    if (i >= path->count)
        return false;
    const struct step *step = &path->steps[i];

    return step->kind == STEP_NAME && step->text.len == strlen(name) &&
           memcmp(step->text.text, name, step->text.len) == 0;
}

/* Does the path read $$.State.EnteredTime, or all of what holds it? */
static bool reads_clock(const struct expr *path)
{
    if (path->count == 0 || path->steps[0].kind != STEP_NAME)
        return true;
    if (!is_name(path, 0, "State"))
        return false;
    return path->count == 1 || path->steps[1].kind != STEP_NAME ||
           is_name(path, 1, "EnteredTime");
}

/* The direct operation for the part of the context that the path begins with; *taken
 * steps are done then. */
static struct ir_arg lower_context(const struct lowering *env, const struct expr *path,
                                   size_t *taken)
{
    static const struct {
        const char *name, *op;
    } parts[] = {{"Execution", "asl_context_execution"},
                 {"StateMachine", "asl_context_state_machine"},
                 {"State", "asl_context_state"},
                 {"Task", "asl_context_task"},
                 {"Map", "asl_context_map"}},
      items[] = {{"Value", "asl_item_value"},
                 {"Index", "asl_item_index"},
                 {"Key", "asl_item_key"}};

    if (reads_clock(path))
        env->state->clock = true;
    if (is_name(path, 0, "Map") && is_name(path, 1, "Item"))
        for (size_t i = 0; i < sizeof items / sizeof *items; i++)
            if (is_name(path, 2, items[i].name)) {
                *taken = 3;
                if (env->fn->kind == IR_SELECT && i == 0)
                    return ir_code("item");
                if (env->fn->kind == IR_SELECT && i == 1)
                    return ir_call(env->fn, env->at, "asl_integer", ir_code("index"));
                return ir_call_flags(env->fn, env->at, 0, items[i].op, IR_FRAME);
            }
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (is_name(path, 0, parts[i].name)) {
            *taken = 1;
            return ir_call_flags(env->fn, env->at, IR_FAILS, parts[i].op, IR_FRAME);
        }
    return ir_call_flags(env->fn, env->at, IR_FAILS, "asl_context", IR_FRAME);
}

static struct ir_arg lower_root(const struct lowering *env, const struct expr *path,
                                size_t *taken)
{
    *taken = 0;
    switch (path->root) {
    case ROOT_INPUT: return env->root;
    case ROOT_CURRENT: return env->current.kind == IR_NONE ? env->root : env->current;
    case ROOT_CONTEXT: return lower_context(env, path, taken);
    case ROOT_VARIABLE:
        if (path->slot < 0)
            return ir_code("asl_undefined()");
        return ir_call(env->fn, env->at, "asl_variable", IR_FRAME,
                       ir_size(path->distance + (int64_t)env->outer), ir_size(path->slot));
    }
    return env->root;
}

struct ir_arg lower_missing_root(const struct lowering *env, const struct expr *path)
{
    struct arena *arena = env->fn->program->arena;

    if (path->root == ROOT_CONTEXT)
        return ir_code("asl_context(f)");
    if (path->root == ROOT_VARIABLE && path->slot >= 0)
        return ir_code(arena_printf(arena, "asl_variable(f, %lld, %lld)",
                                    (long long)path->distance + (long long)env->outer,
                                    (long long)path->slot));
    return path->root == ROOT_VARIABLE ? ir_code("asl_undefined()") : env->root;
}

/* ---- steps -------------------------------------------------------------------- */

static void put_args(struct walk *walk, bool fails, const char *op,
                     const struct ir_arg *args, size_t nargs)
{
    walk->v = ir_op(walk->env->fn, walk->env->at, fails ? IR_FAILS : 0, op, args, nargs);
}

#define PUT(walk, op, ...)                                                             \
    put_args(walk, true, op, IR_ARGS(__VA_ARGS__),                                     \
             sizeof IR_ARGS(__VA_ARGS__) / sizeof(struct ir_arg))

static void to_list(struct walk *walk, const char *need)
{
    if (!walk->is_list)
        PUT(walk, "asl_path_list", walk->region, walk->v, ir_code(need));
    walk->is_list = true;
}

static struct ir_arg names_of(const struct walk *walk, const struct step *step)
{
    struct arena *arena = walk->env->fn->program->arena;
    struct node *array = lower_literal(arena, cJSON_Array, NULL, 0);

    for (size_t i = 0; i < step->count; i++)
        node_append(array, lower_literal(arena, cJSON_String, step->names[i].text,
                                         step->names[i].len));
    return ir_items(walk->env->fn->program, array);
}

static void step_name(struct walk *walk, const struct step *step)
{
    struct ir_arg key = text_of(walk->env, &step->text), v = walk->v;

    if (step->scanned)
        PUT(walk, "asl_path_descend_member", walk->region, v, key, BOOL(walk->required));
    else if (walk->is_list)
        PUT(walk, "asl_path_member", walk->region, v, key, BOOL(walk->required));
    else
        put_args(walk, v.fails, "asl_member_of", IR_ARGS(v, key), 2);
}

static void step_index(struct walk *walk, const struct step *step, bool last)
{
    struct ir_arg index = ir_size(step->from), v = walk->v;

    if (step->scanned && !last)
        PUT(walk, "asl_path_descend_elements", walk->region, v);
    else if (step->scanned)
        PUT(walk, "asl_path_descend_index", walk->region, v, index);
    else if (walk->is_list)
        PUT(walk, "asl_path_index", walk->region, v, index);
    else
        put_args(walk, v.fails, "asl_element", IR_ARGS(v, index), 2);
}

static void step_names(struct walk *walk, const struct step *step, bool last)
{
    struct ir_arg keys = names_of(walk, step), count = ir_size((int64_t)step->count);
    struct ir_arg required = BOOL(walk->required);
    const char *op = last ? "asl_path_merge" : "asl_path_names";

    if (step->scanned)
        op = last ? "asl_path_descend_merge" : "asl_path_descend_names";
    else if (last && !walk->is_list)
        op = "asl_members_of";
    else
        to_list(walk, "ASL_NEED_OBJECT");
    PUT(walk, op, walk->region, walk->v, count, keys, required);
}

static void step_indexes(struct walk *walk, const struct step *step, bool last)
{
    struct ir_arg ints = ir_ints(walk->env->fn, step->indexes, step->count);
    struct ir_arg count = ir_size((int64_t)step->count);

    to_list(walk, "ASL_NEED_ARRAY");
    if (step->scanned && !last)
        PUT(walk, "asl_path_descend_elements", walk->region, walk->v);
    else
        PUT(walk, step->scanned ? "asl_path_descend_indexes" : "asl_path_indexes",
            walk->region, walk->v, count, ints);
}

static void step_slice(struct walk *walk, const struct step *step, bool last)
{
    struct ir_arg from = step->has_from ? ir_size(step->from) : ir_code("ASL_SLICE_START");
    struct ir_arg to = step->has_to ? ir_size(step->to) : ir_code("ASL_SLICE_END");

    to_list(walk, "ASL_NEED_ARRAY");
    if (step->scanned && !last)
        PUT(walk, "asl_path_descend_elements", walk->region, walk->v);
    else
        PUT(walk, step->scanned ? "asl_path_descend_slice" : "asl_path_slice",
            walk->region, walk->v, from, to);
}

static void step_wildcard(struct walk *walk, const struct step *step)
{
    if (step->scanned)
        PUT(walk, "asl_path_descend_each", walk->region, walk->v);
    else
        PUT(walk, walk->is_list ? "asl_path_each" : "asl_path_elements", walk->region,
            walk->v);
    walk->is_list = true;
}

static const struct ir_function *lower_filter(const struct walk *walk,
                                              const struct step *step);

static void step_filter(struct walk *walk, const struct step *step, bool last)
{
    struct ir_arg fn = ir_address(lower_filter(walk, step));
    struct ir_arg root = walk->env->root;

    to_list(walk, "ASL_NEED_FILTER");
    if (step->scanned)
        PUT(walk, "asl_path_descend_filter", walk->region, walk->v, fn, root, BOOL(last));
    else
        PUT(walk, "asl_path_filter", walk->region, walk->v, fn, root);
}

static struct ir_arg lower_json(const struct lowering *env, const struct expr_text *text);

static const char *const function_names[] = {
    [PATH_MIN] = "ASL_PATH_MIN",       [PATH_MAX] = "ASL_PATH_MAX",
    [PATH_AVG] = "ASL_PATH_AVG",       [PATH_STDDEV] = "ASL_PATH_STDDEV",
    [PATH_SUM] = "ASL_PATH_SUM",       [PATH_LENGTH] = "ASL_PATH_LENGTH",
    [PATH_KEYS] = "ASL_PATH_KEYS",     [PATH_FIRST] = "ASL_PATH_FIRST",
    [PATH_LAST] = "ASL_PATH_LAST",     [PATH_INDEX] = "ASL_PATH_INDEX",
    [PATH_APPEND] = "ASL_PATH_APPEND", [PATH_CONCAT] = "ASL_PATH_CONCAT",
    [PATH_UNKNOWN] = "ASL_PATH_UNKNOWN"};

static void step_function(struct walk *walk, const struct step *step)
{
    struct ir_function *fn = walk->env->fn;
    struct ir_arg *args = ARENA_ARRAY(fn->program->arena, step->count + 1, struct ir_arg);
    struct ir_arg list = ir_code("NULL"), v = walk->v;
    struct lowering inner = *walk->env;

    if (step->scanned) {
        walk->v = ir_code("asl_array()");
        return;
    }
    inner.current = ir_none();
    for (size_t i = 0; i < step->count; i++)
        args[i] = step->args[i]->kind == EXPR_PATH ? lower_path(&inner, step->args[i], false)
                                                   : lower_json(&inner, &step->args[i]->text);
    if (step->count)
        list = ir_list(fn, args, step->count);
    PUT(walk, walk->is_list ? "asl_path_apply" : "asl_path_function", walk->region, v,
        ir_code(function_names[step->function]), ir_size((int64_t)step->count), list);
}

static void take_step(struct walk *walk, const struct step *step, bool last)
{
    switch (step->kind) {
    case STEP_NAME: step_name(walk, step); break;
    case STEP_INDEX: step_index(walk, step, last); break;
    case STEP_NAMES: step_names(walk, step, last); break;
    case STEP_INDEXES: step_indexes(walk, step, last); break;
    case STEP_SLICE: step_slice(walk, step, last); break;
    case STEP_WILDCARD: step_wildcard(walk, step); break;
    case STEP_DESCEND: to_list(walk, "ASL_NEED_ANY"); break;
    case STEP_FILTER: step_filter(walk, step, last); break;
    case STEP_FUNCTION: step_function(walk, step); break;
    }
}

/* Whether PATH is the same for all items of a Map, and can only fail to find something. */
static bool is_shared(const struct lowering *env, const struct expr *path)
{
    if (env->fn->kind != IR_SELECT || path->root != ROOT_INPUT || path->count == 0)
        return false;
    for (size_t i = 0; i < path->count; i++)
        if (path->steps[i].scanned ||
            (path->steps[i].kind != STEP_NAME && path->steps[i].kind != STEP_INDEX))
            return false;
    return true;
}

/* What PATH finds, from where the same is kept for all items. */
static struct ir_arg lower_shared(const struct lowering *env, const struct expr *path)
{
    struct ir_function *fn = env->fn;
    struct arena *arena = fn->program->arena;
    struct lowering once = *env;
    struct ir_given *given;
    struct ir_arg v;

    once.fn = fn->give;
    once.root = ir_code("input");
    v = lower_path(&once, path, false);
    for (given = fn->given; given && given->temp != v.number; given = given->next)
        ;
    if (!given) {
        given = ARENA_NEW(arena, struct ir_given);
        given->temp = v.number;
        given->index = fn->ngiven++;
        given->next = fn->given;
        fn->given = given;
        ir_do(fn->give, env->at, "asl_give",
              IR_ARGS(ir_code("given"), ir_size((int64_t)given->index), v), 3);
    }
    return ir_code(arena_printf(arena, "asl_given(given, %zu)", given->index));
}

struct ir_arg lower_path(const struct lowering *env, const struct expr *path, bool required)
{
    if (is_shared(env, path))
        return lower_shared(env, path);
    struct walk walk = {.env = env, .path = path, .required = required};
    size_t taken;

    walk.region = env->fn->kind == IR_PREDICATE ? ir_code("f->region") : IR_REGION;
    walk.v = lower_root(env, path, &taken);
    for (size_t i = taken; i < path->count; i++)
        take_step(&walk, &path->steps[i], i + 1 == path->count);
    return walk.v;
}

/* ---- filters ------------------------------------------------------------------ */

static struct ir_arg lower_json(const struct lowering *env, const struct expr_text *text)
{
    struct arena *arena = env->fn->program->arena;
    struct diags diags;
    struct node *node;

    diags_init(&diags, arena, source_new(arena, "", text->text, text->len));
    node = read_json(&diags, NULL);
    return node ? ir_constant(env->fn->program, node) : ir_code("asl_undefined()");
}

static struct ir_arg lower_number(const struct lowering *env, const struct expr_text *text)
{
    struct ir_program *program = env->fn->program;

    return ir_constant(program,
                       lower_literal(program->arena, cJSON_Number, text->text, text->len));
}

static struct ir_arg lower_operand(const struct lowering *env, const struct operand *operand)
{
    switch (operand->kind) {
    case OPERAND_PATH: return lower_path(env, operand->path, false);
    case OPERAND_JSON: return lower_json(env, &operand->text);
    case OPERAND_STRING: return text_of(env, &operand->text);
    case OPERAND_NUMBER: return lower_number(env, &operand->text);
    case OPERAND_BOOLEAN:
        return ir_code(operand->truth ? "asl_boolean(true)" : "asl_boolean(false)");
    case OPERAND_NULL: return ir_code("asl_null()");
    case OPERAND_UNDEFINED:
    case OPERAND_REGEX: break;
    }
    return ir_code("asl_undefined()");
}

static const char *const filter_ops[] = {
    [FILTER_EQ] = "asl_filter_equal",       [FILTER_NE] = "asl_filter_unequal",
    [FILTER_LT] = "asl_filter_less",        [FILTER_LE] = "asl_filter_less_equal",
    [FILTER_GT] = "asl_filter_greater",     [FILTER_GE] = "asl_filter_greater_equal",
    [FILTER_TSEQ] = "asl_filter_same",      [FILTER_TSNE] = "asl_filter_not_same",
    [FILTER_REGEX] = "asl_filter_matches",  [FILTER_IN] = "asl_filter_in",
    [FILTER_NIN] = "asl_filter_not_in",     [FILTER_CONTAINS] = "asl_filter_contains",
    [FILTER_SUBSETOF] = "asl_filter_subset_of",
    [FILTER_ANYOF] = "asl_filter_any_of",   [FILTER_NONEOF] = "asl_filter_none_of",
    [FILTER_SIZE] = "asl_filter_size",      [FILTER_EMPTY] = "asl_filter_empty",
    [FILTER_TYPE] = "asl_filter_type"};

static struct ir_arg lower_compare(const struct lowering *env, const struct filter *filter)
{
    struct ir_arg a = lower_operand(env, &filter->a), b = lower_operand(env, &filter->b);
    const struct operand *regex = filter->a.kind == OPERAND_REGEX ? &filter->a : &filter->b;
    struct ir_arg f = ir_code("f");

    if (filter->op != FILTER_REGEX)
        return ir_call_flags(env->fn, env->at, IR_BOOL, filter_ops[filter->op], f, a, b);
    if (regex->kind != OPERAND_REGEX)
        return ir_code("false");
    env->fn->program->has_regex = true;
    return ir_call_flags(env->fn, env->at, IR_BOOL, filter_ops[filter->op], f, a, b,
                         ir_regex(regex->text.text, regex->text.len,
                                  arena_copy(env->fn->program->arena, regex->flags.text,
                                             regex->flags.len)));
}

static struct ir_arg lower_condition(const struct lowering *env, const struct filter *filter)
{
    struct ir_function *fn = env->fn;
    struct ir_arg left = ir_none(), right = ir_none();

    switch (filter->kind) {
    case FILTER_OR:
    case FILTER_AND:
        left = lower_condition(env, filter->left);
        right = lower_condition(env, filter->right);
        return ir_call_flags(fn, env->at, IR_BOOL, filter->kind == FILTER_OR ? "||" : "&&",
                             left, right);
    case FILTER_NOT:
        left = lower_condition(env, filter->left);
        return ir_call_flags(fn, env->at, IR_BOOL, "!", left);
    case FILTER_EXISTS:
    case FILTER_ABSENT:
        left = lower_path(env, filter->a.path, true);
        left = ir_call_flags(fn, env->at, IR_BOOL, "asl_filter_exists", ir_code("f"), left);
        if (filter->kind == FILTER_EXISTS)
            return left;
        return ir_call_flags(fn, env->at, IR_BOOL, "!", left);
    case FILTER_COMPARE: return lower_compare(env, filter);
    }
    return BOOL(false);
}

static const struct ir_function *lower_filter(const struct walk *walk,
                                              const struct step *step)
{
    const struct lowering *env = walk->env;
    const struct expr *path = walk->path;
    struct ir_program *program = env->fn->program;
    struct ir_function *fn = ir_function_new(env->fn->scope, IR_PREDICATE,
                                             ir_helper_name(program, env->state), env->at);
    struct lowering inner = {.fn = fn,
                             .state = env->state,
                             .root = ir_code("f->root"),
                             .current = ir_code("at"),
                             .at = env->at};

    fn->comment = path->source.text + (step->span.start - path->span.start);
    fn->comment_len = step->span.end - step->span.start;
    ir_return_value(fn, env->at, lower_condition(&inner, step->filter));
    ir_function_add(fn);
    return fn;
}

/* ---- intrinsic calls ---------------------------------------------------------- */

/* The value of a path that is no part of a filter: what an indefinite path does not find
 * is an empty list (recorded.md 20). */
static struct ir_arg lower_matches(const struct lowering *env, const struct expr *path)
{
    struct ir_arg v = lower_path(env, path, false);

    if (path->definite)
        return v;
    return ir_call_flags(env->fn, env->at, IR_FAILS, "asl_matches", v);
}

/* Whether the path always finds something. */
static bool is_always_found(const struct expr *path)
{
    return !path->definite || (path->count == 0 && path->root == ROOT_INPUT);
}

/* What all parts of one expression share. */
struct call {
    const struct lowering *env;
    const struct expr *whole;
};

static struct ir_arg lower_call(const struct call *call, const struct expr *expr);

static struct ir_arg lower_argument(const struct call *call, const struct expr *expr)
{
    const struct lowering *env = call->env;
    struct ir_arg v;

    switch (expr->kind) {
    case EXPR_PATH:
        v = lower_matches(env, expr);
        if (is_always_found(expr))
            return v;
        ir_check_found(env->fn, env->at, v, "asl_intrinsic_missing",
                       IR_ARGS(IR_REGION,
                               ir_string(call->whole->source.text, call->whole->source.len),
                               ir_string(expr->source.text, expr->source.len), env->root),
                       4);
        return v;
    case EXPR_CALL: return lower_call(call, expr);
    case EXPR_STRING: return text_of(env, &expr->text);
    case EXPR_NUMBER: return lower_number(env, &expr->text);
    case EXPR_JSON: return lower_json(env, &expr->text);
    case EXPR_TRUE: return ir_code("asl_boolean(true)");
    case EXPR_FALSE: return ir_code("asl_boolean(false)");
    case EXPR_NULL: return ir_code("asl_null()");
    }
    return ir_none();
}

/* The text of a template from *AT up to its next {} or its end, without escapes; *AT is
 * behind it then. */
static struct ir_arg lower_between(const struct call *call, const struct expr_text *raw,
                                   size_t *at)
{
    char *text = arena_alloc(call->env->fn->program->arena, raw->len + 1);
    size_t len = 0;

    while (*at < raw->len && raw->text[*at] != '{') {
        if (raw->text[*at] == '\\')
            ++*at;
        text[len++] = raw->text[(*at)++];
    }
    *at += 2;
    return ir_text(call->env->fn->program, text, len);
}

/* States.Format with a literal template, which check_template has seen: what it is made of,
 * text and arguments in turn. */
static struct ir_arg lower_format(const struct call *call, const struct expr *expr)
{
    struct ir_function *fn = call->env->fn;
    struct ir_arg *parts = ARENA_ARRAY(fn->program->arena, 2 * expr->nargs, struct ir_arg);
    const struct expr_text *raw = &expr->args[0]->raw;
    size_t nparts = 0, at = 0;

    for (size_t i = 1; i <= expr->nargs; i++) {
        if (at < raw->len && raw->text[at] == '{')
            at += 2;
        else if (at < raw->len)
            parts[nparts++] = lower_between(call, raw, &at);
        if (i < expr->nargs)
            parts[nparts++] = lower_argument(call, expr->args[i]);
    }
    return ir_call_flags(fn, call->env->at, IR_FAILS, "asl_intrinsic_join", IR_REGION,
                         ir_size((int64_t)nparts),
                         nparts ? ir_list(fn, parts, nparts) : ir_code("NULL"));
}

static struct ir_arg lower_call(const struct call *call, const struct expr *expr)
{
    struct ir_function *fn = call->env->fn;
    struct ir_arg *args = ARENA_ARRAY(fn->program->arena, expr->nargs + 1, struct ir_arg);
    struct ir_arg list = ir_code("NULL"), count = ir_size((int64_t)expr->nargs);
    bool random = intrinsic_is_random(expr->intrinsic);

    fn->program->has_intrinsic = true;
    if (expr->intrinsic == INTRINSIC_FORMAT && expr->args[0]->kind == EXPR_STRING)
        return lower_format(call, expr);
    for (size_t i = 0; i < expr->nargs; i++)
        args[i] = lower_argument(call, expr->args[i]);
    if (expr->nargs)
        list = ir_list(fn, args, expr->nargs);
    if (random)
        return ir_call_flags(fn, call->env->at, IR_FAILS | IR_IMPURE,
                             intrinsic_op(expr->intrinsic), IR_REGION,
                             ir_code("asl_random_of(f)"), count, list);
    return ir_call_flags(fn, call->env->at, IR_FAILS, intrinsic_op(expr->intrinsic),
                         IR_REGION, count, list);
}

struct ir_arg lower_value(const struct lowering *env, const struct expr *expr,
                          const char *field)
{
    struct call call = {.env = env, .whole = expr};
    struct ir_arg v;

    if (expr->kind == EXPR_CALL) {
        v = lower_call(&call, expr);
        ir_check_error_as(env->fn, env->at, v, "asl_intrinsic_error",
                          IR_ARGS(IR_REGION, v,
                                  ir_string(expr->source.text, expr->source.len)),
                          3);
        v.fails = false;
        return v;
    }
    if (expr->kind != EXPR_PATH)
        return lower_argument(&call, expr);
    v = lower_matches(env, expr);
    if (is_always_found(expr))
        return v;
    ir_check_found(env->fn, env->at, v, "asl_template_missing",
                   IR_ARGS(IR_REGION, ir_string(expr->source.text, expr->source.len),
                           ir_string(field, strlen(field)), env->root),
                   4);
    return v;
}

struct ir_arg lower_checked_path(const struct lowering *env, const struct expr *path)
{
    struct ir_arg v = lower_matches(env, path);

    if (!is_always_found(path))
        ir_check_found(env->fn, env->at, v, "asl_path_missing",
                       IR_ARGS(IR_REGION, ir_path(env->fn->program, path),
                               lower_missing_root(env, path)),
                       3);
    ir_check_error(env->fn, env->at, v);
    v.fails = false;
    return v;
}

/* ---- payload templates -------------------------------------------------------- */

static bool is_dynamic(const struct node *member)
{
    size_t len;

    return node_is_dynamic(member, &len);
}

static bool has_dynamic(const struct node *node)
{
    for (const struct node *child = node_child(node); child; child = node_next(child))
        if (is_dynamic(child) || has_dynamic(child))
            return true;
    return false;
}

static struct ir_arg lower_member(const struct lowering *env, const struct node *member)
{
    struct lowering inner = *env;

    inner.at = member->span.begin;
    if (!is_dynamic(member) || !member->expr)
        return lower_template(&inner, member);
    return lower_value(&inner, member->expr, member->key);
}

/* The order of an object's members (recorded.md 22): literal ones as they stand, then the
 * `.$` ones in the order of a Java HashMap.  order[i] is the i-th's place in the text. */
static void member_order(struct arena *arena, const struct node *object, size_t *order)
{
    const char **names = ARENA_ARRAY(arena, object->count + 1, const char *);
    size_t *lens = ARENA_ARRAY(arena, object->count + 1, size_t);
    size_t *places = ARENA_ARRAY(arena, object->count + 1, size_t);
    size_t *dynamic = ARENA_ARRAY(arena, object->count + 1, size_t);
    size_t n = 0, count = 0, i = 0, len;

    for (const struct node *m = node_child(object); m; m = node_next(m), i++) {
        if (!node_is_dynamic(m, &len)) {
            order[n++] = i;
            continue;
        }
        names[count] = m->key;
        lens[count] = len;
        places[count++] = i;
    }
    asl__java_order(names, lens, count, dynamic);
    for (i = 0; i < count; i++)
        order[n++] = places[dynamic[i]];
}

static struct ir_arg lower_object(const struct lowering *env, const struct node *object)
{
    struct ir_function *fn = env->fn;
    struct arena *arena = fn->program->arena;
    struct ir_arg *values = ARENA_ARRAY(arena, 2 * object->count + 1, struct ir_arg);
    struct ir_arg *ordered = values + object->count;
    struct node **keys = ARENA_ARRAY(arena, object->count + 1, struct node *);
    struct node *array = lower_literal(arena, cJSON_Array, NULL, 0);
    size_t *order = ARENA_ARRAY(arena, object->count + 1, size_t);
    size_t i = 0, len;

    for (const struct node *m = node_child(object); m; m = node_next(m), i++) {
        values[i] = lower_member(env, m);
        if (!node_is_dynamic(m, &len))
            len = m->key_len;
        keys[i] = lower_literal(arena, cJSON_String, arena_copy(arena, m->key, len), len);
    }
    member_order(arena, object, order);
    for (i = 0; i < object->count; i++) {
        node_append(array, keys[order[i]]);
        ordered[i] = values[order[i]];
    }
    return ir_call_flags(fn, env->at, IR_FAILS, "asl_record", IR_REGION,
                         ir_size((int64_t)object->count), ir_items(fn->program, array),
                         ir_list(fn, ordered, object->count));
}

struct ir_arg lower_template(const struct lowering *env, const struct node *node)
{
    struct ir_function *fn = env->fn;
    struct ir_arg *items;
    size_t i = 0;

    if (!has_dynamic(node))
        return ir_constant(fn->program, node);
    if (node_is_object(node))
        return lower_object(env, node);
    items = ARENA_ARRAY(fn->program->arena, node->count + 1, struct ir_arg);
    for (const struct node *child = node_child(node); child; child = node_next(child))
        items[i++] = lower_member(env, child);
    return ir_call_flags(fn, env->at, IR_FAILS, "asl_array_of", IR_REGION,
                         ir_size((int64_t)node->count), ir_list(fn, items, node->count));
}
