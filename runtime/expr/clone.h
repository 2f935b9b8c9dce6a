/* Copies of values whose objects can be told apart by their blocks. */
#ifndef ASL_EXPR_CLONE_H
#define ASL_EXPR_CLONE_H

#include "query.h"

/* V as $clone has it: plain JSON without flags, functions as "".  Each object in it, an
 * empty one too, has a block of its own. */
asl_value asl__clone(asl_eval *e, asl_value v);

#endif
