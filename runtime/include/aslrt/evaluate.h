/* JSONata in the fields of states: evaluation, the type that a field demands, errors.
 *
 * What goes wrong is States.QueryEvaluationError, with the Causes of AWS and, in the
 * history, an EvaluationFailed event (errors.md 3.8, expressions.md 4).
 */
#ifndef ASLRT_EVALUATE_H
#define ASLRT_EVALUATE_H

#include <aslrt/jsonata.h>
#include <aslrt/machine.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef asl_value asl_query(asl_eval *e);

/* What a field wants of its expression. */
enum asl_wanted { ASL_WANT_ANY, ASL_WANT_BOOLEAN, ASL_WANT_NUMBER, ASL_WANT_STRING, ASL_WANT_ARRAY };

/* An expression as the document has it: the field's place in its state
 * ("Output/a[0]") and the text between {% and %}. */
typedef struct asl_query_text {
    const char *field, *text;
} asl_query_text;

/* The rare ends of asl_evaluate. */
asl_value asl__evaluated(asl_eval *e, asl_value v, enum asl_wanted wanted, const asl_query_text *text);

/* The value of QUERY, of the kind WANTED, with $states.input INPUT and $states.result (or
 * errorOutput) RESULT; or the error, prefixed and noted in the history. */
ASL_INLINE asl_value asl_evaluate(asl_frame *f, asl_query *query, asl_value input,
                                     asl_value result, enum asl_wanted wanted,
                                     const asl_query_text *text)
{
    const unsigned plain = 1u << ASL_NULL | 1u << ASL_FALSE | 1u << ASL_TRUE |
                           1u << ASL_INTEGER | 1u << ASL_SHORT | 1u << ASL_LONG;
    asl_eval e = { .region = &f->region, .f = f, .input = input, .result = result };

    asl_eval_begin(&e);
    asl_value v = query(&e);

    if (plain >> asl__tag(v) & 1 && wanted == ASL_WANT_ANY)
        return v;
    if (wanted == ASL_WANT_BOOLEAN && asl_is_boolean(v))
        return v;
    return asl__evaluated(&e, v, wanted, text);
}

/* $states and $states.context where an expression has them whole. */
asl_value asl_states(asl_eval *e, const char *result_name);
asl_value asl_states_context(asl_eval *e);

/* Wait: SECONDS, a number; STAMP, a string. */
asl_next asl_wait_seconds_value(asl_frame *f, asl_value seconds, uint32_t done);
asl_next asl_wait_until_value(asl_frame *f, asl_value stamp, uint32_t done);
/* Limits of a Task and of a Map: undefined, or the error to raise. */
asl_value asl_task_timeout_value(asl_frame *f, asl_value seconds);
asl_value asl_task_heartbeat_value(asl_frame *f, asl_value seconds);
asl_value asl_map_concurrency_value(asl_frame *f, asl_value v);
asl_value asl_map_tolerated_count_value(asl_frame *f, asl_value v);
asl_value asl_map_tolerated_percentage_value(asl_frame *f, asl_value v);
asl_value asl_map_batch_items_value(asl_frame *f, asl_value v);
asl_value asl_map_batch_bytes_value(asl_frame *f, asl_value v);
/* A Map without Items: its INPUT, which must be an array. */
asl_value asl_items_of_input(asl_frame *f, asl_value input);

#ifdef __cplusplus
}
#endif

#endif
