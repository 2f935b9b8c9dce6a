/* A state that is tested by itself: what the call gives it, and what is seen of it.
 * Other programs know of it by this pointer in the options alone: context.c and policy.c
 * look at it, and call nothing of inspect.c.
 *
 * One call is one execution on a scheduler of its own, whose options point here.  The frame
 * is the only one there is, and its state the only one that works. */
#ifndef ASL_MACHINE_INSPECT_H
#define ASL_MACHINE_INSPECT_H

#include <aslrt/inspect.h>

#include "machine/sched.h"

typedef struct asl__inspection {
    const asl_tested *tested;
    asl_region *region; /* of all values here */

    /* Given. */
    asl_value context;   /* the context object */
    asl_value variables; /* an object; undefined: none */
    asl_value mock;      /* a result or an error; undefined: none */
    asl_value items;     /* what an ItemReader reads; undefined: not given */
    uint32_t retries;    /* that the retrier has granted before */
    int64_t failures;    /* of a Map's iterations; -1: not given */

    /* Seen. */
    asl_value seen[ASL_INSPECT_COUNT]; /* undefined: not come to */
    bool entered, again;   /* the state has been entered; a second time */
    bool has_limits;       /* of a Map, the three below */
    uint32_t concurrency;
    int64_t tolerated_count;     /* -1: not given */
    double tolerated_percentage; /* -1: not given */
    bool too_many; /* more iterations are said to have failed than there are: no call */
    int retry_index, catch_index; /* which took the error; -1: none */
    bool retriable;               /* the retrier has granted a retry, */
    int64_t backoff;              /* after so many seconds */
    asl_value error, cause;       /* what was caught */
} asl__inspection;

#endif
