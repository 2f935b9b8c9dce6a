/* Module `states`: workflows of this program that start each other, and answers to their own
 * task tokens, without any service:
 *
 *     states:startExecution[.sync|.sync:2|.waitForTaskToken]
 *     aws-sdk:sfn:startExecution, startSyncExecution, stopExecution,
 *                 sendTaskSuccess, sendTaskFailure, sendTaskHeartbeat
 *
 * The workflow is found by the name at the end of StateMachineArn, whatever its account and
 * region; a version or alias behind it is not looked at.  Another one, and another's token,
 * is the next module's that serves the Resource (`aws`), if there is one.
 *
 *     child  one execution so started.  Of a `.sync` its job owns it; else it ends on its
 *            own, and the program waits for that
 *
 * An execution's Name is taken until the one at the top that it was started for is freed. */
#include "value/base.h"

#include "expr/time.h"
#include "task/tokens.h"

#include <errno.h>

#define CHILD_BYTES 4096 /* what an execution takes beside its region, about */

typedef struct child child;

enum what { START, START_SYNC, STOP, SUCCESS, FAILURE, HEARTBEAT };

/* What a task does, and who does it where that is not in this program. */
struct claim {
    enum what what;
    bool sdk; /* aws-sdk:sfn */
    asl__binding *other; /* NULL: nobody */
};

/* A name that is taken. */
struct name {
    const asl_machine *machine;
    const asl_execution *top;
    const child *running; /* NULL: it is over */
    char *text, *arn, *input;
    size_t input_len;
    int64_t start;
    size_t charged;
    struct asl__pool *account;
    struct name *next;
};

/* The module, opened. */
struct states {
    asl__taskset *set;
    pthread_mutex_t lock; /* guards names; a leaf */
    struct name *names;
};

struct child {
    struct states *states;
    asl__job *job; /* NULL: nobody waits for it */
    asl_execution *execution;
    const asl_machine *machine;
    struct asl__buf name, arn, machine_arn, context;
    char *input; /* padded */
    size_t input_len;
    int64_t start, stop;
    struct asl__pool *account;
    size_t charged;
};

/* ---- errors ---------------------------------------------------------------------- */

/* The service's error CODE for CALL. */
static asl_value service_error(asl__call *call, const struct claim *claim, const char *code,
                               asl_value message)
{
    asl_region *r = &call->frame->region;
    asl_value id = asl__request_id(r, call), cause;
    int len = (int)asl_text_len(message), id_len = (int)asl_text_len(id);

    if (asl_is_error(message) || asl_is_error(id))
        return asl_no_memory();
    if (claim->sdk)
        cause = asl_format_string(
            r, "%.*s (Service: Sfn, Status Code: 400, Request ID: %.*s) (SDK Attempt Count: 1)",
            len, asl_text(&message), id_len, asl_text(&id));
    else
        cause = asl_format_string(r,
                                  "%.*s (Service: AWSStepFunctions; Status Code: 400; Error "
                                  "Code: %s; Request ID: %.*s; Proxy: null)",
                                  len, asl_text(&message), code, id_len, asl_text(&id));
    return asl_error(r,
                     asl_format_string(r, "%s.%s%s", claim->sdk ? "Sfn" : "StepFunctions", code,
                                       strstr(code, "Exception") ? "" : "Exception"),
                     cause);
}

/* The Parameters cannot be used, for the reason WHY. */
static asl_value bad_parameters(asl__call *call, const char *why)
{
    asl_region *r = &call->frame->region;
    asl_value text = asl_to_json(r, call->input);

    if (asl_is_error(text))
        return text;
    return asl_errorf(r, "States.Runtime",
                      "The Parameters '%.*s' could not be used to start the Task: [%s]",
                      (int)asl_text_len(text), asl_text(&text), why);
}

/* ---- children ---------------------------------------------------------------------- */

static void free_child(child *c)
{
    if (c == NULL)
        return;
    if (c->execution != NULL)
        asl__execution_free(c->execution);
    asl__pool_discharge(c->account, c->charged);
    asl__buf_free(&c->name);
    asl__buf_free(&c->arn);
    asl__buf_free(&c->machine_arn);
    asl__buf_free(&c->context);
    free(c->input);
    free(c);
}

/* The name of C is no longer that of an execution that runs. */
static void note_over(const child *c)
{
    pthread_mutex_lock(&c->states->lock);
    for (struct name *n = c->states->names; n != NULL; n = n->next)
        if (n->running == c)
            n->running = NULL;
    pthread_mutex_unlock(&c->states->lock);
}

/* C's execution has ended, and nobody looks at it any more. */
static void on_gone(asl_execution *execution, void *user)
{
    child *c = user;
    asl__job *job = c->job;

    c->stop = asl__sched_now(asl__execution_sched(execution));
    note_over(c);
    if (job == NULL) {
        free_child(c);
        return;
    }
    asl__job_over(job);
    asl__job_drop(job);
}

/* The part of ARN, a state machine's, up to behind ":stateMachine:", the name and what may
 * stand behind it; a text that is no ARN is a name. */
struct machine_arn {
    asl__piece head, name;
};

static struct machine_arn split_arn(asl__piece arn)
{
    static const char word[] = ":stateMachine:";
    const char *at = memmem(arn.data, arn.len, word, sizeof word - 1);
    struct machine_arn parts = { { arn.data, 0 }, arn };

    if (at != NULL) {
        size_t head = (size_t)(at - arn.data) + sizeof word - 1;
        parts.head.len = head;
        parts.name = (asl__piece){ arn.data + head, arn.len - head };
    }
    const char *colon = memchr(parts.name.data, ':', parts.name.len);
    if (colon != NULL)
        parts.name.len = (size_t)(colon - parts.name.data);
    return parts;
}

static const asl_machine *find_machine(const asl__taskset *set, asl__piece name)
{
    const asl_machine *const *m = asl__taskset_options_of(set)->program->machines;

    for (; *m != NULL; m++)
        if (strlen((*m)->name) == name.len && memcmp((*m)->name, name.data, name.len) == 0)
            return *m;
    return NULL;
}

static asl__piece piece_of(const asl_value *v)
{
    if (!asl_is_string(*v))
        return (asl__piece){ NULL, 0 };
    return (asl__piece){ asl_text(v), asl_text_len(*v) };
}

static void append(struct asl__buf *buf, asl__piece piece)
{
    asl__buf_append(buf, piece.data, piece.len);
}

/* C's ARNs.  A machine that was given by its name is in the caller's account. */
static void make_arns(child *c, asl__call *call, struct machine_arn arn)
{
    static const char word[] = ":stateMachine:";
    asl_value own = asl_get(asl_context_state_machine(call->frame), "Id");

    if (arn.head.len == 0 && asl_is_string(own))
        arn.head = split_arn(piece_of(&own)).head;
    append(&c->machine_arn, arn.head);
    append(&c->machine_arn, arn.name);
    if (arn.head.len > sizeof word - 1)
        asl__buf_append(&c->arn, arn.head.data, arn.head.len - (sizeof word - 1));
    asl__buf_append_cstring(&c->arn, c->machine->express ? ":express:" : ":execution:");
    append(&c->arn, arn.name);
    asl__buf_append_char(&c->arn, ':');
    asl__buf_append(&c->arn, c->name.data, c->name.len);
    if (c->machine->express) {
        asl_value id = asl__request_id(&call->frame->region, call);
        asl__buf_append_char(&c->arn, ':');
        append(&c->arn, piece_of(&id));
    }
}

/* What is laid over the context of C's execution. */
static void make_context(child *c)
{
    struct asl__buf *b = &c->context;

    asl__buf_append_cstring(b, "{\"Execution\":{\"Id\":");
    asl__print_string(b, c->arn.data, c->arn.len);
    asl__buf_append_cstring(b, "},\"StateMachine\":{\"Id\":");
    asl__print_string(b, c->machine_arn.data, c->machine_arn.len);
    asl__buf_append_cstring(b, "}}");
}

/* The text of the Input V, padded: a string is sent as it is. */
static bool make_input(child *c, asl_value v)
{
    struct asl__buf text = ASL__BUF_INIT;

    if (asl_is_string(v))
        append(&text, piece_of(&v));
    else if (asl_is_undefined(v) || asl_is_null(v))
        asl__buf_append_cstring(&text, "{}");
    else
        asl__print(&text, v);
    c->input_len = text.len;
    if (!asl__buf_reserve(&text, ASL_PARSE_PADDING) || text.failed) {
        asl__buf_free(&text);
        return false;
    }
    memset(text.data + text.len, 0, ASL_PARSE_PADDING);
    c->input = text.data;
    return true;
}

static asl_value random_name(asl_region *r, asl__call *call, asl_value given)
{
    return asl_is_string(given) ? given : asl__request_id(r, call);
}

/* A child for CALL that is to run MACHINE; NULL without memory. */
static child *new_child(struct states *states, asl__call *call, const asl_machine *machine,
                        struct machine_arn arn)
{
    child *c = calloc(1, sizeof *c);

    if (c == NULL)
        return NULL;
    c->states = states;
    c->machine = machine;
    c->account = call->frame->region.source->pool;
    c->start = asl__sched_now(call->sched);
    asl_value name =
        random_name(&call->frame->region, call, asl_get(call->input, "Name"));
    append(&c->name, piece_of(&name));
    asl__buf_cstring(&c->name);
    make_arns(c, call, arn);
    make_context(c);
    bool good = make_input(c, asl_get(call->input, "Input")) && !c->name.failed &&
                !c->arn.failed && !c->machine_arn.failed && !c->context.failed &&
                asl__pool_charge(c->account, CHILD_BYTES);
    if (good) {
        c->charged = CHILD_BYTES;
        return c;
    }
    free_child(c);
    return NULL;
}

/* Makes C's execution, for CALL; undefined, or why it cannot be. */
static asl_value make_execution(child *c, asl__call *call, const struct claim *claim)
{
    asl_region *r = &call->frame->region;
    asl__start start = { .machine = c->machine,
                         .name = c->name.data,
                         .input = c->input,
                         .input_len = c->input_len,
                         .context = c->context.data,
                         .context_len = c->context.len,
                         .gone = on_gone,
                         .user = c,
                         .parent = call->frame->execution,
                         .seed = asl_random_next(asl_random_of(call->frame)) };
    asl_syntax_error error;

    c->execution = asl__execution_new(call->sched, &start, &error);
    if (c->execution != NULL)
        return asl_undefined();
    if (error.line == 0)
        return asl_no_memory();
    return service_error(call, claim, "InvalidExecutionInput",
                         asl_format_string(r, "Invalid State Machine Execution Input: '%s'",
                                           error.message));
}

/* ---- names --------------------------------------------------------------------------- */

static void free_name(struct name *n)
{
    asl__pool_discharge(n->account, n->charged);
    free(n->text);
    free(n->arn);
    free(n->input);
    free(n);
}

/* The entry of a name that C has too; NULL: it is free.  Under the lock. */
static struct name *find_name(const child *c)
{
    struct name *n = c->states->names;

    while (n != NULL && (n->machine != c->machine || strcmp(n->text, c->name.data) != 0))
        n = n->next;
    return n;
}

/* Under the lock; false without memory. */
static bool add_name(child *c, const asl_execution *top)
{
    struct name *n = calloc(1, sizeof *n);

    if (n == NULL)
        return false;
    *n = (struct name){ .machine = c->machine,
                        .top = top,
                        .running = c,
                        .text = strdup(c->name.data),
                        .arn = strndup(c->arn.data, c->arn.len),
                        .input = malloc(c->input_len + 1),
                        .input_len = c->input_len,
                        .start = c->start,
                        .account = c->account };
    size_t size = sizeof *n + c->name.len + c->arn.len + c->input_len + 3;
    if (n->text != NULL && n->arn != NULL && n->input != NULL &&
        asl__pool_charge(n->account, size)) {
        memcpy(n->input, c->input, c->input_len);
        n->charged = size;
        n->next = c->states->names;
        c->states->names = n;
        return true;
    }
    free_name(n);
    return false;
}

/* Takes C's name, which was given.  Undefined, or why it cannot be had.  *RUNNING: the very
 * same has been started, and runs: since then, in C->start. */
static asl_value take_name(child *c, asl__call *call, const struct claim *claim,
                           bool *running)
{
    asl_region *r = &call->frame->region;
    asl_value arn = asl_undefined();
    bool good = true;

    *running = false;
    if (!asl_is_string(asl_get(call->input, "Name")) || c->machine->express)
        return asl_undefined();
    pthread_mutex_lock(&c->states->lock);
    const struct name *taken = find_name(c);
    if (taken != NULL) {
        arn = asl_cstring(r, taken->arn);
        *running = taken->running != NULL && taken->input_len == c->input_len &&
                   memcmp(taken->input, c->input, c->input_len) == 0;
        c->start = *running ? taken->start : c->start;
    } else {
        good = add_name(c, asl__execution_top(call->frame->execution));
    }
    pthread_mutex_unlock(&c->states->lock);
    if (!good)
        return asl_no_memory();
    if (asl_is_undefined(arn))
        return arn;
    return service_error(call, claim, "ExecutionAlreadyExists",
                         asl_format_string(r, "Execution Already Exists: '%.*s'",
                                           (int)asl_text_len(arn), asl_text(&arn)));
}

/* EXECUTION is being freed: what was started for it may be started again. */
static void forget(void *module, const asl_execution *execution)
{
    struct states *states = module;
    struct name *gone = NULL;

    pthread_mutex_lock(&states->lock);
    for (struct name **link = &states->names; *link != NULL;) {
        struct name *n = *link;
        if (n->top != execution) {
            link = &n->next;
            continue;
        }
        *link = n->next;
        n->next = gone;
        gone = n;
    }
    pthread_mutex_unlock(&states->lock);
    while (gone != NULL) {
        struct name *n = gone;
        gone = n->next;
        free_name(n);
    }
}

/* ---- results -------------------------------------------------------------------------- */

static asl_value buf_value(asl_region *r, const struct asl__buf *buf)
{
    return asl_string(r, buf->data, buf->len);
}

/* A time as results have it: milliseconds, or of aws-sdk an ISO 8601 time stamp. */
static asl_value time_value(asl_region *r, const struct claim *claim, int64_t microseconds)
{
    char text[ASL__TIME_MAX + 1];

    if (!claim->sdk)
        return asl_integer(microseconds / 1000);
    return asl_string(r, text, asl__time_print(microseconds, text));
}

static asl_value headers_of(asl_region *r, asl_value id, asl_value len, asl_value date,
                            bool lists)
{
    const asl_value keys[] = { asl_str("x-amzn-RequestId"), asl_str("connection"),
                               asl_str("Content-Length"), asl_str("Date"),
                               asl_str("Content-Type") };
    asl_value values[] = { id, asl_str("keep-alive"), len, date,
                           asl_str("application/x-amz-json-1.0") };

    for (size_t i = 0; lists && i < ASL__COUNT_OF(values); i++)
        values[i] = asl_array_of(r, 1, &values[i]);
    return asl_record(r, ASL__COUNT_OF(keys), keys, values);
}

/* What StartExecution answers to CALL, in R. */
static asl_value started(asl_region *r, asl__call *call, const struct claim *claim,
                         const child *c)
{
    asl_value arn = buf_value(r, &c->arn), date = time_value(r, claim, c->start);

    if (claim->sdk) {
        const asl_value keys[] = { asl_str("ExecutionArn"), asl_str("StartDate") };
        const asl_value values[] = { arn, date };
        return asl_record(r, 2, keys, values);
    }
    asl_value id = asl__request_id(r, call);
    asl_value day = asl__http_date(r, asl__sched_now(call->sched));
    asl_value len = asl_format_string(r, "%zu", c->arn.len + 54);
    const asl_value http_keys[] = { asl_str("AllHttpHeaders"), asl_str("HttpHeaders"),
                                    asl_str("HttpStatusCode") };
    const asl_value http[] = { headers_of(r, id, len, day, true),
                               headers_of(r, id, len, day, false), asl_integer(200) };
    const asl_value id_keys[] = { asl_str("RequestId") };
    const asl_value keys[] = { asl_str("ExecutionArn"), asl_str("SdkHttpMetadata"),
                               asl_str("SdkResponseMetadata"), asl_str("StartDate") };
    const asl_value values[] = { arn, asl_record(r, 3, http_keys, http),
                                 asl_record(r, 1, id_keys, &id), date };

    return asl_record(r, ASL__COUNT_OF(keys), keys, values);
}

static const asl_value statuses[] = { [ASL__RUNNING] = ASL_TEXT("RUNNING"),
                                      [ASL__SUCCEEDED] = ASL_TEXT("SUCCEEDED"),
                                      [ASL__FAILED] = ASL_TEXT("FAILED"),
                                      [ASL__TIMED_OUT] = ASL_TEXT("TIMED_OUT"),
                                      [ASL__ABORTED] = ASL_TEXT("ABORTED") };

static void put(asl_region *r, asl_value *into, asl_value key, asl_value v)
{
    if (!asl_is_undefined(v))
        *into = asl_set(r, *into, key, v);
}

/* C's input or output, as text or, where PARSED, as the value that it is. */
static asl_value input_of(asl_region *r, const child *c, bool parsed)
{
    asl_syntax_error why;
    asl_value v;

    if (!parsed)
        return asl_string(r, c->input, c->input_len);
    return asl_parse(r, c->input, c->input_len, &v, &why) ? v : asl_no_memory();
}

static asl_value output_of(asl_region *r, const child *c, bool parsed)
{
    asl_value output = asl__execution_output(c->execution);

    return parsed ? asl_copy_to(r, output) : asl_to_json(r, output);
}

/* What is said of the redrive of an execution that has ended with STATUS. */
static void put_redrive(asl_region *r, asl_value *v, enum asl__status status)
{
    bool good = status == ASL__SUCCEEDED;

    put(r, v, asl_str("RedriveCount"), asl_integer(0));
    put(r, v, asl_str("RedriveStatus"),
        good ? asl_str("NOT_REDRIVABLE") : asl_str("REDRIVABLE"));
    if (good)
        put(r, v, asl_str("RedriveStatusReason"),
            asl_str("Execution is SUCCEEDED and cannot be redriven"));
}

/* What DescribeExecution says of C, which is over; its keys in the order of the alphabet. */
static asl_value described(asl_region *r, const struct claim *claim, const child *c,
                           bool parsed)
{
    enum asl__status status = asl__execution_status(c->execution);
    const asl_error_info *error = asl__execution_error(c->execution);
    asl_value included = asl_set(r, asl_object(), asl_str("Included"), asl_boolean(true));
    bool failed = status == ASL__FAILED || status == ASL__ABORTED;
    asl_value v = asl_object();

    if (failed) {
        put(r, &v, asl_str("Cause"), asl_copy_to(r, error->cause));
        put(r, &v, asl_str("Error"), asl_copy_to(r, error->error));
    }
    put(r, &v, asl_str("ExecutionArn"), buf_value(r, &c->arn));
    put(r, &v, asl_str("Input"), input_of(r, c, parsed));
    put(r, &v, asl_str("InputDetails"), included);
    put(r, &v, asl_str("Name"), buf_value(r, &c->name));
    if (status == ASL__SUCCEEDED) {
        put(r, &v, asl_str("Output"), output_of(r, c, parsed));
        put(r, &v, asl_str("OutputDetails"), included);
    }
    if (claim->what == START)
        put_redrive(r, &v, status);
    put(r, &v, asl_str("StartDate"), time_value(r, claim, c->start));
    put(r, &v, asl_str("StateMachineArn"), buf_value(r, &c->machine_arn));
    put(r, &v, asl_str("Status"), statuses[status]);
    put(r, &v, asl_str("StopDate"), time_value(r, claim, c->stop));
    return v;
}

/* The bill of a StartSyncExecution: whole 100 ms, 64 MB. */
static asl_value billed(asl_region *r, const child *c)
{
    int64_t ms = (c->stop - c->start) / 1000;
    const asl_value keys[] = { asl_str("BilledDurationInMilliseconds"),
                               asl_str("BilledMemoryUsedInMB") };
    const asl_value values[] = { asl_integer((ms / 100 + 1) * 100), asl_integer(64) };

    return asl_record(r, 2, keys, values);
}

static asl_value take_sync(asl__job *job, asl_region *r)
{
    const child *c = job->data;
    const struct claim *claim = job->target.binding->spec;
    bool parsed = job->call->task->pattern == ASL_SYNC2;
    asl_value v = described(r, claim, c, parsed);

    if (claim->what == START_SYNC) {
        asl_value all = asl_set(r, asl_object(), asl_str("BillingDetails"), billed(r, c));
        for (size_t i = 0; i < asl_count(v); i++)
            all = asl_set(r, all, asl_member_at(v, i)->key, asl_member_at(v, i)->value);
        return all;
    }
    if (asl_is_error(v) || asl__execution_status(c->execution) == ASL__SUCCEEDED)
        return v;
    asl_value text = asl_to_json(r, v);
    return asl_is_error(text) ? text : asl_error(r, asl_str("States.TaskFailed"), text);
}

/* ---- jobs -------------------------------------------------------------------------------- */

static void start_sync(asl__job *job)
{
    (void)job; /* its execution is started by start_job */
}

static void cancel_sync(asl__job *job)
{
    const child *c = job->data;

    asl__execution_stop(c->execution, NULL, NULL);
}

static void free_sync(asl__job *job)
{
    free_child(job->data);
}

static asl_value submission(asl__call *call, asl_region *region)
{
    const asl__job *job = call->data;

    return started(region, call, job->target.binding->spec, job->data);
}

/* JOB comes to nothing but ANSWER. */
static enum asl__started answer(asl__job *job, asl_value answer)
{
    asl__target target = job->target;
    asl__call *call = job->call;

    asl__job_drop(job);
    asl__job_drop(job);
    return asl__answer_now(&target, call, answer);
}

/* Lets C run, for whose end JOB waits. */
static enum asl__started run_sync(asl__job *job, child *c)
{
    const struct claim *claim = job->target.binding->spec;
    asl__call *call = job->call;

    job->data = c;
    c->job = job;
    call->idle = true; /* what it waits for runs on the program's clock itself */
    if (!asl__execution_start(c->execution)) {
        note_over(c);
        return answer(job, asl_no_memory());
    }
    (void)asl__job_start(job);
    call->submission = submission;
    return claim->what == START ? ASL__CALL_SUBMITTED : ASL__CALL_PENDING;
}

/* Lets C run on its own. */
static enum asl__started run_free(asl__job *job, child *c)
{
    asl_value v = started(&job->call->frame->region, job->call, job->target.binding->spec, c);

    if (asl_is_error(v) || !asl__execution_start(c->execution)) {
        note_over(c);
        free_child(c);
        v = asl_no_memory();
    }
    return answer(job, v);
}

static bool is_waited_for(const asl__job *job)
{
    const struct claim *claim = job->target.binding->spec;
    uint8_t pattern = job->call->task->pattern;

    return claim->what == START_SYNC || pattern == ASL_SYNC || pattern == ASL_SYNC2;
}

/* Has the next module do it, or else gives ERROR. */
static enum asl__started elsewhere(asl__job *job, asl_value error)
{
    const struct claim *claim = job->target.binding->spec;
    asl__target target = job->target;
    asl__call *call = job->call;

    if (claim->other == NULL)
        return answer(job, error);
    asl__job_drop(job);
    asl__job_drop(job);
    target.binding = claim->other;
    return asl__start_bound(&target, call, call->input);
}

static enum asl__started start_execution(struct states *states, asl__job *job)
{
    const struct claim *claim = job->target.binding->spec;
    asl__call *call = job->call;
    asl_region *r = &call->frame->region;
    asl_value given = asl_get(call->input, "StateMachineArn");

    if (!asl_is_string(given))
        return answer(job, bad_parameters(call, "The field 'StateMachineArn' is required but "
                                                "was missing"));
    struct machine_arn arn = split_arn(piece_of(&given));
    const asl_machine *machine = find_machine(states->set, arn.name);
    if (machine == NULL)
        return elsewhere(job, service_error(call, claim, "StateMachineDoesNotExist",
                                            asl_format_string(
                                                r, "State Machine Does Not Exist: '%.*s'",
                                                (int)asl_text_len(given), asl_text(&given))));
    if (claim->what == START_SYNC && !machine->express)
        return answer(job, service_error(call, claim, "StateMachineTypeNotSupported",
                                         asl_str("This operation is not supported by this "
                                                 "type of state machine")));
    child *c = new_child(states, call, machine, arn);
    bool running = false;
    asl_value error = c != NULL ? make_execution(c, call, claim) : asl_no_memory();
    if (!asl_is_error(error))
        error = take_name(c, call, claim, &running);
    if (running && !is_waited_for(job)) /* the same once more: the same answer */
        error = started(r, call, claim, c);
    else if (!asl_is_error(error))
        return is_waited_for(job) ? run_sync(job, c) : run_free(job, c);
    free_child(c);
    return answer(job, error);
}

/* ---- the rest of aws-sdk:sfn --------------------------------------------------------------- */

static enum asl__started stop_execution(asl__job *job)
{
    const struct claim *claim = job->target.binding->spec;
    asl__call *call = job->call;
    asl_region *r = &call->frame->region;
    asl_value arn = asl_get(call->input, "ExecutionArn");

    if (!asl_is_string(arn))
        return answer(job, bad_parameters(call, "The field 'ExecutionArn' is required but was "
                                                "missing"));
    if (!asl__sched_stop_arn(call->sched, asl_text(&arn), asl_text_len(arn), NULL, NULL))
        return elsewhere(job, service_error(call, claim, "ExecutionDoesNotExist",
                                            asl_format_string(
                                                r, "Execution Does Not Exist: '%.*s'",
                                                (int)asl_text_len(arn), asl_text(&arn))));
    return answer(job, asl_set(r, asl_object(), asl_str("StopDate"),
                               time_value(r, claim, asl__sched_now(call->sched))));
}

/* Answers the task of TOKEN as the Parameters say. */
static enum asl__answered send(const asl__call *call, asl__tokens *tokens, enum what what,
                               asl__piece token)
{
    asl_region *r = &call->frame->region;
    asl_value output = asl_get(call->input, "Output");
    asl_syntax_error error;

    if (what == HEARTBEAT)
        return asl__token_heartbeat(tokens, token);
    if (what == FAILURE)
        return asl__token_failure(tokens, token, asl_get(call->input, "Error"),
                                  asl_get(call->input, "Cause"));
    if (!asl_is_string(output))
        output = asl_to_json(r, asl_is_undefined(output) ? asl_null() : output);
    if (asl_is_error(output))
        return ASL__ANSWER_NO_MEMORY;
    return asl__token_success(tokens, token, piece_of(&output), &error);
}

static enum asl__started send_task(struct states *states, asl__job *job)
{
    const struct claim *claim = job->target.binding->spec;
    asl__call *call = job->call;
    asl_value token = asl_get(call->input, "TaskToken");

    if (!asl_is_string(token))
        return answer(job, bad_parameters(call, "The field 'TaskToken' is required but was "
                                                "missing"));
    switch (send(call, asl__taskset_tokens(states->set), claim->what, piece_of(&token))) {
    case ASL__ANSWERED: return answer(job, asl_object());
    case ASL__ANSWER_LATE:
        return answer(job, service_error(call, claim, "TaskTimedOut",
                                         asl_str("Task Timed Out: 'Provided task does not "
                                                 "exist anymore'")));
    case ASL__ANSWER_FOREIGN:
        return elsewhere(job, service_error(call, claim, "TaskDoesNotExist",
                                            asl_str("Task Does Not Exist: 'Provided task does "
                                                    "not exist'")));
    case ASL__ANSWER_BAD_TOKEN:
        return elsewhere(job, service_error(call, claim, "InvalidToken",
                                            asl_str("Invalid Token: 'Invalid token'")));
    case ASL__ANSWER_BAD_OUTPUT:
        return answer(job, service_error(call, claim, "InvalidOutput",
                                         asl_str("Invalid Output: 'it is no JSON'")));
    case ASL__ANSWER_NO_MEMORY: break;
    }
    return answer(job, asl_no_memory());
}

/* ---- the module ------------------------------------------------------------------------------ */

static enum asl__started start_job(asl__job *job)
{
    struct states *states = asl__taskset_open(job->target.set, job->target.binding->module);
    const struct claim *claim = job->target.binding->spec;

    if (states == NULL)
        return answer(job, asl_no_memory());
    switch (claim->what) {
    case START:
    case START_SYNC: return start_execution(states, job);
    case STOP: return stop_execution(job);
    case SUCCESS:
    case FAILURE:
    case HEARTBEAT: break;
    }
    return send_task(states, job);
}

static const asl__module_functions states_functions;

/* Whether TEXT is WORD, or WORD with a pattern behind it where PATTERNS. */
static bool is_word(asl_value text, const char *word, bool patterns)
{
    size_t len = strlen(word);

    return asl_is_string(text) && asl_text_len(text) >= len &&
           memcmp(asl_text(&text), word, len) == 0 &&
           (asl_text_len(text) == len || (patterns && asl_text(&text)[len] == '.'));
}

/* What TASK does; false: nothing of ours. */
static bool find_operation(const asl_task *task, struct claim *claim)
{
    static const struct {
        const char *action;
        enum what what;
    } sdk[] = { { "startExecution", START },       { "startSyncExecution", START_SYNC },
                { "stopExecution", STOP },         { "sendTaskSuccess", SUCCESS },
                { "sendTaskFailure", FAILURE },    { "sendTaskHeartbeat", HEARTBEAT } };

    claim->sdk = is_word(task->service, "aws-sdk:sfn", false);
    claim->what = START;
    if (is_word(task->service, "states", false))
        return is_word(task->action, "startExecution", true);
    for (size_t i = 0; claim->sdk && i < ASL__COUNT_OF(sdk); i++)
        if (is_word(task->action, sdk[i].action, true)) {
            claim->what = sdk[i].what;
            return true;
        }
    return false;
}

/* A StateMachineArn that is known to name another program's workflow is not claimed, if
 * nobody else would serve it. */
static bool claim_task(asl__taskset *set, const asl_task *task, asl__binding *binding)
{
    struct claim *claim = asl_alloc(asl__taskset_region(set), sizeof *claim);

    if (claim == NULL || !find_operation(task, claim) ||
        !asl__taskset_claim(set, &states_functions, task, &claim->other))
        return false;
    binding->spec = claim;
    return claim->other != NULL || !asl_is_string(task->machine) ||
           find_machine(set, split_arn(piece_of(&task->machine)).name) != NULL;
}

static void *open_states(asl__taskset *set)
{
    struct states *states = calloc(1, sizeof *states);

    if (states == NULL)
        return NULL;
    states->set = set;
    pthread_mutex_init(&states->lock, NULL);
    return states;
}

static void close_states(void *module)
{
    struct states *states = module;

    while (states->names != NULL) {
        struct name *n = states->names;
        states->names = n->next;
        free_name(n);
    }
    pthread_mutex_destroy(&states->lock);
    free(states);
}

static const asl__module_functions states_functions = {
    .layer = &asl__task_layer_functions,
    .claim = claim_task,
    .within = true,
    .open = open_states,
    .close = close_states,
    .forget = forget,
    .start = start_job,
    .kind = { start_sync, cancel_sync, take_sync, free_sync }
};

const asl_module asl_module_states = { "states", &states_functions };
