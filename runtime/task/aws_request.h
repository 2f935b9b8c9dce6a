/* A request to a service of AWS on its way from a Task's parameters to the wire: built by
 * the protocols, signed, sent.  All its texts live in its region. */
#ifndef ASL_TASK_AWS_REQUEST_H
#define ASL_TASK_AWS_REQUEST_H

#include "io/http.h"
#include "value/buf.h"

typedef struct asl__aws_request {
    asl_region *region;
    const char *method;
    const char *scheme; /* "https" */
    const char *host;   /* maybe with a port */
    const char *path;   /* percent-encoded, from its `/` on */
    const char *query;  /* percent-encoded, without `?`; "": none */
    const char *body;
    size_t body_len;
    asl__http_field *fields; /* of the header, but for Host and what HTTP itself adds */
    size_t nfields, room;
    bool failed;        /* out of memory */
} asl__aws_request;

/* Adds a field; TEXT is copied. */
void asl__aws_field(asl__aws_request *r, const char *name, const char *text, size_t len);
/* The text gathered in BUF, in REGION and with a NUL behind it; NULL without memory.  BUF is
 * freed. */
const char *asl__aws_text(asl_region *region, struct asl__buf *buf);
/* A copy of LEN bytes with a NUL behind them; NULL without memory. */
const char *asl__aws_copy(asl_region *region, const char *text, size_t len);
/* Appends LEN bytes percent-encoded (RFC 3986: all but unreserved characters, and but `/` if
 * SLASHES). */
void asl__aws_encode(struct asl__buf *buf, const char *text, size_t len, bool slashes);

/* The keys of a caller.  Texts are terminated; token "": none. */
typedef struct asl__aws_keys {
    const char *id, *secret, *token;
} asl__aws_keys;

/* What a signature is for. */
typedef struct asl__aws_scope {
    const char *region, *service;
    int64_t time; /* seconds since 1970 */
    bool s3;      /* the path is taken as it is, and the payload's hash is a field */
} asl__aws_scope;

/* Signs R (Signature Version 4, in its header): adds X-Amz-Date, Authorization and what
 * else belongs to it. */
void asl__aws_sign(asl__aws_request *r, const asl__aws_keys *keys,
                   const asl__aws_scope *scope);
/* For tests: the canonical request that is signed. */
void asl__aws_canonical(struct asl__buf *out, const asl__aws_request *r,
                        const asl__aws_scope *scope);

#endif
