/* Regular expressions of JavaScript as PCRE2 has them. */
#ifndef ASL_EXPR_JSONATA_PATTERN_H
#define ASL_EXPR_JSONATA_PATTERN_H

#include <aslrt/jsonata.h>

#include "../value/buf.h"

/* Appends to OUT the pattern of PCRE2 that matches, in texts of UTF-16 units (struct
 * asl__units), what REGEX matches in JavaScript (without its flag u).  NULL, or what is
 * wrong with it; without memory OUT has failed.  It is for the options UTF,
 * DOLLAR_ENDONLY, MATCH_UNSET_BACKREF and, where REGEX ignores case, CASELESS. */
const char *asl__pattern_translate(const asl_query_regex *regex, struct asl__buf *out);

#endif
