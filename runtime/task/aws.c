/* Module `aws`: Tasks that are calls of AWS's services.
 *
 *     start (a worker)   parameters are made a request, in the job's region
 *     the loop's thread  keys -> sign -> send -> answer
 *                          ^               |  busy, or not reached: wait, up to 3 attempts
 *                          +---------------+
 *                        a job (`.sync`): the answer is its submission; then it is asked about
 *                        until it is over, in growing intervals
 *     take (a worker)    the answer is made a result, in the frame's region
 *
 * A job that is cancelled while it runs is told to stop (StopTask, ...).
 */
#include "value/base.h"

#include "task/aws.h"
#include "task/aws_credentials.h"
#include "task/aws_job.h"

#include <errno.h>

#define ATTEMPTS 3
#define FIRST_POLL 500   /* milliseconds until a job is asked about first */
#define LONGEST_POLL 15000
#define STOP_TIMEOUT 5000

typedef struct request request;

/* The module, opened. */
struct services {
    asl__taskset *set;
    asl__loop *loop;
    asl__http *http;
    asl_region *region; /* of the settings */
    asl__aws_settings settings;
    asl__aws_credentials *credentials;
    pthread_mutex_t lock; /* guards alive, quiet */
    pthread_cond_t changed;
    size_t alive; /* calls that have not been freed */
    bool quiet;   /* nothing of credentials is under way */
    asl__closure hush;
};

enum phase { SUBMITTING, ASKING, STOPPING };

struct request {
    asl__closure start; /* first */
    asl__closure cancel;
    asl__aws_waiter waiter;
    struct services *all;
    asl__job *job;
    const asl_task *task;
    const asl_aws_operation *operation; /* that is being called */
    const asl__aws_job *waited; /* the job that `.sync` waits for; NULL: none */
    asl_value input;            /* the task's parameters; a waited job's only */
    asl_value started;          /* what the service answered to its start */
    asl_value outcome;          /* of a waited job */
    const char *role;           /* whose keys are wanted; NULL: the caller's */
    asl__aws_endpoint endpoint;
    asl__aws_request wire;
    size_t fields; /* that are not of a signature */
    asl__http_request *http, *submission;
    asl__fd_watch *timer;
    enum phase phase;
    unsigned attempts;
    long interval;
    const char *problem; /* no request could be sent */
    bool waiting, running, cancelled; /* for keys; an HTTP request; by the scheduler */
};

/* ---- on the loop's thread ------------------------------------------------------ */

static void begin(request *q);
static void build_question(request *q, const asl_aws_operation *operation,
                           asl_value parameters);

/* Q is over; its job may be freed by this. */
static void over(request *q)
{
    struct services *all = q->all;
    asl__job *job = q->job;

    asl__fd_watch_close(q->timer);
    q->timer = NULL;
    asl__job_over(job);
    asl__loop_unpost(all->loop, &q->cancel);
    asl__job_drop(job);
}

static void fail(request *q, const char *problem)
{
    q->problem = problem;
    over(q);
}

static void on_timer(void *user)
{
    request *q = user;

    asl__fd_watch_close(q->timer);
    q->timer = NULL;
    if (q->phase == ASKING && q->attempts == 0)
        build_question(q, q->task->aws->describe,
                       asl__aws_job_question(q->waited, &q->job->region, q->input,
                                             q->started));
    else
        begin(q);
}

static void wait_for(request *q, long milliseconds)
{
    q->timer = asl__loop_timer(q->all->loop, milliseconds, on_timer, q);
    if (q->timer == NULL)
        fail(q, "out of memory");
}

/* Nobody wants Q's answer any more.  A job that runs is told to stop. */
static void end_cancelled(request *q)
{
    if (q->waiting)
        asl__aws_credentials_leave(q->all->credentials, &q->waiter);
    asl__fd_watch_close(q->timer);
    q->timer = NULL;
    q->waiting = q->cancelled = false;
    if (q->phase != ASKING || q->task->aws->stop == NULL) {
        over(q);
        return;
    }
    q->phase = STOPPING;
    q->attempts = 0;
    build_question(q, q->task->aws->stop,
                   asl__aws_job_stop(q->waited, &q->job->region, q->input, q->started));
}

/* The job goes on: it is asked about later, and later still the next time. */
static void poll_later(request *q)
{
    long interval = q->interval;

    q->attempts = 0;
    q->interval = interval * 3 / 2 < LONGEST_POLL ? interval * 3 / 2 : LONGEST_POLL;
    wait_for(q, interval);
}

static bool is_success(const asl__http_result *r)
{
    return r->end == ASL__HTTP_ANSWERED && r->status >= 200 && r->status < 300;
}

static asl_value result_of(asl_region *region, const request *q,
                           const asl__http_result *r)
{
    return is_success(r) ? asl__aws_result(region, q->operation, r)
                         : asl__aws_error(region, q->operation, r, q->attempts);
}

/* The job has been started: says so, and begins to ask. */
static void started(request *q, const asl__http_result *r)
{
    q->started = asl__aws_finish(&q->job->region, q->task, q->input,
                                 result_of(&q->job->region, q, r));
    if (asl_is_error(q->started)) {
        over(q);
        return;
    }
    q->submission = q->http;
    q->http = NULL;
    q->phase = ASKING;
    q->interval = FIRST_POLL;
    asl__call_submitted(q->job->call);
    poll_later(q);
}

static void answered(request *q, const asl__http_result *r)
{
    asl_value answer;

    if (q->phase == SUBMITTING && q->waited != NULL && is_success(r)) {
        started(q, r);
        return;
    }
    if (q->phase != ASKING || !is_success(r)) {
        over(q);
        return;
    }
    answer = asl__aws_result(&q->job->region, q->operation, r);
    q->outcome = asl_is_error(answer)
                     ? answer
                     : asl__aws_job_result(q->waited, &q->job->region, q->task, q->input,
                                           answer);
    if (asl_is_undefined(q->outcome))
        poll_later(q);
    else
        over(q);
}

/* How long to wait before the next attempt; 0: there is to be none. */
static long pause_after(request *q, const asl__http_result *r)
{
    asl__aws_failure failure;

    if (q->attempts >= ATTEMPTS || q->phase == STOPPING)
        return 0;
    switch (r->end) {
    case ASL__HTTP_ANSWERED: break;
    case ASL__HTTP_NO_NAME:
    case ASL__HTTP_NO_CONNECTION:
    case ASL__HTTP_BROKEN:
    case ASL__HTTP_TIMEOUT: return 100L << (q->attempts - 1);
    case ASL__HTTP_BAD_URL:
    case ASL__HTTP_NO_TLS:
    case ASL__HTTP_UNTRUSTED:
    case ASL__HTTP_GARBLED:
    case ASL__HTTP_TOO_MUCH:
    case ASL__HTTP_NO_MEMORY:
    case ASL__HTTP_CANCELLED: return 0;
    }
    if (is_success(r) || q->operation->service->protocol == ASL_AWS_GATEWAY)
        return 0;
    failure = asl__aws_failure_of(&q->job->region, q->operation, r);
    if (asl__aws_is_transient(r, &failure))
        return 200L << (q->attempts - 1);
    if (asl_is_string(failure.code) &&
        asl_same_text(failure.code, asl_str("ExpiredTokenException"))) {
        asl__aws_credentials_renew(q->all->credentials);
        return 1;
    }
    return 0;
}

static void on_end(void *user)
{
    request *q = user;
    asl__http_result r = asl__http_result_of(q->http);
    long pause;

    q->running = false;
    if (q->cancelled) {
        end_cancelled(q);
        return;
    }
    pause = pause_after(q, &r);
    if (pause > 0)
        wait_for(q, pause);
    else
        answered(q, &r);
}

/* What S3 stores is given as it is stored. */
static bool is_object(const request *q)
{
    return strcmp(q->endpoint.signing, "s3") == 0;
}

static void send(request *q)
{
    asl__http_spec spec = { .method = q->wire.method,
                            .url = asl__aws_url(&q->wire),
                            .fields = q->wire.fields,
                            .nfields = q->wire.nfields,
                            .body = q->wire.body_len > 0 ? q->wire.body : NULL,
                            .body_len = q->wire.body_len,
                            .timeout = q->phase == STOPPING ? STOP_TIMEOUT : 0,
                            .as_sent = is_object(q),
                            .max_body = asl__taskset_options_of(q->all->set)->max_output,
                            .pool = q->job->account,
                            .ended = on_end,
                            .user = q };

    asl__http_request_free(q->http);
    q->http = asl__http_request_new(q->all->http);
    if (q->http == NULL || spec.url == NULL || q->wire.failed) {
        fail(q, "out of memory");
        return;
    }
    q->running = true;
    q->attempts++;
    asl__http_start(q->http, &spec);
}

/* Whether the request is one that is signed: an API may be open to all. */
static bool is_signed(const request *q)
{
    asl_value type;

    if (q->operation->service->protocol != ASL_AWS_GATEWAY)
        return true;
    type = asl_get(q->input, "AuthType");
    return asl_is_string(type) && (asl_same_text(type, asl_str("IAM_ROLE")) ||
                                   asl_same_text(type, asl_str("RESOURCE_POLICY")));
}

static void on_keys(asl__aws_waiter *waiter, const asl__aws_keys *keys, const char *why)
{
    request *q = (request *)(void *)((char *)waiter - offsetof(request, waiter));
    asl__aws_scope scope = { q->endpoint.region, q->endpoint.signing, (int64_t)time(NULL),
                             is_object(q) };

    q->waiting = false;
    if (keys == NULL) {
        const char *copy = asl__aws_copy(&q->job->region, why, strlen(why));
        fail(q, copy != NULL ? copy : "out of memory");
        return;
    }
    q->wire.nfields = q->fields;
    asl__aws_sign(&q->wire, keys, &scope);
    send(q);
}

/* The next attempt: keys are asked for each time, and the time signed is now. */
static void begin(request *q)
{
    if (!is_signed(q)) {
        q->wire.nfields = q->fields;
        send(q);
        return;
    }
    q->waiting = true;
    q->waiter.ready = on_keys;
    asl__aws_credentials_want(q->all->credentials, q->role, q->endpoint.custom, &q->waiter);
}

static void build_question(request *q, const asl_aws_operation *operation,
                           asl_value parameters)
{
    asl_value error = parameters;

    q->operation = operation;
    q->wire = (asl__aws_request){ .region = &q->job->region };
    if (!asl_is_error(error))
        error = asl__aws_build(&q->wire, operation, &q->endpoint, parameters);
    q->fields = q->wire.nfields;
    if (asl_is_error(error)) {
        q->outcome = error;
        over(q);
        return;
    }
    begin(q);
}

static void run_start(asl__closure *closure)
{
    request *q = (request *)(void *)closure;

    if (q->cancelled)
        over(q);
    else
        begin(q);
}

static void run_cancel(asl__closure *closure)
{
    request *q = (request *)(void *)((char *)closure - offsetof(request, cancel));

    q->cancelled = true;
    if (q->running)
        asl__http_cancel(q->http);
    else
        end_cancelled(q);
}

/* ---- the kind ------------------------------------------------------------------ */

static void start_request(asl__job *job)
{
    request *q = job->data;

    asl__loop_post(q->all->loop, &q->start);
}

static void cancel_request(asl__job *job)
{
    request *q = job->data;
    pthread_mutex_t *lock = asl__taskset_lock(job->target.set);

    /* Under the lock, `announced` says whether the loop's thread is done with it. */
    pthread_mutex_lock(lock);
    if (!job->announced)
        asl__loop_post(q->all->loop, &q->cancel);
    pthread_mutex_unlock(lock);
}

static void free_request(asl__job *job)
{
    request *q = job->data;

    if (q == NULL)
        return;
    asl__http_request_free(q->http);
    asl__http_request_free(q->submission);
    pthread_mutex_lock(&q->all->lock);
    if (--q->all->alive == 0)
        pthread_cond_signal(&q->all->changed);
    pthread_mutex_unlock(&q->all->lock);
    free(q);
}

/* ---- results ------------------------------------------------------------------- */

static const char *prefix_of(const asl_aws_operation *op)
{
    return op->optimized != NULL ? op->optimized->prefix : op->service->prefix;
}

static asl_value client_error(asl_region *region, const asl_aws_operation *op,
                              const char *why)
{
    return asl_error(region, asl_format_string(region, "%s.SdkClientException", prefix_of(op)),
                     asl_cstring(region, why));
}

/* A role that may not be assumed is no matter of the service's. */
static asl_value no_keys(asl_region *region, const request *q)
{
    if (q->role == NULL || strncmp(q->problem, "STS (", 5) != 0)
        return client_error(region, q->operation, q->problem);
    return asl_errorf(region, "States.TaskFailed",
                      "The role of the execution is not authorized to assume the task state's "
                      "role, %s. (%s)",
                      q->role, q->problem);
}

static asl_value take_request(asl__job *job, asl_region *region)
{
    const request *q = job->data;
    asl__http_result r;

    if (!asl_is_undefined(q->outcome))
        return asl_copy_to(region, q->outcome);
    if (asl_is_error(q->started))
        return asl_copy_to(region, q->started);
    if (q->problem != NULL)
        return no_keys(region, q);
    if (q->http == NULL)
        return client_error(region, q->operation, "cancelled");
    r = asl__http_result_of(q->http);
    if (r.end != ASL__HTTP_ANSWERED)
        return asl__aws_unreached(region, q->operation, q->wire.host, &r);
    if (q->operation->service->protocol == ASL_AWS_GATEWAY)
        return asl__aws_gateway_result(region, &r);
    return asl__aws_finish(region, q->task, job->input, result_of(region, q, &r));
}

/* What the service answered to the start of a job. */
static asl_value submission_of(asl__call *call, asl_region *region)
{
    const asl__job *job = call->data;
    const request *q = job->data;
    asl__http_result r = asl__http_result_of(q->submission);

    return asl__aws_finish(region, q->task, q->input,
                           asl__aws_result(region, q->task->aws, &r));
}

/* ---- starting ------------------------------------------------------------------ */

static enum asl__started refuse(asl__job *job, asl__call *call, asl_value error)
{
    asl__target target = job->target;

    asl__job_drop(job);
    asl__job_drop(job);
    return asl__answer_now(&target, call, error);
}

static asl_value find_endpoint(request *q)
{
    asl__aws_settings settings = q->all->settings;
    const char *why;

    settings.region = &q->job->region;
    if (asl__aws_endpoint_of(&settings, q->job->target.binding->spec, q->operation->service,
                             &q->job->region, &q->endpoint, &why))
        return asl_undefined();
    return client_error(&q->job->region, q->operation, why);
}

static asl_value find_role(request *q, asl_value credentials)
{
    asl_value role = asl_get(credentials, "RoleArn");

    if (!asl_is_string(role))
        return asl_undefined();
    q->role = asl__aws_copy(&q->job->region, asl_text(&role), asl_text_len(role));
    return q->role != NULL ? asl_undefined() : asl_no_memory();
}

/* Whether what Q asks has to outlive the start. */
static bool is_waited(const asl_task *task)
{
    return task->pattern == ASL_SYNC || task->pattern == ASL_SYNC2;
}

/* What is wrong with a Task's parameters, whatever its service; see asl__module_functions. */
static asl_value check(asl_region *region, const asl_task *task, asl_value input)
{
    if (task->kind == ASL_TASK_SERVICE && !asl_is_object(input)) {
        asl_value text = asl_to_json(region, input);
        return asl_is_error(text)
                   ? text
                   : asl_errorf(region, "States.Runtime",
                                "The Parameters '%.*s' could not be used to start the Task: "
                                "[They are no object]",
                                (int)asl_text_len(text), asl_text(&text));
    }
    if (task->aws == NULL || task->aws->service->protocol != ASL_AWS_GATEWAY)
        return asl_undefined();
    return asl__aws_check_gateway(region, input);
}

/* Makes the request of CALL's parameters; undefined, or the error. */
static asl_value build(request *q, asl__call *call)
{
    asl_region *region = &q->job->region;
    const asl_value arns[] = {
        asl_get(asl_context_execution(call->frame), "Id"),
        asl_get(asl_context_state_machine(call->frame), "Id"),
    };
    asl_value error = check(region, q->task, call->input), input;

    if (asl_is_error(error)) /* of a function that is bound by its name, it was not asked */
        return error;
    input = asl__aws_prepare(region, q->task, call->input, arns);
    error = find_endpoint(q);

    if (!asl_is_error(error))
        error = find_role(q, call->credentials);
    if (asl_is_error(error) || asl_is_error(input))
        return asl_is_error(error) ? error : input;
    if (is_waited(q->task)) {
        q->waited = asl__aws_job_of(q->operation);
        if (q->waited == NULL)
            return client_error(region, q->operation, "this job cannot be waited for");
    }
    error = asl__aws_build(&q->wire, q->operation, &q->endpoint, input);
    q->fields = q->wire.nfields;
    q->input = q->job->input = asl_copy_to(region, call->input);
    return asl_is_error(error) ? error : q->input;
}

static request *new_request(struct services *all, asl__job *job)
{
    request *q = calloc(1, sizeof *q);

    job->data = q;
    if (q == NULL)
        return NULL;
    q->start.run = run_start;
    q->cancel.run = run_cancel;
    q->all = all;
    q->job = job;
    q->task = job->call->task;
    q->operation = q->task->aws;
    q->started = q->outcome = asl_undefined();
    q->wire.region = &job->region;
    pthread_mutex_lock(&all->lock);
    all->alive++;
    pthread_mutex_unlock(&all->lock);
    return q;
}

static enum asl__started start_job(asl__job *job)
{
    asl__call *call = job->call;
    asl_region *region = &call->frame->region;
    const asl_task *task = call->task;

    job->target.enveloped = false; /* Lambda itself makes the envelope */
    if (task->aws == NULL)
        return refuse(job, call,
                      asl_errorf(region, "States.TaskFailed",
                                 "%.*s is no operation of AWS that this program knows",
                                 (int)asl_text_len(task->resource), asl_text(&task->resource)));
    struct services *all = asl__taskset_open(job->target.set, job->target.binding->module);
    if (all == NULL)
        return refuse(job, call, client_error(region, task->aws, "no event loop"));
    request *q = new_request(all, job);
    if (q == NULL)
        return refuse(job, call, asl_no_memory());
    asl_value error = build(q, call);
    if (asl_is_error(error))
        return refuse(job, call, asl_copy_to(region, error));
    call->submission = submission_of;
    return asl__job_start(job);
}

/* ---- the module ---------------------------------------------------------------- */

/* An operation of AWS, if it is known where AWS is: else it is told to be unbound before
 * anything runs. */
static bool claim(asl__taskset *set, const asl_task *task, asl__binding *binding)
{
    static const asl__aws_binding nothing = { NULL, NULL };
    asl_region *region = asl__taskset_region(set);
    asl__aws_settings settings;
    asl__aws_endpoint endpoint;
    const char *why;

    binding->spec = &nothing;
    return task->aws != NULL &&
           asl__aws_settings_read(&settings, region, asl__taskset_options_of(set)->env) &&
           asl__aws_endpoint_of(&settings, &nothing, task->aws->service, region, &endpoint,
                                &why);
}

static void free_services(struct services *all)
{
    asl__aws_credentials_free(all->credentials);
    asl_region_free(all->region);
    pthread_cond_destroy(&all->changed);
    pthread_mutex_destroy(&all->lock);
    free(all);
}

static bool open_all(struct services *all)
{
    char *const *env = asl__taskset_options_of(all->set)->env;

    all->region = asl_region_new();
    all->loop = asl__taskset_loop(all->set);
    if (all->region == NULL || all->loop == NULL ||
        !asl__aws_settings_read(&all->settings, all->region, env))
        return false;
    all->http = asl__taskset_http(all->set);
    if (all->http == NULL)
        return false;
    all->credentials = asl__aws_credentials_new(
        &(asl__aws_means){ .loop = all->loop,
                           .http = all->http,
                           .settings = &all->settings,
                           .region = asl__aws_region_of(&all->settings, NULL) });
    return all->credentials != NULL;
}

static void *open_services(asl__taskset *set)
{
    struct services *all = calloc(1, sizeof *all);

    if (all == NULL)
        return NULL;
    all->set = set;
    pthread_mutex_init(&all->lock, NULL);
    pthread_cond_init(&all->changed, NULL);
    if (open_all(all))
        return all;
    free_services(all);
    errno = ENOMEM;
    return NULL;
}

/* Stops what sources of keys are doing, until none does anything. */
static void run_hush(asl__closure *closure);

static void hush_again(void *user)
{
    struct services *all = user;

    run_hush(&all->hush);
}

static void run_hush(asl__closure *closure)
{
    struct services *all =
        (struct services *)(void *)((char *)closure - offsetof(struct services, hush));

    if (!asl__aws_credentials_idle(all->credentials) &&
        asl__loop_timer(all->loop, 5, hush_again, all) != NULL)
        return;
    pthread_mutex_lock(&all->lock);
    all->quiet = true;
    pthread_cond_signal(&all->changed);
    pthread_mutex_unlock(&all->lock);
}

static void close_services(void *module)
{
    struct services *all = module;

    pthread_mutex_lock(&all->lock);
    while (all->alive > 0)
        pthread_cond_wait(&all->changed, &all->lock);
    pthread_mutex_unlock(&all->lock);
    all->hush.run = run_hush;
    asl__loop_post(all->loop, &all->hush);
    pthread_mutex_lock(&all->lock);
    while (!all->quiet)
        pthread_cond_wait(&all->changed, &all->lock);
    pthread_mutex_unlock(&all->lock);
    free_services(all);
}

static const char *const aws_kinds[] = { "aws", NULL };

static const asl__module_functions aws_functions = {
    .layer = &asl__task_layer_functions,
    .kinds = aws_kinds,
    .read = asl__aws_read,
    .claim = claim,
    .check = check,
    .open = open_services,
    .close = close_services,
    .start = start_job,
    .kind = { start_request, cancel_request, take_request, free_request }
};

const asl_module asl_module_aws = { "aws", &aws_functions };
