/* The matches of a pattern in a text, one after the other. */
#ifndef ASL_EXPR_JSONATA_MATCH_H
#define ASL_EXPR_JSONATA_MATCH_H

#include "jsonata_text.h"

struct asl__matches {
    asl_eval *e;
    const char *name;                   /* of the function that looks, for messages */
    const struct asl__matcher *matcher; /* of a regex literal, which is asked directly;
                                           NULL: OBJECT was given by a function */
    struct asl__units text;
    struct asl__match at;
    size_t counted, index; /* the unit at byte COUNTED is number INDEX */
    asl_value object;
    asl_value error;
};

/* The first match of PATTERN, a function, in the string S, and the next: 1, 0 none, -1
 * an error in M->error. */
int asl__first_match(struct asl__matches *m, asl_eval *e, const char *name, asl_value s,
                     asl_value pattern);
int asl__next_match(struct asl__matches *m);
/* The match as functions see it: {match, start, end, groups, next}. */
asl_value asl__match_object(struct asl__matches *m);
/* The byte of unit INDEX of the text, within its bounds. */
size_t asl__match_offset(const struct asl__matches *m, double index);

#endif
