/* Any bytes as the body of a request to a program's control server; the first says which. */
#include "base.h"

#include "fuzz.h"

#include "task/control.h"

#define ACTIVITY "arn:aws:states:us-east-1:123456789012:activity:f"

/* REPLY must be a JSON object, and an error's must name it. */
static void check_reply(int status, const struct asl__buf *reply)
{
    asl_region *region = asl_region_new();
    asl_syntax_error why;
    asl_value v;

    FUZZ_HOLDS(status == 200 || status == 400);
    if (!region)
        return;
    FUZZ_HOLDS(asl_parse(region, reply->data, reply->len, &v, &why));
    FUZZ_HOLDS(asl_is_object(v));
    FUZZ_HOLDS((status == 200) == asl_is_undefined(asl_get(v, "__type")));
    asl_region_free(region);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const operations[] = {
        "SendTaskSuccess",  "SendTaskFailure", "SendTaskHeartbeat", "CreateActivity",
        "DescribeActivity", "StopExecution",   "DescribeExecution", "ListExecutions",
        "DeleteActivity"
    };
    asl_task own = { .action = ASL_TEXT("f"), .kind = ASL_TASK_ACTIVITY };
    const asl_task *tasks[] = { &own, NULL };
    asl_program_def program = { .tasks = tasks };
    asl__taskset_options options = { .program = &program, .answered = true };
    asl__options sched_options = { .workers = 1, .time_scale = 1, .start_time = 0, .seeded = true };
    asl__control_options control = { "x", size % 2 != 0 };
    struct asl__buf reply = ASL__BUF_INIT, error = ASL__BUF_INIT;

    own.resource = asl_str(ACTIVITY);
    if (size == 0)
        return 0;
    asl__taskset *set = asl__taskset_new(&options);
    asl__sched *sched = asl__sched_new(&sched_options);
    if (set && sched && asl__taskset_resolve(set, &error)) {
        asl__taskset_attach(set, sched);
        int status = asl__control_do(set, &control,
                                     operations[data[0] % (sizeof operations / sizeof *operations)],
                                     (const char *)data + 1, size - 1, &reply);
        check_reply(status, &reply);
    }
    asl__buf_free(&reply);
    asl__buf_free(&error);
    FUZZ_HOLDS(asl__taskset_free(set));
    asl__sched_free(sched);
    return 0;
}
