/* The scheduler: executions, their clock, and the seam to the task layer.
 *
 * The layers above make a scheduler with options, start executions on it, and give it a
 * table of functions (asl__tasks) through which tasks are started.  The scheduler never
 * calls them while it holds its lock.
 */
#ifndef ASL_MACHINE_SCHED_H
#define ASL_MACHINE_SCHED_H

#include <aslrt/machine.h>

typedef struct asl__sched asl__sched;
typedef struct asl__call asl__call;
typedef struct asl__tasks asl__tasks;
typedef struct asl__history asl__history;
typedef struct asl__call_owner asl__call_owner;

/* ---- tasks -------------------------------------------------------------------- */

enum asl__started {
    ASL__CALL_READY,  /* the answer is there: take() at once, on this thread */
    ASL__CALL_AFTER,  /* take() once call->after microseconds of the program's clock
                         have passed (a mock's delay) */
    ASL__CALL_PENDING, /* a real call is under way: asl__call_ready will be called */
    ASL__CALL_SUBMITTED /* PENDING whose submission has been answered: submission() at
                           once, on this thread */
};

/* One attempt of a task.  Made by the scheduler; the task layer fills in the last
 * part when it starts it. */
struct asl__call {
    asl__sched *sched;
    asl_frame *frame;
    const asl_task *task;
    asl_value input;   /* effective input; lives in the frame's region or further out and
                          is only there until start returns: copy or print it then */
    asl_value credentials; /* evaluated Credentials or undefined; lives like input */
    uint32_t attempt;  /* retries before this attempt, 0 first */
    int64_t timeout;   /* seconds; 0: none.  The scheduler watches it */
    int64_t heartbeat; /* seconds; 0: none */
    const asl__call_owner *owner; /* whose call it is instead of the scheduler's: a part of
                          a call of his; NULL: none */
    bool has_token;
    uint64_t token[2]; /* has_token: the attempt's; see asl__call_token */

    /* Set by the task layer in start(). */
    asl_value (*take)(asl__call *call, asl_region *region); /* the result or an error value,
                          in REGION; on a worker thread, once; frees data */
    void (*discard)(asl__call *call); /* instead of take when nobody wants the answer any
                          more; frees data */
    asl_value (*submission)(asl__call *call, asl_region *region); /* a job or a request for
                          a token's answer: what the service replied to it, in REGION; an
                          error ends the task.  On a worker, once for asl__call_submitted */
    void (*cancel)(asl__call *call);  /* PENDING only: stop the work as soon as possible,
                          without blocking; asl__call_ready must still be called once.  It
                          may be called while the work is just ending. */
    void *data;
    int64_t after; /* ASL__CALL_AFTER: microseconds */
    bool idle;     /* PENDING: only somebody outside can answer, and nobody is known to be
                      there: a virtual clock does not stand still for it, and its time limits
                      run on the program's clock.  From SUBMITTED on it may be set, too: in
                      submission() */

    bool answered; /* in take(): the result is somebody's answer, whatever has become of the
                      submission */
    bool queued;   /* PENDING, an activity's task: no worker has taken it yet.  The one that
                      does is told by asl__call_submitted, and submission gives its name,
                      or undefined */

    /* The scheduler's own. */
    unsigned state;
    bool counted;      /* as a real call */
    bool news;         /* asl__call_submitted came before the frame had parked */
    bool submitted;    /* its submission is in the history */
    bool paced;        /* its limits run on the program's clock; guarded by the lock */
    int64_t since;     /* when its limits began to count, on the program's clock */
    int64_t deadline;  /* of `timeout` on the program's clock; INT64_MAX: none */
    int64_t silence;   /* when the next heartbeat must have come; INT64_MAX: none */
    struct asl__call *next;
};

/* A C handler that its state calls itself: see asl__tasks.direct. */
typedef struct asl__direct asl__direct;

struct asl__tasks {
    /* Starts CALL.  A C handler runs here and its answer is READY. */
    enum asl__started (*start)(asl__tasks *tasks, asl__call *call);
    /* What is wrong with INPUT as parameters of TASK, an error to raise before the call is told
     * of at all; else undefined.  NULL: nothing ever is. */
    asl_value (*check)(asl__tasks *tasks, asl_frame *f, const asl_task *task,
                       asl_value input);
    /* For an activity's TASK: the error by which it fails before it is scheduled, in
     * REGION; undefined: it does not.  NULL: none does. */
    asl_value (*refuses)(asl__tasks *tasks, const asl_task *task, asl_region *region);
    /* EXECUTION is being freed; NULL: nothing is kept for executions. */
    void (*forget)(asl__tasks *tasks, const asl_execution *execution);
    /* By asl_task.index: tasks that are called without start(); NULL, and NULL entries,
     * for none. */
    const asl__direct *const *direct;
    /* Those of them that have no time limit. */
    const asl__direct *const *unlimited;
};

/* A PENDING call is over: from any thread, exactly once for each PENDING, cancelled or
 * not.  The scheduler then calls take or discard on a worker. */
void asl__call_ready(asl__call *call);
/* The service has answered CALL's submission, but not yet the task: from any thread, once,
 * before asl__call_ready.  Not after ASL__CALL_SUBMITTED. */
void asl__call_submitted(asl__call *call);
/* A heartbeat for a PENDING call, from any thread before asl__call_ready. */
void asl__call_heartbeat(asl__call *call);

/* Who is told instead of the scheduler what becomes of a call of his own: `ready` and
 * `submitted` are called in place of what asl__call_ready and asl__call_submitted do. */
struct asl__call_owner {
    void (*ready)(asl__call *call);
    void (*submitted)(asl__call *call);
};

/* ---- task tokens (token.c) ------------------------------------------------------ */

enum { ASL__TOKEN_SIZE = 49 }; /* of a token's text, with the zero at its end */

/* Sees to it that CALL, in start(), has its attempt's token: the one that its state has read
 * in the context, or else a new one.  False: the system gives no random numbers. */
bool asl__call_token(asl__call *call);
/* TOKEN's text; false: no random numbers. */
bool asl__token_print(asl__sched *sched, const uint64_t token[2],
                      char text[ASL__TOKEN_SIZE]);

enum asl__token_kind {
    ASL__TOKEN_BAD,     /* no token at all */
    ASL__TOKEN_FOREIGN, /* of another program's run */
    ASL__TOKEN_OWN      /* its task is or was one of SCHED's */
};
enum asl__token_kind asl__token_read(asl__sched *sched, const char *text, size_t len,
                                     uint64_t token[2]);

/* ---- history ------------------------------------------------------------------ */

/* Where event lines go.  write gets COUNT whole lines (DATA NULL: they are lost for want of
 * memory); called under the execution's lock of its history, so that the ids of one
 * execution come in order. */
struct asl__history {
    void (*write)(asl__history *history, const char *data, size_t len, size_t count);
    /* A worker is about to wait: writes out what has been gathered.  NULL: nothing is. */
    void (*flush)(asl__history *history);
    /* The state TO of SCOPE is entered, after FROM (ASL_OUT: the first), or the scope is over
     * (TO is ASL_OUT).  Called before write, under the same lock.  NULL: nobody asks. */
    void (*step)(asl__history *history, const asl_scope *scope, uint32_t from, uint32_t to);
};

/* ---- the scheduler ------------------------------------------------------------ */

typedef struct asl__options {
    unsigned workers;      /* threads that run frames; 0: number of cores */
    double time_scale;     /* 1: real time; F: F times as fast; 0: virtual clock */
    int64_t start_time;    /* microseconds since the epoch; INT64_MIN: now */
    uint64_t seed;         /* of random numbers and UUIDs */
    bool seeded;           /* false: seed from the system */
    bool aws_limits;       /* the service's limits */
    bool compact_always;   /* for tests: regions are compacted at every boundary */
    size_t max_memory;     /* bytes of all regions; 0: no limit */
    size_t max_output;     /* bytes of one task's output */
    asl__tasks *tasks;     /* NULL: every Task fails as not bound */
    asl__history *history; /* NULL: off */
    struct asl__inspection *inspection; /* NULL, unless one state is tested: inspect.h */
} asl__options;

/* A scheduler with its own copy of OPTIONS (what tasks and history point to must outlive
 * it); NULL without memory. */
asl__sched *asl__sched_new(const asl__options *options);
/* No execution may be under way. */
void asl__sched_free(asl__sched *sched);
/* Now on the program's (scaled or virtual) clock, microseconds since the epoch. */
int64_t asl__sched_now(asl__sched *sched);

enum asl__status {
    ASL__RUNNING,
    ASL__SUCCEEDED,
    ASL__FAILED,
    ASL__TIMED_OUT,
    ASL__ABORTED
};

typedef struct asl__start {
    const asl_machine *machine;
    const char *name;       /* execution name, borrowed; NULL: a UUID */
    const char *input;      /* JSON text: borrowed until the execution is freed, and
                               followed by ASL_PARSE_PADDING readable bytes */
    size_t input_len;
    const char *context;    /* JSON text of an object laid over the context's Execution and
                               StateMachine; NULL: none */
    size_t context_len;
    void (*ended)(asl_execution *execution, void *user); /* NULL: none; on a worker */
    /* After all else, when nobody looks at the execution any more: may free it.  NULL: none;
     * then who started it waits for its end. */
    void (*gone)(asl_execution *execution, void *user);
    void *user;
    const asl_execution *parent; /* the one that starts it; NULL: none */
    uint64_t seed;      /* PARENT given: of its random numbers */
} asl__start;

/* An execution about to start.  NULL with *ERROR if the input or context is no JSON or
 * memory is short. */
asl_execution *asl__execution_new(asl__sched *sched, const asl__start *start,
                                  asl_syntax_error *error);
/* Runs it on the calling thread (and workers) until it is over. */
void asl__execution_run(asl_execution *execution);
/* Starts it on the workers and returns; `ended` is called at its end. */
bool asl__execution_start(asl_execution *execution);
/* Stops it: status ABORTED with ERROR and CAUSE (may be NULL).  From any thread, but not
 * from a signal handler. */
void asl__execution_stop(asl_execution *execution, const char *error, const char *cause);
/* Stops all that run. */
void asl__sched_stop(asl__sched *sched, const char *error, const char *cause);
/* Works, on the calling thread, until no execution runs any more. */
void asl__sched_drain(asl__sched *sched);
/* After its end. */
enum asl__status asl__execution_status(const asl_execution *execution);
asl_value asl__execution_output(const asl_execution *execution); /* SUCCEEDED */
const asl_error_info *asl__execution_error(const asl_execution *execution); /* others */
/* Events counted or written so far. */
uint64_t asl__execution_events(const asl_execution *execution);
/* Bytes that --max-memory leaves; SIZE_MAX without it. */
size_t asl__sched_room(asl__sched *sched);
void asl__execution_free(asl_execution *execution);
/* The execution that F is part of, and what a task binding may ask of it. */
asl__sched *asl__frame_sched(asl_frame *f);
/* The one for which, in the end, EXECUTION was started by a state: itself, if by none. */
const asl_execution *asl__execution_top(const asl_execution *execution);
asl__sched *asl__execution_sched(const asl_execution *execution);

/* What may be told of an execution; values live as long as it does, or, from
 * asl__sched_each, until SEE returns. */
typedef struct asl__sight {
    const asl_machine *machine;
    enum asl__status status; /* RUNNING until it is over */
    asl_value execution, state_machine; /* of the context */
    const char *input; /* its text */
    size_t input_len;
    int64_t start, stop; /* microseconds on the program's clock; stop 0: not known */
    asl_value output;
    asl_error_info error;
} asl__sight;

/* What may be told of EXECUTION, which is over, or under the lock. */
asl__sight asl__execution_sight(asl_execution *execution);
/* Calls SEE for each execution that has begun and is not freed, newest first, until it says
 * false.  Under the lock: SEE may only look. */
void asl__sched_each(asl__sched *sched, bool (*see)(const asl__sight *sight, void *user),
                     void *user);
/* Stops the execution whose Id is the ARN of LEN bytes; false: none with it runs. */
bool asl__sched_stop_arn(asl__sched *sched, const char *arn, size_t len, const char *error,
                         const char *cause);

/* One line of the module table: what `asl_module_x` adds to a program. */
struct asl_module {
    const char *name; /* "exec", "http", ... */
    const void *functions; /* a struct of the task layer */
};

#endif
