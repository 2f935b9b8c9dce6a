/* Tasks: starting one, its timeout, its answer.  The states of a PENDING call (guarded by
 * the lock):
 *
 *   STARTING --ready--> ANSWERED            it ended before its frame could park
 *   STARTING --park---> WAITED --ready--> ANSWERED, the frame is woken
 *                       WAITED --submitted--> the frame is woken, notes it, parks again
 *   WAITED ---abandon-> CANCELLING --> ABANDONED --ready--> freed
 *                       CANCELLING --ready--> LATE, freed by the canceller
 *   STARTING --mock with a delay--> DELAYED
 *
 * A heartbeat only moves `silence`.  The timer stays where it is; when it fires, the frame
 * finds that it is early and waits on.  So there is one timer for each call, however many
 * heartbeats come, and an answer that is there when the time is up is taken.
 */
#include "value/base.h"

#include "machine/frame.h"

/* What became of a frame that was to wait for its call. */
enum await { AWAIT_PARKED, AWAIT_NEWS, AWAIT_OVER, AWAIT_NO_TIMER };

enum call_state { STARTING, WAITED, ANSWERED, CANCELLING, LATE, ABANDONED, DELAYED };

asl__sched *asl__frame_sched(asl_frame *f)
{
    return f->execution->sched;
}

static asl_value positive_seconds(asl_frame *f, asl_value v, const char *field,
                                  const char *path, int64_t *out)
{
    int64_t n;

    if (asl_is_error(v))
        return v;
    if (asl_is_number(v) && asl_to_integer(v, &n) && n > 0 && n <= 99999999) {
        *out = n;
        return asl_undefined();
    }
    asl_value text = asl_is_string(v) ? v : asl_to_json(&f->region, v);
    if (asl_is_error(text))
        return text;
    return asl_errorf(
        &f->region, "States.Runtime",
        "The %s field refers to value \"%.*s\" which is not a valid integer: %s", field,
        (int)asl_text_len(text), asl_text(&text), path);
}

asl_value asl_task_timeout(asl_frame *f, asl_value seconds, const char *path)
{
    return positive_seconds(f, seconds, "TimeoutSecondsPath", path,
                            &asl__whole(f)->limits[0]);
}

asl_value asl_task_heartbeat(asl_frame *f, asl_value seconds, const char *path)
{
    return positive_seconds(f, seconds, "HeartbeatSecondsPath", path,
                            &asl__whole(f)->limits[1]);
}

asl_value asl_task_credentials(asl_frame *f, asl_value credentials)
{
    asl__whole(f)->credentials = credentials;
    return asl_is_error(credentials) ? credentials : asl_undefined();
}

/* A handler whose time is limited, or of which history tells. */
static asl_value call_with_care(asl__frame *x, const asl__direct *direct, asl_value input)
{
    int64_t timeout = x->limits[0] ? x->limits[0] : x->task->timeout;
    int64_t heartbeat = x->limits[1] ? x->limits[1] : x->task->heartbeat;
    int64_t started = timeout != 0 ? asl__monotonic() : 0;

    x->limits[0] = x->limits[1] = 0;
    asl__event_scheduled(x, input, timeout, heartbeat);
    if (x->task->kind == ASL_TASK_ACTIVITY)
        asl__event_activity_started(x, asl_undefined());
    asl_value v = direct->fn(&(asl_task_call){ &x->f.region, direct }, input);
    bool late = timeout != 0 && asl__monotonic() - started > timeout * 1000000;
    if (late)
        v = asl_error(&x->f.region, asl_str("States.Timeout"), asl_undefined());
    else if (asl_is_undefined(v))
        v = asl_null();
    asl__event_task(x, v, late);
    return v;
}

asl_next asl_call_any(asl_frame *f, const asl_task *task, asl_value input, uint32_t done)
{
    const asl_execution *e = f->execution;
    asl__frame *x = asl__whole(f);

    if (asl_is_error(input))
        return asl_raise(f, input);
    asl__visit(x);
    x->task = task;
    f->state = done;
    if (e->quick && e->quick[task->index]) {
        const asl__direct *direct = e->quick[task->index];
        f->event += 3;
        return asl__settle(x, direct->fn(&(asl_task_call){ &f->region, direct }, input));
    }
    if (e->direct && e->direct[task->index])
        return asl__settle(x, call_with_care(x, e->direct[task->index], input));
    x->request = ASL__REQ_CALL;
    x->argument = input;
    return ASL_PARKED;
}

asl_next asl_call_failed(asl_frame *f, asl_value error)
{
    return asl__policy(f, error);
}

/* SECONDS of CALL's time on the program's clock: a real task's limits run in real time
 * whatever that clock does. */
static int64_t span_of(const asl__call *call, int64_t seconds)
{
    double scale = call->paced ? 1 : call->sched->options.time_scale;

    return (int64_t)((double)seconds * 1e6 * (scale > 0 ? scale : 1));
}

static asl__call *new_call(asl__frame *x)
{
    asl__call *call = calloc(1, sizeof *call);
    const asl_task *task = x->task;

    if (!call)
        return NULL;
    call->sched = x->f.execution->sched;
    call->frame = &x->f;
    call->task = task;
    call->input = x->argument;
    call->credentials = x->credentials;
    call->attempt = x->retry_total;
    call->timeout = x->limits[0] ? x->limits[0] : task->timeout;
    call->heartbeat = x->limits[1] ? x->limits[1] : task->heartbeat;
    call->state = STARTING;
    call->has_token = x->has_token && x->token_event == x->f.event;
    memcpy(call->token, x->token, sizeof call->token);
    x->limits[0] = x->limits[1] = 0;
    return call;
}

/* The answer of a call that is over; frees it. */
static asl_value take(asl__frame *x, asl__call *call)
{
    asl_value v = call->take(call, &x->f.region);

    if (asl_is_undefined(v))
        v = asl_null();
    if (call->sched->options.aws_limits) {
        const asl_task *t = call->task;
        asl_value error = asl__check_size(
            &x->f.region, t->kind == ASL_TASK_SERVICE ? t->service : t->resource, v);
        v = asl_is_error(error) ? error : v;
    }
    if ((!asl_is_error(v) || call->answered) &&
        call->task->pattern != ASL_REQUEST_RESPONSE && !call->submitted)
        asl__event_submitted(x, asl_undefined());
    free(call);
    asl__event_task(x, v, false);
    return v;
}

static asl_value timed_out(asl__frame *x, asl__call *call)
{
    asl_value e = asl_error(&x->f.region, asl_str("States.Timeout"), asl_undefined());

    call->discard(call);
    free(call);
    asl__event_task(x, e, true);
    return e;
}

static asl_next ready_now(asl__frame *x, asl__call *call, int64_t started)
{
    int64_t span = asl__monotonic() - started;

    if (call->timeout != 0 && span > call->timeout * 1000000)
        return asl__settle(x, timed_out(x, call));
    return asl__settle(x, take(x, call));
}

/* When CALL's limits are over, INT64_MAX: never. */
static int64_t limit_of(const asl__call *call)
{
    return call->deadline < call->silence ? call->deadline : call->silence;
}

/* The limits of CALL as they were from `since` on.  Lock held. */
static void set_limits(asl__call *call)
{
    call->paced = call->idle;
    call->deadline = call->silence = INT64_MAX;
    if (call->timeout != 0)
        call->deadline = call->since + span_of(call, call->timeout);
    if (call->heartbeat != 0 && !call->queued)
        call->silence = call->since + span_of(call, call->heartbeat);
}

/* Parks X until a mock's delay or the time limit is over. */
static asl_next park_after(asl__frame *x, asl__call *call, bool *parked)
{
    asl__sched *s = call->sched;

    asl__shrink(x);
    asl__lock(s);
    x->call = call;
    call->state = DELAYED;
    call->idle = true; /* its limits run on the program's clock, too */
    call->since = asl__now_locked(s);
    set_limits(call);
    int64_t due = call->since + call->after;
    bool late = limit_of(call) <= due;
    x->wake = late ? ASL__WAKE_TIMEOUT : ASL__WAKE_CALL;
    x->timer = asl__timer_add(s, late ? limit_of(call) : due, x, NULL);
    *parked = x->timer != 0;
    if (*parked) {
        asl__park(x);
        if (asl__stopped(x))
            asl__frame_stop(s, x);
        else
            asl__retime(s);
    }
    asl__unlock(s);
    if (*parked)
        return ASL_PARKED;
    x->call = NULL;
    call->discard(call);
    free(call);
    return asl__settle(x, asl_no_memory());
}

/* Whether CALL holds a virtual clock.  Lock held. */
static void count_call(asl__call *call, bool real)
{
    asl__sched *s = call->sched;

    if (call->counted == real)
        return;
    (void)asl__now_locked(s); /* the clock flowed, or stood, until here */
    call->counted = real;
    if (real)
        s->real_calls++;
    else
        s->real_calls--;
}

/* Sets the timer of X's call, if it has a limit; false without memory.  Lock held. */
static bool set_timer(asl__frame *x, const asl__call *call)
{
    int64_t next = limit_of(call);

    x->timer = 0;
    if (next != INT64_MAX)
        x->timer = asl__timer_add(call->sched, next, x, NULL);
    return next == INT64_MAX || x->timer != 0;
}

/* Parks X, whose call is WAITED; false without memory for its timer.  Lock held. */
static bool park_waited(asl__frame *x, asl__call *call)
{
    asl__sched *s = call->sched;

    x->wake = ASL__WAKE_TIMEOUT;
    count_call(call, !call->idle);
    if (!set_timer(x, call))
        return false;
    asl__park(x);
    if (asl__stopped(x))
        asl__frame_stop(s, x);
    else
        asl__retime(s);
    return true;
}

/* A worker has taken the activity's task: heartbeats are wanted from now on. */
static void note_taken(asl__frame *x, asl_value worker)
{
    asl__call *call = x->call;

    asl__event_activity_started(x, worker);
    asl__lock(call->sched);
    call->queued = false;
    if (call->heartbeat != 0)
        call->silence = asl__now_locked(call->sched) + span_of(call, call->heartbeat);
    asl__unlock(call->sched);
}

static void reset_limits(asl__call *call)
{
    asl__lock(call->sched);
    int64_t silence = call->silence;
    set_limits(call);
    if (call->silence != INT64_MAX && silence > call->silence)
        call->silence = silence; /* heartbeats have come */
    asl__unlock(call->sched);
}

asl_next asl__call_news(asl__frame *x)
{
    asl__call *call = x->call;
    bool was_idle = call->idle;
    asl_value reply = call->submission(call, &x->f.region);

    if (asl_is_error(reply)) {
        asl__call_abandon(x);
        asl__event_task(x, reply, false);
        return asl__settle(x, reply);
    }
    if (call->queued) {
        note_taken(x, reply);
    } else {
        call->submitted = true;
        asl__event_submitted(x, reply);
    }
    if (call->idle != was_idle) /* its limits are counted by another clock */
        reset_limits(call);
    x->request = ASL__REQ_ANSWER;
    return ASL_PARKED;
}

/* Whether there are news of CALL, which are forgotten by this. */
static bool take_news(asl__call *call)
{
    asl__lock(call->sched);
    bool news = call->news;
    call->news = false;
    asl__unlock(call->sched);
    return news;
}

/* Parks X if its call is still WAITED and there are no news. */
static enum await try_park(asl__frame *x)
{
    asl__call *call = x->call;
    enum await what = AWAIT_OVER;

    asl__shrink(x);
    asl__lock(call->sched);
    if (call->news)
        what = AWAIT_NEWS;
    else if (call->state == WAITED)
        what = park_waited(x, call) ? AWAIT_PARKED : AWAIT_NO_TIMER;
    asl__unlock(call->sched);
    return what;
}

asl_next asl__call_await(asl__frame *x, bool *parked)
{
    enum await what;

    *parked = false;
    do {
        if (take_news(x->call)) { /* before anything of the frame is moved */
            asl_next next = asl__call_news(x);
            if (next != ASL_PARKED)
                return next;
        }
        what = try_park(x); /* PARKED: it may be another's by now */
    } while (what == AWAIT_NEWS);
    *parked = what == AWAIT_PARKED;
    if (*parked)
        return ASL_PARKED;
    if (what == AWAIT_OVER)
        return asl__settle(x, asl__call_take(x));
    asl__call_abandon(x); /* it could run forever */
    return asl__settle(x, asl_no_memory());
}

/* X waits for its call, just started; SUBMITTED: its submission is answered. */
static asl_next pending(asl__frame *x, asl__call *call, bool submitted, bool *parked)
{
    asl__sched *s = call->sched;

    x->call = call;
    asl__lock(s);
    call->since = asl__now_locked(s);
    set_limits(call);
    call->news = call->news || submitted;
    if (call->state == STARTING) {
        call->state = WAITED;
        count_call(call, !call->idle);
    }
    asl__unlock(s);
    return asl__call_await(x, parked);
}

/* What is wrong with CALL's parameters, or undefined. */
static asl_value check(asl__frame *x, const asl__call *call)
{
    asl__tasks *tasks = call->sched->options.tasks;

    if (!tasks || !tasks->check)
        return asl_undefined();
    asl_value v = tasks->check(tasks, &x->f, call->task, call->input);
    if (!asl_is_error(v))
        return v;
    const asl_error_info *info = asl_error_of(v);
    return asl_error_flagged(&x->f.region, info->error, info->cause,
                             info->flags | ASL_ERROR_FINAL);
}

/* What comes of CALL where nothing can be started; frees it. */
static asl_next unbound(asl__frame *x, asl__call *call)
{
    asl_value name = call->task->resource;
    asl_value e = asl_errorf(&x->f.region, "States.TaskFailed", "%.*s is not bound",
                             (int)asl_text_len(name), asl_text(&name));

    free(call);
    asl__event_task(x, e, false);
    return asl__settle(x, e);
}

/* Whether a task fails before it is scheduled: then *NEXT comes of it. */
static bool is_refused(asl__frame *x, asl__call *call, asl_next *next)
{
    asl__tasks *tasks = call->sched->options.tasks;
    asl_value e = asl_undefined();

    if (call->task->kind == ASL_TASK_ACTIVITY && tasks && tasks->refuses)
        e = tasks->refuses(tasks, call->task, &x->f.region);
    else
        e = check(x, call);
    if (!asl_is_error(e))
        return false;
    free(call);
    *next = asl_raise(&x->f, e);
    return true;
}

asl_next asl__call_start(asl__worker *w, asl__frame *x, bool *parked)
{
    asl__sched *s = w->sched;
    asl__call *call = new_call(x);
    asl_next next;

    if (!call)
        return asl__settle(x, asl_no_memory());
    if (is_refused(x, call, &next))
        return next;
    asl__event_scheduled(x, call->input, call->timeout, call->heartbeat);
    if (!s->options.tasks)
        return unbound(x, call);
    int64_t started = call->timeout != 0 ? asl__monotonic() : 0;
    enum asl__started how = s->options.tasks->start(s->options.tasks, call);
    if (call->task->kind == ASL_TASK_ACTIVITY && !call->queued)
        asl__event_activity_started(x, asl_undefined());
    switch (how) {
    case ASL__CALL_READY: return ready_now(x, call, started);
    case ASL__CALL_AFTER: return park_after(x, call, parked);
    case ASL__CALL_PENDING: return pending(x, call, false, parked);
    case ASL__CALL_SUBMITTED: return pending(x, call, true, parked);
    }
    return ASL_GO_ON;
}

asl_value asl__call_take(asl__frame *x)
{
    asl__call *call = x->call;

    x->call = NULL;
    return take(x, call);
}

void asl__call_abandon(asl__frame *x)
{
    asl__call *call = x->call;
    asl__sched *s = call->sched;
    bool over = true;

    x->call = NULL;
    asl__lock(s);
    if (call->state == WAITED) {
        call->state = CANCELLING;
        over = false;
    }
    asl__unlock(s);
    if (!over) {
        call->cancel(call);
        asl__lock(s);
        over = call->state == LATE;
        if (!over)
            call->state = ABANDONED;
        asl__unlock(s);
    }
    if (over) {
        call->discard(call);
        free(call);
    }
}

/* The error of X's call if its time is over; else undefined: *ANSWERED, or it is early. */
static asl_value time_over(asl__frame *x, bool *answered)
{
    asl__call *call = x->call;

    asl__lock(call->sched);
    *answered = call->state == ANSWERED;
    bool early = call->state == WAITED && asl__now_locked(call->sched) < limit_of(call);
    uint32_t flags = call->silence < call->deadline ? ASL_ERROR_HEARTBEAT : 0;
    asl__unlock(call->sched);
    if (*answered || early)
        return asl_undefined();
    return asl_error_flagged(&x->f.region, asl_str("States.Timeout"), asl_undefined(), flags);
}

void asl__call_late_event(asl__frame *x)
{
    bool answered;
    asl_value e = time_over(x, &answered);

    if (asl_is_error(e))
        asl__event_task(x, e, true);
}

asl_next asl__call_late(asl__frame *x)
{
    bool answered;
    asl_value e = time_over(x, &answered);

    if (asl_is_error(e)) {
        asl__call_abandon(x);
        asl__event_task(x, e, true);
        return asl__settle(x, e);
    }
    if (answered)
        return asl__settle(x, asl__call_take(x));
    x->request = ASL__REQ_ANSWER;
    return ASL_PARKED;
}

void asl__call_ready(asl__call *call)
{
    asl__sched *s = call->sched;
    bool drop = false;

    if (call->owner) {
        call->owner->ready(call);
        return;
    }
    asl__lock(s);
    if (call->counted) {
        count_call(call, false);
        pthread_cond_signal(&s->ready_cond);
    }
    switch ((enum call_state)call->state) {
    case STARTING: call->state = ANSWERED; break;
    case WAITED: {
        asl__frame *x = asl__whole(call->frame);
        call->state = ANSWERED;
        if (x->parked) {
            asl__unpark(x);
            asl__make_ready(s, x, ASL__WAKE_CALL);
        }
        break;
    }
    case CANCELLING: call->state = LATE; break;
    case ABANDONED: drop = true; break;
    case ANSWERED:
    case LATE:
    case DELAYED: break;
    }
    asl__unlock(s);
    if (drop) {
        call->discard(call);
        free(call);
    }
}

void asl__call_submitted(asl__call *call)
{
    asl__sched *s = call->sched;

    if (call->owner) {
        call->owner->submitted(call);
        return;
    }
    asl__lock(s);
    if (call->state == STARTING) {
        call->news = true;
    } else if (call->state == WAITED) {
        asl__frame *x = asl__whole(call->frame);
        if (x->parked) {
            asl__unpark(x);
            asl__make_ready(s, x, ASL__WAKE_NEWS);
        } else {
            call->news = true;
        }
    }
    asl__unlock(s);
}

void asl__call_heartbeat(asl__call *call)
{
    asl__sched *s = call->sched;

    asl__lock(s);
    if (call->state == WAITED && call->heartbeat != 0 && !call->queued)
        call->silence = asl__now_locked(s) + span_of(call, call->heartbeat);
    asl__unlock(s);
}
