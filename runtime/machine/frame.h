/* The machine layer's own structures: whole frames, forks, workers, the scheduler.
 *
 *   execution ── root frame
 *                  └─ fork (a running Parallel or Map) ── child frames ── forks ...
 *
 * A frame belongs to one thread at a time.  It changes hands only through the ready queue
 * or a fork's end, both under sched->lock, the one lock of this layer.  A child that never
 * parks is drawn, run and joined by one worker without a lock of its own.
 *
 * Frames are pooled and never given back to malloc before the scheduler is freed, so that
 * setting ASL_ATTENTION_STOP or _YIELD on a frame that has just ended is harmless: those
 * bits only mean "look".
 */
#ifndef ASL_MACHINE_FRAME_H
#define ASL_MACHINE_FRAME_H

#include "machine/sched.h"
#include "value/buf.h"
#include "value/region.h"

#include <pthread.h>

typedef struct asl__frame asl__frame;
typedef struct asl__fork asl__fork;
typedef struct asl__worker asl__worker;
typedef struct asl__child asl__child;

enum asl__request {
    ASL__REQ_NONE,
    ASL__REQ_WAIT,
    ASL__REQ_RETRY,
    ASL__REQ_CALL,
    ASL__REQ_ANSWER, /* of the call under way */
    ASL__REQ_FORK
};

/* Why a frame that was parked runs again. */
enum asl__wake {
    ASL__WAKE_START,   /* it has not run yet, or only gave up its turn */
    ASL__WAKE_TIMER,   /* its Wait or retry delay is over */
    ASL__WAKE_CALL,    /* its task has answered */
    ASL__WAKE_NEWS,    /* its task's submission has been answered */
    ASL__WAKE_TIMEOUT, /* its task took too long */
    ASL__WAKE_FORK     /* its Parallel or Map is complete */
};

struct asl__frame {
    asl_frame f; /* what emitted code sees; must be first */

    /* Kept with the frame from one use to the next. */
    uint32_t vars_room; /* of f.vars, which is malloc'd */
    uint32_t *retries;  /* room for one counter for each retrier, malloc'd, or NULL */
    uint32_t retries_room;
    asl_random random;
    uint64_t token[2];    /* of the task's attempt; has_token: it is set */
    uint64_t token_event; /* f.event when it was made */

    /* Its place among the others. */
    asl__fork *fork;  /* the fork it is a child of; NULL: root */
    asl__child *own;  /* inside a distributed Map's child: that child's execution */
    asl__frame *next; /* ready queue, pool */
    asl__frame *before, *after; /* fork->parked list */
    asl__frame *below; /* the frame its worker runs around it */
    uint32_t index;   /* which child */
    uint64_t seed;    /* of its random numbers; children derive theirs from it */

    /* All below is zero when the frame starts, but for entered_state.
     * What it waits for; written by the frame's owner before it parks. */
    _Alignas(16) uint8_t request; /* enum asl__request */
    uint8_t wake;       /* enum asl__wake */
    bool parked;        /* guarded by the lock: somebody may wake it */
    bool selecting;     /* an ItemSelector runs on it */
    bool linked;        /* in its fork's list of parked children; guarded by the lock */
    bool forked;        /* `open` is running; guarded by the lock */
    bool fork_failed;   /* the error in hand comes from its own fork */
    bool seeded;        /* `random` is set up */
    bool retrying;      /* `retries` holds counters; else they are all 0 */
    bool has_token;
    int64_t deadline;   /* REQ_WAIT, REQ_RETRY: on the program's clock */
    uint64_t timer;     /* serial of its timer; 0: none.  Guarded by the lock */
    asl__call *call;    /* REQ_CALL */
    asl__fork *open;    /* its running Parallel or Map */
    const asl_task *task;
    asl_value argument; /* REQ_CALL, REQ_FORK: the effective input */
    int64_t limits[2];  /* timeout and heartbeat found by paths; 0: none */
    asl_value credentials;

    /* The visit to the current state. */
    uint32_t entered_state; /* history or limits on: the state entered last; else and
                               at the start UINT32_MAX */
    uint32_t retry_total;   /* retries in this visit */
    uint64_t forks;         /* opened so far, for their seeds */
    uint64_t base;          /* f.event when the frame was made */
    uint64_t retry_mark;    /* f.event when the last retry was granted */
    uint64_t previous;      /* history on: id of the causally previous event */
    int64_t entered_time;   /* ASL_SCOPE_CLOCK */
    uint64_t assigned;      /* history on: slots assigned by this state (bit 63: any
                               above) */
};

enum { ASL__UUID_SIZE = 37 };

/* What makes a distributed Map's child an execution; belongs to its outermost frame. */
struct asl__child {
    const asl__frame *parent; /* the Map's frame */
    const asl_map *map;
    asl_value input;
    int64_t start;
    uint64_t events; /* guarded by the history lock */
    char name[ASL__UUID_SIZE];
    struct asl__buf arn; /* history on */
};

/* A running Parallel or Map. */
struct asl__fork {
    _Alignas(16) asl__frame *parent;
    const asl_parallel *parallel; /* one of the two */
    const asl_map *map;
    asl_value input; /* effective input */
    asl_value items; /* Map: what it goes over */
    uint32_t total;  /* children in all */
    uint32_t limit;  /* at most so many at once; 0: no limit */
    bool quiet;      /* children are plain: no history, no batches, no executions of their
                        own, no limits on what they give */
    asl_value *results;
    asl_block *block; /* results' header, in the parent's region */
    size_t held; /* size of the parent's region when it was opened */
    asl_value *given; /* Map with an ItemSelector: its own, in the parent's region */
    uint32_t batch_items;
    uint64_t batch_bytes;
    asl_value batch_input;
    uint32_t *batch_ends; /* malloc'd: first item behind batch i */
    int64_t tolerated_count;      /* -1: not given */
    double tolerated_percentage;  /* -1: not given */

    /* Guarded by the lock. */
    asl_region landing; /* where results of children that had parked are put */
    uint32_t drawn;     /* children started */
    uint32_t active;    /* children started and not joined */
    uint32_t pumps;     /* workers that draw from it */
    uint32_t failures;  /* of a Map: the items of the children that failed */
    uint32_t depth;     /* of the deepest result */
    uint32_t batch;     /* how many children a worker has come to draw at once; 0: none yet */
    uint64_t events;    /* history off: events counted by the children */
    bool failed;        /* `error` is set */
    bool claimed;       /* somebody resumes the parent */
    bool published;     /* in sched->forks, its parent parked */
    bool wide;          /* what is left is worth another worker's time */
    asl_value error;
    uint64_t last_event;   /* history on: the final event of the last child that succeeded */
    uint64_t freed_event;  /* history on: the last event inside it */
    uint64_t failed_event; /* the last event inside the child whose failure ended it */
    asl__frame *parked;
    asl__fork *before, *after; /* sched->forks */
    uint64_t born; /* monitor tick at which it was opened */
    uint64_t seed; /* children's seeds derive from it */

    uint32_t stop; /* atomic: children are to stop.  Partner: asl__stopped */
};

struct asl__worker {
    asl__sched *sched;
    struct asl__chunks chunks;
    asl__frame *frames; /* pool of this worker */
    asl__frame *top;    /* atomic: innermost frame being run.  Partner: asl__mark_all */
    asl__worker *next;  /* all */
    asl__worker *spare; /* those no thread uses */
    pthread_t thread;
    bool threaded;
    asl__frame first; /* of its pool: most workflows need no other */
};

struct asl__timer {
    int64_t deadline;
    uint64_t serial;
    asl__frame *frame;        /* one of the two */
    asl_execution *execution;
};

struct asl__slab {
    struct asl__slab *next;
    asl__frame frames[32];
};

struct asl__sched {
    asl__options options;
    uint32_t attention; /* bits that the options give to every frame */
    struct asl__pool pool;
    pthread_mutex_t lock; /* the layer's lock; guards all below */
    pthread_cond_t ready_cond; /* something is ready, an execution is over, or quit */
    asl__frame *ready, **ready_end;
    size_t nready;
    struct asl__timer *heap;
    size_t timers, heap_size;
    uint64_t serial; /* of timers */
    asl__fork *forks; /* open ones */
    asl__worker *workers; /* all */
    asl__worker *spare;   /* not in use by a caller's thread */
    asl__worker first;    /* of them; the others are malloc'd */
    struct asl__slab *slabs;
    unsigned threads; /* worker threads started */
    unsigned callers; /* callers' threads that work for their executions */
    unsigned idle, busy, real_calls;
    asl__frame nobody; /* what a timer of a freed execution points to */
    bool timekeeper; /* an idle worker waits for the earliest timer */
    asl_execution *executions; /* that have begun and are not freed */
    uint64_t started;  /* executions so far */
    size_t running;    /* of them, those that are not over, or whose `gone` has not ended */
    bool has_key;
    uint64_t key[2]; /* by which its own task tokens are known; set once */
    bool quit;
    bool monitored, monitor_sleeps;
    uint64_t tick; /* of the monitor */
    uint64_t activity; /* forks opened, machine timers armed */
    pthread_t monitor;
    pthread_cond_t monitor_cond;

    /* Clock. */
    bool is_virtual;
    int64_t base;      /* program time at real_base, microseconds */
    int64_t real_base; /* CLOCK_MONOTONIC, microseconds */
    bool flowing;      /* virtual clock: a real call is under way */

    /* Lent to the first worker; not cleared. */
    _Alignas(16) char chunk[ASL__CHUNK_LEAST];
};

struct asl_execution {
    asl__sched *sched;
    const asl_machine *machine;
    const asl__direct *const *direct; /* of the tasks, where limits on sizes do not matter */
    const asl__direct *const *quick;  /* those of which nothing is to be told or timed */
    uint32_t attention; /* of each frame from its start */
    asl_region region;  /* input; once it runs, the lock guards it */
    struct asl__chunks chunks;
    asl__frame *root;
    asl_value input, overlay;
    asl_value execution_context, machine_context; /* once there is a context */
    bool has_context; /* atomic; set under the lock.  Partners: in context.c */
    const char *input_text; /* borrowed; as given */
    size_t input_len;
    const char *name; /* borrowed; NULL: the seed makes one */
    int64_t start;    /* on the program's clock */
    asl__history *history;  /* NULL: off */
    pthread_mutex_t history_lock; /* history on: guards the rest up to seed, and the
                                     history's write */
    uint64_t events;
    uint64_t last; /* id of the last event on `line` */
    struct asl__buf line; /* of the events that are being written, one or two */
    size_t line_count;
    struct asl__buf text; /* of a value, before it is quoted */
    int64_t stamp;        /* start of the millisecond that stamp_text shows */
    char stamp_text[31];
    uint8_t stamp_len; /* 0: none yet */
    size_t charged;       /* bytes of the input's text */
    size_t charged_texts; /* bytes of line and text; guarded by history_lock */
    uint64_t seed;
    int64_t stop_time; /* once it is over, where `gone` is wanted; else 0 */
    uint64_t number; /* of the scheduler's executions, from 0 */
    uint64_t timer; /* of TimeoutSeconds */
    uint32_t stop;  /* atomic: 1 aborted, 2 timed out */
    enum asl__status status;
    bool over;      /* guarded by the lock */
    asl_value output;
    asl_error_info error;
    void (*ended)(asl_execution *execution, void *user);
    void (*gone)(asl_execution *execution, void *user);
    void *user;
    const asl_execution *top; /* what it was started for in the end; NULL: itself */
    asl_execution *before, *after; /* sched->executions; guarded by the lock */
    bool listed;
    _Alignas(16) char few[256]; /* where the region begins; in none of its chunks */
};

static inline asl__frame *asl__whole(asl_frame *f) { return (asl__frame *)(void *)f; }

/* ---- sched.c ------------------------------------------------------------------ */
void asl__lock(asl__sched *s);
void asl__unlock(asl__sched *s);
int64_t asl__now_locked(asl__sched *s);
int64_t asl__monotonic(void);
/* Moves a virtual clock to DEADLINE, where the caller is the only one at work and nothing
 * happens before; false, with nothing done, elsewhere.  Lock held. */
bool asl__clock_jump(asl__sched *s, int64_t deadline);
/* Puts X, no longer parked, on the ready queue.  Lock held. */
void asl__make_ready(asl__sched *s, asl__frame *x, enum asl__wake wake);
asl__frame *asl__frame_new(asl__worker *w, asl_execution *e, const asl_scope *scope);
typedef uint64_t asl__pair __attribute__((vector_size(16), may_alias));

/* Zeroes SIZE bytes at AT, a constant multiple of 16, in as many stores as that needs:
 * for a few dozen words memset, or what the compiler makes of it, is dear. */
static inline void asl__zero_pairs(void *at, size_t size)
{
#pragma GCC unroll 32
    for (size_t i = 0; i < size / 16; i++)
        ((asl__pair *)at)[i] = (asl__pair){ 0, 0 };
}

/* X is at its scope's first state. */
static inline void asl__frame_start(asl__frame *x)
{
    enum { FROM = offsetof(asl__frame, request), SIZE = sizeof *x - FROM };
    uint32_t clock = (x->f.scope->flags & ASL_SCOPE_CLOCK) * ASL_ATTENTION_CLOCK;
    uint32_t attention = x->f.execution->attention | clock;

    _Static_assert(SIZE % 16 == 0 && sizeof(asl__fork) % 16 == 0,
                   "the last word would be left");
    _Static_assert(ASL_SCOPE_CLOCK == 1, "the flag times a bit is the bit");
    asl__zero_pairs(&x->request, SIZE);
    x->entered_state = UINT32_MAX;
    x->f.state = 0;
    x->f.result = asl_undefined(); /* a root, as the input, which the caller sets */
    x->f.quick = x->f.execution->quick;
    x->f.entered = 0;
    /* Others may have set bits, or be setting them: whatever it was, have a look. */
    if (__atomic_load_n(&x->f.attention, __ATOMIC_RELAXED) != attention)
        __atomic_store_n(&x->f.attention, attention | ASL_ATTENTION_STOP,
                         __ATOMIC_SEQ_CST);
}

/* Makes X, which has ended, ready to run SCOPE as the same fork's child; false without
 * memory. */
bool asl__frame_again_any(asl__frame *x, const asl_scope *scope);
static inline bool asl__frame_again(asl__frame *x, const asl_scope *scope)
{
    if (x->f.scope != scope || scope->nvars > 0 || !asl__region_rewind(&x->f.region))
        return asl__frame_again_any(x, scope);
    asl__frame_start(x);
    return true;
}
/* The same for X's last scope, where that run has neither waited nor told anything: then
 * it has left nothing behind but what its region holds.  False, with X to be readied by
 * asl__frame_again, where it is not as simple as that. */
static inline bool asl__frame_repeat(asl__frame *x)
{
    if (x->f.scope->nvars > 0 ||
        __atomic_load_n(&x->f.attention, __ATOMIC_RELAXED) != 0 ||
        !asl__region_rewind(&x->f.region))
        return false;
    x->seeded = x->has_token = false;
    x->forks = 0; /* one may have failed before it ran */
    x->f.state = 0;
    asl__store(&x->f.result, asl_undefined());
    return true;
}
void asl__frame_free(asl__worker *w, asl__frame *x);
/* Whether X's execution or an enclosing fork is to stop. */
bool asl__stopped(const asl__frame *x);
/* Sets BIT on the frame each worker is running.  Lock held. */
void asl__mark_all(asl__sched *s, uint32_t bit);
/* Gets one more worker to draw from an open fork.  Lock held. */
void asl__help_fork(asl__sched *s);
/* Tells the monitor that there is work for it.  Lock held. */
void asl__watch(asl__sched *s);
/* A timer has been added: whoever waits for the earliest one may have to wait less.
 * Lock held. */
void asl__retime(asl__sched *s);

/* ---- timer.c ------------------------------------------------------------------ */
/* Arms a timer for FRAME or EXECUTION; its serial, or 0 without memory.  Lock held. */
uint64_t asl__timer_add(asl__sched *s, int64_t deadline, asl__frame *frame,
                        asl_execution *execution);
/* The earliest deadline still wanted; false if there is none.  Lock held. */
bool asl__timer_next(asl__sched *s, int64_t *deadline);
/* Wakes what is due at NOW; how many.  Lock held. */
size_t asl__timers_fire(asl__sched *s, int64_t now);

/* ---- policy.c ----------------------------------------------------------------- */
/* Retry, Catch or failure for ERROR in F's current state. */
asl_next asl__policy(asl_frame *f, asl_value error);
/* Id of the Entered event of the current state. */
uint64_t asl__entered(asl_frame *f);
/* Notes that the current state starts to wait: remembers its Entered id, and forgets
 * the retries of an earlier visit. */
static inline void asl__visit(asl__frame *x)
{
    if (x->f.event == x->retry_mark || x->open ||
        x->f.scope->states[x->f.state].role != ASL_ROLE_ENTRY)
        return;
    x->f.entered = x->f.event;
    x->retry_total = 0;
    x->retrying = false;
}

/* ---- dispatch.c --------------------------------------------------------------- */
/* Runs X, for which NEXT comes next, until it parks or ends. */
asl_next asl__run(asl__worker *w, asl__frame *x, asl_next next);
/* Puts X, whose turn is over, behind the others that are ready; ASL_PARKED. */
asl_next asl__give_up_turn(asl__frame *x);
/* Runs X, and parents that go on when it ends. */
void asl__advance(asl__worker *w, asl__frame *x);
/* The outcome V of what X waited for: the result, or the error to the policy. */
static inline asl_next asl__settle(asl__frame *x, asl_value v)
{
    if (asl_is_error(v))
        return asl__policy(&x->f, v);
    asl__store(&x->f.result, asl_is_undefined(v) ? asl_null() : v);
    return ASL_GO_ON;
}
/* wait.c: waits until DEADLINE, then DONE. */
asl_next asl__wait_until(asl_frame *f, int64_t deadline, uint32_t done);
/* Shrinks a child's region to its live values before it parks. */
void asl__shrink(asl__frame *x);
/* Links X into its fork's list of parked children, unlinks it.  Lock held. */
void asl__park(asl__frame *x);
void asl__unpark(asl__frame *x);

/* ---- call.c ------------------------------------------------------------------- */
/* Weak, since only what a Task's state calls brings call.c along: a program without a Task
 * has none of these, and no frame that would come to them. */
ASL__WEAK asl_next asl__call_start(asl__worker *w, asl__frame *x, bool *parked);
ASL__WEAK asl_value asl__call_take(asl__frame *x);
/* Notes the answer to the submission of X's call: ASL_PARKED with ASL__REQ_ANSWER, or what
 * comes of an error. */
ASL__WEAK asl_next asl__call_news(asl__frame *x);
/* Parks X until its call is over, unless it is by now. */
ASL__WEAK asl_next asl__call_await(asl__frame *x, bool *parked);
/* What comes of X's call now that its time seems to be up: it may have been answered, or
 * have got a heartbeat (ASL_PARKED with ASL__REQ_ANSWER). */
ASL__WEAK asl_next asl__call_late(asl__frame *x);
/* The same for X that is stopped: only its event. */
ASL__WEAK void asl__call_late_event(asl__frame *x);
ASL__WEAK void asl__call_abandon(asl__frame *x);

/* ---- branch.c ----------------------------------------------------------------- */
/* Opens X's fork and runs it; PARKED if others finish it. */
asl_next asl__fork_start(asl__worker *w, asl__frame *x, bool *parked);
/* Draws and runs children of K for as long as there are any; K->pumps has been raised by
 * the caller under the lock.  True: the fork is complete, and the caller is the one to
 * resume its parent. */
bool asl__fork_pump(asl__worker *w, asl__fork *k);
/* Makes K known to the other workers and the monitor.  Lock held. */
void asl__fork_publish(asl__sched *s, asl__fork *k);
/* Whether a further worker could draw from K.  Lock held. */
bool asl__fork_has_work(const asl__fork *k);
/* Joins X, a child that had parked, and raises K->pumps for the asl__fork_pump that must
 * follow. */
void asl__fork_join(asl__worker *w, asl__fork *k, asl__frame *x, asl_next outcome);
asl_value asl__fork_finish(asl__frame *x);
/* Stops a fork's children; lock held. */
void asl__fork_stop(asl__sched *s, asl__fork *k);
/* Stops X, parked or not; lock held. */
void asl__frame_stop(asl__sched *s, asl__frame *x);
void asl__fork_free(asl__fork *k);

asl__fork *asl__fork_new(asl__frame *x, uint32_t total);
/* ERROR with the prefix that names F's current state, in REGION. */
asl_value asl__prefix(asl_frame *f, asl_region *region, asl_value error);

/* ---- child.c ------------------------------------------------------------------ */
/* A UUID made from SEED. */
void asl__uuid(char buf[ASL__UUID_SIZE], uint64_t seed, unsigned version);
/* The execution of X, a child of the distributed Map K; NULL without memory. */
asl__child *asl__child_new(const asl__frame *x, const asl__fork *k);
void asl__child_free(asl__child *child);
/* Its context's Execution and StateMachine. */
asl_value asl__child_execution(asl_region *r, const asl__child *child, asl_value start);
asl_value asl__child_machine(asl_region *r, const asl__child *child);
/* The ARN of the Map Run that X starts. */
void asl__print_map_run(struct asl__buf *b, const asl__frame *x, const asl_map *map);

/* ---- limits.c ----------------------------------------------------------------- */
/* Bytes of V as JSON text. */
size_t asl__text_size(asl_value v);
/* The error for a result or output of the state or task NAME that is over the service's
 * limit; undefined when V is not. */
asl_value asl__check_size(asl_region *region, asl_value name, asl_value v);
/* At a boundary with ASL_ATTENTION_LIMITS: the error to fail with, or undefined. */
asl_value asl__check_limits(asl__frame *x);

/* ---- map.c -------------------------------------------------------------------- */
/* How many items child INDEX of the Map K stands for. */
uint32_t asl__map_weight(const asl__fork *k, uint32_t index);
/* An item is an element of an array, or the second of the two values of a member. */
static inline size_t asl__map_step(const asl__fork *k)
{
    return asl_is_object(k->items) ? 2 : 1;
}
/* Item INDEX as it is. */
static inline const asl_value *asl__map_item(const asl__fork *k, uint32_t index)
{
    size_t step = asl__map_step(k);

    return asl__items(k->items) + index * step + (step - 1);
}
static inline asl_value asl__map_raw(const asl__fork *k, uint32_t index)
{
    return *asl__map_item(k, index);
}
/* The item INDEX, which is X's own, through the ItemSelector. */
static inline asl_value asl__map_select(asl__fork *k, asl__frame *x, uint32_t index)
{
    if (!k->map->select)
        return asl__map_raw(k, index);
    x->selecting = true;
    asl_value v = k->map->select(&x->f, k->given, asl__map_raw(k, index), index);
    x->selecting = false;
    return asl_is_error(v) ? asl__prefix(&k->parent->f, &x->f.region, v) : v;
}
/* The same for the batch INDEX: an object with the Items of it. */
asl_value asl__map_batched(asl__fork *k, asl__frame *x, uint32_t index);
bool asl__map_tolerates(const asl__fork *k);
/* What an open Map needs before its items: ItemSelector's share, batches.  Undefined or an
 * error. */
asl_value asl__map_prepare(asl_frame *f);
/* What item INDEX is given, or the batch INDEX, as a copy in REGION. */
asl_value asl__map_given(asl__fork *k, uint32_t index, bool batched, asl_region *region);
bool asl__map_batch(asl__fork *k);

/* ---- event.c ------------------------------------------------------------------ */
/* Each counts one event on X, and writes it when history is on. */
void asl__event(asl__frame *x, const char *type);
void asl__event_prev(asl__frame *x, const char *type, uint64_t previous);
void asl__event_started(asl_execution *e);
void asl__event_over(asl_execution *e, uint64_t previous);
/* The first and the last event of a distributed Map's child. */
void asl__event_child_started(asl__frame *x);
void asl__event_child_over(asl__frame *x, asl_next outcome);
/* At the entry of a state: the one before is left, if there is one, and this entered. */
void asl__event_transition(asl__frame *x);
void asl__event_exited(asl__frame *x, asl_value output);
void asl__event_scheduled(asl__frame *x, asl_value input, int64_t timeout, int64_t heartbeat);
void asl__event_task(asl__frame *x, asl_value v, bool timed_out);
/* An expression of STATE has failed with ERROR; LOCATION: its field, or NULL. */
void asl__event_evaluation_failed(asl__frame *x, asl_value error, const char *location,
                                  asl_value state);
void asl__event_submitted(asl__frame *x, asl_value reply);
/* A worker, of the name WORKER (undefined: none), has taken the activity's task. */
void asl__event_activity_started(asl__frame *x, asl_value worker);
void asl__event_iteration(asl__frame *x, const char *type, const asl_state *state,
                          uint32_t index, uint64_t previous);
void asl__event_map_started(asl__frame *x, size_t length);
void asl__event_map_run(asl__frame *x, const char *type, asl_value error);

/* ---- context.c ---------------------------------------------------------------- */
/* Makes E's context; false without memory. */
bool asl__context_init(asl_execution *e);
/* The same unless it has one.  Lock held. */
void asl__context_need(asl_execution *e);

/* ---- token.c ------------------------------------------------------------------ */
/* The token of X's attempt at its Task in TOKEN, made where there is none yet; false: the
 * system gives no random numbers. */
bool asl__frame_token(asl__frame *x, uint64_t token[2]);

#endif
