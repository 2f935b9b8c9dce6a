/* Regex literals of JSONata (module regex). */
#ifndef ASL_EXPR_JSONATA_REGEX_H
#define ASL_EXPR_JSONATA_REGEX_H

#include <aslrt/jsonata.h>

/* Whether REGEX can be compiled; if not, *MESSAGE (SIZE bytes) says why: for the
 * compiler, before asl_matcher has seen it. */
bool asl__query_regex_check(const asl_query_regex *regex, char *message, size_t size);

#endif
