/* See server.h.  libevent's evhttp does the protocol.  It does not look whether a client is
 * still there while it waits for a reply; a watch on the descriptor does. */
#include "value/base.h"

#include "io/loop_base.h"
#include "io/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define MOST_HEADERS 16384
#define TIMEOUT_SECONDS 120 /* of a client that sends or reads nothing */
#define BACKLOG 128
#define GRACE_MILLISECONDS 1000 /* for replies that are on their way at the end */

struct asl__request {
    struct evhttp_request *http;
    asl__server *server;
    char *body; /* in one piece */
    size_t len;
    asl__fd_watch *watch;
    int fd;
    void (*gone)(void *user);
    void *user;
    asl__request *before, *after; /* server->requests */
};

struct asl__server {
    asl__closure task; /* first: on the loop's thread, opens and closes */
    asl__loop *loop;
    asl__server_options options;
    char *address; /* as it is told */
    char *path;    /* of a unix socket; NULL: none */
    dev_t device;  /* of it */
    ino_t inode;
    int fd; /* until evhttp has it */
    struct evhttp *http;
    struct evhttp_bound_socket *bound; /* to fd */
    asl__request *requests; /* the loop's thread */
    size_t sending;         /* replies on their way */
    bool closing;
    asl__fd_watch *grace;
    uint64_t count;
    pthread_mutex_t lock; /* guards done */
    pthread_cond_t changed;
    bool done; /* the task has run */
};

/* ---- requests ------------------------------------------------------------------- */

const char *asl__request_field(const asl__request *request, const char *name)
{
    return evhttp_find_header(evhttp_request_get_input_headers(request->http), name);
}

const char *asl__request_body(const asl__request *request, size_t *len)
{
    *len = request->len;
    return request->body;
}

static void unlink_request(asl__request *request)
{
    if (request->before != NULL)
        request->before->after = request->after;
    else
        request->server->requests = request->after;
    if (request->after != NULL)
        request->after->before = request->before;
}

/* A reply has been sent, all of it. */
static void on_sent(struct evhttp_request *http, void *user)
{
    asl__server *server = user;

    (void)http;
    if (--server->sending == 0 && server->closing)
        asl__loop_post(server->loop, &server->task);
}

void asl__request_reply(asl__request *request, int status, const char *type,
                        const struct asl__buf *body)
{
    struct evkeyvalq *fields = evhttp_request_get_output_headers(request->http);
    struct evbuffer *data = evbuffer_new();
    char id[37];

    unlink_request(request);
    asl__fd_watch_close(request->watch);
    if (evhttp_request_get_connection(request->http) != NULL) { /* else nobody is there */
        request->server->sending++;
        evhttp_request_set_on_complete_cb(request->http, on_sent, request->server);
    }
    snprintf(id, sizeof id, "00000000-0000-4000-8000-%012llx",
             (unsigned long long)++request->server->count);
    evhttp_add_header(fields, "Content-Type", type);
    evhttp_add_header(fields, "x-amzn-RequestId", id);
    if (data != NULL && !body->failed && evbuffer_add(data, body->data, body->len) == 0)
        evhttp_send_reply(request->http, status, NULL, data);
    else
        evhttp_send_error(request->http, HTTP_INTERNAL, NULL);
    if (data != NULL)
        evbuffer_free(data);
    free(request->body);
    free(request);
}

/* The client's descriptor is readable: it has gone, or sends the next request early. */
static void on_readable(void *user)
{
    asl__request *request = user;
    char byte;
    ssize_t n = recv(request->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    asl__fd_watch_close(request->watch);
    request->watch = NULL;
    if (n <= 0)
        request->gone(request->user);
}

void asl__request_watch(asl__request *request, void (*gone)(void *user), void *user)
{
    struct evhttp_connection *c = evhttp_request_get_connection(request->http);
    struct bufferevent *stream = c != NULL ? evhttp_connection_get_bufferevent(c) : NULL;

    request->gone = gone;
    request->user = user;
    request->fd = stream != NULL ? bufferevent_getfd(stream) : -1;
    if (request->fd >= 0) /* without memory the reply will find out */
        request->watch = asl__loop_watch(request->server->loop, request->fd, ASL__READABLE,
                                         on_readable, request);
}

/* Copies the body in one piece; false without memory. */
static bool take_body(asl__request *request)
{
    struct evbuffer *input = evhttp_request_get_input_buffer(request->http);

    request->len = evbuffer_get_length(input);
    request->body = malloc(request->len + 1);
    if (request->body == NULL)
        return false;
    request->body[request->len] = '\0';
    return evbuffer_remove(input, request->body, request->len) == (int)request->len;
}

static void on_request(struct evhttp_request *http, void *user)
{
    asl__server *server = user;
    asl__request *request = calloc(1, sizeof *request);

    if (request != NULL)
        request->http = http;
    if (request == NULL || server->closing || !take_body(request)) {
        if (request != NULL)
            free(request->body);
        free(request);
        evhttp_send_error(http, server->closing ? HTTP_SERVUNAVAIL : HTTP_INTERNAL, NULL);
        return;
    }
    request->server = server;
    request->after = server->requests;
    if (request->after != NULL)
        request->after->before = request;
    server->requests = request;
    server->options.serve(request, server->options.user);
}

/* ---- addresses ------------------------------------------------------------------ */

bool asl__server_is_port(const char *address, size_t *host)
{
    const char *colon = strrchr(address, ':');

    if (colon == NULL || strchr(address, '/') != NULL || colon[1] == '\0' ||
        colon[1 + strspn(colon + 1, "0123456789")] != '\0')
        return false;
    *host = (size_t)(colon - address);
    return true;
}

static int refuse(int fd, const char *address, struct asl__buf *error)
{
    const char *why = strerrordesc_np(errno);

    asl__buf_printf(error, "%s: %s", address, why != NULL ? why : "unknown error");
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Whether somebody listens at the unix socket of the name NAME. */
static bool is_in_use(const struct sockaddr_un *name)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool used =
        fd >= 0 && (connect(fd, (const struct sockaddr *)name, sizeof *name) == 0 ||
                    errno == EAGAIN);

    if (fd >= 0)
        close(fd);
    return used;
}

/* A socket that is left from a program that is gone makes room. */
static bool remove_stale(const struct sockaddr_un *name)
{
    struct stat status;

    if (lstat(name->sun_path, &status) != 0)
        return errno == ENOENT;
    if (!S_ISSOCK(status.st_mode) || is_in_use(name)) {
        errno = EADDRINUSE;
        return false;
    }
    return unlink(name->sun_path) == 0;
}

static int listen_at_path(asl__server *server, struct asl__buf *error)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    struct stat status;
    size_t len = strlen(server->path);

    if (len >= sizeof name.sun_path) {
        errno = ENAMETOOLONG;
        return refuse(-1, server->path, error);
    }
    memcpy(name.sun_path, server->path, len + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* The mode of the socket that bind makes is that of the descriptor. */
    if (fd < 0 || !remove_stale(&name) || fchmod(fd, 0600) != 0 ||
        bind(fd, (const struct sockaddr *)&name, sizeof name) != 0 ||
        lstat(server->path, &status) != 0 || listen(fd, BACKLOG) != 0)
        return refuse(fd, server->path, error);
    server->device = status.st_dev;
    server->inode = status.st_ino;
    return fd;
}

static int listen_at(const struct addrinfo *address)
{
    int on = 1, fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

/* The port that FD has got, in place of the 0 that may have been asked for. */
static void tell_port(asl__server *server, int fd, size_t host)
{
    struct sockaddr_storage name;
    socklen_t size = sizeof name;
    in_port_t port = 0;

    if (getsockname(fd, (struct sockaddr *)&name, &size) == 0)
        port = name.ss_family == AF_INET6
                   ? ((const struct sockaddr_in6 *)(const void *)&name)->sin6_port
                   : ((const struct sockaddr_in *)(const void *)&name)->sin_port;
    snprintf(server->address + host, 7, ":%u", (unsigned)ntohs(port));
}

static int listen_at_port(asl__server *server, size_t host, struct asl__buf *error)
{
    struct addrinfo wanted = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE }, *found;
    const char *port = server->options.address + host + 1;
    bool bracketed = host > 1 && server->address[0] == '[' && server->address[host - 1] == ']';
    char *name = strndup(server->address + bracketed, host - 2 * (size_t)bracketed);
    int fd = -1;

    int why = name != NULL ? getaddrinfo(*name != '\0' ? name : "127.0.0.1", port, &wanted, &found)
                           : EAI_MEMORY;
    free(name);
    if (why != 0) {
        asl__buf_printf(error, "%s: %s", server->options.address, gai_strerror(why));
        return -1;
    }
    for (const struct addrinfo *a = found; a != NULL && fd < 0; a = a->ai_next)
        fd = listen_at(a);
    int number = errno;
    freeaddrinfo(found);
    errno = number;
    if (fd < 0)
        return refuse(-1, server->options.address, error);
    tell_port(server, fd, host);
    return fd;
}

/* ---- the server ------------------------------------------------------------------- */

/* Runs RUN on the loop's thread and waits for that. */
static void run_there(asl__server *server, void (*run)(asl__closure *closure))
{
    server->done = false;
    server->task.run = run;
    asl__loop_post(server->loop, &server->task);
    pthread_mutex_lock(&server->lock);
    while (!server->done)
        pthread_cond_wait(&server->changed, &server->lock);
    pthread_mutex_unlock(&server->lock);
}

static void tell_done(asl__server *server)
{
    pthread_mutex_lock(&server->lock);
    server->done = true;
    pthread_cond_signal(&server->changed);
    pthread_mutex_unlock(&server->lock);
}

static void open_there(asl__closure *closure)
{
    asl__server *server = (asl__server *)(void *)closure;
    struct evhttp *http = evhttp_new(asl__loop_base(server->loop));

    if (http != NULL)
        server->bound = evhttp_accept_socket_with_handle(http, server->fd);
    if (server->bound != NULL) {
        server->http = http;
        server->fd = -1;
        evhttp_set_allowed_methods(http, EVHTTP_REQ_POST);
        evhttp_set_max_headers_size(http, MOST_HEADERS);
        evhttp_set_max_body_size(http, (ev_ssize_t)server->options.max_body);
        evhttp_set_timeout(http, TIMEOUT_SECONDS);
        evhttp_set_gencb(http, on_request, server);
    } else if (http != NULL) {
        evhttp_free(http);
    }
    tell_done(server);
}

/* All has been sent, or had its time. */
static void finish_there(asl__closure *closure)
{
    asl__server *server = (asl__server *)(void *)closure;

    asl__fd_watch_close(server->grace);
    if (server->http != NULL)
        evhttp_free(server->http);
    server->http = NULL;
    asl__loop_unpost(server->loop, &server->task);
    tell_done(server);
}

static void on_grace_over(void *user)
{
    asl__server *server = user;

    asl__loop_post(server->loop, &server->task);
}

static void close_there(asl__closure *closure)
{
    asl__server *server = (asl__server *)(void *)closure;
    struct asl__buf none = ASL__BUF_INIT;

    server->closing = true;
    server->task.run = finish_there;
    evhttp_del_accept_socket(server->http, server->bound);
    while (server->requests != NULL) {
        asl__request *request = server->requests;
        if (request->gone != NULL)
            request->gone(request->user);
        if (server->requests == request)
            asl__request_reply(request, HTTP_SERVUNAVAIL, "text/plain", &none);
    }
    if (server->sending > 0)
        server->grace =
            asl__loop_timer(server->loop, GRACE_MILLISECONDS, on_grace_over, server);
    if (server->grace == NULL)
        finish_there(closure);
}

static void free_server(asl__server *server)
{
    if (server->fd >= 0)
        close(server->fd);
    pthread_cond_destroy(&server->changed);
    pthread_mutex_destroy(&server->lock);
    free(server->address);
    free(server->path);
    free(server);
}

/* The socket that is to be listened at; -1 with a message. */
static int open_socket(asl__server *server, struct asl__buf *error)
{
    const char *address = server->options.address;
    size_t host, len = strlen(address);

    server->address = calloc(1, len + 8);
    if (server->address == NULL) {
        errno = ENOMEM;
        return refuse(-1, address, error);
    }
    memcpy(server->address, address, len);
    if (asl__server_is_port(address, &host))
        return listen_at_port(server, host, error);
    server->path = strdup(address);
    if (server->path != NULL)
        return listen_at_path(server, error);
    return refuse(-1, address, error);
}

/* Removes the unix socket, if it is still the server's. */
static void remove_socket(const asl__server *server)
{
    struct stat status;

    if (server->path != NULL && lstat(server->path, &status) == 0 &&
        status.st_dev == server->device && status.st_ino == server->inode)
        unlink(server->path);
}

asl__server *asl__server_open(asl__loop *loop, const asl__server_options *options,
                              struct asl__buf *error)
{
    asl__server *server = calloc(1, sizeof *server);

    if (server == NULL) {
        asl__buf_append_cstring(error, "out of memory");
        return NULL;
    }
    server->loop = loop;
    server->options = *options;
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->changed, NULL);
    server->fd = open_socket(server, error);
    if (server->fd >= 0) {
        run_there(server, open_there);
        if (server->http != NULL)
            return server;
        asl__buf_append_cstring(error, "out of memory");
        remove_socket(server);
    }
    free_server(server);
    return NULL;
}

const char *asl__server_address(const asl__server *server)
{
    return server->address;
}

void asl__server_close(asl__server *server)
{
    if (server == NULL)
        return;
    remove_socket(server);
    run_there(server, close_there);
    free_server(server);
}
