/* The event loop that the modules of a set share.  A file of its own: a program without
 * such modules links no loop. */
#include "value/base.h"

#include "io/loop.h"
#include "task/bind.h"

asl__loop *asl__taskset_loop(asl__taskset *set)
{
    asl__shared_loop *shared = asl__taskset_shared_loop(set);

    if (shared->loop == NULL)
        shared->loop = asl__loop_new();
    shared->free = asl__loop_free;
    return shared->loop;
}
