/* See http.h: the client and its requests. */
#include "value/base.h"

#include "io/http_parts.h"

#include <errno.h>
#include <pthread.h>
#include <strings.h>
#include <sys/resource.h>

/* Descriptors that are left for everything else, and the most we ask the system for. */
#define FDS_RESERVED 64
#define FDS_WANTED 65536

/* The freeing, which whoever asked for it waits for. */
struct freeing {
    asl__closure closure; /* first */
    asl__http *http;
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool over; /* guarded by lock */
};

int64_t asl__http_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- the client ------------------------------------------------------------------- */

/* How many connections there may be: a quarter of the descriptors is for others. */
static size_t most_connections(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return 256;
    if (limit.rlim_cur < FDS_WANTED && limit.rlim_cur < limit.rlim_max) {
        struct rlimit more = limit;
        more.rlim_cur = limit.rlim_max < FDS_WANTED ? limit.rlim_max : FDS_WANTED;
        if (setrlimit(RLIMIT_NOFILE, &more) == 0)
            limit = more;
    }
    if (limit.rlim_cur > FDS_WANTED) /* infinity, too */
        limit.rlim_cur = FDS_WANTED;
    if (limit.rlim_cur < 2 * FDS_RESERVED)
        return limit.rlim_cur / 4 + 1;
    return (size_t)(limit.rlim_cur - FDS_RESERVED) / 4 * 3;
}

asl__http *asl__http_new(asl__loop *loop, const asl__http_options *options)
{
    asl__http *http = calloc(1, sizeof *http);

    if (http == NULL)
        return NULL;
    http->loop = loop;
    http->options = *options;
    http->feed.run = asl__http_feed;
    http->most = most_connections();
    if (asl__http_proxies_read(&http->proxies, options->env))
        return http;
    free(http);
    errno = ENOMEM;
    return NULL;
}

/* On the loop's thread, again and again until libevent is done with names. */
static void run_free(evutil_socket_t fd, short what, void *user)
{
    struct freeing *freeing = user;
    asl__http *http = freeing->http;
    struct timeval soon = { 0, 1000 };

    (void)fd;
    (void)what;
    if (!asl__http_names_free(http->names) &&
        event_base_once(asl__loop_base(http->loop), -1, EV_TIMEOUT, run_free, freeing,
                        &soon) == 0)
        return; /* without memory for that, the names stay */
    asl__loop_unpost(http->loop, &http->feed);
    pthread_mutex_lock(&freeing->lock);
    freeing->over = true;
    pthread_cond_signal(&freeing->done);
    pthread_mutex_unlock(&freeing->lock);
}

static void begin_free(asl__closure *closure)
{
    struct freeing *freeing = (struct freeing *)(void *)closure;
    asl__http *http = freeing->http;

    asl__http_pool_free(http);
    if (http->secure != NULL)
        http->options.tls->close(http->secure);
    if (http->sweep != NULL)
        event_free(http->sweep);
    run_free(-1, 0, freeing);
}

void asl__http_free(asl__http *http)
{
    struct freeing freeing = { .closure.run = begin_free,
                               .http = http,
                               .lock = PTHREAD_MUTEX_INITIALIZER,
                               .done = PTHREAD_COND_INITIALIZER };

    if (http == NULL)
        return;
    asl__loop_post(http->loop, &freeing.closure);
    pthread_mutex_lock(&freeing.lock);
    while (!freeing.over)
        pthread_cond_wait(&freeing.done, &freeing.lock);
    pthread_mutex_unlock(&freeing.lock);
    asl__http_proxies_free(&http->proxies);
    free(http);
}

/* ---- requests --------------------------------------------------------------------- */

static void tell_end(asl__closure *closure)
{
    asl__http_request *request = (asl__http_request *)(void *)closure;

    request->spec.ended(request->spec.user);
}

asl__http_request *asl__http_request_new(asl__http *http)
{
    asl__http_request *request = calloc(1, sizeof *request);

    if (request == NULL)
        return NULL;
    request->http = http;
    request->over.run = tell_end;
    asl__http_answer_begin(&request->answer);
    return request;
}

void asl__http_request_free(asl__http_request *request)
{
    if (request == NULL)
        return;
    asl__http_answer_free(&request->answer);
    asl__buf_free(&request->head);
    free(request);
}

/* Nothing more happens to REQUEST but the telling. */
static void settle(asl__http_request *request, enum asl__http_end end)
{
    request->state = ASL__REQUEST_OVER;
    request->end = end;
    if (request->timer != NULL)
        event_free(request->timer);
    request->timer = NULL;
    asl__buf_free(&request->head); /* it may hold secrets that nobody needs any more */
}

void asl__http_fail(asl__http_request *request, enum asl__http_end end,
                    const char *message)
{
    settle(request, end);
    snprintf(request->message, sizeof request->message, "%s", message);
    asl__http_answer_free(&request->answer);
    asl__http_answer_begin(&request->answer);
    asl__loop_post(request->http->loop, &request->over);
}

void asl__http_answered(asl__http_request *request)
{
    settle(request, ASL__HTTP_ANSWERED);
    request->spec.ended(request->spec.user);
}

/* Finds REQUEST's origin and a connection or a place in the queue. */
static void begin(asl__http_request *request)
{
    request->origin = asl__http_origin_of(request->http, &request->url);
    if (request->origin == NULL)
        asl__http_fail(request, ASL__HTTP_NO_MEMORY, "out of memory");
    else
        asl__http_place(request);
}

void asl__http_again(asl__http_request *request)
{
    request->retried = true;
    begin(request);
}

bool asl__http_starve(asl__http_request *request)
{
    asl__http *http = request->http;

    if (http->open == 0)
        return false;
    http->starved = true;
    begin(request);
    return true;
}

/* Takes a running or waiting REQUEST off, to end as END. */
static void end_early(asl__http_request *request, enum asl__http_end end,
                      const char *message)
{
    if (request->state == ASL__REQUEST_WAITING) {
        asl__http_leave_queue(request);
        asl__http_origin_drop(request->origin);
    } else if (request->connection != NULL) {
        request->connection->request = NULL;
        asl__http_close(request->connection);
        request->connection = NULL;
    }
    asl__http_fail(request, end, message);
}

static void on_timeout(evutil_socket_t fd, short what, void *user)
{
    asl__http_request *request = user;
    char message[64];

    (void)fd;
    (void)what;
    snprintf(message, sizeof message, "no answer within %ld ms", request->spec.timeout);
    end_early(request, ASL__HTTP_TIMEOUT, message);
}

static bool start_timer(asl__http_request *request)
{
    long timeout = request->spec.timeout;
    struct timeval after = { timeout / 1000, timeout % 1000 * 1000 };

    if (timeout <= 0)
        return true;
    request->timer =
        event_new(asl__loop_base(request->http->loop), -1, 0, on_timeout, request);
    return request->timer != NULL && event_add(request->timer, &after) == 0;
}

/* What speaks against starting REQUEST at all; ANSWERED: nothing. */
static enum asl__http_end check(asl__http_request *request, const char **why)
{
    const asl__http_spec *spec = &request->spec;

    *why = asl__http_why_not(spec);
    if (*why != NULL || !asl__http_url_read(spec->url, &request->url, why))
        return ASL__HTTP_BAD_URL;
    *why = "TLS is not linked";
    if (request->url.tls && request->http->options.tls == NULL)
        return ASL__HTTP_NO_TLS;
    const struct asl__http_proxy *proxy =
        asl__http_proxy_for(&request->http->proxies, &request->url);
    *why = "the proxy of the environment is none that starts with http://";
    if (proxy != NULL && proxy->broken != NULL)
        return ASL__HTTP_NO_CONNECTION;
    *why = "out of memory";
    return start_timer(request) ? ASL__HTTP_ANSWERED : ASL__HTTP_NO_MEMORY;
}

void asl__http_start(asl__http_request *request, const asl__http_spec *spec)
{
    const char *why;

    request->spec = *spec;
    request->retried = false;
    request->message[0] = '\0';
    request->state = ASL__REQUEST_RUNNING;
    enum asl__http_end end = check(request, &why);
    if (end == ASL__HTTP_ANSWERED)
        begin(request);
    else
        asl__http_fail(request, end, why);
}

void asl__http_cancel(asl__http_request *request)
{
    if (request->state == ASL__REQUEST_RUNNING ||
        request->state == ASL__REQUEST_WAITING)
        end_early(request, ASL__HTTP_CANCELLED, "cancelled");
}

asl__http_result asl__http_result_of(const asl__http_request *request)
{
    static const char nothing[ASL_PARSE_PADDING];
    const struct asl__http_answer *answer = &request->answer;

    return (asl__http_result){ .end = request->end,
                               .message = request->message,
                               .status = answer->status,
                               .reason = answer->reason,
                               .fields = answer->fields,
                               .nfields = answer->nfields,
                               .body = answer->body != NULL ? answer->body : nothing,
                               .body_len = answer->body_len };
}

const char *asl__http_field_of(const asl__http_result *result, const char *name)
{
    for (size_t i = 0; i < result->nfields; i++)
        if (strcasecmp(result->fields[i].name, name) == 0)
            return result->fields[i].value;
    return NULL;
}
