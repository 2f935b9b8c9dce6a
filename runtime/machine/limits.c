/* The service's limits (--aws-limits): 256 KiB of JSON for a result or output, 25,000
 * history events (errors.md 3.9). */
#include "value/small.h"

#include "value/base.h"

#include "machine/frame.h"

#define MOST_BYTES 262144
#define MOST_EVENTS 25000

size_t asl__text_size(asl_value v)
{
    struct asl__buf b = ASL__BUF_INIT;

    asl__print(&b, v);
    size_t size = b.failed ? SIZE_MAX : b.len;
    asl__buf_free(&b);
    return size;
}

asl_value asl__check_size(asl_region *region, asl_value name, asl_value v)
{
    size_t size = asl_is_error(v) ? 0 : asl__text_size(v);

    if (size == SIZE_MAX)
        return asl_no_memory();
    if (size <= MOST_BYTES)
        return asl_undefined();
    asl_value cause =
        asl_format_string(region,
                          "The state/task '%.*s' returned a result with a size "
                          "exceeding the maximum number of bytes service limit.",
                          (int)asl_text_len(name), asl_text(&name));
    return asl_error_flagged(region, asl_cstring(region, "States.DataLimitExceeded"),
                             cause, ASL_ERROR_PREFIXED);
}

asl_value asl__check_limits(asl__frame *x)
{
    asl_frame *f = &x->f;

    if (f->event + 1 >= MOST_EVENTS)
        return asl_errorf(
            &f->region, "States.Runtime",
            "The execution reached the maximum number of history events (%d).",
            MOST_EVENTS);
    if (x->entered_state == UINT32_MAX)
        return asl_undefined();
    return asl__check_size(&f->region, f->scope->states[x->entered_state].name,
                           f->input);
}
