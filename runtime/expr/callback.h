/* Calls from inside the run time: of the functions that $map and the like are given,
 * and of those that asl_apply() runs.
 *
 * MEMORY.  A call whose result needs no memory (asl__is_inline) gives back all that it
 * has taken from the region, so that a loop or a recursion of any length runs in a
 * bounded space.  That is safe because of what can outlive a call:
 *
 *   values   are immutable: what was there before the call holds nothing from within
 *   cells    are set by the code of the very call (or expression) that made them, and
 *            that code does not run while it waits for another call
 *   lists    and everything else that is being built belong to one C function, which
 *            does not add to them while it waits
 *   blocks   of older values may be extended in place (asl_push, asl_set and the like
 *            do that where they can).  The elements behind the value's end would then
 *            dangle, and compaction looks at them.  So nothing in an evaluation pushes
 *            to or sets in what it has not made itself; who does ($append) counts it
 *            in more->extended, and a call that sees this counter move keeps its memory
 *   the rest of an evaluation's state (asl_eval.more, a compiled regex) is made before
 *            the first call or lies outside of the region
 *
 * A result that is a long string is moved down to where the call began.  Containers
 * stay.
 */
#ifndef ASL_EXPR_CALLBACK_H
#define ASL_EXPR_CALLBACK_H

#include "query.h"
#include "../value/region.h"

/* Where a call began. */
struct asl__call_mark {
    struct asl__mark region;
    uint32_t extended;
};

static inline struct asl__call_mark asl__call_mark(const asl_eval *e)
{
    return (struct asl__call_mark){ asl__region_mark(e->region), e->more->extended };
}

/* Whether V is all in its two words. */
static inline bool asl__is_inline(asl_value v)
{
    enum {
        INLINE = 1 << ASL_UNDEFINED | 1 << ASL_NULL | 1 << ASL_FALSE | 1 << ASL_TRUE |
                 1 << ASL_INTEGER | 1 << ASL_DOUBLE | 1 << ASL_SHORT
    };
    return (unsigned)INLINE >> asl__tag(v) & 1;
}

/* FUNCTION called with ARGS, its result as it comes: that of a built-in function is not
 * unwrapped.  The rest as asl_apply(). */
asl_value asl__call(asl_eval *e, asl_value function, asl_value context, uint32_t n,
                    const asl_value *args);
/* V, the result of a call that began at MARK and is not inline: the same value, moved
 * where that gives memory back. */
asl_value asl__call_settle(asl_eval *e, const struct asl__call_mark *mark, asl_value v);
/* Runs the tail call that the body of FUNCTION, called with ARGS at MARK, has left
 * behind (it returned ASL_UNSET), and those that come of it.  CONTEXT: of the first. */
asl_value asl__call_bounce(asl_eval *e, const struct asl__call_mark *mark,
                           asl_value function, asl_value context, uint32_t n,
                           const asl_value *args);

/* The result V of a body that has been entered at MARK. */
static inline asl_value asl__call_end(asl_eval *e, const struct asl__call_mark *mark,
                                      asl_value v)
{
    if (!asl__is_inline(v))
        return asl__tag(v) == ASL_LONG ? asl__call_settle(e, mark, v) : v;
    if (e->more->extended == mark->extended)
        asl__region_unwind(e->region, &mark->region);
    return v;
}

/* ---- functions that are called again and again ----------------------------------- */

enum { ASL__CALLBACK_ARGS = 4 }; /* that an array of arguments always has */

struct asl__callback {
    asl_value function;
    const asl_function *direct; /* its body may be called as it is; else NULL */
    uint32_t arity;             /* as a higher-order function sees it */
};

/* Prepares calls of FUNCTION: undefined, or an error (U1001, no memory).  Without an
 * error asl__callback_end() must follow. */
asl_value asl__callback_begin(asl_eval *e, asl_value function, struct asl__callback *c);
void asl__callback_end(asl_eval *e);

/* V as an argument of C.  What a built-in function has returned to another one may
 * still be a sequence of one; as a parameter of a lambda it is the one. */
static inline asl_value asl__callback_arg(const struct asl__callback *c, asl_value v)
{
    return c->direct ? asl_unwrap(v) : v;
}

/* Calls it with N arguments; ARGS has ASL__CALLBACK_ARGS values, undefined behind N. */
static inline asl_value asl__callback_call(asl_eval *e, const struct asl__callback *c,
                                           uint32_t n, const asl_value *args)
{
    if (!c->direct)
        return asl__call(e, c->function, asl_null(), n, args);
    struct asl__call_mark mark = asl__call_mark(e);
    asl_value v = c->direct->body(e, c->direct, args);
    if (asl_is_unset(v))
        return asl__call_bounce(e, &mark, c->function, asl_null(), n, args);
    return asl__call_end(e, &mark, v);
}

/* How many of (value, index, whole) it gets. */
static inline uint32_t asl__callback_count(const struct asl__callback *c)
{
    return c->arity < 1 ? 1 : c->arity > 3 ? 3 : c->arity;
}

/* In turn I of a loop: asl__bounded() now and then. */
static inline asl_value asl__in_turn(asl_eval *e, uint32_t i)
{
    return (i & 63) == 63 ? asl__bounded(e) : asl_undefined();
}

/* ---- lists whose length is known roughly ----------------------------------------- */

/* Values on their way into a block, which no call in between can see. */
struct asl__values {
    asl_value *items;
    uint32_t count, room;
    unsigned depth; /* of the deepest */
};

/* Room for ROOM values at first; false without memory. */
bool asl__values_begin(asl_eval *e, struct asl__values *l, uint32_t room);
bool asl__values_grow(asl_eval *e, struct asl__values *l);
/* Appends V, which is not undefined; false without memory. */
static inline bool asl__values_add(asl_eval *e, struct asl__values *l, asl_value v)
{
    if (l->count == l->room && !asl__values_grow(e, l))
        return false;
    if (asl__tag(v) >= ASL_ARRAY && asl_depth(v) > l->depth)
        l->depth = asl__depth(v);
    asl__store(&l->items[l->count++], v);
    return true;
}
/* The array of them with FLAGS. */
asl_value asl__values_end(asl_eval *e, struct asl__values *l, unsigned flags);

#endif
