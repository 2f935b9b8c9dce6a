/* The program that tests a state: command line, calls, answers. */
#include "value/base.h"

#include "program/teststate.h"

#include "expr/time.h"
#include "machine/frame.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

extern char **environ;

static const char usage[] =
    "usage: %s [--calls FILE|-] [--tasks FILE] [--account ID] [--pretty]\n"
    "\n"
    "Tests the state that it was made for once for each line of FILE (default: standard\n"
    "input).  A line is the request of a TestState call without its definition, and so is\n"
    "the answer, a line on standard output.\n"
    "\n"
    "Exit status: 0 all calls answered, 2 wrong usage or a call that is refused, 5 the answers\n"
    "are not writable.\n";

struct tester {
    const char *program;
    const asl_program_def *def;
    const asl_tested *tested;
    const char *calls, *account;
    struct asl__cli_options options; /* tasks, pretty */
    struct asl__cli_bound bound; /* of the call under way, if it has no mock */
    uint64_t number; /* of calls so far */
};

/* ---- one call -------------------------------------------------------------------- */

/* Binds the tasks of one call. */
static bool open_tasks(struct tester *t)
{
    struct asl__cli_tasks wanted = { .program = t->program,
                                     .def = t->def,
                                     .machine = t->def->machines[0],
                                     .options = &t->options,
                                     .env = environ };

    if (asl__cli_open_tasks(&t->bound, &wanted))
        return true;
    asl__cli_complain(t->program, "a mock would answer in its place");
    asl__cli_close_tasks(&t->bound);
    return false;
}

static asl_value fault_value(asl_region *r, asl__fault *fault)
{
    const char *text = asl__buf_cstring(&fault->message);
    asl_value v = asl_object();

    v = asl_set(r, v, asl_str("code"), asl_cstring(r, fault->code));
    v = asl_set(r, v, asl_str("message"), asl_cstring(r, text));
    return asl_set(r, asl_object(), asl_str("call_error"), v);
}

/* Runs CALL on the scheduler S; the response, or undefined with a fault. */
static asl_value run_on(asl__sched *s, struct tester *t, asl__call_request *call,
                        asl__fault *fault)
{
    asl__start start = { .machine = t->def->machines[0] };
    struct asl__buf input = ASL__BUF_INIT;
    asl_syntax_error error;
    asl_value answer = asl_undefined();

    asl__print(&input, call->input);
    start.input_len = input.len;
    for (int i = 0; i < ASL_PARSE_PADDING; i++)
        asl__buf_append_char(&input, '\0');
    start.input = input.data;
    asl_execution *e = input.failed ? NULL : asl__execution_new(s, &start, &error);
    if (e) {
        asl__execution_run(e);
        answer = asl__test_answer(call, e);
        asl__execution_free(e);
    } else {
        asl__fault_is(fault, "ServiceException", "%s",
                      input.failed ? "out of memory" : error.message);
    }
    asl__buf_free(&input);
    if (!call->inspection.too_many)
        return answer;
    asl__fault_is(fault, "ValidationException",
                  "Map iteration failure count must be less than or equal to the number of Map "
                  "iterations");
    return asl_undefined();
}

static asl_value run(struct tester *t, asl__call_request *call, asl__fault *fault)
{
    asl__options options = { .workers = 1,
                             .time_scale = 0, /* nobody waits for a Wait */
                             .start_time = INT64_MIN,
                             .max_output = (size_t)t->options.max_output,
                             .tasks = t->bound.tasks,
                             .inspection = &call->inspection };
    asl__sched *s = asl__sched_new(&options);
    asl_value answer = asl_undefined();
    uint64_t seed;

    if (!s) {
        asl__fault_is(fault, "ServiceException", "out of memory");
        return answer;
    }
    int64_t now = asl__sched_now(s);
    seed = ((uint64_t)now ^ ++t->number << 48) * UINT64_C(0x9E3779B97F4A7C15);
    if (asl__test_context(call, seed, now, fault))
        answer = run_on(s, t, call, fault);
    if (t->bound.layer) /* its threads may still look at the scheduler */
        asl__cli_close_tasks(&t->bound);
    asl__sched_free(s);
    return answer;
}

/* The answer to REQUEST; its exit status goes to *STATUS. */
static asl_value answer(struct tester *t, asl_region *region, asl_value request, int *status)
{
    asl__call_request call = { .inspection = { .tested = t->tested, .region = region },
                               .account = t->account };
    asl__fault fault = { NULL, ASL__BUF_INIT };
    asl_value v = asl_undefined();

    call.inspection.error = call.inspection.cause = asl_undefined();
    if (!asl_is_object(request))
        asl__fault_is(&fault, "ValidationException", "a call is a JSON object");
    else if (asl__test_read(&call, request, &fault)) {
        t->bound = (struct asl__cli_bound){ NULL, NULL, NULL };
        if (t->tested->task && !call.mocked && !open_tasks(t)) {
            *status = STATUS_USAGE;
            return v;
        }
        v = run(t, &call, &fault);
    }
    if (fault.code) {
        *status = STATUS_USAGE;
        v = fault_value(region, &fault);
    }
    asl__buf_free(&fault.message);
    return v;
}

/* ---- all calls ------------------------------------------------------------------- */

static int print(struct tester *t, asl_value v)
{
    struct asl__buf buf = ASL__BUF_INIT;
    int status = STATUS_SUCCEEDED;

    if (t->options.pretty)
        asl__print_pretty(&buf, v);
    else
        asl__print(&buf, v);
    asl__buf_append_char(&buf, '\n');
    if (buf.failed || !asl__cli_write_all(STDOUT_FILENO, buf.data, buf.len)) {
        asl__cli_complain(t->program, "cannot write the answer: %s",
                          buf.failed ? "out of memory" : strerrordesc_np(errno));
        status = STATUS_IO;
    }
    asl__buf_free(&buf);
    return status;
}

static int take_call(struct tester *t, const char *text, size_t len, size_t line)
{
    asl_region *region = asl_region_new();
    asl_syntax_error error;
    asl_value request;
    int status = STATUS_SUCCEEDED, printed = STATUS_SUCCEEDED;

    if (!region) {
        asl__cli_complain(t->program, "out of memory");
        return STATUS_IO;
    }
    if (!asl_parse(region, text, len, &request, &error)) {
        asl__cli_complain(t->program, "%s:%zu:%zu: %s", t->calls, line, error.column,
                          error.message);
        status = STATUS_USAGE;
    } else {
        asl_value v = answer(t, region, request, &status);
        if (!asl_is_undefined(v))
            printed = print(t, v);
    }
    asl_region_free(region);
    return printed != STATUS_SUCCEEDED ? printed : status;
}

static int take_calls(struct tester *t)
{
    struct asl__cli_lines lines;
    const char *text;
    size_t len;
    int status = STATUS_SUCCEEDED, more = -1;

    if (asl__cli_lines_open(&lines, t->calls, NULL)) {
        while (status != STATUS_IO &&
               (more = asl__cli_lines_next(&lines, &text, &len)) == 1) {
            int one = take_call(t, text, len, lines.number);
            status = one != STATUS_SUCCEEDED ? one : status;
        }
        asl__cli_lines_close(&lines);
    }
    if (more == -1 && status != STATUS_IO) {
        asl__cli_complain(t->program, "%s: %s", t->calls, strerrordesc_np(errno));
        status = STATUS_USAGE;
    }
    return status;
}

/* ---- command line ------------------------------------------------------------------ */

static bool read_options(struct tester *t, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char **value = strcmp(argv[i], "--calls") == 0     ? &t->calls
                             : strcmp(argv[i], "--tasks") == 0   ? &t->options.tasks
                             : strcmp(argv[i], "--account") == 0 ? &t->account
                                                                 : NULL;

        if (strcmp(argv[i], "--pretty") == 0) {
            t->options.pretty = true;
        } else if (!value) {
            asl__cli_complain(t->program, "unknown option \"%s\"; see --help", argv[i]);
            return false;
        } else if (i + 1 == argc) {
            asl__cli_complain(t->program, "%s wants a value", argv[i]);
            return false;
        } else {
            *value = argv[++i];
        }
    }
    return true;
}

int asl_test_state_main(int argc, char **argv, const asl_program_def *program,
                        const asl_tested *tested)
{
    const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
    struct tester t = { .program = slash ? slash + 1 : argc > 0 ? argv[0] : "test-state",
                        .def = program,
                        .tested = tested,
                        .calls = "-",
                        .account = "123456789012",
                        .options = { .max_output = (uint64_t)256 << 20 } };

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        printf(usage, t.program);
        return fflush(stdout) == 0 ? STATUS_SUCCEEDED : STATUS_IO;
    }
    if (!read_options(&t, argc, argv))
        return STATUS_USAGE;
    sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
    sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
    return take_calls(&t);
}
