/* TestState's response to a call that has run. */
#include "value/base.h"

#include "program/teststate.h"

#include "machine/frame.h"

/* INTO with KEY: V, unless V is undefined. */
static asl_value put(asl_region *r, asl_value into, const char *key, asl_value v)
{
    return asl_is_undefined(v) ? into : asl_set(r, into, asl_cstring(r, key), v);
}

/* The same with V as JSON text. */
static asl_value put_text(asl_region *r, asl_value into, const char *key, asl_value v)
{
    return asl_is_undefined(v) ? into : put(r, into, key, asl_to_json(r, v));
}

/* The name of the state that comes next, undefined where the tested one was the last. */
static asl_value next_state(const asl__call_request *call, const asl_execution *e)
{
    const asl_frame *f = &e->root->f;
    const asl_state *state = &f->scope->states[f->state];

    if (state->entry == 0 && !call->inspection.again)
        return asl_undefined();
    return state->name;
}

static asl_value put_steps(asl_region *r, asl_value into, const asl__inspection *i)
{
    static const char *const names[] = {
        [ASL_INSPECT_INPUT_PATH] = "afterInputPath",
        [ASL_INSPECT_PARAMETERS] = "afterParameters",
        [ASL_INSPECT_ARGUMENTS] = "afterArguments",
        [ASL_INSPECT_ITEMS_PATH] = "afterItemsPath",
        [ASL_INSPECT_ITEMS_POINTER] = "afterItemsPointer",
        [ASL_INSPECT_ITEM_SELECTOR] = "afterItemSelector",
        [ASL_INSPECT_ITEM_BATCHER] = "afterItemBatcher",
        [ASL_INSPECT_RESULT] = "result",
        [ASL_INSPECT_RESULT_SELECTOR] = "afterResultSelector",
        [ASL_INSPECT_RESULT_PATH] = "afterResultPath",
    };

    for (int step = 0; step < ASL_INSPECT_COUNT; step++)
        into = put_text(r, into, names[step], i->seen[step]);
    return into;
}

static asl_value put_limits(asl_region *r, asl_value into, const asl__inspection *i)
{
    if (!i->has_limits)
        return into;
    into = put(r, into, "maxConcurrency", asl_integer(i->concurrency));
    if (i->tolerated_count >= 0)
        into = put(r, into, "toleratedFailureCount", asl_integer(i->tolerated_count));
    if (i->tolerated_percentage >= 0)
        into = put(r, into, "toleratedFailurePercentage", asl_number(i->tolerated_percentage));
    return into;
}

static asl_value error_details(asl_region *r, const asl__inspection *i)
{
    asl_value v = asl_object();

    if (i->catch_index >= 0)
        v = put(r, v, "catchIndex", asl_integer(i->catch_index));
    if (i->retry_index >= 0)
        v = put(r, v, "retryIndex", asl_integer(i->retry_index));
    if (i->retriable)
        v = put(r, v, "retryBackoffIntervalSeconds", asl_integer(i->backoff));
    return asl_count(v) ? v : asl_undefined();
}

/* All variables there are, those of the call first. */
static asl_value variables(asl_region *r, const asl__call_request *call, const asl_execution *e)
{
    const asl_frame *f = &e->root->f;
    asl_value v = call->inspection.variables;

    if (asl_is_undefined(v))
        v = asl_object();
    for (uint32_t slot = 0; slot < f->scope->nvars; slot++)
        if (!asl_is_undefined(f->vars[slot]))
            v = asl_set(r, v, f->scope->var_names[slot], f->vars[slot]);
    return asl_count(v) ? v : asl_undefined();
}

static asl_value inspection_data(const asl__call_request *call, const asl_execution *e)
{
    const asl__inspection *i = &call->inspection;
    asl_region *r = i->region;
    asl_value v = put_text(r, asl_object(), "input", call->input);

    v = put_steps(r, v, i);
    v = put_limits(r, v, i);
    v = put_text(r, v, "variables", variables(r, call, e));
    return put(r, v, "errorDetails", error_details(r, i));
}

static const char *status_of(const asl__inspection *i, const asl_execution *e)
{
    if (asl__execution_status(e) == ASL__SUCCEEDED)
        return i->catch_index >= 0 ? "CAUGHT_ERROR" : "SUCCEEDED";
    return i->retriable ? "RETRIABLE" : "FAILED";
}

asl_value asl__test_answer(const asl__call_request *call, const asl_execution *e)
{
    const asl__inspection *i = &call->inspection;
    asl_region *r = i->region;
    asl_value v = asl_object(), error = i->error, cause = i->cause;

    if (asl__execution_status(e) == ASL__SUCCEEDED) {
        v = put_text(r, v, "output", asl__execution_output(e));
        v = put(r, v, "nextState", next_state(call, e));
    } else {
        /* E will be gone when the answer is printed. */
        error = asl_copy_to(r, asl__execution_error(e)->error);
        cause = asl_copy_to(r, asl__execution_error(e)->cause);
    }
    v = put(r, v, "error", error);
    v = put(r, v, "cause", cause);
    if (call->shows)
        v = put(r, v, "inspectionData", inspection_data(call, e));
    return put(r, v, "status", asl_cstring(r, status_of(i, e)));
}
