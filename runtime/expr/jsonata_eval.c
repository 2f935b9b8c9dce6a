/* One evaluation of a JSONata expression: its bounds, and what becomes of its result. */
#include "../value/base.h"

#include "query.h"

#include "../value/container.h"
#include "../value/region.h"

#include <math.h>
#include <pthread.h>

/* ---- bounds -------------------------------------------------------------------------- */

#ifdef __GNUC__
#define HERE() ((const char *)__builtin_frame_address(0))
#else
#error "the depth of the stack is needed"
#endif

/* Where this thread's stack must not go below, or an address below all others if that
 * cannot be told.  Asking is slow, so each thread does it once. */
static const char *stack_end(void)
{
    static _Thread_local const char *known;
    pthread_attr_t attr;
    void *low = NULL;
    size_t size = 0;

    if (known)
        return known;
    known = (const char *)1;
    if (pthread_getattr_np(pthread_self(), &attr) != 0)
        return known;
    if (pthread_attr_getstack(&attr, &low, &size) == 0)
        known = (const char *)low +
                (size / 4 < ASL__STACK_LEFT ? size / 4 : ASL__STACK_LEFT);
    pthread_attr_destroy(&attr);
    return known;
}

struct asl__evaluation *asl__evaluation_of(asl_eval *e)
{
    if (e->more)
        return e->more;
    struct asl__evaluation *more = asl_alloc(e->region, sizeof *more);
    if (!more)
        return NULL;
    memset(more, 0, sizeof *more);
    more->stack_end = stack_end();
    more->most_calls = ASL__MOST_CALLS;
    e->more = more;
    return more;
}

static int64_t processor_microseconds(void)
{
    struct timespec t;

    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) != 0)
        return 0;
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

asl_value asl__look_at_clock(asl_eval *e)
{
    struct asl__evaluation *more = asl__evaluation_of(e);

    if (!more)
        return asl_no_memory();
    int64_t now = processor_microseconds();
    if (more->deadline == 0)
        more->deadline = now + (int64_t)ASL__MOST_SECONDS * 1000000;
    if (now < more->deadline)
        return asl_undefined();
    return asl_query_fail(
        e, "U1001", asl_str("Expression evaluation timeout: Check for infinite loop"));
}

bool asl_eval_limit(asl_eval *e, uint32_t calls, uint32_t milliseconds)
{
    struct asl__evaluation *more = asl__evaluation_of(e);

    if (!more)
        return false;
    if (calls)
        more->most_calls = calls;
    if (milliseconds)
        more->deadline = processor_microseconds() + (int64_t)milliseconds * 1000;
    return true;
}

static ASL__COLD asl_value stack_overflow(asl_eval *e)
{
    return asl_query_fail(e, "U1001",
                          asl_str("Stack overflow error: Check for non-terminating "
                                  "recursive function.  Consider rewriting as "
                                  "tail-recursive"));
}

asl_value asl__bounded(asl_eval *e)
{
    struct asl__evaluation *more = e->more ? e->more : asl__evaluation_of(e);

    if (!more)
        return asl_no_memory();
    if (HERE() < more->stack_end || more->calls > more->most_calls)
        return stack_overflow(e);
    return asl__tick(e);
}

/* ---- the result ---------------------------------------------------------------------- */

struct cleaner {
    asl_eval *e;
    const char *from; /* what the evaluation made; NULL: anywhere in the region */
    const char *to;   /* behind it */
    asl_value error;
};

/* Whether what is at AT may have been made by this evaluation. */
static bool is_new(const struct cleaner *c, const void *at)
{
    const char *p = at;

    if (c->from)
        return p >= c->from && p < c->to;
    return asl__region_owns(c->e->region, p);
}

static void clean_array(struct cleaner *c, asl_value v);
static void clean_object(struct cleaner *c, asl_value v);

/* What V becomes, its insides in place. */
static inline asl_value clean(struct cleaner *c, asl_value v)
{
    double d;

    switch (asl_tag_of(v)) {
    case ASL_DOUBLE:
        d = asl_to_double(v);
        if (d - d == 0)
            return v;
        return isnan(d) ? asl_str("NaN")
               : d < 0  ? asl_str("-Infinity")
                        : asl_str("Infinity");
    case ASL_ARRAY: clean_array(c, v); return asl_flagged(v, 0);
    case ASL_OBJECT: clean_object(c, v); return v;
    case ASL_FUNCTION:
    case ASL_UNSET: return asl_str("");
    default: return v;
    }
}

/* Input data and constants are clean, and may not be written to. */
static inline void clean_at(struct cleaner *c, const asl_value *at)
{
    if (asl__tag(*at) != ASL_DOUBLE && asl__tag(*at) < ASL_ARRAY)
        return;
    asl_value v = clean(c, *at);
    if (v.u.word.head != at->u.word.head)
        asl__store((asl_value *)(uintptr_t)at, v);
}

/* A block that was there already may have been extended by this evaluation: then its end
 * is new. */
static void clean_array(struct cleaner *c, asl_value v)
{
    const asl_value *items = asl__items(v), *end = items + asl__count(v);

    if (items == end || !is_new(c, end - 1) || !asl_is_undefined(c->error))
        return;
    c->error = asl__tick(c->e); /* parts that are shared may be many */
    for (const asl_value *at = items; at < end; at++)
        clean_at(c, at);
}

static void clean_object(struct cleaner *c, asl_value v)
{
    const asl_member *m = asl__members(v), *end = asl__members_end(v);

    if (m == end || !is_new(c, end - 1) || !asl_is_undefined(c->error))
        return;
    c->error = asl__tick(c->e);
    for (; m < end; m++)
        clean_at(c, &m->value);
}

asl_value asl_eval_end(asl_eval *e, asl_value v)
{
    const asl_region *region = e->region;
    struct cleaner c = { .e = e, .error = asl_undefined() };

    if (asl_is_function(v))
        return asl_query_fail(e, NULL, asl_str("unsupported"));
    if (e->since && region->chunks == e->chunks && region->size == e->size) {
        c.from = e->since;
        c.to = region->next;
    }
    v = clean(&c, v);
    return asl_is_undefined(c.error) ? v : c.error;
}

bool asl_is_function_error(asl_value v)
{
    if (!asl_is_error(v))
        return false;
    const asl_error_info *info = asl_error_of(v);
    return asl_is_undefined(info->error) &&
           asl_same_text(info->cause, asl_str("unsupported"));
}
