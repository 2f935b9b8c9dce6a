/* SIGINT, SIGTERM and SIGHUP stop the execution, which ends its children; exit status 4.
 *
 * A signal handler may do next to nothing: it posts a semaphore.  The watcher, a thread
 * that only a program has whose workflow may wait (Task, Wait, Parallel, Map), does the
 * rest.  A program without it is ended by the signal as any other.  The second signal
 * ends the program at once.  The watcher also writes the history out 50 ms after it has
 * something to write.
 *
 * The handler finds the semaphore through the mutable globals below, the library's only ones. */
#include "value/base.h"

#include "program/cli.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>

#define PERIOD_NS 50000000L

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

struct asl__cli_watcher {
    sem_t wake; /* a signal, something to flush, or the end */
    pthread_t thread;
    struct asl__cli_history *history; /* NULL: none */
    struct sigaction before[ASL__COUNT_OF(signals)];
    pthread_mutex_t lock; /* guards the rest; outranks the scheduler's lock */
    asl_execution *execution;
    bool stopped, quit;
};

/* Atomic: written by the handler on any thread, read by the watcher and asl__cli_run. */
static sem_t *signalled_wake;
static int signalled;

static void on_signal(int number)
{
    int error = errno;

    __atomic_store_n(&signalled, number, __ATOMIC_SEQ_CST);
    sem_t *wake = __atomic_load_n(&signalled_wake, __ATOMIC_SEQ_CST);
    if (wake != NULL)
        sem_post(wake);
    errno = error;
}

static const char *signal_name(int number)
{
    switch (number) {
    case SIGINT: return "stopped by SIGINT";
    case SIGTERM: return "stopped by SIGTERM";
    default: return "stopped by SIGHUP";
    }
}

static void restore(const asl__cli_watcher *watcher)
{
    for (size_t i = 0; i < ASL__COUNT_OF(signals); i++)
        sigaction(signals[i], &watcher->before[i], NULL);
}

/* Looks at what has happened; false at the end. */
static bool look(asl__cli_watcher *watcher)
{
    int number = __atomic_load_n(&signalled, __ATOMIC_SEQ_CST);

    pthread_mutex_lock(&watcher->lock);
    if (number != 0 && !watcher->stopped) {
        watcher->stopped = true;
        restore(watcher);
    }
    if (watcher->stopped && watcher->execution != NULL)
        asl__sched_stop(asl__execution_sched(watcher->execution), NULL, signal_name(number));
    bool go_on = !watcher->quit;
    pthread_mutex_unlock(&watcher->lock);
    return go_on;
}

static void rest(asl__cli_watcher *watcher)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += PERIOD_NS;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    while (sem_timedwait(&watcher->wake, &until) == 0)
        if (!look(watcher))
            return;
}

static void *run_watcher(void *user)
{
    asl__cli_watcher *watcher = user;

    for (;;) {
        while (sem_wait(&watcher->wake) != 0)
            ;
        if (!look(watcher))
            break;
        rest(watcher);
        if (watcher->history != NULL)
            asl__cli_history_flush(watcher->history);
        if (!look(watcher)) /* an execution that had only begun is stopped now */
            break;
    }
    return NULL;
}

static void on_dirty(void *user)
{
    asl__cli_watcher *watcher = user;

    sem_post(&watcher->wake);
}

static bool start_thread(asl__cli_watcher *watcher)
{
    sigset_t all, old;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int error = pthread_create(&watcher->thread, NULL, run_watcher, watcher);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return error == 0;
}

asl__cli_watcher *asl__cli_watcher_new(struct asl__cli_history *history)
{
    asl__cli_watcher *watcher = calloc(1, sizeof *watcher);
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

    if (watcher == NULL)
        return NULL;
    sem_init(&watcher->wake, 0, 0);
    pthread_mutex_init(&watcher->lock, NULL);
    watcher->history = history;
    if (!start_thread(watcher)) {
        pthread_mutex_destroy(&watcher->lock);
        sem_destroy(&watcher->wake);
        free(watcher);
        return NULL;
    }
    if (history != NULL) {
        history->user = watcher;
        history->dirty = on_dirty;
    }
    __atomic_store_n(&signalled, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&signalled_wake, &watcher->wake, __ATOMIC_SEQ_CST);
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < ASL__COUNT_OF(signals); i++) {
        sigaction(signals[i], NULL, &watcher->before[i]);
        if (watcher->before[i].sa_handler != SIG_IGN) /* nohup, background jobs */
            sigaction(signals[i], &action, NULL);
    }
    return watcher;
}

void asl__cli_watcher_set(asl__cli_watcher *watcher, asl_execution *execution)
{
    if (watcher == NULL)
        return;
    pthread_mutex_lock(&watcher->lock);
    watcher->execution = execution;
    if (watcher->stopped && execution != NULL)
        sem_post(&watcher->wake);
    pthread_mutex_unlock(&watcher->lock);
}

bool asl__cli_watcher_stopped(asl__cli_watcher *watcher)
{
    return watcher != NULL && __atomic_load_n(&signalled, __ATOMIC_SEQ_CST) != 0;
}

void asl__cli_watcher_free(asl__cli_watcher *watcher)
{
    if (watcher == NULL)
        return;
    pthread_mutex_lock(&watcher->lock);
    watcher->quit = true;
    pthread_mutex_unlock(&watcher->lock);
    sem_post(&watcher->wake);
    pthread_join(watcher->thread, NULL);
    restore(watcher);
    __atomic_store_n(&signalled_wake, NULL, __ATOMIC_SEQ_CST);
    pthread_mutex_destroy(&watcher->lock);
    sem_destroy(&watcher->wake);
    free(watcher);
}
