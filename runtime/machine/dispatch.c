/* Running frames: the boundary between two states, what a parked frame waits for, and
 * how parents go on when children end. */
#include "value/base.h"

#include "machine/frame.h"

static void clear_attention(asl_frame *f, uint32_t bit)
{
    __atomic_fetch_and(&f->attention, ~bit, __ATOMIC_RELAXED);
}

bool asl__stopped(const asl__frame *x)
{
    const asl__frame *at = x;

    if (__atomic_load_n(&x->f.execution->stop, __ATOMIC_SEQ_CST) != 0)
        return true;
    for (; at->fork; at = at->fork->parent)
        if (__atomic_load_n(&at->fork->stop, __ATOMIC_SEQ_CST) != 0)
            return true;
    return false;
}

/* Copies what lives of X's region out of it and frees the rest. */
static void compact(asl__frame *x)
{
    asl_value *small[19], **roots = small;
    uint32_t nvars = x->f.scope->nvars;
    size_t n = 0;

    if (nvars > 16) {
        roots = malloc((nvars + 3) * sizeof *roots);
        if (!roots)
            return; /* the region grows on; the limit on memory still holds */
    }
    roots[n++] = &x->f.input;
    roots[n++] = &x->f.result;
    if (x->own && x->fork && x->fork->map && x->fork->map->distributed)
        roots[n++] = &x->own->input;
    for (uint32_t i = 0; i < nvars; i++)
        roots[n++] = &x->f.vars[i];
    asl__region_compact(&x->f.region, roots, n);
    if (roots != small)
        free(roots);
}

bool asl__boundary(asl_frame *f, asl_next *next)
{
    asl__frame *x = asl__whole(f);
    uint32_t bits = __atomic_load_n(&f->attention, __ATOMIC_RELAXED);

    if (bits & ASL_ATTENTION_STOP) {
        clear_attention(f, ASL_ATTENTION_STOP);
        if (asl__stopped(x)) {
            *next = ASL_STOPPED;
            return false;
        }
    }
    if (bits & ASL_ATTENTION_YIELD) {
        clear_attention(f, ASL_ATTENTION_YIELD);
        return false;
    }
    if (bits & ASL_ATTENTION_BIG) {
        bool always = f->execution->sched->options.compact_always;
        if (!always)
            clear_attention(f, ASL_ATTENTION_BIG);
        if (always || f->region.size >= f->region.limit)
            compact(x);
    }
    if (f->scope->states[f->state].role != ASL_ROLE_ENTRY || f->event == x->retry_mark)
        return true;
    if (bits & ASL_ATTENTION_LIMITS) {
        asl_value error = asl__check_limits(x);
        if (asl_is_error(error)) {
            f->result = error;
            *next = ASL_FAILED;
            return false;
        }
        x->entered_state = bits & ASL_ATTENTION_HISTORY ? x->entered_state : f->state;
    }
    if (bits & ASL_ATTENTION_HISTORY)
        asl__event_transition(x);
    if (bits & ASL_ATTENTION_CLOCK)
        x->entered_time = asl__sched_now(f->execution->sched);
    return true;
}

void asl__shrink(asl__frame *x)
{
    x->argument = asl_undefined();
    if (x->fork)
        compact(x);
}

void asl__park(asl__frame *x)
{
    asl__fork *k = x->fork;

    x->parked = true;
    if (!k)
        return;
    asl__fork_publish(x->f.execution->sched, k);
    x->linked = true;
    x->before = NULL;
    x->after = k->parked;
    if (k->parked)
        k->parked->before = x;
    k->parked = x;
}

void asl__unpark(asl__frame *x)
{
    x->parked = false;
    x->timer = 0;
    if (!x->linked)
        return;
    x->linked = false;
    if (x->before)
        x->before->after = x->after;
    else
        x->fork->parked = x->after;
    if (x->after)
        x->after->before = x->before;
}

/* Parks X until its deadline, unless that is already past. */
static asl_next park_until_deadline(asl__frame *x, bool *parked)
{
    asl__sched *s = x->f.execution->sched;
    bool timed = true;

    asl__shrink(x);
    x->wake = ASL__WAKE_TIMER;
    asl__lock(s);
    if (x->deadline > asl__now_locked(s) && !(!x->fork && asl__clock_jump(s, x->deadline))) {
        x->timer = asl__timer_add(s, x->deadline, x, NULL);
        timed = x->timer != 0;
        if (timed) {
            asl__park(x);
            *parked = true;
            if (asl__stopped(x))
                asl__frame_stop(s, x);
            else
                asl__retime(s);
        }
    }
    asl__unlock(s);
    return timed ? ASL_GO_ON : asl__settle(x, asl_no_memory());
}

/* Does what X asked for.  *PARKED: others will wake it, and it may be running again
 * elsewhere by now; else what comes next. */
static asl_next grant(asl__worker *w, asl__frame *x, bool *parked)
{
    *parked = false;
    switch ((enum asl__request)x->request) {
    case ASL__REQ_WAIT:
    case ASL__REQ_RETRY: return park_until_deadline(x, parked);
    case ASL__REQ_CALL: return asl__call_start(w, x, parked);
    case ASL__REQ_ANSWER: return asl__call_await(x, parked);
    case ASL__REQ_FORK: return asl__fork_start(w, x, parked);
    case ASL__REQ_NONE: break;
    }
    return ASL_GO_ON;
}

/* X has been stopped: drops what it waited for. */
static asl_next stopped(asl__frame *x, enum asl__wake wake)
{
    if (wake == ASL__WAKE_TIMEOUT)
        asl__call_late_event(x); /* its time was up at the same moment */
    if (x->call)
        asl__call_abandon(x);
    if (x->open) {
        asl__fork_free(x->open);
        x->open = NULL;
    }
    return ASL_STOPPED;
}

/* What comes next for X now that it has been woken. */
static asl_next resume(asl__frame *x)
{
    enum asl__wake wake = x->wake;

    x->wake = ASL__WAKE_START;
    if (asl__stopped(x))
        return stopped(x, wake);
    switch (wake) {
    case ASL__WAKE_START:
    case ASL__WAKE_TIMER: break;
    case ASL__WAKE_CALL: return asl__settle(x, asl__call_take(x));
    case ASL__WAKE_NEWS: return asl__call_news(x);
    case ASL__WAKE_TIMEOUT: return asl__call_late(x);
    case ASL__WAKE_FORK: return asl__settle(x, asl__fork_finish(x));
    }
    return ASL_GO_ON;
}

/* Takes X over for W: what comes next for it. */
static asl_next take_over(asl__worker *w, asl__frame *x)
{
    x->f.region.source = &w->chunks;
    return resume(x);
}

asl_next asl__give_up_turn(asl__frame *x)
{
    asl__sched *s = x->f.execution->sched;

    asl__lock(s);
    asl__make_ready(s, x, ASL__WAKE_START);
    asl__unlock(s);
    return ASL_PARKED;
}

static bool has_aborted_event(uint8_t type)
{
    return type == ASL_TYPE_TASK || type == ASL_TYPE_CALLBACK ||
           type == ASL_TYPE_WAIT || type == ASL_TYPE_PARALLEL || type == ASL_TYPE_MAP;
}

/* Whether X is a scope within an execution, not the whole of one. */
static bool is_nested(const asl__frame *x)
{
    return x->fork && !(x->fork->map && x->fork->map->distributed);
}

/* The last event of a frame's own. */
static void note_end(asl__frame *x, asl_next outcome)
{
    static const char *const aborted[] = {
        [ASL_TYPE_TASK] = "TaskStateAborted",
        [ASL_TYPE_CALLBACK] = "TaskStateAborted",
        [ASL_TYPE_WAIT] = "WaitStateAborted",
        [ASL_TYPE_PARALLEL] = "ParallelStateAborted",
        [ASL_TYPE_MAP] = "MapStateAborted",
    };
    uint8_t type = x->f.scope->states[x->f.state].type;
    bool history = x->f.execution->history != NULL;

    if (outcome == ASL_SUCCEEDED) {
        if (history) /* else asl_end has counted it */
            asl__event_exited(x, x->f.result);
    } else if (is_nested(x) && (!history || x->entered_state != UINT32_MAX) &&
               has_aborted_event(type)) {
        asl__event(x, aborted[type]);
    }
}

/* The scope's output is subject to the service's limit, too. */
static asl_next check_output(asl__frame *x)
{
    asl_frame *f = &x->f;

    if (!f->execution->sched->options.aws_limits)
        return ASL_SUCCEEDED;
    asl_value error =
        asl__check_size(&f->region, f->scope->states[f->state].name, f->result);
    if (asl_is_undefined(error))
        return ASL_SUCCEEDED;
    f->result = error;
    return ASL_FAILED;
}

asl_next asl__run(asl__worker *w, asl__frame *x, asl_next next)
{
    asl_frame *f = &x->f;

    for (;;) {
        if (next == ASL_GO_ON) {
            next = f->scope->dispatch(f);
            if (next == ASL_GO_ON)
                return asl__give_up_turn(x);
        }
        if (next == ASL_SUCCEEDED)
            next = check_output(x);
        if (next != ASL_PARKED)
            break;
        bool parked;
        next = grant(w, x, &parked);
        if (parked)
            return ASL_PARKED;
        if (next == ASL_GO_ON && asl__stopped(x))
            next = stopped(x, ASL__WAKE_START);
    }
    note_end(x, next);
    return next;
}

static void execution_over(asl__frame *x, asl_next outcome)
{
    asl_execution *e = x->f.execution;
    asl__sched *s = e->sched;
    uint32_t stop = __atomic_load_n(&e->stop, __ATOMIC_SEQ_CST);

    if (outcome == ASL_STOPPED) {
        e->status = stop == 2 ? ASL__TIMED_OUT : ASL__ABORTED;
        if (stop == 2)
            e->error.error = asl_str("States.Timeout");
    } else if (outcome == ASL_FAILED) {
        e->status = ASL__FAILED;
        e->error = *asl_error_of(x->f.result);
    } else {
        e->status = ASL__SUCCEEDED;
        e->output = x->f.result;
    }
    if (!e->history)
        e->events = x->f.event;
    if (e->gone)
        e->stop_time = asl__sched_now(s);
    asl__event_over(e, x->previous);
    if (e->ended)
        e->ended(e, e->user);
    void (*gone)(asl_execution *execution, void *user) = e->gone;
    asl__lock(s);
    e->timer = 0;
    e->over = true;
    s->running -= gone == NULL;
    pthread_cond_broadcast(&s->ready_cond);
    asl__unlock(s);
    if (!gone) /* E may be freed by now */
        return;
    gone(e, e->user);
    asl__lock(s);
    s->running--;
    pthread_cond_broadcast(&s->ready_cond);
    asl__unlock(s);
}

void asl__advance(asl__worker *w, asl__frame *x)
{
    for (;;) {
        x->below = NULL;
        __atomic_store_n(&w->top, x, __ATOMIC_SEQ_CST);
        asl_next outcome = asl__run(w, x, take_over(w, x));
        __atomic_store_n(&w->top, NULL, __ATOMIC_SEQ_CST);
        if (outcome == ASL_PARKED)
            return;
        if (!x->fork) {
            execution_over(x, outcome);
            return;
        }
        asl__fork *k = x->fork;
        asl__fork_join(w, k, x, outcome);
        if (!asl__fork_pump(w, k))
            return;
        x = k->parent;
        x->wake = ASL__WAKE_FORK;
    }
}
