/* SIGINT, SIGTERM and SIGHUP stop the execution, which ends its children; exit status 4.
 *
 * A signal handler may do next to nothing: it posts a semaphore.  The watcher, a thread
 * that only a program has whose workflow may wait (Task, Wait, Parallel, Map), does the
 * rest.  A program without it is ended by the signal as any other.  The second signal
 * ends the program at once.  The watcher also writes the history out 50 ms after it has
 * something to write, and stops an execution that takes longer than it may.
 *
 * The handler finds the semaphore through the mutable globals below, the library's only ones. */
#include "value/small.h"

#include "value/base.h"

#include "program/cli.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <time.h>

#define PERIOD_NS 50000000L
/* Seconds in which an execution that was stopped must end: its limit, but in these bounds. */
#define LEAST_GRACE 1.0
#define MOST_GRACE 5.0

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

struct asl__cli_watcher {
    sem_t wake; /* a signal, something to flush, or the end */
    pthread_t thread;
    struct asl__cli_history *history; /* NULL: none */
    struct sigaction before[ASL__COUNT_OF(signals)];
    pthread_mutex_t lock; /* guards the rest; outranks the scheduler's lock */
    asl_execution *execution;
    bool stopped, quit;
    struct timespec until; /* of the execution, while it is limited */
    double grace;
    bool limited, late;
    void (*hung)(void *user);
    void *user;
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

/* The time SECONDS from now. */
static struct timespec after(double seconds)
{
    struct timespec until;
    long ns = (long)((seconds - (double)(time_t)seconds) * 1e9);

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += (time_t)seconds;
    until.tv_nsec += ns;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    return until;
}

/* Stops an execution that is late; one that does not end even then is hung.  Under the
 * lock. */
static void look_at_time(asl__cli_watcher *watcher)
{
    struct timespec now = after(0);

    if (!watcher->limited || now.tv_sec < watcher->until.tv_sec ||
        (now.tv_sec == watcher->until.tv_sec && now.tv_nsec < watcher->until.tv_nsec))
        return;
    if (watcher->late)
        watcher->hung(watcher->user);
    watcher->late = true;
    watcher->until = after(watcher->grace);
    if (watcher->execution != NULL)
        asl__execution_stop(watcher->execution, NULL, "stopped: it took too long");
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
    look_at_time(watcher);
    bool go_on = !watcher->quit;
    pthread_mutex_unlock(&watcher->lock);
    return go_on;
}

static void rest(asl__cli_watcher *watcher)
{
    struct timespec until = after(PERIOD_NS * 1e-9);

    while (sem_timedwait(&watcher->wake, &until) == 0)
        if (!look(watcher))
            return;
}

/* Until something happens, or the execution's time is over. */
static void wait_for_more(asl__cli_watcher *watcher)
{
    pthread_mutex_lock(&watcher->lock);
    struct timespec until = watcher->until;
    bool limited = watcher->limited;
    pthread_mutex_unlock(&watcher->lock);
    while ((limited ? sem_timedwait(&watcher->wake, &until)
                    : sem_wait(&watcher->wake)) != 0 &&
           errno == EINTR)
        ;
}

static void *run_watcher(void *user)
{
    asl__cli_watcher *watcher = user;

    for (;;) {
        wait_for_more(watcher);
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

void asl__cli_watcher_limit(asl__cli_watcher *watcher, double seconds,
                            void (*hung)(void *user), void *user)
{
    pthread_mutex_lock(&watcher->lock);
    watcher->limited = seconds > 0;
    watcher->late = false;
    watcher->until = after(seconds);
    watcher->grace = seconds < LEAST_GRACE  ? LEAST_GRACE
                     : seconds > MOST_GRACE ? MOST_GRACE
                                            : seconds;
    watcher->hung = hung;
    watcher->user = user;
    pthread_mutex_unlock(&watcher->lock);
    sem_post(&watcher->wake);
}

bool asl__cli_watcher_late(asl__cli_watcher *watcher)
{
    pthread_mutex_lock(&watcher->lock);
    watcher->limited = false;
    bool late = watcher->late;
    pthread_mutex_unlock(&watcher->lock);
    return late;
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
