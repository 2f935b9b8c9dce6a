/* A small HTTP/1.1 server on the event loop, at a unix socket or an address.
 *
 *     open --request--> serve(request) ... asl__request_reply --> the client
 *                         |
 *                         +-- the client goes away --> gone(user), if that was asked for
 *
 * A request is answered on the loop's thread, at once or later, exactly once.
 */
#ifndef ASL_IO_SERVER_H
#define ASL_IO_SERVER_H

#include "io/loop.h"
#include "value/buf.h"

typedef struct asl__server asl__server;
typedef struct asl__request asl__request;

typedef struct asl__server_options {
    const char *address; /* HOST:PORT, or else the path of a unix socket */
    size_t max_body;     /* of a request; more than that is answered with status 413 */
    /* A POST has come; on the loop's thread. */
    void (*serve)(asl__request *request, void *user);
    void *user;
} asl__server_options;

/* Whether ADDRESS is HOST:PORT: *HOST gets its length. */
bool asl__server_is_port(const char *address, size_t *host);
/* A server that listens.  A unix socket is its owner's only (mode 0600); one that nobody
 * listens at any more is replaced.  Not on the loop's thread.  NULL with a message. */
asl__server *asl__server_open(asl__loop *loop, const asl__server_options *options,
                              struct asl__buf *error);
/* Where it listens: the path, or HOST:PORT with the port that it has got. */
const char *asl__server_address(const asl__server *server);
/* Ends it, and removes its socket.  Requests that have not been answered are gone.  Not on
 * the loop's thread. */
void asl__server_close(asl__server *server);

/* All on the loop's thread. */

/* The header field NAME, or NULL; good until the reply. */
const char *asl__request_field(const asl__request *request, const char *name);
/* The body; good until the reply. */
const char *asl__request_body(const asl__request *request, size_t *len);
/* Has GONE(USER) called if the client, or the server, goes away before the reply, which is to
 * be given all the same, by then at the latest. */
void asl__request_watch(asl__request *request, void (*gone)(void *user), void *user);
/* Answers, with a body of TYPE and a request id; frees REQUEST. */
void asl__request_reply(asl__request *request, int status, const char *type,
                        const struct asl__buf *body);

#endif
