/* JSONata: functions made of functions: partial application, `~>`. */
#include "../value/base.h"

#include "callback.h"
#include "kinds.h"

/* ---- partial application --------------------------------------------------------- */

struct partial {
    asl_value function;
    uint32_t n;
    asl_value args[]; /* ASL_UNSET: a place */
};

/* FUNCTION as a partial application sees it: a lambda's signature is not looked at, as
 * in the reference implementation. */
static asl_value unsigned_function(asl_eval *e, asl_value function)
{
    const asl_function *f = asl__pointer(function);

    if (!f->body || !f->signature)
        return function;
    asl_function copy = *f;
    copy.signature = NULL;
    return asl__function_like(e, &copy, 0, NULL);
}

asl_value asl_partial(asl_eval *e, asl_value function, uint32_t n,
                      const asl_value *args)
{
    uint32_t places = 0;

    if (asl_is_error(function))
        return function;
    for (uint32_t i = 0; i < n; i++)
        if (asl_is_error(args[i]))
            return args[i];
    if (!asl_is_function(function))
        return asl_not_a_function_partly(e, NULL, false);
    const asl_function *f = asl__pointer(function);
    if (f->body && n > f->arity)
        n = f->arity;
    struct partial *p = asl_alloc(e->region, sizeof *p + (size_t)n * sizeof *args);
    if (!p)
        return asl_no_memory();
    p->function = unsigned_function(e, function);
    p->n = n;
    for (uint32_t i = 0; i < n; i++) {
        p->args[i] = args[i];
        places += asl_is_unset(args[i]);
    }
    if (asl_is_error(p->function))
        return p->function;
    asl_function made = { .kind = ASL__PARTIAL, .arity = places, .data = p };
    return asl__function_like(e, &made, 0, NULL);
}

asl_value asl__enter_partial(asl_eval *e, const asl_function *f, uint32_t n,
                             const asl_value *args)
{
    const struct partial *p = f->data;
    asl_value few[ASL__TAIL_FEW], *all = few;
    uint32_t given = 0, next = 0;

    if (p->n > ASL__TAIL_FEW)
        all = asl_alloc(e->region, (size_t)p->n * sizeof *all);
    if (!all)
        return asl_no_memory();
    for (uint32_t i = 0; i < p->n; i++) {
        bool place = asl_is_unset(p->args[i]);
        bool missing = place && next >= n;
        all[i] = missing ? asl_undefined() : place ? args[next] : p->args[i];
        next += place;
        if (!missing) /* behind the last one that is given, a call would end */
            given = i + 1;
    }
    return asl_tail_call(e, p->function, asl_null(), given, all);
}

/* ---- composition ----------------------------------------------------------------- */

asl_value asl_chain(asl_eval *e, asl_value a, asl_value b, asl_value context)
{
    (void)context; /* what `~>` calls gets none */
    if (asl_is_error(a))
        return a;
    if (asl_is_error(b))
        return b;
    if (!asl_is_function(b))
        return asl_query_error(e, "T2006", NULL, b);
    if (!asl_is_function(a))
        return asl_apply(e, b, asl_null(), 1, &a);
    asl_value *both = asl_alloc(e->region, 2 * sizeof *both);
    if (!both)
        return asl_no_memory();
    both[0] = a;
    both[1] = b;
    asl_function made = { .kind = ASL__COMPOSED, .arity = 1, .data = both };
    return asl__function_like(e, &made, 0, NULL);
}

asl_value asl__enter_composed(asl_eval *e, const asl_function *f, uint32_t n,
                              const asl_value *args)
{
    const asl_value *both = f->data;
    asl_value x = n > 0 ? args[0] : asl_undefined();

    x = asl_apply(e, both[0], asl_null(), 1, &x);
    return asl_tail_call(e, both[1], asl_null(), 1, &x);
}
