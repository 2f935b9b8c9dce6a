/* `PROGRAM run`: one execution, or one for each line. */
#include "value/small.h"

#include "value/base.h"

#include "program/cli.h"

#include <errno.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <unistd.h>

/* What a run has open. */
struct run {
    const struct asl__cli_options *options;
    const char *program;
    const asl_program_def *def;
    const asl_machine *machine;
    struct asl__cli_tasks wanted;
    struct asl__cli_bound tasks;
    char **control_env; /* NULL: no --control */
    asl__sched *sched;
    asl__cli_watcher *watcher;
    struct asl__cli_history history;
    bool has_history;
    struct asl__cli_output output;
    bool has_output;
    char *context;
    size_t context_len;
    const char *input_name; /* for messages */
};

static const char *why(int error)
{
    const char *text = strerrordesc_np(error);

    return text != NULL ? text : "unknown error";
}

const asl_machine *asl__cli_machine(const char *program, const asl_program_def *def,
                                    const char *name)
{
    struct asl__buf names = ASL__BUF_INIT;
    const asl_machine *const *m = def->machines;

    if (name == NULL)
        return *m;
    for (; *m != NULL; m++) {
        if (strcmp((*m)->name, name) == 0) {
            asl__buf_free(&names);
            return *m;
        }
        asl__buf_printf(&names, " %s", (*m)->name);
    }
    asl__cli_complain(program, "no workflow is named \"%s\"; there is%s", name,
                      asl__buf_cstring(&names));
    asl__buf_free(&names);
    return NULL;
}

/* ---- opening ------------------------------------------------------------------- */

bool asl__cli_read_context(const struct asl__cli_options *options, const char *program,
                           char **text, size_t *len)
{
    const char *file = options->context;

    if (file == NULL)
        return true;
    *text = asl__cli_read_into(NULL, 0, file, (size_t)options->max_memory, len);
    if (*text == NULL) {
        asl__cli_complain(program, "%s: %s", file, why(errno));
        return false;
    }
    struct asl__pool pool;
    struct asl__chunks chunks;
    asl_region region;
    asl_syntax_error error;
    asl_value v;
    asl__pool_init(&pool, (size_t)options->max_memory);
    asl__chunks_init(&chunks, &pool);
    asl__region_init(&region, &chunks);
    bool good = asl_parse(&region, *text, *len, &v, &error);
    if (!good)
        asl__cli_complain(program, "%s:%zu:%zu: %s", file, error.line, error.column,
                          error.message);
    else if (!asl_is_object(v))
        asl__cli_complain(program, "%s: the context is no object", file);
    good = good && asl_is_object(v);
    asl__region_release(&region);
    asl__chunks_free(&chunks);
    asl__pool_free(&pool);
    return good;
}

/* What is freed goes back to the system at once, where there is a limit: free memory
 * between what is in use would be resident, too, and is counted by nobody. */
static void keep_no_free_memory(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 1 << 18);
#endif
}

static bool open_sched(struct run *run)
{
    asl__options options = asl__cli_sched_options(run->options);

    options.tasks = run->tasks.tasks;
    if (options.max_memory > 0)
        keep_no_free_memory();
    if (run->has_history)
        options.history = &run->history.history;
    run->sched = asl__sched_new(&options);
    if (run->sched == NULL)
        asl__cli_complain(run->program, "out of memory");
    else if (run->tasks.set != NULL)
        run->tasks.layer->attach(run->tasks.set, run->sched);
    return run->sched != NULL;
}

/* Whether the workflow can take long: it waits for something, or loops (which takes a
 * Choice to end). */
static bool may_last(const asl_scope *scope)
{
    for (uint32_t i = 0; i < scope->nstates; i++)
        switch ((enum asl_state_type)scope->states[i].type) {
        case ASL_TYPE_TASK:
        case ASL_TYPE_CALLBACK:
        case ASL_TYPE_WAIT:
        case ASL_TYPE_CHOICE:
        case ASL_TYPE_PARALLEL:
        case ASL_TYPE_MAP: return true;
        case ASL_TYPE_PASS:
        case ASL_TYPE_SUCCEED:
        case ASL_TYPE_FAIL: break;
        }
    return false;
}

static bool open_tasks(struct run *run, char *const *env)
{
    const struct asl__cli_options *o = run->options;

    if (o->control != NULL && asl__cli_control(run->def) == NULL) {
        asl__cli_complain(run->program, "--control needs --with control at build time");
        return false;
    }
    if (o->control != NULL) {
        run->control_env = asl__cli_control(run->def)->env(env, o->control);
        if (run->control_env == NULL) {
            asl__cli_complain(run->program, "out of memory");
            return false;
        }
    }
    run->wanted = (struct asl__cli_tasks){ .program = run->program,
                                           .def = run->def,
                                           .machine = run->machine,
                                           .options = o,
                                           .env = run->control_env != NULL ? run->control_env
                                                                           : env,
                                           .mock = o->mock };
    return asl__cli_open_tasks(&run->tasks, &run->wanted);
}

/* Opens everything but the input; an exit status, 0 if all is well. */
static int open_run(struct run *run, char *const *env)
{
    const struct asl__cli_options *o = run->options;

    run->machine = asl__cli_machine(run->program, run->def, o->machine);
    if (run->machine == NULL || !open_tasks(run, env) ||
        !asl__cli_read_context(o, run->program, &run->context, &run->context_len))
        return STATUS_USAGE;
    if (o->history != NULL) {
        run->has_history = asl__cli_history_open(&run->history, o->history);
        if (!run->has_history) {
            asl__cli_complain(run->program, "%s: %s", o->history, why(errno));
            return STATUS_IO;
        }
    }
    if (!open_sched(run) ||
        (o->control != NULL &&
         !asl__cli_control(run->def)->open(&run->wanted, &run->tasks, run->control_env)))
        return STATUS_USAGE;
    run->has_output = true;
    if (!asl__cli_output_open(&run->output, o->output)) {
        asl__cli_complain(run->program, "%s: %s", o->output, why(errno));
        return STATUS_IO;
    }
    if (may_last(run->machine->scope))
        run->watcher = asl__cli_watcher_new(run->has_history ? &run->history : NULL);
    return 0;
}

/* Closes everything, in reverse order; STATUS or what closing makes of it. */
static int close_run(struct run *run, int status)
{
    const struct asl__cli_options *o = run->options;

    asl__cli_watcher_free(run->watcher);
    asl__cli_close_tasks(&run->tasks);
    asl__sched_free(run->sched);
    if (run->has_history) {
        int error = asl__cli_history_close(&run->history);
        if (error != 0) {
            asl__cli_complain(run->program, "cannot write the history: %s", why(error));
            status = STATUS_IO;
        }
    }
    bool keep = status == STATUS_SUCCEEDED || (o->each && status != STATUS_IO);
    if (run->has_output && !asl__cli_output_close(&run->output, keep)) {
        asl__cli_complain(run->program, "cannot write the output: %s", why(errno));
        status = STATUS_IO;
    }
    free(run->context);
    if (run->control_env != NULL)
        free(run->control_env[0]);
    free(run->control_env);
    return status;
}

/* ---- results ------------------------------------------------------------------- */

/* The members of an error's object that are there. */
static void print_error(struct asl__buf *buf, const asl_error_info *error)
{
    bool has_error = asl_is_string(error->error);

    asl__buf_append_char(buf, '{');
    if (has_error) {
        asl__buf_append_cstring(buf, "\"Error\":");
        asl__print(buf, error->error);
    }
    if (asl_is_string(error->cause)) {
        asl__buf_append_cstring(buf, has_error ? ",\"Cause\":" : "\"Cause\":");
        asl__print(buf, error->cause);
    }
    asl__buf_append_char(buf, '}');
}

/* A line on its way to a file: written from time to time, if it is long. */
struct line {
    struct asl__buf buf; /* first: drain is given it */
    int fd;
    int error; /* errno of a failed write, or 0 */
};

static bool drain_line(struct asl__buf *buf, const char *data, size_t len)
{
    struct line *line = (struct line *)(void *)buf;

    if (asl__cli_write_all(line->fd, data, len))
        return true;
    line->error = errno;
    return false;
}

/* Ends LINE, what came of STATUS, and writes what is left of it; a complaint and false if
 * it cannot.  An error for which there is no memory is told as that. */
static bool put_line(struct run *run, struct line *line, bool is_output, int status)
{
    static const char timed_out[] = "{\"Error\":\"States.Timeout\"}\n";
    static const char no_memory[] =
        "{\"Error\":\"States.Runtime\",\"Cause\":\"out of memory\"}\n";
    const char *instead = status == STATUS_TIMED_OUT ? timed_out : no_memory;

    asl__buf_append_char(&line->buf, '\n');
    bool good = line->buf.failed
                    ? line->error == 0 && status != STATUS_SUCCEEDED &&
                          drain_line(&line->buf, instead, strlen(instead))
                    : drain_line(&line->buf, line->buf.data, line->buf.len);
    asl__buf_free(&line->buf);
    if (!good)
        asl__cli_complain(run->program, "cannot write the %s: %s",
                          is_output ? "output" : "error",
                          why(line->error ? line->error : ENOMEM));
    return good;
}

/* Prints the result of E; the exit status. */
static int report(struct run *run, asl_execution *e)
{
    static const int statuses[] = { [ASL__RUNNING] = STATUS_ABORTED,
                                    [ASL__SUCCEEDED] = STATUS_SUCCEEDED,
                                    [ASL__FAILED] = STATUS_FAILED,
                                    [ASL__TIMED_OUT] = STATUS_TIMED_OUT,
                                    [ASL__ABORTED] = STATUS_ABORTED };
    char few[512];
    int status = statuses[asl__execution_status(e)];
    bool to_output = status == STATUS_SUCCEEDED || run->options->each;
    struct line line = { .buf = ASL__BUF_ON(few),
                         .fd = to_output ? run->output.fd : STDERR_FILENO };

    line.buf.drain = drain_line;
    if (run->has_history)
        asl__cli_history_flush(&run->history);
    if (status == STATUS_TIMED_OUT)
        asl__buf_append_cstring(&line.buf, "{\"Error\":\"States.Timeout\"}");
    else if (status != STATUS_SUCCEEDED)
        print_error(&line.buf, asl__execution_error(e));
    else if (run->options->pretty)
        asl__print_pretty(&line.buf, asl__execution_output(e));
    else
        asl__print(&line.buf, asl__execution_output(e));
    bool written = put_line(run, &line, to_output, status);
    return to_output && !written ? STATUS_IO : status;
}

/* Runs one execution on LEN bytes of INPUT, LINE of the input file (0: all of it). */
static int run_one(struct run *run, const char *input, size_t len, size_t line)
{
    asl__start start = { .machine = run->machine,
                         .name = run->options->name,
                         .input = input,
                         .input_len = len,
                         .context = run->context,
                         .context_len = run->context_len };
    asl_syntax_error error;
    asl_execution *e = asl__execution_new(run->sched, &start, &error);

    if (e == NULL && error.line == 0) {
        asl__cli_complain(run->program, "%s", error.message);
        return STATUS_USAGE;
    }
    if (e == NULL) {
        asl__cli_complain(run->program, "%s:%zu:%zu: %s", run->input_name,
                          line > 0 ? line : error.line, error.column, error.message);
        return STATUS_USAGE;
    }
    asl__cli_watcher_set(run->watcher, e);
    asl__execution_run(e);
    if (run->has_history) /* the output comes after all events */
        asl__sched_drain(run->sched);
    int status = report(run, e);
    asl__sched_drain(run->sched); /* what the workflow has started */
    asl__cli_watcher_set(run->watcher, NULL);
    asl__execution_free(e);
    return status;
}

/* ---- input --------------------------------------------------------------------- */

static int input_error(struct run *run)
{
    asl__cli_complain(run->program, "%s: %s", run->input_name, why(errno));
    return STATUS_USAGE;
}

static int run_each(struct run *run)
{
    const char *file = run->options->input, *json = run->options->input_json, *text;
    struct asl__cli_lines lines;
    size_t len;
    int status = STATUS_SUCCEEDED, more = 0;

    if (!asl__cli_lines_open(&lines, file, json != NULL ? json : "{}"))
        return input_error(run);
    lines.most = (size_t)run->options->max_memory;
    while (status != STATUS_USAGE && status != STATUS_IO &&
           !asl__cli_watcher_stopped(run->watcher) &&
           (more = asl__cli_lines_next(&lines, &text, &len)) > 0) {
        int one = run_one(run, text, len, lines.number);
        if (one > status || one == STATUS_USAGE)
            status = one;
    }
    if (more < 0)
        status = input_error(run);
    else if (status < STATUS_ABORTED && asl__cli_watcher_stopped(run->watcher))
        status = STATUS_ABORTED;
    asl__cli_lines_close(&lines);
    return status;
}

static int run_text(struct run *run)
{
    const char *json = run->options->input_json;
    size_t len = strlen(json);
    char *padded = calloc(1, len + ASL_PARSE_PADDING);

    if (padded == NULL)
        return input_error(run);
    memcpy(padded, json, len);
    int status = run_one(run, padded, len, 0);
    free(padded);
    return status;
}

static int run_input(struct run *run)
{
    static const char empty[2 + ASL_PARSE_PADDING] = "{}";
    char few[1024 + ASL_PARSE_PADDING];
    size_t len;

    if (run->options->each)
        return run_each(run);
    if (run->options->input_json != NULL)
        return run_text(run);
    if (run->options->input == NULL)
        return run_one(run, empty, 2, 0);
    char *text = asl__cli_read_into(few, sizeof few - ASL_PARSE_PADDING,
                                    run->options->input,
                                    (size_t)run->options->max_memory, &len);
    if (text == NULL)
        return input_error(run);
    int status = run_one(run, text, len, 0);
    if (text != few)
        free(text);
    return status;
}

static const char *input_name(const struct asl__cli_options *o)
{
    if (o->input == NULL)
        return "--input-json";
    return strcmp(o->input, "-") == 0 ? "<stdin>" : o->input;
}

int asl__cli_run(const struct asl__cli_options *options, const char *program,
                 const asl_program_def *def, char *const *env)
{
    struct run run = { .options = options,
                       .program = program,
                       .def = def,
                       .input_name = input_name(options) };
    int status = open_run(&run, env);

    if (status == 0)
        status = run_input(&run);
    return close_run(&run, status);
}
