/* Execution history: one JSON line for each event, in the shape of GetExecutionHistory
 * (history.md).  With history off an event is only counted on its frame. */
#include "value/base.h"

#include "machine/frame.h"

static bool is_on(const asl__frame *x)
{
    return x->f.execution->history != NULL;
}

/* Opens an event's line; the history lock is held until end.  OWN: the event belongs to
 * that child of a distributed Map. */
static struct asl__buf *begin_of(asl_execution *e, asl__child *own, const char *type,
                                 uint64_t previous)
{
    int64_t now = asl__sched_now(e->sched);
    struct asl__buf *b = &e->line;

    pthread_mutex_lock(&e->history_lock);
    if (e->sched->pool.max_memory != 0)
        b->limit = e->text.limit =
            (asl__pool_room(&e->sched->pool) + e->charged_texts) / 2 + 1;
    e->last = own ? ++own->events : ++e->events;
    b->len = 0;
    asl__buf_printf(b,
                    "{\"timestamp\":%lld.%03d,\"type\":\"%s\",\"id\":%llu,"
                    "\"previousEventId\":%llu",
                    (long long)(now / 1000000), (int)(now / 1000 % 1000), type,
                    (unsigned long long)e->last, (unsigned long long)previous);
    if (own) {
        asl__buf_append_cstring(b, ",\"executionArn\":");
        b->failed = b->failed || own->arn.failed;
        asl__print_string(b, own->arn.data, own->arn.len);
    }
    return b;
}

static struct asl__buf *begin(asl__frame *x, const char *type, uint64_t previous)
{
    return begin_of(x->f.execution, x->own, type, previous);
}

/* Counts what the texts of events have grown to. */
static void charge_texts(asl_execution *e)
{
    size_t size = e->line.capacity + e->text.capacity;

    if (size <= e->charged_texts)
        return;
    if (asl__pool_charge(&e->sched->pool, size - e->charged_texts))
        e->charged_texts = size;
    else
        e->line.failed = true;
}

static uint64_t end(asl_execution *e)
{
    struct asl__buf *b = &e->line;
    uint64_t id = e->last;

    asl__buf_append(b, "}\n", 2);
    charge_texts(e);
    if (b->failed || !e->history->write(e->history, b->data, b->len))
        e->history_failed = true;
    pthread_mutex_unlock(&e->history_lock);
    return id;
}

static void end_on(asl__frame *x)
{
    x->previous = x->f.event = end(x->f.execution);
}

static void text_member(struct asl__buf *b, const char *name, asl_value v)
{
    asl__buf_printf(b, "\"%s\":", name);
    asl__print_string(b, asl_text(&v), asl_text_len(v));
}

/* NAME and, as a string, the JSON text of V. */
static void json_member(asl_execution *e, struct asl__buf *b, const char *name,
                        asl_value v)
{
    e->text.len = 0;
    asl__print(&e->text, v);
    b->failed = b->failed || e->text.failed;
    asl__buf_printf(b, "\"%s\":", name);
    asl__print_string(b, e->text.data, e->text.len);
}

static void details(struct asl__buf *b, const char *name)
{
    asl__buf_printf(b, ",\"%s\":{", name);
}

static void not_truncated(struct asl__buf *b, const char *name)
{
    asl__buf_printf(b, ",\"%sDetails\":{\"truncated\":false}", name);
}

/* Error and Cause, those there are; COMMA: something stands before. */
static void error_members(struct asl__buf *b, const asl_error_info *info, bool comma)
{
    if (asl_is_string(info->error)) {
        if (comma)
            asl__buf_append_char(b, ',');
        text_member(b, "error", info->error);
        comma = true;
    }
    if (asl_is_string(info->cause)) {
        if (comma)
            asl__buf_append_char(b, ',');
        text_member(b, "cause", info->cause);
    }
}

void asl__event_prev(asl__frame *x, const char *type, uint64_t previous)
{
    if (!is_on(x)) {
        x->f.event++;
        return;
    }
    (void)begin(x, type, previous);
    end_on(x);
}

void asl__event(asl__frame *x, const char *type)
{
    asl__event_prev(x, type, x->previous);
}

void asl__event_started(asl_execution *e)
{
    if (!e->history)
        return;
    struct asl__buf *b = begin_of(e, NULL, "ExecutionStarted", 0);
    details(b, "executionStartedEventDetails");
    asl__buf_append_cstring(b, "\"input\":");
    asl__print_string(b, e->input_text, e->input_len);
    not_truncated(b, "input");
    asl__buf_append_char(b, ',');
    text_member(b, "roleArn", asl_get(e->execution_context, "RoleArn"));
    asl__buf_append_char(b, '}');
    (void)end(e);
}

void asl__event_over(asl_execution *e, uint64_t previous)
{
    static const char *const types[] = { NULL, "ExecutionSucceeded", "ExecutionFailed",
                                         "ExecutionTimedOut", "ExecutionAborted" };
    static const char *const names[] = { NULL, "executionSucceededEventDetails",
                                         "executionFailedEventDetails",
                                         "executionTimedOutEventDetails",
                                         "executionAbortedEventDetails" };
    bool stopped = e->status == ASL__TIMED_OUT || e->status == ASL__ABORTED;

    if (!e->history) {
        e->events++;
        return;
    }
    struct asl__buf *b = begin_of(e, NULL, types[e->status], stopped ? 0 : previous);
    details(b, names[e->status]);
    if (e->status == ASL__SUCCEEDED) {
        json_member(e, b, "output", e->output);
        not_truncated(b, "output");
    } else {
        error_members(b, &e->error, false);
    }
    asl__buf_append_char(b, '}');
    (void)end(e);
}

void asl__event_child_started(asl__frame *x)
{
    if (!is_on(x))
        return;
    struct asl__buf *b = begin(x, "ExecutionStarted", 0);
    details(b, "executionStartedEventDetails");
    json_member(x->f.execution, b, "input", x->f.input);
    not_truncated(b, "input");
    asl__buf_append_char(b, ',');
    text_member(b, "roleArn", asl_get(x->f.execution->execution_context, "RoleArn"));
    asl__buf_append_char(b, '}');
    end_on(x);
    x->previous = 0;
}

void asl__event_child_over(asl__frame *x, asl_next outcome)
{
    if (!is_on(x) || !x->own)
        return;
    struct asl__buf *b;
    if (outcome == ASL_SUCCEEDED) {
        b = begin(x, "ExecutionSucceeded", x->previous);
        details(b, "executionSucceededEventDetails");
        json_member(x->f.execution, b, "output", x->f.result);
        not_truncated(b, "output");
    } else if (outcome == ASL_FAILED) {
        b = begin(x, "ExecutionFailed", x->previous);
        details(b, "executionFailedEventDetails");
        error_members(b, asl_error_of(x->f.result), false);
    } else {
        b = begin(x, "ExecutionAborted", 0);
        details(b, "executionAbortedEventDetails");
    }
    asl__buf_append_char(b, '}');
    end_on(x);
}

static const char *const type_names[] = {
    [ASL_TYPE_PASS] = "Pass",         [ASL_TYPE_TASK] = "Task",
    [ASL_TYPE_CHOICE] = "Choice",     [ASL_TYPE_WAIT] = "Wait",
    [ASL_TYPE_SUCCEED] = "Succeed",   [ASL_TYPE_FAIL] = "Fail",
    [ASL_TYPE_PARALLEL] = "Parallel", [ASL_TYPE_MAP] = "Map",
};

void asl__event_entered(asl__frame *x)
{
    const asl_state *state = &x->f.scope->states[x->f.state];
    char type[32];

    snprintf(type, sizeof type, "%sStateEntered", type_names[state->type]);
    struct asl__buf *b = begin(x, type, x->previous);
    details(b, "stateEnteredEventDetails");
    text_member(b, "name", state->name);
    asl__buf_append_char(b, ',');
    json_member(x->f.execution, b, "input", x->f.input);
    not_truncated(b, "input");
    asl__buf_append_char(b, '}');
    end_on(x);
    x->entered_state = x->f.state;
}

void asl__note_assign(asl_frame *f, uint32_t slot)
{
    asl__whole(f)->assigned |= slot < 63 ? UINT64_C(1) << slot : UINT64_C(1) << 63;
}

static void assigned_members(asl__frame *x, struct asl__buf *b)
{
    const asl_scope *scope = x->f.scope;
    bool first = true;

    asl__buf_append_cstring(b, ",\"assignedVariables\":{");
    for (uint32_t i = 0; i < scope->nvars; i++) {
        uint64_t bit = i < 63 ? UINT64_C(1) << i : UINT64_C(1) << 63;
        if (!(x->assigned & bit) || asl_is_undefined(x->f.vars[i]))
            continue;
        if (!first)
            asl__buf_append_char(b, ',');
        first = false;
        asl_value name = scope->var_names[i];
        asl__print_string(b, asl_text(&name), asl_text_len(name));
        asl__buf_append_char(b, ':');
        x->f.execution->text.len = 0;
        asl__print(&x->f.execution->text, x->f.vars[i]);
        asl__print_string(b, x->f.execution->text.data, x->f.execution->text.len);
    }
    asl__buf_append_cstring(b, "},\"assignedVariablesDetails\":{\"truncated\":false}");
    x->assigned = 0;
}

void asl__event_exited(asl__frame *x, asl_value output)
{
    const asl_state *state = &x->f.scope->states[x->entered_state];
    char type[32];

    snprintf(type, sizeof type, "%sStateExited", type_names[state->type]);
    struct asl__buf *b = begin(x, type, x->previous);
    details(b, "stateExitedEventDetails");
    text_member(b, "name", state->name);
    asl__buf_append_char(b, ',');
    json_member(x->f.execution, b, "output", output);
    not_truncated(b, "output");
    if (x->assigned)
        assigned_members(x, b);
    asl__buf_append_char(b, '}');
    end_on(x);
}

/* ---- tasks -------------------------------------------------------------------- */

static const char *const prefixes[] = { [ASL_TASK_LAMBDA] = "LambdaFunction",
                                        [ASL_TASK_ACTIVITY] = "Activity",
                                        [ASL_TASK_SERVICE] = "Task" };
static const char *const detail_prefixes[] = { [ASL_TASK_LAMBDA] = "lambdaFunction",
                                               [ASL_TASK_ACTIVITY] = "activity",
                                               [ASL_TASK_SERVICE] = "task" };

/* Opens the event WHAT ("Scheduled", ...) of X's task and its details. */
static struct asl__buf *begin_task(asl__frame *x, const char *what)
{
    const asl_task *task = x->task;
    char type[48], name[64];

    snprintf(type, sizeof type, "%s%s", prefixes[task->kind], what);
    snprintf(name, sizeof name, "%s%sEventDetails", detail_prefixes[task->kind], what);
    struct asl__buf *b = begin(x, type, x->previous);
    details(b, name);
    if (task->kind == ASL_TASK_SERVICE) {
        text_member(b, "resourceType", task->service);
        asl__buf_append_char(b, ',');
        text_member(b, "resource", task->action);
    }
    return b;
}

static void end_task(asl__frame *x, struct asl__buf *b)
{
    asl__buf_append_char(b, '}');
    end_on(x);
}

static void scheduled_members(asl__frame *x, struct asl__buf *b, asl_value input,
                              int64_t timeout, int64_t heartbeat)
{
    if (x->task->kind == ASL_TASK_SERVICE) {
        asl__buf_append_cstring(b, ",\"region\":\"us-east-1\",");
        json_member(x->f.execution, b, "parameters", input);
    } else {
        text_member(b, "resource", x->task->resource);
        asl__buf_append_char(b, ',');
        json_member(x->f.execution, b, "input", input);
        not_truncated(b, "input");
    }
    if (timeout > 0)
        asl__buf_printf(b, ",\"timeoutInSeconds\":%lld", (long long)timeout);
    if (heartbeat > 0)
        asl__buf_printf(b, ",\"heartbeatInSeconds\":%lld", (long long)heartbeat);
    asl_value role = asl_get(x->credentials, "RoleArn");
    if (asl_is_string(role)) {
        asl__buf_append_cstring(b, ",\"taskCredentials\":{");
        text_member(b, "roleArn", role);
        asl__buf_append_char(b, '}');
    }
}

void asl__event_scheduled(asl__frame *x, asl_value input, int64_t timeout,
                          int64_t heartbeat)
{
    if (!is_on(x)) {
        x->f.event += 2;
        return;
    }
    struct asl__buf *b = begin_task(x, "Scheduled");
    scheduled_members(x, b, input, timeout, heartbeat);
    end_task(x, b);
    if (x->task->kind == ASL_TASK_LAMBDA) {
        asl__event(x, "LambdaFunctionStarted");
        return;
    }
    b = begin_task(x, "Started");
    end_task(x, b);
}

void asl__event_submitted(asl__frame *x)
{
    if (!is_on(x)) {
        x->f.event++;
        return;
    }
    end_task(x, begin_task(x, "Submitted"));
}

void asl__event_task(asl__frame *x, asl_value v, bool timed_out)
{
    if (!is_on(x)) {
        x->f.event++;
        return;
    }
    bool service = x->task->kind == ASL_TASK_SERVICE;
    const char *what = timed_out         ? "TimedOut"
                       : asl_is_error(v) ? "Failed"
                                         : "Succeeded";
    struct asl__buf *b = begin_task(x, what);
    if (asl_is_error(v)) {
        error_members(b, asl_error_of(v), service);
    } else {
        if (service)
            asl__buf_append_char(b, ',');
        json_member(x->f.execution, b, "output", v);
        not_truncated(b, "output");
    }
    end_task(x, b);
}

/* ---- Map ---------------------------------------------------------------------- */

void asl__event_iteration(asl__frame *x, const char *type, const asl_state *state,
                          uint32_t index, uint64_t previous)
{
    char name[64];

    if (!is_on(x)) {
        x->f.event++;
        return;
    }
    snprintf(name, sizeof name, "m%sEventDetails", type + 1);
    struct asl__buf *b = begin(x, type, previous);
    details(b, name);
    text_member(b, "name", state->name);
    asl__buf_printf(b, ",\"index\":%u}", index);
    end_on(x);
}

void asl__event_map_started(asl__frame *x, size_t length)
{
    if (!is_on(x)) {
        x->f.event++;
        return;
    }
    struct asl__buf *b = begin(x, "MapStateStarted", x->previous);
    details(b, "mapStateStartedEventDetails");
    asl__buf_printf(b, "\"length\":%zu}", length);
    end_on(x);
}

void asl__event_map_run(asl__frame *x, const char *type, asl_value error)
{
    if (!is_on(x)) {
        x->f.event++;
        return;
    }
    struct asl__buf *b = begin(x, type, x->previous);
    if (asl_is_error(error)) {
        details(b, "mapRunFailedEventDetails");
        error_members(b, asl_error_of(error), false);
        asl__buf_append_char(b, '}');
    } else if (type[6] == 'S' && type[8] == 'a') { /* MapRunStarted */
        details(b, "mapRunStartedEventDetails");
        asl__buf_append_cstring(b, "\"mapRunArn\":\"");
        asl__print_map_run(b, x, x->open->map);
        asl__buf_append_cstring(b, "\"}");
    }
    end_on(x);
}
