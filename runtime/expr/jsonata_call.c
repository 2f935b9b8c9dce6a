/* JSONata: functions as values, and calling them (jsonata.md 9).
 *
 *     asl_apply -- asl__call -- enter -- the body of a lambda, a regex, its `next`
 *                                     |- a built-in function
 *                                     |- a partial application, a composition
 *                                     |- a transformer
 *
 * A tail call is left in asl_eval.more and ASL_UNSET returned; asl__call_bounce() runs
 * it in the C frame of the first call, and gives the memory of each call back as
 * callback.h has it if all that goes into the next one was there before or is inline.
 */
#include "../value/base.h"

#include "callback.h"
#include "../value/container.h"
#include "kinds.h"

/* ---- cells and lambdas ----------------------------------------------------------- */

asl_value *asl_cell(asl_eval *e, asl_value v)
{
    asl_value *cell = asl_alloc(e->region, sizeof *cell);

    if (cell)
        asl__store(cell, v);
    return cell;
}

asl_value asl__function_like(asl_eval *e, const asl_function *function, uint32_t ncells,
                             asl_value *const *cells)
{
    asl_function *copy =
        asl_alloc(e->region, sizeof *copy + (size_t)ncells * sizeof *cells);

    if (!copy)
        return asl_no_memory();
    *copy = *function;
    if (ncells > 0) {
        memcpy(copy + 1, cells, (size_t)ncells * sizeof *cells);
        copy->cells = (asl_value *const *)(const void *)(copy + 1);
    }
    return asl_function_value(copy);
}

asl_value asl_lambda(asl_eval *e, asl_lambda_body *body, uint32_t arity,
                     const char *signature, asl_value context, uint32_t ncells,
                     asl_value *const *cells)
{
    asl_function function = {
        .body = body, .arity = arity, .signature = signature, .context = context
    };

    if (asl_is_error(context))
        return context;
    return asl__function_like(e, &function, ncells, cells);
}

/* ---- entering a function --------------------------------------------------------- */

/* The body of F, its arguments completed or checked by its signature. */
static ASL__NOINLINE asl_value enter_completed(asl_eval *e, const asl_function *f,
                                               asl_value context, uint32_t n,
                                               const asl_value *args)
{
    asl_value few[ASL__TAIL_FEW], *all = few;

    if (f->arity > ASL__TAIL_FEW)
        all = asl_alloc(e->region, (size_t)f->arity * sizeof *all);
    if (!all)
        return asl_no_memory();
    if (f->signature) {
        asl_value error =
            asl__signature(e, f->signature, f->name, f->arity, context, n, args, all);
        if (!asl_is_undefined(error))
            return error;
        for (uint32_t i = 0; i < f->arity; i++)
            all[i] = asl_unwrap(all[i]);
    } else {
        for (uint32_t i = 0; i < f->arity; i++)
            all[i] = i < n ? args[i] : asl_undefined();
    }
    return f->body(e, f, all);
}

/* One of the functions that are neither lambdas nor built-in. */
static asl_value enter_kind(asl_eval *e, const asl_function *f, asl_value context,
                            uint32_t n, const asl_value *args)
{
    switch ((enum asl__function_kind)f->kind) {
    case ASL__PLAIN: break;
    case ASL__PARTIAL: return asl__enter_partial(e, f, n, args);
    case ASL__COMPOSED: return asl__enter_composed(e, f, n, args);
    case ASL__TRANSFORM: return asl__enter_transform(e, f, context, n, args);
    case ASL__MATCHER: /* these have bodies */
    case ASL__NEXT: break;
    }
    return asl_not_a_function(e, NULL, false);
}

/* What F, called with ARGS, returns; ASL_UNSET with a tail call left behind. */
static inline asl_value enter(asl_eval *e, const asl_function *f, asl_value context,
                              uint32_t n, const asl_value *args)
{
    if (f->body) {
        if (f->signature || n < f->arity)
            return enter_completed(e, f, context, n, args);
        return f->body(e, f, args);
    }
    if (f->native)
        return f->native(e, context, n, args);
    return enter_kind(e, f, context, n, args);
}

/* The error that keeps FUNCTION from being called with ARGS; else undefined. */
static inline asl_value obstacle(asl_eval *e, asl_value function, uint32_t n,
                                 const asl_value *args)
{
    if (asl_is_error(function))
        return function;
    for (uint32_t i = 0; i < n; i++)
        if (asl_is_error(args[i]))
            return args[i];
    return asl_is_function(function) ? asl_undefined()
                                     : asl_not_a_function(e, NULL, false);
}

/* ---- tail calls ------------------------------------------------------------------ */

asl_value asl_tail_call(asl_eval *e, asl_value function, asl_value context, uint32_t n,
                        const asl_value *args)
{
    struct asl__evaluation *more = asl__evaluation_of(e);
    asl_value *copy;

    if (!more)
        return asl_no_memory();
    copy = more->tail_few;
    if (n > ASL__TAIL_FEW)
        copy = asl_alloc(e->region, (size_t)n * sizeof *copy);
    if (!copy)
        return asl_no_memory();
    for (uint32_t i = 0; i < n; i++)
        asl__store(&copy[i], args[i]);
    more->tail_function = function;
    more->tail_context = context;
    more->tail_count = n;
    more->tail_args = copy;
    return asl__word(ASL_UNSET, 0);
}

/* The call that is running in asl__call_bounce(). */
struct bounce {
    struct asl__call_mark mark;
    asl_value function;    /* was there before the mark */
    const asl_value *args; /* the same, but for texts that lie at the mark */
    uint32_t n, room;      /* of `own` */
    asl_value *own;
};

static bool same_words(asl_value a, asl_value b)
{
    return a.u.word.head == b.u.word.head && a.u.word.body == b.u.word.body;
}

/* Whether what V points to was made since B's mark, in the chunk of the mark. */
static bool is_above(const asl_eval *e, const struct bounce *b, asl_value v)
{
    uintptr_t next = (uintptr_t)b->mark.region.next;

    return v.u.word.body - next < (uintptr_t)e->region->next - next;
}

/* Whether V, an argument of the call that follows B's, allows to go back to the mark:
 * it is inline, a text that can be moved there (of few), or one of B's, which are
 * older.  (That the block of a container is older would say nothing: it may have been
 * extended.) */
static bool can_stay(const asl_eval *e, const struct bounce *b, asl_value v)
{
    if (asl__is_inline(v))
        return true;
    if (asl__tag(v) == ASL_LONG && is_above(e, b, v))
        return e->more->tail_count <= ASL__TAIL_FEW;
    for (uint32_t i = 0; i < b->n; i++)
        if (same_words(v, b->args[i]))
            return true;
    return false;
}

/* Whether all that goes into the tail call that B has left behind allows it. */
static bool all_can_stay(const asl_eval *e, const struct bounce *b)
{
    const struct asl__evaluation *more = e->more;
    const asl_region *region = e->region;
    asl_value function = more->tail_function;

    if (more->tail_count > b->room || more->extended != b->mark.extended ||
        region->chunks != b->mark.region.newest || region->size != b->mark.region.size)
        return false;
    if (!same_words(function, b->function) &&
        (!asl_is_function(function) || is_above(e, b, function)))
        return false;
    for (uint32_t i = 0; i < more->tail_count; i++)
        if (!can_stay(e, b, more->tail_args[i]))
            return false;
    return true;
}

/* Gives up what REGION has behind END, in the same chunk. */
static void give_back(asl_region *region, char *end)
{
    asl__region_unwind(region,
                       &(struct asl__mark){ end, region->chunks, region->size });
}

/* The arguments of B that are texts behind the mark, by address, into TEXTS. */
static uint32_t texts_above(const asl_eval *e, const struct bounce *b,
                            asl_value **texts)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < b->n; i++) {
        uint32_t at = count;
        if (asl__tag(b->own[i]) != ASL_LONG || !is_above(e, b, b->own[i]))
            continue;
        for (; at > 0 && texts[at - 1]->u.word.body > b->own[i].u.word.body; at--)
            texts[at] = texts[at - 1];
        texts[at] = &b->own[i];
        count++;
    }
    return count;
}

/* Goes back to B's mark with the texts among the arguments moved there; false where
 * texts overlap, as parts of others may. */
static bool move_down(asl_eval *e, const struct bounce *b)
{
    asl_value *texts[ASL__TAIL_FEW], last = asl_undefined();
    uint32_t count = texts_above(e, b, texts);
    char *to = b->mark.region.next;

    for (uint32_t k = 1; k < count; k++)
        if (!same_words(*texts[k], *texts[k - 1]) &&
            texts[k]->u.word.body <
                texts[k - 1]->u.word.body + asl__count(*texts[k - 1]))
            return false;
    for (uint32_t k = 0; k < count; k++) {
        asl_value v = *texts[k];
        size_t len = asl__count(v);
        if (same_words(v, last)) {
            *texts[k] = *texts[k - 1];
            continue;
        }
        memmove(to, asl__pointer(v), len);
        texts[k]->u.word.body = (uint64_t)(uintptr_t)to;
        to += (len + 15) & ~(size_t)15;
        last = v;
    }
    give_back(e->region, to);
    return true;
}

/* Makes the tail call that B's has left behind the one that is running; false without
 * memory. */
static bool take_tail_call(asl_eval *e, struct bounce *b)
{
    const struct asl__evaluation *more = e->more;
    bool stay = all_can_stay(e, b);
    uint32_t n = more->tail_count;

    if (n > b->room) {
        b->own = asl_alloc(e->region, (size_t)n * sizeof *b->own);
        b->room = n;
    }
    if (!b->own)
        return false;
    for (uint32_t i = 0; i < n; i++)
        asl__store(&b->own[i], more->tail_args[i]);
    b->args = b->own;
    b->n = n;
    b->function = more->tail_function;
    if (!stay || !move_down(e, b))
        b->mark = asl__call_mark(e);
    return true;
}

/* Whether CONTEXT is an array that is the whole input, as the one item of a sequence. */
static bool is_root(const asl_eval *e, asl_value context)
{
    return asl_is_array(e->input) && asl_is_array(context) && asl__count(context) == 1 &&
           same_words(asl__items(context)[0], e->input);
}

/* enter() for a function that a tail call names.  $string and $clone, which make text of
 * the context, take such an array itself. */
static asl_value enter_next(asl_eval *e, const asl_function *f, asl_value context,
                            uint32_t n, const asl_value *args)
{
    if (f->name && (strcmp(f->name, "string") == 0 || strcmp(f->name, "clone") == 0) &&
        is_root(e, context))
        context = e->input;
    return enter(e, f, context, n, args);
}

/* CONTEXT is that of the first call for all, as in the reference implementation. */
ASL__NOINLINE asl_value asl__call_bounce(asl_eval *e, const struct asl__call_mark *mark,
                                         asl_value function, asl_value context,
                                         uint32_t n, const asl_value *args)
{
    asl_value own[ASL__TAIL_FEW], v;
    struct bounce b = { *mark, function, args, n, ASL__TAIL_FEW, own };

    do {
        if (!take_tail_call(e, &b))
            return asl_no_memory();
        v = obstacle(e, b.function, b.n, b.args);
        if (asl_is_undefined(v))
            v = asl__bounded(e);
        if (asl_is_undefined(v))
            v = enter_next(e, asl__pointer(b.function), context, b.n, b.args);
    } while (asl_is_unset(v));
    return asl__call_end(e, &b.mark, v);
}

/* ---- calls ----------------------------------------------------------------------- */

asl_value asl__call_settle(asl_eval *e, const struct asl__call_mark *mark, asl_value v)
{
    const struct asl__mark *from = &mark->region;
    asl_region *region = e->region;
    const char *text = asl__pointer(v);
    size_t len = asl__count(v), rounded = (len + 15) & ~(size_t)15;

    if (e->more->extended != mark->extended || !from->newest)
        return v;
    if (region->chunks == from->newest && region->size == from->size) {
        size_t at = (size_t)((uintptr_t)text - (uintptr_t)from->next);
        bool within = at < (size_t)(region->next - from->next);
        if (within)
            memmove(from->next, text, len);
        give_back(region, from->next + (within ? rounded : 0));
        if (!within) /* the text of an older value */
            return v;
    } else {
        char *end = (char *)from->newest + from->newest->size;
        if ((size_t)(end - from->next) < rounded)
            return v;
        memmove(from->next, text, len);
        asl__region_unwind_far(region, from);
        region->next += rounded;
    }
    return asl__words(v.u.word.head, (uint64_t)(uintptr_t)from->next);
}

asl_value asl__call(asl_eval *e, asl_value function, asl_value context, uint32_t n,
                    const asl_value *args)
{
    struct asl__evaluation *more = e->more;
    asl_value v = obstacle(e, function, n, args);

    if (!asl_is_undefined(v))
        return v;
    const asl_function *f = asl__pointer(function);
    if (f->native) /* those that call others count */
        return f->native(e, context, n, args);
    if (!more && !(more = asl__evaluation_of(e)))
        return asl_no_memory();
    more->calls++;
    v = asl__bounded(e);
    if (asl_is_undefined(v)) {
        struct asl__call_mark mark = asl__call_mark(e);
        v = enter(e, f, context, n, args);
        v = asl_is_unset(v) ? asl__call_bounce(e, &mark, function, context, n, args)
                            : asl__call_end(e, &mark, v);
    }
    more->calls--;
    return v;
}

asl_value asl_apply(asl_eval *e, asl_value function, asl_value context, uint32_t n,
                    const asl_value *args)
{
    return asl_unwrap(asl__call(e, function, context, n, args));
}

asl_value asl_not_a_function(asl_eval *e, const char *name, bool built_in)
{
    return asl_query_error(e, built_in ? "T1005" : "T1006", name, asl_undefined());
}

asl_value asl_not_a_function_partly(asl_eval *e, const char *name, bool built_in)
{
    return asl_query_error(e, built_in ? "T1007" : "T1008", name, asl_undefined());
}

/* ---- functions that are called again and again ----------------------------------- */

asl_value asl__callback_begin(asl_eval *e, asl_value function, struct asl__callback *c)
{
    struct asl__evaluation *more = asl__evaluation_of(e);

    if (!more)
        return asl_no_memory();
    if (asl_is_error(function))
        return function;
    if (!asl_is_function(function))
        return asl_not_a_function(e, NULL, false);
    const asl_function *f = asl__pointer(function);
    bool direct = f->body && !f->signature && f->arity <= ASL__CALLBACK_ARGS;
    *c = (struct asl__callback){ function, direct ? f : NULL, f->arity };
    if (f == &asl_fv_string) /* the second is not for callers */
        c->arity = 1;
    more->calls++;
    asl_value error = asl__bounded(e);
    if (!asl_is_undefined(error))
        more->calls--;
    return error;
}

void asl__callback_end(asl_eval *e)
{
    e->more->calls--;
}

bool asl__values_begin(asl_eval *e, struct asl__values *l, uint32_t room)
{
    *l = (struct asl__values){ 0 };
    if (room > 0)
        l->items = asl__block_new(e->region, sizeof *l->items, 0, room);
    l->room = room;
    return room == 0 || l->items;
}

bool asl__values_grow(asl_eval *e, struct asl__values *l)
{
    asl_block *block = l->room ? (asl_block *)(void *)l->items - 1 : NULL;
    size_t room = (size_t)l->room * 2;

    if (block && asl__grow_last(e->region, block, sizeof *l->items)) {
        l->room = block->capacity;
        return true;
    }
    if (room > ASL__MOST_ELEMENTS)
        return false;
    asl_value *items = asl__block_new(e->region, sizeof *items, 0, room ? room : 4);
    if (!items)
        return false;
    if (l->count > 0)
        memcpy(items, l->items, l->count * sizeof *items);
    l->items = items;
    l->room = (uint32_t)(room ? room : 4);
    return true;
}

asl_value asl__values_end(asl_eval *e, struct asl__values *l, unsigned flags)
{
    if (l->depth >= ASL_MAX_DEPTH)
        return asl_too_deep();
    if (l->count == 0)
        return asl_flagged(asl_array(), flags);
    asl_block *block = (asl_block *)(void *)l->items - 1;
    block->used = l->count;
    if ((char *)(l->items + l->room) == e->region->next) { /* what is left goes back */
        e->region->next = (char *)(l->items + l->count);
        block->capacity = l->count;
    }
    return asl_flagged(asl__container(ASL_ARRAY, l->items, l->count, l->depth + 1),
                       flags);
}
