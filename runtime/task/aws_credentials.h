/* Where the keys of requests come from, and keeping them fresh.
 *
 *     source   one way to keys: they are said, or asked of STS, of a process, a container's
 *              or a machine's metadata; it keeps what it got until shortly before its end
 *     waiter   a request that wants keys
 *
 * Everything happens on the loop's thread, but making and freeing. */
#ifndef ASL_TASK_AWS_CREDENTIALS_H
#define ASL_TASK_AWS_CREDENTIALS_H

#include "task/aws_settings.h"

typedef struct asl__aws_credentials asl__aws_credentials;
typedef struct asl__aws_waiter asl__aws_waiter;

struct asl__aws_waiter {
    /* KEYS are there, until this returns; or they are NULL, and WHY says what is wrong,
     * without secrets. */
    void (*ready)(asl__aws_waiter *waiter, const asl__aws_keys *keys, const char *why);
    asl__aws_waiter *next; /* while it waits */
};

/* What the requests for keys are made with; all of it outlives the credentials. */
typedef struct asl__aws_means {
    asl__loop *loop;
    asl__http *http;
    const asl__aws_settings *settings;
    const char *region; /* where STS is asked; NULL: none is said */
} asl__aws_means;

/* NULL without memory. */
asl__aws_credentials *asl__aws_credentials_new(const asl__aws_means *means);
/* Nobody may be waiting and nothing be under way any more: see asl__aws_credentials_idle. */
void asl__aws_credentials_free(asl__aws_credentials *c);
/* Calls WAITER->ready, maybe before this returns: with the caller's keys, or (ROLE not NULL)
 * those of that role.  LOCAL: the request goes to a stand-in for AWS, which does with any. */
void asl__aws_credentials_want(asl__aws_credentials *c, const char *role, bool local,
                               asl__aws_waiter *waiter);
/* WAITER does not wait any more. */
void asl__aws_credentials_leave(asl__aws_credentials *c, asl__aws_waiter *waiter);
/* The keys of the default source were not taken (they may have been changed meanwhile): they
 * are asked for again. */
void asl__aws_credentials_renew(asl__aws_credentials *c);
/* Stops what is under way; true once nothing is. */
bool asl__aws_credentials_idle(asl__aws_credentials *c);

/* The keys in the answer of STS (XML) or of another source (JSON).  *EXPIRES gets their end in
 * seconds since 1970, INT64_MAX for none.  False: there are none in it.  Pure. */
bool asl__aws_read_sts(asl_region *region, const char *text, size_t len,
                       asl__aws_keys *keys, int64_t *expires);
bool asl__aws_read_keys(asl_region *region, const char *text, size_t len,
                        asl__aws_keys *keys, int64_t *expires);
/* The command line LINE of credential_process as words, NULL at the end; NULL if it is none. */
char **asl__aws_split_command(asl_region *region, const char *line);

#endif
