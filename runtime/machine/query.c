/* JSONata in the fields of states (errors.md 3.5, 3.6, 3.8; expressions.md 4). */
#include "value/base.h"

#include <stdarg.h>

#include <aslrt/evaluate.h>

#include "expr/time.h"
#include "machine/frame.h"

/* ---- errors --------------------------------------------------------------------- */

/* States.QueryEvaluationError with CAUSE (an error passes), told to the history. */
static asl_value failure(asl_frame *f, const char *location, asl_value cause)
{
    asl__frame *x = asl__whole(f);
    /* An ItemSelector is the Map's, though it runs on the item's frame. */
    asl_frame *owner = x->selecting ? &x->fork->parent->f : f;
    const asl_state *state = &owner->scope->states[owner->state];

    if (asl_is_error(cause))
        return cause;
    if (!x->selecting)
        asl__visit(x);
    asl_value error = asl_error(&f->region, asl_str("States.QueryEvaluationError"), cause);
    error = asl__prefix(owner, &f->region, error);
    if (!(asl_error_of(error)->flags & ASL_ERROR_NO_MEMORY))
        asl__event_evaluation_failed(x, error, location, state->name);
    if (!x->selecting && state->type == ASL_TYPE_MAP && state->role == ASL_ROLE_ENTRY)
        x->fork_failed = true; /* MapStateFailed follows */
    return error;
}

/* A text, and the JSON of V behind it unless V is undefined. */
static asl_value describe(asl_frame *f, asl_value v, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static asl_value describe(asl_frame *f, asl_value v, const char *format, ...)
{
    struct asl__buf b = ASL__BUF_INIT;
    char head[512], *text = head;
    va_list list;

    va_start(list, format);
    int len = vsnprintf(head, sizeof head, format, list);
    va_end(list);
    if (len >= (int)sizeof head) {
        text = asl_alloc(&f->region, (size_t)len + 1);
        if (!text)
            return asl_no_memory();
        va_start(list, format);
        vsnprintf(text, (size_t)len + 1, format, list);
        va_end(list);
    }
    asl__buf_append(&b, text, len < 0 ? 0 : (size_t)len);
    if (!asl_is_undefined(v))
        asl__print(&b, v);
    asl_value s = b.failed ? asl_no_memory() : asl_string(&f->region, b.data, b.len);
    asl__buf_free(&b);
    return s;
}

#define EXPRESSION "The JSONata expression '%s' specified for the field '%s' "

/* The Cause of the failure V of an expression. */
static asl_value thrown(asl_frame *f, asl_value v, const asl_query_text *text)
{
    const asl_error_info *info = asl_error_of(v);
    asl_value code = info->error, message = info->cause;

    if (info->flags & ASL_ERROR_NO_MEMORY)
        return v;
    if (asl_is_function_error(v))
        return describe(f, asl_undefined(), EXPRESSION "returned an unsupported result type.",
                        text->text, text->field);
    if (asl_is_undefined(code))
        return describe(f, asl_undefined(), EXPRESSION "threw an error during evaluation: %.*s",
                        text->text, text->field, (int)asl_text_len(message), asl_text(&message));
    return describe(f, asl_undefined(),
                    EXPRESSION "threw an error during evaluation. %.*s: %.*s", text->text,
                    text->field, (int)asl_text_len(code), asl_text(&code),
                    (int)asl_text_len(message), asl_text(&message));
}

static bool is_wanted(asl_value v, enum asl_wanted wanted)
{
    switch (wanted) {
    case ASL_WANT_ANY: return true;
    case ASL_WANT_BOOLEAN: return asl_is_boolean(v);
    case ASL_WANT_NUMBER: return asl_is_number(v);
    case ASL_WANT_STRING: return asl_is_string(v);
    case ASL_WANT_ARRAY: return asl_is_array(v);
    }
    return false;
}

asl_value asl__evaluated(asl_eval *e, asl_value v, enum asl_wanted wanted, const asl_query_text *text)
{
    static const char *const names[] = { "", "boolean", "number", "string", "array" };
    asl_frame *f = e->f;

    v = asl_eval_end(e, v);
    if (asl_is_error(v))
        return failure(f, text->field, thrown(f, v, text));
    if (asl_is_undefined(v))
        return failure(f, text->field,
                       describe(f, v, EXPRESSION "returned nothing (undefined).", text->text,
                                text->field));
    if (is_wanted(v, wanted))
        return v;
    return failure(f, text->field,
                   describe(f, v,
                            EXPRESSION "returned an unexpected result type. Expected '%s', but "
                                       "was '%s' for value: ",
                            text->text, text->field, names[wanted], asl_type_name(v)));
}

/* ---- $states ---------------------------------------------------------------------- */

asl_value asl_states_context(asl_eval *e)
{
    return asl_context(e->f);
}

asl_value asl_states(asl_eval *e, const char *result_name)
{
    asl_value keys[] = { asl_str("input"), asl_str("context"), asl_undefined() };
    asl_value values[] = { e->input, asl_context(e->f), e->result };

    if (asl_is_undefined(e->result) || !result_name)
        return asl_record(e->region, 2, keys, values);
    keys[2] = asl_cstring(e->region, result_name);
    return asl_record_any(e->region, 3, keys, values);
}

/* ---- Wait ------------------------------------------------------------------------- */

/* Whether V is a whole number; else *ERROR is the failure of FIELD. */
static bool whole(asl_frame *f, asl_value v, const char *field, int64_t *n, asl_value *error)
{
    if (asl_to_integer(v, n))
        return true;
    *error = failure(f, field,
                     describe(f, v, "The %s field cannot be parsed as an integer: ", field));
    return false;
}

static asl_value out_of_range(asl_frame *f, const char *field, int64_t least, int64_t most,
                              asl_value v)
{
    return failure(f, field,
                   describe(f, v, "%s must be between %lld and %lld but was: ", field,
                            (long long)least, (long long)most));
}

asl_next asl_wait_seconds_value(asl_frame *f, asl_value seconds, uint32_t done)
{
    asl_value error;
    int64_t n;

    if (asl_is_error(seconds))
        return asl_raise(f, seconds);
    if (!whole(f, seconds, "Seconds", &n, &error))
        return asl_raise(f, error);
    if (n < 0 || n > 99999999)
        return asl_raise(f, out_of_range(f, "Seconds", 0, 99999999, seconds));
    return asl_wait_seconds(f, n, done);
}

asl_next asl_wait_until_value(asl_frame *f, asl_value stamp, uint32_t done)
{
    int64_t deadline = 0;

    if (asl_is_error(stamp))
        return asl_raise(f, stamp);
    if (asl__time_parse(asl_text(&stamp), asl_text_len(stamp), &deadline))
        return asl__wait_until(f, deadline, done);
    return asl_raise(
        f, failure(f, "Timestamp",
                   describe(f, asl_undefined(),
                            "The Timestamp field cannot be parsed as an ISO-8601 "
                            "extended offset date-time format string: %.*s",
                            (int)asl_text_len(stamp), asl_text(&stamp))));
}

/* ---- limits ------------------------------------------------------------------------ */

/* V, a whole number from LEAST to MOST, to *TO. */
static asl_value limit(asl_frame *f, asl_value v, const char *field, int64_t least, int64_t most,
                       int64_t *to)
{
    asl_value error;

    if (asl_is_error(v))
        return v;
    if (!whole(f, v, field, to, &error))
        return error;
    return *to < least || *to > most ? out_of_range(f, field, least, most, v) : asl_undefined();
}

asl_value asl_task_timeout_value(asl_frame *f, asl_value seconds)
{
    return limit(f, seconds, "TimeoutSeconds", 0, 99999999, &asl__whole(f)->limits[0]);
}

asl_value asl_task_heartbeat_value(asl_frame *f, asl_value seconds)
{
    return limit(f, seconds, "HeartbeatSeconds", 0, 99999999, &asl__whole(f)->limits[1]);
}

asl_value asl_map_concurrency_value(asl_frame *f, asl_value v)
{
    return limit(f, v, "MaxConcurrency", 0, UINT32_MAX, &asl__whole(f)->limits[0]);
}

asl_value asl_map_tolerated_count_value(asl_frame *f, asl_value v)
{
    return limit(f, v, "ToleratedFailureCount", 0, INT64_MAX, &asl__whole(f)->open->tolerated_count);
}

asl_value asl_map_tolerated_percentage_value(asl_frame *f, asl_value v)
{
    if (asl_is_error(v))
        return v;
    double d = asl_to_double(v);
    if (!(d >= 0 && d <= 100))
        return failure(f, "ToleratedFailurePercentage",
                       asl_string(&f->region,
                                  "ToleratedFailurePercentage must be between 0 and 100.", 53));
    asl__whole(f)->open->tolerated_percentage = d;
    return asl_undefined();
}

asl_value asl_map_batch_items_value(asl_frame *f, asl_value v)
{
    int64_t n = 0;
    asl_value error = limit(f, v, "ItemBatcher/MaxItemsPerBatch", 1, UINT32_MAX, &n);

    asl__whole(f)->open->batch_items = (uint32_t)n;
    return error;
}

asl_value asl_map_batch_bytes_value(asl_frame *f, asl_value v)
{
    int64_t n = 0;
    asl_value error = limit(f, v, "ItemBatcher/MaxInputBytesPerBatch", 1, 262144, &n);

    asl__whole(f)->open->batch_bytes = (uint64_t)n;
    return error;
}

asl_value asl_items_of_input(asl_frame *f, asl_value input)
{
    if (asl_is_array(input))
        return input;
    return failure(f, NULL, describe(f, input, "Map state input must be an array but was: "));
}
