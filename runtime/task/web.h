/* Calls over HTTP: what module `http` is made of.
 *
 *     http.c         the module; a call on its way, which may be several requests
 *     web_read.c     bindings {"http": ...} and {"lambda": ...}, and ${NAME} in them
 *     web_http.c     {"http": URL}
 *     web_lambda.c   {"lambda": URL}
 *     web_invoke.c   states:::http:invoke
 *     connection.c   "connections" of a --tasks file, and their tokens
 *
 * A call is prepared by the thread that starts it, since its input is only there then, and
 * runs on the loop's thread.  Its protocol says what is asked and what an answer means. */
#ifndef ASL_TASK_WEB_H
#define ASL_TASK_WEB_H

#include "io/http.h"
#include "task/bind.h"

typedef struct asl__web_call asl__web_call;
typedef struct asl__web_spec asl__web_spec;
typedef struct asl__connection asl__connection;

/* A way of calling: {"http"}, {"lambda"}, http:invoke. */
typedef struct asl__web_protocol {
    /* Fills in CALL's request from its job's input; undefined, or an error. */
    asl_value (*prepare)(asl__web_call *call, asl_region *region);
    /* Whether CALL, whose request has ended with RESULT, asks again; it has changed what is
     * to be asked then.  On the loop's thread; NULL: never. */
    bool (*again)(asl__web_call *call, const asl__http_result *result);
    /* What an answer means: a value or an error in REGION. */
    asl_value (*answer)(asl__web_call *call, const asl__http_result *result,
                        asl_region *region);
    /* The same for none: MESSAGE says why. */
    asl_value (*none)(asl__web_call *call, enum asl__http_end end, const char *message,
                      asl_region *region);
} asl__web_protocol;

/* A binding. */
struct asl__web_spec {
    const asl__web_protocol *protocol;
    const char *url; /* NULL: the input says it */
    bool has_path;   /* the URL has more than scheme, host and port */
    const char *method;
    const asl__http_field *fields;
    size_t nfields;
    long timeout; /* milliseconds; 0: none */
    bool *
        fixed_name; /* Lambda: the endpoint knows its one function by `function` only; the
                         loop's thread */
};

#define ASL__WEB_FIELDS 64 /* of a request, at most */

struct asl__web_call {
    asl__closure start; /* first */
    asl__closure cancel;
    struct asl__web *web;
    asl__job *job;
    const asl__web_spec *spec;
    asl__http_request *request;
    bool cancelled; /* the loop's thread */

    /* What is asked; texts are in `texts` or outlive the call. */
    const char *method, *url;
    const asl__http_field *fields;
    size_t nfields;
    asl__http_field *own; /* the same where they are the call's, malloc'd */
    struct asl__buf body;
    bool has_body;
    long timeout;
    char **texts; /* malloc'd */
    size_t ntexts;

    /* Lambda */
    const char *function;  /* its name */
    const char *qualifier; /* NULL: none */
    /* http:invoke */
    asl__connection *connection; /* NULL: none */
    const char *bearer;          /* its token, as it was sent; NULL: none */
    bool renewed;                /* it has been asked for once more */
    const char *refused;         /* why there is no token to be had; NULL: there is */
    struct asl__web_call *next;  /* that wait for the same token */
};

/* ---- for the protocols ------------------------------------------------------------ */

extern const asl__web_protocol asl__web_http, asl__web_lambda, asl__web_invoke;

/* A copy of LEN bytes of TEXT that CALL keeps; NULL without memory. */
char *asl__web_keep(asl__web_call *call, const char *text, size_t len);
/* BUF's text, which CALL keeps and BUF loses; NULL if it has failed. */
char *asl__web_keep_buf(asl__web_call *call, struct asl__buf *buf);
/* Adds a field whose texts CALL keeps; false without memory, or if there are too many. */
bool asl__web_field(asl__web_call *call, const char *name, const char *value);
/* Prints V as the body. */
void asl__web_print_body(asl__web_call *call, asl_value v, const asl_region *region);
/* Sends CALL's request, on the loop's thread. */
void asl__web_send(asl__web_call *call);
/* CALL is over, on the loop's thread; it may be freed by this. */
void asl__web_over(asl__web_call *call);
/* The HTTP client. */
asl__http *asl__web_client(const struct asl__web *web);

/* Whether the answer says that its body is JSON; *GIVEN: whether it says anything. */
bool asl__web_is_json(const asl__http_result *result, bool *given);
/* The body as a string: what is no UTF-8 as `?`. */
asl_value asl__web_text(const asl__http_result *result, asl_region *region);
/* The body as JSON, empty as EMPTY; undefined if it is none. */
asl_value asl__web_json(const asl__http_result *result, asl_value empty,
                        asl_region *region);

/* The error for an answer that is too long. */
asl_value asl__web_too_much(asl__web_call *call, const char *message,
                            asl_region *region);
/* The error for input in which FIELD is not what it must be (recorded.md 9). */
asl_value asl__web_bad_field(asl__web_call *call, const char *field,
                             asl_region *region);
/* Appends LEN bytes of TEXT, all but letters, digits and -._~ as %XX. */
void asl__web_append_encoded(struct asl__buf *buf, const char *text, size_t len);

/* ---- reading bindings --------------------------------------------------------------- */

/* asl__module_functions.read */
bool asl__web_read(asl__taskset *set, asl__bindings_file *file, asl_value v,
                   asl_value kind, asl__binding *binding);
/* TEXT with ${NAME} replaced by the environment's, as a C string of SET; NULL with a
 * complaint that names WHAT. */
const char *asl__web_expand(asl__taskset *set, const asl__bindings_file *file,
                            asl_value text, const char *what);

/* ---- connections -------------------------------------------------------------------- */

/* asl__module_functions.connections */
bool asl__connections_read(asl__taskset *set, asl__bindings_file *file, asl_value v);
/* The connection that ARN names (whole, or by the name in it); NULL: none. */
asl__connection *asl__connection_find(asl__taskset *set, asl_value arn);
/* A parameter that a connection adds: a header, a part of the query, of the body. */
typedef struct asl__parameter {
    const char *key, *value;
} asl__parameter;
typedef struct asl__parameters {
    const asl__parameter *list;
    size_t count;
} asl__parameters;
enum asl__place { ASL__IN_HEADER, ASL__IN_QUERY, ASL__IN_BODY, ASL__PLACES };
const asl__parameters *asl__connection_adds(const asl__connection *connection,
                                            enum asl__place place);
/* The field that shows who calls, but for a token; NULL: none. */
const asl__http_field *asl__connection_key(const asl__connection *connection);
bool asl__connection_wants_token(const asl__connection *connection);
/* On the loop's thread: has CALL sent with a token, which may have to be fetched before. */
void asl__connection_send(asl__web_call *call);
/* Whether CALL waits for a token; then it does no more. */
bool asl__connection_leave(asl__web_call *call);
/* Ends what is under way for tokens and forgets them; not from the loop's thread. */
void asl__connections_close(asl__taskset *set, asl__loop *loop);
/* CALL's token was refused: it is not to be used any more. */
void asl__connection_forget(asl__web_call *call);

#endif
