/* C handlers that take and give cJSON trees.
 *
 *     #include <aslrt/cjson.h>
 *     static cJSON *charge(const cJSON *input, asl_cjson_error *error)
 *     {
 *         const cJSON *total = cJSON_GetObjectItemCaseSensitive(input, "total");
 *         if (!cJSON_IsNumber(total))
 *             return asl_cjson_fail(error, "Charge.NoTotal", "there is no total");
 *         cJSON *result = cJSON_CreateObject();
 *         cJSON_AddNumberToObject(result, "charged", total->valuedouble);
 *         return result;
 *     }
 *     ASL_CJSON_TASK(charge, charge)
 *
 * The input tree is borrowed until the function returns; the result is given away (it
 * may not be the input or share nodes with it).  A number that no double holds exactly
 * has its text in valuestring, in the input and, where set, in the result; valuedouble
 * is then the nearest double.  A task whose input has a string or a key with a NUL
 * character in it fails before the function is called.  Programs with such handlers
 * link with -lcjson.
 */
#ifndef ASLRT_CJSON_H
#define ASLRT_CJSON_H

#include <aslrt/task.h>
#include <cjson/cJSON.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How a cJSON handler fails: it writes here and returns NULL.  Texts that are too long
 * are cut. */
typedef struct asl_cjson_error {
    char error[256];  /* Error of ASL; empty: States.TaskFailed */
    char cause[8192]; /* Cause of ASL; empty: none */
} asl_cjson_error;

/* NULL without an error written is the result null. */
typedef cJSON *asl_cjson_fn(const cJSON *input, asl_cjson_error *error);

/* Fills in *OUT, whose cause is printed as by printf; NULL, to be returned at once. */
cJSON *asl_cjson_fail(asl_cjson_error *out, const char *error, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/* The library's side of ASL_CJSON_TASK. */
asl_value asl_cjson_adapt(asl_task_call *call, asl_value input, void (*fn)(void));

#define ASL__CJSON_TASK(name, function, flags)                                  \
    static cJSON *asl__cjson_##name(const cJSON *input, asl_cjson_error *error) \
    {                                                                           \
        return function(input, error);                                          \
    }                                                                           \
    const asl_handler asl_handler_##name = { #name, 0, asl_cjson_adapt,         \
                                             (void (*)(void))asl__cjson_##name, \
                                             flags };

#define ASL_CJSON_TASK(name, function) ASL__CJSON_TASK(name, function, 0)
#define ASL_BLOCKING_CJSON_TASK(name, function) \
    ASL__CJSON_TASK(name, function, ASL_HANDLER_BLOCKING)

#ifdef __cplusplus
}
#endif
#endif
