/* C handlers.  A plain one runs within asl__tasks.start, on a worker, and builds its
 * result in the frame's own region.  One that blocks, that has to wait for one of its
 * binding's places, or that answers later, gets a job with a copy of its input; it may
 * be abandoned at any time.  The crew is the extra threads for those that block. */
#include "value/base.h"

#include "task/bind.h"

#include <pthread.h>
#include <signal.h>

struct asl__crew {
    pthread_mutex_t *lock; /* the set's; guards all below */
    pthread_cond_t wake;
    asl__job *first, *last;
    pthread_t *threads;
    unsigned most, count, idle;
    bool quit;
};

/* Calls a handler that has an adapter. */
static asl_value call_adapted(asl_task_call *call, asl_value input)
{
    const asl_handler *handler = asl__callee_of(call)->handler;

    return handler->adapt(call, input, handler->cjson);
}

asl__callee asl__callee_for(const asl_handler *handler, const asl_task *task,
                            const char *function)
{
    return (asl__callee){ .direct = { handler->adapt != NULL ? call_adapted
                                                             : handler->fn },
                          .handler = handler,
                          .task = task,
                          .function = function };
}

/* ---- what handlers see -------------------------------------------------------- */

const char *asl_task_resource(asl_task_call *call)
{
    asl_value resource = asl__callee_of(call)->task->resource;
    size_t len = asl_text_len(resource);
    char *text = asl_alloc(call->region, len + 1);

    if (text == NULL)
        return "";
    memcpy(text, asl_text(&resource), len);
    text[len] = '\0';
    return text;
}

const char *asl_task_function(asl_task_call *call)
{
    return asl__callee_of(call)->function;
}

asl_value asl_task_error_of(asl_task_call *call, asl_value error, asl_value cause)
{
    return asl_error(call->region, error, cause);
}

asl_value asl_task_error_any(asl_task_call *call, const char *error, const char *cause)
{
    return asl_error(call->region, asl_cstring(call->region, error),
                     cause != NULL ? asl_cstring(call->region, cause)
                                   : asl_undefined());
}

/* ---- jobs --------------------------------------------------------------------- */

/* The handler's side gives RESULT and its reference. */
static void conclude(asl__job *job, asl_value result)
{
    pthread_mutex_t *lock = asl__taskset_lock(job->target.set);

    pthread_mutex_lock(lock);
    bool done = job->state == ASL__JOB_DONE;
    if (job->state == ASL__JOB_RUNNING) {
        job->result = result;
        job->state = ASL__JOB_DONE;
    }
    pthread_mutex_unlock(lock);
    asl__check(!done, "asl_task_finish is called once");
    if (done)
        return;
    asl__job_over(job);
    asl__job_drop(job);
}

void asl_task_finish(asl_task_call *call, asl_value result)
{
    asl__job *job = asl__callee_of(call)->job;

    if (job != NULL)
        conclude(job, result);
}

static void run_job(asl__job *job)
{
    bool later = (job->callee.handler->flags & ASL_HANDLER_LATER) != 0;
    asl_value v = job->callee.direct.fn(&job->handle, job->input);

    /* When it is later and undefined, the job may be over and gone by now. */
    if (!later || !asl_is_undefined(v))
        conclude(job, v);
}

/* A cancelled call is over at once; its handler may go on for nothing. */
static void cancel_handler(asl__job *job)
{
    pthread_mutex_t *lock = asl__taskset_lock(job->target.set);

    pthread_mutex_lock(lock);
    if (job->state == ASL__JOB_RUNNING) {
        job->state = ASL__JOB_ABANDONED;
        job->abandoned = true;
        asl__job_discharge(job); /* it may outlive the program's pool */
        asl__taskset_counts(job->target.set)->abandoned++;
    }
    bool announce = !job->announced;
    job->announced = true;
    pthread_mutex_unlock(lock); /* its place stays taken as long as it runs */
    if (announce)
        asl__call_ready(job->call);
}

static asl_value take_handler(asl__job *job, asl_region *region)
{
    pthread_mutex_t *lock = asl__taskset_lock(job->target.set);

    pthread_mutex_lock(lock);
    bool done = job->state == ASL__JOB_DONE;
    pthread_mutex_unlock(lock);
    if (!done)
        return asl_errorf(region, "States.TaskFailed", "the call was abandoned");
    if (!asl_is_error(job->result))
        return asl_copy_to(region, job->result);
    const asl_error_info *error = asl_error_of(job->result);
    return asl_error_flagged(region, asl_copy_to(region, error->error),
                             asl_copy_to(region, error->cause), error->flags);
}

/* ---- the crew ----------------------------------------------------------------- */

asl__crew *asl__crew_new(pthread_mutex_t *lock, unsigned most)
{
    asl__crew *crew = calloc(1, sizeof *crew);

    if (crew == NULL)
        return NULL;
    crew->threads = calloc(most, sizeof *crew->threads);
    if (crew->threads == NULL) {
        free(crew);
        return NULL;
    }
    crew->lock = lock;
    crew->most = most;
    pthread_cond_init(&crew->wake, NULL);
    return crew;
}

void asl__crew_free(asl__crew *crew)
{
    if (crew == NULL)
        return;
    pthread_mutex_lock(crew->lock);
    crew->quit = true;
    pthread_cond_broadcast(&crew->wake);
    pthread_mutex_unlock(crew->lock);
    for (unsigned i = 0; i < crew->count; i++)
        pthread_join(crew->threads[i], NULL);
    pthread_cond_destroy(&crew->wake);
    free(crew->threads);
    free(crew);
}

static void *run_crew(void *user)
{
    asl__crew *crew = user;

    pthread_mutex_lock(crew->lock);
    for (;;) {
        asl__job *job = crew->first;
        if (job == NULL && crew->quit)
            break;
        if (job == NULL) {
            crew->idle++;
            pthread_cond_wait(&crew->wake, crew->lock);
            crew->idle--;
            continue;
        }
        crew->first = job->next;
        if (crew->first == NULL)
            crew->last = NULL;
        bool wanted = job->state == ASL__JOB_RUNNING;
        pthread_mutex_unlock(crew->lock);
        if (wanted)
            run_job(job);
        else
            conclude(job, asl_undefined());
        pthread_mutex_lock(crew->lock);
    }
    pthread_mutex_unlock(crew->lock);
    return NULL;
}

/* One more thread, if there may be one; all signals are left to the others.  Under the
 * lock.  Whether any thread is there. */
static bool enlarge(asl__crew *crew)
{
    sigset_t all, old;

    if (crew->count == crew->most)
        return true;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    if (pthread_create(&crew->threads[crew->count], NULL, run_crew, crew) == 0)
        crew->count++;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return crew->count > 0;
}

/* Has a thread of the crew run JOB; false if there can be none. */
static bool hand_over(asl__job *job)
{
    asl__taskset *set = job->target.set;
    pthread_mutex_t *lock = asl__taskset_lock(set);
    bool there = false;

    pthread_mutex_lock(lock);
    asl__crew *crew = asl__taskset_crew(set);
    if (crew != NULL)
        there = crew->idle > 0 && crew->first == NULL ? true : enlarge(crew);
    if (there) {
        job->next = NULL;
        if (crew->last != NULL)
            crew->last->next = job;
        else
            crew->first = job;
        crew->last = job;
        pthread_cond_signal(&crew->wake);
    }
    pthread_mutex_unlock(lock);
    return there;
}

static void start_handler(asl__job *job)
{
    if (!hand_over(job))
        conclude(job, asl_errorf(&job->region, "States.Runtime",
                                 "no thread could be started for the handler"));
}

/* A handler that answers later is first called where its call starts. */
static void start_later(asl__job *job)
{
    run_job(job);
}

static const asl__kind blocking_kind = { start_handler, cancel_handler, take_handler,
                                         NULL };
static const asl__kind later_kind = { start_later, cancel_handler, take_handler, NULL };

static enum asl__started start_job(const asl__target *target, asl__call *call,
                                   asl_value input)
{
    bool later = target->binding->max == 0 &&
                 target->binding->handler->flags == ASL_HANDLER_LATER;
    asl__job *job = asl__job_new(target, call, later ? &later_kind : &blocking_kind);

    if (job == NULL)
        return asl__answer_now(target, call, asl_no_memory());
    size_t size = strlen(target->function) + 1;
    char *function = asl_alloc(&job->region, size);
    job->input = asl_copy_to(&job->region, input);
    if (asl_is_error(job->input) || function == NULL ||
        !asl__job_charge(job, job->pool.used)) {
        asl__job_drop(job);
        asl__job_drop(job);
        return asl__answer_now(target, call, asl_no_memory());
    }
    memcpy(function, target->function, size);
    job->callee = asl__callee_for(target->binding->handler, call->task, function);
    job->callee.job = job;
    job->handle = (asl_task_call){ &job->region, &job->callee.direct };
    return asl__job_start(job);
}

enum asl__started asl__handler_start(const asl__target *target, asl__call *call,
                                     asl_value input)
{
    const asl_handler *handler = target->binding->handler;

    if (handler->flags != 0 || target->binding->max != 0)
        return start_job(target, call, input);
    asl__callee callee = asl__callee_for(handler, call->task, target->function);
    asl_task_call handle = { &call->frame->region, &callee.direct };
    return asl__answer_now(target, call, callee.direct.fn(&handle, input));
}
