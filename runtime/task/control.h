/* What the module `control` gives the program besides (asl__module_functions.control): the
 * server that answers to the Step Functions API's form, and its client. */
#ifndef ASL_TASK_CONTROL_H
#define ASL_TASK_CONTROL_H

#include "task/bind.h"

typedef struct asl__control_options {
    const char *address; /* PATH|HOST:PORT */
    bool aws_limits;     /* an output has at most 256 KiB, ... */
} asl__control_options;

struct asl__control_functions {
    /* Listens for SET, which has been attached to its scheduler.  It ends with SET.  NULL with
     * a message; else where it listens. */
    const char *(*open)(asl__taskset *set, const asl__control_options *options,
                        struct asl__buf *error);
    /* Has OPERATION ("SendTaskSuccess") done by the server at ADDRESS: INPUT is JSON text.  The
     * HTTP status; 0 if there is none to be had.  REPLY gets the reply's body, or what is
     * wrong.  Blocks. */
    int (*call)(const char *address, const char *operation, const struct asl__buf *input,
                struct asl__buf *reply);
};

/* control_client.c */
int asl__control_call(const char *address, const char *operation,
                      const struct asl__buf *input, struct asl__buf *reply);

/* For tests: does OPERATION (not GetActivityTask) with the body BODY of LEN bytes, as the
 * server would.  REPLY gets the reply's body.  The HTTP status. */
int asl__control_do(asl__taskset *set, const asl__control_options *options,
                    const char *operation, const char *body, size_t len,
                    struct asl__buf *reply);

#endif
