/* Execution history: one JSON line for each event, in the shape of GetExecutionHistory
 * (history.md).  With history off an event is only counted on its frame. */
#include "value/base.h"

#include "machine/frame.h"
#include "value/number.h"

static bool is_on(const asl__frame *x)
{
    return x->f.execution->history != NULL;
}

/* A text whose length is known. */
struct piece {
    const char *text;
    size_t len;
};

#define PIECE(literal) { literal, sizeof(literal) - 1 }

static inline char *put(char *to, struct piece piece)
{
    memcpy(to, piece.text, piece.len);
    return to + piece.len;
}

/* ---- lines ---------------------------------------------------------------------- */

/* Takes the history's lock until write_lines and notes the time, which all lines until
 * then have. */
static void begin_lines(asl_execution *e)
{
    int64_t now = asl__sched_now(e->sched);

    pthread_mutex_lock(&e->history_lock);
    if (e->sched->pool.max_memory != 0)
        e->line.limit = e->text.limit =
            (asl__pool_room(&e->sched->pool) + e->charged_texts) / 2 + 1;
    e->line.len = 0;
    e->line_count = 0;
    /* Mostly it is still the same millisecond. */
    if (e->stamp_len > 0 && now >= e->stamp && now - e->stamp < 1000)
        return;
    e->stamp = now - (now % 1000 + 1000) % 1000;
    int64_t ms = e->stamp / 1000, rest = ms % 1000;
    e->stamp_len = (uint8_t)snprintf(e->stamp_text, sizeof e->stamp_text,
                                     "%s%lld.%03d", ms < 0 ? "-" : "",
                                     (long long)(ms < 0 ? -(ms / 1000) : ms / 1000),
                                     (int)(rest < 0 ? -rest : rest));
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

/* Hands on the lines and gives back the lock. */
static void write_lines(asl_execution *e)
{
    const struct asl__buf *b = &e->line;

    charge_texts(e);
    e->history->write(e->history, b->failed ? NULL : b->data, b->len, e->line_count);
    pthread_mutex_unlock(&e->history_lock);
}

/* Begins a line.  OWN: the event belongs to that child of a distributed Map. */
static struct asl__buf *open_line(asl_execution *e, asl__child *own, struct piece type,
                                  uint64_t previous)
{
    static const struct piece stamp = PIECE("{\"timestamp\":");
    static const struct piece kind = PIECE(",\"type\":\"");
    static const struct piece id = PIECE("\",\"id\":");
    static const struct piece before = PIECE(",\"previousEventId\":");
    struct asl__buf *b = &e->line;

    e->last = own ? ++own->events : ++e->events;
    e->line_count++;
    if (!asl__buf_reserve(b, 128 + sizeof e->stamp_text + type.len))
        return b;
    char *to = put(b->data + b->len, stamp);
    to = put(to, (struct piece){ e->stamp_text, e->stamp_len });
    to = put(to, kind);
    to = put(to, type);
    to = put(to, id);
    to += asl__integer_print(to, (int64_t)e->last);
    to = put(to, before);
    to += asl__integer_print(to, (int64_t)previous);
    b->len = (size_t)(to - b->data);
    if (own) {
        asl__buf_append_cstring(b, ",\"executionArn\":");
        b->failed = b->failed || own->arn.failed;
        asl__print_string(b, own->arn.data, own->arn.len);
    } else if (e->top) {
        asl_value arn = asl_get(e->execution_context, "Id");
        asl__buf_append_cstring(b, ",\"executionArn\":");
        asl__print(b, asl_is_string(arn) ? arn : asl_null());
    }
    return b;
}

/* Ends X's line. */
static void close_line(asl__frame *x)
{
    asl__buf_append(&x->f.execution->line, "}\n", 2);
    x->previous = x->f.event = x->f.execution->last;
}

/* ---- events of one line --------------------------------------------------------- */

static struct asl__buf *begin_of(asl_execution *e, asl__child *own, const char *type,
                                 uint64_t previous)
{
    begin_lines(e);
    return open_line(e, own, (struct piece){ type, strlen(type) }, previous);
}

static struct asl__buf *begin(asl__frame *x, const char *type, uint64_t previous)
{
    return begin_of(x->f.execution, x->own, type, previous);
}

static void end(asl_execution *e)
{
    asl__buf_append(&e->line, "}\n", 2);
    write_lines(e);
}

static void end_on(asl__frame *x)
{
    close_line(x);
    write_lines(x->f.execution);
}

/* ---- members -------------------------------------------------------------------- */

/* KEY is the member's name with its quotes and the colon. */
static void text_member(struct asl__buf *b, const char *key, asl_value v)
{
    asl__buf_append_cstring(b, key);
    asl__print_string(b, asl_text(&v), asl_text_len(v));
}

static void integer_member(struct asl__buf *b, const char *key, int64_t i)
{
    asl__buf_append_cstring(b, key);
    asl__print(b, asl_integer(i));
}

/* As a string, the JSON text of V. */
static void put_json(asl_execution *e, struct asl__buf *b, asl_value v)
{
    e->text.len = 0;
    asl__print(&e->text, v);
    asl__print_quoted(b, &e->text);
}

static void json_member(asl_execution *e, struct asl__buf *b, const char *key,
                        asl_value v)
{
    asl__buf_append_cstring(b, key);
    put_json(e, b, v);
}

static void details(struct asl__buf *b, const char *name)
{
    asl__buf_append(b, ",\"", 2);
    asl__buf_append_cstring(b, name);
    asl__buf_append(b, "\":{", 3);
}

/* The details of an event of the type TYPE, where they are called like that. */
static void details_of(struct asl__buf *b, const char *type)
{
    asl__buf_append(b, ",\"", 2);
    asl__buf_append_char(b, (char)(type[0] | 0x20)); /* small */
    asl__buf_append_cstring(b, type + 1);
    asl__buf_append_cstring(b, "EventDetails\":{");
}

static void not_truncated(struct asl__buf *b, const char *name)
{
    asl__buf_append(b, ",\"", 2);
    asl__buf_append_cstring(b, name);
    asl__buf_append_cstring(b, "Details\":{\"truncated\":false}");
}

/* Error and Cause, those there are; COMMA: something stands before. */
static void error_members(struct asl__buf *b, const asl_error_info *info, bool comma)
{
    if (asl_is_string(info->error)) {
        if (comma)
            asl__buf_append_char(b, ',');
        text_member(b, "\"error\":", info->error);
        comma = true;
    }
    if (asl_is_string(info->cause)) {
        if (comma)
            asl__buf_append_char(b, ',');
        text_member(b, "\"cause\":", info->cause);
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
    text_member(b, "\"roleArn\":", asl_get(e->execution_context, "RoleArn"));
    asl__buf_append_char(b, '}');
    end(e);
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
        json_member(e, b, "\"output\":", e->output);
        not_truncated(b, "output");
    } else {
        error_members(b, &e->error, false);
    }
    asl__buf_append_char(b, '}');
    end(e);
}

void asl__event_child_started(asl__frame *x)
{
    if (!is_on(x))
        return;
    struct asl__buf *b = begin(x, "ExecutionStarted", 0);
    details(b, "executionStartedEventDetails");
    json_member(x->f.execution, b, "\"input\":", x->f.input);
    not_truncated(b, "input");
    asl__buf_append_char(b, ',');
    text_member(b, "\"roleArn\":",
                asl_get(x->f.execution->execution_context, "RoleArn"));
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
        json_member(x->f.execution, b, "\"output\":", x->f.result);
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

/* ---- states ---------------------------------------------------------------------- */

/* What the two events of a state have of their own. */
struct state_event {
    struct piece types[9]; /* by the state's type */
    struct piece name;     /* up to the state's name */
    struct piece json;     /* up to the input or output */
    struct piece end;      /* behind it */
};

#define STATE_EVENT(what, details, member)                                             \
    {                                                                                  \
        .types = { [ASL_TYPE_PASS] = PIECE("PassState" what),                          \
                   [ASL_TYPE_TASK] = PIECE("TaskState" what),                          \
                   [ASL_TYPE_CALLBACK] = PIECE("TaskState" what),                      \
                   [ASL_TYPE_CHOICE] = PIECE("ChoiceState" what),                      \
                   [ASL_TYPE_WAIT] = PIECE("WaitState" what),                          \
                   [ASL_TYPE_SUCCEED] = PIECE("SucceedState" what),                    \
                   [ASL_TYPE_FAIL] = PIECE("FailState" what),                          \
                   [ASL_TYPE_PARALLEL] = PIECE("ParallelState" what),                  \
                   [ASL_TYPE_MAP] = PIECE("MapState" what) },                          \
        .name = PIECE(",\"" details "\":{\"name\":"),                                  \
        .json = PIECE(",\"" member "\":"),                                            \
        .end = PIECE(",\"" member "Details\":{\"truncated\":false}")                  \
    }

static const struct state_event entered_event =
    STATE_EVENT("Entered", "stateEnteredEventDetails", "input");
static const struct state_event exited_event =
    STATE_EVENT("Exited", "stateExitedEventDetails", "output");

/* Where on the lines the text of a value stands already; len 0: nowhere. */
struct quoted {
    size_t at, len;
};

/* The JSON text of V, between BEFORE and BEHIND: from TEXT, or to be found there. */
static void put_between(asl_execution *e, const struct piece *before, asl_value v,
                        const struct piece *behind, struct quoted *text)
{
    struct asl__buf *b = &e->line;

    asl__buf_append(b, before->text, before->len);
    if (text->len > 0) {
        if (asl__buf_reserve(b, text->len)) {
            memcpy(b->data + b->len, b->data + text->at, text->len);
            b->len += text->len;
        }
    } else {
        text->at = b->len;
        put_json(e, b, v);
        text->len = b->len - text->at;
    }
    asl__buf_append(b, behind->text, behind->len);
}

/* Begins the line of EVENT in X's state STATE, up to behind the input or output V. */
static struct asl__buf *open_state(asl__frame *x, const struct state_event *event,
                                   uint32_t state, asl_value v, struct quoted *text)
{
    const asl_state *its = &x->f.scope->states[state];
    struct asl__buf *b = open_line(x->f.execution, x->own, event->types[its->type],
                                   x->previous);

    asl__buf_append(b, event->name.text, event->name.len);
    asl__print(b, its->name);
    put_between(x->f.execution, &event->json, v, &event->end, text);
    return b;
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
        asl__print(b, scope->var_names[i]);
        asl__buf_append_char(b, ':');
        put_json(x->f.execution, b, x->f.vars[i]);
    }
    asl__buf_append_cstring(b, "},\"assignedVariablesDetails\":{\"truncated\":false}");
    x->assigned = 0;
}

/* The whole line that says X has left the state it entered last, with OUTPUT. */
static void exited_line(asl__frame *x, asl_value output, struct quoted *text)
{
    struct asl__buf *b = open_state(x, &exited_event, x->entered_state, output, text);

    if (x->assigned)
        assigned_members(x, b);
    asl__buf_append_char(b, '}');
    close_line(x);
}

/* X goes on from the state it entered last to the state TO.  Between begin_lines and
 * write_lines. */
static void step(asl__frame *x, uint32_t to)
{
    asl__history *history = x->f.execution->history;

    if (history->step)
        history->step(history, x->f.scope, x->entered_state, to);
}

void asl__event_exited(asl__frame *x, asl_value output)
{
    struct quoted text = { 0, 0 };

    begin_lines(x->f.execution);
    step(x, ASL_OUT);
    exited_line(x, output, &text);
    write_lines(x->f.execution);
}

void asl__event_transition(asl__frame *x)
{
    struct quoted text = { 0, 0 };

    begin_lines(x->f.execution);
    step(x, x->f.state);
    if (x->entered_state != ASL_OUT)
        exited_line(x, x->f.input, &text);
    struct asl__buf *b = open_state(x, &entered_event, x->f.state, x->f.input, &text);
    asl__buf_append_char(b, '}');
    close_line(x);
    write_lines(x->f.execution);
    x->entered_state = x->f.state;
}

/* ---- tasks -------------------------------------------------------------------- */

static const char *const prefixes[] = { [ASL_TASK_LAMBDA] = "LambdaFunction",
                                        [ASL_TASK_ACTIVITY] = "Activity",
                                        [ASL_TASK_SERVICE] = "Task" };

/* Opens the event WHAT ("Scheduled", ...) of X's task and its details. */
static struct asl__buf *begin_task(asl__frame *x, const char *what)
{
    const asl_task *task = x->task;
    const char *prefix = prefixes[task->kind];
    char type[48];
    size_t head = strlen(prefix), tail = strlen(what);

    asl__check(head + tail < sizeof type, "the type of a task's event fits");
    memcpy(type, prefix, head);
    memcpy(type + head, what, tail + 1);
    struct asl__buf *b = begin(x, type, x->previous);
    details_of(b, type);
    if (task->kind == ASL_TASK_SERVICE) {
        text_member(b, "\"resourceType\":", task->service);
        asl__buf_append_char(b, ',');
        text_member(b, "\"resource\":", task->action);
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
        asl__buf_append_cstring(b, ",\"region\":\"us-east-1\"");
        json_member(x->f.execution, b, ",\"parameters\":", input);
    } else {
        text_member(b, "\"resource\":", x->task->resource);
        asl__buf_append_char(b, ',');
        json_member(x->f.execution, b, "\"input\":", input);
        not_truncated(b, "input");
    }
    if (timeout > 0)
        integer_member(b, ",\"timeoutInSeconds\":", timeout);
    if (heartbeat > 0)
        integer_member(b, ",\"heartbeatInSeconds\":", heartbeat);
    asl_value role = asl_get(x->credentials, "RoleArn");
    if (asl_is_string(role)) {
        asl__buf_append_cstring(b, ",\"taskCredentials\":{");
        text_member(b, "\"roleArn\":", role);
        asl__buf_append_char(b, '}');
    }
}

void asl__event_scheduled(asl__frame *x, asl_value input, int64_t timeout,
                          int64_t heartbeat)
{
    bool activity = x->task->kind == ASL_TASK_ACTIVITY;

    if (!is_on(x)) {
        x->f.event += activity ? 1 : 2;
        return;
    }
    struct asl__buf *b = begin_task(x, "Scheduled");
    scheduled_members(x, b, input, timeout, heartbeat);
    end_task(x, b);
    if (activity)
        return;
    if (x->task->kind == ASL_TASK_LAMBDA) {
        asl__event(x, "LambdaFunctionStarted");
        return;
    }
    b = begin_task(x, "Started");
    end_task(x, b);
}

void asl__event_activity_started(asl__frame *x, asl_value worker)
{
    if (!is_on(x)) {
        x->f.event++;
        return;
    }
    struct asl__buf *b = begin_task(x, "Started");
    if (asl_is_string(worker))
        text_member(b, "\"workerName\":", worker);
    end_task(x, b);
}

void asl__event_submitted(asl__frame *x, asl_value reply)
{
    if (!is_on(x)) {
        x->f.event++;
        return;
    }
    struct asl__buf *b = begin_task(x, "Submitted");
    if (!asl_is_undefined(reply)) {
        json_member(x->f.execution, b, ",\"output\":", reply);
        not_truncated(b, "output");
    }
    end_task(x, b);
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
        json_member(x->f.execution, b, "\"output\":", v);
        not_truncated(b, "output");
    }
    end_task(x, b);
}

void asl__event_evaluation_failed(asl__frame *x, asl_value error, const char *location,
                                  asl_value state)
{
    if (!is_on(x)) {
        x->f.event++;
        return;
    }
    struct asl__buf *b = begin(x, "EvaluationFailed", x->previous);
    details(b, "evaluationFailedEventDetails");
    error_members(b, asl_error_of(error), false);
    if (location) {
        asl__buf_append_cstring(b, ",\"location\":");
        asl__print_string(b, location, strlen(location));
    }
    text_member(b, ",\"state\":", state);
    asl__buf_append_char(b, '}');
    end_on(x);
}

/* ---- Map ---------------------------------------------------------------------- */

void asl__event_iteration(asl__frame *x, const char *type, const asl_state *state,
                          uint32_t index, uint64_t previous)
{
    if (!is_on(x)) {
        x->f.event++;
        return;
    }
    struct asl__buf *b = begin(x, type, previous);
    details_of(b, type);
    text_member(b, "\"name\":", state->name);
    integer_member(b, ",\"index\":", index);
    asl__buf_append_char(b, '}');
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
