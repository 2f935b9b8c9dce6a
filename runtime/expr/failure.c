/* The errors of this layer. */
#include "../value/base.h"

#include "failure.h"

#include "../value/buf.h"

asl_value asl__failure(asl_region *region, uint32_t flags, asl_value cause)
{
    asl_error_info *info;

    if (asl_is_error(cause))
        return cause;
    info = asl_alloc(region, sizeof *info);
    if (!info)
        return asl_no_memory();
    info->error = asl_str("States.Runtime");
    info->cause = cause;
    info->flags = ASL_ERROR_FINAL | flags;
    asl_value v = asl__word(ASL_FAILURE, 0);
    v.u.big.as.error = info;
    return v;
}

asl_value asl__failf(asl_region *region, const char *format, ...)
{
    struct asl__buf buf = ASL__BUF_INIT;
    va_list args;

    va_start(args, format);
    asl__buf_vprintf(&buf, format, args);
    va_end(args);
    asl_value cause =
        buf.failed ? asl_no_memory() : asl_string(region, buf.data, buf.len);
    asl__buf_free(&buf);
    return asl__failure(region, 0, cause);
}

asl_value asl__around(asl_region *region, const char *before, asl_value v,
                      const char *behind)
{
    struct asl__buf buf = ASL__BUF_INIT;

    asl__buf_bound(&buf, region);
    asl__buf_append_cstring(&buf, before);
    if (asl_is_string(v))
        asl__buf_append(&buf, asl_text(&v), asl_text_len(v));
    else if (!asl_is_undefined(v))
        asl__print(&buf, v);
    asl__buf_append_cstring(&buf, behind);
    asl_value text =
        buf.failed ? asl_no_memory() : asl_string(region, buf.data, buf.len);
    asl__buf_free(&buf);
    return text;
}
