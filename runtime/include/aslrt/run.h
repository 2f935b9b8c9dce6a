/* Running workflows from a program of one's own (aslc emit --no-main --header).
 *
 *     #include <aslrt/run.h>
 *     #include "order.h"                           what aslc emit --header wrote
 *
 *     char why[256];
 *     asl_program *program = asl_program_new(&order_program, NULL, why, sizeof why);
 *     asl_region *region = asl_region_new();
 *     asl_result result;
 *     if (asl_run(program, NULL, asl_input_text("{\"total\":3}", 11), region, &result) &&
 *         result.status == ASL_STATUS_SUCCEEDED)
 *         puts(asl_result_text(region, &result));
 *     asl_region_free(region);
 *     asl_program_free(program);
 *
 * Several executions of one program may run at once, started from any threads.
 */
#ifndef ASLRT_RUN_H
#define ASLRT_RUN_H

#include <aslrt/machine.h>
#include <aslrt/task.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct asl_program asl_program;
typedef struct asl_running asl_running;

/* How a program runs; a struct of zeros, or NULL instead of it, has the defaults. */
typedef struct asl_program_options {
    unsigned workers;         /* threads that run states; 0: the cores */
    unsigned handler_threads; /* most threads for blocking handlers; 0: 64 */
    double time_speed;        /* F: waits are F times as fast; 0: real time */
    bool virtual_clock;       /* time jumps to the next timer; time_speed is ignored */
    bool has_start_time;
    int64_t start_time; /* where the clock starts, microseconds since 1970 */
    bool seeded;
    uint64_t seed;          /* of random numbers and UUIDs */
    bool aws_limits;        /* the service's limits */
    size_t max_memory;      /* bytes of values; 0: no limit */
    size_t max_output;      /* of one child process; 0: 256 MiB */
    bool allow_unbound;     /* a task without binding fails when it is called */
    const char *tasks_file; /* a --tasks file, or NULL; read by asl_program_new */
    char *const *env;       /* environment of child processes; NULL: an empty one */
    bool answers; /* task tokens are answered by asl_send_task_success and the like: a virtual
                     clock stands at real speed for a task that waits for its token */
} asl_program_options;

enum asl_status {
    ASL_STATUS_SUCCEEDED,
    ASL_STATUS_FAILED,
    ASL_STATUS_TIMED_OUT,
    ASL_STATUS_ABORTED,
    ASL_STATUS_NOT_STARTED /* bad input, unbound tasks, no memory: cause says why */
};

/* The end of an execution. */
typedef struct asl_result {
    enum asl_status status;
    asl_value output; /* SUCCEEDED; else undefined */
    asl_value error;  /* a string, or undefined */
    asl_value cause;  /* a string, or undefined */
} asl_result;

/* An execution's input: JSON text, or a value if text is NULL. */
typedef struct asl_input {
    const char *text;
    size_t len;
    asl_value value;
} asl_input;

static inline asl_input asl_input_text(const char *text, size_t len)
{
    asl_input input = { text, len, asl_undefined() };

    return input;
}
static inline asl_input asl_input_value(asl_value value)
{
    asl_input input = { NULL, 0, value };

    return input;
}

/* A program that runs the workflows of DEF, which must outlive it.  NULL with a message in
 * WHY (SIZE bytes; may be NULL and 0) if memory is short or the tasks file is no good. */
asl_program *asl_program_new(const asl_program_def *def,
                             const asl_program_options *options, char *why,
                             size_t size);
/* Frees PROGRAM.  NULL is allowed.  No execution of the caller's may run and every
 * asl_running must have been released; those that workflows have started are waited for.  Handlers that were abandoned (a timeout, a stop) and are still at work
 * may end later; the memory they need stays until then and longer. */
void asl_program_free(asl_program *program);

/* Binds a task to HANDLER, which must outlive PROGRAM.  NAME is a Lambda function's name
 * or ARN, a whole Resource, or a pattern of these with `*`.  Before the first execution;
 * false afterwards or without memory. */
bool asl_register(asl_program *program, const char *name, const asl_handler *handler);

/* Runs the workflow MACHINE (NULL: the first) on INPUT to its end, on the calling thread
 * and the program's workers.  RESULT's values live in REGION, the caller's.  False if it
 * did not start: then status is NOT_STARTED. */
bool asl_run(asl_program *program, const char *machine, asl_input input,
             asl_region *region, asl_result *result);

/* Called on a worker when a started execution has ended.  The values live until it
 * returns; it may not block, nor release RUNNING. */
typedef void asl_ended_fn(asl_running *running, const asl_result *result, void *user);

/* Starts an execution on the program's workers and returns.  INPUT is copied.  ENDED may
 * be NULL.  NULL with a message in WHY if it did not start. */
asl_running *asl_start(asl_program *program, const char *machine, asl_input input,
                       asl_ended_fn *ended, void *user, char *why, size_t size);
/* Stops it, if it still runs: its status becomes ABORTED, with ERROR and CAUSE (each may
 * be NULL).  From any thread. */
void asl_stop(asl_running *running, const char *error, const char *cause);
/* Waits for its end; RESULT (NULL: not wanted) is copied to REGION. */
void asl_wait(asl_running *running, asl_region *region, asl_result *result);
/* Waits for its end and frees it.  NULL is allowed. */
void asl_release(asl_running *running);

/* ---- tasks that wait for an answer --------------------------------------------- */

/* What becomes of an answer to a task (.waitForTaskToken) by its token. */
enum asl_answer {
    ASL_ANSWER_TAKEN,
    ASL_ANSWER_LATE,       /* the task is over: answered before, out of time, or stopped */
    ASL_ANSWER_UNKNOWN,    /* TOKEN is no token of this program */
    ASL_ANSWER_BAD_OUTPUT, /* OUTPUT is no JSON */
    ASL_ANSWER_NO_MEMORY
};

/* Ends the task of PROGRAM whose token (`$$.Task.Token`, `$states.context.Task.Token`) TOKEN
 * is, terminated: with the result OUTPUT, LEN bytes of JSON text; or with an error, each
 * part of which may be NULL.  A heartbeat has its HeartbeatSeconds begin anew.
 *
 * Thread-safety: from any thread, and as early as the token is known, so within the task's
 * own handler, too; never blocks for longer than it takes to copy the answer; from no signal
 * handler.  Of several answers to one token exactly one is taken.  Not once
 * asl_program_free has been called. */
enum asl_answer asl_send_task_success(asl_program *program, const char *token, const char *output,
                                 size_t len);
enum asl_answer asl_send_task_failure(asl_program *program, const char *token, const char *error,
                                 const char *cause);
enum asl_answer asl_send_task_heartbeat(asl_program *program, const char *token);

/* RESULT's output as JSON text, or {"Error": ..., "Cause": ...}, terminated, in REGION;
 * NULL without memory. */
const char *asl_result_text(asl_region *region, const asl_result *result);

#ifdef __cplusplus
}
#endif
#endif
