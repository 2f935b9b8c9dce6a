/* What the HTTP client wants of TLS; tls.c has it from OpenSSL.  Everything is called on
 * the loop's thread. */
#ifndef ASL_IO_HTTP_TLS_H
#define ASL_IO_HTTP_TLS_H

#include "io/http.h"

#include <sys/types.h>

/* What an operation gives where it gives no number of bytes. */
enum asl__tls_result {
    ASL__TLS_CLOSED = 0,      /* the other side has ended it in good order */
    ASL__TLS_WANTS_READ = -1, /* try again when the descriptor is readable */
    ASL__TLS_WANTS_WRITE = -2,
    ASL__TLS_FAILED = -3 /* with a message */
};

/* Where a message goes: at most ASL__HTTP_MESSAGE bytes with the NUL. */
#define ASL__HTTP_MESSAGE 256

typedef struct asl__tls_context asl__tls_context;
typedef struct asl__tls_session asl__tls_session;

/* A connection about to be made secure. */
typedef struct asl__tls_peer {
    int fd;           /* connected; stays the caller's */
    const char *host; /* name or address that the certificate must be for */
    void **resume; /* what the last session left for this one; NULL: nothing.  Freed by
                         forget; outlives the session */
} asl__tls_peer;

struct asl__http_tls {
    /* Reads the certificates that are trusted.  NULL with a message. */
    asl__tls_context *(*open)(const asl__http_options *options, char *why);
    void (*close)(asl__tls_context *context);
    /* NULL without memory. */
    asl__tls_session *(*begin)(asl__tls_context *context, const asl__tls_peer *peer);
    void (*end)(asl__tls_session *session);
    /* 1, or an asl__tls_result. */
    int (*handshake)(asl__tls_session *session, char *why);
    /* Bytes, or an asl__tls_result. */
    ssize_t (*read)(asl__tls_session *session, char *data, size_t len, char *why);
    ssize_t (*write)(asl__tls_session *session, const char *data, size_t len,
                     char *why);
    /* Frees what *RESUME points to. */
    void (*forget)(void **resume);
};

#endif
