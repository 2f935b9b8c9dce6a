/* A heap of deadlines with a serial number as tie-break.  A timer is cancelled by
 * forgetting its serial: a stale entry is dropped when it comes up. */
#include "value/base.h"

#include "machine/frame.h"

static bool before(const struct asl__timer *a, const struct asl__timer *b)
{
    if (a->deadline != b->deadline)
        return a->deadline < b->deadline;
    return a->serial < b->serial;
}

static void sift_up(struct asl__timer *heap, size_t at)
{
    struct asl__timer t = heap[at];

    while (at > 0 && before(&t, &heap[(at - 1) / 2])) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = t;
}

static void sift_down(struct asl__timer *heap, size_t n, size_t at)
{
    struct asl__timer t = heap[at];

    for (;;) {
        size_t child = 2 * at + 1;

        if (child >= n)
            break;
        if (child + 1 < n && before(&heap[child + 1], &heap[child]))
            child++;
        if (!before(&heap[child], &t))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = t;
}

uint64_t asl__timer_add(asl__sched *s, int64_t deadline, asl__frame *frame,
                        asl_execution *execution)
{
    if (s->timers == s->heap_size) {
        size_t size = s->heap_size ? 2 * s->heap_size : 16;
        struct asl__timer *heap = realloc(s->heap, size * sizeof *heap);

        if (!heap)
            return 0;
        s->heap = heap;
        s->heap_size = size;
    }
    uint64_t serial = ++s->serial;
    s->heap[s->timers] = (struct asl__timer){ deadline, serial, frame, execution };
    sift_up(s->heap, s->timers++);
    return serial;
}

static bool is_stale(const struct asl__timer *t)
{
    return t->frame ? t->frame->timer != t->serial : t->execution->timer != t->serial;
}

static void drop_first(asl__sched *s)
{
    s->heap[0] = s->heap[--s->timers];
    if (s->timers > 0)
        sift_down(s->heap, s->timers, 0);
}

bool asl__timer_next(asl__sched *s, int64_t *deadline)
{
    while (s->timers > 0 && is_stale(&s->heap[0]))
        drop_first(s);
    if (s->timers == 0)
        return false;
    *deadline = s->heap[0].deadline;
    return true;
}

static void fire(asl__sched *s, const struct asl__timer *t)
{
    if (t->execution) {
        t->execution->timer = 0;
        __atomic_store_n(&t->execution->stop, 2, __ATOMIC_SEQ_CST);
        asl__frame_stop(s, t->execution->root);
        return;
    }
    asl__frame *x = t->frame;
    x->timer = 0;
    asl__unpark(x);
    asl__make_ready(s, x, x->wake);
}

size_t asl__timers_fire(asl__sched *s, int64_t now)
{
    size_t fired = 0;
    int64_t deadline;

    while (asl__timer_next(s, &deadline) && deadline <= now) {
        struct asl__timer t = s->heap[0];

        drop_first(s);
        fire(s, &t);
        fired++;
    }
    return fired;
}
