/* See tokens.h. */
#include "value/base.h"

#include "task/tokens.h"

#include <time.h>

#define GRACE_SECONDS 5

typedef struct waiting waiting;

enum inner { INNER_NONE, INNER_RUNNING, INNER_OVER, INNER_TAKEN };

/* A JSON value, or an error, of its own. */
struct answer {
    asl_region region;
    struct asl__chunks chunks;
    struct asl__pool pool;
    asl_value value;
};

struct activity {
    const char *arn;
    size_t len;
    waiting *first, *last; /* tasks that no worker has taken yet */
    struct activity *next;
};

struct waiting {
    asl__call inner; /* first: the submission; its owner is this file */
    asl__tokens *all;
    asl__call *call; /* the scheduler's: not once `announced` */
    uint64_t token[2];
    struct asl__pool *account; /* the scheduler's, where texts are counted */
    bool whole; /* a job: the inner call is the task itself */
    /* Guarded by the lock. */
    unsigned refs;     /* the scheduler's side, a submission under way, a canceller */
    bool listed;       /* in the table: may be answered */
    bool announced;    /* asl__call_ready has been or is being called */
    bool cancelling;   /* somebody is within the inner call's cancel */
    bool cancelled;    /* it has been cancelled */
    enum inner state;  /* of the inner call */
    struct answer *answer;
    waiting *next; /* in its bucket */
    waiting *before, *after; /* all->running: INNER_RUNNING */
    /* Of an activity's task. */
    struct activity *activity; /* NULL: none, or a worker has it */
    waiting *behind;           /* in activity's queue */
    struct asl__buf input;
    struct asl__buf worker;
    bool named; /* the worker has a name */
    size_t charged;
};

struct asl__tokens {
    asl__taskset *set;
    pthread_mutex_t lock; /* guards all below; outranks the scheduler's */
    pthread_cond_t ended; /* `running` has got less */
    asl__sched *sched;
    waiting **buckets;
    size_t nbuckets, count;
    waiting *running; /* submissions under way */
    struct activity *activities;
    void (*news)(void *user);
    void *user;
    bool told; /* atomic: that a task waits */
};

/* ---- the table ------------------------------------------------------------------ */

asl__tokens *asl__tokens_new(asl__taskset *set)
{
    asl__tokens *tokens = calloc(1, sizeof *tokens);
    pthread_condattr_t attr;

    if (tokens == NULL)
        return NULL;
    tokens->set = set;
    pthread_mutex_init(&tokens->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&tokens->ended, &attr);
    pthread_condattr_destroy(&attr);
    return tokens;
}

void asl__tokens_attach(asl__tokens *tokens, asl__sched *sched)
{
    pthread_mutex_lock(&tokens->lock);
    tokens->sched = sched;
    pthread_mutex_unlock(&tokens->lock);
}

void asl__tokens_free(asl__tokens *tokens)
{
    if (tokens == NULL)
        return;
    while (tokens->activities != NULL) {
        struct activity *activity = tokens->activities;
        tokens->activities = activity->next;
        free(activity);
    }
    pthread_cond_destroy(&tokens->ended);
    pthread_mutex_destroy(&tokens->lock);
    free(tokens->buckets);
    free(tokens);
}

/* Makes room for one more.  Under the lock. */
static bool grow(asl__tokens *t)
{
    size_t size = t->nbuckets > 0 ? 2 * t->nbuckets : 64;
    waiting **buckets;

    if (t->count < t->nbuckets)
        return true;
    buckets = calloc(size, sizeof *buckets);
    if (buckets == NULL)
        return t->nbuckets > 0;
    for (size_t i = 0; i < t->nbuckets; i++)
        while (t->buckets[i] != NULL) {
            waiting *w = t->buckets[i];
            t->buckets[i] = w->next;
            w->next = buckets[w->token[0] % size];
            buckets[w->token[0] % size] = w;
        }
    free(t->buckets);
    t->buckets = buckets;
    t->nbuckets = size;
    return true;
}

/* Under the lock. */
static waiting *find(const asl__tokens *t, const uint64_t token[2])
{
    waiting *w = t->nbuckets > 0 ? t->buckets[token[0] % t->nbuckets] : NULL;

    while (w != NULL && (w->token[0] != token[0] || w->token[1] != token[1]))
        w = w->next;
    return w;
}

/* Under the lock; false without memory, or if the token is there already (which only a
 * seed can make happen). */
static bool list(asl__tokens *t, waiting *w)
{
    if (!grow(t) || find(t, w->token) != NULL)
        return false;
    w->next = t->buckets[w->token[0] % t->nbuckets];
    t->buckets[w->token[0] % t->nbuckets] = w;
    t->count++;
    w->listed = true;
    return true;
}

static void leave_queue(waiting *w)
{
    struct activity *activity = w->activity;
    waiting *before = NULL;

    if (activity == NULL)
        return;
    for (waiting *i = activity->first; i != w; i = i->behind)
        before = i;
    if (before == NULL)
        activity->first = w->behind;
    else
        before->behind = w->behind;
    if (activity->last == w)
        activity->last = before;
    w->activity = NULL;
}

/* W can be answered no more.  Under the lock. */
static void unlist(asl__tokens *t, waiting *w)
{
    if (!w->listed)
        return;
    waiting **link = &t->buckets[w->token[0] % t->nbuckets];
    while (*link != w)
        link = &(*link)->next;
    *link = w->next;
    t->count--;
    w->listed = false;
    leave_queue(w);
}

/* ---- answers' values -------------------------------------------------------------- */

static struct answer *new_answer(struct asl__pool *account)
{
    struct answer *answer = calloc(1, sizeof *answer);

    if (answer == NULL)
        return NULL;
    asl__pool_init(&answer->pool, account->max_memory);
    asl__chunks_init(&answer->chunks, &answer->pool);
    asl__region_init(&answer->region, &answer->chunks);
    answer->value = asl_undefined();
    return answer;
}

static void free_answer(struct answer *answer)
{
    if (answer == NULL)
        return;
    asl__region_release(&answer->region);
    asl__chunks_free(&answer->chunks);
    asl__pool_free(&answer->pool);
    free(answer);
}

/* ---- the life of one -------------------------------------------------------------- */

/* Drops a reference of W. */
static void drop(waiting *w)
{
    asl__tokens *t = w->all;

    pthread_mutex_lock(&t->lock);
    bool last = --w->refs == 0;
    pthread_mutex_unlock(&t->lock);
    if (!last)
        return;
    if (w->charged > 0)
        asl__pool_discharge(w->account, w->charged);
    free_answer(w->answer);
    asl__buf_free(&w->input);
    asl__buf_free(&w->worker);
    free(w);
}

/* The inner call is no longer under way.  Under the lock. */
static void stop_running(waiting *w, enum inner state)
{
    asl__tokens *t = w->all;

    if (w->before != NULL)
        w->before->after = w->after;
    else
        t->running = w->after;
    if (w->after != NULL)
        w->after->before = w->before;
    w->state = state;
    pthread_cond_signal(&t->ended);
}

static void start_running(waiting *w)
{
    asl__tokens *t = w->all;

    pthread_mutex_lock(&t->lock);
    w->state = INNER_RUNNING;
    w->refs++;
    w->before = NULL;
    w->after = t->running;
    if (w->after != NULL)
        w->after->before = w;
    t->running = w;
    pthread_mutex_unlock(&t->lock);
}

/* Whether the inner call has ended and nobody has taken its result; then that is the
 * caller's to do. */
static bool claim_inner(waiting *w)
{
    pthread_mutex_lock(&w->all->lock);
    bool over = w->state == INNER_OVER;
    if (over)
        w->state = INNER_TAKEN;
    pthread_mutex_unlock(&w->all->lock);
    return over;
}

/* Ends the inner call early, if it is under way. */
static void cancel_inner(waiting *w)
{
    pthread_mutex_lock(&w->all->lock);
    bool running = w->state == INNER_RUNNING && !w->cancelled;
    if (running)
        w->cancelling = w->cancelled = true;
    pthread_mutex_unlock(&w->all->lock);
    if (!running)
        return;
    w->inner.cancel(&w->inner);
    pthread_mutex_lock(&w->all->lock);
    w->cancelling = false;
    bool over = w->state == INNER_OVER;
    if (over)
        w->state = INNER_TAKEN;
    pthread_mutex_unlock(&w->all->lock);
    if (over) { /* it ended meanwhile, and left the rest to us */
        w->inner.discard(&w->inner);
        drop(w);
    }
}

/* The inner call is over. */
static void inner_ready(asl__call *inner)
{
    waiting *w = (waiting *)(void *)inner;
    asl__tokens *t = w->all;

    pthread_mutex_lock(&t->lock);
    bool wanted = !w->announced, ends = wanted && w->whole;
    bool cancelling = w->cancelling;
    stop_running(w, wanted || cancelling ? INNER_OVER : INNER_TAKEN);
    if (ends) {
        w->announced = true;
        unlist(t, w);
    } else if (wanted) {
        asl__call_submitted(w->call);
    }
    pthread_mutex_unlock(&t->lock);
    if (ends)
        asl__call_ready(w->call);
    else if (!wanted && !cancelling)
        inner->discard(inner);
    if (wanted || !cancelling)
        drop(w);
}

/* A job's submission has been answered. */
static void inner_submitted(asl__call *inner)
{
    waiting *w = (waiting *)(void *)inner;

    pthread_mutex_lock(&w->all->lock);
    if (!w->announced)
        asl__call_submitted(w->call);
    pthread_mutex_unlock(&w->all->lock);
}

static const asl__call_owner owner = { inner_ready, inner_submitted };

/* ---- the scheduler's side ----------------------------------------------------------- */

/* Nobody is known to be there who answers CALL. */
static bool is_idle(const waiting *w)
{
    return !asl__taskset_options_of(w->all->set)->answered;
}

/* CALL waits for somebody outside: says so, once for the program, and how to answer. */
static void tell(asl__tokens *t, const asl__call *call)
{
    const asl_task *task = call->task;
    const asl__taskset_options *o = asl__taskset_options_of(t->set);
    const char *state = asl_text(&task->state);
    int len = (int)asl_text_len(task->state);

    if (o->control == NULL && o->virtual_clock && (call->timeout != 0 || call->heartbeat != 0))
        return;
    if (o->say == NULL || __atomic_exchange_n(&t->told, true, __ATOMIC_SEQ_CST))
        return;
    if (o->control == NULL)
        o->say(o->name,
               "state \"%.*s\" waits for its task token, but nobody can answer: there is no "
               "--control",
               len, state);
    else if (task->kind == ASL_TASK_ACTIVITY)
        o->say(o->name,
               "state \"%.*s\" waits for a worker of its activity (GetActivityTask at %s)", len,
               state, o->control);
    else
        o->say(o->name,
               "state \"%.*s\" waits for its task token: %s task-success TOKEN --control %s",
               len, state, o->name, o->control);
}

/* W's submission has failed with ERROR; undefined if it has been answered all the same. */
static asl_value submission_failed(waiting *w, asl_value error)
{
    pthread_mutex_lock(&w->all->lock);
    bool answered = w->answer != NULL;
    unlist(w->all, w);
    pthread_mutex_unlock(&w->all->lock);
    return answered ? asl_undefined() : error;
}

static asl_value submission(asl__call *call, asl_region *region)
{
    waiting *w = call->data;

    if (w->whole) {
        asl_value reply = w->inner.submission(&w->inner, region);
        call->idle = w->inner.idle;
        return reply;
    }
    if (call->queued)
        return w->named ? asl_string(region, w->worker.data ? w->worker.data : "",
                                     w->worker.len)
                        : asl_undefined();
    if (!claim_inner(w))
        return asl_undefined();
    asl_value reply = w->inner.take(&w->inner, region);
    if (asl_is_error(reply))
        return submission_failed(w, reply);
    call->idle = is_idle(w);
    tell(w->all, call);
    return reply;
}

static asl_value take_answer(const struct answer *answer, asl_region *region)
{
    if (!asl_is_error(answer->value))
        return asl_copy_to(region, answer->value);
    const asl_error_info *error = asl_error_of(answer->value);
    return asl_error_flagged(region, asl_copy_to(region, error->error),
                             asl_copy_to(region, error->cause), error->flags);
}

/* The scheduler's side is done with W. */
static void leave(waiting *w)
{
    if (claim_inner(w))
        w->inner.discard(&w->inner);
    if (w->whole)
        cancel_inner(w);
    drop(w);
}

static asl_value take(asl__call *call, asl_region *region)
{
    waiting *w = call->data;
    asl_value v;

    call->answered = w->answer != NULL;
    if (w->answer != NULL)
        v = take_answer(w->answer, region);
    else if (claim_inner(w))
        v = w->inner.take(&w->inner, region);
    else
        v = asl_undefined();
    leave(w);
    return v;
}

static void discard(asl__call *call)
{
    leave(call->data);
}

static void cancel(asl__call *call)
{
    waiting *w = call->data;
    asl__tokens *t = w->all;

    pthread_mutex_lock(&t->lock);
    bool first = !w->announced;
    w->announced = true;
    unlist(t, w);
    pthread_mutex_unlock(&t->lock);
    cancel_inner(w);
    if (first)
        asl__call_ready(call);
}

/* ---- starting ------------------------------------------------------------------------ */

/* What CALL, which has a token now, waits for; NULL without memory. */
static waiting *new_waiting(asl__tokens *t, asl__call *call)
{
    waiting *w = calloc(1, sizeof *w);

    if (w == NULL)
        return NULL;
    w->account = call->frame->region.source->pool;
    if (!asl__pool_charge(w->account, sizeof *w)) {
        free(w);
        return NULL;
    }
    w->charged = sizeof *w;
    w->all = t;
    w->call = call;
    w->refs = 1;
    memcpy(w->token, call->token, sizeof w->token);
    w->inner = *call;
    w->inner.owner = &owner;
    call->data = w;
    call->take = take;
    call->discard = discard;
    call->cancel = cancel;
    call->submission = submission;
    return w;
}

static enum asl__started refuse(const asl__target *target, asl__call *call, waiting *w)
{
    if (w != NULL)
        drop(w);
    return asl__answer_now(target, call, asl_no_memory());
}

/* W's inner call was over before it began. */
static enum asl__started over_at_once(waiting *w)
{
    asl__tokens *t = w->all;

    pthread_mutex_lock(&t->lock);
    bool pending = w->announced || !w->whole;
    stop_running(w, INNER_OVER);
    if (!pending) {
        w->announced = true;
        unlist(t, w);
    }
    pthread_mutex_unlock(&t->lock);
    drop(w); /* for the submission */
    if (!pending)
        return ASL__CALL_READY;
    return w->whole ? ASL__CALL_PENDING : ASL__CALL_SUBMITTED;
}

enum asl__started asl__token_start(const asl__target *target, asl__call *call,
                                   asl_value input)
{
    asl__tokens *t = asl__taskset_tokens(target->set);
    waiting *w = t != NULL && asl__call_token(call) ? new_waiting(t, call) : NULL;

    if (w == NULL)
        return refuse(target, call, w);
    w->whole = call->task->pattern != ASL_WAIT_FOR_TASK_TOKEN;
    pthread_mutex_lock(&t->lock);
    bool listed = list(t, w);
    pthread_mutex_unlock(&t->lock);
    if (!listed)
        return refuse(target, call, w);
    start_running(w);
    switch (asl__start_bound(target, &w->inner, input)) {
    case ASL__CALL_READY:
    case ASL__CALL_AFTER: return over_at_once(w);
    case ASL__CALL_SUBMITTED: call->idle = w->inner.idle; return ASL__CALL_SUBMITTED;
    case ASL__CALL_PENDING: break;
    }
    call->idle = w->inner.idle;
    return ASL__CALL_PENDING;
}

/* ---- activities ------------------------------------------------------------------------ */

/* The name in an activity's ARN, or all of it. */
static asl__piece activity_name(asl__piece arn)
{
    const char *word = memmem(arn.data, arn.len, ":activity:", 10);

    if (word == NULL)
        return arn;
    return (asl__piece){ word + 10, arn.len - (size_t)(word - arn.data) - 10 };
}

static bool is_same_activity(asl__piece a, asl__piece b)
{
    a = activity_name(a);
    b = activity_name(b);
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

/* Under the lock; NULL: nobody has asked for it yet. */
static struct activity *find_activity(const asl__tokens *t, asl__piece arn)
{
    struct activity *activity = t->activities;

    while (activity != NULL &&
           !is_same_activity((asl__piece){ activity->arn, activity->len }, arn))
        activity = activity->next;
    return activity;
}

/* TASK's activity; NULL without memory.  Under the lock. */
static struct activity *need_activity(asl__tokens *t, const asl_task *task)
{
    asl__piece arn = { asl_text(&task->resource), asl_text_len(task->resource) };
    struct activity *activity = find_activity(t, arn);

    if (activity != NULL)
        return activity;
    activity = calloc(1, sizeof *activity);
    if (activity == NULL)
        return NULL;
    *activity = (struct activity){ arn.data, arn.len, NULL, NULL, t->activities };
    t->activities = activity;
    return activity;
}

/* Puts W, listed, at the end of its activity's queue; false without memory. */
static bool enqueue(asl__tokens *t, waiting *w)
{
    pthread_mutex_lock(&t->lock);
    struct activity *activity = need_activity(t, w->call->task);
    bool good = activity != NULL && list(t, w);
    if (good) {
        w->activity = activity;
        if (activity->last != NULL)
            activity->last->behind = w;
        else
            activity->first = w;
        activity->last = w;
    }
    pthread_mutex_unlock(&t->lock);
    return good;
}

enum asl__started asl__activity_start(const asl__target *target, asl__call *call)
{
    asl__tokens *t = asl__taskset_tokens(target->set);
    waiting *w = t != NULL && asl__call_token(call) ? new_waiting(t, call) : NULL;

    if (w == NULL)
        return refuse(target, call, w);
    asl__buf_bound(&w->input, &call->frame->region);
    asl__print(&w->input, call->input);
    if (w->input.failed || !asl__pool_charge(w->account, w->input.capacity))
        return refuse(target, call, w);
    w->charged += w->input.capacity;
    call->queued = true;
    call->idle = is_idle(w);
    if (!enqueue(t, w)) {
        call->queued = false;
        return refuse(target, call, w);
    }
    tell(t, call);
    pthread_mutex_lock(&t->lock);
    void (*news)(void *user) = t->news;
    void *user = t->user;
    pthread_mutex_unlock(&t->lock);
    if (news != NULL)
        news(user);
    return ASL__CALL_PENDING;
}

bool asl__activity_known(asl__tokens *t, asl__piece arn)
{
    const asl_task *const *task = asl__taskset_options_of(t->set)->program->tasks;

    for (; task != NULL && *task != NULL; task++)
        if ((*task)->kind == ASL_TASK_ACTIVITY &&
            is_same_activity((asl__piece){ asl_text(&(*task)->resource),
                                           asl_text_len((*task)->resource) },
                             arn))
            return true;
    return false;
}

bool asl__activity_take(asl__tokens *t, asl__piece arn, asl__piece worker,
                        asl__activity_task *task)
{
    bool taken = false;

    pthread_mutex_lock(&t->lock);
    struct activity *activity = find_activity(t, arn);
    waiting *w = activity != NULL ? activity->first : NULL;
    if (w != NULL && asl__token_print(t->sched, w->token, task->token)) {
        taken = true;
        leave_queue(w);
        w->named = worker.data != NULL;
        asl__buf_append(&w->worker, worker.data, worker.len);
        task->input = w->input;
        w->input = (struct asl__buf)ASL__BUF_INIT;
        asl__call_submitted(w->call);
    }
    pthread_mutex_unlock(&t->lock);
    return taken;
}

void asl__activity_watch(asl__tokens *t, void (*news)(void *user), void *user)
{
    pthread_mutex_lock(&t->lock);
    t->news = news;
    t->user = user;
    pthread_mutex_unlock(&t->lock);
}

/* ---- answering --------------------------------------------------------------------------- */

/* Reads TOKEN.  ASL__ANSWERED: it is one of ours, in ID. */
static enum asl__answered read_token(asl__tokens *t, asl__piece token, uint64_t id[2])
{
    pthread_mutex_lock(&t->lock);
    asl__sched *sched = t->sched;
    pthread_mutex_unlock(&t->lock);
    if (sched == NULL)
        return ASL__ANSWER_BAD_TOKEN;
    switch (asl__token_read(sched, token.data, token.len, id)) {
    case ASL__TOKEN_BAD: return ASL__ANSWER_BAD_TOKEN;
    case ASL__TOKEN_FOREIGN: return ASL__ANSWER_FOREIGN;
    case ASL__TOKEN_OWN: break;
    }
    return ASL__ANSWERED;
}

/* An answer to be filled in, for the task of the token ID; *WHY: the task is over, or there
 * is no memory. */
static struct answer *begin_answer(asl__tokens *t, const uint64_t id[2],
                                   enum asl__answered *why)
{
    pthread_mutex_lock(&t->lock);
    const waiting *w = find(t, id);
    struct asl__pool *account = w != NULL ? w->account : NULL;
    pthread_mutex_unlock(&t->lock);
    *why = w != NULL ? ASL__ANSWER_NO_MEMORY : ASL__ANSWER_LATE;
    return account != NULL ? new_answer(account) : NULL;
}

/* Gives ANSWER to the task of the token ID, unless that is over by now. */
static enum asl__answered give_answer(asl__tokens *t, const uint64_t id[2],
                                      struct answer *answer)
{
    enum asl__answered what = ASL__ANSWER_LATE;
    asl__call *call = NULL;

    pthread_mutex_lock(&t->lock);
    waiting *w = find(t, id);
    if (w != NULL && w->activity == NULL) {
        if (asl__pool_charge(w->account, answer->pool.used)) {
            what = ASL__ANSWERED;
            w->charged += answer->pool.used;
            w->answer = answer;
            w->announced = true;
            call = w->call;
            unlist(t, w);
        } else {
            what = ASL__ANSWER_NO_MEMORY;
        }
    }
    pthread_mutex_unlock(&t->lock);
    if (call != NULL)
        asl__call_ready(call);
    else
        free_answer(answer);
    return what;
}

enum asl__answered asl__token_success(asl__tokens *t, asl__piece token, asl__piece output,
                                      asl_syntax_error *error)
{
    uint64_t id[2];
    enum asl__answered what = read_token(t, token, id);

    if (what != ASL__ANSWERED)
        return what;
    struct answer *answer = begin_answer(t, id, &what);
    if (answer == NULL)
        return what;
    if (asl_parse(&answer->region, output.data, output.len, &answer->value, error))
        return give_answer(t, id, answer);
    free_answer(answer);
    return error->no_memory ? ASL__ANSWER_NO_MEMORY : ASL__ANSWER_BAD_OUTPUT;
}

enum asl__answered asl__token_failure(asl__tokens *t, asl__piece token, asl_value error,
                                      asl_value cause)
{
    uint64_t id[2];
    enum asl__answered what = read_token(t, token, id);

    if (what != ASL__ANSWERED)
        return what;
    struct answer *answer = begin_answer(t, id, &what);
    if (answer == NULL)
        return what;
    asl_region *region = &answer->region;
    error = asl_copy_to(region, error);
    cause = asl_copy_to(region, cause);
    answer->value = asl_error(region, error, cause);
    if (!asl_is_error(error) && !asl_is_error(cause))
        return give_answer(t, id, answer);
    free_answer(answer);
    return ASL__ANSWER_NO_MEMORY;
}

enum asl__answered asl__token_heartbeat(asl__tokens *t, asl__piece token)
{
    uint64_t id[2];
    enum asl__answered what = read_token(t, token, id);

    if (what != ASL__ANSWERED)
        return what;
    pthread_mutex_lock(&t->lock);
    waiting *w = find(t, id);
    if (w != NULL)
        asl__call_heartbeat(w->call);
    pthread_mutex_unlock(&t->lock);
    return w != NULL ? ASL__ANSWERED : ASL__ANSWER_LATE;
}

/* ---- the end ------------------------------------------------------------------------------- */

/* Waits for the submissions under way, at most for the time of grace.  Under the lock. */
static void wait_for_submissions(asl__tokens *t)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += GRACE_SECONDS;
    while (t->running != NULL &&
           pthread_cond_timedwait(&t->ended, &t->lock, &until) == 0)
        ;
}

/* One that is under way and has not been cancelled, with a reference; NULL: none. */
static waiting *next_running(asl__tokens *t)
{
    waiting *w = t->running;

    while (w != NULL && w->cancelled)
        w = w->after;
    if (w != NULL)
        w->refs++;
    return w;
}

void asl__tokens_close(asl__tokens *t)
{
    waiting *w;

    if (t == NULL)
        return;
    pthread_mutex_lock(&t->lock);
    wait_for_submissions(t);
    while ((w = next_running(t)) != NULL) {
        pthread_mutex_unlock(&t->lock);
        cancel_inner(w);
        drop(w);
        pthread_mutex_lock(&t->lock);
    }
    pthread_mutex_unlock(&t->lock);
}
