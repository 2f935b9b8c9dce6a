/* The parts of the HTTP client (see http.h), all of them on the loop's thread.
 *
 *     http           names, proxies, TLS, and a table of
 *       origin       where a connection leads: scheme, host, port, proxy
 *         connection   idle, or busy with one
 *           request      which waits at its origin while no connection may be opened
 *
 *     connection   RESOLVING -> CONNECTING -> (TUNNEL) -> (HANDSHAKE) -> BUSY <-> IDLE
 *
 * An origin goes when neither connection nor request is left, unless it has a session of
 * TLS to resume.  A failure is told by the loop (`over` is posted), an answer at once at
 * the end of the reading, and waiting requests are served by the loop, too (`feed`), so
 * that nothing is called back while something else is half done. */
#ifndef ASL_IO_HTTP_PARTS_H
#define ASL_IO_HTTP_PARTS_H

#include "io/http_answer.h"
#include "io/http_tls.h"
#include "io/http_url.h"
#include "io/loop_base.h"

#include <netinet/in.h>
#include <sys/socket.h>

#define ASL__HTTP_READ 65536
#define ASL__HTTP_ORIGINS 256  /* chains of the table */
#define ASL__HTTP_SESSIONS 256 /* origins kept for their session alone */
#define ASL__HTTP_ADDRESSES 16 /* tried for one name */

/* ---- names ---------------------------------------------------------------------- */

typedef union asl__http_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} asl__http_address;

/* What a name resolves to; the ports are not set. */
typedef struct asl__http_addresses {
    asl__http_address list[ASL__HTTP_ADDRESSES];
    size_t count;
} asl__http_addresses;

typedef struct asl__http_names asl__http_names;

/* Somebody who waits for a name. */
typedef struct asl__http_lookup {
    /* FOUND is NULL if there is none; WHY tells why. */
    void (*done)(struct asl__http_lookup *lookup, const asl__http_addresses *found,
                 const char *why);
    struct asl__http_lookup *next;
    struct asl__http_name *name; /* NULL: not waiting */
} asl__http_lookup;

/* NULL without memory. */
asl__http_names *asl__http_names_new(struct event_base *base,
                                     const asl__http_options *options);
/* No lookup may be waiting.  False: libevent is not done with what was asked and left; to
 * be called again then. */
bool asl__http_names_free(asl__http_names *names);
/* LOOKUP->done is called, maybe before this returns. */
void asl__http_names_ask(asl__http_names *names, const char *host,
                         asl__http_lookup *lookup);
/* LOOKUP->done is not called. */
void asl__http_names_leave(asl__http_lookup *lookup);

/* ---- the client ------------------------------------------------------------------- */

typedef struct asl__http_origin asl__http_origin;
typedef struct asl__http_connection asl__http_connection;

struct asl__http {
    asl__loop *loop;
    asl__http_options options;
    struct asl__http_proxies proxies;
    asl__http_names *names;   /* NULL: not yet asked for one */
    asl__tls_context *secure; /* NULL: no https yet */
    asl__http_origin *origins[ASL__HTTP_ORIGINS];
    size_t nkept;             /* origins kept for their session alone */
    asl__http_origin *hungry; /* origins whose requests wait */
    asl__closure feed;        /* looks whether they can have connections now */
    bool starved;             /* the system had no descriptor for us */
    asl__http_connection *oldest, *newest; /* idle ones */
    size_t open, most;                     /* connections */
    struct event *sweep; /* closes those that have long been idle; NULL: not yet */
    char chunk[ASL__HTTP_READ];
};

struct asl__http_origin {
    asl__http *http;
    uint32_t hash;
    bool tls;
    struct asl__http_peer peer; /* the host; with a proxy and no TLS, the proxy */
    const struct asl__http_proxy *proxy; /* NULL: none */
    void *resume;                        /* TLS's */
    size_t open;                         /* connections */
    asl__http_connection *idle;          /* the last used first */
    asl__http_request *first, *last;     /* waiting */
    bool is_hungry, is_kept;
    asl__http_origin *next; /* chain */
    asl__http_origin *next_hungry, *before_hungry;
};

enum asl__http_connection_state {
    ASL__HTTP_RESOLVING,
    ASL__HTTP_CONNECTING,
    ASL__HTTP_TUNNEL, /* CONNECT has been sent to a proxy */
    ASL__HTTP_HANDSHAKE,
    ASL__HTTP_BUSY,
    ASL__HTTP_IDLE
};

struct asl__http_connection {
    asl__http_lookup lookup; /* first */
    asl__http *http;
    asl__http_origin *origin;
    asl__http_request *request; /* NULL: idle */
    enum asl__http_connection_state state;
    int fd; /* -1: none yet */
    struct event *readable, *writable, *timer;
    bool writing; /* writable is added */
    bool cut;     /* the other side takes no more of the request */
    bool used;    /* has brought an answer */
    int error;    /* errno of the last address that failed; 0: none */
    asl__tls_session *session;
    asl__http_addresses addresses;
    size_t address;   /* the one to try next */
    int64_t deadline; /* milliseconds, until when it must stand */
    int64_t idle_since;
    struct asl__http_answer *tunnel;               /* the proxy's; NULL: none */
    asl__http_connection *next, *before;           /* idle ones of the client */
    asl__http_connection *next_idle, *before_idle; /* of the origin */
};

enum asl__http_request_state {
    ASL__REQUEST_NEW,
    ASL__REQUEST_WAITING, /* for a connection */
    ASL__REQUEST_RUNNING,
    ASL__REQUEST_OVER
};

struct asl__http_request {
    asl__closure over; /* first: tells the end */
    asl__http *http;
    asl__http_spec spec;
    struct asl__http_url url;
    enum asl__http_request_state state;
    asl__http_origin *origin;
    asl__http_connection *connection; /* RUNNING */
    asl__http_request *next, *before; /* WAITING */
    struct event *timer;              /* for all of it; NULL: not wanted */
    struct asl__buf head; /* the header as it is sent; a short body is behind it */
    bool body_in_head;
    size_t sent;  /* bytes of both */
    bool retried; /* wants a connection of its own */
    struct asl__http_answer answer;
    enum asl__http_end end;
    char message[ASL__HTTP_MESSAGE];
};

/* http.c */

/* REQUEST, which has left its connection or queue, failed.  `ended` follows. */
void asl__http_fail(asl__http_request *request, enum asl__http_end end,
                    const char *message);
/* REQUEST, whose connection is gone, is to be sent once more. */
void asl__http_again(asl__http_request *request);
/* There is no descriptor for REQUEST: it waits for one.  False if we have none either. */
bool asl__http_starve(asl__http_request *request);
/* REQUEST, which has left its connection, has its answer; calls `ended`, last. */
void asl__http_answered(asl__http_request *request);
/* Milliseconds of a clock that only goes forward. */
int64_t asl__http_now(void);

/* http_pool.c */

/* Where REQUEST goes; NULL without memory. */
asl__http_origin *asl__http_origin_of(asl__http *http, const struct asl__http_url *url);
/* Frees ORIGIN if nothing is left of it. */
void asl__http_origin_drop(asl__http_origin *origin);
/* Frees all origins and closes idle connections. */
void asl__http_pool_free(asl__http *http);
/* Gives REQUEST a connection, or puts it into its origin's queue. */
void asl__http_place(asl__http_request *request);
/* Takes a waiting REQUEST out of the queue. */
void asl__http_leave_queue(asl__http_request *request);
/* CONNECTION, which has lost its request, is there for the next. */
void asl__http_release(asl__http_connection *connection);
/* Opens connections for those who wait, as long as that may be; closure is http->feed. */
void asl__http_feed(asl__closure *closure);
/* It is about to be closed: takes it out of all lists and counts. */
void asl__http_forget(asl__http_connection *connection);

/* http_connection.c */

/* Opens a connection for REQUEST.  False without memory. */
bool asl__http_open(asl__http_origin *origin, asl__http_request *request);
/* Gives CONNECTION, which stands in no list, to REQUEST. */
void asl__http_serve(asl__http_connection *connection, asl__http_request *request);
/* Closes it; it has no request and stands in no list any more. */
void asl__http_close(asl__http_connection *connection);

/* http_send.c: the header of REQUEST; false without memory. */
bool asl__http_write_head(asl__http_request *request);
/* The header of a CONNECT to ORIGIN through its proxy. */
void asl__http_write_connect(struct asl__buf *head, const asl__http_origin *origin);
/* Why what REQUEST asks cannot be sent; NULL: it can. */
const char *asl__http_why_not(const asl__http_spec *spec);
/* "host:port", with brackets where they are wanted. */
void asl__http_append_peer(struct asl__buf *buf, const struct asl__http_peer *peer,
                           uint16_t usual_port);

#endif
