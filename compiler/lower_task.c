/*
 * lower_task.c - Task, Parallel and Map.
 */
#include "lower.h"

#include <string.h>

#include "arena.h"
#include "aws.h"
#include "lower_parts.h"
#include "names.h"

static void not_built(struct ir_unit *unit, const struct node *node, struct span span,
                      const char *message)
{
    diags_add(unit->diags, &(struct diag){.severity = SEVERITY_ERROR,
                                          .rule = RULE_NOT_BUILT,
                                          .span = span,
                                          .message = message,
                                          .path = node_pointer(unit->program->arena, node)});
}

/* ---- Task ------------------------------------------------------------------------ */

/* Parts of a Resource between its colons. */
enum { MOST_PARTS = 9 };
struct parts {
    const char *text[MOST_PARTS];
    size_t len[MOST_PARTS];
    size_t count; /* the last part holds all the rest */
};

static void split(struct parts *parts, const char *text, size_t len)
{
    size_t begin = 0;

    *parts = (struct parts){0};
    for (size_t i = 0; i <= len; i++) {
        if (i < len && (text[i] != ':' || parts->count == MOST_PARTS - 1))
            continue;
        parts->text[parts->count] = text + begin;
        parts->len[parts->count++] = i - begin;
        begin = i + 1;
    }
}

static bool part_is(const struct parts *parts, size_t i, const char *text)
{
    return i < parts->count && parts->len[i] == strlen(text) &&
           memcmp(parts->text[i], text, parts->len[i]) == 0;
}

static bool ends_with(const struct expr_text *text, const char *end)
{
    size_t len = strlen(end);

    return text->len >= len && memcmp(text->text + text->len - len, end, len) == 0;
}

/* The name in a FunctionName: NAME, NAME:ALIAS, an ARN, ACCOUNT:function:NAME. */
static struct expr_text function_name(const struct node *node)
{
    struct parts parts;
    size_t i = 0;

    split(&parts, node->text, node->len);
    if (parts.count == 0)
        return (struct expr_text){node->text, node->len};
    while (i + 1 < parts.count && !part_is(&parts, i, "function"))
        i++;
    i = i + 1 < parts.count ? i + 1 : 0;
    return (struct expr_text){parts.text[i], parts.len[i]};
}

/* The literal KEY of the PARAMETERS of SERVICE:ACTION[.PATTERN]; empty: TASK is another one, or
 * it is known at run time only. */
static struct expr_text literal_of(const struct ir_task *task, const struct node *parameters,
                                   const char *service, const char *action, const char *key)
{
    size_t len = strlen(action);
    const struct node *node;

    if (task->service.len != strlen(service) || task->action.len < len ||
        memcmp(task->service.text, service, task->service.len) != 0 ||
        memcmp(task->action.text, action, len) != 0 || !node_is_object(parameters))
        return (struct expr_text){NULL, 0};
    node = node_member(parameters, key);
    if (!node_is_string(node) || node->query)
        return (struct expr_text){NULL, 0};
    return (struct expr_text){node->text, node->len};
}

/* states:::SERVICE:ACTION[.PATTERN]; aws-sdk has its service in a further part. */
static void read_service(struct ir_task *task, const struct parts *parts,
                         const struct node *parameters)
{
    size_t i = part_is(parts, 5, "aws-sdk") ? 6 : 5;
    const struct node *name = NULL;

    task->kind = "ASL_TASK_SERVICE";
    task->service = (struct expr_text){parts->text[5], parts->len[5]};
    if (i == 6 && parts->count > 6)
        task->service.len += 1 + parts->len[6];
    if (i + 1 < parts->count)
        task->action = (struct expr_text){
            parts->text[i + 1],
            (size_t)(task->resource->text + task->resource->len - parts->text[i + 1])};
    if (ends_with(&task->action, ".sync"))
        task->pattern = "ASL_SYNC";
    else if (ends_with(&task->action, ".sync:2"))
        task->pattern = "ASL_SYNC2";
    else if (ends_with(&task->action, ".waitForTaskToken"))
        task->pattern = "ASL_WAIT_FOR_TASK_TOKEN";
    task->invoke = part_is(parts, 5, "lambda") && task->action.len >= 6 &&
                   memcmp(task->action.text, "invoke", 6) == 0;
    task->machine = literal_of(task, parameters, "states", "startExecution", "StateMachineArn");
    if (task->invoke && node_is_object(parameters))
        name = node_member(parameters, "FunctionName");
    if (node_is_string(name) && name->len && !name->query)
        task->function = function_name(name);
}

static void read_resource(struct ir_task *task, const struct node *parameters)
{
    const struct node *resource = task->resource;
    struct parts parts;

    split(&parts, resource->text, resource->len);
    task->kind = "ASL_TASK_LAMBDA";
    task->pattern = "ASL_REQUEST_RESPONSE";
    if (part_is(&parts, 0, "arn") && part_is(&parts, 2, "lambda") &&
        part_is(&parts, 5, "function") && parts.count > 6) {
        task->function = (struct expr_text){parts.text[6], parts.len[6]};
    } else if (part_is(&parts, 0, "arn") && part_is(&parts, 2, "states") &&
               part_is(&parts, 5, "activity") && parts.count > 6) {
        task->kind = "ASL_TASK_ACTIVITY";
        task->action = (struct expr_text){parts.text[6], parts.len[6]};
        return;
    } else if (part_is(&parts, 0, "arn") && part_is(&parts, 2, "states") &&
               part_is(&parts, 3, "") && part_is(&parts, 4, "") && parts.count > 6) {
        read_service(task, &parts, parameters);
        return;
    } else {
        task->function = (struct expr_text){resource->text, resource->len};
    }
    task->action = task->function;
}

/* The handler object of a function; two functions of one C name are an error. */
static const struct ir_handler *find_handler(struct ir_unit *unit, const struct ir_task *task)
{
    struct ir_program *program = unit->program;
    const char *name = names_handler(program->arena, task->function.text, task->function.len);
    size_t hash = 5381;
    struct ir_handler **slot, *handler;

    for (const char *c = name; *c; c++)
        hash = hash * 33 ^ (unsigned char)*c;
    slot = &program->handler_table[hash & (program->handler_table_size - 1)];
    for (handler = *slot; handler; handler = handler->chain)
        if (strcmp(handler->name, name) == 0)
            break;
    if (handler) {
        if (strlen(handler->function) != task->function.len ||
            memcmp(handler->function, task->function.text, task->function.len) != 0)
            diags_add(unit->diags,
                      &(struct diag){
                          .severity = SEVERITY_ERROR,
                          .rule = RULE_HANDLER_CLASH,
                          .span = task->resource->span,
                          .message = arena_printf(
                              program->arena,
                              "the functions `%s` and `%.*s` would both be the C object "
                              "`asl_handler_%s`",
                              handler->function, (int)task->function.len, task->function.text,
                              name),
                          .path = node_pointer(program->arena, task->resource)});
        return handler;
    }
    handler = ARENA_NEW(program->arena, struct ir_handler);
    handler->function = arena_copy(program->arena, task->function.text, task->function.len);
    handler->name = name;
    handler->chain = *slot;
    *slot = handler;
    *program->last_handler = handler;
    program->last_handler = &handler->next;
    return handler;
}

/* ---- AWS ------------------------------------------------------------------------- */

static bool text_is(struct expr_text text, const char *word)
{
    return text.len == strlen(word) && memcmp(text.text, word, text.len) == 0;
}

/* What a Task calls itself if nothing else answers it: a service, or a function of Lambda. */
static bool calls_aws(const struct ir_task *task)
{
    struct parts parts;

    if (strcmp(task->kind, "ASL_TASK_SERVICE") == 0)
        return !text_is(task->service, "http");
    split(&parts, task->resource->text, task->resource->len);
    return strcmp(task->kind, "ASL_TASK_LAMBDA") == 0 && part_is(&parts, 2, "lambda");
}

static void add_aws(struct ir_program *program, const struct aws_operation *op)
{
    struct aws_operation *added = ARENA_NEW(program->arena, struct aws_operation);

    *added = *op;
    added->next = NULL;
    *program->last_aws = added;
    program->last_aws = (struct aws_operation **)(uintptr_t)&added->next;
}

static void no_operation(struct ir_unit *unit, const struct ir_task *task,
                         enum aws_found found)
{
    struct arena *arena = unit->program->arena;
    const struct node *node = task->resource;

    diags_add(unit->diags,
              &(struct diag){.severity = SEVERITY_ERROR,
                             .rule = RULE_NO_OPERATION,
                             .span = node->span,
                             .message = arena_printf(
                                 arena,
                                 "%s: aslc does not know this %s of AWS; bind the Resource with "
                                 "--tasks FILE",
                                 node->text,
                                 found == AWS_NO_SERVICE ? "service" : "operation"),
                             .path = node_pointer(arena, node)});
}

static void find_aws(struct ir_unit *unit, struct ir_task *task)
{
    struct ir_program *program = unit->program;
    struct aws_operation *op = ARENA_NEW(program->arena, struct aws_operation);
    const char *service = "lambda", *action = "invoke";
    enum aws_found found;

    if (!calls_aws(task))
        return;
    if (strcmp(task->kind, "ASL_TASK_SERVICE") == 0) {
        service = arena_copy(program->arena, task->service.text, task->service.len);
        action = arena_copy(program->arena, task->action.text, task->action.len);
        action = arena_copy(program->arena, action, strcspn(action, "."));
    }
    found = aws_find(program->arena, service, action, op);
    if (found != AWS_FOUND) {
        if (!program->is_bound ||
            !program->is_bound(program->user, task->resource->text, task->resource->len))
            no_operation(unit, task, found);
        return;
    }
    if (op->describe)
        add_aws(program, op->describe);
    if (op->stop)
        add_aws(program, op->stop);
    add_aws(program, op);
    task->aws = op;
}

static void make_task(struct ir_unit *unit, struct ir_state *state)
{
    const struct state *s = state->state;
    struct ir_program *program = unit->program;
    struct ir_task *task = ARENA_NEW(program->arena, struct ir_task);
    const struct node *parameters =
        s->field[s->language == QUERY_JSONATA ? FIELD_ARGUMENTS : FIELD_PARAMETERS];

    task->name = arena_printf(program->arena, "%s__task", state->name);
    task->state = s;
    task->resource = s->field[FIELD_RESOURCE];
    task->index = program->ntasks++;
    task->timeout = s->timeout > 0 ? s->timeout : 0;
    task->heartbeat = s->heartbeat > 0 ? s->heartbeat : 0;
    task->limit_paths = s->field[FIELD_TIMEOUT_SECONDS_PATH] != NULL ||
                        s->field[FIELD_HEARTBEAT_SECONDS_PATH] != NULL;
    read_resource(task, parameters);
    if (task->function.len)
        task->handler = find_handler(unit, task);
    find_aws(unit, task);
    state->task = task;
    *program->last_task = task;
    program->last_task = &task->next;
}

/* A limit found by a path: OP(f, v, "path") gives undefined or the error to raise. */
static void lower_limit(struct ir_function *fn, struct ir_state *state, struct ir_arg root,
                        const struct node *node, const char *op)
{
    struct lowering env;
    struct ir_arg v;

    if (!node || !node->expr)
        return;
    env = lower_env(fn, state, root, node->span.begin);
    v = lower_checked_path(&env, node->expr);
    v = ir_call_flags(fn, node->span.begin, IR_FAILS | IR_IMPURE, op, IR_FRAME, v,
                      ir_string(node->text, node->len));
    ir_check_error(fn, node->span.begin, v);
}

/* The same by the {% %} of the field FIELD itself. */
static void lower_limit_value(struct ir_function *fn, struct ir_state *state,
                              const struct node *node, const char *field, const char *op)
{
    struct query_place place = lower_place(fn, state, PLACE_PLAIN);
    struct ir_arg v;

    if (!node || !node->query)
        return;
    v = lower_query(&place, node, field, "ASL_WANT_NUMBER");
    v = ir_call_flags(fn, node->span.begin, IR_FAILS | IR_IMPURE, op, IR_FRAME, v);
    ir_check_error(fn, node->span.begin, v);
}

static struct ir_arg lower_arguments(struct ir_function *fn, struct ir_state *state,
                                     struct ir_arg input)
{
    const struct state *s = state->state;

    return lower_template_field(
        fn, state, input,
        s->field[s->language == QUERY_JSONATA ? FIELD_ARGUMENTS : FIELD_PARAMETERS]);
}

static void lower_credentials(struct ir_function *fn, struct ir_state *state,
                              struct ir_arg input)
{
    const struct node *credentials = state->state->field[FIELD_CREDENTIALS];
    struct query_place place = lower_place(fn, state, PLACE_PLAIN);
    struct ir_arg v;

    if (!credentials)
        return;
    v = state->state->language == QUERY_JSONATA
            ? lower_query_members(&place, credentials, "Credentials", "ASL_WANT_STRING")
            : lower_template_field(fn, state, input, credentials);
    v = ir_call_flags(fn, credentials->span.begin, IR_FAILS | IR_IMPURE, "asl_task_credentials",
                      IR_FRAME, v);
    ir_check_error(fn, credentials->span.begin, v);
}

void lower_task(struct ir_function *fn, struct ir_state *state)
{
    const struct state *s = state->state;
    const struct node *resource = s->field[FIELD_RESOURCE];
    struct ir_arg input = lower_input_path(fn, state), argument;
    const char *call = fn->program->inspected ? "asl_inspect_call" : "asl_call";

    lower_inspect_path(fn, s, "ASL_INSPECT_INPUT_PATH", input);
    argument = lower_arguments(fn, state, input);
    lower_inspect(fn, resource->span.begin,
                  s->language == QUERY_JSONATA ? "ASL_INSPECT_ARGUMENTS"
                                               : "ASL_INSPECT_PARAMETERS",
                  argument);
    make_task(fn->scope->unit, state);
    lower_limit(fn, state, input, s->field[FIELD_TIMEOUT_SECONDS_PATH], "asl_task_timeout");
    lower_limit(fn, state, input, s->field[FIELD_HEARTBEAT_SECONDS_PATH],
                "asl_task_heartbeat");
    lower_limit_value(fn, state, s->field[FIELD_TIMEOUT_SECONDS], "TimeoutSeconds",
                      "asl_task_timeout_value");
    lower_limit_value(fn, state, s->field[FIELD_HEARTBEAT_SECONDS], "HeartbeatSeconds",
                      "asl_task_heartbeat_value");
    lower_credentials(fn, state, input);
    ir_return_call(fn, resource->span.begin, call, IR_FRAME,
                   ir_descriptor(fn->program, "asl_task", state->task->name), argument,
                   ir_point(state->done->enumerator));
}

/* ---- Parallel -------------------------------------------------------------------- */

void lower_parallel(struct ir_function *fn, struct ir_state *state)
{
    const struct state *s = state->state;
    struct ir_unit *unit = fn->scope->unit;
    struct arena *arena = unit->program->arena;
    struct ir_arg input = lower_arguments(fn, state, lower_input_path(fn, state));

    if (fn->program->inspected) {
        ir_return_call(fn, s->field[FIELD_BRANCHES]->span.begin, "asl_inspect_parallel",
                       IR_FRAME, input, ir_point(state->done->enumerator));
        return;
    }
    state->inner = ARENA_ARRAY(arena, s->nbranches + 1, struct ir_scope *);
    for (size_t i = 0; i < s->nbranches; i++)
        state->inner[i] = lower_scope(
            unit, s->branches[i], arena_printf(arena, "%s__branch%zu", state->name, i + 1));
    ir_return_call(fn, s->field[FIELD_BRANCHES]->span.begin, "asl_parallel_run", IR_FRAME,
                   ir_descriptor(unit->program, "asl_parallel",
                                 arena_printf(arena, "%s__parallel", state->name)),
                   input, ir_point(state->done->enumerator));
}

/* ---- Map ------------------------------------------------------------------------- */

/* ItemSelector: a function that runs on the item's frame, so that the state's variables
 * are one scope further out. */
static void lower_selector(struct ir_scope *scope, struct ir_state *state)
{
    const struct state *s = state->state;
    struct ir_function *fn;
    struct lowering env;
    struct ir_arg v;

    if (!s->selector)
        return;
    fn = ir_function_new(scope, IR_SELECT,
                         arena_printf(scope->unit->program->arena, "%s__select", state->name),
                         s->selector->span.begin);
    fn->comment = "ItemSelector";
    fn->comment_len = strlen(fn->comment);
    fn->ngiven = 1;
    fn->give = ir_function_new(scope, IR_GIVE,
                               arena_printf(scope->unit->program->arena, "%s__give",
                                            state->name),
                               s->selector->span.begin);
    fn->give->comment = "what all items share";
    fn->give->comment_len = strlen(fn->give->comment);
    env = lower_env(fn, state, ir_code("asl_given(given, 0)"), fn->at);
    env.outer = 1;
    if (s->language == QUERY_JSONATA) {
        struct query_place place = lower_place(fn, state, PLACE_PLAIN);
        place.input = env.root;
        place.outer = env.outer;
        v = lower_query(&place, s->selector, "ItemSelector", "ASL_WANT_ANY");
    } else {
        v = lower_template(&env, s->selector);
    }
    ir_return_value(fn, fn->at, v);
    if (fn->ngiven > 1)
        ir_function_add(fn->give);
    ir_function_add(fn);
    state->map->select = fn;
}

static void lower_batch_input(struct ir_scope *scope, struct ir_state *state,
                              const struct node *node)
{
    struct ir_function *fn;
    struct lowering env;
    struct query_place place;

    if (!node)
        return;
    fn = ir_function_new(
        scope, IR_VALUE,
        arena_printf(scope->unit->program->arena, "%s__batch_input", state->name),
        node->span.begin);
    fn->comment = "BatchInput";
    fn->comment_len = strlen(fn->comment);
    env = lower_env(fn, state, lower_input_path(fn, state), fn->at);
    place = lower_place(fn, state, PLACE_PLAIN);
    ir_return_value(fn, fn->at,
                    state->state->language == QUERY_JSONATA
                        ? lower_query(&place, node, "ItemBatcher/BatchInput", "ASL_WANT_ANY")
                        : lower_template(&env, node));
    ir_function_add(fn);
    state->map->batch_input = fn;
}

static int64_t small_number(const struct node *node)
{
    return node_is_number(node) && node->json.valuedouble > 0 &&
                   node->json.valuedouble < 4294967296.0
               ? (int64_t)node->json.valuedouble
               : 0;
}

static struct ir_arg lower_items(struct ir_function *fn, struct ir_state *state,
                                 struct ir_arg input, const char **text)
{
    const struct state *s = state->state;
    const struct node *node = s->field[FIELD_ITEMS_PATH];
    struct lowering env;
    struct ir_arg v;

    *text = s->language == QUERY_JSONATA ? NULL : "$";
    if (s->language == QUERY_JSONATA) {
        struct query_place place = lower_place(fn, state, PLACE_PLAIN);
        uint32_t at = s->node->span.begin;
        v = s->field[FIELD_ITEMS]
                ? lower_query(&place, s->field[FIELD_ITEMS], "Items", "ASL_WANT_ARRAY")
                : ir_call_flags(fn, at, IR_FAILS | IR_IMPURE, "asl_items_of_input", IR_FRAME,
                                input);
        ir_check_error(fn, at, v);
        v.fails = false;
        return v;
    }
    if (!node || !node->expr)
        return input;
    /* AWS shows a path of the context object, $$..., with one dollar sign. */
    *text = node->text + (strncmp(node->text, "$$", 2) == 0);
    env = lower_env(fn, state, input, node->span.begin);
    v = lower_path(&env, node->expr, false);
    if (node->expr->count == 0 && node->expr->root == ROOT_INPUT)
        return v;
    ir_check_found(fn, node->span.begin, v, "asl_items_missing",
                   IR_ARGS(IR_REGION, ir_path(fn->program, node->expr),
                           lower_missing_root(&env, node->expr)),
                   3);
    ir_check_error(fn, node->span.begin, v);
    v.fails = false;
    return v;
}

/* The items of a tested Map with an ItemReader are those of the call. */
static struct ir_arg lower_read_items(struct ir_function *fn, struct ir_state *state,
                                      struct ir_arg input, const struct node *reader)
{
    const struct node *arguments = node_member(
        reader, state->state->language == QUERY_JSONATA ? "Arguments" : "Parameters");
    const struct node *config = node_member(reader, "ReaderConfig");
    const struct node *pointer = config ? node_member(config, "ItemsPointer") : NULL;

    lower_template_field(fn, state, input, arguments);
    return ir_call_flags(fn, reader->span.begin, IR_FAILS | IR_IMPURE, "asl_inspect_items",
                         IR_FRAME,
                         node_is_string(pointer) ? ir_string(pointer->text, pointer->len)
                                                 : ir_code("NULL"));
}

static void check_built(struct ir_unit *unit, const struct state *s)
{
    const struct node *reader = s->field[FIELD_ITEM_READER];
    const struct node *writer = s->field[FIELD_RESULT_WRITER];

    if (unit->program->inspected)
        return; /* nothing is read or written */
    if (reader)
        not_built(unit, reader, reader->key_span, "ItemReader is not built yet");
    if (writer)
        not_built(unit, writer, writer->key_span, "ResultWriter is not built yet");
}

static void lower_map_limits(struct ir_function *fn, struct ir_state *state,
                             struct ir_arg input, const struct node *batcher)
{
    const struct state *s = state->state;

    lower_limit(fn, state, input, s->field[FIELD_TOLERATED_COUNT_PATH],
                "asl_map_tolerated_count");
    lower_limit(fn, state, input, s->field[FIELD_TOLERATED_PERCENTAGE_PATH],
                "asl_map_tolerated_percentage");
    lower_limit_value(fn, state, s->field[FIELD_TOLERATED_COUNT], "ToleratedFailureCount",
                      "asl_map_tolerated_count_value");
    lower_limit_value(fn, state, s->field[FIELD_TOLERATED_PERCENTAGE],
                      "ToleratedFailurePercentage", "asl_map_tolerated_percentage_value");
    if (!batcher)
        return;
    lower_limit_value(fn, state, node_member(batcher, "MaxItemsPerBatch"),
                      "ItemBatcher/MaxItemsPerBatch", "asl_map_batch_items_value");
    lower_limit_value(fn, state, node_member(batcher, "MaxInputBytesPerBatch"),
                      "ItemBatcher/MaxInputBytesPerBatch", "asl_map_batch_bytes_value");
    lower_limit(fn, state, input, node_member(batcher, "MaxItemsPerBatchPath"),
                "asl_map_batch_items");
    lower_limit(fn, state, input, node_member(batcher, "MaxInputBytesPerBatchPath"),
                "asl_map_batch_bytes");
}

void lower_map(struct ir_function *fn, struct ir_state *state)
{
    const struct state *s = state->state;
    struct ir_unit *unit = fn->scope->unit;
    struct arena *arena = unit->program->arena;
    const struct node *batcher = s->field[FIELD_ITEM_BATCHER];
    const char *map = arena_printf(arena, "%s__map", state->name), *path;
    const struct node *reader = s->field[FIELD_ITEM_READER];
    bool inspected = unit->program->inspected;
    uint32_t at = s->processor->node->span.begin;
    struct ir_arg input = lower_input_path(fn, state), items, v;

    check_built(unit, s);
    lower_inspect_path(fn, s, "ASL_INSPECT_INPUT_PATH", input);
    state->map = ARENA_NEW(arena, struct ir_map);
    state->inner = ARENA_ARRAY(arena, 1, struct ir_scope *);
    if (!inspected)
        state->inner[0] = lower_scope(unit, s->processor,
                                      arena_printf(arena, "%s__processor", state->name));
    lower_selector(fn->scope, state);
    if (batcher) {
        lower_batch_input(fn->scope, state, node_member(batcher, "BatchInput"));
        state->map->batch_items = small_number(node_member(batcher, "MaxItemsPerBatch"));
        state->map->batch_bytes = small_number(node_member(batcher, "MaxInputBytesPerBatch"));
    }
    lower_limit(fn, state, input, s->field[FIELD_MAX_CONCURRENCY_PATH],
                "asl_map_concurrency");
    lower_limit_value(fn, state, s->field[FIELD_MAX_CONCURRENCY], "MaxConcurrency",
                      "asl_map_concurrency_value");
    path = NULL;
    items = inspected && reader ? lower_read_items(fn, state, input, reader)
                                : lower_items(fn, state, input, &path);
    v = ir_call_flags(fn, at, IR_FAILS | IR_IMPURE, "asl_map_open", IR_FRAME,
                      ir_descriptor(fn->program, "asl_map", map), input, items,
                      path ? ir_string(path, strlen(path)) : ir_code("NULL"));
    ir_check_error(fn, at, v);
    if (!reader)
        lower_inspect_path(fn, s, "ASL_INSPECT_ITEMS_PATH", items);
    lower_map_limits(fn, state, input, batcher);
    ir_return_call(fn, at, inspected ? "asl_inspect_map" : "asl_map_run", IR_FRAME,
                   ir_point(state->done->enumerator));
    if (!inspected)
        state->inner[0]->clock = state->inner[0]->clock || state->clock;
}
