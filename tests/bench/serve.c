/* An HTTP server that answers every request with {"ok":true}, at once or after a while.
 *
 * usage: serve MILLISECONDS
 * Prints its port; at the end of its standard input it prints how many requests it has had,
 * how many of them at once, and over how many connections, and ends. */
#include "floor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST 20000 /* descriptors */
#define REQUEST 8192

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                             "Content-Length: 11\r\n\r\n{\"ok\":true}";

struct connection {
    char text[REQUEST]; /* of the request so far */
    size_t len;
};

/* A request that is to be answered later; they come in the order of their times. */
struct due {
    int fd;
    double at;
};

static struct connection *connections[MOST];
static struct due waiting[MOST];
static size_t first, count, most, requests, opened;
static int queue;

static void reply(int fd)
{
    if (write(fd, answer, sizeof answer - 1) != (ssize_t)(sizeof answer - 1))
        perror("serve: write");
}

/* The length of the whole request in C, or 0: it is not all there. */
static size_t whole(struct connection *c)
{
    c->text[c->len] = '\0';
    char *end = strstr(c->text, "\r\n\r\n");
    char *field = strstr(c->text, "Content-Length: ");

    if (end == NULL)
        return 0;
    size_t size = (size_t)(end - c->text) + 4;
    if (field != NULL && field < end)
        size += strtoul(field + 16, NULL, 10);
    return size <= c->len ? size : 0;
}

static void hang_up(int fd)
{
    free(connections[fd]);
    connections[fd] = NULL;
    close(fd);
}

static void on_readable(int fd, double delay)
{
    struct connection *c = connections[fd];
    ssize_t n = read(fd, c->text + c->len, REQUEST - 1 - c->len);

    if (n <= 0) {
        if (n == 0 || errno != EAGAIN)
            hang_up(fd);
        return;
    }
    c->len += (size_t)n;
    if (whole(c) == 0)
        return;
    c->len = 0;
    requests++;
    if (delay == 0) {
        reply(fd);
        return;
    }
    waiting[(first + count++) % MOST] = (struct due){ fd, now() + delay };
    most = count > most ? count : most;
}

static void take_connections(int listener)
{
    static const int on = 1;
    int fd;

    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        connections[fd] = calloc(1, sizeof **connections);
        opened++;
        epoll_ctl(queue, EPOLL_CTL_ADD, fd, &event);
    }
}

/* Answers what is due; milliseconds until the next, -1: nothing waits. */
static int answer_due(void)
{
    while (count > 0) {
        double left = waiting[first].at - now();
        if (left > 0)
            return (int)(left * 1e3) + 1;
        reply(waiting[first].fd);
        first = (first + 1) % MOST;
        count--;
    }
    return -1;
}

static int listen_somewhere(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, 8192) < 0)
        exit(2);
    getsockname(fd, (struct sockaddr *)&address, &size);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static void watch(int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

    epoll_ctl(queue, EPOLL_CTL_ADD, fd, &event);
}

int main(int argc, char **argv)
{
    struct epoll_event events[256];
    double delay = argc > 1 ? atof(argv[1]) / 1e3 : 0;
    struct rlimit limit = { MOST, MOST };

    setrlimit(RLIMIT_NOFILE, &limit);
    queue = epoll_create1(EPOLL_CLOEXEC);
    int listener = listen_somewhere();
    watch(listener);
    watch(0);
    for (;;) {
        int n = epoll_wait(queue, events, 256, answer_due());
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            if (fd == 0) {
                printf("%zu %zu %zu\n", requests, most, opened);
                return 0;
            }
            if (fd == listener)
                take_connections(listener);
            else
                on_readable(fd, delay);
        }
    }
}
