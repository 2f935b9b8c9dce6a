/* What filter.c and regex.c share. */
#ifndef ASL_EXPR_FILTER_H
#define ASL_EXPR_FILTER_H

#include <aslrt/ops.h>

/* Whether V is a list that Jayway can look into; if not, F is marked: rejected if V is a
 * scalar, failed if there are arrays or objects in it. */
bool asl__filter_list(asl_filter *f, asl_value v);
/* The number V as Java's BigDecimal prints it, in a buffer of ASL__NUMBER_SIZE. */
size_t asl__filter_number(asl_value v, char *buf);

#endif
