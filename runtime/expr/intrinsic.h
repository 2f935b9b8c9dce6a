/* What the files of the intrinsic functions share. */
#ifndef ASL_EXPR_INTRINSIC_H
#define ASL_EXPR_INTRINSIC_H

#include <aslrt/ops.h>

/* The leftmost error among COUNT arguments, else undefined. */
asl_value asl__argument_error(uint32_t count, const asl_value *args);
/* "Invalid arguments in NAME". */
asl_value asl__invalid_arguments(asl_region *region, const char *name);
/* V, a number, rounded as Java's Math.round does (half up); false if it is no number or
 * has no place in 64 bits. */
bool asl__round(asl_value v, int64_t *out);

/* What begins every intrinsic: its argument count and errors among the arguments. */
#define ASL__ARGUMENTS(fits, name)                           \
    do {                                                     \
        asl_value error_ = asl__argument_error(count, args); \
        if (asl_is_error(error_))                            \
            return error_;                                   \
        if (!(fits))                                         \
            return asl__invalid_arguments(region, name);     \
    } while (0)

#endif
