/* Values as Java's toString prints them. */
#ifndef ASL_EXPR_JAVA_H
#define ASL_EXPR_JAVA_H

#include "../value/buf.h"

/* Appends V: `{a=1, b=[x, null]}`, strings as they are, numbers as in JSON. */
void asl__java_print(struct asl__buf *buf, asl_value v);

#endif
