/* What the emitted C of a tested state calls: see <aslrt/inspect.h>. */
#include "value/base.h"

#include "machine/inspect.h"

#include "machine/frame.h"

static asl__inspection *inspection_of(asl_frame *f)
{
    return f->execution->sched->options.inspection;
}

void asl_inspect(asl_frame *f, enum asl_inspected what, asl_value v)
{
    asl__inspection *i = inspection_of(f);

    if (!asl_is_error(v))
        i->seen[what] = asl_copy_to(i->region, v);
}

bool asl_inspect_again(asl_frame *f)
{
    asl__inspection *i = inspection_of(f);
    const asl_scope *scope = f->scope;

    if (i->entered) {
        i->again = true;
        return true;
    }
    i->entered = true;
    for (uint32_t slot = 0; slot < scope->nvars; slot++)
        f->vars[slot] = asl_member_of(i->variables, scope->var_names[slot]);
    return false;
}

/* The mock answers in the current state. */
static asl_next settle(asl_frame *f, uint32_t done)
{
    asl__frame *x = asl__whole(f);

    asl__visit(x);
    f->state = done;
    return asl__settle(x, inspection_of(f)->mock);
}

asl_next asl_inspect_call(asl_frame *f, const asl_task *task, asl_value input, uint32_t done)
{
    if (asl_is_undefined(inspection_of(f)->mock))
        return asl_call(f, task, input, done);
    if (asl_is_error(input))
        return asl_raise(f, input);
    return settle(f, done);
}

asl_next asl_inspect_parallel(asl_frame *f, asl_value input, uint32_t done)
{
    return asl_is_error(input) ? asl_raise(f, input) : settle(f, done);
}

/* The member of V that the step of LEN bytes, of a JSON Pointer, names; or undefined. */
static asl_value follow(asl_region *r, asl_value v, const char *step, size_t len)
{
    struct asl__buf name = ASL__BUF_INIT;
    uint64_t index = 0;

    for (size_t i = 0; i < len; i++) {
        bool escaped = step[i] == '~' && i + 1 < len;
        char c = escaped ? (step[++i] == '1' ? '/' : '~') : step[i];
        asl__buf_append_char(&name, c);
        index = c >= '0' && c <= '9' && index < UINT32_MAX ? index * 10 + (uint64_t)(c - '0')
                                                           : UINT32_MAX;
    }
    asl_value key = name.failed ? asl_no_memory() : asl_string(r, name.data, name.len);
    asl__buf_free(&name);
    if (asl_is_error(key))
        return key;
    if (asl_is_array(v))
        return len > 0 && index < asl_count(v) ? asl_at(v, (size_t)index) : asl_undefined();
    return asl_member_of(v, key);
}

asl_value asl_inspect_items(asl_frame *f, const char *pointer)
{
    asl__inspection *i = inspection_of(f);
    asl_value v = i->items;

    if (asl_is_undefined(v))
        return asl_array(); /* a mocked error needs none */
    while (pointer && *pointer == '/') {
        size_t len = strcspn(pointer + 1, "/");
        v = follow(&f->region, v, pointer + 1, len);
        pointer += 1 + len;
    }
    if (asl_is_error(v))
        return v;
    if (!asl_is_array(v))
        return asl_error_flagged(&f->region, asl_str("States.ItemReaderFailed"),
                                 asl_str("Attempting to map over non-iterable node."),
                                 ASL_ERROR_PREFIXED);
    if (pointer)
        asl_inspect(f, ASL_INSPECT_ITEMS_POINTER, v);
    return v;
}

/* The inputs of all iterations, or batches, as an array; or an error. */
static asl_value given_to_all(asl__inspection *i, asl__fork *k, uint32_t count, bool batched)
{
    asl_value all = asl_array();

    for (uint32_t n = 0; n < count && !asl_is_error(all); n++) {
        asl_value v = asl__map_given(k, n, batched, i->region);
        all = asl_is_error(v) ? v : asl_push(i->region, all, v);
    }
    return all;
}

/* Notes what the Map K would run its items with; undefined or an error. */
static asl_value inspect_items(asl__inspection *i, asl__fork *k)
{
    uint32_t items = k->batch_ends && k->total > 0 ? k->batch_ends[k->total - 1] : k->total;
    asl_value v;

    i->has_limits = true;
    i->concurrency = k->limit;
    i->tolerated_count = i->tested->counts ? k->tolerated_count : -1;
    i->tolerated_percentage = i->tested->rates ? k->tolerated_percentage : -1;
    if (k->map->select) {
        v = given_to_all(i, k, items, false);
        if (asl_is_error(v))
            return v;
        i->seen[ASL_INSPECT_ITEM_SELECTOR] = v;
    }
    if (k->batch_ends) {
        v = given_to_all(i, k, k->total, true);
        if (asl_is_error(v))
            return v;
        i->seen[ASL_INSPECT_ITEM_BATCHER] = v;
    }
    return asl_undefined();
}

/* Whether the iterations that the call says failed are too many for the Map K. */
static bool fails(asl__inspection *i, asl__fork *k)
{
    uint32_t items = k->batch_ends && k->total > 0 ? k->batch_ends[k->total - 1] : k->total;

    if (i->failures <= 0 || (i->tested->reads && asl_is_undefined(i->items)))
        return false;
    i->too_many = i->failures > (int64_t)items;
    k->failures = (uint32_t)i->failures;
    return !i->too_many && (i->tested->counts || i->tested->rates) && !asl__map_tolerates(k);
}

asl_next asl_inspect_map(asl_frame *f, uint32_t done)
{
    asl__inspection *i = inspection_of(f);
    asl__frame *x = asl__whole(f);
    asl_value error = asl__map_prepare(f);

    if (!asl_is_error(error))
        error = inspect_items(i, x->open);
    if (asl_is_error(error))
        return asl_raise(f, error);
    bool failed = fails(i, x->open) && !asl_is_error(i->mock);
    asl__fork_free(x->open);
    x->open = NULL;
    if (!failed)
        return settle(f, done);
    return asl__policy(
        f, asl_error(&f->region, asl_str("States.ExceedToleratedFailureThreshold"),
                     asl_str("The specified tolerated failure threshold was exceeded")));
}
