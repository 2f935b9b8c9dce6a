/* The order in which a Java HashMap of text keys hands them out (recorded.md 22). */
#ifndef ASL_EXPR_ORDER_H
#define ASL_EXPR_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* String.hashCode of UTF-8 (WTF-8) text. */
uint32_t asl__java_hash(const char *text, size_t len);
/* OUT[i] is the place among the N distinct NAMES of the i-th in iteration order, when
 * they are put into a new HashMap one after the other.  Needs no memory. */
void asl__java_order(const char *const *names, const size_t *lens, size_t n,
                     size_t *out);

#endif
