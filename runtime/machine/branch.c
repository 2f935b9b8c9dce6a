/* Forks: a running Parallel or Map.  A worker that opens one draws child after child and
 * runs each to its end on a pooled frame; what a child returns is copied to the worker's
 * landing region, which becomes the parent's when the worker leaves.  A child that parks
 * stays active and is joined by whoever ends it.  Other workers help once the monitor
 * sees that the fork takes its time. */
#include "value/base.h"

#include "machine/frame.h"

/* What a worker has done since it last held the lock. */
struct progress {
    uint32_t ended, depth;
    uint64_t events;
    uint64_t base; /* k->events when it last held the lock */
};

asl__fork *asl__fork_new(asl__frame *x, uint32_t total)
{
    asl__fork *k = calloc(1, sizeof *k);

    if (!k)
        return NULL;
    k->parent = x;
    k->total = total;
    k->tolerated_count = -1;
    k->tolerated_percentage = -1;
    k->error = asl_undefined();
    k->batch_input = asl_undefined();
    /* Not from the event id: with history on, that depends on the other frames. */
    k->seed = asl_random_next(asl_random_of(&x->f));
    asl__region_init(&k->landing, x->f.region.source);
    return k;
}

void asl__fork_free(asl__fork *k)
{
    k->landing.source = k->parent->f.region.source;
    asl__region_release(&k->landing);
    free(k->batch_ends);
    free(k);
}

/* Room for the results, in the parent's region. */
static bool make_results(asl__fork *k)
{
    size_t size;

    if (!asl__size_mul(k->total, sizeof(asl_value), &size) ||
        !asl__size_add(size, sizeof(asl_block), &size))
        return false;
    k->block = asl_alloc(&k->parent->f.region, size);
    if (!k->block)
        return false;
    *k->block = (asl_block){ k->total, k->total, NULL };
    k->results = (asl_value *)(void *)(k->block + 1);
    return true;
}

asl_next asl_parallel_run(asl_frame *f, const asl_parallel *parallel, asl_value input,
                          uint32_t done)
{
    asl__frame *x = asl__whole(f);

    if (asl_is_error(input))
        return asl_raise(f, input);
    asl__visit(x);
    asl__fork *k = asl__fork_new(x, parallel->nbranches);
    if (!k)
        return asl_raise(f, asl_no_memory());
    k->parallel = parallel;
    k->input = input;
    x->open = k;
    x->request = ASL__REQ_FORK;
    f->state = done;
    asl__event(x, "ParallelStateStarted");
    return ASL_PARKED;
}

bool asl__fork_has_work(const asl__fork *k)
{
    return k->drawn < k->total && !k->failed &&
           (k->limit == 0 || k->active < k->limit) &&
           __atomic_load_n(&k->stop, __ATOMIC_SEQ_CST) == 0;
}

void asl__frame_stop(asl__sched *s, asl__frame *x)
{
    if (x->parked) {
        asl__unpark(x);
        asl__make_ready(s, x, ASL__WAKE_START);
    } else if (x->forked) {
        asl__fork_stop(s, x->open);
    }
    asl__mark_all(s, ASL_ATTENTION_STOP);
}

void asl__fork_stop(asl__sched *s, asl__fork *k)
{
    asl__frame *x = k->parked;

    __atomic_store_n(&k->stop, 1, __ATOMIC_SEQ_CST);
    while (x) {
        asl__frame *after = x->after;
        asl__frame_stop(s, x);
        x = after;
    }
    asl__mark_all(s, ASL_ATTENTION_STOP);
}

/* Child X has failed.  False if another failure has already ended K: then X counts as
 * stopped by that one. */
static bool fail_fork(asl__worker *w, asl__fork *k, asl__frame *x)
{
    asl__sched *s = w->sched;

    asl__lock(s);
    bool counts = !k->failed;
    if (counts) {
        k->failures += asl__map_weight(k, x->index);
        if (k->map && asl__map_tolerates(k)) {
            k->results[x->index] = asl_undefined();
        } else {
            k->failed = true;
            k->landing.source = &w->chunks;
            k->error = asl__region_copy_out(&k->landing, &x->f.region, x->f.result);
            asl__fork_stop(s, k);
        }
    }
    asl__unlock(s);
    return counts;
}

static bool is_inline_map(const asl__fork *k)
{
    return k->map && !k->map->distributed;
}

static void note_iteration(asl__fork *k, asl__frame *x, const char *type,
                           uint64_t previous)
{
    asl_frame *parent = &k->parent->f;

    asl__event_iteration(x, type, &parent->scope->states[parent->state], x->index,
                         previous);
}

/* Takes over the outcome of child X; its result goes to LANDING. */
static void collect(asl__worker *w, asl__fork *k, asl__frame *x, asl_next outcome,
                    asl_region *landing, struct progress *p)
{
    uint64_t last = x->previous;
    bool distributed = k->map && k->map->distributed;

    if (distributed)
        asl__event_child_over(x, outcome);
    if (outcome == ASL_SUCCEEDED) {
        asl_value v = asl__region_copy_out(landing, &x->f.region, x->f.result);
        if (asl_is_error(v)) {
            x->f.result = v;
            outcome = ASL_FAILED;
        } else {
            k->results[x->index] = v;
            if (asl_depth(v) > p->depth)
                p->depth = (uint32_t)asl_depth(v);
        }
    }
    if (outcome == ASL_FAILED && !fail_fork(w, k, x))
        outcome = ASL_STOPPED;
    if (is_inline_map(k))
        note_iteration(k, x,
                       outcome == ASL_SUCCEEDED ? "MapIterationSucceeded"
                       : outcome == ASL_FAILED  ? "MapIterationFailed"
                                                : "MapIterationAborted",
                       last);
    if (distributed) {
        asl__child_free(x->own);
        x->own = NULL;
    }
    if (outcome == ASL_FAILED && !distributed)
        k->failed_event = last;
    if (x->f.execution->history && !distributed && outcome == ASL_SUCCEEDED) {
        __atomic_store_n(&k->last_event, x->previous, __ATOMIC_RELAXED);
        __atomic_store_n(&k->freed_event, last, __ATOMIC_RELAXED);
    }
    if (!distributed)
        p->events += x->f.event - x->base;
    p->ended++;
}

/* X becomes an execution of its own. */
static bool begin_execution(asl__fork *k, asl__frame *x)
{
    x->own = asl__child_new(x, k);
    if (!x->own)
        return false;
    x->own->input = x->f.input;
    asl__event_child_started(x);
    return true;
}

/* The event that the start of iteration INDEX follows: MapStateStarted, or, if it had to
 * wait for a place, the last one of the iteration that left it. */
static uint64_t start_follows(const asl__fork *k, const asl__frame *x, uint32_t index)
{
    uint64_t freed = __atomic_load_n(&k->freed_event, __ATOMIC_RELAXED);

    return k->limit != 0 && index >= k->limit && freed != 0 ? freed : x->previous;
}

/* Sets X up as child INDEX of K: relations, events, input. */
static asl_next begin_child(asl__fork *k, asl__frame *x, uint32_t index,
                            uint64_t events)
{
    asl__frame *parent = k->parent;
    bool distributed = k->map && k->map->distributed;

    x->fork = k;
    x->index = index;
    x->f.parent = &parent->f;
    x->seed = (k->seed + index) * UINT64_C(0xD1342543DE82EF95);
    x->own = parent->own;
    x->base = parent->f.event + events;
    x->previous = parent->previous;
    x->f.event = distributed ? 2 : x->base + 1;
    if (is_inline_map(k)) {
        x->f.event = x->base;
        note_iteration(k, x, "MapIterationStarted", start_follows(k, x, index));
        if (!x->f.execution->history)
            x->f.event += 1;
    }
    x->f.input = k->map ? asl__map_item(k, x, index) : k->input;
    if (distributed && !begin_execution(k, x))
        x->f.input = asl_no_memory();
    if (!asl_is_error(x->f.input))
        return ASL_GO_ON;
    x->f.result = x->f.input;
    return ASL_FAILED;
}

static void run_child(asl__worker *w, asl__fork *k, uint32_t index, asl_region *landing,
                      struct progress *p)
{
    asl_execution *e = k->parent->f.execution;
    const asl_scope *scope = k->map ? k->map->scope : k->parallel->branches[index];
    asl__frame *x = asl__frame_new(w, e, scope);
    asl__frame *below = w->top;

    if (!x) {
        asl__lock(w->sched);
        if (!k->failed)
            k->error = asl_no_memory();
        k->failed = true;
        asl__fork_stop(w->sched, k);
        asl__unlock(w->sched);
        p->ended++;
        return;
    }
    x->fork = k;
    x->below = below;
    __atomic_store_n(&w->top, x, __ATOMIC_SEQ_CST);
    asl_next outcome = ASL_STOPPED;
    if (!asl__stopped(x)) {
        outcome = begin_child(k, x, index, p->base + p->events);
        if (outcome == ASL_GO_ON)
            outcome = asl__run(w, x);
        __atomic_store_n(&w->top, below, __ATOMIC_SEQ_CST);
        if (outcome == ASL_PARKED)
            return;
        collect(w, k, x, outcome, landing, p);
    } else {
        __atomic_store_n(&w->top, below, __ATOMIC_SEQ_CST);
        p->ended++;
    }
    asl__frame_free(w, x);
}

static void merge(asl__fork *k, struct progress *p)
{
    k->active -= p->ended;
    k->events += p->events;
    if (p->depth > k->depth)
        k->depth = p->depth;
    *p = (struct progress){ 0, 0, 0, k->events };
}

/* How many children to draw now, at most BATCH. */
static uint32_t room(const asl__fork *k, uint32_t batch)
{
    uint32_t n = k->total - k->drawn;

    if (!asl__fork_has_work(k))
        return 0;
    if (n > batch)
        n = batch;
    if (k->limit != 0 && n > k->limit - k->active)
        n = k->limit - k->active;
    return n;
}

/* The next batch's size: about 100 microseconds of work, at most 64 children. */
static uint32_t next_batch(const asl__fork *k, uint32_t batch, int64_t spent)
{
    if (!k->map)
        return 1;
    if (spent < 50 && batch < 64)
        return 2 * batch;
    return spent > 500 ? 1 : batch;
}

static bool is_complete(const asl__fork *k)
{
    bool drawn = k->drawn == k->total || k->failed ||
                 __atomic_load_n(&k->stop, __ATOMIC_SEQ_CST) != 0 ||
                 __atomic_load_n(&k->parent->f.execution->stop, __ATOMIC_SEQ_CST) != 0;

    return drawn && k->pumps == 0 && k->active == 0 && !k->claimed;
}

static void unlink_fork(asl__sched *s, asl__fork *k)
{
    if (k->before)
        k->before->after = k->after;
    else
        s->forks = k->after;
    if (k->after)
        k->after->before = k->before;
    k->parent->forked = false;
    asl__unpark(k->parent);
}

bool asl__fork_pump(asl__worker *w, asl__fork *k)
{
    asl__sched *s = w->sched;
    struct progress p = { 0, 0, 0, 0 };
    asl_region landing;
    uint32_t batch = 1, n;

    asl__region_init(&landing, &w->chunks);
    asl__lock(s);
    while ((n = room(k, batch)) > 0) {
        uint32_t first = k->drawn;
        k->drawn += n;
        k->active += n;
        p.base = k->events;
        asl__unlock(s);
        int64_t start = asl__monotonic();
        for (uint32_t i = 0; i < n; i++)
            run_child(w, k, first + i, &landing, &p);
        batch = next_batch(k, batch, asl__monotonic() - start);
        asl__lock(s);
        merge(k, &p);
    }
    asl__region_splice(&k->parent->f.region, &landing);
    k->pumps--;
    bool complete = is_complete(k);
    if (complete) {
        k->claimed = true;
        unlink_fork(s, k);
    }
    asl__unlock(s);
    return complete;
}

/* Moves the result of X, which had parked, from LANDING to the fork: small ones share the
 * fork's own region, or each would hold a chunk.  Lock held. */
static void land(asl__worker *w, asl__fork *k, asl__frame *x, asl_region *landing)
{
    if (!landing->chunks)
        return;
    if (asl__region_size(landing) > 16384) {
        asl__region_splice(&k->parent->f.region, landing);
        return;
    }
    k->landing.source = &w->chunks;
    asl_value v = asl__region_copy_out(&k->landing, landing, k->results[x->index]);
    if (asl_is_error(v)) {
        k->failed = true;
        k->error = v;
        v = asl_null();
    }
    k->results[x->index] = v;
}

void asl__fork_join(asl__worker *w, asl__fork *k, asl__frame *x, asl_next outcome)
{
    asl__sched *s = w->sched;
    struct progress p = { 0, 0, 0, 0 };
    asl_region landing;

    asl__region_init(&landing, &w->chunks);
    collect(w, k, x, outcome, &landing, &p);
    asl__lock(s);
    land(w, k, x, &landing);
    merge(k, &p);
    k->pumps++;
    asl__unlock(s);
    asl__region_release(&landing);
    asl__frame_free(w, x);
}

asl_next asl__fork_start(asl__worker *w, asl__frame *x, bool *parked)
{
    asl__sched *s = w->sched;
    asl__fork *k = x->open;

    if (!make_results(k)) {
        asl__fork_free(k);
        x->open = NULL;
        return asl__settle(x, asl_no_memory());
    }
    asl__lock(s);
    k->before = NULL;
    k->after = s->forks;
    if (s->forks)
        s->forks->before = k;
    s->forks = k;
    k->born = s->tick;
    k->pumps = 1;
    s->activity++;
    asl__park(x);
    x->parked = false; /* only its fork wakes it */
    x->forked = true;
    asl__watch(s);
    asl__unlock(s);
    if (asl__fork_pump(w, k)) /* done, or stopped from outside before that */
        return asl__stopped(x) ? ASL_GO_ON : asl__settle(x, asl__fork_finish(x));
    *parked = true;
    return ASL_PARKED;
}

/* Leaves out the children whose failure was tolerated. */
static uint32_t close_gaps(asl__fork *k)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < k->total; i++)
        if (!asl_is_undefined(k->results[i]))
            k->results[n++] = k->results[i];
    k->block->used = k->block->capacity = n;
    return n;
}

static asl_value results_of(asl__fork *k)
{
    uint32_t count = k->failures ? close_gaps(k) : k->total;
    asl_value v = asl_array();

    if (count == 0)
        return v;
    if (k->depth + 1 > ASL_MAX_DEPTH)
        return asl_too_deep();
    v.u.big.depth = (uint16_t)(k->depth + 1);
    v.u.big.count = count;
    v.u.big.as.items = k->results;
    return v;
}

static asl_value threshold_error(asl__frame *x)
{
    return asl_errorf(&x->f.region, "States.ExceedToleratedFailureThreshold",
                      "The specified tolerated failure threshold was exceeded");
}

asl_value asl__fork_finish(asl__frame *x)
{
    asl__fork *k = x->open;
    bool distributed = k->map && k->map->distributed;
    uint64_t last = k->failed ? k->failed_event : k->last_event;

    x->open = NULL;
    if (!x->f.execution->history)
        x->f.event += k->events; /* else it is the id of an event of its own */
    asl__region_splice(&x->f.region, &k->landing);
    if (last == 0) /* nothing ran in it, or elsewhere */
        last = x->previous;
    x->previous = last;
    asl_value v = k->failed ? k->error : results_of(k);
    if (distributed && k->failed && k->failures > 0)
        v = threshold_error(x);
    if (distributed)
        asl__event_map_run(x, asl_is_error(v) ? "MapRunFailed" : "MapRunSucceeded", v);
    if (asl_is_error(v)) {
        x->fork_failed = true;
    } else {
        asl__event(x, k->map ? "MapStateSucceeded" : "ParallelStateSucceeded");
        x->previous = last;
    }
    asl__fork_free(k);
    return v;
}
