/* Reading the command line. */
#include "value/small.h"

#include "value/base.h"

#include "program/cli.h"

#include "expr/time.h"
#include "value/number.h"

#include <errno.h>
#include <math.h>

const char asl__cli_usage[] =
    "usage: %s [run] [OPTION...]      run the workflow once\n"
    "       %s bench [OPTION...]      run it many times and measure\n"
    "       %s test FILE [OPTION...]  run the cases of a file, without the world\n"
    "       %s definition             print its definition\n"
    "       %s task-success TOKEN [--output JSON|--output-file FILE|-]\n"
    "       %s task-failure TOKEN [--error E] [--cause C]\n"
    "       %s task-heartbeat TOKEN   answer a task of a program that runs with --control\n"
    "       %s --help | --version\n"
    "\n"
    "  --input FILE|-         the input, JSON (default {})\n"
    "  --input-json TEXT      the input itself\n"
    "  --each                 one execution for each line of the input\n"
    "  --output FILE          write the output there, when it is complete\n"
    "  --pretty               indent the output\n"
    "  --name NAME            the execution's name\n"
    "  --machine NAME         which workflow, if there are several\n"
    "  --context FILE         JSON laid over Execution and StateMachine of the context\n"
    "  --tasks FILE           what answers the tasks\n"
    "  --mock FILE#CASE       Step Functions Local's mock file answers\n"
    "  --insecure-tls         take any certificate of a server\n"
    "  --allow-unbound        start although some tasks are not bound\n"
    "  --history FILE|-       write the history, one event a line\n"
    "  --workers N            threads that run states (default: the cores)\n"
    "  --handler-threads N    most threads for blocking handlers (default 64)\n"
    "  --seed N               seed of random numbers and UUIDs\n"
    "  --time-scale F         divide waits by F; 0: a virtual clock\n"
    "  --start-time T         where the clock starts: RFC 3339, or seconds from 1970\n"
    "  --aws-limits           the service's limits\n"
    "  --max-memory BYTES     most memory for values and texts (K, M, G)\n"
    "  --max-output BYTES     most output of one task (default 256M)\n"
    "  --control PATH|HOST:PORT\n"
    "                         answers to task tokens, activities' workers and stops come\n"
    "                         to a unix socket or port (the Step Functions API)\n"
    "  --log-level LEVEL      error, warning, info or debug\n"
    "\n"
    "bench only:\n"
    "  --runs N               how many runs (default: about two seconds of them)\n"
    "  --warmup N             runs before them that are not measured (default 3)\n"
    "  --history              with the history made and thrown away\n"
    "  --no-tasks             no task is called: each answers its own input\n"
    "  --format text|json     how to print the figures\n"
    "\n"
    "test only (its clock is virtual, its seed 0, its workers are 1, if not given):\n"
    "  --filter TEXT          only the cases with TEXT in their names\n"
    "  --case-timeout SECONDS most real time for a case (default 60)\n"
    "\n"
    "Exit status: 0 succeeded, 1 failed, 2 wrong usage or input, 3 timed out, 4 aborted,\n"
    "5 output or history not writable.\n";

enum kind {
    FLAG,
    TEXT,
    COUNT,
    RUNS,
    BYTES,
    SEED,
    SCALE,
    SECONDS,
    TIME,
    LEVEL,
    FORMAT,
    NOT_BUILT
};

struct option {
    const char *name;
    enum kind kind;
    size_t offset;
};

#define AT(member) offsetof(struct asl__cli_options, member)

static const struct option table[] = { { "input", TEXT, AT(input) },
                                       { "input-json", TEXT, AT(input_json) },
                                       { "each", FLAG, AT(each) },
                                       { "output", TEXT, AT(output) },
                                       { "pretty", FLAG, AT(pretty) },
                                       { "name", TEXT, AT(name) },
                                       { "machine", TEXT, AT(machine) },
                                       { "context", TEXT, AT(context) },
                                       { "tasks", TEXT, AT(tasks) },
                                       { "allow-unbound", FLAG, AT(allow_unbound) },
                                       { "insecure-tls", FLAG, AT(insecure_tls) },
                                       { "history", TEXT, AT(history) },
                                       { "workers", COUNT, AT(workers) },
                                       { "handler-threads", COUNT,
                                         AT(handler_threads) },
                                       { "seed", SEED, AT(seed) },
                                       { "time-scale", SCALE, AT(time_scale) },
                                       { "start-time", TIME, AT(start_time) },
                                       { "aws-limits", FLAG, AT(aws_limits) },
                                       { "max-memory", BYTES, AT(max_memory) },
                                       { "max-output", BYTES, AT(max_output) },
                                       { "log-level", LEVEL, AT(log_level) },
                                       { "mock", TEXT, AT(mock) },
                                       { "runs", RUNS, AT(runs) },
                                       { "warmup", RUNS, AT(warmup) },
                                       { "no-tasks", FLAG, AT(no_tasks) },
                                       { "format", FORMAT, AT(json) },
                                       { "filter", TEXT, AT(filter) },
                                       { "case-timeout", SECONDS, AT(case_timeout) },
                                       { "store", NOT_BUILT, 0 },
                                       { "control", TEXT, AT(control) } };

/* For bench, --history is a flag. */
static const struct option bench_history = { "history", FLAG, AT(bench_history) };

static const char *const later_commands[] = {
    "resume",  "executions", "describe",     "history",      "stop",
    "redrive", "serve"
};

struct reading {
    struct asl__cli_options *options;
    const char *program;
    const struct option *option;
    const char *value;
};

static bool refuse(const struct reading *r, const char *wanted)
{
    asl__cli_complain(r->program, "--%s wants %s, not \"%s\"", r->option->name, wanted,
                      r->value);
    return false;
}

/* VALUE's digits; *END gets what follows them.  False if there are none or too many. */
static bool read_digits(const char *value, uint64_t *out, char **end)
{
    if (*value < '0' || *value > '9')
        return false;
    errno = 0;
    *out = strtoull(value, end, 10);
    return errno == 0;
}

static bool read_count(const struct reading *r, uint64_t *out)
{
    char *end;

    if (read_digits(r->value, out, &end) && *end == '\0' && *out >= 1 && *out <= 4096)
        return true;
    return refuse(r, "a number from 1 to 4096");
}

static bool read_runs(const struct reading *r, uint64_t *out)
{
    char *end;

    r->options->bench_only = r->option->name;
    if (read_digits(r->value, out, &end) && *end == '\0' && *out <= 100000000)
        return true;
    return refuse(r, "a number from 0 to 100000000");
}

static bool read_format(const struct reading *r, bool *json)
{
    r->options->bench_only = r->option->name;
    *json = strcmp(r->value, "json") == 0;
    return *json || strcmp(r->value, "text") == 0 || refuse(r, "text or json");
}

static bool read_seed(const struct reading *r, uint64_t *out)
{
    char *end;

    r->options->seeded = true;
    if (read_digits(r->value, out, &end) && *end == '\0')
        return true;
    return refuse(r, "a whole number");
}

static bool read_bytes(const struct reading *r, uint64_t *out)
{
    static const char units[] = "KMG";
    char *end;

    if (!read_digits(r->value, out, &end) || *out == 0)
        return refuse(r, "a number of bytes");
    if (*end != '\0') {
        const char *unit = strchr(units, *end & ~0x20);
        unsigned shift = unit != NULL ? 10 * (unsigned)(unit - units + 1) : 64;
        if (end[1] != '\0' || shift == 64 || *out > UINT64_MAX >> (shift + 1))
            return refuse(r, "a number of bytes, maybe with K, M or G");
        *out <<= shift;
    }
    return true;
}

/* A number of decimal digits, with or without sign, point and exponent.  Not by strtod,
 * which asks for the locale's point. */
static bool read_double(const char *value, double *out)
{
    static const char digits[] = "0123456789";
    const char *start = value + (*value == '+'), *at = start + (*start == '-');
    size_t whole = strspn(at, digits), fraction = 0;

    at += whole;
    if (*at == '.')
        at += 1 + (fraction = strspn(at + 1, digits));
    if (whole + fraction == 0 || (value != start && *start == '-'))
        return false;
    if (*at == 'e' || *at == 'E') {
        at += at[1] == '+' || at[1] == '-' ? 2 : 1;
        size_t exponent = strspn(at, digits);
        if (exponent == 0)
            return false;
        at += exponent;
    }
    *out = asl__number_parse(start, (size_t)(at - start));
    return *at == '\0' && isfinite(*out);
}

static bool read_scale(const struct reading *r, double *out)
{
    if (read_double(r->value, out) && *out >= 0)
        return true;
    return refuse(r, "a number from 0");
}

static bool read_seconds(const struct reading *r, double *out)
{
    if (read_double(r->value, out) && *out >= 0.001 && *out <= 1e6)
        return true;
    return refuse(r, "a number of seconds from 0.001 to 1000000");
}

static bool read_time(const struct reading *r, int64_t *out)
{
    double seconds;

    if (asl__time_parse(r->value, strlen(r->value), out))
        return true;
    if (!read_double(r->value, &seconds) || fabs(seconds) > 1e11)
        return refuse(r, "an RFC 3339 time stamp or seconds from 1970");
    *out = (int64_t)llround(seconds * 1e6);
    return true;
}

static bool read_level(const struct reading *r, const char **out)
{
    static const char *const levels[] = { "error", "warning", "info", "debug" };

    for (size_t i = 0; i < ASL__COUNT_OF(levels); i++)
        if (strcmp(r->value, levels[i]) == 0) {
            *out = levels[i];
            return true;
        }
    return refuse(r, "error, warning, info or debug");
}

static bool set_option(const struct reading *r)
{
    void *place = (char *)r->options + r->option->offset;

    switch (r->option->kind) {
    case FLAG: *(bool *)place = true; return true;
    case TEXT: *(const char **)place = r->value; return true;
    case COUNT: return read_count(r, place);
    case RUNS: return read_runs(r, place);
    case FORMAT: return read_format(r, place);
    case BYTES: return read_bytes(r, place);
    case SEED: return read_seed(r, place);
    case SCALE: return read_scale(r, place);
    case SECONDS: return read_seconds(r, place);
    case TIME: return read_time(r, place);
    case LEVEL: return read_level(r, place);
    case NOT_BUILT: break;
    }
    asl__cli_complain(r->program, "--%s: not built yet", r->option->name);
    return false;
}

static const struct option *find_option(const char *name, size_t len)
{
    for (size_t i = 0; i < ASL__COUNT_OF(table); i++)
        if (strlen(table[i].name) == len && memcmp(table[i].name, name, len) == 0)
            return &table[i];
    return NULL;
}

/* The option at argv[*I], `--name VALUE` or `--name=VALUE`. */
static bool read_option(struct reading *r, int argc, char **argv, int *i)
{
    const char *name = argv[*i] + 2;
    const char *equals = strchr(name, '=');
    size_t len = equals != NULL ? (size_t)(equals - name) : strlen(name);

    r->option = find_option(name, len);
    if (r->option != NULL && r->options->command == COMMAND_BENCH &&
        r->option->offset == AT(history))
        r->option = &bench_history;
    if (r->option == NULL) {
        asl__cli_complain(r->program, "unknown option --%.*s (see --help)", (int)len,
                          name);
        return false;
    }
    if (r->option->kind == FLAG && equals != NULL) {
        asl__cli_complain(r->program, "--%s takes no value", r->option->name);
        return false;
    }
    if (r->option->kind != FLAG && r->option->kind != NOT_BUILT && equals == NULL &&
        *i + 1 == argc) {
        asl__cli_complain(r->program, "--%s wants a value", r->option->name);
        return false;
    }
    if (equals != NULL)
        r->value = equals + 1;
    else if (r->option->kind != FLAG && r->option->kind != NOT_BUILT)
        r->value = argv[++*i];
    return set_option(r);
}

static bool read_command(struct asl__cli_options *options, const char *program,
                         const char *word)
{
    if (strcmp(word, "run") == 0)
        return true;
    if (strcmp(word, "definition") == 0) {
        options->command = COMMAND_DEFINITION;
        return true;
    }
    if (strcmp(word, "bench") == 0) {
        options->command = COMMAND_BENCH;
        return true;
    }
    if (strncmp(word, "task-", 5) == 0) {
        asl__cli_complain(program, "%s needs --with control at build time", word);
        return false;
    }
    if (strcmp(word, "test") == 0) {
        options->command = COMMAND_TEST;
        options->time_scale = 0;
        options->start_time = INT64_C(1704067200000000); /* 2024 begins */
        options->seeded = true;
        options->workers = 1;
        return true;
    }
    for (size_t i = 0; i < ASL__COUNT_OF(later_commands); i++)
        if (strcmp(word, later_commands[i]) == 0) {
            asl__cli_complain(program, "%s: not built yet", word);
            return false;
        }
    asl__cli_complain(program, "unknown command %s (see --help)", word);
    return false;
}

static const char *wrong_for_test(const struct asl__cli_options *options)
{
    if (options->test_file == NULL)
        return "test wants a FILE of cases";
    if (options->input != NULL || options->input_json != NULL || options->each ||
        options->output != NULL || options->pretty || options->mock != NULL)
        return "test has no --input, --input-json, --each, --output, --pretty or --mock: "
               "inputs and mocks are those of its cases";
    return NULL;
}

static bool check_together(const struct asl__cli_options *options, const char *program)
{
    const char *wrong = NULL;

    if (options->input != NULL && options->input_json != NULL)
        wrong = "--input and --input-json exclude each other";
    else if (options->each && options->name != NULL)
        wrong = "--name is for one execution, not for --each";
    else if (options->each && options->pretty)
        wrong = "--pretty does not go with --each: a result is one line";
    else if (options->command == COMMAND_BENCH && options->control != NULL)
        wrong = "bench has no --control";
    else if (options->command == COMMAND_BENCH &&
             (options->each || options->pretty || options->output != NULL))
        wrong = "bench has no --each, --output or --pretty";
    else if (options->command != COMMAND_BENCH &&
             (options->no_tasks || options->bench_only != NULL))
        wrong = "--runs, --warmup, --no-tasks and --format are for bench";
    else if (options->command == COMMAND_BENCH && options->runs == 0)
        wrong = "--runs wants at least 1";
    else if (options->command == COMMAND_TEST)
        wrong = wrong_for_test(options);
    else if (options->filter != NULL || options->case_timeout != 0)
        wrong = "--filter and --case-timeout are for test";
    if (wrong != NULL)
        asl__cli_complain(program, "%s", wrong);
    return wrong == NULL;
}

bool asl__cli_read_options(struct asl__cli_options *options, const char *program,
                           int argc, char **argv)
{
    struct reading r = { .options = options, .program = program };
    int i = 1;

    *options = (struct asl__cli_options){ .time_scale = 1,
                                          .start_time = INT64_MIN,
                                          .runs = UINT64_MAX,
                                          .warmup = 3,
                                          .max_output = (uint64_t)256 << 20 };
    if (i < argc && argv[i][0] != '-' && !read_command(options, program, argv[i++]))
        return false;
    for (; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "--version") == 0) {
            options->command = argv[i][2] == 'h' ? COMMAND_HELP : COMMAND_VERSION;
            return true;
        }
        if (options->command == COMMAND_TEST && options->test_file == NULL &&
            (argv[i][0] != '-' || argv[i][1] == '\0')) {
            options->test_file = argv[i];
            continue;
        }
        if (argv[i][0] != '-' || argv[i][1] != '-' || argv[i][2] == '\0') {
            asl__cli_complain(program, "unexpected argument %s (see --help)", argv[i]);
            return false;
        }
        if (!read_option(&r, argc, argv, &i))
            return false;
    }
    return check_together(options, program);
}

asl__options asl__cli_sched_options(const struct asl__cli_options *o)
{
    return (asl__options){ .workers = (unsigned)o->workers,
                           .time_scale = o->time_scale,
                           .start_time = o->start_time,
                           .seed = o->seed,
                           .seeded = o->seeded,
                           .aws_limits = o->aws_limits,
                           .max_memory = (size_t)o->max_memory,
                           .max_output = (size_t)o->max_output };
}
