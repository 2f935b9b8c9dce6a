/* Writing the C handlers of a workflow's tasks.
 *
 *     #include <aslrt/task.h>
 *     static asl_value charge(asl_task_call *call, asl_value input)
 *     {
 *         asl_region *r = asl_task_region(call);
 *         return asl_set(r, asl_object(), asl_str("charged"), asl_get(input, "total"));
 *     }
 *     ASL_TASK(charge, charge)
 *
 * binds the Lambda function (or Resource) named `charge`: other characters of a name
 * than letters, digits and `_` are written `_`.
 */
#ifndef ASLRT_TASK_H
#define ASLRT_TASK_H

#include <aslrt/value.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct asl_task_call asl_task_call;
typedef struct asl_handler asl_handler;

struct asl_task_call {
    asl_region *region;
    const struct asl__direct *callee; /* the library's own */
};

/* A task in C.  INPUT is borrowed until the function returns.  The result, or an error
 * made by asl_task_error, must live in asl_task_region(call) or be part of INPUT. */
typedef asl_value asl_task_fn(asl_task_call *call, asl_value input);

enum asl_handler_kind {
    ASL_HANDLER_VALUE, /* fn */
    ASL_HANDLER_CJSON  /* adapt calls the cJSON function */
};
enum {
    ASL_HANDLER_BLOCKING = 1, /* may sleep or block: runs on extra threads */
    ASL_HANDLER_LATER = 2     /* answers later: see asl_task_finish */
};

struct asl_handler {
    const char *name;
    asl_task_fn *fn;
    /* cJSON form: the adapter that <aslrt/cjson.h> puts here, and its function. */
    asl_value (*adapt)(asl_task_call *call, asl_value input, void (*fn)(void));
    void (*cjson)(void);
    uint32_t flags;
};

/* Where the result of CALL is to live. */
static inline asl_region *asl_task_region(asl_task_call *call)
{
    return call->region;
}
/* The Resource as written, and the function's name ("" if none). */
const char *asl_task_resource(asl_task_call *call);
const char *asl_task_function(asl_task_call *call);
/* An error result: Error and Cause of ASL, strings; CAUSE may be undefined. */
asl_value asl_task_error_of(asl_task_call *call, asl_value error, asl_value cause);
asl_value asl_task_error_any(asl_task_call *call, const char *error, const char *cause);
/* The same of C strings; CAUSE may be NULL.  Literals of up to 14 bytes are made values when
 * the handler is compiled. */
static inline asl_value asl_task_error(asl_task_call *call, const char *error,
                                       const char *cause)
{
#ifdef __GNUC__
    if (__builtin_constant_p(strlen(error)) && strlen(error) <= ASL_SHORT_MAX && cause &&
        __builtin_constant_p(strlen(cause)) && strlen(cause) <= ASL_SHORT_MAX)
        return asl_task_error_of(call, asl__short(error, strlen(error)),
                                 asl__short(cause, strlen(cause)));
#endif
    return asl_task_error_any(call, error, cause);
}

/* ASL_HANDLER_LATER: the function may keep CALL and return asl_undefined(); then
 * asl_task_finish, from any thread and once, gives the result.  CALL's region then holds
 * a copy of the input. */
void asl_task_finish(asl_task_call *call, asl_value result);

#define ASL_TASK(name, function)                                                       \
    const asl_handler asl_handler_##name = { #name, function, 0, 0, 0 };
#define ASL_BLOCKING_TASK(name, function)                                              \
    const asl_handler asl_handler_##name = { #name, function, 0, 0, ASL_HANDLER_BLOCKING };
#define ASL_LATER_TASK(name, function)                                                 \
    const asl_handler asl_handler_##name = { #name, function, 0, 0, ASL_HANDLER_LATER };

#ifdef __cplusplus
}
#endif
#endif
