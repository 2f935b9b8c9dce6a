/* Tasks that somebody outside answers: by their token, or as a worker of an activity.
 *
 *     waiting  one attempt at such a task: the scheduler's call, and, unless it is an
 *              activity's, an inner call, the submission, which its binding serves as any
 *
 * A token works from before the submission is started until the task is over.  Whoever is
 * first decides: an answer, the end of the task's time, a stop.  Then the submission may
 * still be under way; it goes on to its end, and its reply is dropped.  Of a job (`.sync`)
 * whose token has been read, the inner call is the whole task, and an answer ends it early.
 *
 * The registry's lock outranks the scheduler's.  An entry that is in the table has a call
 * that asl__call_ready has not been called for. */
#ifndef ASL_TASK_TOKENS_H
#define ASL_TASK_TOKENS_H

#include "task/bind.h"

typedef struct asl__tokens asl__tokens;

/* NULL without memory. */
asl__tokens *asl__tokens_new(asl__taskset *set);
/* Whose tasks they are, once it is known. */
void asl__tokens_attach(asl__tokens *tokens, asl__sched *sched);
/* Ends submissions that are still under way, after a time of grace. */
void asl__tokens_close(asl__tokens *tokens);
void asl__tokens_free(asl__tokens *tokens);

/* Starts CALL, whose submission is INPUT given to TARGET's binding. */
enum asl__started asl__token_start(const asl__target *target, asl__call *call,
                                   asl_value input);
/* Starts CALL, a task of an activity that workers poll for. */
enum asl__started asl__activity_start(const asl__target *target, asl__call *call);

/* From any thread.  OUTPUT is JSON text; *ERROR says what is wrong with it. */
enum asl__answered asl__token_success(asl__tokens *tokens, asl__piece token,
                                      asl__piece output, asl_syntax_error *error);
/* ERROR and CAUSE are strings, or undefined. */
enum asl__answered asl__token_failure(asl__tokens *tokens, asl__piece token,
                                      asl_value error, asl_value cause);
enum asl__answered asl__token_heartbeat(asl__tokens *tokens, asl__piece token);

/* A task that a worker has been given. */
typedef struct asl__activity_task {
    char token[ASL__TOKEN_SIZE];
    struct asl__buf input; /* to be freed */
} asl__activity_task;
/* Whether the program has the activity ARN. */
bool asl__activity_known(asl__tokens *tokens, asl__piece arn);
/* The oldest task of the activity ARN, for WORKER (data NULL: it gives no name); false:
 * there is none now.  From any thread. */
bool asl__activity_take(asl__tokens *tokens, asl__piece arn, asl__piece worker,
                        asl__activity_task *task);
/* Has NEWS(USER) called, on any thread and without a lock, when an activity has got a task. */
void asl__activity_watch(asl__tokens *tokens, void (*news)(void *user), void *user);

#endif
