/* What is behind the functions of each kind (enum asl__function_kind); jsonata_call.c
 * enters them. */
#ifndef ASL_EXPR_KINDS_H
#define ASL_EXPR_KINDS_H

#include "query.h"

/* A function value with the parts of FUNCTION and copies of the NCELLS CELLS. */
asl_value asl__function_like(asl_eval *e, const asl_function *function, uint32_t ncells,
                             asl_value *const *cells);

asl_value asl__enter_partial(asl_eval *e, const asl_function *f, uint32_t n,
                             const asl_value *args);
asl_value asl__enter_composed(asl_eval *e, const asl_function *f, uint32_t n,
                              const asl_value *args);
asl_value asl__enter_transform(asl_eval *e, const asl_function *f, asl_value context,
                               uint32_t n, const asl_value *args);

#endif
