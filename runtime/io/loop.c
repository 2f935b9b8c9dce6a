/* See loop.h. */
#include "value/base.h"

#include "io/loop_base.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct asl__loop {
    struct event_base *base; /* the loop's thread */
    struct event *wake;      /* on wake_fd */
    int wake_fd;             /* eventfd: something has been posted */
    pthread_t thread;
    pthread_mutex_t lock; /* guards the rest; a leaf, nothing is called under it */
    asl__closure *first, *last;
    bool stop;
};

struct asl__fd_watch {
    struct event *event;
    void (*ready)(void *user);
    void *user;
};

static void wake(asl__loop *loop)
{
    uint64_t one = 1;

    /* It fails only with EAGAIN, when the counter is full: then the loop wakes anyway. */
    while (write(loop->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

static asl__closure *take_first(asl__loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    asl__closure *closure = loop->first;
    if (closure != NULL) {
        loop->first = closure->next;
        if (loop->first == NULL)
            loop->last = NULL;
        closure->posted = false;
    } else if (loop->stop) {
        event_base_loopbreak(loop->base);
    }
    pthread_mutex_unlock(&loop->lock);
    return closure;
}

static void on_wake(evutil_socket_t fd, short what, void *user)
{
    asl__loop *loop = user;
    asl__closure *closure;
    uint64_t count;

    (void)what;
    while (read((int)fd, &count, sizeof count) < 0 && errno == EINTR)
        ;
    while ((closure = take_first(loop)) != NULL)
        closure->run(closure);
}

static void *run_loop(void *user)
{
    asl__loop *loop = user;

    event_base_dispatch(loop->base);
    return NULL;
}

/* What libevent would print, whoever is asked for something says by itself. */
static void say_nothing(int severity, const char *message)
{
    (void)severity;
    (void)message;
}

static bool open_base(asl__loop *loop)
{
    struct event_config *config = event_config_new();

    event_set_log_callback(say_nothing);
    if (config == NULL)
        return false;
    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    loop->base = event_base_new_with_config(config);
    event_config_free(config);
    if (loop->base == NULL)
        return false;
    loop->wake =
        event_new(loop->base, loop->wake_fd, EV_READ | EV_PERSIST, on_wake, loop);
    return loop->wake != NULL && event_add(loop->wake, NULL) == 0;
}

static void close_base(asl__loop *loop)
{
    if (loop->wake != NULL)
        event_free(loop->wake);
    if (loop->base != NULL)
        event_base_free(loop->base);
    if (loop->wake_fd >= 0)
        close(loop->wake_fd);
}

/* Starts the thread with all signals blocked; an errno value or 0. */
static int start_thread(asl__loop *loop)
{
    sigset_t all, old;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int error = pthread_create(&loop->thread, NULL, run_loop, loop);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return error;
}

asl__loop *asl__loop_new(void)
{
    asl__loop *loop = calloc(1, sizeof *loop);
    int error = ENOMEM;

    if (loop == NULL)
        return NULL;
    pthread_mutex_init(&loop->lock, NULL);
    loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (loop->wake_fd < 0)
        error = errno;
    else if (open_base(loop))
        error = start_thread(loop);
    if (error == 0)
        return loop;
    close_base(loop);
    pthread_mutex_destroy(&loop->lock);
    free(loop);
    errno = error;
    return NULL;
}

void asl__loop_free(asl__loop *loop)
{
    if (loop == NULL)
        return;
    pthread_mutex_lock(&loop->lock);
    loop->stop = true;
    pthread_mutex_unlock(&loop->lock);
    wake(loop);
    pthread_join(loop->thread, NULL);
    close_base(loop);
    pthread_mutex_destroy(&loop->lock);
    free(loop);
}

struct event_base *asl__loop_base(asl__loop *loop)
{
    return loop->base;
}

void asl__loop_post(asl__loop *loop, asl__closure *closure)
{
    pthread_mutex_lock(&loop->lock);
    bool add = !closure->posted;
    bool was_empty = loop->first == NULL;
    if (add) {
        closure->posted = true;
        closure->next = NULL;
        if (was_empty)
            loop->first = closure;
        else
            loop->last->next = closure;
        loop->last = closure;
    }
    pthread_mutex_unlock(&loop->lock);
    if (add && was_empty)
        wake(loop);
}

void asl__loop_unpost(asl__loop *loop, asl__closure *closure)
{
    pthread_mutex_lock(&loop->lock);
    if (closure->posted) {
        asl__closure **link = &loop->first;
        asl__closure *before = NULL;
        while (*link != closure) {
            before = *link;
            link = &before->next;
        }
        *link = closure->next;
        if (loop->last == closure)
            loop->last = before;
        closure->posted = false;
    }
    pthread_mutex_unlock(&loop->lock);
}

static void on_ready(evutil_socket_t fd, short what, void *user)
{
    asl__fd_watch *watch = user;

    (void)fd;
    (void)what;
    watch->ready(watch->user);
}

static asl__fd_watch *new_watch(asl__loop *loop, int fd, short flags,
                                const struct timeval *after, asl__fd_watch with)
{
    asl__fd_watch *watch = malloc(sizeof *watch);

    if (watch == NULL)
        return NULL;
    *watch = with;
    watch->event = event_new(loop->base, fd, flags, on_ready, watch);
    if (watch->event != NULL && event_add(watch->event, after) == 0)
        return watch;
    if (watch->event != NULL)
        event_free(watch->event);
    free(watch);
    return NULL;
}

asl__fd_watch *asl__loop_watch(asl__loop *loop, int fd, int what,
                               void (*ready)(void *user), void *user)
{
    short flags = (short)((what & ASL__WRITABLE ? EV_WRITE : EV_READ) | EV_PERSIST);

    return new_watch(loop, fd, flags, NULL, (asl__fd_watch){ NULL, ready, user });
}

asl__fd_watch *asl__loop_timer(asl__loop *loop, long milliseconds,
                               void (*fired)(void *user), void *user)
{
    struct timeval after = { milliseconds / 1000, milliseconds % 1000 * 1000 };

    return new_watch(loop, -1, 0, &after, (asl__fd_watch){ NULL, fired, user });
}

void asl__fd_watch_close(asl__fd_watch *watch)
{
    if (watch == NULL)
        return;
    event_free(watch->event);
    free(watch);
}
