#include <aslrt/cjson.h>
#include <aslrt/task.h>

#include <pthread.h>

static asl_value native(asl_task_call *call, asl_value input)
{
    asl_region *region = asl_task_region(call);
    asl_value v = asl_set(region, asl_object(), asl_cstring(region, "function"),
                          asl_cstring(region, asl_task_function(call)));

    return asl_set(region, v, asl_cstring(region, "text"), asl_get(input, "text"));
}
ASL_TASK(native, native)

static cJSON *tree(const cJSON *input, asl_cjson_error *error)
{
    cJSON *copy = cJSON_Duplicate(input, 1);

    if (copy == NULL)
        return asl_cjson_fail(error, "States.Runtime", "out of memory");
    return copy;
}
ASL_CJSON_TASK(tree, tree)

static asl_value slow(asl_task_call *call, asl_value input)
{
    return asl_array_of(asl_task_region(call), 1, &input);
}
ASL_BLOCKING_TASK(slow, slow)

static void *finish(void *call)
{
    asl_task_finish(call, asl_cstring(asl_task_region(call),
                                      "an answer that has come from another thread"));
    return NULL;
}

static asl_value later(asl_task_call *call, asl_value input)
{
    pthread_t thread;

    (void)input;
    if (pthread_create(&thread, NULL, finish, call) != 0)
        return asl_task_error(call, "States.Runtime", "out of memory");
    pthread_detach(thread);
    return asl_undefined();
}
ASL_LATER_TASK(later, later)
