/*
 * expressions.h - JSONata expressions without a workflow around them.
 */
#ifndef ASLC_EXPRESSIONS_H
#define ASLC_EXPRESSIONS_H

#include "diag.h"
#include "emit.h"
#include "read.h"

/* C for the expressions in ROOT, an array of strings or of objects {"expression": string,
 * "variables": [names]}: a table
 *
 *   static const struct expression { asl_value (*run)(asl_eval *e); const char *code, *message;
 *                                    long offset; } expressions[];
 *   static const size_t nexpressions;
 *
 * One that has no C has a code, a message and the offset of what is wrong.  The
 * variables are members of e->result.  False after a diagnostic when ROOT is no such array. */
bool expressions_emit(struct diags *diags, const struct node *root, struct text *out);

#endif
