/* Two executions inside a C program, one of them started and waited for; what comes of them
 * is printed once both are over.  memory.py builds it with the workflow EMBEDDED.  Exit: 0
 * both have succeeded, 1 one has failed, 2 no start. */
#include <aslrt/run.h>

#include "embedded.h"

#include <stdio.h>
#include <string.h>

static asl_value answer(asl_task_call *call, asl_value input)
{
    return asl_array_of(asl_task_region(call), 1, &input);
}
ASL_BLOCKING_TASK(answer, answer)

static int say(const char *why)
{
    fprintf(stderr, "embed: %s\n", why);
    return 2;
}

/* The error of RESULT as the last line, as programs have it. */
static int fail(asl_region *region, const asl_result *result)
{
    const char *text = asl_result_text(region, result);

    fprintf(stderr, "%s\n",
            text ? text : "{\"Error\":\"States.Runtime\",\"Cause\":\"out of memory\"}");
    return 1;
}

static int run_both(asl_program *program, asl_region *region)
{
    const char *first = "{\"items\": [1, 2, 3]}", *second = "{\"items\": [\"a\"]}";
    asl_result results[2];
    char why[256];
    asl_running *running = asl_start(program, NULL, asl_input_text(first, strlen(first)), NULL,
                                     NULL, why, sizeof why);

    if (!running)
        return say(why);
    asl_run(program, NULL, asl_input_text(second, strlen(second)), region, &results[1]);
    asl_wait(running, region, &results[0]);
    asl_release(running);
    for (int i = 0; i < 2; i++)
        if (results[i].status != ASL_STATUS_SUCCEEDED)
            return fail(region, &results[i]);
    const char *texts[2] = { asl_result_text(region, &results[0]),
                             asl_result_text(region, &results[1]) };
    if (!texts[0] || !texts[1])
        return say("out of memory");
    printf("%s\n%s\n", texts[0], texts[1]);
    return 0;
}

int main(void)
{
    asl_program_options options = { .virtual_clock = true, .workers = 2 };
    char why[256] = "out of memory";
    asl_program *program = asl_program_new(&embedded_program, &options, why, sizeof why);
    asl_region *region = asl_region_new();
    int status = program && region ? run_both(program, region)
                                   : say(program ? "out of memory" : why);

    asl_region_free(region);
    asl_program_free(program);
    return status;
}
