/* Any bytes as a --tasks file. */
#include "base.h"

#include "fuzz.h"

#include "task/bind.h"

#define ARN "arn:aws:lambda:us-east-1:123456789012:function:f"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const asl_task task = { .resource = ASL_LONG_TEXT(ARN, 0),
                                   .function = ASL_TEXT("f"),
                                   .action = ASL_TEXT("f"),
                                   .kind = ASL_TASK_LAMBDA };
    static char variable[] = "A=b";
    char *env[] = { variable, NULL };
    asl_task own = task;
    const asl_task *tasks[] = { &own, NULL };
    const asl_module *modules[] = { &asl_module_exec, &asl_module_http, NULL };
    asl_program_def program = { .tasks = tasks, .modules = modules };
    asl__taskset_options options = { .program = &program, .env = env };
    asl__taskset *set = asl__taskset_new(&options);
    struct asl__buf error = ASL__BUF_INIT;

    if (!set)
        return 0;
    own.resource = asl_str(ARN);
    if (asl__taskset_load(set, "dir/tasks.json", size ? (const char *)data : "", size,
                          &error))
        asl__taskset_resolve(set, &error);
    else
        FUZZ_HOLDS(error.len > 0);
    asl__buf_free(&error);
    FUZZ_HOLDS(asl__taskset_free(set));
    return 0;
}
