/* `PROGRAM test FILE`: runs the cases of a file and reports them in TAP.
 *
 * Each case has a scheduler and bindings of its own, so that clocks, random numbers and
 * mocks begin anew.  All cases are bound once before the first of them runs: what is wrong
 * with one is told then. */
#include "value/small.h"

#include "value/base.h"

#include "program/test.h"

#include <errno.h>
#include <unistd.h>

#define FEWEST_VISITED 1000 /* that are kept */

/* A history that is looked at, and maybe written. */
struct watched {
    asl__history history; /* first: for asl__options */
    struct asl__cli_history file;
    bool has_file;
    /* Guarded by the execution's lock of its history. */
    struct asl__coverage coverage;
    struct asl__visited visited;
};

struct test {
    struct asl__test_file file;
    const struct asl__cli_options *options;
    const char *program;
    char *const *env;
    asl__cli_watcher *watcher;
    struct watched watched;
    char *text, *context;
    size_t len, context_len;
    struct asl__buf error; /* of the file */
};

/* ---- the history ------------------------------------------------------------------ */

static void write_lines(asl__history *base, const char *data, size_t len, size_t count)
{
    struct watched *watched = (struct watched *)(void *)base;

    if (watched->has_file)
        watched->file.history.write(&watched->file.history, data, len, count);
}

static void flush_lines(asl__history *base)
{
    struct watched *watched = (struct watched *)(void *)base;

    if (watched->has_file)
        watched->file.history.flush(&watched->file.history);
}

static void step(asl__history *base, const asl_scope *scope, uint32_t from, uint32_t to)
{
    struct watched *watched = (struct watched *)(void *)base;

    asl__coverage_step(&watched->coverage, scope, from, to);
    if (to == ASL_OUT)
        return;
    watched->visited.all++;
    if (watched->visited.count < watched->visited.room)
        watched->visited.names[watched->visited.count++] = scope->states[to].name;
}

/* Room for the states that C may visit before it is plain that it fails. */
static bool begin_visits(struct asl__visited *visited, const struct asl__test_case *c)
{
    size_t room = asl_count(asl_get(c->expect, "visited")) + FEWEST_VISITED;

    visited->count = 0;
    visited->all = 0;
    if (room <= visited->room)
        return true;
    asl_value *names = realloc(visited->names, room * sizeof *names);
    if (names == NULL)
        return false;
    visited->names = names;
    visited->room = room;
    return true;
}

/* ---- bindings --------------------------------------------------------------------- */

/* The bindings TASKS as a --tasks file; *TEXT is to be freed.  False without memory. */
static bool open_bindings(const struct test *t, asl_value tasks, char **text,
                          struct asl__cli_bindings *bindings)
{
    struct asl__buf buf = ASL__BUF_INIT;

    if (asl_is_undefined(tasks))
        return true;
    if (asl_is_string(tasks)) {
        bindings->file = asl__test_file_path(&t->file, tasks);
        return bindings->file != NULL;
    }
    asl__buf_append_cstring(&buf, "{\"tasks\":");
    asl__print(&buf, tasks);
    asl__buf_append_char(&buf, '}');
    *text = buf.data;
    *bindings = (struct asl__cli_bindings){ t->file.name, buf.data, buf.len };
    return !buf.failed;
}

/* The message says why the case C could not be bound. */
static void explain_binding(const struct test *t, const struct asl__test_case *c,
                            struct asl__buf *error)
{
    const char *why = error->len > 0 ? asl__buf_cstring(error) : "out of memory";
    size_t len = strlen(t->file.name);
    bool here = strncmp(why, t->file.name, len) == 0 && why[len] == ':';

    asl__test_file_complain(&t->file, c, "%s%s", here ? "tasks" : "",
                            here ? why + len : why);
}

/* Binds C's tasks; false with a message. */
static bool bind_case(const struct test *t, const struct asl__test_case *c,
                      struct asl__cli_bound *bound)
{
    struct asl__cli_tasks wanted = { .program = t->program,
                                     .def = t->file.def,
                                     .machine = c->machine,
                                     .options = t->options,
                                     .env = t->env,
                                     .states = c->mock };
    struct asl__buf error = ASL__BUF_INIT;
    char *texts[2] = { NULL, NULL };
    bool good = true;

    for (size_t i = 0; i < 2; i++)
        good = good && open_bindings(t, c->tasks[i], &texts[i], &wanted.more[i]);
    if (asl_is_string(c->mock))
        good = good && (wanted.mock = asl__test_file_path(&t->file, c->mock)) != NULL;
    good = good && asl__cli_bind_tasks(bound, &wanted, &error);
    if (!good)
        explain_binding(t, c, &error);
    asl__buf_free(&error);
    free(texts[0]);
    free(texts[1]);
    return good;
}

static bool bind_all(const struct test *t)
{
    bool good = true;

    for (size_t i = 0; i < t->file.count && good; i++) {
        struct asl__cli_bound bound = { NULL, NULL, NULL };
        good = bind_case(t, &t->file.cases[i], &bound);
        asl__cli_close_tasks(&bound);
    }
    return good;
}

static void complain_of_file(const struct test *t)
{
    asl__cli_complain(t->program, "%s",
                      t->error.failed ? "out of memory"
                                      : asl__buf_cstring(t->file.error));
}

/* ---- output ----------------------------------------------------------------------- */

static bool put(const char *program, const char *text, size_t len)
{
    if (asl__cli_write_all(STDOUT_FILENO, text, len))
        return true;
    asl__cli_complain(program, "cannot write to stdout");
    return false;
}

/* Writes BUF and empties it; an exit status, 0 if all is well. */
static int put_buf(const struct test *t, struct asl__buf *buf)
{
    static const char no_memory[] = "Bail out! out of memory\n";
    int status = STATUS_USAGE;

    if (buf->failed)
        put(t->program, no_memory, sizeof no_memory - 1);
    else
        status = put(t->program, buf->data, buf->len) ? 0 : STATUS_IO;
    asl__buf_free(buf);
    return status;
}

/* There is no going on; STATUS. */
static int bail_out(const struct test *t, const char *why, int status)
{
    struct asl__buf buf = ASL__BUF_INIT;

    asl__buf_printf(&buf, "Bail out! %s\n", why);
    int written = put_buf(t, &buf);
    return written == STATUS_IO ? written : status;
}

/* On the watcher's thread: whoever runs cannot be stopped. */
static void give_up(void *user)
{
    _exit(bail_out(user, "a case does not end", STATUS_ABORTED));
}

/* ---- running ---------------------------------------------------------------------- */

/* One case under way. */
struct trial {
    const struct asl__test_case *c;
    struct asl__cli_bound tasks;
    asl__sched *sched;
    struct asl__buf input;
    asl_execution *execution;
};

static bool open_sched(struct test *t, struct trial *trial)
{
    asl__options options = asl__cli_sched_options(t->options);

    options.tasks = trial->tasks.tasks;
    options.history = &t->watched.history;
    trial->sched = asl__sched_new(&options);
    if (trial->sched != NULL && trial->tasks.set != NULL)
        trial->tasks.layer->attach(trial->tasks.set, trial->sched);
    return trial->sched != NULL;
}

static bool open_execution(struct test *t, struct trial *trial, asl_syntax_error *error)
{
    struct asl__buf *input = &trial->input;

    if (asl_is_undefined(trial->c->input))
        asl__buf_append_cstring(input, "{}");
    else
        asl__print(input, trial->c->input);
    size_t len = input->len;
    if (!asl__buf_reserve(input, ASL_PARSE_PADDING) || input->failed)
        return false;
    memset(input->data + len, 0, ASL_PARSE_PADDING);
    asl__start start = { .machine = trial->c->machine,
                         .name = t->options->name,
                         .input = input->data,
                         .input_len = len,
                         .context = t->context,
                         .context_len = t->context_len };
    trial->execution = asl__execution_new(trial->sched, &start, error);
    return trial->execution != NULL;
}

static void close_trial(struct trial *trial)
{
    if (trial->execution != NULL)
        asl__execution_free(trial->execution);
    asl__cli_close_tasks(&trial->tasks);
    if (trial->sched != NULL)
        asl__sched_free(trial->sched);
    asl__buf_free(&trial->input);
}

/* Runs TRIAL to its end and reports it as NUMBER; a status. */
static int run_trial(struct test *t, struct trial *trial, size_t number)
{
    asl_execution *e = trial->execution;
    struct asl__test_found found = { .visited = &t->watched.visited };
    struct asl__buf buf = ASL__BUF_INIT;

    asl__cli_watcher_set(t->watcher, e);
    asl__cli_watcher_limit(t->watcher, trial->c->timeout, give_up, t);
    asl__execution_run(e);
    asl__sched_stop(trial->sched, NULL, NULL); /* what it has started and not waited for */
    asl__sched_drain(trial->sched);
    found.late = asl__cli_watcher_late(t->watcher);
    asl__cli_watcher_set(t->watcher, NULL);
    if (asl__cli_watcher_stopped(t->watcher))
        return bail_out(t, "stopped by a signal", STATUS_ABORTED);
    found.status = asl__execution_status(e);
    if (found.status == ASL__SUCCEEDED) {
        found.output = asl__execution_output(e);
    } else {
        found.error = asl__execution_error(e)->error;
        found.cause = asl__execution_error(e)->cause;
    }
    if (found.status == ASL__TIMED_OUT)
        found.error = asl_str("States.Timeout");
    asl_region *region = asl_region_new();
    bool ok =
        region != NULL && asl__test_report(trial->c, number, &found, region, &buf);
    buf.failed = buf.failed || region == NULL;
    asl_region_free(region);
    int status = put_buf(t, &buf);
    return status != 0 ? status : ok ? STATUS_SUCCEEDED : STATUS_FAILED;
}

static int run_case(struct test *t, const struct asl__test_case *c, size_t number)
{
    struct trial trial = { .c = c, .input = ASL__BUF_INIT };
    asl_syntax_error error = { .message = "out of memory" };
    int status = STATUS_USAGE;

    if (!bind_case(t, c, &trial.tasks)) {
        complain_of_file(t);
        status = bail_out(t, "a case could not be bound again", status);
    } else if (!begin_visits(&t->watched.visited, c) || !open_sched(t, &trial) ||
               !open_execution(t, &trial, &error)) {
        status = bail_out(t, error.message, status);
    } else {
        status = run_trial(t, &trial, number);
    }
    close_trial(&trial);
    return status;
}

static int run_cases(struct test *t)
{
    const struct asl__test_file *file = &t->file;
    const asl_machine *const *m = file->def->machines;
    struct asl__buf buf = ASL__BUF_INIT;
    int status = STATUS_SUCCEEDED;

    asl__buf_printf(&buf, "TAP version 14\n1..%zu\n", file->count);
    int one = put_buf(t, &buf);
    for (size_t i = 0; i < file->count && one <= STATUS_FAILED; i++) {
        one = run_case(t, &file->cases[i], i + 1);
        if (one > status)
            status = one;
    }
    if (one > STATUS_FAILED)
        return one;
    for (; *m != NULL; m++)
        asl__coverage_print(&t->watched.coverage, *m, file->def->machines[1] != NULL,
                            &buf);
    one = put_buf(t, &buf);
    return one != 0 ? one : status;
}

/* ---- opening ---------------------------------------------------------------------- */

static const char *why(int error)
{
    const char *text = strerrordesc_np(error);

    return text != NULL ? text : "unknown error";
}

static bool read_file(struct test *t)
{
    const struct asl__cli_options *o = t->options;

    t->file.machine = asl__cli_machine(t->program, t->file.def, o->machine);
    if (t->file.machine == NULL)
        return false;
    t->file.region = asl_region_new();
    t->text = asl__cli_read_into(NULL, 0, o->test_file, (size_t)o->max_memory, &t->len);
    if (t->text == NULL || t->file.region == NULL)
        asl__cli_complain(t->program, "%s: %s", t->file.name,
                          why(t->text == NULL ? errno : ENOMEM));
    if (t->text == NULL || t->file.region == NULL)
        return false;
    if (asl__test_file_read(&t->file, t->text, t->len) && bind_all(t))
        return true;
    complain_of_file(t);
    return false;
}

static bool open_watched(struct test *t)
{
    struct watched *watched = &t->watched;

    if (asl__coverage_init(&watched->coverage, t->file.def))
        return true;
    asl__cli_complain(t->program, "out of memory");
    return false;
}

/* Opens what is there for all cases; an exit status, 0 if all is well. */
static int open_test(struct test *t)
{
    const struct asl__cli_options *o = t->options;

    if (!asl__cli_read_context(o, t->program, &t->context, &t->context_len) ||
        !open_watched(t) || !read_file(t))
        return STATUS_USAGE;
    if (o->history != NULL) {
        t->watched.has_file = asl__cli_history_open(&t->watched.file, o->history);
        if (!t->watched.has_file) {
            asl__cli_complain(t->program, "%s: %s", o->history, why(errno));
            return STATUS_IO;
        }
    }
    t->watcher = asl__cli_watcher_new(t->watched.has_file ? &t->watched.file : NULL);
    if (t->watcher == NULL) {
        asl__cli_complain(t->program, "no thread could be started");
        return STATUS_USAGE;
    }
    return 0;
}

static int close_test(struct test *t, int status)
{
    asl__cli_watcher_free(t->watcher);
    if (t->watched.has_file) {
        int error = asl__cli_history_close(&t->watched.file);
        if (error != 0) {
            asl__cli_complain(t->program, "cannot write the history: %s", why(error));
            status = STATUS_IO;
        }
    }
    asl__coverage_free(&t->watched.coverage);
    asl__buf_free(&t->error);
    free(t->watched.visited.names);
    free(t->text);
    free(t->context);
    asl_region_free(t->file.region);
    return status;
}

int asl__cli_test(const struct asl__cli_options *options, const char *program,
                  const asl_program_def *def, char *const *env)
{
    struct test t = { .file = { .name = strcmp(options->test_file, "-") == 0
                                            ? "<stdin>"
                                            : options->test_file,
                                .def = def,
                                .options = options,
                                .error = &t.error },
                      .options = options,
                      .program = program,
                      .env = env,
                      .watched = { .history = { write_lines, flush_lines, step } } };
    int status = open_test(&t);

    if (status == 0)
        status = run_cases(&t);
    return close_test(&t, status);
}
