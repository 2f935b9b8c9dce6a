/* Module `control`: the program's own server, in the form of the Step Functions API (JSON
 * 1.0; api.md 1 and 4.4), for what is under way in it:
 *
 *     SendTaskSuccess SendTaskFailure SendTaskHeartbeat     the task of a token
 *     GetActivityTask CreateActivity DescribeActivity       an activity's worker
 *     StopExecution DescribeExecution ListExecutions        executions that run
 *
 * Signatures are not looked at.  All is done on the loop's thread.  A worker that finds no
 * task waits up to a minute: it stands in the queue of pollers, and is served when an
 * activity gets a task. */
#include "value/base.h"

#include "io/server.h"
#include "task/control.h"
#include "task/tokens.h"

#include <errno.h>

#define TYPE "application/x-amz-json-1.0"
#define POLL_MILLISECONDS 60000
#define MOST_POLLERS 1000 /* of one activity */
#define MOST_OUTPUT 262144 /* with aws_limits */
#define BODY_BESIDES ((size_t)1 << 20) /* of a request, beside its output */

typedef struct poller poller;

/* The module, opened. */
struct asl__control {
    asl__closure news; /* first: an activity has got a task */
    asl__taskset *set;
    asl__loop *loop;
    asl__server *server;
    asl__control_options options;
    poller *first, *last; /* the loop's thread */
};

/* A worker that waits for a task. */
struct poller {
    asl__control *control;
    asl__request *request;
    asl__fd_watch *timer;
    struct asl__buf activity, worker;
    bool named;
    poller *next;
};

/* One request being done. */
struct exchange {
    asl__taskset *set;
    const asl__control_options *options;
    asl_region *region;
    asl_value input;
    asl_value output;
    int status;
};

/* ---- replies -------------------------------------------------------------------- */

static void put(struct exchange *x, const char *key, asl_value v)
{
    if (!asl_is_undefined(v))
        x->output = asl_set(x->region, x->output, asl_cstring(x->region, key), v);
}

static void fail_with(struct exchange *x, int status, const char *type, asl_value message)
{
    x->status = status;
    x->output = asl_object();
    put(x, "__type", asl_cstring(x->region, type));
    put(x, "message", message);
}

static void fail(struct exchange *x, const char *type, const char *format, ...)
    ASL__PRINTF(3, 4);

/* The service's error TYPE. */
static void fail(struct exchange *x, const char *type, const char *format, ...)
{
    struct asl__buf buf = ASL__BUF_INIT;
    va_list args;

    va_start(args, format);
    asl__buf_vprintf(&buf, format, args);
    va_end(args);
    asl_value message = buf.failed ? asl_str("out of memory")
                                   : asl_string(x->region, buf.data, buf.len);
    asl__buf_free(&buf);
    fail_with(x, 400, type, message);
}

static void fail_inside(struct exchange *x)
{
    fail_with(x, 500, "InternalFailure", asl_str("out of memory"));
}

/* The string KEY of the input, of at most MOST bytes (0: no limit), in *PIECE; data NULL:
 * there is none.  False after a complaint. */
static bool read_text(struct exchange *x, const char *key, size_t most, bool wanted,
                      asl_value *out)
{
    static const char start[] = "1 validation error detected: Value ";

    *out = asl_member_of(x->input, asl_cstring(x->region, key));
    if (asl_is_undefined(*out) || asl_is_null(*out)) {
        *out = asl_undefined();
        if (wanted)
            fail(x, "ValidationException",
                 "%snull at '%s' failed to satisfy constraint: Member must not be null",
                 start, key);
        return !wanted;
    }
    if (!asl_is_string(*out)) {
        fail(x, "SerializationException", "%s is no string", key);
        return false;
    }
    if (most > 0 && asl_text_len(*out) > most) {
        fail(x, "ValidationException",
             "%sat '%s' failed to satisfy constraint: Member must have length less than "
             "or equal to %zu",
             start, key, most);
        return false;
    }
    return true;
}

static asl__piece piece_of(const asl_value *v)
{
    if (!asl_is_string(*v))
        return (asl__piece){ NULL, 0 };
    return (asl__piece){ asl_text(v), asl_text_len(*v) };
}

static size_t limit(const struct exchange *x, size_t most)
{
    return x->options->aws_limits ? most : 0;
}

/* A time as the API has it: seconds with three decimals. */
static asl_value time_value(struct exchange *x, int64_t microseconds)
{
    struct asl__buf buf = ASL__BUF_INIT;
    asl_syntax_error why;
    asl_value v;

    asl__buf_printf(&buf, "%lld.%03d", (long long)(microseconds / 1000000),
                    (int)(microseconds / 1000 % 1000));
    if (buf.failed || !asl_parse(x->region, buf.data, buf.len, &v, &why))
        v = asl_undefined();
    asl__buf_free(&buf);
    return v;
}

/* ---- tokens --------------------------------------------------------------------- */

static void reply_answered(struct exchange *x, enum asl__answered what,
                           const asl_syntax_error *error)
{
    switch (what) {
    case ASL__ANSWERED: break;
    case ASL__ANSWER_LATE:
        fail(x, "TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'");
        break;
    case ASL__ANSWER_FOREIGN:
        fail(x, "TaskDoesNotExist", "Task Does Not Exist: 'Provided task does not exist'");
        break;
    case ASL__ANSWER_BAD_TOKEN:
        fail(x, "InvalidToken", "Invalid Token: 'Invalid token'");
        break;
    case ASL__ANSWER_BAD_OUTPUT:
        fail(x, "InvalidOutput", "Invalid Output: 'line %zu, column %zu: %s'", error->line,
             error->column, error->message);
        break;
    case ASL__ANSWER_NO_MEMORY: fail_inside(x); break;
    }
}

static void send_task_success(struct exchange *x)
{
    asl_value token, output;
    asl_syntax_error error = { .line = 0 };

    if (read_text(x, "taskToken", 2048, true, &token) &&
        read_text(x, "output", limit(x, MOST_OUTPUT), true, &output))
        reply_answered(x,
                       asl__token_success(asl__taskset_tokens(x->set), piece_of(&token),
                                          piece_of(&output), &error),
                       &error);
}

static void send_task_failure(struct exchange *x)
{
    asl_value token, error, cause;

    if (read_text(x, "taskToken", 2048, true, &token) &&
        read_text(x, "error", limit(x, 256), false, &error) &&
        read_text(x, "cause", limit(x, 32768), false, &cause))
        reply_answered(x,
                       asl__token_failure(asl__taskset_tokens(x->set), piece_of(&token),
                                          error, cause),
                       NULL);
}

static void send_task_heartbeat(struct exchange *x)
{
    asl_value token;

    if (read_text(x, "taskToken", 2048, true, &token))
        reply_answered(
            x, asl__token_heartbeat(asl__taskset_tokens(x->set), piece_of(&token)), NULL);
}

/* ---- activities ----------------------------------------------------------------- */

static bool find_activity(struct exchange *x, asl_value arn)
{
    bool known = asl__activity_known(asl__taskset_tokens(x->set), piece_of(&arn));

    if (!known)
        fail(x, "ActivityDoesNotExist", "Activity Does Not Exist: '%.*s'",
             (int)asl_text_len(arn), asl_text(&arn));
    return known;
}

static void put_activity(struct exchange *x, asl_value arn)
{
    put(x, "activityArn", arn);
    put(x, "creationDate", time_value(x, asl__sched_now(asl__taskset_sched(x->set))));
}

/* The activities of a program are those of its workflows: one that is there is "made". */
static void create_activity(struct exchange *x)
{
    const asl_task *const *task = asl__taskset_options_of(x->set)->program->tasks;
    asl_value name;

    if (!read_text(x, "name", 80, true, &name))
        return;
    for (; task != NULL && *task != NULL; task++)
        if ((*task)->kind == ASL_TASK_ACTIVITY && asl_same_text((*task)->action, name)) {
            put_activity(x, (*task)->resource);
            return;
        }
    fail(x, "InvalidName", "Invalid Name: '%.*s'", (int)asl_text_len(name), asl_text(&name));
}

static void describe_activity(struct exchange *x)
{
    asl_value arn;

    if (!read_text(x, "activityArn", 256, true, &arn) || !find_activity(x, arn))
        return;
    put_activity(x, arn);
    const char *text = asl_text(&arn);
    const char *colon = memrchr(text, ':', asl_text_len(arn));
    size_t at = colon != NULL ? (size_t)(colon - text) + 1 : 0;
    put(x, "name", asl_string(x->region, text + at, asl_text_len(arn) - at));
}

/* ---- executions ----------------------------------------------------------------- */

static void stop_execution(struct exchange *x)
{
    asl_value arn, error, cause;

    if (!read_text(x, "executionArn", 256, true, &arn) ||
        !read_text(x, "error", limit(x, 256), false, &error) ||
        !read_text(x, "cause", limit(x, 32768), false, &cause))
        return;
    struct asl__buf e = ASL__BUF_INIT, c = ASL__BUF_INIT;
    asl__buf_append(&e, piece_of(&error).data, piece_of(&error).len);
    asl__buf_append(&c, piece_of(&cause).data, piece_of(&cause).len);
    bool found = asl__sched_stop_arn(
        asl__taskset_sched(x->set), asl_text(&arn), asl_text_len(arn),
        asl_is_string(error) ? asl__buf_cstring(&e) : NULL,
        asl_is_string(cause) ? asl__buf_cstring(&c) : NULL);
    asl__buf_free(&e);
    asl__buf_free(&c);
    if (found)
        put(x, "stopDate", time_value(x, asl__sched_now(asl__taskset_sched(x->set))));
    else
        fail(x, "ExecutionDoesNotExist", "Execution Does Not Exist: '%.*s'",
             (int)asl_text_len(arn), asl_text(&arn));
}

static const char *const statuses[] = { [ASL__RUNNING] = "RUNNING",
                                        [ASL__SUCCEEDED] = "SUCCEEDED",
                                        [ASL__FAILED] = "FAILED",
                                        [ASL__TIMED_OUT] = "TIMED_OUT",
                                        [ASL__ABORTED] = "ABORTED" };

/* What lists and descriptions of SIGHT have in common. */
static void put_sight(struct exchange *x, const asl__sight *sight)
{
    put(x, "executionArn", asl_copy_to(x->region, asl_get(sight->execution, "Id")));
    put(x, "stateMachineArn", asl_copy_to(x->region, asl_get(sight->state_machine, "Id")));
    put(x, "name", asl_copy_to(x->region, asl_get(sight->execution, "Name")));
    put(x, "status", asl_cstring(x->region, statuses[sight->status]));
    put(x, "startDate", time_value(x, sight->start));
    if (sight->stop != 0)
        put(x, "stopDate", time_value(x, sight->stop));
    put(x, "redriveCount", asl_integer(0));
}

/* A search for one execution, or a list of many. */
struct search {
    struct exchange *x;
    asl_value arn;    /* of the execution, or of the machine whose are wanted */
    asl_value status; /* undefined: any */
    asl_value list;
    bool found;
};

static bool see_one(const asl__sight *sight, void *user)
{
    struct search *search = user;
    struct exchange *x = search->x;

    if (!asl_same_text(asl_get(sight->execution, "Id"), search->arn))
        return true;
    search->found = true;
    put_sight(x, sight);
    put(x, "input", asl_string(x->region, sight->input, sight->input_len));
    put(x, "inputDetails",
        asl_set(x->region, asl_object(), asl_str("included"), asl_boolean(true)));
    if (sight->status == ASL__SUCCEEDED)
        put(x, "output", asl_to_json(x->region, sight->output));
    put(x, "error", asl_copy_to(x->region, sight->error.error));
    put(x, "cause", asl_copy_to(x->region, sight->error.cause));
    return false;
}

static void describe_execution(struct exchange *x)
{
    struct search search = { .x = x };

    if (!read_text(x, "executionArn", 256, true, &search.arn))
        return;
    asl__sched_each(asl__taskset_sched(x->set), see_one, &search);
    if (!search.found)
        fail(x, "ExecutionDoesNotExist", "Execution Does Not Exist: '%.*s'",
             (int)asl_text_len(search.arn), asl_text(&search.arn));
}

static bool see_any(const asl__sight *sight, void *user)
{
    struct search *search = user;
    struct exchange item = { .region = search->x->region, .output = asl_object() };

    if (!asl_is_undefined(search->arn) &&
        !asl_same_text(asl_get(sight->state_machine, "Id"), search->arn))
        return true;
    if (!asl_is_undefined(search->status) &&
        !asl_same_text(asl_cstring(search->x->region, statuses[sight->status]), search->status))
        return true;
    put_sight(&item, sight);
    search->list = asl_push(item.region, search->list, item.output);
    return asl_count(search->list) < 1000;
}

static void list_executions(struct exchange *x)
{
    struct search search = { .x = x, .list = asl_array() };

    if (!read_text(x, "stateMachineArn", 256, false, &search.arn) ||
        !read_text(x, "statusFilter", 32, false, &search.status))
        return;
    asl__sched_each(asl__taskset_sched(x->set), see_any, &search);
    put(x, "executions", search.list);
}

/* ---- requests ------------------------------------------------------------------- */

static const struct operation {
    const char *name;
    void (*run)(struct exchange *x);
} operations[] = { { "SendTaskSuccess", send_task_success },
                   { "SendTaskFailure", send_task_failure },
                   { "SendTaskHeartbeat", send_task_heartbeat },
                   { "CreateActivity", create_activity },
                   { "DescribeActivity", describe_activity },
                   { "StopExecution", stop_execution },
                   { "DescribeExecution", describe_execution },
                   { "ListExecutions", list_executions } };

/* Reads BODY; false after a complaint. */
static bool read_body(struct exchange *x, const char *body, size_t len)
{
    asl_syntax_error why = { .no_memory = false };

    if (asl_parse(x->region, body, len, &x->input, &why) && asl_is_object(x->input))
        return true;
    if (why.no_memory)
        fail_inside(x);
    else
        fail(x, "SerializationException", "the request's body is no JSON object");
    return false;
}

static void run_operation(struct exchange *x, const char *name)
{
    for (size_t i = 0; i < ASL__COUNT_OF(operations); i++)
        if (strcmp(name, operations[i].name) == 0) {
            operations[i].run(x);
            return;
        }
    fail(x, "UnknownOperationException", "this program has no operation %.100s", name);
}

/* The reply to X, which is over, in REPLY. */
static int finish(struct exchange *x, struct asl__buf *reply)
{
    if (asl_is_error(x->output))
        fail_inside(x);
    asl__print(reply, x->output);
    asl_region_free(x->region);
    return x->status;
}

static struct exchange begin(asl__taskset *set, const asl__control_options *options)
{
    return (struct exchange){ .set = set,
                              .options = options,
                              .region = asl_region_new(),
                              .input = asl_undefined(),
                              .output = asl_object(),
                              .status = 200 };
}

int asl__control_do(asl__taskset *set, const asl__control_options *options,
                    const char *operation, const char *body, size_t len,
                    struct asl__buf *reply)
{
    struct exchange x = begin(set, options);

    if (x.region == NULL) {
        asl__buf_append_cstring(reply, "{\"__type\":\"InternalFailure\"}");
        return 500;
    }
    if (read_body(&x, body, len))
        run_operation(&x, operation);
    return finish(&x, reply);
}

static void reply_buf(asl__request *request, int status, struct asl__buf *reply)
{
    asl__request_reply(request, status, TYPE, reply);
    asl__buf_free(reply);
}

/* ---- pollers (the loop's thread) -------------------------------------------------- */

static void unlink_poller(poller *p)
{
    asl__control *control = p->control;
    poller *before = NULL;

    for (poller *i = control->first; i != p; i = i->next)
        before = i;
    if (before == NULL)
        control->first = p->next;
    else
        before->next = p->next;
    if (control->last == p)
        control->last = before;
}

/* Ends P with REPLY. */
static void end_poller(poller *p, struct asl__buf *reply)
{
    unlink_poller(p);
    asl__fd_watch_close(p->timer);
    asl__buf_free(&p->activity);
    asl__buf_free(&p->worker);
    reply_buf(p->request, 200, reply);
    free(p);
}

/* No task has come in time, or the worker has gone. */
static void give_up(void *user)
{
    struct asl__buf reply = ASL__BUF_INIT;

    asl__buf_append_cstring(&reply, "{}");
    end_poller(user, &reply);
}

static void print_task(struct asl__buf *reply, asl__activity_task *task)
{
    asl__buf_printf(reply, "{\"taskToken\":\"%s\",\"input\":", task->token);
    asl__print_string(reply, task->input.data, task->input.len);
    asl__buf_append_char(reply, '}');
    asl__buf_free(&task->input);
}

/* Serves P if there is a task. */
static void try_poller(poller *p)
{
    asl__piece arn = { p->activity.data, p->activity.len };
    asl__piece worker = { p->named ? p->worker.data : NULL, p->worker.len };
    struct asl__buf reply = ASL__BUF_INIT;
    asl__activity_task task;

    if (!asl__activity_take(asl__taskset_tokens(p->control->set), arn, worker, &task))
        return;
    print_task(&reply, &task);
    end_poller(p, &reply);
}

static void serve_pollers(asl__closure *closure)
{
    asl__control *control = (asl__control *)(void *)closure;

    for (poller *p = control->first, *next; p != NULL; p = next) {
        next = p->next;
        try_poller(p);
    }
}

static void on_news(void *user)
{
    asl__control *control = user;

    asl__loop_post(control->loop, &control->news);
}

static bool has_too_many(const asl__control *control, asl_value arn)
{
    size_t count = 0;

    for (const poller *p = control->first; p != NULL; p = p->next)
        count += p->activity.len == asl_text_len(arn) &&
                 memcmp(p->activity.data, asl_text(&arn), p->activity.len) == 0;
    return count >= MOST_POLLERS;
}

static void copy_text(struct asl__buf *to, asl_value text)
{
    asl__buf_append(to, piece_of(&text).data, piece_of(&text).len);
    asl__buf_cstring(to);
}

/* Puts a poller for REQUEST at the end of the queue; NULL without memory. */
static poller *new_poller(asl__control *control, asl__request *request, asl_value arn,
                          asl_value worker)
{
    poller *p = calloc(1, sizeof *p);

    if (p == NULL)
        return NULL;
    p->control = control;
    p->request = request;
    p->named = asl_is_string(worker);
    copy_text(&p->activity, arn);
    copy_text(&p->worker, worker);
    p->timer = asl__loop_timer(control->loop, POLL_MILLISECONDS, give_up, p);
    if (p->timer == NULL || p->activity.failed || p->worker.failed) {
        asl__fd_watch_close(p->timer);
        asl__buf_free(&p->activity);
        asl__buf_free(&p->worker);
        free(p);
        return NULL;
    }
    if (control->last != NULL)
        control->last->next = p;
    else
        control->first = p;
    control->last = p;
    return p;
}

static void poll_activity(asl__control *control, asl__request *request)
{
    struct exchange x = begin(control->set, &control->options);
    struct asl__buf reply = ASL__BUF_INIT;
    poller *p = NULL;
    asl_value arn, worker;
    size_t len;
    const char *body = asl__request_body(request, &len);

    if (x.region == NULL) {
        reply_buf(request, 500, &reply);
        return;
    }
    if (read_body(&x, body, len) && read_text(&x, "activityArn", 256, true, &arn) &&
        read_text(&x, "workerName", 80, false, &worker) && find_activity(&x, arn)) {
        if (has_too_many(control, arn))
            fail(&x, "ActivityWorkerLimitExceeded",
                 "Activity Worker Limit Exceeded: '%.*s'", (int)asl_text_len(arn),
                 asl_text(&arn));
        else if ((p = new_poller(control, request, arn, worker)) == NULL)
            fail_inside(&x);
    }
    int status = finish(&x, &reply);
    if (p == NULL) {
        reply_buf(request, status, &reply);
        return;
    }
    asl__buf_free(&reply);
    asl__request_watch(request, give_up, p);
    try_poller(p);
}

/* ---- the server -------------------------------------------------------------------- */

static void serve(asl__request *request, void *user)
{
    asl__control *control = user;
    struct asl__buf reply = ASL__BUF_INIT;
    const char *target = asl__request_field(request, "X-Amz-Target");
    const char *dot = target != NULL ? strrchr(target, '.') : NULL;
    const char *operation = dot != NULL ? dot + 1 : target != NULL ? target : "";
    size_t len;

    if (strcmp(operation, "GetActivityTask") == 0) {
        poll_activity(control, request);
        return;
    }
    const char *body = asl__request_body(request, &len);
    int status =
        asl__control_do(control->set, &control->options, operation, body, len, &reply);
    reply_buf(request, status, &reply);
}

void *asl__control_open(asl__taskset *set)
{
    asl__control *control = calloc(1, sizeof *control);

    if (control == NULL)
        return NULL;
    control->news.run = serve_pollers;
    control->set = set;
    control->loop = asl__taskset_loop(set);
    if (control->loop != NULL)
        return control;
    free(control);
    return NULL;
}

void asl__control_close(void *module)
{
    asl__control *control = module;

    asl__activity_watch(asl__taskset_tokens(control->set), NULL, NULL);
    asl__server_close(control->server);
    free(control);
}

const char *asl__control_listen(asl__taskset *set, const asl__module_functions *module,
                                const asl__control_options *options,
                                struct asl__buf *error)
{
    asl__control *control = asl__taskset_open(set, module);

    if (control == NULL) {
        asl__buf_printf(error, "no event loop: %s", strerrordesc_np(errno));
        return NULL;
    }
    control->options = *options;
    size_t most = asl__taskset_options_of(set)->max_output;
    asl__server_options server = { .address = options->address,
                                   .max_body = most < SIZE_MAX / 4 ? most + BODY_BESIDES : most,
                                   .serve = serve,
                                   .user = control };
    control->server = asl__server_open(control->loop, &server, error);
    if (control->server == NULL)
        return NULL;
    asl__activity_watch(asl__taskset_tokens(set), on_news, control);
    return asl__server_address(control->server);
}
