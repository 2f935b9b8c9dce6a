/* Regular expressions of JSONPath filters (module regex). */
#ifndef ASL_EXPR_REGEX_H
#define ASL_EXPR_REGEX_H

#include <aslrt/ops.h>

enum asl__regex_check { ASL__REGEX_GOOD, ASL__REGEX_WRONG, ASL__REGEX_NO_MEMORY };

/* Whether REGEX can be compiled; if it is wrong, *OFFSET is the byte where. */
enum asl__regex_check asl__regex_check(const asl_regex *regex, size_t *offset);

#endif
