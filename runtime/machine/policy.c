/* Errors: the prefix of Causes, Retry, Catch (errors.md 2 to 5). */
#include "value/base.h"

#include "expr/failure.h"
#include "machine/frame.h"
#include "machine/inspect.h"

static const asl_state *current(asl_frame *f)
{
    return &f->scope->states[f->state];
}

/* Whether the current state is being run again by a retrier. */
static bool is_retry(asl__frame *x)
{
    return x->f.event == x->retry_mark;
}

uint64_t asl__entered(asl_frame *f)
{
    asl__frame *x = asl__whole(f);

    if (current(f)->role != ASL_ROLE_ENTRY || is_retry(x) || x->open)
        return f->entered;
    return f->event;
}

asl_value asl_prefixed(asl_frame *f, asl_value error)
{
    return asl__prefix(f, &f->region, error);
}

asl_value asl__prefix(asl_frame *f, asl_region *r, asl_value error)
{
    const asl_error_info *info = asl_error_of(error);

    if (info->flags & ASL_ERROR_PREFIXED)
        return error;
    if (f->execution->sched->options.inspection) /* TestState's Causes have none */
        return asl_error_flagged(r, info->error, info->cause,
                                 info->flags | ASL_ERROR_PREFIXED);
    asl_value name = current(f)->name;
    struct asl__buf b = ASL__BUF_INIT;
    asl__buf_append(&b, "An error occurred while executing the state '", 45);
    asl__buf_append(&b, asl_text(&name), asl_text_len(name));
    asl__buf_printf(&b, "' (entered at the event id #%llu). ",
                    (unsigned long long)asl__entered(f));
    if (asl_is_string(info->cause))
        asl__buf_append(&b, asl_text(&info->cause), asl_text_len(info->cause));
    asl_value cause = b.failed ? asl_no_memory() : asl_string(r, b.data, b.len);
    asl__buf_free(&b);
    if (asl_is_error(cause))
        return cause;
    return asl_error_flagged(r, info->error, cause, info->flags | ASL_ERROR_PREFIXED);
}

asl_next asl_raise(asl_frame *f, asl_value error)
{
    asl__frame *x = asl__whole(f);

    /* One with a prefix has been told to the history already (query.c), whose event would
     * make this look like another visit and forget its retries. */
    if (!(asl_error_of(error)->flags & ASL_ERROR_PREFIXED))
        asl__visit(x);
    error = asl_prefixed(f, error);
    x->limits[0] = x->limits[1] = 0; /* they were for what did not come to be */
    if (x->open) { /* a Map that failed between asl_map_open and asl_map_run */
        asl__fork_free(x->open);
        x->open = NULL;
    }
    return asl__policy(f, error);
}

asl_next asl_raise_path_missing(asl_frame *f, const asl_path *path, asl_value root)
{
    return asl_raise(f, asl_path_missing(&f->region, path, root));
}
asl_next asl_raise_items_missing(asl_frame *f, const asl_path *path, asl_value root)
{
    return asl_raise(f, asl_items_missing(&f->region, path, root));
}
asl_next asl_raise_template_missing(asl_frame *f, const char *path, const char *field,
                                    asl_value input)
{
    return asl_raise(f, asl_template_missing(&f->region, path, field, input));
}
asl_next asl_raise_choice_missing(asl_frame *f, const char *path, bool operand)
{
    return asl_raise(f, asl_choice_missing(&f->region, path, operand));
}
asl_next asl_raise_intrinsic_missing(asl_frame *f, const char *whole, const char *path,
                                     asl_value input)
{
    return asl_raise(f, asl_intrinsic_missing(&f->region, whole, path, input));
}
asl_next asl_raise_intrinsic_error(asl_frame *f, asl_value error, const char *whole)
{
    return asl_raise(f, asl_intrinsic_error(&f->region, error, whole));
}

asl_next asl_fail(asl_frame *f, asl_value error, asl_value cause)
{
    if (asl_is_error(error))
        return asl_raise(f, error);
    if (asl_is_error(cause))
        return asl_raise(f, cause);
    bool bad = !asl_is_undefined(error) && !asl_is_string(error);
    if (bad || (!asl_is_undefined(cause) && !asl_is_string(cause)))
        return asl_raise(
            f, asl__failf(&f->region,
                          "The %sPath of a Fail state must give a string, not %s",
                          bad ? "Error" : "Cause", asl_type_name(bad ? error : cause)));
    f->result = asl_error_flagged(&f->region, error, cause, ASL_ERROR_PREFIXED);
    return ASL_FAILED;
}

asl_next asl_no_choice(asl_frame *f)
{
    return asl_raise(f, asl__failf(&f->region,
                                   "Failed to transition out of the state. The "
                                   "state does not point to a next state."));
}

asl_next asl_end_record_any(asl_frame *f, size_t count, const asl_value *keys,
                            const asl_value *values)
{
    bool in_words = true;

    for (size_t i = 0; i < count; i++)
        in_words = in_words && asl__in_words(values[i]);
    asl_value v = asl_record(in_words ? f->landing : &f->region, count, keys, values);
    return asl_is_error(v) ? asl_raise(f, v) : asl_end(f, v);
}

/* Whether NAME of an ErrorEquals stands for ERROR (which may have no name), but is not it. */
static ASL__NOINLINE bool covers(asl_value name, const asl_error_info *info)
{
    asl_value error = info->error;

    if (asl_same_text(name, asl_str("States.ALL")))
        return true;
    if (asl_same_text(name, asl_str("States.TaskFailed")))
        return !asl_is_string(error) ||
               !asl_same_text(error, asl_str("States.Timeout"));
    return (info->flags & ASL_ERROR_HEARTBEAT) != 0 &&
           asl_same_text(name, asl_str("States.HeartbeatTimeout"));
}

static ASL__INLINE bool any_matches(const asl_value *names, uint32_t n,
                                    const asl_error_info *info)
{
    for (uint32_t i = 0; i < n; i++)
        if (asl_same_text(names[i], info->error) || covers(names[i], info))
            return true;
    return false;
}

/* BASE to the power N, the nearest double or the next: a long double's spare bits take up
 * the roundings on the way.  Not by pow, which has 14 KB of tables. */
static double power(double base, uint32_t n)
{
    long double result = 1, square = base;

    for (; n > 0; n /= 2, square *= square)
        if (n % 2)
            result *= square;
    return (double)result;
}

/* Seconds to wait before retry NUMBER (1 for the first) of RETRY. */
static double delay_of(asl_frame *f, const asl_retry *retry, uint32_t number)
{
    double delay = retry->wait * power(retry->backoff, number - 1);

    if (retry->max_delay != 0 && delay > retry->max_delay)
        delay = retry->max_delay;
    if (!(delay < 99999999.0))
        delay = 99999999.0;
    if (retry->jitter)
        delay *= asl_random_double(asl_random_of(f));
    return delay;
}

/* Makes the counters of retries; false without memory. */
static bool count_retries(asl__frame *x, const asl_policy *policy)
{
    if (x->retrying)
        return true;
    if (x->retries_room < policy->nretry) {
        uint32_t room = policy->nretry > 64 ? policy->nretry : 64;
        uint32_t *retries = realloc(x->retries, room * sizeof *retries);
        if (!retries)
            return false;
        x->retries = retries;
        x->retries_room = room;
    }
    memset(x->retries, 0, policy->nretry * sizeof *x->retries);
    x->retrying = true;
    return true;
}

/* Grants a retry by retrier I if it has attempts left. */
static bool try_retry(asl__frame *x, const asl_policy *policy, uint32_t i)
{
    asl_frame *f = &x->f;

    if (x->retries[i] >= policy->retry[i].attempts)
        return false;
    uint32_t number = ++x->retries[i];
    double delay = delay_of(f, &policy->retry[i], number);
    x->deadline = asl__sched_now(f->execution->sched) + (int64_t)(delay * 1e6);
    x->retry_total++;
    x->request = ASL__REQ_RETRY;
    f->state = current(f)->entry;
    f->quick = NULL; /* from now on there are retries to be forgotten */
    x->retry_mark = f->event;
    return true;
}

static asl_value error_output(asl_frame *f, const asl_error_info *info)
{
    static const asl_value keys[2] = { ASL_TEXT("Error"), ASL_TEXT("Cause") };
    bool none = asl_is_undefined(info->error) && asl_is_undefined(info->cause);
    asl_value absent = none ? asl_null() : asl_str("");
    asl_value values[2] = { asl_is_undefined(info->error) ? absent : info->error,
                            asl_is_undefined(info->cause) ? absent : info->cause };

    return asl_record(&f->region, 2, keys, values);
}

static asl_next caught(asl_frame *f, const asl_error_info *info, uint32_t next)
{
    asl_value output = error_output(f, info);

    if (asl_is_error(output)) {
        f->result = output;
        return ASL_FAILED;
    }
    if (f->scope->states[next].role == ASL_ROLE_CATCH) {
        f->result = output;
        f->state = next;
        return ASL_GO_ON;
    }
    return asl_go(f, output, next);
}

static void note_fork_failed(asl__frame *x)
{
    if (!x->fork_failed)
        return;
    x->fork_failed = false;
    asl__event(x, current(&x->f)->type == ASL_TYPE_MAP ? "MapStateFailed"
                                                       : "ParallelStateFailed");
}

/* The first retrier, or catcher, that takes ERROR; NULL if none does. */
static const asl_retry *find_retry(const asl_policy *policy, const asl_error_info *error)
{
    for (const asl_retry *r = policy->retry, *end = r + policy->nretry; r < end; r++)
        if (any_matches(r->errors, r->nerrors, error))
            return r;
    return NULL;
}

static const asl_catch *find_catch(const asl_policy *policy, const asl_error_info *error)
{
    for (const asl_catch *c = policy->catches, *end = c + policy->ncatch; c < end; c++)
        if (any_matches(c->errors, c->nerrors, error))
            return c;
    return NULL;
}

/* What becomes of an error that retrier I takes, in a state that is tested by itself: the
 * test ends there if the call's count leaves an attempt. */
static bool inspect_retry(asl__inspection *inspection, asl__frame *x,
                          const asl_policy *policy, uint32_t i)
{
    inspection->retry_index = (int)i;
    if (inspection->retries >= policy->retry[i].attempts)
        return false;
    inspection->retriable = true;
    inspection->backoff =
        (int64_t)delay_of(&x->f, &policy->retry[i], inspection->retries + 1);
    return true;
}

/* The same for catcher I. */
static void inspect_catch(asl__inspection *inspection, const asl_error_info *info, uint32_t i)
{
    inspection->catch_index = (int)i;
    inspection->error = asl_copy_to(inspection->region, info->error);
    inspection->cause = asl_copy_to(inspection->region, info->cause);
}

asl_next asl__policy(asl_frame *f, asl_value error)
{
    asl__inspection *inspection = f->execution->sched->options.inspection;
    asl__frame *x = asl__whole(f);
    const asl_policy *policy = current(f)->policy;
    const asl_error_info *info = asl_error_of(error);
    bool final = (info->flags & ASL_ERROR_FINAL) != 0 ||
                 asl_same_text(info->error, asl_str("States.Runtime"));

    if (policy && !final && current(f)->role != ASL_ROLE_CATCH) {
        const asl_retry *retry = find_retry(policy, info);
        if (retry && inspection) {
            if (inspect_retry(inspection, x, policy, (uint32_t)(retry - policy->retry))) {
                f->result = error;
                return ASL_FAILED;
            }
            retry = NULL;
        }
        if (retry && !count_retries(x, policy)) {
            f->result = asl_no_memory();
            return ASL_FAILED;
        }
        if (retry && try_retry(x, policy, (uint32_t)(retry - policy->retry))) {
            x->fork_failed = false;
            return ASL_PARKED;
        }
        const asl_catch *catcher = find_catch(policy, info);
        if (catcher) {
            note_fork_failed(x);
            if (inspection)
                inspect_catch(inspection, info, (uint32_t)(catcher - policy->catches));
            return caught(f, info, catcher->next);
        }
    }
    note_fork_failed(x);
    f->result = error;
    return ASL_FAILED;
}
