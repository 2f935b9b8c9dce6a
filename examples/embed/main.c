/* Two workflows inside one C program: `greet` is started and left to itself while
 * `double` runs on this thread, with a task that is a function of this program. */
#include <aslrt/run.h>

#include "workflows.h"

#include <stdio.h>
#include <string.h>

/* The task of `double`.  Its input is the item of the list. */
static asl_value twice(asl_task_call *call, asl_value input)
{
    int64_t n;

    if (!asl_is_number(input) || !asl_to_integer(input, &n) || n > INT64_MAX / 2)
        return asl_task_error(call, "NotANumber", "only numbers can be doubled");
    return asl_integer(2 * n);
}
ASL_TASK(double, twice)

static void print(const char *name, asl_region *region, const asl_result *result)
{
    printf("%s: %s\n", name, asl_result_text(region, result));
}

static void run_double(asl_program *program, asl_region *region, const char *input)
{
    asl_result result;

    asl_run(program, "double", asl_input_text(input, strlen(input)), region, &result);
    print("double", region, &result);
}

int main(void)
{
    asl_program_options options = { .virtual_clock = true }; /* waits take no time */
    char why[256];
    asl_program *program = asl_program_new(&double_program, &options, why, sizeof why);
    asl_region *region = asl_region_new();

    if (!program || !region) {
        fprintf(stderr, "embed: %s\n", program ? "out of memory" : why);
        return 1;
    }
    const char *name = "{\"name\": \"World\"}";
    asl_running *greeting = asl_start(program, "greet", asl_input_text(name, strlen(name)),
                                      NULL, NULL, why, sizeof why);
    if (!greeting) {
        fprintf(stderr, "embed: %s\n", why);
        return 1;
    }
    run_double(program, region, "{\"numbers\": [1, 20, 300]}");
    run_double(program, region, "{\"numbers\": [1, \"two\"]}");
    asl_result result;
    asl_wait(greeting, region, &result);
    print("greet", region, &result);
    asl_release(greeting);
    asl_region_free(region);
    asl_program_free(program);
    return 0;
}
