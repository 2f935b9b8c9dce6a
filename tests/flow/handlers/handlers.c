#include <aslrt/task.h>

static asl_value add_one(asl_task_call *call, asl_value input)
{
    int64_t n = 0;

    if (!asl_to_integer(asl_get(input, "n"), &n))
        return asl_task_error(call, "Handler.NoNumber", "n is no whole number");
    return asl_integer(n + 1);
}
ASL_TASK(add_one, add_one)

static asl_value refuse(asl_task_call *call, asl_value input)
{
    (void)input;
    return asl_task_error(call, "Handler.Refused", "no");
}
ASL_TASK(refuse, refuse)
