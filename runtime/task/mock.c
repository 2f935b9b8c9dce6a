/* Bindings that answer from the --tasks file itself:
 *
 *     {"return": JSON}  {"echo": true}  {"throw": {"Error": E, "Cause": C}}
 *
 * each with "after": SECONDS on the program's clock if wanted, or an array of them:
 * they answer in turn, and the last one repeats. */
#include "value/base.h"

#include "task/bind.h"

#include <math.h>

enum step_kind { STEP_RETURN, STEP_ECHO, STEP_THROW };

struct step {
    enum step_kind kind;
    asl_value value; /* RETURN */
    asl_value error; /* THROW: strings or undefined */
    asl_value cause;
    int64_t after; /* microseconds */
};

struct asl__mock {
    struct step *steps;
    size_t count;
    size_t at; /* the next step; guarded by the set's lock */
};

/* ---- reading ------------------------------------------------------------------ */

static bool read_throw(asl_value v, struct step *step, struct asl__buf *error)
{
    step->error = asl_get(v, "Error");
    step->cause = asl_get(v, "Cause");
    size_t known =
        (size_t)!asl_is_undefined(step->error) + (size_t)!asl_is_undefined(step->cause);
    if (asl_is_object(v) && known == asl_count(v) &&
        (asl_is_undefined(step->error) || asl_is_string(step->error)) &&
        (asl_is_undefined(step->cause) || asl_is_string(step->cause)))
        return true;
    asl__buf_printf(error, "\"throw\" wants {\"Error\": STRING, \"Cause\": STRING}");
    return false;
}

static bool read_after(asl_value v, struct step *step, struct asl__buf *error)
{
    double seconds = asl_is_number(v) ? asl_to_double(v) : -1;

    if (!(seconds >= 0 && seconds <= 1e10)) {
        asl__buf_printf(error, "\"after\" wants a number of seconds");
        return false;
    }
    step->after = (int64_t)llround(seconds * 1e6);
    return true;
}

/* One member of a step; *KINDS counts those that say what to answer. */
static bool read_member(const asl_member *m, struct step *step, int *kinds,
                        struct asl__buf *error)
{
    if (asl_same_text(m->key, asl_str("after")))
        return read_after(m->value, step, error);
    ++*kinds;
    if (asl_same_text(m->key, asl_str("return"))) {
        step->kind = STEP_RETURN;
        step->value = m->value;
        return true;
    }
    if (asl_same_text(m->key, asl_str("throw"))) {
        step->kind = STEP_THROW;
        return read_throw(m->value, step, error);
    }
    if (asl_same_text(m->key, asl_str("echo"))) {
        step->kind = STEP_ECHO;
        if (asl_is_true(m->value))
            return true;
        asl__buf_printf(error, "\"echo\" wants true");
        return false;
    }
    asl__buf_printf(error, "a mock has no member \"%.*s\"", (int)asl_text_len(m->key),
                    asl_text(&m->key));
    return false;
}

static bool read_step(asl_value v, struct step *step, struct asl__buf *error)
{
    int kinds = 0;

    for (size_t i = 0; i < (asl_is_object(v) ? asl_count(v) : 0); i++)
        if (!read_member(asl_member_at(v, i), step, &kinds, error))
            return false;
    if (kinds == 1)
        return true;
    asl__buf_printf(error, "a mock wants one of \"return\", \"echo\" and \"throw\"");
    return false;
}

asl__mock *asl__mock_read(asl_region *region, asl_value v, struct asl__buf *error)
{
    bool list = asl_is_array(v);
    size_t count = list ? asl_count(v) : 1;
    asl__mock *mock = asl_alloc(region, sizeof *mock);
    struct step *steps = asl_alloc(region, (count + 1) * sizeof *steps);

    if (mock == NULL || steps == NULL) {
        asl__buf_printf(error, "out of memory");
        return NULL;
    }
    if (count == 0) {
        asl__buf_printf(error, "the list of a mock is empty");
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        steps[i] = (struct step){ .kind = STEP_RETURN };
        if (!read_step(list ? asl_at(v, i) : v, &steps[i], error))
            return NULL;
    }
    *mock = (asl__mock){ steps, count, 0 };
    return mock;
}

/* ---- answering ---------------------------------------------------------------- */

/* An answer that has to wait; STEP's own values live as long as the set. */
struct delayed {
    const struct step *step;
    bool enveloped;
    bool has_input; /* an echo: the rest is used */
    asl_value input;
    struct asl__pool *account; /* the program's, where pool.used is counted */
    asl_region region;
    struct asl__chunks chunks;
    struct asl__pool pool;
};

static void free_delayed(struct delayed *delayed)
{
    if (delayed->has_input) {
        if (delayed->account)
            asl__pool_discharge(delayed->account, delayed->pool.used);
        asl__region_release(&delayed->region);
        asl__chunks_free(&delayed->chunks);
        asl__pool_free(&delayed->pool);
    }
    free(delayed);
}

static asl_value value_of(const struct step *step, asl_region *region, asl_value input)
{
    switch (step->kind) {
    case STEP_RETURN: return step->value;
    case STEP_ECHO: return input;
    case STEP_THROW: break;
    }
    return asl_error(region, step->error, step->cause);
}

static asl_value take_delayed(asl__call *call, asl_region *region)
{
    struct delayed *delayed = call->data;
    asl_value input = asl_undefined();

    if (delayed->has_input)
        input = asl_copy_to(region, delayed->input);
    asl_value v = value_of(delayed->step, region, input);
    v = asl__answer(region, call, delayed->enveloped, v);
    free_delayed(delayed);
    return v;
}

static void discard_delayed(asl__call *call)
{
    free_delayed(call->data);
}

static enum asl__started answer_later(const asl__target *target, asl__call *call,
                                      const struct step *step, asl_value input)
{
    bool echo = step->kind == STEP_ECHO;
    struct delayed *delayed =
        calloc(1, echo ? sizeof *delayed : offsetof(struct delayed, region));

    if (delayed == NULL)
        return asl__answer_now(target, call, asl_no_memory());
    delayed->step = step;
    delayed->enveloped = target->enveloped;
    if (echo) {
        delayed->has_input = true;
        struct asl__pool *account = call->frame->region.source->pool;
        asl__pool_init(&delayed->pool, account->max_memory);
        asl__chunks_init(&delayed->chunks, &delayed->pool);
        asl__region_init(&delayed->region, &delayed->chunks);
        delayed->input = asl_copy_to(&delayed->region, input);
        if (asl__pool_charge(account, delayed->pool.used))
            delayed->account = account;
        if (!delayed->account || asl_is_error(delayed->input)) {
            free_delayed(delayed);
            return asl__answer_now(target, call, asl_no_memory());
        }
    }
    call->data = delayed;
    call->take = take_delayed;
    call->discard = discard_delayed;
    call->after = step->after;
    return ASL__CALL_AFTER;
}

enum asl__started asl__mock_start(const asl__target *target, asl__call *call,
                                  asl_value input)
{
    asl__mock *mock = target->binding->mock;
    size_t at = 0;

    if (mock->count > 1) {
        pthread_mutex_lock(asl__taskset_lock(target->set));
        at = mock->at;
        if (at + 1 < mock->count)
            mock->at++;
        pthread_mutex_unlock(asl__taskset_lock(target->set));
    }
    const struct step *step = &mock->steps[at];
    if (step->after > 0)
        return answer_later(target, call, step, input);
    return asl__answer_now(target, call, value_of(step, &call->frame->region, input));
}
