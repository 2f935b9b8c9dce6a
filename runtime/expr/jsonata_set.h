/* Sets of UTF-16 units, as classes of regular expressions have them. */
#ifndef ASL_EXPR_JSONATA_SET_H
#define ASL_EXPR_JSONATA_SET_H

#include <stdbool.h>
#include <stdint.h>

enum { ASL__UNITS = 0x10000 };

struct asl__set {
    uint64_t bits[ASL__UNITS / 64];
};

static inline bool asl__set_has(const struct asl__set *set, uint32_t c)
{
    return set->bits[c / 64] >> (c % 64) & 1;
}

/* Adds FIRST to LAST. */
void asl__set_add(struct asl__set *set, uint32_t first, uint32_t last);
void asl__set_invert(struct asl__set *set);
/* Adds what \d, \w, \s or their opposites stand for; false if LETTER is none of them.
 */
bool asl__set_add_class(struct asl__set *set, uint32_t letter);
/* Adds all that JavaScript takes for one of the set when case is ignored. */
void asl__set_ignore_case(struct asl__set *set);

#endif
