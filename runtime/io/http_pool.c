/* Where connections lead, which are idle, and who waits for one. */
#include "value/base.h"

#include "io/http_parts.h"

#define IDLE_FOR 60000 /* milliseconds that an unused connection is kept */
#define SWEEP_EVERY 5  /* seconds */

/* ---- origins -------------------------------------------------------------------- */

static uint32_t hash_of(const struct asl__http_peer *peer, bool tls)
{
    uint32_t hash = 2166136261U ^ peer->port ^ (tls ? 0x10000U : 0);

    for (const char *c = peer->host; *c != '\0'; c++)
        hash = (hash ^ (uint8_t)*c) * 16777619U;
    return hash;
}

asl__http_origin *asl__http_origin_of(asl__http *http, const struct asl__http_url *url)
{
    const struct asl__http_proxy *proxy = asl__http_proxy_for(&http->proxies, url);
    const struct asl__http_peer *peer =
        proxy != NULL && !url->tls ? &proxy->peer : &url->peer;
    uint32_t hash = hash_of(peer, url->tls);
    asl__http_origin **chain = &http->origins[hash % ASL__HTTP_ORIGINS];

    for (asl__http_origin *o = *chain; o != NULL; o = o->next)
        if (o->hash == hash && o->tls == url->tls && o->proxy == proxy &&
            o->peer.port == peer->port && strcmp(o->peer.host, peer->host) == 0)
            return o;
    asl__http_origin *origin = calloc(1, sizeof *origin);
    if (origin == NULL)
        return NULL;
    origin->http = http;
    origin->hash = hash;
    origin->tls = url->tls;
    origin->peer = *peer;
    origin->proxy = proxy;
    origin->next = *chain;
    *chain = origin;
    return origin;
}

static void free_origin(asl__http_origin *origin)
{
    asl__http *http = origin->http;
    asl__http_origin **link = &http->origins[origin->hash % ASL__HTTP_ORIGINS];

    while (*link != origin)
        link = &(*link)->next;
    *link = origin->next;
    if (origin->resume != NULL)
        http->options.tls->forget(&origin->resume);
    free(origin);
}

void asl__http_origin_drop(asl__http_origin *origin)
{
    asl__http *http = origin->http;

    if (origin->open > 0 || origin->first != NULL)
        return;
    if (origin->resume == NULL || http->nkept >= ASL__HTTP_SESSIONS) {
        http->nkept -= origin->is_kept;
        free_origin(origin);
        return;
    }
    http->nkept += !origin->is_kept;
    origin->is_kept = true;
}

void asl__http_pool_free(asl__http *http)
{
    while (http->oldest != NULL)
        asl__http_close(http->oldest);
    for (size_t i = 0; i < ASL__HTTP_ORIGINS; i++)
        while (http->origins[i] != NULL)
            free_origin(http->origins[i]);
}

/* ---- idle connections --------------------------------------------------------------- */

static void on_sweep(evutil_socket_t fd, short what, void *user)
{
    asl__http *http = user;
    int64_t before = asl__http_now() - IDLE_FOR;

    (void)fd;
    (void)what;
    while (http->oldest != NULL && http->oldest->idle_since < before)
        asl__http_close(http->oldest);
    if (http->oldest == NULL)
        event_del(http->sweep);
}

/* Without memory for it, idle connections stay until their server closes them. */
static void start_sweeping(asl__http *http)
{
    struct timeval every = { SWEEP_EVERY, 0 };

    if (http->sweep == NULL)
        http->sweep =
            event_new(asl__loop_base(http->loop), -1, EV_PERSIST, on_sweep, http);
    if (http->sweep != NULL && !event_pending(http->sweep, EV_TIMEOUT, NULL))
        event_add(http->sweep, &every);
}

static void add_idle(asl__http_connection *c)
{
    asl__http *http = c->http;

    c->state = ASL__HTTP_IDLE;
    c->idle_since = asl__http_now();
    c->next = NULL;
    c->before = http->newest;
    if (http->newest != NULL)
        http->newest->next = c;
    else
        http->oldest = c;
    http->newest = c;
    c->before_idle = NULL;
    c->next_idle = c->origin->idle;
    if (c->next_idle != NULL)
        c->next_idle->before_idle = c;
    c->origin->idle = c;
    if (c->before == NULL)
        start_sweeping(http);
}

static void remove_idle(asl__http_connection *c)
{
    asl__http *http = c->http;

    *(c->before != NULL ? &c->before->next : &http->oldest) = c->next;
    *(c->next != NULL ? &c->next->before : &http->newest) = c->before;
    *(c->before_idle != NULL ? &c->before_idle->next_idle : &c->origin->idle) =
        c->next_idle;
    if (c->next_idle != NULL)
        c->next_idle->before_idle = c->before_idle;
    c->state = ASL__HTTP_BUSY;
}

/* ---- the queue ---------------------------------------------------------------------- */

static void set_hungry(asl__http_origin *origin)
{
    asl__http *http = origin->http;

    if (origin->is_hungry)
        return;
    origin->is_hungry = true;
    origin->before_hungry = NULL;
    origin->next_hungry = http->hungry;
    if (http->hungry != NULL)
        http->hungry->before_hungry = origin;
    http->hungry = origin;
}

static void set_fed(asl__http_origin *origin)
{
    if (!origin->is_hungry)
        return;
    origin->is_hungry = false;
    *(origin->before_hungry != NULL ? &origin->before_hungry->next_hungry
                                    : &origin->http->hungry) = origin->next_hungry;
    if (origin->next_hungry != NULL)
        origin->next_hungry->before_hungry = origin->before_hungry;
}

static void enqueue(asl__http_request *request)
{
    asl__http_origin *origin = request->origin;

    request->state = ASL__REQUEST_WAITING;
    request->next = NULL;
    request->before = origin->last;
    if (origin->last != NULL)
        origin->last->next = request;
    else
        origin->first = request;
    origin->last = request;
    set_hungry(origin);
}

void asl__http_leave_queue(asl__http_request *request)
{
    asl__http_origin *origin = request->origin;

    *(request->before != NULL ? &request->before->next : &origin->first) =
        request->next;
    *(request->next != NULL ? &request->next->before : &origin->last) = request->before;
    if (origin->first == NULL)
        set_fed(origin);
}

/* Whether another connection to ORIGIN may be opened; one that is idle elsewhere may have
 * to go for it. */
static bool make_room(asl__http_origin *origin)
{
    asl__http *http = origin->http;
    size_t most = http->options.max_connections;

    if (most > 0 && origin->open >= most)
        return false;
    if (http->open < http->most && !http->starved)
        return true;
    if (http->oldest == NULL)
        return false;
    asl__http_close(http->oldest);
    return true;
}

void asl__http_place(asl__http_request *request)
{
    asl__http_origin *origin = request->origin;
    asl__http_connection *idle = request->retried ? NULL : origin->idle;

    if (idle != NULL) {
        remove_idle(idle);
        asl__http_serve(idle, request);
        return;
    }
    origin->open++; /* so that it stays, whoever goes */
    bool room = make_room(origin);
    origin->open--;
    if (!room)
        enqueue(request);
    else if (!asl__http_open(origin, request)) {
        request->state = ASL__REQUEST_RUNNING;
        asl__http_fail(request, ASL__HTTP_NO_MEMORY, "out of memory");
        asl__http_origin_drop(origin);
    }
}

/* Opens connections for those who wait, as long as that may be. */
void asl__http_feed(asl__closure *closure)
{
    asl__http *http =
        (asl__http *)(void *)((char *)closure - offsetof(asl__http, feed));
    asl__http_origin *origin = http->hungry;

    while (origin != NULL) {
        asl__http_request *request = origin->first;
        if (!make_room(origin)) {
            origin = origin->next_hungry;
            continue;
        }
        asl__http_leave_queue(request);
        asl__http_place(request);
        if (http->starved)
            return;
        origin = http->hungry;
    }
}

void asl__http_release(asl__http_connection *c)
{
    asl__http_request *request = c->origin->first;

    if (request == NULL) {
        add_idle(c);
        if (c->http->hungry != NULL) /* it may have to go for somebody else's */
            asl__loop_post(c->http->loop, &c->http->feed);
    } else if (request
                   ->retried) { /* it wants a new one, for which there is room then */
        asl__http_close(c);
    } else {
        asl__http_leave_queue(request);
        asl__http_serve(c, request);
    }
}

void asl__http_forget(asl__http_connection *c)
{
    asl__http *http = c->http;

    if (c->state == ASL__HTTP_IDLE)
        remove_idle(c);
    c->origin->open--;
    http->open--;
    http->starved = false;
    if (http->hungry != NULL)
        asl__loop_post(http->loop, &http->feed);
    asl__http_origin_drop(c->origin);
}
