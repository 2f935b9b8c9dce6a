/* For tests of the HTTP client: a server that answers as it is told, one request after the
 * other, and a client that asks and waits. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "io/http.h"
#include "value/buf.h"

#include <arpa/inet.h>
#include <check.h>
#include <pthread.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/* What a server does with a request. */
struct step {
    const char *answer; /* NULL: none; "": nothing, and the connection stays */
    bool end;           /* closes the connection */
};

struct server {
    int fd, port;
    pthread_t thread;
    struct step steps[16];    /* the last has neither */
    int done, connections;    /* connections: atomic */
    struct asl__buf sent[16]; /* requests as they came, without their bodies */
};

/* Reads a request's header into TO; false at the end of the connection. */
static inline bool read_request(int fd, struct asl__buf *to)
{
    char c;

    for (;;) {
        if (read(fd, &c, 1) != 1)
            return false;
        asl__buf_append_char(to, c);
        if (to->len >= 4 && memcmp(to->data + to->len - 4, "\r\n\r\n", 4) == 0)
            return true;
    }
}

/* Serves a connection; false once there are no more steps. */
static inline bool serve_one(struct server *server, int fd)
{
    for (;;) {
        const struct step *step = &server->steps[server->done];
        bool over = step->answer == NULL && !step->end;
        struct asl__buf *sent = &server->sent[server->done];
        if (over || !read_request(fd, sent))
            return !over;
        server->done++;
        if (step->answer != NULL)
            ck_assert_int_eq(write(fd, step->answer, strlen(step->answer)),
                             (ssize_t)strlen(step->answer));
        if (step->end)
            return true;
    }
}

static inline void *run_server(void *user)
{
    struct server *server = user;
    bool more = true;

    while (more) {
        int fd = accept(server->fd, NULL, NULL);
        if (fd < 0)
            break;
        __atomic_add_fetch(&server->connections, 1, __ATOMIC_SEQ_CST);
        more = serve_one(server, fd);
        close(fd);
    }
    return NULL;
}

static inline struct server *server_new(const struct step *steps)
{
    struct server *server = calloc(1, sizeof *server);
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;

    for (int i = 0; steps[i].answer != NULL || steps[i].end; i++)
        server->steps[i] = steps[i];
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(server->fd, (struct sockaddr *)&address, size), 0);
    ck_assert_int_eq(listen(server->fd, 16), 0);
    getsockname(server->fd, (struct sockaddr *)&address, &size);
    server->port = ntohs(address.sin_port);
    pthread_create(&server->thread, NULL, run_server, server);
    return server;
}

static inline void server_free(struct server *server)
{
    shutdown(server->fd, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->fd);
    for (size_t i = 0; i < ASL__COUNT_OF(server->sent); i++)
        asl__buf_free(&server->sent[i]);
    free(server);
}

static inline int server_connections(const struct server *server)
{
    return __atomic_load_n(&server->connections, __ATOMIC_SEQ_CST);
}

/* Request INDEX was WANTED, in which PORT is the server's. */
static inline void check_sent(struct server *server, int index, const char *wanted)
{
    const char *port = strstr(wanted, "PORT");
    struct asl__buf text = ASL__BUF_INIT;

    asl__buf_append(&text, wanted, (size_t)(port - wanted));
    asl__buf_printf(&text, "%d%s", server->port, port + 4);
    ck_assert_str_eq(asl__buf_cstring(&server->sent[index]), asl__buf_cstring(&text));
    asl__buf_free(&text);
}

/* A name server: good.test is 127.0.0.1, silent.test never answered, others are not there. */
struct names {
    int fd, asked; /* asked: atomic */
    pthread_t thread;
    char folder[32], conf[64]; /* a resolv.conf that names it */
};

static inline void *run_names(void *user)
{
    static const char good[] = "\4good\4test", silent[] = "\6silent\4test";
    struct names *names = user;
    unsigned char text[512];
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    ssize_t n;

    while ((n = recvfrom(names->fd, text, sizeof text - 16, 0, (struct sockaddr *)&from,
                         &size)) > 12) {
        const char *name = (const char *)text + 12;
        size_t end = 12 + strlen(name) + 1 + 4; /* behind the question */
        bool is_a = text[end - 3] == 1, is_good = strcasecmp(name, good) == 0;
        __atomic_add_fetch(&names->asked, 1, __ATOMIC_SEQ_CST);
        if (strcasecmp(name, silent) == 0)
            continue;
        text[2] = 0x81;
        text[3] = is_good ? 0x80 : 0x83; /* no error, or no such name */
        memcpy(text + 6, is_good && is_a ? "\0\1\0\0\0\0" : "\0\0\0\0\0\0", 6);
        if (is_good && is_a)
            memcpy(text + end, "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1", 16);
        sendto(names->fd, text, end + (is_good && is_a ? 16 : 0), 0,
               (struct sockaddr *)&from, size);
    }
    return NULL;
}

static inline struct names *names_new(void)
{
    struct names *names = calloc(1, sizeof *names);
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;

    names->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(names->fd, (struct sockaddr *)&address, size), 0);
    getsockname(names->fd, (struct sockaddr *)&address, &size);
    snprintf(names->folder, sizeof names->folder, "/tmp/check_http_XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(names->folder));
    snprintf(names->conf, sizeof names->conf, "%s/resolv.conf", names->folder);
    FILE *file = fopen(names->conf, "w");
    fprintf(file, "nameserver 127.0.0.1:%d\n", ntohs(address.sin_port));
    fclose(file);
    pthread_create(&names->thread, NULL, run_names, names);
    return names;
}

static inline void names_free(struct names *names)
{
    shutdown(names->fd, SHUT_RDWR);
    pthread_join(names->thread, NULL);
    close(names->fd);
    unlink(names->conf);
    rmdir(names->folder);
    free(names);
}

struct client {
    asl__loop *loop;
    asl__http *http;
    asl__http_request *request;
    asl__http_spec spec;
    asl__closure start, stop;
    long timeout, connect_timeout; /* milliseconds */
    bool cancel;                   /* once it has started */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool over; /* guarded by lock */
};

static inline struct client *client_new(const asl__http_options *options)
{
    static const asl__http_options none;
    struct client *client = calloc(1, sizeof *client);

    client->loop = asl__loop_new();
    client->http = asl__http_new(client->loop, options != NULL ? options : &none);
    ck_assert_ptr_nonnull(client->http);
    pthread_mutex_init(&client->lock, NULL);
    pthread_cond_init(&client->changed, NULL);
    return client;
}

static inline void client_free(struct client *client)
{
    asl__http_free(client->http);
    asl__loop_free(client->loop);
    free(client);
}

static inline void client_ended(void *user)
{
    struct client *client = user;

    pthread_mutex_lock(&client->lock);
    client->over = true;
    pthread_cond_signal(&client->changed);
    pthread_mutex_unlock(&client->lock);
}

static inline void client_stop(asl__closure *closure)
{
    struct client *client =
        (struct client *)(void *)((char *)closure - offsetof(struct client, stop));

    asl__http_cancel(client->request);
}

static inline void client_start(asl__closure *closure)
{
    struct client *client =
        (struct client *)(void *)((char *)closure - offsetof(struct client, start));

    asl__http_start(client->request, &client->spec);
    if (client->cancel)
        asl__loop_post(client->loop, &client->stop);
}

/* Asks SPEC; "STATUS BODY" or "END MESSAGE", to be freed. */
static inline char *ask(struct client *client, const asl__http_spec *spec)
{
    static const char *const ends[] = { "ANSWERED", "BAD_URL",       "NO_TLS",
                                        "NO_NAME",  "NO_CONNECTION", "UNTRUSTED",
                                        "BROKEN",   "GARBLED",       "TIMEOUT",
                                        "TOO_MUCH", "NO_MEMORY",     "CANCELLED" };
    struct asl__buf text = ASL__BUF_INIT;

    client->request = asl__http_request_new(client->http);
    client->spec = *spec;
    client->spec.timeout = client->timeout;
    client->spec.connect_timeout = client->connect_timeout;
    client->spec.ended = client_ended;
    client->spec.user = client;
    client->start.run = client_start;
    client->stop.run = client_stop;
    client->over = false;
    asl__loop_post(client->loop, &client->start);
    pthread_mutex_lock(&client->lock);
    while (!client->over)
        pthread_cond_wait(&client->changed, &client->lock);
    pthread_mutex_unlock(&client->lock);
    asl__http_result r = asl__http_result_of(client->request);
    if (r.end == ASL__HTTP_ANSWERED)
        asl__buf_printf(&text, "%d %.*s", r.status, (int)r.body_len, r.body);
    else
        asl__buf_printf(&text, "%s %s", ends[r.end], r.message);
    asl__http_request_free(client->request);
    asl__buf_cstring(&text);
    return text.data;
}

static inline void check_url(struct client *client, const char *url, const char *wanted)
{
    asl__http_spec spec = { .method = "GET", .url = url, .max_body = 1 << 20 };
    char *text = ask(client, &spec);

    ck_assert_str_eq(text, wanted);
    free(text);
}

static inline void check_get(struct client *client, const struct server *server,
                             const char *path, const char *wanted)
{
    char url[128];

    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", server->port, path);
    check_url(client, url, wanted);
}

#endif
