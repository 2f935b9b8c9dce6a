/* Runs the machines that are linked in, each in every configuration, and prints what came
 * of it, for run.py:
 *
 *     driver [CONFIGURATION...]        such as w2hc: two workers, history, compaction
 *
 * The names of the machines stand in `programs`, which run.py writes; NAME.tasks and
 * NAME.input lie in the working folder.  A line of JSON for each run, followed by as many
 * bytes of history as it says. */
#include "value/base.h"

#include <aslrt/task.h>

#include "machine/sched.h"
#include "program/cli.h"
#include "task/bind.h"

#include <stdio.h>
#include <stdlib.h>

extern const asl_program_def *const programs[];

#define START_TIME INT64_C(1704067200000000)

struct history {
    asl__history history; /* first: for asl__options */
    struct asl__buf text;
};

/* One way of running. */
struct configuration {
    const char *name;
    unsigned workers;
    bool history, compact;
};

/* A machine with its files. */
struct machine {
    const asl_program_def *def;
    const char *name;
    char *tasks, *input;
    size_t tasks_len, input_len;
};

/* ---- handlers -------------------------------------------------------------------- */

/* Fails as long as $.attempt is less than $.fails, then answers $.result. */
static asl_value behave(asl_task_call *call, asl_value input)
{
    asl_value error = asl_get(input, "error"), cause = asl_get(input, "cause");
    int64_t attempt = 0, fails = 0;

    asl_to_integer(asl_get(input, "attempt"), &attempt);
    asl_to_integer(asl_get(input, "fails"), &fails);
    if (attempt < fails)
        return asl_task_error(call, asl_text(&error), asl_text(&cause));
    return asl_get(input, "result");
}

ASL_TASK(behave, behave)

/* ---- one run --------------------------------------------------------------------- */

static void stop(const char *name, const char *why)
{
    fprintf(stderr, "driver: %s: %s\n", name, why);
    exit(2);
}

static bool keep_line(asl__history *base, const char *data, size_t len)
{
    struct history *history = (struct history *)(void *)base;

    asl__buf_append(&history->text, data, len);
    return !history->text.failed;
}

static asl__taskset *open_tasks(const struct machine *m)
{
    asl__taskset_options options = { .program = m->def, .max_output = 1 << 20 };
    asl__taskset *tasks = asl__taskset_new(&options);
    struct asl__buf error = ASL__BUF_INIT;

    if (tasks == NULL || !asl__taskset_load(tasks, m->name, m->tasks, m->tasks_len, &error) ||
        !asl__taskset_resolve(tasks, &error))
        stop(m->name, asl__buf_cstring(&error));
    asl__buf_free(&error);
    return tasks;
}

/* {"Error": ..., "Cause": ...} or the output. */
static void print_outcome(struct asl__buf *b, const asl_execution *e)
{
    const asl_error_info *error = asl__execution_error(e);
    const char *comma = "";

    if (asl__execution_status(e) == ASL__SUCCEEDED) {
        asl__print(b, asl__execution_output(e));
        return;
    }
    asl__buf_append_char(b, '{');
    if (asl_is_string(error->error)) {
        asl__buf_append_cstring(b, "\"Error\":");
        asl__print(b, error->error);
        comma = ",";
    }
    if (asl_is_string(error->cause)) {
        asl__buf_printf(b, "%s\"Cause\":", comma);
        asl__print(b, error->cause);
    }
    asl__buf_append_char(b, '}');
}

static void print_run(const struct machine *m, const struct configuration *c,
                      const asl_execution *e, const struct asl__buf *history)
{
    static const char *const names[] = { "RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT",
                                         "ABORTED" };
    struct asl__buf b = ASL__BUF_INIT;

    asl__buf_printf(&b, "{\"machine\":\"%s\",\"configuration\":\"%s\",\"status\":\"%s\","
                    "\"bytes\":%zu,\"outcome\":", m->name, c->name,
                    names[asl__execution_status(e)], history->len);
    print_outcome(&b, e);
    asl__buf_append_cstring(&b, "}\n");
    asl__buf_append(&b, history->data, history->len);
    if (b.failed || fwrite(b.data, 1, b.len, stdout) != b.len)
        stop(m->name, "no room for the result");
    asl__buf_free(&b);
}

static void run(const struct machine *m, const struct configuration *c)
{
    struct history history = { { .write = keep_line }, ASL__BUF_INIT };
    asl__taskset *tasks = open_tasks(m);
    asl__options options = { .workers = c->workers,
                             .time_scale = 0,
                             .start_time = START_TIME,
                             .seed = 7,
                             .seeded = true,
                             .compact_always = c->compact,
                             .max_output = 1 << 20,
                             .tasks = asl__taskset_tasks(tasks),
                             .history = c->history ? &history.history : NULL };
    asl__sched *sched = asl__sched_new(&options);
    asl__start start = { .machine = m->def->machines[0],
                         .name = "n",
                         .input = m->input,
                         .input_len = m->input_len };
    asl_syntax_error error = { 0 };
    asl_execution *e = sched != NULL ? asl__execution_new(sched, &start, &error) : NULL;

    if (e == NULL)
        stop(m->name, error.line > 0 ? error.message : "out of memory");
    asl__execution_run(e);
    print_run(m, c, e, &history.text);
    asl__execution_free(e);
    asl__sched_free(sched);
    if (!asl__taskset_free(tasks))
        stop(m->name, "a handler is still at work");
    asl__buf_free(&history.text);
}

/* ---- all ------------------------------------------------------------------------- */

static char *read_file(const char *name, const char *suffix, size_t *len)
{
    char path[256];

    snprintf(path, sizeof path, "%s%s", name, suffix);
    char *text = asl__cli_read_file(path, len);
    if (text == NULL)
        stop(path, "cannot be read");
    return text;
}

static bool configuration_of(const char *name, struct configuration *c)
{
    *c = (struct configuration){ .name = name,
                                 .history = strchr(name, 'h') != NULL,
                                 .compact = strchr(name, 'c') != NULL };
    return sscanf(name, "w%u", &c->workers) == 1 && c->workers > 0;
}

int main(int argc, char **argv)
{
    for (size_t i = 0; programs[i] != NULL; i++) {
        struct machine m = { .def = programs[i], .name = programs[i]->machines[0]->name };

        m.tasks = read_file(m.name, ".tasks", &m.tasks_len);
        m.input = read_file(m.name, ".input", &m.input_len);
        for (int j = 1; j < argc; j++) {
            struct configuration c;
            if (!configuration_of(argv[j], &c))
                stop(argv[j], "no such configuration");
            printf("{\"machine\":\"%s\",\"configuration\":\"%s\"}\n", m.name, c.name);
            fflush(stdout);
            run(&m, &c);
        }
        free(m.tasks);
        free(m.input);
    }
    return 0;
}
