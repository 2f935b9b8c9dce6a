/* Regular expressions of JSONPath filters (module regex). */
#ifndef ASL_EXPR_REGEX_H
#define ASL_EXPR_REGEX_H

#include <aslrt/ops.h>

/* Whether REGEX can be compiled; if not, *OFFSET is the byte where it is wrong. */
bool asl__regex_valid(const asl_regex *regex, size_t *offset);

#endif
