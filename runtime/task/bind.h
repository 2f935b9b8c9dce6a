/* Which code answers a Task: the bindings of a program, and calls on their way.
 *
 *     taskset    one for a program: bindings, one slot for each asl_task, extra threads
 *       binding  one line of a --tasks file, a linked or a registered handler
 *       job      one call that outlives asl__tasks.start: its input and its result
 *
 * The order in which a Task finds its answer: --mock by the state's name; then by the
 * Resource --tasks (exact key, then the longest pattern, then file order), handlers
 * registered and linked.  A key names a Lambda
 * function (name or ARN), or is compared with the whole Resource.  A binding found by
 * the function's name serves `states:::lambda:invoke` as Lambda does: it is given the
 * Payload, and its result is put in the service's envelope.
 *
 * A call that ends within start() (a C handler, most mocks) has no job.  A job has two
 * owners, the scheduler's side and the side that works for it; each drops its reference.
 */
#ifndef ASL_TASK_BIND_H
#define ASL_TASK_BIND_H

#include <aslrt/task.h>

#include "machine/sched.h"
#include "value/buf.h"
#include "value/region.h"

#include <pthread.h>

typedef struct asl__taskset asl__taskset;
typedef struct asl__binding asl__binding;
typedef struct asl__job asl__job;
typedef struct asl__mock asl__mock;
typedef struct asl__mocks asl__mocks;
typedef struct asl__mocked asl__mocked;
typedef struct asl__exec_spec asl__exec_spec;
typedef struct asl__taskset_options asl__taskset_options;
typedef struct asl__mock_case asl__mock_case;
typedef struct asl__bindings_file asl__bindings_file;
typedef struct asl__control asl__control;

/* What comes of an answer to a task's token. */
enum asl__answered {
    ASL__ANSWERED,
    ASL__ANSWER_LATE,      /* the token's task is over */
    ASL__ANSWER_FOREIGN,   /* the token is of another run */
    ASL__ANSWER_BAD_TOKEN, /* no token at all */
    ASL__ANSWER_BAD_OUTPUT,
    ASL__ANSWER_NO_MEMORY
};

/* A piece of text, not terminated. */
typedef struct asl__piece {
    const char *data;
    size_t len;
} asl__piece;

enum asl__binding_kind { ASL__BIND_HANDLER, ASL__BIND_MOCK, ASL__BIND_MODULE };

struct asl__exec_spec {
    char **argv;     /* NULL at the end */
    char **env;      /* NULL at the end: the whole environment */
    const char *cwd; /* NULL: the program's */
};

struct asl__binding {
    const char *key;
    size_t key_len;
    bool pattern;   /* the key has a `*` */
    size_t literal; /* bytes of the key that are no `*` */
    uint8_t kind;   /* enum asl__binding_kind */
    uint32_t max;   /* calls at once; 0: no limit */
    const asl_handler *handler;
    asl__mock *mock;
    const struct asl__module_functions *module; /* of kind MODULE */
    const void *spec; /* what its read or claim made */
    /* Guarded by the set's lock. */
    uint32_t running;
    asl__job *first, *last; /* calls that wait for one of the `max` places */
    asl__binding *next;     /* file order */
};

/* How one call was resolved. */
typedef struct asl__target {
    asl__taskset *set;
    asl__binding *binding;
    bool enveloped;       /* by function name: Payload in, envelope around the result */
    const char *function; /* the function's name or "" */
} asl__target;

/* A handler as it is called for one task. */
typedef struct asl__callee {
    asl__direct direct; /* first: what the scheduler sees */
    const asl_handler *handler;
    const asl_task *task;
    const char *function; /* its name, or "" */
    asl__job *job;        /* NULL: the call ends with the function */
} asl__callee;

static inline const asl__callee *asl__callee_of(const asl_task_call *call)
{
    return (const asl__callee *)(const void *)call->callee;
}

/* What a kind of binding does with jobs. */
typedef struct asl__kind {
    /* Begins; asl__job_over is called at the end, maybe before this returns. */
    void (*start)(asl__job *job);
    /* Ends it early, without blocking; asl__job_over is still called. */
    void (*cancel)(asl__job *job);
    /* The result or an error, in REGION. */
    asl_value (*take)(asl__job *job, asl_region *region);
    /* Frees job->data; no thread uses the job any more. */
    void (*free)(asl__job *job);
} asl__kind;

enum asl__job_state {
    ASL__JOB_QUEUED, /* for a place, or for a thread */
    ASL__JOB_RUNNING,
    ASL__JOB_DONE,
    ASL__JOB_ABANDONED
};

struct asl__job {
    asl__call *call; /* the scheduler's: not after asl__job_over */
    asl__target target;
    const asl__kind *kind;
    void *data;       /* the kind's */
    asl_value input;  /* in region, for kinds that want a value */
    asl_value result; /* in region */
    asl_region region;
    struct asl__chunks chunks;
    struct asl__pool pool;
    struct asl__pool *account; /* the scheduler's, where `charged` is counted: it is freed
                                  after the set, unless that has abandoned jobs */
    asl__callee callee; /* what a handler gets: itself */
    asl_task_call handle;
    /* Guarded by the set's lock. */
    uint8_t state;  /* enum asl__job_state */
    bool placed;    /* has one of the binding's places */
    bool announced; /* asl__call_ready has been or is being called */
    bool abandoned; /* counted as such */
    unsigned refs;
    size_t charged; /* bytes; 0 from when it is abandoned on */
    asl__job *next; /* queue */
};

/* The layer as the program layer sees it.  It gets it from the module table, so that a
 * program without a Task, whose table is empty, links nothing of the layer. */
typedef struct asl__task_layer {
    asl__taskset *(*new)(const asl__taskset_options *options);
    bool (*load)(asl__taskset *set, const char *file, const char *text, size_t len,
                 struct asl__buf *error);
    bool (*mock)(asl__taskset *set, const asl__mock_case *chosen,
                 struct asl__buf *error);
    bool (*resolve)(asl__taskset *set, struct asl__buf *error);
    asl__tasks *(*tasks)(asl__taskset *set);
    bool (*free)(asl__taskset *set);
    asl__tasks *(*echoing)(void);
    void (*attach)(asl__taskset *set, asl__sched *sched);
    /* Answers the task of a token (asl__answered). */
    enum asl__answered (*success)(asl__taskset *set, asl__piece token, asl__piece output,
                                  asl_syntax_error *error);
    enum asl__answered (*failure)(asl__taskset *set, asl__piece token, asl_value error,
                                  asl_value cause);
    enum asl__answered (*heartbeat)(asl__taskset *set, asl__piece token);
} asl__task_layer;

extern const asl__task_layer asl__task_layer_functions;

/* What `control` gives the program besides. */
typedef struct asl__control_functions asl__control_functions;

/* What a module of the task layer gives (asl_module.functions). */
typedef struct asl__module_functions {
    const asl__task_layer *layer;
    const char *const *kinds;   /* bindings of a --tasks file that it serves ("exec"), NULL
                                   at the end; NULL: none */
    const char *const *details; /* members these may have besides; as kinds */
    /* Reads the binding V of a --tasks file, of that KIND, into BINDING->spec.  False with
     * a complaint. */
    bool (*read)(asl__taskset *set, asl__bindings_file *file, asl_value v,
                 asl_value kind, asl__binding *binding);
    /* Whether TASK, which nothing else binds, says itself what answers it: then makes
     * BINDING->spec.  NULL: never. */
    bool (*claim)(asl__taskset *set, const asl_task *task, asl__binding *binding);
    /* Reads "connections" of a --tasks file, an object.  False with a complaint.  NULL: it
     * has no use for them. */
    bool (*connections)(asl__taskset *set, asl__bindings_file *file, asl_value v);
    const struct asl__http_tls *tls; /* for the HTTP client that the set shares; NULL: none */
    /* See asl__tasks.check; for tasks that the module is bound to.  NULL: nothing is wrong. */
    asl_value (*check)(asl_region *region, const asl_task *task, asl_value input);
    bool within; /* claims what this program does itself: asked before the others */
    const asl__control_functions *control; /* NULL: none */
    void *(*open)(asl__taskset *set); /* NULL with errno; on first use */
    void (*close)(void *module);      /* no job is under way */
    /* EXECUTION is being freed; NULL: what was opened keeps nothing for executions. */
    void (*forget)(void *module, const asl_execution *execution);
    /* Starts JOB, new with its input borrowed until this returns; see asl__job_start. */
    enum asl__started (*start)(asl__job *job);
    asl__kind kind;
} asl__module_functions;

struct asl__taskset_options {
    const asl_program_def *program;
    bool allow_unbound;
    unsigned handler_threads; /* 0: 64 */
    size_t max_output;        /* of a child process */
    char *const *env;         /* the program's environment, for child processes */
    bool insecure_tls;        /* certificates are not checked */
    bool answered;            /* task tokens and activities are answered from outside: a
                                 virtual clock stands at real speed for them, and an activity
                                 is no missing binding */
    /* Says, under the program's NAME, that a task waits for somebody outside; from any
     * thread.  NULL: nobody wants to know. */
    void (*say)(const char *name, const char *format, ...) ASL__PRINTF(2, 3);
    const char *name;
    bool virtual_clock;  /* limits of tasks that nobody can answer are over at once */
    const char *control; /* where tasks are answered, to be read once one waits; NULL: nowhere */
};

/* A set for the program's tasks, with only the linked handlers in it; NULL without
 * memory.  What OPTIONS point to must outlive it. */
asl__taskset *asl__taskset_new(const asl__taskset_options *options);
/* Adds the bindings of the file FILE, whose text is given (messages name it, and `cwd`
 * is relative to its folder).  False with a message of one line. */
bool asl__taskset_load(asl__taskset *set, const char *file, const char *text,
                       size_t len, struct asl__buf *error);
/* A test case of Step Functions Local's mock configuration. */
struct asl__mock_case {
    const char *file; /* for messages */
    const char *text; /* of the file */
    size_t len;
    const char *name;    /* the case's */
    const char *machine; /* the workflow's name */
    /* Or, instead of a text, {STATE: RESPONSE} itself; it must outlive the set. */
    bool is_inline;
    asl_value states;
};
/* Lets CHOSEN answer the states it names, for executions of that workflow; before
 * asl__taskset_resolve, once.  False with a message of one line. */
bool asl__taskset_mock(asl__taskset *set, const asl__mock_case *chosen,
                       struct asl__buf *error);
/* Binds NAME (a key as in a --tasks file) to HANDLER.  Not once executions run. */
bool asl__taskset_register(asl__taskset *set, const char *name,
                           const asl_handler *handler);
/* Resolves every task; false with a message that lists what is not bound. */
bool asl__taskset_resolve(asl__taskset *set, struct asl__buf *error);
/* For asl__options.tasks. */
asl__tasks *asl__taskset_tasks(asl__taskset *set);
/* The scheduler of its calls, before the first execution. */
void asl__taskset_attach(asl__taskset *set, asl__sched *sched);
asl__sched *asl__taskset_sched(const asl__taskset *set);
/* Tasks that answer at once with their own input (a Lambda invocation with its Payload,
 * in the service's envelope), for measurements. */
asl__tasks *asl__echoing_tasks(void);
/* No call may be under way; waits for child processes that have been killed.  False if
 * handlers that were abandoned are still at work: then the set stays, and so must what its
 * options point to, as long as the process. */
bool asl__taskset_free(asl__taskset *set);

/* ---- for the kinds of bindings ------------------------------------------------- */

/* The set's lock, a leaf but for asl__loop's. */
pthread_mutex_t *asl__taskset_lock(asl__taskset *set);
/* What asl__taskset_free waits for; all guarded by the lock. */
typedef struct asl__job_counts {
    size_t jobs;      /* that have not been freed */
    size_t abandoned; /* of these, those whose handler is at work for nothing */
    pthread_cond_t changed;
} asl__job_counts;
asl__job_counts *asl__taskset_counts(asl__taskset *set);
const asl__taskset_options *asl__taskset_options_of(const asl__taskset *set);
/* Tasks that are answered from outside. */
struct asl__tokens *asl__taskset_tokens(asl__taskset *set);
/* Starts CALL with TARGET's binding. */
enum asl__started asl__start_bound(const asl__target *target, asl__call *call,
                                   asl_value input);
/* Binds TASK to a module other than NOT (NULL: any) that its Resource names; *BINDING NULL:
 * there is none.  False without memory. */
bool asl__taskset_claim(asl__taskset *set, const asl__module_functions *not,
                        const asl_task *task, asl__binding **binding);
/* The modules that are linked, by number; NULL at the end. */
const asl__module_functions *asl__taskset_module_at(const asl__taskset *set, size_t i);
/* What MODULE opened, opening it first if need be (NULL with errno). */
void *asl__taskset_open(asl__taskset *set, const asl__module_functions *module);
/* loop.c: the event loop that all modules share, made when first asked for (NULL with
 * errno); from a module's open.  It is freed after they have been closed. */
struct asl__loop *asl__taskset_loop(asl__taskset *set);
/* Where it is kept. */
typedef struct asl__shared_loop {
    struct asl__loop *loop;
    void (*free)(struct asl__loop *loop);
} asl__shared_loop;
asl__shared_loop *asl__taskset_shared_loop(asl__taskset *set);
/* client.c: the HTTP client that they share, in the same way; freed before the loop. */
struct asl__http *asl__taskset_http(asl__taskset *set);
typedef struct asl__shared_http {
    struct asl__http *http;
    void (*free)(struct asl__http *http);
} asl__shared_http;
asl__shared_http *asl__taskset_shared_http(asl__taskset *set);
/* The connections that have been read, newest first; the module's own. */
struct asl__connection **asl__taskset_connections(asl__taskset *set);
/* Memory that lives as long as the set; only while bindings are made. */
asl_region *asl__taskset_region(asl__taskset *set);
/* V, for which asl__is_c_string holds, as a C string of the set; NULL without memory. */
char *asl__taskset_c_string(asl__taskset *set, asl_value v);
/* Whether V is a string without NUL. */
bool asl__is_c_string(asl_value v);

/* A job for CALL, with two references; NULL without memory. */
asl__job *asl__job_new(const asl__target *target, asl__call *call,
                       const asl__kind *kind);
/* Counts BYTES more that JOB, not yet started, keeps; false if that is too much. */
bool asl__job_charge(asl__job *job, size_t bytes);
/* JOB counts no longer.  Under the lock. */
void asl__job_discharge(asl__job *job);
/* Gives CALL to JOB: take, discard and cancel go through it.  Starts it, or queues it
 * when the binding has no place. */
enum asl__started asl__job_start(asl__job *job);
/* The work is over: frees its place and tells the scheduler, once however often it is
 * called.  The caller must hold a reference. */
void asl__job_over(asl__job *job);
void asl__job_drop(asl__job *job);

/* An answer that is there: sets CALL up so that take gives VALUE (an error too). */
enum asl__started asl__answer_now(const asl__target *target, asl__call *call,
                                  asl_value value);
/* The end of every take: an error as it is, undefined as null, and the envelope. */
asl_value asl__answer(asl_region *region, asl__call *call, bool enveloped, asl_value v);

/* words.c */

/* The error that LEN bytes of TEXT give as a JSON object, or undefined; out of memory if
 * that cannot be said. */
asl_value asl__named_error(asl_region *region, const char *text, size_t len);
/* LEN bytes of TEXT with everything that is no UTF-8 as `?`, but for what a cut character
 * leaves at the beginning. */
asl_value asl__clean_text(asl_region *region, const char *text, size_t len);

/* What Lambda is sent for the Payload of INPUT: nothing and null are {}, and a string
 * that is JSON text is that text (recorded.md).  An error without memory. */
asl_value asl__payload_of(asl_region *region, asl_value input);
/* The HTTP date of NOW, microseconds since the epoch. */
asl_value asl__http_date(asl_region *region, int64_t now);
/* A new request's id, of the form of a UUID, from the random numbers of CALL's frame. */
asl_value asl__request_id(asl_region *region, const asl__call *call);

/* mock.c: reads a mock's JSON; NULL with a message (without file and key). */
asl__mock *asl__mock_read(asl_region *region, asl_value v, struct asl__buf *error);
enum asl__started asl__mock_start(const asl__target *target, asl__call *call,
                                  asl_value input);

/* mockfile.c: the states that one test case mocks. */

/* Reads CHOSEN; NULL with a message. */
asl__mocks *asl__mocks_read(asl_region *region, const asl__mock_case *chosen,
                            struct asl__buf *error);
/* What MOCKS (may be NULL) has for the state of that name, or NULL. */
const asl__mocked *asl__mocks_find(const asl__mocks *mocks, asl_value state);
/* Answers CALL of a mocked state and counts it. */
enum asl__started asl__mocked_start(const asl__target *target, asl__call *call,
                                    asl__mocks *mocks, const asl__mocked *mocked);
/* EXECUTION is over: drops its counters.  Under the set's lock. */
void asl__mocks_forget(asl__mocks *mocks, const asl_execution *execution);
/* Frees what is not in the region.  MOCKS may be NULL. */
void asl__mocks_free(asl__mocks *mocks);

/* handler.c */
typedef struct asl__crew asl__crew; /* the extra threads */
/* HANDLER as it is called for TASK, whose function FUNCTION is. */
asl__callee asl__callee_for(const asl_handler *handler, const asl_task *task,
                            const char *function);
enum asl__started asl__handler_start(const asl__target *target, asl__call *call,
                                     asl_value input);
asl__crew *asl__crew_new(pthread_mutex_t *lock, unsigned most);
void asl__crew_free(asl__crew *crew);
asl__crew *asl__taskset_crew(asl__taskset *set); /* under the lock; NULL: no memory */

/* shape.c: a --tasks file being read. */
struct asl__bindings_file {
    const char *file;       /* for messages */
    asl_value key;          /* of the binding; undefined outside */
    struct asl__buf *error; /* gets the message */
    /* What is done with the binding V of that KIND ("exec", ...); false ends it all. */
    bool (*binding)(asl__bindings_file *file, asl_value v, asl_value kind);
    /* The same for "connections", an object. */
    bool (*connections)(asl__bindings_file *file, asl_value v);
};
/* Checks the shape of DOCUMENT and hands each binding on.  False with a message. */
bool asl__bindings_walk(asl__bindings_file *file, asl_value document);
/* Puts "FILE: KEY: MESSAGE" into the error; false. */
bool asl__bindings_complain(const asl__bindings_file *file, const char *format, ...)
    ASL__PRINTF(2, 3);
/* Whether KEY, a string, is one of NAMES (NULL at the end; may be NULL). */
bool asl__is_one_of(asl_value key, const char *const *names);
/* Complains that no module for KIND is linked; false. */
bool asl__bindings_unlinked(const asl__bindings_file *file, asl_value kind);
/* For a program without this layer: whether DOCUMENT is a --tasks file all of whose
 * bindings would be linked.  False with a message. */
bool asl__bindings_check(const char *file, asl_value document, struct asl__buf *error);

/* exec_read.c: see asl__module_functions.read; the spec is an asl__exec_spec. */
bool asl__exec_read(asl__taskset *set, asl__bindings_file *file, asl_value v,
                    asl_value kind, asl__binding *binding);

/* config.c: reads a --tasks file into bindings, in file order. */
asl__binding *asl__bindings_read(asl__taskset *set, const char *file,
                                 asl_value document, struct asl__buf *error);
/* A new binding with KEY; NULL without memory. */
asl__binding *asl__binding_new(asl_region *region, const char *key, size_t len);

#endif
