/* `PROGRAM bench`: the user's own workflow, run many times in this process.
 *
 *   1  one cold run, measured by itself
 *   2  one run with the history counted: how many states are entered (the transitions)
 *   3  the warm-up runs
 *   4  the runs that are measured, each in three phases: read (the input's text becomes
 *      an execution), run, and print (the output becomes text)
 *
 * Figures per transition are those of the run phase, divided by the transitions of step
 * 2.  Nothing is written: the output is thrown away, and so is the history, if it is on.
 */
#include "value/small.h"

#include "value/base.h"

#include "program/cli.h"

#include <errno.h>
#include <math.h>
#include <sys/resource.h>
#include <time.h>

#define LEAST_TIME 2.0 /* seconds of runs when --runs is not given */
#define MOST_RUNS 1000000

enum phase { READ, RUN, PRINT, WHOLE, PHASES };

struct sample {
    double seconds[PHASES];
};

/* A history that goes nowhere. */
struct sink {
    asl__history history; /* first: for asl__options */
    pthread_mutex_t lock; /* guards the rest; a leaf */
    uint64_t events, bytes, entered;
};

struct bench {
    const struct asl__cli_options *options;
    const char *program;
    const asl_program_def *def;
    const asl_machine *machine;
    struct asl__cli_tasks wanted;
    struct asl__cli_bound tasks;
    asl__sched *sched;
    struct sink sink;
    char *input, *context;
    size_t input_len, context_len;
    struct asl__buf output; /* of the last run */
    struct sample cold, *samples;
    size_t count, capacity; /* of samples */
    double elapsed;         /* seconds that the measured runs took */
    uint64_t transitions;   /* of one run */
    uint64_t events;        /* of the last run */
    uint64_t unsuccessful;  /* runs that did not succeed */
    char error[200];        /* of the first of them */
};

static double seconds_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- what the executions are given ---------------------------------------------- */

static void drop_lines(asl__history *base, const char *data, size_t len, size_t count)
{
    struct sink *sink = (struct sink *)(void *)base;

    (void)data;
    pthread_mutex_lock(&sink->lock);
    sink->events += count;
    sink->bytes += len;
    pthread_mutex_unlock(&sink->lock);
}

static void count_entered(asl__history *base, const asl_scope *scope, uint32_t from,
                          uint32_t to)
{
    struct sink *sink = (struct sink *)(void *)base;

    (void)scope;
    (void)from;
    pthread_mutex_lock(&sink->lock);
    sink->entered += to != ASL_OUT;
    pthread_mutex_unlock(&sink->lock);
}

static asl__sched *new_sched(struct bench *b, asl__history *history)
{
    asl__options options = asl__cli_sched_options(b->options);

    options.tasks = b->tasks.tasks;
    options.history = history;
    asl__sched *sched = asl__sched_new(&options);
    if (sched == NULL)
        asl__cli_complain(b->program, "out of memory");
    else if (b->tasks.set != NULL)
        b->tasks.layer->attach(b->tasks.set, sched);
    return sched;
}

/* ---- opening -------------------------------------------------------------------- */

/* FILE's text; NULL with a complaint. */
static char *read_text(struct bench *b, const char *file, size_t *len)
{
    char *text = asl__cli_read_file(file, len);

    if (text == NULL) {
        const char *why = strerrordesc_np(errno);
        asl__cli_complain(b->program, "%s: %s", file, why != NULL ? why : "?");
    }
    return text;
}

static bool open_tasks(struct bench *b, char *const *env)
{
    b->wanted = (struct asl__cli_tasks){ .program = b->program,
                                         .def = b->def,
                                         .machine = b->machine,
                                         .options = b->options,
                                         .env = env,
                                         .mock = b->options->mock };

    return asl__cli_open_tasks(&b->tasks, &b->wanted);
}

static bool open_input(struct bench *b)
{
    const struct asl__cli_options *o = b->options;
    const char *given = o->input_json != NULL ? o->input_json : "{}";

    if (o->context != NULL &&
        (b->context = read_text(b, o->context, &b->context_len)) == NULL)
        return false;
    if (o->input != NULL)
        return (b->input = read_text(b, o->input, &b->input_len)) != NULL;
    b->input_len = strlen(given);
    b->input = calloc(1, b->input_len + ASL_PARSE_PADDING);
    if (b->input != NULL)
        memcpy(b->input, given, b->input_len);
    else
        asl__cli_complain(b->program, "out of memory");
    return b->input != NULL;
}

/* ---- running -------------------------------------------------------------------- */

static void note_failure(struct bench *b, asl_execution *e)
{
    struct asl__buf text = ASL__BUF_INIT;

    if (b->unsuccessful++ > 0)
        return;
    if (asl__execution_status(e) == ASL__FAILED)
        asl__print(&text, asl__execution_error(e)->error);
    else
        asl__buf_append_cstring(&text, "timed out or aborted");
    snprintf(b->error, sizeof b->error, "%s", asl__buf_cstring(&text));
    asl__buf_free(&text);
}

/* One execution; false with a complaint if the input is no JSON. */
static bool run_once(struct bench *b, asl__sched *sched, struct sample *sample)
{
    asl__start start = { .machine = b->machine,
                         .name = b->options->name,
                         .input = b->input,
                         .input_len = b->input_len,
                         .context = b->context,
                         .context_len = b->context_len };
    asl_syntax_error error;
    double begun = seconds_now();
    asl_execution *e = asl__execution_new(sched, &start, &error);

    if (e == NULL) {
        if (error.line > 0)
            asl__cli_complain(b->program, "input:%zu:%zu: %s", error.line, error.column,
                              error.message);
        else
            asl__cli_complain(b->program, "%s", error.message);
        return false;
    }
    double read = seconds_now();
    asl__execution_run(e);
    asl__sched_drain(asl__execution_sched(e)); /* what it has started */
    double ran = seconds_now();
    b->output.len = 0;
    if (asl__execution_status(e) == ASL__SUCCEEDED)
        asl__print(&b->output, asl__execution_output(e));
    double printed = seconds_now();
    if (asl__execution_status(e) != ASL__SUCCEEDED)
        note_failure(b, e);
    b->events = asl__execution_events(e);
    asl__execution_free(e);
    *sample = (struct sample){ { read - begun, ran - read, printed - ran,
                                 seconds_now() - begun } };
    return true;
}

/* Step 2. */
static bool count_transitions(struct bench *b)
{
    struct sample ignored;
    struct sink sink = { .history = { .write = drop_lines, .step = count_entered } };
    asl__sched *sched = new_sched(b, &sink.history);

    if (sched == NULL)
        return false;
    pthread_mutex_init(&sink.lock, NULL);
    bool good = run_once(b, sched, &ignored);
    asl__sched_free(sched);
    pthread_mutex_destroy(&sink.lock);
    b->transitions = sink.entered;
    return good;
}

static bool add_sample(struct bench *b, const struct sample *sample)
{
    if (b->count == b->capacity) {
        size_t capacity = b->capacity > 0 ? 2 * b->capacity : 1024;
        struct sample *more = realloc(b->samples, capacity * sizeof *more);
        if (more == NULL) {
            asl__cli_complain(b->program, "out of memory");
            return false;
        }
        b->samples = more;
        b->capacity = capacity;
    }
    b->samples[b->count++] = *sample;
    return true;
}

static bool run_all(struct bench *b)
{
    const struct asl__cli_options *o = b->options;
    struct sample sample;

    if (!run_once(b, b->sched, &b->cold) || !count_transitions(b))
        return false;
    for (uint64_t i = 0; i < o->warmup; i++)
        if (!run_once(b, b->sched, &sample))
            return false;
    b->unsuccessful = 0;
    b->sink.events = b->sink.bytes = 0;
    double begun = seconds_now();
    do {
        if (!run_once(b, b->sched, &sample) || !add_sample(b, &sample))
            return false;
        b->elapsed = seconds_now() - begun;
    } while (o->runs != UINT64_MAX ? b->count < o->runs
                                   : b->elapsed < LEAST_TIME && b->count < MOST_RUNS);
    return true;
}

/* ---- figures -------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

struct spread {
    double median, p99, least;
};

/* Of one phase, by nearest rank.  Zeros without memory. */
static struct spread spread_of(const struct bench *b, enum phase phase)
{
    double *values = calloc(b->count, sizeof *values);
    struct spread s = { 0, 0, 0 };

    if (values == NULL)
        return s;
    for (size_t i = 0; i < b->count; i++)
        values[i] = b->samples[i].seconds[phase];
    qsort(values, b->count, sizeof *values, compare);
    s.median = values[(b->count - 1) / 2];
    s.p99 = values[(size_t)ceil(0.99 * (double)b->count) - 1];
    s.least = values[0];
    free(values);
    return s;
}

static double peak_bytes(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss * 1024;
}

static void put_time(struct asl__buf *out, double seconds)
{
    if (seconds < 1e-6)
        asl__buf_printf(out, " %9.4g ns", seconds * 1e9);
    else if (seconds < 1e-3)
        asl__buf_printf(out, " %9.4g us", seconds * 1e6);
    else if (seconds < 1)
        asl__buf_printf(out, " %9.4g ms", seconds * 1e3);
    else
        asl__buf_printf(out, " %9.4g s ", seconds);
}

static void put_row(struct asl__buf *out, const char *name, struct spread s)
{
    asl__buf_printf(out, "%-18s", name);
    put_time(out, s.median);
    put_time(out, s.p99);
    put_time(out, s.least);
    asl__buf_append_char(out, '\n');
}

static struct spread per_transition(const struct bench *b, struct spread run)
{
    double n = b->transitions > 0 ? (double)b->transitions : 1;

    return (struct spread){ run.median / n, run.p99 / n, run.least / n };
}

static const char *const names[PHASES] = {
    [READ] = "read", [RUN] = "run", [PRINT] = "print", [WHOLE] = "execution"
};

static void put_text(const struct bench *b, struct asl__buf *out)
{
    asl__buf_printf(out,
                    "%s: %zu runs after %llu to warm up, history %s, tasks %s\n"
                    "%-18s %12s %12s %12s\n",
                    b->machine->name, b->count, (unsigned long long)b->options->warmup,
                    b->options->bench_history ? "on" : "off",
                    b->options->no_tasks ? "off" : "on", "", "median   ", "p99   ",
                    "least   ");
    put_row(out, names[WHOLE], spread_of(b, WHOLE));
    for (enum phase p = READ; p <= PRINT; p++) {
        asl__buf_append_cstring(out, "  ");
        asl__buf_printf(out, "%-16s", names[p]);
        struct asl__buf row = ASL__BUF_INIT;
        put_row(&row, "", spread_of(b, p));
        if (row.len > 18)
            asl__buf_append(out, row.data + 18, row.len - 18);
        asl__buf_free(&row);
    }
    put_row(out, "transition", per_transition(b, spread_of(b, RUN)));
    asl__buf_printf(out, "%-18s", "cold first run");
    put_time(out, b->cold.seconds[WHOLE]);
    asl__buf_printf(out, "\n%-18s %9.4g /s\n", "runs",
                    b->elapsed > 0 ? (double)b->count / b->elapsed : 0);
    asl__buf_printf(out, "%-18s %9llu\n%-18s %9llu\n", "transitions",
                    (unsigned long long)b->transitions, "events",
                    (unsigned long long)b->events);
    asl__buf_printf(out, "%-18s %9.4g MB\n", "memory peak", peak_bytes() / 1048576);
    asl__buf_printf(out, "%-18s %9zu bytes\n%-18s %9zu bytes\n", "input", b->input_len,
                    "output", b->output.len);
    if (b->unsuccessful > 0)
        asl__buf_printf(out, "%-18s %9llu, first %s\n", "not succeeded",
                        (unsigned long long)b->unsuccessful, b->error);
}

static void put_json_spread(struct asl__buf *out, const char *name, struct spread s)
{
    asl__buf_printf(out, "\"%s\":{\"median\":%.6g,\"p99\":%.6g,\"least\":%.6g},", name,
                    s.median * 1e9, s.p99 * 1e9, s.least * 1e9);
}

/* Times are in nanoseconds, sizes in bytes. */
static void put_json(const struct bench *b, struct asl__buf *out)
{
    asl__buf_append_cstring(out, "{\"machine\":");
    asl__print_string(out, b->machine->name, strlen(b->machine->name));
    asl__buf_printf(out, ",\"runs\":%zu,\"warmup\":%llu,\"history\":%s,\"tasks\":%s,",
                    b->count, (unsigned long long)b->options->warmup,
                    b->options->bench_history ? "true" : "false",
                    b->options->no_tasks ? "false" : "true");
    for (enum phase p = READ; p < PHASES; p++)
        put_json_spread(out, names[p], spread_of(b, p));
    put_json_spread(out, "transition", per_transition(b, spread_of(b, RUN)));
    asl__buf_printf(out,
                    "\"cold\":%.6g,\"coldRun\":%.6g,\"runsPerSecond\":%.6g,"
                    "\"transitions\":%llu,\"events\":%llu,\"memoryPeak\":%.0f,"
                    "\"inputBytes\":%zu,\"outputBytes\":%zu,\"notSucceeded\":%llu",
                    b->cold.seconds[WHOLE] * 1e9, b->cold.seconds[RUN] * 1e9,
                    b->elapsed > 0 ? (double)b->count / b->elapsed : 0,
                    (unsigned long long)b->transitions, (unsigned long long)b->events,
                    peak_bytes(), b->input_len, b->output.len,
                    (unsigned long long)b->unsuccessful);
    if (b->options->bench_history)
        asl__buf_printf(out, ",\"historyEvents\":%llu,\"historyBytes\":%llu",
                        (unsigned long long)b->sink.events,
                        (unsigned long long)b->sink.bytes);
    asl__buf_append_cstring(out, "}\n");
}

static int report(const struct bench *b)
{
    struct asl__buf out = ASL__BUF_INIT;
    int status = b->unsuccessful > 0 ? STATUS_FAILED : STATUS_SUCCEEDED;

    if (b->options->json)
        put_json(b, &out);
    else
        put_text(b, &out);
    if (out.failed || !asl__cli_write_all(1, out.data, out.len)) {
        asl__cli_complain(b->program, "cannot write the figures");
        status = STATUS_IO;
    }
    asl__buf_free(&out);
    return status;
}

/* Cold, so that it is compiled for size: every program holds it. */
ASL__COLD int asl__cli_bench(const struct asl__cli_options *options,
                             const char *program, const asl_program_def *def,
                             char *const *env)
{
    struct bench b = { .options = options,
                       .program = program,
                       .def = def,
                       .sink = { .history = { .write = drop_lines } } };
    int status = STATUS_USAGE;

    pthread_mutex_init(&b.sink.lock, NULL);
    b.machine = asl__cli_machine(program, def, options->machine);
    if (b.machine != NULL && open_tasks(&b, env) && open_input(&b) &&
        (b.sched = new_sched(&b, options->bench_history ? &b.sink.history : NULL)) !=
            NULL &&
        run_all(&b))
        status = report(&b);
    asl__cli_close_tasks(&b.tasks);
    asl__sched_free(b.sched);
    pthread_mutex_destroy(&b.sink.lock);
    asl__buf_free(&b.output);
    free(b.samples);
    free(b.context);
    free(b.input);
    return status;
}
