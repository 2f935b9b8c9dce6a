/* What the module `control` is made of: the server that answers to the Step Functions API's
 * form, and its client.  The module itself is the program layer's. */
#ifndef ASL_TASK_CONTROL_H
#define ASL_TASK_CONTROL_H

#include "task/bind.h"

typedef struct asl__control_options {
    const char *address; /* PATH|HOST:PORT */
    bool aws_limits;     /* an output has at most 256 KiB, ... */
} asl__control_options;

/* An answer to a task. */
typedef struct asl__control_answer {
    const char *operation; /* "SendTaskSuccess", ... */
    const char *token;
    const char *output; /* JSON text; NULL: none */
    size_t output_len;
    const char *error, *cause; /* NULL: none */
} asl__control_answer;

enum asl__control_end { ASL__CONTROL_TAKEN, ASL__CONTROL_REFUSED, ASL__CONTROL_NOBODY };

/* Listens for SET, which has been attached to its scheduler, as its MODULE, whose open and
 * close are the two below.  It ends with SET.  NULL with a message; else where it listens. */
const char *asl__control_listen(asl__taskset *set, const asl__module_functions *module,
                                const asl__control_options *options,
                                struct asl__buf *error);
void *asl__control_open(asl__taskset *set);
void asl__control_close(void *module);

/* control_client.c: gives ANSWER to the server at ADDRESS, and waits for what it says.
 * MESSAGE tells what is wrong. */
enum asl__control_end asl__control_answer_task(const char *address,
                                               const asl__control_answer *answer,
                                               struct asl__buf *message);

/* For tests: does OPERATION (not GetActivityTask) with the body BODY of LEN bytes, as the
 * server would.  REPLY gets the reply's body.  The HTTP status. */
int asl__control_do(asl__taskset *set, const asl__control_options *options,
                    const char *operation, const char *body, size_t len,
                    struct asl__buf *reply);

#endif
