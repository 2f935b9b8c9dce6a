/* For the parts of the io layer that use libevent beyond descriptors and timers. */
#ifndef ASL_IO_LOOP_BASE_H
#define ASL_IO_LOOP_BASE_H

#include "io/loop.h"

#include <event2/event.h>

/* The loop's base; to be used on the loop's thread only. */
struct event_base *asl__loop_base(asl__loop *loop);

#endif
