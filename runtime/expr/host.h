/* What an evaluation of JSONata asks of the machine that it runs in: in
 * machine/context.c. */
#ifndef ASL_EXPR_HOST_H
#define ASL_EXPR_HOST_H

#include <stdint.h>

struct asl_frame;

/* Now on the clock of F's program, microseconds since 1970. */
int64_t asl__frame_now(struct asl_frame *f);
/* 64 bits of F's random generator. */
uint64_t asl__frame_random(struct asl_frame *f);

#endif
