/* Bindings of the form {"exec": [...]}: a child process for each call.
 *
 * A call posts itself to the loop, whose thread starts the child if the system has room
 * for it, else when another child ends.  The input goes to the child's stdin as JSON
 * text.  How the child's end becomes a result or an error is said in design 7:
 *
 *     exit 0          stdout is the result's JSON text; nothing at all is null
 *     any other exit  an object on stdout or as the last line of stderr with errorType and
 *                     errorMessage (Error: errorType, Cause: its text) or with Error and
 *                     Cause; else States.TaskFailed with the end of stderr
 *     a signal, no start, too much output: States.TaskFailed with a Cause that says so
 *
 * Nothing else of the task layer needs the io layer. */
#include "value/base.h"

#include "io/process.h"
#include "task/bind.h"

#include <errno.h>
#include <sys/resource.h>

/* Descriptors a child costs us, and what is left for everything else. */
#define FDS_OF_A_CHILD 4
#define FDS_RESERVED 48

typedef struct child child;

/* The module, opened. */
struct children {
    asl__loop *loop;
    asl__taskset *set;
    pthread_mutex_t lock; /* guards alive */
    pthread_cond_t gone;
    size_t alive; /* calls that have not been freed, and ends that are not over */
    /* The loop's thread. */
    size_t running, most;
    child *first, *last; /* wait for room */
};

struct child {
    asl__closure start; /* first */
    asl__closure cancel;
    struct children *all;
    asl__job *job;
    asl__process *process;
    struct asl__buf input;
    bool cancelled, waiting; /* the loop's thread; waiting: in the queue */
    child *next;
};

/* ---- on the loop's thread ------------------------------------------------------ */

static void start_waiting(struct children *all);
static void one_gone(struct children *all);

/* C is over; its job may be freed by this. */
static void over(child *c)
{
    struct children *all = c->all;
    asl__job *job = c->job;

    asl__job_over(job);
    /* Only now: as long as it was not over, another thread could post it. */
    asl__loop_unpost(all->loop, &c->cancel);
    asl__job_drop(job);
}

static void on_end(void *user)
{
    child *c = user;
    struct children *all = c->all;

    /* Once C is over, it may be the last one, and all that is waited for before it is freed. */
    pthread_mutex_lock(&all->lock);
    all->alive++;
    pthread_mutex_unlock(&all->lock);
    all->running--;
    over(c);
    start_waiting(all);
    one_gone(all);
}

static void enqueue(child *c)
{
    struct children *all = c->all;

    c->waiting = true;
    c->next = NULL;
    if (all->last != NULL)
        all->last->next = c;
    else
        all->first = c;
    all->last = c;
}

/* Starts C; false if there is no room for it now. */
static bool launch(child *c)
{
    struct children *all = c->all;
    const asl__exec_spec *exec = c->job->target.binding->spec;
    asl__process_spec spec = { .argv = exec->argv,
                               .env = exec->env,
                               .cwd = exec->cwd,
                               .input = c->input.data,
                               .input_len = c->input.len,
                               .max_output =
                                   asl__taskset_options_of(all->set)->max_output,
                               .pool = c->job->account,
                               .ended = on_end,
                               .user = c };

    if (all->running > 0 && all->running >= all->most)
        return false;
    all->running++;
    if (asl__process_start(c->process, &spec))
        return true;
    all->running--;
    if (all->running > 0)
        return false;
    /* Nothing of ours would make room. */
    asl__process_refuse(c->process, errno);
    over(c);
    return true;
}

static void start_waiting(struct children *all)
{
    while (all->first != NULL) {
        child *c = all->first;
        all->first = c->next;
        if (all->first == NULL)
            all->last = NULL;
        c->waiting = false;
        if (launch(c)) /* which may have come here again */
            continue;
        c->waiting = true;
        c->next = all->first;
        all->first = c;
        if (c->next == NULL)
            all->last = c;
        return;
    }
}

static void run_start(asl__closure *closure)
{
    child *c = (child *)(void *)closure;

    if (c->cancelled)
        over(c);
    else if (c->all->first != NULL || !launch(c))
        enqueue(c);
}

static void leave_queue(child *c)
{
    struct children *all = c->all;
    child *before = NULL;

    for (child *i = all->first; i != c; i = i->next)
        before = i;
    if (before == NULL)
        all->first = c->next;
    else
        before->next = c->next;
    if (all->last == c)
        all->last = before;
}

static void run_cancel(asl__closure *closure)
{
    child *c = (child *)(void *)((char *)closure - offsetof(child, cancel));

    c->cancelled = true;
    if (c->waiting) {
        leave_queue(c);
        over(c);
    } else {
        asl__process_cancel(c->process);
    }
}

/* ---- the kind ------------------------------------------------------------------ */

static void start_child(asl__job *job)
{
    child *c = job->data;

    asl__loop_post(c->all->loop, &c->start);
}

static void cancel_child(asl__job *job)
{
    child *c = job->data;
    pthread_mutex_t *lock = asl__taskset_lock(job->target.set);

    /* Under the lock, `announced` says whether the loop's thread is done with it. */
    pthread_mutex_lock(lock);
    if (!job->announced)
        asl__loop_post(c->all->loop, &c->cancel);
    pthread_mutex_unlock(lock);
}

static void one_gone(struct children *all)
{
    pthread_mutex_lock(&all->lock);
    if (--all->alive == 0)
        pthread_cond_signal(&all->gone);
    pthread_mutex_unlock(&all->lock);
}

static void free_child(asl__job *job)
{
    child *c = job->data;

    if (c == NULL)
        return;
    asl__buf_free(&c->input);
    asl__process_free(c->process);
    one_gone(c->all);
    free(c);
}

/* ---- results ------------------------------------------------------------------- */

/* The command for Causes: argv[0], and argv[1] when it names a script. */
static asl_value command_of(asl_region *region, const asl__job *job)
{
    const asl__exec_spec *spec = job->target.binding->spec;
    char *const *argv = spec->argv;

    if (argv[1] == NULL || argv[1][0] == '-')
        return asl_cstring(region, argv[0]);
    return asl_format_string(region, "%s %s", argv[0], argv[1]);
}

static asl_value failed(asl_region *region, const asl__job *job, const char *format,
                        ...) ASL__PRINTF(3, 4);

/* States.TaskFailed with "COMMAND: MESSAGE". */
static asl_value failed(asl_region *region, const asl__job *job, const char *format,
                        ...)
{
    struct asl__buf cause = ASL__BUF_INIT;
    asl_value command = command_of(region, job);
    va_list args;

    if (asl_is_error(command))
        return command;
    asl__buf_append(&cause, asl_text(&command), asl_text_len(command));
    asl__buf_append_cstring(&cause, ": ");
    va_start(args, format);
    asl__buf_vprintf(&cause, format, args);
    va_end(args);
    asl_value text =
        cause.failed ? asl_no_memory() : asl_string(region, cause.data, cause.len);
    asl__buf_free(&cause);
    return asl_error(region, asl_str("States.TaskFailed"), text);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static void trim(const char **text, size_t *len)
{
    while (*len > 0 && is_space((*text)[*len - 1]))
        --*len;
    while (*len > 0 && is_space(**text)) {
        ++*text;
        --*len;
    }
}

static asl_value read_result(asl_region *region, const asl__job *job,
                             const asl__process_result *r)
{
    const char *text = r->output;
    size_t len = r->output_len;
    asl_syntax_error why;
    asl_value v;

    trim(&text, &len);
    if (len == 0)
        return asl_null();
    if (asl_parse(region, text, len, &v, &why))
        return v;
    if (why.no_memory)
        return asl_no_memory();
    return failed(region, job, "its output is not JSON: line %zu, column %zu: %s",
                  why.line, why.column, why.message);
}

/* The last line of TEXT that is not empty. */
static void last_line(const char **text, size_t *len)
{
    trim(text, len);
    for (size_t i = *len; i > 0; i--)
        if ((*text)[i - 1] == '\n') {
            *text += i;
            *len -= i;
            return;
        }
}

static asl_value read_failure(asl_region *region, const asl__job *job,
                              const asl__process_result *r)
{
    const char *line = r->errors;
    size_t len = r->errors_len;
    asl_value v = asl__named_error(region, r->output, r->output_len);

    if (asl_is_error(v))
        return v;
    last_line(&line, &len);
    v = asl__named_error(region, line, len);
    if (asl_is_error(v))
        return v;
    line = r->errors;
    len = r->errors_len;
    trim(&line, &len);
    if (len == 0)
        return failed(region, job, "exit status %d", r->code);
    return asl_error(region, asl_str("States.TaskFailed"),
                     asl__clean_text(region, line, len));
}

static asl_value take_child(asl__job *job, asl_region *region)
{
    const child *c = job->data;
    asl__process_result r = asl__process_result_of(c->process);

    if (c->cancelled)
        return failed(region, job, "cancelled");
    switch (r.end) {
    case ASL__PROCESS_EXITED:
        return r.code == 0 ? read_result(region, job, &r)
                           : read_failure(region, job, &r);
    case ASL__PROCESS_KILLED:
        return failed(region, job, "killed by signal %d (%s)", r.code,
                      sigdescr_np(r.code) != NULL ? sigdescr_np(r.code) : "unknown");
    case ASL__PROCESS_NO_START:
        return failed(region, job, "cannot be started: %s",
                      strerrordesc_np(r.code) != NULL ? strerrordesc_np(r.code)
                                                      : "unknown error");
    case ASL__PROCESS_TOO_MUCH:
        return failed(region, job, "its output is longer than %zu bytes (--max-output)",
                      asl__taskset_options_of(c->all->set)->max_output);
    case ASL__PROCESS_NO_MEMORY: return asl_no_memory();
    case ASL__PROCESS_CANCELLED: break;
    }
    return failed(region, job, "cancelled");
}

/* ---- the module ---------------------------------------------------------------- */

static enum asl__started refuse(asl__job *job, asl__call *call, asl_value error)
{
    asl__target target = job->target;

    asl__job_drop(job);
    asl__job_drop(job);
    return asl__answer_now(&target, call, error);
}

static enum asl__started start_job(asl__job *job)
{
    asl__call *call = job->call;
    asl_region *region = &call->frame->region;
    struct children *all = asl__taskset_open(job->target.set, job->target.binding->module);

    if (all == NULL)
        return refuse(job, call,
                      failed(region, job, "no event loop: %s", strerrordesc_np(errno)));
    child *c = calloc(1, sizeof *c);
    job->data = c;
    if (c == NULL)
        return refuse(job, call, asl_no_memory());
    c->start.run = run_start;
    c->cancel.run = run_cancel;
    c->all = all;
    pthread_mutex_lock(&all->lock);
    all->alive++;
    pthread_mutex_unlock(&all->lock);
    c->job = job;
    c->process = asl__process_new(all->loop);
    asl__buf_bound(&c->input, region);
    asl__print(&c->input, job->input);
    if (c->process == NULL || c->input.failed ||
        !asl__job_charge(job, c->input.capacity))
        return refuse(job, call, asl_no_memory());
    return asl__job_start(job);
}

static size_t most_children(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
        return 4096;
    if (limit.rlim_cur < FDS_RESERVED + FDS_OF_A_CHILD)
        return 1;
    size_t most = (size_t)(limit.rlim_cur - FDS_RESERVED) / FDS_OF_A_CHILD;
    return most < 4096 ? most : 4096;
}

static void *open_children(asl__taskset *set)
{
    struct children *all = calloc(1, sizeof *all);

    if (all == NULL)
        return NULL;
    all->set = set;
    all->most = most_children();
    all->loop = asl__taskset_loop(set);
    if (all->loop == NULL) {
        free(all);
        return NULL;
    }
    pthread_mutex_init(&all->lock, NULL);
    pthread_cond_init(&all->gone, NULL);
    return all;
}

/* Waits for children that have been killed and not yet reaped. */
static void close_children(void *module)
{
    struct children *all = module;

    pthread_mutex_lock(&all->lock);
    while (all->alive > 0)
        pthread_cond_wait(&all->gone, &all->lock);
    pthread_mutex_unlock(&all->lock);
    pthread_cond_destroy(&all->gone);
    pthread_mutex_destroy(&all->lock);
    free(all);
}

static const char *const exec_kinds[] = { "exec", NULL };
static const char *const exec_details[] = { "env", "cwd", NULL };

static const asl__module_functions exec_functions = {
    .layer = &asl__task_layer_functions,
    .kinds = exec_kinds,
    .details = exec_details,
    .read = asl__exec_read,
    .open = open_children,
    .close = close_children,
    .start = start_job,
    .kind = { start_child, cancel_child, take_child, free_child }
};

const asl_module asl_module_exec = { "exec", &exec_functions };
