/* The event loop: one thread that owns libevent and whatever waits for a descriptor.
 *
 * Everything about libevent happens on the loop's thread, so its base needs no locks.
 * Other threads hand the loop closures (asl__loop_post); an eventfd wakes it.  The
 * thread blocks all signals: a write to a broken pipe there is EPIPE and nothing else.
 * Timers of workflows are not kept here but by the scheduler.
 */
#ifndef ASL_IO_LOOP_H
#define ASL_IO_LOOP_H

#include <stdbool.h>
#include <stddef.h>

typedef struct asl__loop asl__loop;
typedef struct asl__fd_watch asl__fd_watch;
typedef struct asl__closure asl__closure;

/* Work for the loop's thread.  Embedded in what it is about, so that posting needs no
 * memory; run may free it. */
struct asl__closure {
    void (*run)(asl__closure *closure);
    asl__closure *next; /* the loop's, while posted */
    bool posted;        /* the loop's, under its lock */
};

/* A loop with its thread running; NULL with errno. */
asl__loop *asl__loop_new(void);
/* Ends the thread once the closures posted so far have run, and frees the loop.  All
 * watches must be gone or are forgotten.  Not from the loop's own thread. */
void asl__loop_free(asl__loop *loop);

/* Has CLOSURE run on the loop's thread, in order of posting.  From any thread; a
 * closure that is posted already is left in its place. */
void asl__loop_post(asl__loop *loop, asl__closure *closure);
/* On the loop's thread: takes CLOSURE back if it is posted and has not run yet. */
void asl__loop_unpost(asl__loop *loop, asl__closure *closure);

enum { ASL__READABLE = 1, ASL__WRITABLE = 2 };

/* On the loop's thread: calls READY(user) whenever descriptor FD is readable or writable
 * (one of the two), until the watch is closed.  NULL without memory. */
asl__fd_watch *asl__loop_watch(asl__loop *loop, int fd, int what,
                               void (*ready)(void *user), void *user);
/* Ends the watch, not the descriptor.  NULL is allowed. */
void asl__fd_watch_close(asl__fd_watch *watch);
/* Calls FIRED(user) once after MILLISECONDS of real time, unless closed before. */
asl__fd_watch *asl__loop_timer(asl__loop *loop, long milliseconds,
                               void (*fired)(void *user), void *user);

#endif
