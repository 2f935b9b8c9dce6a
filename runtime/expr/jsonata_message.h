/* What the errors of JSONata say, for the compiler as well. */
#ifndef ASL_EXPR_JSONATA_MESSAGE_H
#define ASL_EXPR_JSONATA_MESSAGE_H

/* The message of CODE, "" if there is none.  In it {t} stands for the token as JSON, {T}
 * as it is; {v} for the value as JSON, {V} for the string as it is; {w} for the second
 * value. */
const char *asl__query_message(const char *code);

#endif
