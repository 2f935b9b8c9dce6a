/* Child processes: a text in on stdin, a text out on stdout, the end of stderr kept.
 *
 * A child gets its own process group, default signals, an empty signal mask, and no
 * descriptor but 0, 1 and 2.  It is over when it has exited and what it had written by
 * then has been read; what is left of its group is then killed, and it is reaped.
 *
 *     free -- asl__process_start --> running -- exit, or cannot start --> ended(user)
 *                                      |  ^
 *                                      +--+ asl__process_cancel kills the group
 *
 * All but making it and what is asked after the end happens on the loop's thread.
 */
#ifndef ASL_IO_PROCESS_H
#define ASL_IO_PROCESS_H

#include "io/loop.h"

#include <stdint.h>

#define ASL__STDERR_KEPT 8192

typedef struct asl__process asl__process;

/* What to run; all of it is borrowed until `ended` is called. */
typedef struct asl__process_spec {
    char *const *argv; /* NULL at the end; argv[0] is looked up in PATH */
    char *const *env;  /* NULL at the end: the whole environment */
    const char *cwd;   /* NULL: the program's own */
    const char *input;
    size_t input_len;
    size_t max_output;         /* more than that on stdout ends the child */
    struct asl__pool *pool;    /* where the output is counted; NULL: nowhere */
    void (*ended)(void *user); /* on the loop's thread, once */
    void *user;
} asl__process_spec;

enum asl__process_end {
    ASL__PROCESS_EXITED,    /* code: exit status */
    ASL__PROCESS_KILLED,    /* code: signal */
    ASL__PROCESS_NO_START,  /* code: errno */
    ASL__PROCESS_TOO_MUCH,  /* more output than max_output */
    ASL__PROCESS_NO_MEMORY, /* the output did not fit in memory */
    ASL__PROCESS_CANCELLED
};

/* How it ended.  The texts belong to the process. */
typedef struct asl__process_result {
    enum asl__process_end end;
    int code;
    const char *output;
    size_t output_len;
    const char *errors; /* the last ASL__STDERR_KEPT bytes of stderr */
    size_t errors_len;
} asl__process_result;

/* A process that is not started yet; NULL without memory. */
asl__process *asl__process_new(asl__loop *loop);
/* On the loop's thread: starts the child.  False with errno, and `ended` is not called,
 * when the system has no room for another process or descriptor just now (it may be
 * tried again); any other failure is an end like others. */
bool asl__process_start(asl__process *process, const asl__process_spec *spec);
/* Makes a process that was not started one that could not be, for the reason ERROR (an
 * errno value); `ended` is not called. */
void asl__process_refuse(asl__process *process, int error);
/* Kills the group of a running process; `ended` follows. */
void asl__process_cancel(asl__process *process);
/* After the end. */
asl__process_result asl__process_result_of(const asl__process *process);
/* Before the start, after a failed start, or after the end. */
void asl__process_free(asl__process *process);

#endif
