/* One connection of the HTTP client, from a name to the end of an answer. */
#include "value/base.h"

#include "io/http_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/uio.h>
#include <unistd.h>

#define CONNECT_TIMEOUT 10000 /* milliseconds */
#define READS_PER_TURN 16     /* then others have a turn */
#define AGAIN (-1)
#define BROKEN (-2)

static void on_event(evutil_socket_t fd, short what, void *user);
static void on_timer(evutil_socket_t fd, short what, void *user);

/* ---- the end -------------------------------------------------------------------- */

static void close_descriptor(asl__http_connection *c)
{
    if (c->readable != NULL)
        event_free(c->readable);
    if (c->writable != NULL)
        event_free(c->writable);
    c->readable = c->writable = NULL;
    c->writing = false;
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
}

void asl__http_close(asl__http_connection *c)
{
    asl__http_names_leave(&c->lookup);
    if (c->session != NULL)
        c->http->options.tls->end(c->session);
    close_descriptor(c);
    if (c->timer != NULL)
        event_free(c->timer);
    if (c->tunnel != NULL)
        asl__http_answer_free(c->tunnel);
    free(c->tunnel);
    asl__http_forget(c);
    free(c);
}

/* C's request, which loses it. */
static asl__http_request *detach(asl__http_connection *c)
{
    asl__http_request *request = c->request;

    c->request = NULL;
    request->connection = NULL;
    return request;
}

/* Who C talks to. */
static const struct asl__http_peer *peer_of(const asl__http_connection *c)
{
    const asl__http_origin *origin = c->origin;

    return origin->proxy != NULL ? &origin->proxy->peer : &origin->peer;
}

/* Ends C and its request with "HOST:PORT: WHY". */
static void fail(asl__http_connection *c, enum asl__http_end end, const char *why)
{
    char space[ASL__HTTP_HOST_MAX + ASL__HTTP_MESSAGE];
    struct asl__buf message = ASL__BUF_ON(space);
    const struct asl__http_peer *peer =
        end == ASL__HTTP_UNTRUSTED ? &c->origin->peer : peer_of(c);
    asl__http_request *request = detach(c);

    if (peer != &c->origin->peer)
        asl__buf_append_cstring(&message, "proxy ");
    asl__http_append_peer(&message, peer, 0);
    asl__buf_printf(&message, ": %s", why);
    asl__http_close(c);
    asl__http_fail(request, end, asl__buf_cstring(&message));
    asl__buf_free(&message);
}

static const char *text_of(int error)
{
    const char *text = strerrordesc_np(error);

    return text != NULL ? text : "unknown error";
}

/* ---- bytes ---------------------------------------------------------------------- */

static void want_writable(asl__http_connection *c, bool wanted)
{
    if (wanted == c->writing)
        return;
    c->writing = wanted;
    if (wanted)
        event_add(c->writable, NULL);
    else
        event_del(c->writable);
}

/* What TLS says of bytes, in the terms of read(). */
static ssize_t secure_result(asl__http_connection *c, ssize_t n)
{
    if (n >= 0)
        return n;
    if (n == ASL__TLS_WANTS_WRITE)
        want_writable(c, true);
    return n == ASL__TLS_FAILED ? BROKEN : AGAIN;
}

/* Bytes read, 0 at the end, AGAIN, or BROKEN. */
static ssize_t read_some(asl__http_connection *c, char *why)
{
    char *chunk = c->http->chunk;
    ssize_t n;

    if (c->session != NULL)
        return secure_result(
            c, c->http->options.tls->read(c->session, chunk, ASL__HTTP_READ, why));
    do
        n = read(c->fd, chunk, ASL__HTTP_READ);
    while (n < 0 && errno == EINTR);
    if (n >= 0)
        return n;
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        return AGAIN;
    snprintf(why, ASL__HTTP_MESSAGE, "%s", text_of(errno));
    return BROKEN;
}

/* Writes what is left of two pieces, of which SENT bytes are sent. */
static ssize_t write_plain(const asl__http_connection *c, const struct iovec *pieces,
                           size_t sent)
{
    struct iovec rest[2];
    int count = 0;
    ssize_t n;

    for (int i = 0; i < 2; i++) {
        size_t skip = sent < pieces[i].iov_len ? sent : pieces[i].iov_len;
        sent -= skip;
        if (skip == pieces[i].iov_len)
            continue;
        rest[count].iov_base = (char *)pieces[i].iov_base + skip;
        rest[count++].iov_len = pieces[i].iov_len - skip;
    }
    do
        n = writev(c->fd, rest, count);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK ? AGAIN : BROKEN;
    return n;
}

static ssize_t write_secure(asl__http_connection *c, const struct iovec *pieces,
                            size_t sent)
{
    char why[ASL__HTTP_MESSAGE];
    const struct iovec *piece = pieces;

    if (sent >= piece->iov_len) {
        sent -= piece->iov_len;
        piece++;
    }
    return secure_result(
        c, c->http->options.tls->write(c->session, (const char *)piece->iov_base + sent,
                                       piece->iov_len - sent, why));
}

/* Bytes of C's request in all. */
static size_t total_of(const asl__http_request *request)
{
    return request->head.len + (request->body_in_head ? 0 : request->spec.body_len);
}

/* Sends as much of the request as the other side takes.  Where it takes no more, it may
 * have answered nevertheless: what can be read tells. */
static void send_some(asl__http_connection *c)
{
    asl__http_request *request = c->request;
    size_t total = total_of(request);
    const struct iovec pieces[] = { { request->head.data, request->head.len },
                                    { (char *)(uintptr_t)request->spec.body,
                                      total - request->head.len } };

    while (!c->cut && request->sent < total) {
        ssize_t n = c->session != NULL ? write_secure(c, pieces, request->sent)
                                       : write_plain(c, pieces, request->sent);
        if (n == AGAIN) {
            if (c->session == NULL)
                want_writable(c, true);
            return;
        }
        if (n < 0)
            c->cut = true;
        else
            request->sent += (size_t)n;
    }
    want_writable(c, false);
}

/* ---- busy ----------------------------------------------------------------------- */

/* The request has all it will get; EXTRA: and more has come. */
static void complete(asl__http_connection *c, bool extra)
{
    asl__http_request *request = detach(c);
    struct asl__http_answer *answer = &request->answer;
    bool sent = request->sent == total_of(request);

    if (answer->state == ASL__ANSWER_FAILED) {
        bool stale = answer->failure == ASL__HTTP_BROKEN && !answer->begun && c->used &&
                     !request->retried;
        asl__http_close(c);
        if (stale)
            asl__http_again(request);
        else
            asl__http_fail(request, answer->failure, answer->message);
        return;
    }
    c->used = true;
    if (answer->keeps && sent && !extra)
        asl__http_release(c);
    else
        asl__http_close(c);
    asl__http_answered(request);
}

/* Reads what has come; false if C is done with its request, or gone. */
static bool receive_some(asl__http_connection *c)
{
    struct asl__http_answer *answer = &c->request->answer;
    char why[ASL__HTTP_MESSAGE];

    for (int i = 0; i < READS_PER_TURN; i++) {
        ssize_t n = read_some(c, why);
        if (n == AGAIN)
            return true;
        size_t taken = 0;
        if (n > 0)
            taken = asl__http_answer_feed(answer, c->http->chunk, (size_t)n);
        else
            asl__http_answer_close(answer, n == 0);
        if (asl__http_answer_is_over(answer)) {
            complete(c, n > 0 && taken < (size_t)n);
            return false;
        }
        if (n < ASL__HTTP_READ && c->session == NULL)
            return true;
    }
    if (c->session != NULL) /* it may hold bytes that the descriptor does not show */
        event_active(c->readable, EV_READ, 0);
    return true;
}

static void begin_answer(asl__http_request *request)
{
    struct asl__http_answer *answer = &request->answer;

    asl__http_answer_free(answer);
    answer->no_body = strcmp(request->spec.method, "HEAD") == 0;
    answer->as_sent = request->spec.as_sent;
    answer->max_body = request->spec.max_body;
    answer->pool = request->spec.pool;
    asl__http_answer_begin(answer);
}

/* The connection stands: sends the request. */
static void go_busy(asl__http_connection *c)
{
    asl__http_request *request = c->request;

    c->state = ASL__HTTP_BUSY;
    c->cut = false;
    if (c->timer != NULL)
        event_del(c->timer);
    begin_answer(request);
    request->sent = 0;
    if (!asl__http_write_head(request)) {
        fail(c, ASL__HTTP_NO_MEMORY, "out of memory");
        return;
    }
    send_some(c);
}

void asl__http_serve(asl__http_connection *c, asl__http_request *request)
{
    request->state = ASL__REQUEST_RUNNING;
    request->connection = c;
    c->request = request;
    go_busy(c);
}

/* ---- TLS and tunnels -------------------------------------------------------------- */

static void shake_hands(asl__http_connection *c)
{
    char why[ASL__HTTP_MESSAGE] = "";
    int result = c->http->options.tls->handshake(c->session, why);

    want_writable(c, result == ASL__TLS_WANTS_WRITE);
    if (result == 1)
        go_busy(c);
    else if (result == ASL__TLS_FAILED)
        fail(c, ASL__HTTP_UNTRUSTED, why);
}

static void begin_tls(asl__http_connection *c)
{
    const asl__http_tls *tls = c->http->options.tls;
    asl__tls_peer peer = { .fd = c->fd,
                           .host = c->origin->peer.host,
                           .resume = &c->origin->resume };
    char why[ASL__HTTP_MESSAGE] = "";

    if (c->http->secure == NULL)
        c->http->secure = tls->open(&c->http->options, why);
    if (c->http->secure == NULL) {
        fail(c, ASL__HTTP_UNTRUSTED, why);
        return;
    }
    c->session = tls->begin(c->http->secure, &peer);
    if (c->session == NULL) {
        fail(c, ASL__HTTP_NO_MEMORY, "out of memory");
        return;
    }
    c->state = ASL__HTTP_HANDSHAKE;
    shake_hands(c);
}

/* Asks the proxy for a connection to the origin. */
static void begin_tunnel(asl__http_connection *c)
{
    struct asl__buf head = ASL__BUF_INIT;

    c->state = ASL__HTTP_TUNNEL;
    c->tunnel = calloc(1, sizeof *c->tunnel);
    asl__http_write_connect(&head, c->origin);
    if (c->tunnel == NULL || head.failed) {
        asl__buf_free(&head);
        fail(c, ASL__HTTP_NO_MEMORY, "out of memory");
        return;
    }
    c->tunnel->no_body = true;
    asl__http_answer_begin(c->tunnel);
    /* A new connection takes as much at once. */
    ssize_t n = write(c->fd, head.data, head.len);
    bool sent = n == (ssize_t)head.len;
    asl__buf_free(&head);
    if (!sent)
        fail(c, ASL__HTTP_NO_CONNECTION, "takes no CONNECT");
}

/* What the proxy has said to CONNECT. */
static void end_tunnel(asl__http_connection *c)
{
    char why[ASL__HTTP_MESSAGE];
    const struct asl__http_answer *answer = c->tunnel;

    if (answer->state == ASL__ANSWER_FAILED) {
        fail(c, ASL__HTTP_NO_CONNECTION, answer->message);
        return;
    }
    if (answer->status / 100 != 2) {
        snprintf(why, sizeof why, "refuses CONNECT: %d %.100s", answer->status,
                 answer->reason);
        fail(c, ASL__HTTP_NO_CONNECTION, why);
        return;
    }
    begin_tls(c);
}

/* Byte by byte, so that nothing of what comes behind is lost. */
static void read_tunnel(asl__http_connection *c)
{
    char byte;
    ssize_t n = 0;

    while (!asl__http_answer_is_over(c->tunnel)) {
        n = read(c->fd, &byte, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0)
            asl__http_answer_close(c->tunnel, n == 0);
        else
            asl__http_answer_feed(c->tunnel, &byte, 1);
    }
    end_tunnel(c);
}

/* ---- connecting ------------------------------------------------------------------ */

/* The time for what is tried next: the connection's, shared among what is left to try. */
static void set_timer(asl__http_connection *c, size_t tries)
{
    int64_t left = (c->deadline - asl__http_now()) / (int64_t)(tries > 0 ? tries : 1);
    struct timeval after;

    left = left > 1 ? left : 1;
    after.tv_sec = left / 1000;
    after.tv_usec = left % 1000 * 1000;
    event_add(c->timer, &after);
}

/* Begins to connect to ADDRESS; an errno value or 0. */
static int connect_to(asl__http_connection *c, const asl__http_address *address)
{
    static const int on = 1;
    struct event_base *base = asl__loop_base(c->http->loop);
    asl__http_address target = *address;
    bool v4 = target.any.sa_family == AF_INET;

    if (v4)
        target.v4.sin_port = htons(peer_of(c)->port);
    else
        target.v6.sin6_port = htons(peer_of(c)->port);
    c->fd = socket(target.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0)
        return errno;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(c->fd, &target.any, v4 ? sizeof target.v4 : sizeof target.v6) < 0 &&
        errno != EINPROGRESS)
        return errno;
    c->readable = event_new(base, c->fd, EV_READ | EV_PERSIST, on_event, c);
    c->writable = event_new(base, c->fd, EV_WRITE | EV_PERSIST, on_event, c);
    if (c->readable == NULL || c->writable == NULL || event_add(c->writable, NULL) < 0)
        return ENOMEM;
    c->writing = true;
    return 0;
}

static bool is_shortage(int error)
{
    return error == EMFILE || error == ENFILE;
}

/* Tries the addresses that are left. */
static void try_next(asl__http_connection *c)
{
    while (c->address < c->addresses.count) {
        int error = connect_to(c, &c->addresses.list[c->address++]);
        if (error == 0) {
            c->state = ASL__HTTP_CONNECTING;
            set_timer(c, c->addresses.count - c->address + 1);
            return;
        }
        close_descriptor(c);
        c->error = error;
        if (is_shortage(error))
            break;
    }
    if (is_shortage(c->error)) {
        asl__http_request *request = detach(c);
        int error = c->error;
        asl__http_close(c);
        if (!asl__http_starve(request))
            asl__http_fail(request, ASL__HTTP_NO_CONNECTION, text_of(error));
        return;
    }
    fail(c, ASL__HTTP_NO_CONNECTION, text_of(c->error));
}

/* The system has decided on connect(). */
static void on_connected(asl__http_connection *c)
{
    int error = 0;
    socklen_t size = sizeof error;

    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
        error = errno;
    if (error != 0) {
        close_descriptor(c);
        c->error = error;
        try_next(c);
        return;
    }
    want_writable(c, false);
    set_timer(c, 1);
    if (event_add(c->readable, NULL) < 0)
        fail(c, ASL__HTTP_NO_MEMORY, "out of memory");
    else if (!c->origin->tls)
        go_busy(c);
    else if (c->origin->proxy != NULL)
        begin_tunnel(c);
    else
        begin_tls(c);
}

static void on_name(asl__http_lookup *lookup, const asl__http_addresses *found,
                    const char *why)
{
    asl__http_connection *c = (asl__http_connection *)(void *)lookup;

    if (found == NULL) {
        fail(c, ASL__HTTP_NO_NAME, why);
        return;
    }
    c->addresses = *found;
    try_next(c);
}

bool asl__http_open(asl__http_origin *origin, asl__http_request *request)
{
    asl__http *http = origin->http;
    asl__http_connection *c = calloc(1, sizeof *c);
    long timeout = request->spec.connect_timeout;
    struct event_base *base = asl__loop_base(http->loop);

    if (http->names == NULL)
        http->names = asl__http_names_new(base, &http->options);
    if (c != NULL && http->names != NULL)
        c->timer = event_new(base, -1, 0, on_timer, c);
    if (c == NULL || c->timer == NULL) {
        free(c);
        return false;
    }
    c->http = http;
    c->origin = origin;
    c->fd = -1;
    c->lookup.done = on_name;
    c->request = request;
    request->connection = c;
    request->state = ASL__REQUEST_RUNNING;
    origin->open++;
    http->open++;
    c->deadline = asl__http_now() + (timeout > 0 ? timeout : CONNECT_TIMEOUT);
    set_timer(c, 1);
    asl__http_names_ask(http->names, peer_of(c)->host, &c->lookup);
    return true;
}

/* ---- events --------------------------------------------------------------------- */

static void on_timer(evutil_socket_t fd, short what, void *user)
{
    asl__http_connection *c = user;

    (void)fd;
    (void)what;
    if (c->state == ASL__HTTP_RESOLVING) {
        fail(c, ASL__HTTP_NO_NAME, "no name server answers in time");
    } else if (c->state == ASL__HTTP_CONNECTING) {
        close_descriptor(c);
        c->error = ETIMEDOUT;
        try_next(c);
    } else {
        fail(c, ASL__HTTP_NO_CONNECTION,
             c->state == ASL__HTTP_TUNNEL ? "no answer to CONNECT in time"
                                          : "TLS is not agreed on in time");
    }
}

/* Something can be read or written. */
static void go_on(asl__http_connection *c)
{
    switch (c->state) {
    case ASL__HTTP_RESOLVING: break;
    case ASL__HTTP_CONNECTING: on_connected(c); break;
    case ASL__HTTP_TUNNEL: read_tunnel(c); break;
    case ASL__HTTP_HANDSHAKE: shake_hands(c); break;
    case ASL__HTTP_BUSY:
        if (receive_some(c))
            send_some(c);
        break;
    case ASL__HTTP_IDLE: asl__http_close(c); break; /* ended, or not asked for */
    }
}

static void on_event(evutil_socket_t fd, short what, void *user)
{
    (void)fd;
    (void)what;
    go_on(user);
}
