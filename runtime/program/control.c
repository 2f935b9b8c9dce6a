/* `--control PATH|HOST:PORT`: where task tokens and activities are answered from outside. */
#include "value/base.h"

#include "program/cli.h"
#include "task/control.h"

#include <errno.h>

#define VARIABLE "ASL_CONTROL="
#define MOST_ADDRESS 4096

const asl__control_functions *asl__cli_control(const asl_program_def *def)
{
    const asl_module *const *m = def->modules;

    for (; m != NULL && *m != NULL; m++) {
        const asl__module_functions *functions = (*m)->functions;
        if (functions->control != NULL)
            return functions->control;
    }
    return NULL;
}

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

char **asl__cli_control_env(char *const *env, const char *address)
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

void asl__cli_control_env_free(char **env)
{
    if (env == NULL)
        return;
    free(env[0]);
    free(env);
}

bool asl__cli_control_open(const struct asl__cli_tasks *wanted,
                           const struct asl__cli_bound *bound, char **env)
{
    const struct asl__cli_options *o = wanted->options;
    asl__control_options options = { o->control, o->aws_limits };
    struct asl__buf error = ASL__BUF_INIT;
    const char *address = asl__cli_control(wanted->def)->open(bound->set, &options, &error);

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

void asl__cli_control_waits(void *user, const asl_task *task)
{
    struct asl__cli_tasks *wanted = user;
    const struct asl__cli_options *o = wanted->options;
    bool activity = task->kind == ASL_TASK_ACTIVITY;
    asl_value state = task->state;

    if ((o->log_level != NULL && strcmp(o->log_level, "error") == 0) ||
        (o->control == NULL && o->time_scale == 0) ||
        __atomic_exchange_n(&wanted->told, true, __ATOMIC_SEQ_CST))
        return;
    const char *address = wanted->env != NULL && o->control != NULL
                              ? wanted->env[0] + sizeof VARIABLE - 1
                              : NULL;
    if (address == NULL)
        asl__cli_complain(wanted->program,
                          "state \"%.*s\" waits for its task token, but nobody can answer: "
                          "there is no --control",
                          (int)asl_text_len(state), asl_text(&state));
    else if (activity)
        asl__cli_complain(wanted->program,
                          "state \"%.*s\" waits for a worker of its activity "
                          "(GetActivityTask at %s)",
                          (int)asl_text_len(state), asl_text(&state), address);
    else
        asl__cli_complain(wanted->program,
                          "state \"%.*s\" waits for its task token: %s task-success TOKEN "
                          "--control %s",
                          (int)asl_text_len(state), asl_text(&state), wanted->program,
                          address);
}
