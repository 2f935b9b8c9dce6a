/* Module `control`: `--control PATH|HOST:PORT`, where task tokens and activities are answered
 * from outside, and the commands that do so. */
#include "value/base.h"

#include "program/cli.h"
#include "task/control.h"

#include <errno.h>

#define VARIABLE ASL__CONTROL_VARIABLE
#define MOST_ADDRESS 4096

/* Has ENTRY say ADDRESS: a path that is good in every folder. */
static void set_address(char *entry, const char *address)
{
    char *absolute = strrchr(address, ':') == NULL || strchr(address, '/') != NULL
                         ? realpath(address, NULL)
                         : NULL;

    snprintf(entry, sizeof VARIABLE + MOST_ADDRESS, VARIABLE "%s",
             absolute != NULL ? absolute : address);
    free(absolute);
}

static char **make_env(char *const *env, const char *address)
{
    size_t count = 0, used = 1;

    while (env[count] != NULL)
        count++;
    char **all = calloc(count + 2, sizeof *all);
    char *own = malloc(sizeof VARIABLE + MOST_ADDRESS);
    if (all == NULL || own == NULL) {
        free(all);
        free(own);
        return NULL;
    }
    set_address(own, address);
    all[0] = own;
    for (size_t i = 0; i < count; i++)
        if (strncmp(env[i], VARIABLE, sizeof VARIABLE - 1) != 0)
            all[used++] = env[i];
    return all;
}

static const asl__module_functions module;

static bool open_server(const struct asl__cli_tasks *wanted,
                        const struct asl__cli_bound *bound, char **env)
{
    const struct asl__cli_options *o = wanted->options;
    asl__control_options options = { o->control, o->aws_limits };
    struct asl__buf error = ASL__BUF_INIT;
    const char *address = asl__control_listen(bound->set, &module, &options, &error);

    if (address == NULL)
        asl__cli_complain(wanted->program, "--control %s", asl__buf_cstring(&error));
    else
        set_address(env[0], address);
    /* A port that was left to the system has to be told. */
    if (address != NULL && strcmp(address, o->control) != 0)
        asl__cli_complain(wanted->program, "control at %s", address);
    asl__buf_free(&error);
    return address != NULL;
}

static const asl__control_functions functions = { make_env, open_server, asl__cli_answer };

static const asl__module_functions module = { .layer = &asl__task_layer_functions,
                                              .control = &functions,
                                              .open = asl__control_open,
                                              .close = asl__control_close };

const asl_module asl_module_control = { "control", &module };
