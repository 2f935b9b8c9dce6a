/* The errors of this layer: States.Runtime, final, with a Cause. */
#ifndef ASL_EXPR_FAILURE_H
#define ASL_EXPR_FAILURE_H

#include <aslrt/value.h>

/* Flags of asl_error_info beside those of value.h, for this layer only. */
enum {
    ASL__FAILURE_REJECTS = 0x100, /* in a filter: leaves the node out, raises nothing */
    ASL__FAILURE_WRAPPED = 0x200  /* an intrinsic's Cause that names the expression */
};

/* States.Runtime with that CAUSE (a string; an error passes) and ASL_ERROR_FINAL | FLAGS. */
asl_value asl__failure(asl_region *region, uint32_t flags, asl_value cause);
/* The same with a printf Cause; flags ASL_ERROR_FINAL only. */
asl_value asl__failf(asl_region *region, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 2, 3)))
#endif
    ;
/* BEFORE, the text of V (strings as they are, else compact JSON), BEHIND: a string. */
asl_value asl__around(asl_region *region, const char *before, asl_value v,
                      const char *behind);

#endif
