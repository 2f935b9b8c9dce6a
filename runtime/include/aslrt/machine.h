/* What emitted C is made of: scopes, states, policies, and the operations by which a
 * state function says what comes next.
 *
 * A workflow is a tree of scopes (ASL: a States object): the machine's own, one for
 * each Parallel branch and each Map processor.  A frame runs one scope once: it holds
 * the enumerator of the state to run, the state's input, the result in hand, and the
 * scope's variables.  The emitted dispatch function calls one static function per
 * state; that function computes and then returns one of the operations below:
 *
 *   asl_go, asl_goto     another state comes next            ASL_GO_ON
 *   asl_end              the scope ends with an output       ASL_SUCCEEDED
 *   asl_raise, asl_fail  an error: Retry, Catch or the end   ASL_GO_ON, _PARKED, _FAILED
 *   asl_wait_*, asl_call, asl_parallel, asl_map              ASL_PARKED
 *
 * A parked frame says in its request what it waits for; the scheduler grants it and
 * runs the dispatch again at the state named there (a `__done` state), with the outcome
 * in f->result.  Nothing of a state lives on the C stack between.
 */
#ifndef ASLRT_MACHINE_H
#define ASLRT_MACHINE_H

#include <aslrt/ops.h>
#include <aslrt/task.h>
#include <aslrt/value.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct asl_frame asl_frame;
typedef struct asl_scope asl_scope;
typedef struct asl_execution asl_execution;

/* What a state function found: how the frame goes on. */
typedef enum asl_next {
    ASL_GO_ON,     /* f->state is the state to run next */
    ASL_PARKED,    /* the frame waits for what f's request names */
    ASL_SUCCEEDED, /* the scope is over; f->result is its output */
    ASL_FAILED,    /* the scope failed; f->result is the error value */
    ASL_STOPPED    /* stopped from outside: an enclosing failure, an abort */
} asl_next;

enum asl_state_type {
    ASL_TYPE_PASS,
    ASL_TYPE_TASK,
    ASL_TYPE_CHOICE,
    ASL_TYPE_WAIT,
    ASL_TYPE_SUCCEED,
    ASL_TYPE_FAIL,
    ASL_TYPE_PARALLEL,
    ASL_TYPE_MAP,
    ASL_TYPE_CALLBACK /* a Task whose attempts have a token in the context */
};

/* Which part of a state an enumerator stands for. */
enum asl_role {
    ASL_ROLE_ENTRY, /* where transitions lead */
    ASL_ROLE_DONE,  /* goes on with f->result once the wait is over */
    ASL_ROLE_CATCH  /* a catcher's own fields, with the Error Output in f->result */
};

/* A retrier (errors.md 4). */
typedef struct asl_retry {
    const asl_value *errors; /* error names */
    uint32_t nerrors;
    uint32_t wait;      /* IntervalSeconds */
    uint32_t attempts;  /* MaxAttempts */
    uint32_t max_delay; /* MaxDelaySeconds; 0: none */
    double backoff;     /* BackoffRate */
    bool jitter;        /* JitterStrategy FULL */
} asl_retry;

/* A catcher (errors.md 5).  NEXT is a state (then the Error Output becomes its input),
 * or the ASL_ROLE_CATCH enumerator whose function applies the catcher's fields. */
typedef struct asl_catch {
    const asl_value *errors;
    uint32_t nerrors;
    uint32_t next;
} asl_catch;

typedef struct asl_policy {
    const asl_retry *retry;
    const asl_catch *catches;
    uint32_t nretry, ncatch;
} asl_policy;

/* One enumerator of a scope. */
typedef struct asl_state {
    asl_value name;           /* the state's name, a string */
    uint8_t type;             /* enum asl_state_type */
    uint8_t role;             /* enum asl_role */
    uint32_t entry;           /* the enumerator of the state's entry */
    const asl_policy *policy; /* NULL: neither Retry nor Catch */
} asl_state;

/* How a state can be left, for the coverage that `PROGRAM test` reports; nothing else
 * reads it. */
enum asl_way_kind {
    ASL_WAY_NEXT,
    ASL_WAY_END,
    ASL_WAY_RULE,    /* of a Choice */
    ASL_WAY_DEFAULT, /* of a Choice */
    ASL_WAY_CATCH
};
#define ASL_OUT UINT32_MAX /* no state: the scope ends */

typedef struct asl_way {
    uint32_t from, to; /* entries; ASL_OUT: the scope's end */
    uint32_t kind;     /* enum asl_way_kind */
    uint32_t number;   /* which rule or catcher, from 1 */
} asl_way;

enum {
    ASL_SCOPE_CLOCK = 1 /* something reads $$.State.EnteredTime */
};

struct asl_scope {
    const asl_state *states; /* [0] is StartAt's entry */
    uint32_t nstates;
    uint32_t nvars;             /* variables this scope assigns */
    const asl_value *var_names; /* nvars strings */
    asl_next (*dispatch)(asl_frame *f);
    uint32_t flags; /* ASL_SCOPE_... */
    const asl_way *ways; /* by .from, which ascends */
    uint32_t nways;
};

typedef struct asl_machine {
    const char *name;          /* the file's name without extensions */
    const asl_scope *scope;    /* the top scope */
    int64_t timeout;           /* TimeoutSeconds; 0: none */
    bool express;              /* --type EXPRESS */
    const char *definition;    /* the source text, for `PROGRAM definition` */
    size_t definition_len;
    const asl_scope *const *scopes; /* all, the top one first; NULL at the end */
} asl_machine;

/* How a Task's resource is written in history and bound. */
enum asl_task_kind {
    ASL_TASK_LAMBDA,   /* arn:...:lambda:...:function:NAME, or a bare name or URL */
    ASL_TASK_ACTIVITY, /* arn:...:states:...:activity:NAME */
    ASL_TASK_SERVICE   /* arn:...:states:::SERVICE:ACTION[.PATTERN] */
};
enum asl_task_pattern {
    ASL_REQUEST_RESPONSE,
    ASL_SYNC,
    ASL_SYNC2,
    ASL_WAIT_FOR_TASK_TOKEN
};

typedef struct asl_task {
    asl_value state;     /* the name of the state it is the task of */
    asl_value resource;  /* the whole Resource */
    asl_value action;    /* SERVICE: `invoke`, `startExecution.sync:2`; else the function's
                            or activity's name without qualifier */
    asl_value service;   /* SERVICE: `lambda`, `aws-sdk:s3`; else empty */
    asl_value function;  /* the function's name known at build time (lambda ARN, or a
                            literal FunctionName of states:::lambda:invoke; an ARN there is
                            cut to the name); else undefined */
    asl_value machine;   /* states:startExecution: the StateMachineArn known at build time;
                            else undefined */
    uint8_t kind;        /* enum asl_task_kind */
    uint8_t pattern;     /* enum asl_task_pattern */
    bool invoke;         /* states:::lambda:invoke: Payload in, envelope out */
    uint32_t index;      /* place in asl_program_def.tasks */
    uint32_t timeout;    /* TimeoutSeconds when literal; 0: none */
    uint32_t heartbeat;  /* HeartbeatSeconds when literal; 0: none */
    bool limit_paths;    /* one of them is found by a path */
    const asl_handler *handler; /* weak reference to asl_handler_NAME; NULL: not linked */
    const struct asl_aws_operation *aws; /* what it calls of AWS; NULL: not known or not linked */
} asl_task;

typedef struct asl_parallel {
    const asl_scope *const *branches;
    uint32_t nbranches;
} asl_parallel;

typedef struct asl_map {
    const asl_scope *scope; /* the processor's */
    /* ItemSelector for the item's frame F, before its first state; GIVEN[0] is what $
     * means, ITEM the item.  NULL: the item itself.  Must live in F's region or its
     * ancestors'. */
    asl_value (*select)(asl_frame *f, const asl_value *given, asl_value item,
                        uint32_t index);
    /* Fills in GIVEN[1] up to NGIVEN - 1: what paths in $ find, the same for all items.
     * NULL: there are none. */
    void (*give)(asl_value input, asl_value *given);
    uint32_t ngiven;
    /* BatchInput of an ItemBatcher, on the Map's own frame; NULL: none. */
    asl_value (*batch_input)(asl_frame *f);
    bool distributed;
    bool tolerant; /* one of the ToleratedFailure fields is given */
    uint32_t max_concurrency;      /* 0: no limit */
    uint32_t tolerated_count;
    double tolerated_percentage;
    uint32_t batch_items, batch_bytes; /* ItemBatcher; 0: not given */
    asl_value label;               /* Label or undefined */
} asl_map;

/* Code that a program links only where something in it needs it. */
typedef struct asl_module asl_module;

/* Defined by the library of this ABI only: a program does not link with another one. */
extern const char asl_abi_1;

typedef struct asl_program_def {
    const char *abi; /* &asl_abi_1 */
    const asl_machine *const *machines; /* NULL at the end; [0] is the default */
    const asl_task *const *tasks;       /* NULL at the end; those with .index in order */
    const asl_module *const *modules;   /* NULL at the end */
} asl_program_def;

/* ---- the frame ---------------------------------------------------------------- */

/* The part of a frame that emitted code sees.  What it waits for, its timers and its
 * relations belong to the library, behind it. */
struct asl_frame {
    asl_region region;     /* what this frame allocates */
    uint32_t state;        /* enumerator of the state to run */
    uint32_t attention;    /* not zero: asl__boundary has something to look at */
    uint64_t event;        /* id of the last history event of this frame (counted even
                              with history off) */
    asl_value input;       /* the state's raw input */
    asl_value result;      /* a __done or catch state's outcome; the scope's output */
    asl_value *vars;       /* scope->nvars values; undefined: not assigned yet */
    asl_frame *parent;     /* the frame of the enclosing scope, parked; NULL at the top */
    const asl_scope *scope;
    asl_execution *execution;
    asl_region *landing;   /* where an output that needs nothing of REGION is best made */
    const struct asl__direct *const *quick; /* by asl_task.index, the C handlers that its
                              states call without ado; NULL: none, or no longer */
    uint64_t entered;      /* event id of the current state's Entered, once it has waited */
};

enum {
    ASL_ATTENTION_BIG = 1,     /* the region wants compaction */
    ASL_ATTENTION_STOP = 2,    /* look whether an enclosing scope has been stopped */
    ASL_ATTENTION_HISTORY = 4, /* events are written */
    ASL_ATTENTION_CLOCK = 8,   /* State.EnteredTime is wanted */
    ASL_ATTENTION_YIELD = 16,  /* others wait for this worker */
    ASL_ATTENTION_LIMITS = 32  /* --aws-limits: sizes and events are checked */
};

bool asl__boundary(asl_frame *f, asl_next *next);

/* The dispatch loop's condition: whether to run f->state now.  False when the frame is
 * parked, over, stopped, or has had its turn; *NEXT is what dispatch returns. */
static inline bool asl_more(asl_frame *f, asl_next *next)
{
    if (*next != ASL_GO_ON)
        return false;
    if (__atomic_load_n(&f->attention, __ATOMIC_RELAXED) == 0)
        return true;
    return asl__boundary(f, next);
}

/* Whether STATE, the only one that statically follows, is to run next with nothing to look
 * at before: then dispatch goes there without its switch. */
static inline bool asl_follows(const asl_frame *f, asl_next next, uint32_t state)
{
    return ASL__LIKELY(next == ASL_GO_ON && f->state == state &&
                       __atomic_load_n(&f->attention, __ATOMIC_RELAXED) == 0);
}

/* ---- what a state function returns -------------------------------------------- */

/* OUTPUT becomes the input of STATE (an entry of the same scope). */
static inline asl_next asl_go(asl_frame *f, asl_value output, uint32_t state)
{
    f->input = output;
    f->state = state;
    f->event += 2; /* this state's Exited, the next one's Entered */
    return ASL_GO_ON;
}
/* The same where the output is the input as it stands. */
static inline asl_next asl_goto(asl_frame *f, uint32_t state)
{
    f->state = state;
    f->event += 2;
    return ASL_GO_ON;
}
/* The scope ends; OUTPUT is its output (End: true, Succeed). */
static inline asl_next asl_end(asl_frame *f, asl_value output)
{
    f->result = output;
    f->event += 1;
    return ASL_SUCCEEDED;
}
/* asl_end with asl_record's object, or asl_raise with its error. */
ASL_INLINE asl_next asl_end_record(asl_frame *f, size_t count, const asl_value *keys,
                                   const asl_value *values);
asl_next asl_end_record_any(asl_frame *f, size_t count, const asl_value *keys,
                            const asl_value *values);
/* The state failed with the error value ERROR, whose Cause gets the prefix "An error
 * occurred while executing the state ..." unless its flags say it has it or must not.
 * Retry and Catch of the state are applied unless the error is final. */
asl_next asl_raise(asl_frame *f, asl_value error);
/* asl_raise with the error that the function of that name makes (ops.h). */
asl_next asl_raise_path_missing(asl_frame *f, const asl_path *path, asl_value root);
asl_next asl_raise_items_missing(asl_frame *f, const asl_path *path, asl_value root);
asl_next asl_raise_template_missing(asl_frame *f, const char *path, const char *field,
                                    asl_value input);
asl_next asl_raise_choice_missing(asl_frame *f, const char *path, bool operand);
asl_next asl_raise_intrinsic_missing(asl_frame *f, const char *whole, const char *path,
                                     asl_value input);
asl_next asl_raise_intrinsic_error(asl_frame *f, asl_value error, const char *whole);
/* The error value ERROR with that prefix as asl_raise gives it. */
asl_value asl_prefixed(asl_frame *f, asl_value error);
/* A Fail state: ERROR and CAUSE are strings or undefined; no prefix.  An error value
 * in one of them is raised instead; another type is a States.Runtime. */
asl_next asl_fail(asl_frame *f, asl_value error, asl_value cause);
/* A Choice found no rule and has no Default. */
asl_next asl_no_choice(asl_frame *f);

/* A record of values that are all in their words is made where it can stay. */
ASL_INLINE asl_next asl_end_record(asl_frame *f, size_t count, const asl_value *keys,
                                   const asl_value *values)
{
    asl_region *landing = f->landing;
    size_t size = sizeof(asl_block) + count * sizeof(asl_member);
    bool in_words = count <= 16 && (size_t)(landing->end - landing->next) >= size;

#pragma GCC unroll 16
    for (size_t i = 0; i < count; i++)
        in_words = in_words && asl__in_words(values[i]);
    if (!in_words)
        return asl_end_record_any(f, count, keys, values);
    asl_block *block = (asl_block *)(void *)landing->next;
    landing->next += size;
    return asl_end(f, asl__record_at(block, count, keys, values, 1));
}

/* ---- Wait --------------------------------------------------------------------- */

/* Parks until SECONDS have passed, or until the time SECONDS_OR_STAMP says, then goes on at
 * DONE with the input unchanged.  The _path forms take what the path PATH (its text, for
 * Causes) found, undefined when it found nothing, and raise as AWS does (errors.md 3.5). */
asl_next asl_wait_seconds(asl_frame *f, int64_t seconds, uint32_t done);
asl_next asl_wait_until(asl_frame *f, const char *timestamp, uint32_t done);
asl_next asl_wait_seconds_path(asl_frame *f, asl_value v, const char *path, uint32_t done);
asl_next asl_wait_until_path(asl_frame *f, asl_value v, const char *path, uint32_t done);

/* ---- Task --------------------------------------------------------------------- */

/* For the coming asl_call: limits found by a path (a positive integer, else the state
 * fails as AWS does), and the evaluated Credentials.  Undefined, or the error to raise. */
asl_value asl_task_timeout(asl_frame *f, asl_value seconds, const char *path);
asl_value asl_task_heartbeat(asl_frame *f, asl_value seconds, const char *path);
asl_value asl_task_credentials(asl_frame *f, asl_value credentials);
/* Parks until TASK, given INPUT, has answered; goes on at DONE with the answer in
 * f->result.  An error goes to the state's policy first: DONE never sees it. */
ASL_INLINE asl_next asl_call(asl_frame *f, const asl_task *task, asl_value input,
                             uint32_t done);
asl_next asl_call_any(asl_frame *f, const asl_task *task, asl_value input, uint32_t done);
/* The handler of the current state gave ERROR. */
asl_next asl_call_failed(asl_frame *f, asl_value error);

/* A C handler that its Task calls itself.  The library knows more of it, behind this. */
struct asl__direct {
    asl_task_fn *fn;
};

/* Where such a handler answers, nobody has to wait: all is done within the state, without
 * a call that could be abandoned. */
ASL_INLINE asl_next asl_call(asl_frame *f, const asl_task *task, asl_value input,
                             uint32_t done)
{
    const struct asl__direct *direct = f->quick ? f->quick[task->index] : NULL;

    uint64_t head = input.u.word.head, body = input.u.word.body; /* two loads, no copy */

    if (!direct || asl_is_error(input))
        return asl_call_any(f, task, asl__words(head, body), done);
    f->entered = f->event;
    f->event += 3; /* Scheduled, Started, and Succeeded or Failed */
    f->state = done;
    asl_task_call call = { &f->region, direct };
    asl_value v = direct->fn(&call, asl__words(head, body));
    if (asl_is_error(v))
        return asl_call_failed(f, v);
    asl__store(&f->result, asl_is_undefined(v) ? asl_null() : v);
    return ASL_GO_ON;
}

/* ---- Parallel and Map --------------------------------------------------------- */

/* Parks until all branches, each given INPUT, have ended: f->result is the array of their
 * outputs at DONE.  A branch's failure stops the others and goes to the policy. */
asl_next asl_parallel_run(asl_frame *f, const asl_parallel *parallel, asl_value input,
                          uint32_t done);
/* Opens a Map: INPUT is what $ means in its ItemSelector, ITEMS the array to go over
 * (PATH is the ItemsPath's text, for Causes: a value that is no array raises).  Writes
 * MapStateStarted.  Undefined, or the error to raise. */
asl_value asl_map_open(asl_frame *f, const asl_map *map, asl_value input, asl_value items,
                       const char *path);
/* Limits found by a path, undefined or the error to raise (errors.md 3.6).  Concurrency
 * comes before asl_map_open, the others after it. */
asl_value asl_map_concurrency(asl_frame *f, asl_value v, const char *path);
asl_value asl_map_tolerated_count(asl_frame *f, asl_value v, const char *path);
asl_value asl_map_tolerated_percentage(asl_frame *f, asl_value v, const char *path);
asl_value asl_map_batch_items(asl_frame *f, asl_value v, const char *path);
asl_value asl_map_batch_bytes(asl_frame *f, asl_value v, const char *path);
/* In asl_map.give: GIVEN[INDEX] is V. */
static inline void asl_give(asl_value *given, uint32_t index, asl_value v)
{
    asl__store(&given[index], v);
}
/* In asl_map.select: that again. */
static inline asl_value asl_given(const asl_value *given, uint32_t index)
{
    return asl__load(&given[index]);
}
/* Parks until the items of the opened Map are done; f->result at DONE is the array. */
asl_next asl_map_run(asl_frame *f, uint32_t done);

/* $$.Map.Item.Value, .Index, .Key of the innermost enclosing Map; undefined outside. */
asl_value asl_item_value(asl_frame *f);
asl_value asl_item_index(asl_frame *f);
asl_value asl_item_key(asl_frame *f);

/* ---- variables and context ---------------------------------------------------- */

void asl__note_assign(asl_frame *f, uint32_t slot);

/* Sets variable SLOT of F's scope (all right sides have been computed before). */
static inline void asl_assign(asl_frame *f, uint32_t slot, asl_value v)
{
    f->vars[slot] = v;
    if (__atomic_load_n(&f->attention, __ATOMIC_RELAXED) & ASL_ATTENTION_HISTORY)
        asl__note_assign(f, slot);
}
/* Variable SLOT of the scope DISTANCE levels out (0: F's own); undefined if unset. */
static inline asl_value asl_variable(asl_frame *f, uint32_t distance, uint32_t slot)
{
    while (distance-- > 0)
        f = f->parent;
    return f->vars[slot];
}

/* The context object ($$) or a part of it.  They live in F's region or further out. */
asl_value asl_context(asl_frame *f);
asl_value asl_context_execution(asl_frame *f);
asl_value asl_context_state_machine(asl_frame *f);
asl_value asl_context_state(asl_frame *f);
asl_value asl_context_task(asl_frame *f); /* {Token} where the Task has one, else undefined */
asl_value asl_context_map(asl_frame *f);  /* {Item: {...}} or undefined */

/* The source of random numbers for intrinsics (--seed). */
asl_random *asl_random_of(asl_frame *f);

/* ---- the program -------------------------------------------------------------- */

#ifdef __GNUC__
#define ASL_WEAK __attribute__((weak))
#define ASL_NOINLINE __attribute__((noinline))
#else
#define ASL_WEAK
#define ASL_NOINLINE
#endif

/* The main function of a workflow program: the command lines of program.1. */
int asl_main(int argc, char **argv, const asl_program_def *program);

/* Modules (struct asl_module in the library). */
extern const asl_module asl_module_exec, asl_module_http, asl_module_tls, asl_module_aws,
    asl_module_control, asl_module_states;

#ifdef __cplusplus
}
#endif
#endif
