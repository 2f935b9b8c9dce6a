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

bool asl__cli_is_answer(const char *word)
{
    for (size_t i = 0; i < ASL__COUNT_OF(commands); i++)
        if (strcmp(word, commands[i].name) == 0)
            return true;
    return false;
}

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

/* ---- the request --------------------------------------------------------------------- */

static void put_text(struct asl__buf *request, const char *key, const char *text, size_t len)
{
    if (request->len > 1)
        asl__buf_append_char(request, ',');
    asl__print_string(request, key, strlen(key));
    asl__buf_append_char(request, ':');
    asl__print_string(request, text, len);
}

static bool put_output(const struct answer *a, struct asl__buf *request)
{
    const char *output = a->output != NULL ? a->output : "{}";
    size_t len = strlen(output);
    char *text = NULL;

    if (a->output_file != NULL) {
        text = asl__cli_read_file(a->output_file, &len);
        output = text;
    }
    if (output == NULL) {
        asl__cli_complain(a->program, "%s: %s", a->output_file, strerrordesc_np(errno));
        return false;
    }
    put_text(request, "output", output, len);
    free(text);
    return true;
}

/* The request's body; false after a complaint. */
static bool make_request(const struct answer *a, struct asl__buf *request)
{
    asl__buf_append_char(request, '{');
    put_text(request, "taskToken", a->token, strlen(a->token));
    if (strcmp(a->operation, "SendTaskSuccess") == 0 && !put_output(a, request))
        return false;
    if (a->error != NULL)
        put_text(request, "error", a->error, strlen(a->error));
    if (a->cause != NULL)
        put_text(request, "cause", a->cause, strlen(a->cause));
    asl__buf_append_char(request, '}');
    return true;
}

/* Says what the server has refused, as its REPLY tells. */
static void complain_of(const struct answer *a, int status, const struct asl__buf *reply)
{
    asl_region *region = asl_region_new();
    asl_value v = asl_undefined();
    asl_syntax_error why;

    if (region != NULL)
        (void)asl_parse(region, reply->data != NULL ? reply->data : "", reply->len, &v, &why);
    asl_value message = asl_get(v, "message");
    if (asl_is_string(message))
        asl__cli_complain(a->program, "%.*s", (int)asl_text_len(message),
                          asl_text(&message));
    else
        asl__cli_complain(a->program, "the program has answered with status %d", status);
    asl_region_free(region);
}

static int send_request(const struct answer *a, const asl__control_functions *control)
{
    struct asl__buf request = ASL__BUF_INIT, reply = ASL__BUF_INIT;
    int status = 0;

    bool good = make_request(a, &request);
    if (good && !request.failed) {
        status = control->call(a->control, a->operation, &request, &reply);
        if (status == 0)
            asl__cli_complain(a->program, "%s", asl__buf_cstring(&reply));
        else if (status != 200)
            complain_of(a, status, &reply);
    } else if (good) {
        asl__cli_complain(a->program, "out of memory");
    }
    asl__buf_free(&request);
    asl__buf_free(&reply);
    if (status == 200)
        return STATUS_SUCCEEDED;
    return status == 0 ? STATUS_USAGE : STATUS_FAILED;
}

static const char *variable(char *const *env, const char *name)
{
    size_t len = strlen(name);

    for (; *env != NULL; env++)
        if (strncmp(*env, name, len) == 0 && (*env)[len] == '=')
            return *env + len + 1;
    return NULL;
}

int asl__cli_answer(const char *program, int argc, char **argv, const asl_program_def *def,
                    char *const *env)
{
    struct answer a = { .program = program, .control = variable(env, "ASL_CONTROL") };
    const asl__control_functions *control = asl__cli_control(def);

    if (!read_arguments(&a, argc, argv))
        return STATUS_USAGE;
    if (control != NULL)
        return send_request(&a, control);
    asl__cli_complain(program, "%s needs --with control at build time", argv[1]);
    return STATUS_USAGE;
}
