/* An HTTP/1.1 client: connections that are kept alive and shared, TLS where it is linked,
 * proxies by the environment, and no thread per request.
 *
 *     free -- asl__http_start --> running -- answer, or none to be had --> ended(user)
 *                                   |  ^
 *                                   +--+ asl__http_cancel drops the connection
 *
 * All but making a request and what is asked after the end happens on the loop's thread.
 */
#ifndef ASL_IO_HTTP_H
#define ASL_IO_HTTP_H

#include "io/loop.h"

#include <stdint.h>

typedef struct asl__http asl__http;
typedef struct asl__http_request asl__http_request;

/* How TLS connections are made; module `tls` gives one. */
typedef struct asl__http_tls asl__http_tls;

typedef struct asl__http_options {
    const asl__http_tls *tls;  /* NULL: not linked, https fails */
    char *const *env;          /* NULL at the end: http_proxy, no_proxy, SSL_CERT_FILE, ... */
    bool insecure;             /* certificates are not checked */
    size_t max_connections;    /* open at once to one host; 0: as descriptors allow */
    const char *hosts;         /* NULL: /etc/hosts */
    const char *resolv_conf;   /* NULL: /etc/resolv.conf */
} asl__http_options;

/* A client on LOOP; NULL with errno.  What OPTIONS point to must outlive it.  The process's
 * limit of descriptors is raised as far as it may be, to 65,536 at most. */
asl__http *asl__http_new(asl__loop *loop, const asl__http_options *options);
/* Closes what is kept alive.  No request may be running.  Not from the loop's thread. */
void asl__http_free(asl__http *http);

typedef struct asl__http_field {
    const char *name, *value;
} asl__http_field;

/* What to ask; all of it is borrowed until `ended` is called. */
typedef struct asl__http_spec {
    const char *method; /* "POST" */
    const char *url;    /* http or https, host, maybe a port, path and query, as they go out */
    const asl__http_field *fields; /* of the header; Connection and Content-Length are ours,
                                      Host and Accept-Encoding added where they are not there */
    size_t nfields;
    const char *body; /* NULL: none, and no Content-Length unless the method wants one */
    size_t body_len;
    long timeout;         /* milliseconds for all of it; 0: none */
    long connect_timeout; /* milliseconds until the connection stands; 0: 10,000 */
    size_t max_body;      /* bytes of the answer's body, decoded */
    bool as_sent;         /* a Content-Encoding of the answer is left as it is */
    struct asl__pool *pool;    /* where the body is counted; NULL: nowhere */
    void (*ended)(void *user); /* on the loop's thread, once */
    void *user;
} asl__http_spec;

enum asl__http_end {
    ASL__HTTP_ANSWERED,  /* whatever the status */
    ASL__HTTP_BAD_URL,   /* or method, or field */
    ASL__HTTP_NO_TLS,    /* https, and no TLS is linked */
    ASL__HTTP_NO_NAME,   /* the host's name does not resolve */
    ASL__HTTP_NO_CONNECTION,
    ASL__HTTP_UNTRUSTED, /* TLS could not be agreed, or the certificate is not good */
    ASL__HTTP_BROKEN,    /* the connection ended before the answer did */
    ASL__HTTP_GARBLED,   /* what came is no answer */
    ASL__HTTP_TIMEOUT,
    ASL__HTTP_TOO_MUCH,  /* more than max_body, or too large a header */
    ASL__HTTP_NO_MEMORY,
    ASL__HTTP_CANCELLED
};

/* How it ended.  Texts belong to the request. */
typedef struct asl__http_result {
    enum asl__http_end end;
    const char *message; /* what went wrong, in words, without the URL's query; "" if nothing */
    int status;          /* of an answer; 0: none */
    const char *reason;  /* "OK"; "" */
    const asl__http_field *fields; /* as they came, one for each line */
    size_t nfields;
    const char *body; /* decoded; followed by ASL_PARSE_PADDING readable bytes */
    size_t body_len;
} asl__http_result;

/* A request that is not started yet; NULL without memory. */
asl__http_request *asl__http_request_new(asl__http *http);
/* On the loop's thread.  A request on a kept-alive connection that the server closes before
 * any byte of an answer is sent once more on a new one.  `ended` is called in any case, never
 * before this returns. */
void asl__http_start(asl__http_request *request, const asl__http_spec *spec);
/* On the loop's thread: ends a running request; `ended` follows. */
void asl__http_cancel(asl__http_request *request);
/* After the end. */
asl__http_result asl__http_result_of(const asl__http_request *request);
/* The value of the first field of that name (any case), or NULL. */
const char *asl__http_field_of(const asl__http_result *result, const char *name);
/* Before the start or after the end. */
void asl__http_request_free(asl__http_request *request);

#endif
