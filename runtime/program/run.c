/* The interface for embedding: see <aslrt/run.h>. */
#include "value/base.h"

#include <aslrt/run.h>

#include "machine/frame.h"
#include "program/cli.h"
#include "task/bind.h"
#include "task/tokens.h"

#include <errno.h>
#include <stdarg.h>

struct asl_program {
    const asl_program_def *def;
    asl__taskset *tasks;
    asl__sched *sched;
    pthread_mutex_t lock; /* guards the rest; outranks the set's */
    bool resolved, runnable;
    struct asl__buf unbound; /* why it cannot run, once resolved */
};

struct asl_running {
    asl_program *program;
    asl_execution *execution;
    char *input; /* padded */
    asl_ended_fn *ended;
    void *user;
};

static void say(char *why, size_t size, const char *format, ...) ASL__PRINTF(3, 4);

static void say(char *why, size_t size, const char *format, ...)
{
    va_list args;

    if (size == 0)
        return;
    va_start(args, format);
    vsnprintf(why, size, format, args);
    va_end(args);
}

/* ---- programs ------------------------------------------------------------------ */

static bool load_tasks(asl_program *program, const char *file, char *why, size_t size)
{
    struct asl__buf error = ASL__BUF_INIT;
    size_t len;
    char *text = asl__cli_read_file(file, &len);

    if (text == NULL) {
        say(why, size, "%s: %s", file, strerrordesc_np(errno));
        return false;
    }
    bool good = asl__taskset_load(program->tasks, file, text, len, &error);
    if (!good)
        say(why, size, "%s", asl__buf_cstring(&error));
    asl__buf_free(&error);
    free(text);
    return good;
}

static asl__sched *new_sched(const asl_program *program, const asl_program_options *o)
{
    asl__options options = { .workers = o->workers,
                             .time_scale = o->time_speed,
                             .start_time =
                                 o->has_start_time ? o->start_time : INT64_MIN,
                             .seed = o->seed,
                             .seeded = o->seeded,
                             .aws_limits = o->aws_limits,
                             .max_memory = o->max_memory,
                             .max_output = o->max_output,
                             .tasks = asl__taskset_tasks(program->tasks) };

    if (o->virtual_clock)
        options.time_scale = 0;
    else if (options.time_scale == 0)
        options.time_scale = 1;
    return asl__sched_new(&options);
}

asl_program *asl_program_new(const asl_program_def *def,
                             const asl_program_options *options, char *why, size_t size)
{
    static const asl_program_options defaults;
    const asl_program_options *o = options != NULL ? options : &defaults;
    asl__taskset_options tasks = { .program = def,
                                   .allow_unbound = o->allow_unbound,
                                   .handler_threads = o->handler_threads,
                                   .max_output = o->max_output,
                                   .env = o->env,
                                   .answered = o->answers };
    asl_program *program = calloc(1, sizeof *program);

    if (tasks.max_output == 0)
        tasks.max_output = (size_t)256 << 20;
    say(why, size, "out of memory");
    if (program == NULL)
        return NULL;
    pthread_mutex_init(&program->lock, NULL);
    program->def = def;
    program->tasks = asl__taskset_new(&tasks);
    if (program->tasks != NULL &&
        (o->tasks_file == NULL || load_tasks(program, o->tasks_file, why, size)))
        program->sched = new_sched(program, o);
    if (program->sched != NULL) {
        asl__taskset_attach(program->tasks, program->sched);
        say(why, size, "%s", "");
        return program;
    }
    asl_program_free(program);
    return NULL;
}

void asl_program_free(asl_program *program)
{
    if (program == NULL)
        return;
    if (program->sched != NULL)
        asl__sched_drain(program->sched);
    (void)asl__taskset_free(program->tasks);
    if (program->sched != NULL)
        asl__sched_free(program->sched);
    asl__buf_free(&program->unbound);
    pthread_mutex_destroy(&program->lock);
    free(program);
}

bool asl_register(asl_program *program, const char *name, const asl_handler *handler)
{
    pthread_mutex_lock(&program->lock);
    bool good =
        !program->resolved && asl__taskset_register(program->tasks, name, handler);
    pthread_mutex_unlock(&program->lock);
    return good;
}

/* Resolves the tasks once; NULL, or why the program cannot run. */
static const char *resolve(asl_program *program)
{
    const char *why = NULL;

    pthread_mutex_lock(&program->lock);
    if (!program->resolved) {
        program->resolved = true;
        program->runnable = asl__taskset_resolve(program->tasks, &program->unbound);
    }
    if (!program->runnable)
        why = asl__buf_cstring(&program->unbound);
    pthread_mutex_unlock(&program->lock);
    return why;
}

static const asl_machine *find_machine(const asl_program *program, const char *name)
{
    const asl_machine *const *m = program->def->machines;

    while (name != NULL && *m != NULL && strcmp((*m)->name, name) != 0)
        m++;
    return *m;
}

/* ---- executions ---------------------------------------------------------------- */

/* A padded copy of INPUT as text; NULL without memory. */
static char *copy_input(asl_input input, size_t *len)
{
    struct asl__buf buf = ASL__BUF_INIT;

    if (input.text != NULL)
        asl__buf_append(&buf, input.text, input.len);
    else
        asl__print(&buf, input.value);
    *len = buf.len;
    if (asl__buf_reserve(&buf, ASL_PARSE_PADDING) && !buf.failed) {
        memset(buf.data + buf.len, 0, ASL_PARSE_PADDING);
        return buf.data;
    }
    asl__buf_free(&buf);
    return NULL;
}

static void on_end(asl_execution *execution, void *user);

static void discard(asl_running *running)
{
    if (running->execution != NULL)
        asl__execution_free(running->execution);
    free(running->input);
    free(running);
}

/* An execution that is ready to run; NULL with a message. */
static asl_running *prepare(asl_program *program, const char *name, asl_input input,
                            char *why, size_t size)
{
    const char *unbound = resolve(program);
    const asl_machine *machine = find_machine(program, name);
    asl_syntax_error error;

    if (unbound != NULL || machine == NULL) {
        say(why, size, "%s%s", unbound != NULL ? unbound : "no workflow is named ",
            unbound != NULL ? "" : name);
        return NULL;
    }
    asl_running *running = calloc(1, sizeof *running);
    if (running == NULL) {
        say(why, size, "out of memory");
        return NULL;
    }
    asl__start start = { .machine = machine, .ended = on_end, .user = running };
    running->program = program;
    running->input = copy_input(input, &start.input_len);
    start.input = running->input;
    say(why, size, "out of memory");
    if (running->input != NULL) {
        running->execution = asl__execution_new(program->sched, &start, &error);
        if (running->execution == NULL && error.line > 0)
            say(why, size, "input:%zu:%zu: %s", error.line, error.column,
                error.message);
    }
    if (running->execution != NULL)
        return running;
    discard(running);
    return NULL;
}

/* The result of E, borrowed from it. */
static asl_result result_of(const asl_execution *e)
{
    static const enum asl_status statuses[] = { [ASL__RUNNING] = ASL_STATUS_ABORTED,
                                                [ASL__SUCCEEDED] = ASL_STATUS_SUCCEEDED,
                                                [ASL__FAILED] = ASL_STATUS_FAILED,
                                                [ASL__TIMED_OUT] = ASL_STATUS_TIMED_OUT,
                                                [ASL__ABORTED] = ASL_STATUS_ABORTED };
    asl_result result = { statuses[asl__execution_status(e)], asl_undefined(),
                          asl_undefined(), asl_undefined() };

    if (result.status == ASL_STATUS_SUCCEEDED) {
        result.output = asl__execution_output(e);
        return result;
    }
    result.error = asl__execution_error(e)->error;
    result.cause = asl__execution_error(e)->cause;
    if (result.status == ASL_STATUS_TIMED_OUT)
        result.error = asl_str("States.Timeout");
    return result;
}

static asl_result copy_result(asl_region *region, asl_result result)
{
    asl_value *parts[] = { &result.output, &result.error, &result.cause };

    for (size_t i = 0; i < ASL__COUNT_OF(parts); i++)
        *parts[i] = asl_copy_to(region, *parts[i]);
    if (asl_is_error(result.output)) {
        result.status = ASL_STATUS_FAILED;
        result.error = asl_error_of(result.output)->error;
        result.cause = asl_error_of(result.output)->cause;
        result.output = asl_undefined();
    }
    return result;
}

bool asl_run(asl_program *program, const char *machine, asl_input input,
             asl_region *region, asl_result *result)
{
    char why[1024];
    asl_running *running = prepare(program, machine, input, why, sizeof why);

    if (running == NULL) {
        *result = (asl_result){ ASL_STATUS_NOT_STARTED, asl_undefined(),
                                asl_undefined(), asl_cstring(region, why) };
        return false;
    }
    asl__execution_run(running->execution);
    *result = copy_result(region, result_of(running->execution));
    discard(running);
    return true;
}

static void on_end(asl_execution *execution, void *user)
{
    asl_running *running = user;

    if (running->ended == NULL)
        return;
    asl_result result = result_of(execution);
    running->ended(running, &result, running->user);
}

asl_running *asl_start(asl_program *program, const char *machine, asl_input input,
                       asl_ended_fn *ended, void *user, char *why, size_t size)
{
    asl_running *running = prepare(program, machine, input, why, size);

    if (running == NULL)
        return NULL;
    running->ended = ended;
    running->user = user;
    if (asl__execution_start(running->execution)) {
        say(why, size, "%s", "");
        return running;
    }
    say(why, size, "out of memory");
    discard(running);
    return NULL;
}

void asl_stop(asl_running *running, const char *error, const char *cause)
{
    asl__execution_stop(running->execution, error, cause);
}

/* Until no worker touches the execution any more. */
static void wait_over(asl_running *running)
{
    asl__sched *s = running->program->sched;

    asl__lock(s);
    while (!running->execution->over)
        pthread_cond_wait(&s->ready_cond, &s->lock);
    asl__unlock(s);
}

void asl_wait(asl_running *running, asl_region *region, asl_result *result)
{
    wait_over(running);
    if (result != NULL)
        *result = copy_result(region, result_of(running->execution));
}

void asl_release(asl_running *running)
{
    if (running == NULL)
        return;
    wait_over(running);
    discard(running);
}

/* ---- answers ------------------------------------------------------------------- */

static enum asl_answer answer_of(enum asl__answered what)
{
    switch (what) {
    case ASL__ANSWERED: return ASL_ANSWER_TAKEN;
    case ASL__ANSWER_LATE: return ASL_ANSWER_LATE;
    case ASL__ANSWER_FOREIGN:
    case ASL__ANSWER_BAD_TOKEN: return ASL_ANSWER_UNKNOWN;
    case ASL__ANSWER_BAD_OUTPUT: return ASL_ANSWER_BAD_OUTPUT;
    case ASL__ANSWER_NO_MEMORY: break;
    }
    return ASL_ANSWER_NO_MEMORY;
}

static asl__piece piece_of(const char *text)
{
    return (asl__piece){ text, strlen(text) };
}

enum asl_answer asl_send_task_success(asl_program *program, const char *token, const char *output,
                                 size_t len)
{
    asl_syntax_error error;

    return answer_of(asl__token_success(asl__taskset_tokens(program->tasks),
                                        piece_of(token), (asl__piece){ output, len },
                                        &error));
}

enum asl_answer asl_send_task_failure(asl_program *program, const char *token, const char *error,
                                 const char *cause)
{
    asl_region *region = asl_region_new();
    enum asl__answered what = ASL__ANSWER_NO_MEMORY;

    if (region == NULL)
        return ASL_ANSWER_NO_MEMORY;
    asl_value e = error != NULL ? asl_cstring(region, error) : asl_undefined();
    asl_value c = cause != NULL ? asl_cstring(region, cause) : asl_undefined();
    if (!asl_is_error(e) && !asl_is_error(c))
        what = asl__token_failure(asl__taskset_tokens(program->tasks), piece_of(token), e, c);
    asl_region_free(region);
    return answer_of(what);
}

enum asl_answer asl_send_task_heartbeat(asl_program *program, const char *token)
{
    return answer_of(
        asl__token_heartbeat(asl__taskset_tokens(program->tasks), piece_of(token)));
}

const char *asl_result_text(asl_region *region, const asl_result *result)
{
    struct asl__buf buf = ASL__BUF_INIT;

    if (result->status == ASL_STATUS_SUCCEEDED) {
        asl__print(&buf, result->output);
    } else {
        asl_value v = asl_object();
        if (asl_is_string(result->error))
            v = asl_set(region, v, asl_str("Error"), result->error);
        if (asl_is_string(result->cause))
            v = asl_set(region, v, asl_str("Cause"), result->cause);
        asl__print(&buf, v);
    }
    char *text = buf.failed ? NULL : asl_alloc(region, buf.len + 1);
    if (text != NULL) {
        memcpy(text, buf.data, buf.len);
        text[buf.len] = '\0';
    }
    asl__buf_free(&buf);
    return text;
}
