/* What AWS's services answer: the shapes against which TestState checks a mocked result.
 *
 * aws_shapes.def is a table of texts: CALL(service, call, members) for what a call gives,
 * PART(service, name, members) for a structure within.  Members are separated by spaces:
 *
 *   member = NAME ["!"] ":" type        "!": it is required
 *   type   = "s" limits ["=" WORD *("|" WORD)]   a string; of that length; one of the words
 *          | "n" limits                 a number in that range
 *          | "b" | "*"                  a boolean; anything
 *          | "[" type "]" | "<" type ">"  an array; an object of values of that type
 *          | "@" NAME                   the PART of that name
 *   limits = ["(" [MIN] "," [MAX] ")"] */
#ifndef ASL_TASK_AWS_SHAPES_H
#define ASL_TASK_AWS_SHAPES_H

#include <aslrt/value.h>

#include "value/buf.h"

/* Whether V may be what the call ACTION (`putItem`) of SERVICE (`dynamodb`,
 * `aws-sdk:dynamodb`) gives; false with TestState's message in WHY.  STRICT: members that
 * the service always gives must be there.  Members that it does not know, and calls that
 * are not in the table, fit. */
bool asl__aws_shape_fits(asl_value service, asl_value action, asl_value v, bool strict,
                         struct asl__buf *why);

#endif
