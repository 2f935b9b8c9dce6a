/* `PROGRAM task-success|task-failure|task-heartbeat TOKEN`: small clients of the control
 * server of a program that runs.  Exit status: 0 the answer was taken, 1 it was refused (the
 * task is over, the token unknown, the output no JSON), 2 wrong usage or nobody there. */
#include "value/base.h"

#include "program/cli.h"
#include "task/control.h"

#include <errno.h>

/* What is asked for. */
struct answer {
    const char *program;
    const char *operation; /* of the API */
    const char *token, *output, *output_file, *error, *cause, *control;
};

static const struct answering {
    const char *name, *operation;
} commands[] = { { "task-success", "SendTaskSuccess" },
                 { "task-failure", "SendTaskFailure" },
                 { "task-heartbeat", "SendTaskHeartbeat" } };

/* ---- the command line -------------------------------------------------------------- */

/* Where the option NAME of LEN bytes goes; NULL: there is none for this operation. */
static const char **option_place(struct answer *a, const char *name, size_t len)
{
    const struct {
        const char *name, *operation; /* NULL: all */
        const char **place;
    } options[] = { { "output", "SendTaskSuccess", &a->output },
                    { "output-file", "SendTaskSuccess", &a->output_file },
                    { "error", "SendTaskFailure", &a->error },
                    { "cause", "SendTaskFailure", &a->cause },
                    { "control", NULL, &a->control } };

    for (size_t i = 0; i < ASL__COUNT_OF(options); i++)
        if (strlen(options[i].name) == len && memcmp(options[i].name, name, len) == 0 &&
            (options[i].operation == NULL ||
             strcmp(options[i].operation, a->operation) == 0))
            return options[i].place;
    return NULL;
}

static bool read_argument(struct answer *a, int argc, char **argv, int *i)
{
    const char *text = argv[*i];

    if (strncmp(text, "--", 2) != 0) {
        if (a->token == NULL) {
            a->token = text;
            return true;
        }
        asl__cli_complain(a->program, "unexpected argument %s (see --help)", text);
        return false;
    }
    size_t len = strcspn(text + 2, "=");
    const char **place = option_place(a, text + 2, len);
    if (place == NULL) {
        asl__cli_complain(a->program, "%s has no option %.*s (see --help)", argv[1],
                          (int)len + 2, text);
        return false;
    }
    if (text[2 + len] == '=') {
        *place = text + len + 3;
    } else if (*i + 1 < argc) {
        *place = argv[++*i];
    } else {
        asl__cli_complain(a->program, "%s wants a value", text);
        return false;
    }
    return true;
}

static bool read_arguments(struct answer *a, int argc, char **argv)
{
    for (size_t i = 0; i < ASL__COUNT_OF(commands); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            a->operation = commands[i].operation;
    if (a->operation == NULL) {
        asl__cli_complain(a->program, "unknown command %s (see --help)", argv[1]);
        return false;
    }
    for (int i = 2; i < argc; i++)
        if (!read_argument(a, argc, argv, &i))
            return false;
    const char *wrong = NULL;
    if (a->token == NULL)
        wrong = "wants a TOKEN";
    else if (a->control == NULL)
        wrong = "wants --control PATH|HOST:PORT (or the variable ASL_CONTROL)";
    else if (a->output != NULL && a->output_file != NULL)
        wrong = "takes --output or --output-file, not both";
    if (wrong != NULL)
        asl__cli_complain(a->program, "%s %s", argv[1], wrong);
    return wrong == NULL;
}

/* ---- the answer ---------------------------------------------------------------------- */

static int send_answer(const struct answer *a)
{
    static const int statuses[] = { [ASL__CONTROL_TAKEN] = STATUS_SUCCEEDED,
                                    [ASL__CONTROL_REFUSED] = STATUS_FAILED,
                                    [ASL__CONTROL_NOBODY] = STATUS_USAGE };
    bool success = strcmp(a->operation, "SendTaskSuccess") == 0;
    asl__control_answer answer = { .operation = a->operation,
                                   .token = a->token,
                                   .error = a->error,
                                   .cause = a->cause };
    struct asl__buf message = ASL__BUF_INIT;
    char *text = NULL;

    if (success) {
        answer.output = a->output != NULL ? a->output : "{}";
        answer.output_len = strlen(answer.output);
    }
    if (a->output_file != NULL) {
        answer.output = text = asl__cli_read_file(a->output_file, &answer.output_len);
        if (text == NULL) {
            asl__cli_complain(a->program, "%s: %s", a->output_file, strerrordesc_np(errno));
            return STATUS_USAGE;
        }
    }
    enum asl__control_end end = asl__control_answer_task(a->control, &answer, &message);
    if (end != ASL__CONTROL_TAKEN)
        asl__cli_complain(a->program, "%s", asl__buf_cstring(&message));
    asl__buf_free(&message);
    free(text);
    return statuses[end];
}

/* The value of the variable NAME, which has its `=` with it. */
static const char *variable(char *const *env, const char *name)
{
    size_t len = strlen(name);

    for (; *env != NULL; env++)
        if (strncmp(*env, name, len) == 0)
            return *env + len;
    return NULL;
}

int asl__cli_answer(const char *program, int argc, char **argv, char *const *env)
{
    struct answer a = { .program = program, .control = variable(env, ASL__CONTROL_VARIABLE) };

    return read_arguments(&a, argc, argv) ? send_answer(&a) : STATUS_USAGE;
}
