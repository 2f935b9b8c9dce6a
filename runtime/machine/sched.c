/* The scheduler: worker threads, the ready queue, the clock, the monitor, executions.
 *
 * No thread is started before something needs one.  A worker without work waits for the
 * ready queue or, one of them, for the earliest timer.  The monitor is a thread that
 * ticks only while a fork is open or a timer may fall due with every worker busy: it
 * lets idle workers help with long forks, and makes busy ones give up their turn.
 */
#include "value/base.h"

#include "machine/frame.h"

#include <errno.h>
#include <sys/random.h>
#include <unistd.h>

#define TICK_MICROSECONDS 1000
#define STACK_BYTES ((size_t)1024 * 1024)

const char asl_abi_1 = ASL_ABI;

void asl__lock(asl__sched *s)
{
    pthread_mutex_lock(&s->lock);
}
void asl__unlock(asl__sched *s)
{
    pthread_mutex_unlock(&s->lock);
}

/* ---- clock -------------------------------------------------------------------- */

static int64_t clock_micros(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t asl__monotonic(void)
{
    return clock_micros(CLOCK_MONOTONIC);
}

/* Lock held for a virtual clock; a real one needs none. */
int64_t asl__now_locked(asl__sched *s)
{
    int64_t real;

    if (!s->is_virtual) {
        real = asl__monotonic() - s->real_base;
        return s->base + (s->options.time_scale == 1
                              ? real
                              : (int64_t)((double)real * s->options.time_scale));
    }
    if (s->flowing || s->real_calls > 0) {
        real = asl__monotonic();
        if (s->flowing)
            s->base += real - s->real_base;
        s->real_base = real;
        s->flowing = s->real_calls > 0;
    }
    return s->base;
}

int64_t asl__sched_now(asl__sched *s)
{
    if (!s->is_virtual)
        return asl__now_locked(s);
    asl__lock(s);
    int64_t now = asl__now_locked(s);
    asl__unlock(s);
    return now;
}

/* The point on CLOCK_MONOTONIC at which the program's clock shows DEADLINE. */
static int64_t real_deadline(asl__sched *s, int64_t deadline)
{
    double scale = s->is_virtual ? 1 : s->options.time_scale;
    double span = (double)(deadline - s->base) / scale;

    return s->real_base + (span > 1e15 ? (int64_t)1e15 : (int64_t)span + 1);
}

/* ---- frames ------------------------------------------------------------------- */

/* Zeros, on cache lines of their own: a worker writes its frames all the time, and what
 * is beside them should not move from core to core with them. */
static void *own_lines(size_t size)
{
    enum { LINES = 128 }; /* they are fetched in pairs */
    size_t whole = (size + LINES - 1) / LINES * LINES;
    void *memory = aligned_alloc(LINES, whole);

    if (memory)
        memset(memory, 0, whole);
    return memory;
}

static bool more_frames(asl__worker *w)
{
    asl__sched *s = w->sched;
    struct asl__slab *slab = NULL;

    if (asl__pool_charge(&s->pool, sizeof *slab)) /* for good */
        slab = own_lines(sizeof *slab);
    if (!slab)
        return false;
    for (size_t i = 0; i < ASL__COUNT_OF(slab->frames); i++) {
        slab->frames[i].next = w->frames;
        w->frames = &slab->frames[i];
    }
    asl__lock(s);
    slab->next = s->slabs;
    s->slabs = slab;
    asl__unlock(s);
    return true;
}

static bool more_vars(asl__frame *x, uint32_t n)
{
    asl_value *vars = realloc(x->f.vars, n * sizeof *vars);

    if (!vars)
        return false;
    x->f.vars = vars;
    x->vars_room = n;
    return true;
}

static void clear_vars(asl__frame *x)
{
    for (uint32_t i = 0; i < x->f.scope->nvars; i++)
        x->f.vars[i] = asl_undefined();
}

asl__frame *asl__frame_new(asl__worker *w, asl_execution *e, const asl_scope *scope)
{
    if (!w->frames && !more_frames(w))
        return NULL;
    asl__frame *x = w->frames;
    if (scope->nvars > x->vars_room && !more_vars(x, scope->nvars))
        return NULL;
    w->frames = x->next;
    asl__region_init(&x->f.region, &w->chunks);
    x->f.region.attention = &x->f.attention;
    x->f.event = 0;
    x->f.input = asl_undefined();
    x->f.parent = NULL;
    x->f.scope = scope;
    x->f.execution = e;
    x->f.landing = &x->f.region;
    x->fork = NULL;
    x->own = NULL;
    x->index = 0;
    x->next = x->before = x->after = x->below = NULL;
    clear_vars(x);
    asl__frame_start(x);
    return x;
}

bool asl__frame_again_any(asl__frame *x, const asl_scope *scope)
{
    if (scope->nvars > x->vars_room && !more_vars(x, scope->nvars))
        return false;
    asl__region_reset(&x->f.region);
    x->f.scope = scope;
    clear_vars(x);
    asl__frame_start(x);
    return true;
}

void asl__frame_free(asl__worker *w, asl__frame *x)
{
    x->f.region.source = &w->chunks;
    asl__region_release(&x->f.region);
    x->next = w->frames;
    w->frames = x;
}

/* ---- ready queue and workers -------------------------------------------------- */

static void *worker_main(void *arg);

static unsigned cores(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n > 0 ? (unsigned)n : 1;
}

/* The cores are counted where a second worker is wanted first.  Lock held. */
static unsigned most_workers(asl__sched *s)
{
    if (s->options.workers == 0)
        s->options.workers = cores();
    return s->options.workers;
}

/* A worker that no thread uses, or a new one.  Lock held. */
static asl__worker *worker_get(asl__sched *s)
{
    asl__worker *w = s->spare;

    if (w) {
        s->spare = w->spare;
        return w;
    }
    w = s->workers ? own_lines(sizeof *w) : &s->first;
    if (!w)
        return NULL;
    w->sched = s;
    w->frames = &w->first;
    asl__chunks_init(&w->chunks, &s->pool);
    if (w == &s->first)
        asl__chunks_lend(&w->chunks, s->chunk);
    w->next = s->workers;
    s->workers = w;
    return w;
}

static void worker_put(asl__sched *s, asl__worker *w)
{
    w->spare = s->spare;
    s->spare = w;
}

static bool start_thread(pthread_t *thread, void *(*run)(void *), void *arg)
{
    pthread_attr_t attr;

    if (pthread_attr_init(&attr) != 0)
        return false;
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    bool ok = pthread_create(thread, &attr, run, arg) == 0;
    pthread_attr_destroy(&attr);
    return ok;
}

/* Gets an idle worker to look, or starts a further one.  CALLERS: threads that work for
 * their own executions.  Lock held. */
static void call_worker(asl__sched *s)
{
    if (s->idle > 0) {
        pthread_cond_signal(&s->ready_cond);
        return;
    }
    unsigned present = s->threads + s->callers;
    if (present > 0 && (present >= most_workers(s) || s->nready <= present - s->busy))
        return;
    asl__worker *w = worker_get(s);
    if (!w)
        return;
    if (start_thread(&w->thread, worker_main, w)) {
        w->threaded = true;
        s->threads++;
    } else {
        worker_put(s, w);
    }
}

void asl__make_ready(asl__sched *s, asl__frame *x, enum asl__wake wake)
{
    x->wake = wake;
    x->next = NULL;
    *s->ready_end = x;
    s->ready_end = &x->next;
    s->nready++;
    call_worker(s);
}

static asl__frame *take_ready(asl__sched *s)
{
    asl__frame *x = s->ready;

    if (!x)
        return NULL;
    s->ready = x->next;
    s->nready--;
    if (!s->ready)
        s->ready_end = &s->ready;
    x->next = NULL;
    return x;
}

void asl__mark_all(asl__sched *s, uint32_t bit)
{
    for (asl__worker *w = s->workers; w; w = w->next) {
        asl__frame *x = __atomic_load_n(&w->top, __ATOMIC_SEQ_CST);
        if (x)
            __atomic_fetch_or(&x->f.attention, bit, __ATOMIC_SEQ_CST);
    }
}

static asl__fork *fork_with_work(asl__sched *s)
{
    for (asl__fork *k = s->forks; k; k = k->after)
        if (asl__fork_has_work(k) && (k->wide || s->tick > k->born + 1))
            return k;
    return NULL;
}

/* Something to do for W, done; false if there was nothing.  Lock held, and held again
 * on return. */
static bool work_once(asl__worker *w)
{
    asl__sched *s = w->sched;
    asl__frame *x = take_ready(s);
    asl__fork *k = x ? NULL : fork_with_work(s);

    if (!x && !k)
        return asl__timers_fire(s, asl__now_locked(s)) > 0;
    s->busy++;
    if (k)
        k->pumps++;
    asl__unlock(s);
    if (x) {
        asl__advance(w, x);
    } else if (asl__fork_pump(w, k)) {
        x = k->parent;
        x->wake = ASL__WAKE_FORK;
        asl__advance(w, x);
    }
    asl__lock(s);
    s->busy--;
    return true;
}

bool asl__clock_jump(asl__sched *s, int64_t deadline)
{
    int64_t earliest;

    if (!s->is_virtual || s->busy > 1 || s->ready || s->real_calls > 0 ||
        (asl__timer_next(s, &earliest) && earliest <= deadline))
        return false;
    s->base = deadline;
    return true;
}

/* A virtual clock with nobody at work jumps to the next timer. */
static bool jump(asl__sched *s)
{
    int64_t deadline;

    if (!s->is_virtual || s->busy > 0 || s->real_calls > 0 ||
        !asl__timer_next(s, &deadline))
        return false;
    if (deadline > s->base)
        s->base = deadline;
    return asl__timers_fire(s, s->base) > 0;
}

static void wait_until(asl__sched *s, int64_t real)
{
    struct timespec t = { real / 1000000, (real % 1000000) * 1000 };

    pthread_cond_timedwait(&s->ready_cond, &s->lock, &t);
}

/* Waits for something to do.  Lock held. */
static void idle(asl__sched *s)
{
    int64_t deadline;

    s->idle++;
    bool timed =
        asl__timer_next(s, &deadline) && !(s->is_virtual && s->real_calls == 0);
    if (!s->timekeeper && timed) {
        s->timekeeper = true;
        wait_until(s, real_deadline(s, deadline));
        s->timekeeper = false;
    } else {
        pthread_cond_wait(&s->ready_cond, &s->lock);
    }
    s->idle--;
}

/* Before a worker waits, what there is of the history is written.  The lock, held before
 * and after, is given back meanwhile: the caller must look for work again. */
static void flush_history(asl__sched *s)
{
    asl__history *history = s->options.history;

    asl__unlock(s);
    history->flush(history);
    asl__lock(s);
}

static bool is_over(const asl__sched *s, const asl_execution *e)
{
    (void)s;
    return e->over;
}

static bool is_quit(const asl__sched *s, const asl_execution *e)
{
    (void)e;
    return s->quit;
}

static bool is_drained(const asl__sched *s, const asl_execution *e)
{
    (void)e;
    return s->running == 0;
}

/* Works until it is DONE.  Lock held. */
static void work(asl__worker *w, bool (*done)(const asl__sched *s, const asl_execution *e),
                 const asl_execution *e)
{
    asl__sched *s = w->sched;
    const bool flushes = s->options.history && s->options.history->flush;
    bool unflushed = flushes;

    while (!done(s, e)) {
        if (work_once(w) || jump(s)) {
            unflushed = flushes;
        } else if (unflushed) {
            flush_history(s);
            unflushed = false;
        } else {
            idle(s);
        }
    }
    /* Whoever kept the time for others hands that on. */
    if ((s->timers > 0 || s->ready) && s->idle > 0)
        pthread_cond_signal(&s->ready_cond);
}

static void *worker_main(void *arg)
{
    asl__worker *w = arg;

    asl__lock(w->sched);
    work(w, is_quit, NULL);
    asl__unlock(w->sched);
    return NULL;
}

/* ---- monitor ------------------------------------------------------------------ */

void asl__help_fork(asl__sched *s)
{
    s->nready += s->busy + 1; /* as if each worker had enough to do */
    call_worker(s);
    s->nready -= s->busy + 1;
}

/* One look at the state of things.  Lock held. */
static void look(asl__sched *s)
{
    bool undrawn;

    s->tick++;
    if (!s->timekeeper)
        asl__timers_fire(s, asl__now_locked(s));
    undrawn = fork_with_work(s) != NULL;
    if (undrawn)
        asl__help_fork(s);
    if ((undrawn || s->ready) && s->idle == 0)
        asl__mark_all(s, ASL_ATTENTION_YIELD);
}

static void *monitor_main(void *arg)
{
    asl__sched *s = arg;
    uint64_t seen = 0;
    unsigned quiet = 0;

    asl__lock(s);
    while (!s->quit) {
        bool wanted = s->forks || s->ready || (s->timers > 0 && s->busy > 0);
        quiet = wanted || s->activity != seen ? 0 : quiet + 1;
        seen = s->activity;
        if (quiet > 10) {
            s->monitor_sleeps = true;
            pthread_cond_wait(&s->monitor_cond, &s->lock);
            s->monitor_sleeps = false;
            quiet = 0;
        } else {
            int64_t until = asl__monotonic() + TICK_MICROSECONDS;
            struct timespec t = { until / 1000000, (until % 1000000) * 1000 };
            pthread_cond_timedwait(&s->monitor_cond, &s->lock, &t);
        }
        if (!s->quit)
            look(s);
    }
    asl__unlock(s);
    return NULL;
}

void asl__retime(asl__sched *s)
{
    if (s->timekeeper && s->timers > 0 && s->heap[0].serial == s->serial)
        pthread_cond_broadcast(&s->ready_cond);
}

void asl__watch(asl__sched *s)
{
    s->activity++;
    asl__retime(s);
    if (!s->monitored)
        s->monitored = start_thread(&s->monitor, monitor_main, s);
    else if (s->monitor_sleeps)
        pthread_cond_signal(&s->monitor_cond);
}

/* ---- the scheduler ------------------------------------------------------------ */

static bool init_cond(pthread_cond_t *cond)
{
    pthread_condattr_t attr;

    if (pthread_condattr_init(&attr) != 0)
        return false;
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    bool ok = pthread_cond_init(cond, &attr) == 0;
    pthread_condattr_destroy(&attr);
    return ok;
}

asl__sched *asl__sched_new(const asl__options *options)
{
    asl__sched *s = malloc(sizeof *s);

    if (!s)
        return NULL;
    memset(s, 0, offsetof(asl__sched, chunk));
    s->options = *options;
    s->is_virtual = options->time_scale == 0;
    s->attention = (options->aws_limits ? (uint32_t)ASL_ATTENTION_LIMITS : 0) |
                   (options->compact_always ? (uint32_t)ASL_ATTENTION_BIG : 0);
    s->base = options->start_time != INT64_MIN ? options->start_time
                                               : clock_micros(CLOCK_REALTIME);
    s->real_base = asl__monotonic();
    s->ready_end = &s->ready;
    asl__pool_init(&s->pool, options->max_memory);
    if (pthread_mutex_init(&s->lock, NULL) != 0 || !init_cond(&s->ready_cond) ||
        !init_cond(&s->monitor_cond)) {
        free(s);
        return NULL;
    }
    return s;
}

static void join_threads(asl__sched *s)
{
    if (s->threads == 0 && !s->monitored)
        return;
    asl__lock(s);
    s->quit = true;
    pthread_cond_broadcast(&s->ready_cond);
    pthread_cond_broadcast(&s->monitor_cond);
    asl__unlock(s);
    if (s->monitored)
        pthread_join(s->monitor, NULL);
    for (asl__worker *w = s->workers; w; w = w->next)
        if (w->threaded)
            pthread_join(w->thread, NULL);
}

void asl__sched_free(asl__sched *s)
{
    if (!s)
        return;
    join_threads(s);
    while (s->slabs) {
        struct asl__slab *slab = s->slabs;
        s->slabs = slab->next;
        for (size_t i = 0; i < ASL__COUNT_OF(slab->frames); i++) {
            free(slab->frames[i].f.vars);
            free(slab->frames[i].retries);
        }
        free(slab);
    }
    while (s->workers) {
        asl__worker *w = s->workers;
        s->workers = w->next;
        asl__chunks_free(&w->chunks);
        free(w->first.f.vars);
        free(w->first.retries);
        if (w != &s->first)
            free(w);
    }
    asl__pool_free(&s->pool);
    free(s->heap);
    pthread_cond_destroy(&s->ready_cond);
    pthread_cond_destroy(&s->monitor_cond);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* ---- executions --------------------------------------------------------------- */

static uint64_t fresh_seed(asl__sched *s)
{
    uint64_t seed = 0;

    if (s->options.seeded)
        return s->options.seed;
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed)
        seed = (uint64_t)clock_micros(CLOCK_REALTIME) * UINT64_C(0x9E3779B97F4A7C15);
    return seed;
}

static bool is_short_of_memory(asl_value v)
{
    return asl_is_error(v) && (asl_error_of(v)->flags & ASL_ERROR_NO_MEMORY) != 0;
}

static bool fill(asl_execution *e, const asl__start *start, asl_syntax_error *error)
{
    if (!asl__pool_charge(&e->sched->pool, start->input_len)) {
        *error = (asl_syntax_error){ 0, 1, 1, "out of memory", true };
        return false;
    }
    e->charged = start->input_len;
    if (!asl_parse_in(&e->region, start->input, start->input_len, &e->input, error))
        return false;
    if (start->context &&
        !asl_parse(&e->region, start->context, start->context_len, &e->overlay, error))
        return false;
    e->seed = start->parent ? start->seed : fresh_seed(e->sched);
    e->start = asl__sched_now(e->sched);
    e->has_context = e->history != NULL;
    if (!e->has_context || asl__context_init(e))
        return true;
    if (!is_short_of_memory(e->execution_context) &&
        !is_short_of_memory(e->machine_context))
        *error = (asl_syntax_error){ 0, 1, 1, "nests too deep for the context object", false };
    else
        snprintf(error->message, sizeof error->message, "out of memory");
    return false;
}

asl_execution *asl__execution_new(asl__sched *s, const asl__start *start,
                                  asl_syntax_error *error)
{
    asl_execution *e = calloc(1, sizeof *e);

    error->offset = error->line = error->column = 0;
    error->message[0] = '\0';
    if (!e) {
        snprintf(error->message, sizeof error->message, "out of memory");
        return NULL;
    }
    e->sched = s;
    e->machine = start->machine;
    e->name = start->name;
    e->history = s->options.history;
    e->input_text = start->input;
    e->input_len = start->input_len;
    e->attention = s->attention | (e->history ? (uint32_t)ASL_ATTENTION_HISTORY : 0);
    if (s->options.tasks && !s->options.aws_limits) {
        e->direct = s->options.tasks->direct;
        e->quick = e->history ? NULL : s->options.tasks->unlimited;
    }
    e->ended = start->ended;
    e->gone = start->gone;
    e->top = start->parent ? asl__execution_top(start->parent) : NULL;
    e->user = start->user;
    e->output = e->overlay = asl_undefined();
    e->error.error = e->error.cause = asl_undefined();
    asl__chunks_init(&e->chunks, &s->pool);
    asl__region_init(&e->region, &e->chunks);
    e->region.next = e->few;
    e->region.end = e->few + sizeof e->few;
    if (e->history)
        pthread_mutex_init(&e->history_lock, NULL);
    if (!fill(e, start, error)) {
        asl__execution_free(e);
        return NULL;
    }
    return e;
}

/* E has begun.  Lock held. */
static void list_execution(asl_execution *e)
{
    asl__sched *s = e->sched;

    e->after = s->executions;
    if (e->after)
        e->after->before = e;
    s->executions = e;
    e->listed = true;
    e->number = s->started++;
    s->running++;
}

static void unlist_execution(asl_execution *e)
{
    if (!e->listed)
        return;
    if (e->before)
        e->before->after = e->after;
    else
        e->sched->executions = e->after;
    if (e->after)
        e->after->before = e->before;
    e->listed = false;
}

/* Makes the root frame of E, which is ready to run.  Lock held; given back meanwhile. */
static bool begin(asl_execution *e, asl__worker *w)
{
    asl__sched *s = e->sched;
    asl__frame *x = NULL;
    bool timed = true;

    if (w->frames && !e->history)
        x = asl__frame_new(w, e, e->machine->scope);
    if (!x) {
        asl__unlock(s);
        x = asl__frame_new(w, e, e->machine->scope);
        if (x)
            asl__event_started(e);
        asl__lock(s);
    }
    if (!x)
        return false;
    x->f.input = e->input;
    x->f.event = 2;
    x->seed = e->seed;
    e->root = x;
    list_execution(e);
    if (e->machine->timeout > 0) {
        e->timer = asl__timer_add(s, asl__now_locked(s) + e->machine->timeout * 1000000,
                                  NULL, e);
        timed = e->timer != 0;
        asl__watch(s);
    }
    return timed;
}

static void fail_at_once(asl_execution *e)
{
    e->status = ASL__FAILED;
    e->error = *asl_error_of(asl_no_memory());
    e->over = true;
    if (e->listed)
        e->sched->running--;
}

void asl__execution_run(asl_execution *e)
{
    asl__sched *s = e->sched;

    asl__lock(s);
    asl__worker *w = worker_get(s);
    s->callers++;
    s->busy++;
    bool begun = w && begin(e, w);
    if (!begun)
        fail_at_once(e);
    asl__unlock(s);
    if (begun)
        asl__advance(w, e->root);
    asl__lock(s);
    s->busy--;
    if (w) {
        work(w, is_over, e);
        worker_put(s, w);
    }
    s->callers--;
    asl__unlock(s);
}

bool asl__execution_start(asl_execution *e)
{
    asl__sched *s = e->sched;

    asl__lock(s);
    asl__worker *w = worker_get(s);
    bool ok = w && begin(e, w);
    if (w)
        worker_put(s, w);
    if (ok)
        asl__make_ready(s, e->root, ASL__WAKE_START);
    if (ok && s->threads + s->callers == 0) { /* nobody will ever take it */
        (void)take_ready(s);
        ok = false;
    }
    if (!ok && e->listed) {
        e->timer = 0;
        unlist_execution(e);
        s->running--;
    }
    asl__unlock(s);
    return ok;
}

/* Lock held. */
static void stop(asl_execution *e, const char *error, const char *cause)
{
    if (e->over || !e->root || __atomic_load_n(&e->stop, __ATOMIC_SEQ_CST) != 0)
        return;
    if (error)
        e->error.error = asl_cstring(&e->region, error);
    if (cause)
        e->error.cause = asl_cstring(&e->region, cause);
    __atomic_store_n(&e->stop, 1, __ATOMIC_SEQ_CST);
    asl__frame_stop(e->sched, e->root);
}

void asl__execution_stop(asl_execution *e, const char *error, const char *cause)
{
    asl__lock(e->sched);
    stop(e, error, cause);
    asl__unlock(e->sched);
}

void asl__sched_stop(asl__sched *s, const char *error, const char *cause)
{
    asl__lock(s);
    for (asl_execution *e = s->executions; e; e = e->after)
        stop(e, error, cause);
    asl__unlock(s);
}

void asl__sched_drain(asl__sched *s)
{
    asl__lock(s);
    asl__worker *w = s->running > 0 ? worker_get(s) : NULL;
    if (w) {
        s->callers++;
        work(w, is_drained, NULL);
        worker_put(s, w);
        s->callers--;
    }
    asl__unlock(s);
}

asl__sight asl__execution_sight(asl_execution *e)
{
    asl__context_need(e);
    asl__sight sight = { .machine = e->machine,
                         .status = e->over ? e->status : ASL__RUNNING,
                         .execution = e->execution_context,
                         .state_machine = e->machine_context,
                         .input = e->input_text,
                         .input_len = e->input_len,
                         .start = e->start,
                         .stop = e->over ? e->stop_time : 0,
                         .output = asl_undefined() };

    sight.error.error = sight.error.cause = asl_undefined();
    if (sight.status == ASL__SUCCEEDED)
        sight.output = e->output;
    else if (sight.status != ASL__RUNNING)
        sight.error = e->error;
    return sight;
}

void asl__sched_each(asl__sched *s, bool (*see)(const asl__sight *sight, void *user),
                     void *user)
{
    bool more = true;

    asl__lock(s);
    for (asl_execution *e = s->executions; e && more; e = e->after) {
        asl__sight sight = asl__execution_sight(e);
        more = see(&sight, user);
    }
    asl__unlock(s);
}

bool asl__sched_stop_arn(asl__sched *s, const char *arn, size_t len, const char *error,
                         const char *cause)
{
    bool found = false;

    asl__lock(s);
    for (asl_execution *e = s->executions; e && !found; e = e->after) {
        asl__context_need(e);
        asl_value id = asl_get(e->execution_context, "Id");
        found = !e->over && asl_is_string(id) && asl_text_len(id) == len &&
                memcmp(asl_text(&id), arn, len) == 0;
        if (found)
            stop(e, error, cause);
    }
    asl__unlock(s);
    return found;
}

const asl_execution *asl__execution_top(const asl_execution *e)
{
    return e->top ? e->top : e;
}
asl__sched *asl__execution_sched(const asl_execution *e)
{
    return e->sched;
}

enum asl__status asl__execution_status(const asl_execution *e)
{
    return e->status;
}
asl_value asl__execution_output(const asl_execution *e)
{
    return e->output;
}
const asl_error_info *asl__execution_error(const asl_execution *e)
{
    return &e->error;
}
size_t asl__sched_room(asl__sched *s)
{
    return asl__pool_room(&s->pool);
}
uint64_t asl__execution_events(const asl_execution *e)
{
    return e->events;
}

void asl__execution_free(asl_execution *e)
{
    if (!e)
        return;
    asl__sched *s = e->sched;
    if (s->options.tasks && s->options.tasks->forget)
        s->options.tasks->forget(s->options.tasks, e);
    asl__lock(s);
    for (size_t i = 0; i < s->timers; i++)
        if (s->heap[i].execution == e) { /* a stale timer must not look at it */
            s->heap[i].execution = NULL;
            s->heap[i].frame = &s->nobody;
        }
    unlist_execution(e);
    asl__worker *w = e->root ? worker_get(s) : NULL;
    if (w) {
        asl__frame_free(w, e->root);
        worker_put(s, w);
    } else if (e->root) { /* without memory the frame is used no more */
        e->root->f.region.source = &e->chunks;
        asl__region_release(&e->root->f.region);
    }
    asl__unlock(s);
    asl__region_release(&e->region);
    asl__chunks_free(&e->chunks);
    asl__pool_discharge(&s->pool, e->charged + e->charged_texts);
    asl__buf_free(&e->line);
    asl__buf_free(&e->text);
    if (e->history)
        pthread_mutex_destroy(&e->history_lock);
    free(e);
}
