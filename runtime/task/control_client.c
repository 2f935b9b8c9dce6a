/* The client of a program's control server: one request on a connection of its own, over
 * plain sockets. */
#include "value/base.h"

#include "io/server.h"
#include "task/control.h"

#include <errno.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int connect_path(const char *path)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    size_t len = strlen(path);

    if (len >= sizeof name.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(name.sun_path, path, len + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&name, sizeof name) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

static int connect_to(const struct addrinfo *address)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || connect(fd, address->ai_addr, address->ai_addrlen) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

static int connect_port(const char *address, size_t host, struct asl__buf *reply)
{
    struct addrinfo wanted = { .ai_socktype = SOCK_STREAM }, *found;
    bool bracketed = host > 1 && address[0] == '[' && address[host - 1] == ']';
    char *name = strndup(address + bracketed, host - 2 * (size_t)bracketed);
    int fd = -1;

    int why = name != NULL ? getaddrinfo(*name != '\0' ? name : "127.0.0.1",
                                         address + host + 1, &wanted, &found)
                           : EAI_MEMORY;
    free(name);
    if (why != 0) {
        asl__buf_printf(reply, "%s: %s", address, gai_strerror(why));
        return -1;
    }
    for (const struct addrinfo *a = found; a != NULL && fd < 0; a = a->ai_next)
        fd = connect_to(a);
    int number = errno;
    freeaddrinfo(found);
    errno = number;
    return fd;
}

static bool write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

static bool read_all(int fd, struct asl__buf *answer)
{
    char some[4096];
    ssize_t n;

    while ((n = recv(fd, some, sizeof some, 0)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        asl__buf_append(answer, some, (size_t)n);
    }
    return !answer->failed;
}

/* The status of the HTTP answer ANSWER, whose body REPLY gets; 0: it is none. */
static int read_answer(const struct asl__buf *answer, struct asl__buf *reply)
{
    const char *end = answer->len > 0 ? memmem(answer->data, answer->len, "\r\n\r\n", 4) : NULL;

    if (end == NULL || answer->len < 13 || memcmp(answer->data, "HTTP/1.", 7) != 0) {
        asl__buf_append_cstring(reply, "no HTTP answer");
        return 0;
    }
    asl__buf_append(reply, end + 4, answer->len - (size_t)(end + 4 - answer->data));
    int status = 0;
    for (const char *at = answer->data + 9; *at >= '0' && *at <= '9' && status < 1000; at++)
        status = status * 10 + (*at - '0');
    return status;
}

static int exchange(int fd, const char *operation, const struct asl__buf *input,
                    struct asl__buf *reply)
{
    struct asl__buf request = ASL__BUF_INIT, answer = ASL__BUF_INIT;
    int status = 0;

    asl__buf_printf(&request,
                    "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                    "Content-Type: application/x-amz-json-1.0\r\n"
                    "X-Amz-Target: AWSStepFunctions.%s\r\nContent-Length: %zu\r\n\r\n",
                    operation, input->len);
    asl__buf_append(&request, input->data, input->len);
    if (request.failed)
        errno = ENOMEM;
    /* What is too large is answered before it has been read to its end. */
    if (!request.failed &&
        (write_all(fd, request.data, request.len) || errno == EPIPE || errno == ECONNRESET) &&
        read_all(fd, &answer))
        status = read_answer(&answer, reply);
    else
        asl__buf_append_cstring(reply, strerrordesc_np(errno));
    asl__buf_free(&request);
    asl__buf_free(&answer);
    return status;
}

/* Has the server at ADDRESS do OPERATION.  The HTTP status; 0 if there is none to be had.
 * REPLY gets the reply's body, or what is wrong. */
static int call(const char *address, const char *operation, const struct asl__buf *input,
                struct asl__buf *reply)
{
    size_t host;
    int fd = asl__server_is_port(address, &host) ? connect_port(address, host, reply)
                                                 : connect_path(address);

    if (fd < 0) {
        if (reply->len == 0)
            asl__buf_printf(reply, "%s: %s", address, strerrordesc_np(errno));
        return 0;
    }
    int status = exchange(fd, operation, input, reply);
    close(fd);
    return status;
}

static void put_text(struct asl__buf *request, const char *key, const char *text, size_t len)
{
    if (text == NULL)
        return;
    asl__buf_append_char(request, request->len > 0 ? ',' : '{');
    asl__print_string(request, key, strlen(key));
    asl__buf_append_char(request, ':');
    asl__print_string(request, text, len);
}

/* What the server has refused, as its REPLY tells. */
static void read_refusal(const struct asl__buf *reply, int status, struct asl__buf *message)
{
    asl_region *region = asl_region_new();
    asl_value v = asl_undefined();
    asl_syntax_error why;

    if (region != NULL)
        (void)asl_parse(region, reply->data != NULL ? reply->data : "", reply->len, &v, &why);
    v = asl_get(v, "message");
    if (asl_is_string(v))
        asl__buf_append(message, asl_text(&v), asl_text_len(v));
    else
        asl__buf_printf(message, "the program has answered with status %d", status);
    asl_region_free(region);
}

static size_t length(const char *text)
{
    return text != NULL ? strlen(text) : 0;
}

enum asl__control_end asl__control_answer_task(const char *address,
                                               const asl__control_answer *answer,
                                               struct asl__buf *message)
{
    struct asl__buf request = ASL__BUF_INIT, reply = ASL__BUF_INIT;
    int status = 0;

    put_text(&request, "taskToken", answer->token, strlen(answer->token));
    put_text(&request, "output", answer->output, answer->output_len);
    put_text(&request, "error", answer->error, length(answer->error));
    put_text(&request, "cause", answer->cause, length(answer->cause));
    asl__buf_append_char(&request, '}');
    if (!request.failed)
        status = call(address, answer->operation, &request, &reply);
    if (request.failed)
        asl__buf_append_cstring(message, "out of memory");
    else if (status == 0)
        asl__buf_append(message, reply.data, reply.len);
    else if (status != 200)
        read_refusal(&reply, status, message);
    asl__buf_free(&request);
    asl__buf_free(&reply);
    if (status == 200)
        return ASL__CONTROL_TAKEN;
    return status == 0 ? ASL__CONTROL_NOBODY : ASL__CONTROL_REFUSED;
}
