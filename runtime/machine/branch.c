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
    bool alone;    /* it has been the only one that knows of the fork */
};

asl__fork *asl__fork_new(asl__frame *x, uint32_t total)
{
    asl__fork *k = asl_alloc(&x->f.region, sizeof *k); /* X parks, its region stays */

    if (!k)
        return NULL;
    asl__zero_pairs(k, sizeof *k);
    k->parent = x;
    k->total = total;
    k->tolerated_count = -1;
    k->tolerated_percentage = -1;
    k->error = asl_undefined();
    k->batch_input = asl_undefined();
    /* Not from the event id: with history on, that depends on the other frames. */
    k->seed = x->seed ^ ++x->forks * UINT64_C(0x9E3779B97F4A7C15);
    k->held = asl__region_size(&x->f.region);
    asl__region_init(&k->landing, x->f.region.source);
    return k;
}

void asl__fork_free(asl__fork *k)
{
    k->landing.source = k->parent->f.region.source;
    if (k->landing.chunks)
        asl__region_release(&k->landing);
    if (k->batch_ends)
        free(k->batch_ends);
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
        /* Out of memory is no failure of the item. */
        bool own = (asl_error_of(x->f.result)->flags & ASL_ERROR_NO_MEMORY) == 0;
        k->failures += own ? asl__map_weight(k, x->index) : 0;
        if (own && k->map && asl__map_tolerates(k)) {
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

/* Takes the result of child X over to LANDING; false, with an error instead, without
 * memory. */
static inline bool take_result(asl__fork *k, asl__frame *x, asl_region *landing,
                               struct progress *p)
{
    asl_value *result = &k->results[x->index];

    if (asl__region_misses(&x->f.region, x->f.result)) {
        asl__store(result, x->f.result);
    } else {
        asl_value v = asl__region_copy_out(landing, &x->f.region, x->f.result);
        if (asl_is_error(v)) {
            x->f.result = v;
            return false;
        }
        asl__store(result, v);
    }
    if (asl_depth(*result) > p->depth)
        p->depth = (uint32_t)asl_depth(*result);
    return true;
}

/* Ends the events of child X, which counted LAST as its last one. */
static void close_events(asl__fork *k, asl__frame *x, asl_next outcome, uint64_t last)
{
    if (is_inline_map(k))
        note_iteration(k, x,
                       outcome == ASL_SUCCEEDED ? "MapIterationSucceeded"
                       : outcome == ASL_FAILED  ? "MapIterationFailed"
                                                : "MapIterationAborted",
                       last);
    if (outcome == ASL_FAILED)
        k->failed_event = last;
    if (x->f.execution->history && outcome == ASL_SUCCEEDED) {
        __atomic_store_n(&k->last_event, x->previous, __ATOMIC_RELAXED);
        __atomic_store_n(&k->freed_event, last, __ATOMIC_RELAXED);
    }
}

/* Takes over the outcome of child X; its result goes to LANDING. */
static void collect(asl__worker *w, asl__fork *k, asl__frame *x, asl_next outcome,
                    asl_region *landing, struct progress *p)
{
    uint64_t last = x->previous;
    bool distributed = k->map && k->map->distributed;

    p->ended++;
    if (distributed)
        asl__event_child_over(x, outcome);
    if (outcome == ASL_SUCCEEDED && !take_result(k, x, landing, p))
        outcome = ASL_FAILED;
    if (outcome == ASL_FAILED && !fail_fork(w, k, x))
        outcome = ASL_STOPPED;
    if (distributed) {
        asl__child_free(x->own);
        x->own = NULL;
        return;
    }
    close_events(k, x, outcome, last);
    p->events += x->f.event - x->base;
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

/* The first events of X, a child of K whose history, if any, begins after EVENTS. */
static void open_events(asl__fork *k, asl__frame *x, uint32_t index,
                        uint64_t events)
{
    asl__frame *parent = k->parent;

    x->base = parent->f.event + events;
    x->previous = parent->previous;
    x->f.event = k->map && k->map->distributed ? 2 : x->base + 1;
    if (is_inline_map(k)) {
        x->f.event = x->base;
        note_iteration(k, x, "MapIterationStarted", start_follows(k, x, index));
        if (!x->f.execution->history)
            x->f.event += 1;
    }
}

static uint64_t child_seed(const asl__fork *k, uint32_t index)
{
    return (k->seed + index) * UINT64_C(0xD1342543DE82EF95);
}

/* Sets X up as child INDEX of K: events, input. */
static asl_next begin_child(asl__fork *k, asl__frame *x, uint32_t index,
                            uint64_t events)
{
    x->index = index;
    x->seed = child_seed(k, index);
    x->own = k->parent->own;
    open_events(k, x, index, events);
    asl_value input = !k->map         ? k->input
                      : k->batch_ends ? asl__map_batched(k, x, index)
                                      : asl__map_select(k, x, index);
    asl__store(&x->f.input, input);
    if (k->map && k->map->distributed && !begin_execution(k, x))
        x->f.input = asl_no_memory();
    if (!asl_is_error(x->f.input))
        return ASL_GO_ON;
    x->f.result = x->f.input;
    return ASL_FAILED;
}

static void fail_for_memory(asl__sched *s, asl__fork *k)
{
    asl__lock(s);
    if (!k->failed)
        k->error = asl_no_memory();
    k->failed = true;
    asl__fork_stop(s, k);
    asl__unlock(s);
}

/* A frame for a child of K with SCOPE, which becomes W's innermost; NULL without memory. */
static asl__frame *enter(asl__worker *w, asl__fork *k, const asl_scope *scope)
{
    asl__frame *x = asl__frame_new(w, k->parent->f.execution, scope);

    if (!x)
        return NULL;
    x->fork = k;
    x->own = k->parent->own;
    x->f.parent = &k->parent->f;
    x->below = w->top;
    __atomic_store_n(&w->top, x, __ATOMIC_SEQ_CST);
    /* Who stops K before this looks nowhere; who does so later marks X. */
    if (asl__stopped(x))
        __atomic_fetch_or(&x->f.attention, ASL_ATTENTION_STOP, __ATOMIC_RELAXED);
    return x;
}

/* X, which W ran last, is no longer W's innermost. */
static void leave(asl__worker *w, asl__frame *below)
{
    __atomic_store_n(&w->top, below, __ATOMIC_SEQ_CST);
}

/* Takes X, whose dispatch gave OUTCOME, to its end; X, or NULL when it has parked.  LANDING
 * is W's, and X may soon be another's. */
static asl__frame *finish_child(asl__worker *w, asl__fork *k, asl__frame *x,
                                asl_next outcome, asl_region *landing,
                                struct progress *p)
{
    asl__frame *below = x->below;

    x->f.landing = &x->f.region;
    outcome = outcome == ASL_GO_ON ? asl__give_up_turn(x) : asl__run(w, x, outcome);
    if (outcome == ASL_PARKED) {
        leave(w, below);
        return NULL;
    }
    collect(w, k, x, outcome, landing, p);
    return x;
}

static const asl_scope *scope_of(const asl__fork *k, uint32_t index)
{
    return k->map ? k->map->scope : k->parallel->branches[index];
}

/* X at the start of SCOPE, for the next child of K, or where it is NULL a new frame:
 * entering and leaving are dear.  NULL when K is to stop. */
static asl__frame *ready(asl__worker *w, asl__fork *k, asl__frame *x, const asl_scope *scope)
{
    if (x ? !asl__frame_again(x, scope) : !(x = enter(w, k, scope))) {
        fail_for_memory(w->sched, k);
        return NULL;
    }
    bool look = (__atomic_load_n(&x->f.attention, __ATOMIC_SEQ_CST) &
                 ASL_ATTENTION_STOP) != 0;
    return look && asl__stopped(x) ? NULL : x;
}

/* W has no further child for X, which may be NULL. */
static void retire(asl__worker *w, asl__frame *x)
{
    if (!x)
        return;
    leave(w, x->below);
    asl__frame_free(w, x);
}

/* Whether a child of K, of which only its worker knew till then, waits. */
static bool is_known(const asl__fork *k, const struct progress *p)
{
    return p->alone && k->published;
}

/* Runs the children of K from FIRST to before END; where it ended. */
static ASL__NOINLINE uint32_t run_aloud(asl__worker *w, asl__fork *k, uint32_t first,
                                        uint32_t end, asl_region *landing,
                                        struct progress *p)
{
    asl__frame *x = NULL;
    uint32_t i;

    for (i = first; i < end && !is_known(k, p); i++) {
        const asl_scope *scope = scope_of(k, i);
        asl__frame *child = ready(w, k, x, scope);
        if (!child) {
            p->ended += end - i;
            i = end;
            break;
        }
        asl_next outcome = begin_child(k, child, i, p->base + p->events);
        if (outcome == ASL_GO_ON)
            outcome = scope->dispatch(&child->f);
        x = finish_child(w, k, child, outcome, landing, p);
    }
    retire(w, x);
    return i;
}

/* The ItemSelector gave X an error. */
static ASL__NOINLINE asl_next fail_input(asl__fork *k, asl__frame *x)
{
    x->f.result = asl__prefix(&k->parent->f, &x->f.region, x->f.input);
    return ASL_FAILED;
}

/* The input of X, a child of K: ITEM through the ItemSelector of MAP, if there is one; false
 * if that has failed. */
static ASL__INLINE bool give_input(const asl__fork *k, asl__frame *x, const asl_map *map,
                                   const asl_value *item)
{
    if (!map || !map->select) {
        asl__store(&x->f.input, *item);
        return true;
    }
    x->selecting = true;
    asl_value v = map->select(&x->f, k->given, asl__load(item), x->index);
    x->selecting = false;
    asl__store(&x->f.input, v);
    return !asl_is_error(v);
}

/* The same for children of which nothing is to be told.  MAP is K's, or NULL. */
static ASL__INLINE uint32_t run_quietly(asl__worker *w, asl__fork *k, const asl_map *map,
                                        uint32_t first, uint32_t end, asl_region *landing,
                                        struct progress *p)
{
    const uint64_t origin = k->parent->f.event + p->base;
    const uint64_t opening = map ? 2 : 1; /* events: the iteration's, the state's */
    const asl_value *item = map ? asl__map_item(k, first) : &k->input;
    const size_t step = map ? asl__map_step(k) : 0;
    const asl_scope *tidy = NULL; /* what X ran if its region is all that it has kept */
    uint64_t event = origin + p->events;
    asl__frame *x = NULL;
    uint32_t i, quiet = 0;

    for (i = first; i < end; i++, item += step) {
        const asl_scope *scope = map ? map->scope : k->parallel->branches[i];
        if (scope != tidy || !asl__frame_repeat(x)) {
            asl__frame *child = ready(w, k, x, scope);
            if (!child) {
                p->ended += end - i;
                i = end;
                break;
            }
            x = child;
        }
        x->index = i;
        x->seed = child_seed(k, i);
        x->base = event;
        x->f.event = event + opening;
        x->f.landing = landing;
        asl_next outcome =
            give_input(k, x, map, item) ? scope->dispatch(&x->f) : fail_input(k, x);
        if (outcome == ASL_SUCCEEDED && !take_result(k, x, landing, p))
            outcome = ASL_FAILED;
        if (outcome == ASL_SUCCEEDED) {
            event = x->f.event + (map != NULL);
            tidy = scope;
            quiet++;
            continue;
        }
        p->events = event - origin;
        x = finish_child(w, k, x, outcome, landing, p);
        event = origin + p->events;
        tidy = NULL;
        if (is_known(k, p)) {
            i++;
            break;
        }
    }
    p->events = event - origin;
    p->ended += quiet;
    retire(w, x);
    return i;
}

static uint32_t run_children(asl__worker *w, asl__fork *k, uint32_t first, uint32_t end,
                             asl_region *landing, struct progress *p)
{
    if (first == end) /* an empty object has not even an address */
        return end;
    if (!k->quiet)
        return run_aloud(w, k, first, end, landing, p);
    if (k->map)
        return run_quietly(w, k, k->map, first, end, landing, p);
    return run_quietly(w, k, NULL, first, end, landing, p);
}

static void merge(asl__fork *k, struct progress *p)
{
    k->active -= p->ended;
    k->events += p->events;
    if (p->depth > k->depth)
        k->depth = p->depth;
    *p = (struct progress){ .base = k->events };
}

#define ALL UINT32_MAX

/* How many children to draw now, at most BATCH; towards the end ever fewer, so that all
 * workers are done at about the same time. */
static uint32_t room(const asl__fork *k, uint32_t batch)
{
    enum { FEW = 128 };
    uint32_t n = k->total - k->drawn;

    if (!asl__fork_has_work(k))
        return 0;
    if (batch != ALL && n > FEW)
        n = n / 4 > FEW ? n / 4 : FEW;
    if (n > batch)
        n = batch;
    if (k->limit != 0 && n > k->limit - k->active)
        n = k->limit - k->active;
    return n;
}

/* How many children are drawn at once at first: all there are where nobody could help,
 * else as many as another worker has come to.  Lock held. */
static uint32_t first_batch(const asl__sched *s, const asl__fork *k)
{
    if (s->options.workers == 1)
        return ALL;
    return k->batch ? k->batch : 1;
}

/* The next batch's size, when N children, drawn as at most BATCH, took SPENT microseconds:
 * about 100 of work, at most 2,048 children.  Each batch costs what its worker must get
 * from another core's cache. */
static uint32_t next_batch(const asl__fork *k, uint32_t batch, uint32_t n, int64_t spent)
{
    if (batch == ALL || !k->map)
        return batch;
    if (spent < 50 && batch < 2048 && n == batch)
        return 2 * batch;
    return spent > 500 ? 1 : batch;
}

/* Calls another worker as soon as more than a millisecond of work is in sight, N children
 * having taken SPENT microseconds.  Whether single ones take long, the monitor finds
 * out.  Lock held. */
static void ask_for_help(asl__sched *s, asl__fork *k, uint32_t n, int64_t spent)
{
    enum { WORTH = 1000 };

    if (k->wide || spent < 3 || spent * (k->total - k->drawn) < (int64_t)WORTH * n)
        return;
    k->wide = true;
    asl__help_fork(s);
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
    k->published = false;
    k->parent->forked = false;
    asl__unpark(k->parent);
}

void asl__fork_publish(asl__sched *s, asl__fork *k)
{
    if (k->published)
        return;
    k->published = true;
    k->before = NULL;
    k->after = s->forks;
    if (s->forks)
        s->forks->before = k;
    s->forks = k;
    k->born = s->tick;
    s->activity++;
    asl__park(k->parent);
    k->parent->parked = false; /* only its fork wakes it */
    k->parent->forked = true;
    asl__watch(s);
}

/* The last of a pump of K.  Whether K is complete, and the caller the one to resume its
 * parent.  Lock held. */
static bool leave_pump(asl__sched *s, asl__fork *k)
{
    k->pumps--;
    bool complete = is_complete(k);
    if (complete) {
        k->claimed = true;
        if (k->published)
            unlink_fork(s, k);
    }
    return complete;
}

/* asl__fork_pump() with the lock held; it is not when this returns. */
static bool pump(asl__worker *w, asl__fork *k)
{
    asl__sched *s = w->sched;
    struct progress p = { .base = 0 };
    asl_region landing;
    uint32_t batch = first_batch(s, k), n;

    asl__region_init(&landing, &w->chunks);
    while ((n = room(k, batch)) > 0) {
        uint32_t first = k->drawn;
        k->drawn += n;
        k->active += n;
        p.base = k->events;
        asl__unlock(s);
        int64_t start = batch == ALL ? 0 : asl__monotonic();
        run_children(w, k, first, first + n, &landing, &p);
        int64_t spent = batch == ALL ? 0 : asl__monotonic() - start;
        batch = next_batch(k, batch, n, spent);
        asl__lock(s);
        k->batch = batch;
        merge(k, &p);
        ask_for_help(s, k, n, spent);
    }
    asl__region_splice(&k->parent->f.region, &landing);
    bool complete = leave_pump(s, k);
    asl__unlock(s);
    return complete;
}

/* The same where there is no other worker: before one of its children waits, K is nobody
 * else's business.  It needs no lock, and results land where they are to be in the end. */
static bool run_alone(asl__worker *w, asl__fork *k)
{
    struct progress p = { .alone = true };

    k->drawn = k->active = k->total;
    uint32_t next = run_children(w, k, 0, k->total, &k->parent->f.region, &p);
    if (!k->published) {
        merge(k, &p);
        return leave_pump(w->sched, k);
    }
    asl__lock(w->sched);
    k->active -= k->total - next;
    k->drawn = next;
    merge(k, &p);
    return pump(w, k);
}

bool asl__fork_pump(asl__worker *w, asl__fork *k)
{
    asl__lock(w->sched);
    return pump(w, k);
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
    struct progress p = { .base = 0 };
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

    k->quiet = !x->f.execution->history && !(k->map && k->map->distributed) &&
               !k->batch_ends && !x->f.execution->sched->options.aws_limits;
    if (!make_results(k)) {
        asl__fork_free(k);
        x->open = NULL;
        return asl__settle(x, asl_no_memory());
    }
    k->pumps = 1;
    bool alone = s->options.workers == 1 && (k->limit == 0 || k->limit >= k->total);
    if (!alone) {
        asl__lock(s);
        asl__fork_publish(s, k);
    }
    /* Done, or stopped from outside before that. */
    if (alone ? run_alone(w, k) : pump(w, k))
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

    if (count == 0)
        return asl_array();
    if (k->depth + 1 > ASL_MAX_DEPTH)
        return asl_too_deep();
    return asl__container(ASL_ARRAY, k->results, count, k->depth + 1);
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
    if (k->landing.chunks)
        asl__region_splice(&x->f.region, &k->landing);
    /* What has come are results, all of them alive. */
    asl__region_expect(&x->f.region, asl__region_size(&x->f.region) - k->held);
    if (last == 0) /* nothing ran in it, or elsewhere */
        last = x->previous;
    x->previous = last;
    asl_value v = k->failed ? k->error : results_of(k);
    if (distributed && k->failed && k->failures > 0 &&
        (asl_error_of(v)->flags & ASL_ERROR_NO_MEMORY) == 0)
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
