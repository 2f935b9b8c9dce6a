/* Module `http`: see web.h.  Bindings {"http": URL} and {"lambda": URL}, and the Resource
 * states:::http:invoke. */
#include "value/base.h"

#include "expr/failure.h"
#include "task/web.h"

#include <errno.h>
#include <strings.h>

/* The module, opened. */
struct asl__web {
    asl__loop *loop;
    asl__http *http;
    asl__taskset *set;
    pthread_mutex_t lock; /* guards alive */
    pthread_cond_t gone;
    size_t alive; /* calls that have not been freed */
};

/* ---- what a call is made of ------------------------------------------------------- */

static char *keep(asl__web_call *call, char *text)
{
    char **texts = realloc(call->texts, (call->ntexts + 1) * sizeof *texts);

    if (texts == NULL) {
        free(text);
        return NULL;
    }
    call->texts = texts;
    return texts[call->ntexts++] = text;
}

char *asl__web_keep(asl__web_call *call, const char *text, size_t len)
{
    char *copy = malloc(len + 1);

    if (copy == NULL)
        return NULL;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return keep(call, copy);
}

char *asl__web_keep_buf(asl__web_call *call, struct asl__buf *buf)
{
    char *text = NULL;

    asl__buf_append_char(buf, '\0');
    if (!buf->failed)
        text = asl__web_keep(call, buf->data, buf->len - 1);
    asl__buf_free(buf);
    return text;
}

bool asl__web_field(asl__web_call *call, const char *name, const char *value)
{
    if (call->nfields == ASL__WEB_FIELDS)
        return false;
    name = asl__web_keep(call, name, strlen(name));
    value = asl__web_keep(call, value, strlen(value));
    if (call->own == NULL)
        call->fields = call->own = malloc(ASL__WEB_FIELDS * sizeof *call->own);
    if (name == NULL || value == NULL || call->own == NULL)
        return false;
    call->own[call->nfields++] = (asl__http_field){ name, value };
    return true;
}

void asl__web_print_body(asl__web_call *call, asl_value v, const asl_region *region)
{
    asl__buf_bound(&call->body, region);
    asl__print(&call->body, v);
    call->has_body = true;
}

asl__http *asl__web_client(const struct asl__web *web)
{
    return web->http;
}

/* ---- on the loop's thread ----------------------------------------------------------- */

void asl__web_over(asl__web_call *call)
{
    struct asl__web *web = call->web;
    asl__job *job = call->job;

    asl__job_over(job);
    /* Only now: as long as it was not over, another thread could post it. */
    asl__loop_unpost(web->loop, &call->cancel);
    asl__job_drop(job);
}

static void on_end(void *user)
{
    asl__web_call *call = user;
    const asl__web_protocol *protocol = call->spec->protocol;
    asl__http_result result = asl__http_result_of(call->request);

    if (call->cancelled || protocol->again == NULL || !protocol->again(call, &result))
        asl__web_over(call);
}

void asl__web_send(asl__web_call *call)
{
    asl__http_spec spec = { .method = call->method,
                            .url = call->url,
                            .fields = call->fields,
                            .nfields = call->nfields,
                            .body = call->has_body ? call->body.data : NULL,
                            .body_len = call->body.len,
                            .timeout = call->timeout,
                            .max_body =
                                asl__taskset_options_of(call->web->set)->max_output,
                            .pool = call->job->account,
                            .ended = on_end,
                            .user = call };

    asl__http_start(call->request, &spec);
}

static void run_start(asl__closure *closure)
{
    asl__web_call *call = (asl__web_call *)(void *)closure;

    if (call->cancelled)
        asl__web_over(call);
    else if (call->connection != NULL)
        asl__connection_send(call);
    else
        asl__web_send(call);
}

static void run_cancel(asl__closure *closure)
{
    asl__web_call *call =
        (asl__web_call *)(void *)((char *)closure - offsetof(asl__web_call, cancel));

    call->cancelled = true;
    if (call->connection != NULL && asl__connection_leave(call))
        asl__web_over(call);
    else
        asl__http_cancel(call->request);
}

/* ---- the kind ----------------------------------------------------------------------- */

static void start_call(asl__job *job)
{
    asl__web_call *call = job->data;

    asl__loop_post(call->web->loop, &call->start);
}

static void cancel_call(asl__job *job)
{
    asl__web_call *call = job->data;
    pthread_mutex_t *lock = asl__taskset_lock(job->target.set);

    /* Under the lock, `announced` says whether the loop's thread is done with it. */
    pthread_mutex_lock(lock);
    if (!job->announced)
        asl__loop_post(call->web->loop, &call->cancel);
    pthread_mutex_unlock(lock);
}

static void one_gone(struct asl__web *web)
{
    pthread_mutex_lock(&web->lock);
    if (--web->alive == 0)
        pthread_cond_signal(&web->gone);
    pthread_mutex_unlock(&web->lock);
}

static void free_call(asl__job *job)
{
    asl__web_call *call = job->data;

    if (call == NULL)
        return;
    for (size_t i = 0; i < call->ntexts; i++)
        free(call->texts[i]);
    free(call->texts);
    free(call->own);
    asl__buf_free(&call->body);
    asl__http_request_free(call->request);
    one_gone(call->web);
    free(call);
}

static asl_value take_call(asl__job *job, asl_region *region)
{
    asl__web_call *call = job->data;
    const asl__web_protocol *protocol = call->spec->protocol;
    asl__http_result r = asl__http_result_of(call->request);

    if (call->cancelled || r.end == ASL__HTTP_CANCELLED)
        return asl_errorf(region, "States.TaskFailed", "cancelled");
    if (r.end == ASL__HTTP_NO_MEMORY)
        return asl_no_memory();
    if (r.end == ASL__HTTP_NO_TLS)
        return asl_errorf(
            region, "States.TaskFailed",
            "https is not linked into this program: it needs --with tls at "
            "build time");
    if (call->refused != NULL)
        return asl_errorf(region, "Events.ConnectionResource.InvalidConnectionState",
                          "%s", call->refused);
    if (r.end == ASL__HTTP_ANSWERED)
        return protocol->answer(call, &r, region);
    return protocol->none(call, r.end, r.message, region);
}

/* ---- answers ------------------------------------------------------------------------ */

bool asl__web_is_json(const asl__http_result *result, bool *given)
{
    const char *type = asl__http_field_of(result, "Content-Type");
    size_t len = type != NULL ? strcspn(type, "; \t") : 0;

    *given = len > 0;
    if (len == 16 && strncasecmp(type, "application/json", 16) == 0)
        return true;
    return len > 5 && strncasecmp(type + len - 5, "+json", 5) == 0;
}

asl_value asl__web_text(const asl__http_result *result, asl_region *region)
{
    return asl__clean_text(region, result->body, result->body_len);
}

asl_value asl__web_json(const asl__http_result *result, asl_value empty,
                        asl_region *region)
{
    const char *text = result->body;
    size_t len = result->body_len;
    asl_syntax_error why;
    asl_value v;

    while (len > 0 && strchr(" \t\r\n", *text) != NULL && *text != '\0') {
        text++;
        len--;
    }
    if (len == 0)
        return empty;
    if (asl_parse(region, text, len, &v, &why))
        return v;
    return why.no_memory ? asl_no_memory() : asl_undefined();
}

asl_value asl__web_too_much(asl__web_call *call, const char *message,
                            asl_region *region)
{
    return asl_errorf(region, "States.TaskFailed", "%s (--max-output is %zu)", message,
                      asl__taskset_options_of(call->web->set)->max_output);
}

asl_value asl__web_bad_field(asl__web_call *call, const char *field, asl_region *region)
{
    struct asl__buf text = ASL__BUF_INIT;

    asl__buf_append_cstring(&text, "The Parameters '");
    asl__print(&text, call->job->call->input);
    asl__buf_printf(
        &text,
        "' could not be used to start the Task: [The value of the field '%s' "
        "has an invalid format]",
        field);
    asl_value cause =
        text.failed ? asl_no_memory() : asl_string(region, text.data, text.len);
    asl__buf_free(&text);
    return asl_prefixed(call->job->call->frame, asl__failure(region, 0, cause));
}

void asl__web_append_encoded(struct asl__buf *buf, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
            (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~')
            asl__buf_append_char(buf, c);
        else
            asl__buf_printf(buf, "%%%02X", (unsigned)(uint8_t)c);
    }
}

/* ---- the module --------------------------------------------------------------------- */

static enum asl__started refuse(asl__job *job, asl__call *call, asl_value error)
{
    asl__target target = job->target;

    asl__job_drop(job);
    asl__job_drop(job);
    return asl__answer_now(&target, call, error);
}

/* A call for JOB; NULL without memory. */
static asl__web_call *new_call(struct asl__web *web, asl__job *job)
{
    asl__web_call *call = calloc(1, sizeof *call);

    job->data = call;
    if (call == NULL)
        return NULL;
    call->start.run = run_start;
    call->cancel.run = run_cancel;
    call->web = web;
    call->job = job;
    call->spec = job->target.binding->spec;
    call->timeout = call->spec->timeout;
    pthread_mutex_lock(&web->lock);
    web->alive++;
    pthread_mutex_unlock(&web->lock);
    call->request = asl__http_request_new(web->http);
    return call->request != NULL ? call : NULL;
}

static enum asl__started start_job(asl__job *job)
{
    asl__call *call = job->call;
    asl_region *region = &call->frame->region;
    struct asl__web *web =
        asl__taskset_open(job->target.set, job->target.binding->module);

    if (web == NULL)
        return refuse(job, call,
                      asl_errorf(region, "States.TaskFailed", "no event loop: %s",
                                 strerrordesc_np(errno)));
    asl__web_call *own = new_call(web, job);
    if (own == NULL)
        return refuse(job, call, asl_no_memory());
    asl_value error = own->spec->protocol->prepare(own, region);
    if (asl_is_error(error))
        return refuse(job, call, error);
    if (own->body.failed || !asl__job_charge(job, own->body.capacity))
        return refuse(job, call, asl_no_memory());
    return asl__job_start(job);
}

static void *open_web(asl__taskset *set)
{
    struct asl__web *web = calloc(1, sizeof *web);

    if (web == NULL)
        return NULL;
    web->set = set;
    web->loop = asl__taskset_loop(set);
    web->http = web->loop != NULL ? asl__taskset_http(set) : NULL;
    if (web->http == NULL) {
        free(web);
        return NULL;
    }
    pthread_mutex_init(&web->lock, NULL);
    pthread_cond_init(&web->gone, NULL);
    return web;
}

/* Waits for calls that have been cancelled. */
static void close_web(void *module)
{
    struct asl__web *web = module;

    pthread_mutex_lock(&web->lock);
    while (web->alive > 0)
        pthread_cond_wait(&web->gone, &web->lock);
    pthread_mutex_unlock(&web->lock);
    asl__connections_close(web->set, web->loop);
    pthread_cond_destroy(&web->gone);
    pthread_mutex_destroy(&web->lock);
    free(web);
}

/* states:::http:invoke needs no binding. */
static bool claim(asl__taskset *set, const asl_task *task, asl__binding *binding)
{
    static const asl__web_spec invoke = { .protocol = &asl__web_invoke };

    (void)set;
    if (!asl_is_string(task->service) || !asl_is_string(task->action) ||
        !asl_same_text(task->service, asl_str("http")) ||
        asl_text_len(task->action) < 6 ||
        memcmp(asl_text(&task->action), "invoke", 6) != 0)
        return false;
    binding->spec = &invoke;
    return true;
}

static const char *const web_kinds[] = { "http", "lambda", NULL };
static const char *const web_details[] = { "method", "headers", "timeout", NULL };

static const asl__module_functions web_functions = {
    .layer = &asl__task_layer_functions,
    .kinds = web_kinds,
    .details = web_details,
    .read = asl__web_read,
    .connections = asl__connections_read,
    .claim = claim,
    .open = open_web,
    .close = close_web,
    .start = start_job,
    .kind = { start_call, cancel_call, take_call, free_call }
};

const asl_module asl_module_http = { "http", &web_functions };
