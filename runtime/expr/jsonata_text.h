/* What the string functions of JSONata share: their arguments, text that is built, and
 * text as UTF-16 units. */
#ifndef ASL_EXPR_JSONATA_TEXT_H
#define ASL_EXPR_JSONATA_TEXT_H

#include "query.h"

/* ---- arguments ------------------------------------------------------------------- */

/* The only argument of SELF, `<s->`, to *S: true for a string; else *S is the result,
 * an error or undefined. */
bool asl__one_checked(asl_eval *e, const asl_function *self, asl_value context,
                      uint32_t n, const asl_value *args, asl_value *s);
static inline bool asl__one_string(asl_eval *e, const asl_function *self,
                                   asl_value context, uint32_t n, const asl_value *args,
                                   asl_value *s)
{
    *s = n ? args[0] : context;
    return (n <= 1 && asl_is_string(*s)) ||
           asl__one_checked(e, self, context, n, args, s);
}

/* ---- text that is built ---------------------------------------------------------- */

/* A string being built in a region: while it is the newest there it grows in place. */
struct asl__text {
    asl_region *region;
    char *data;
    size_t len, room;
    bool failed; /* no memory, or beyond what a string may have */
};

bool asl__text_grow(struct asl__text *t, size_t extra);
/* Room for EXTRA more bytes; false and FAILED without. */
static inline bool asl__text_reserve(struct asl__text *t, size_t extra)
{
    return t->room - t->len >= extra || asl__text_grow(t, extra);
}
/* Appends; a surrogate at the end and one at the start of DATA become one character. */
void asl__text_put(struct asl__text *t, const char *data, size_t len);
static inline void asl__text_put_value(struct asl__text *t, asl_value v)
{
    asl__text_put(t, asl_text(&v), asl_text_len(v));
}
/* What was built; gives back the room that is left. */
asl_value asl__text_end(struct asl__text *t);

/* Bytes of TEXT before the first that is not ASCII. */
size_t asl__ascii_prefix(const char *text, size_t len);

/* The bytes START up to END of V, a string, as a string that shares them. */
static inline asl_value asl__part(asl_value v, size_t start, size_t end)
{
    return asl_string_in(asl_text(&v) + start, end - start);
}

/* ---- text as UTF-16 units -------------------------------------------------------- */

/* JavaScript looks for patterns among UTF-16 units.  A text that has any surrogates, in
 * pairs or not, is SPLIT for that: each unit D800..DFFF stands there as the character
 * 10D800..10DFFF (no character is left that could be meant), so that one character is
 * one unit.  All other texts are as they are. */
struct asl__units {
    asl_value whole;  /* the string */
    const char *text; /* its bytes, maybe inside WHOLE, or the split copy */
    size_t len;
    bool split;
    bool ascii; /* all of it is */
};

/* Fills in *U, which must stay where it is, for the string V; false without memory. */
bool asl__units_of(asl_eval *e, asl_value v, struct asl__units *u);
/* The bytes START up to END of U's text as a string. */
asl_value asl__units_part(asl_eval *e, const struct asl__units *u, size_t start,
                          size_t end);
/* Appends them to T. */
void asl__units_put(struct asl__text *t, const struct asl__units *u, size_t start,
                    size_t end);
/* The number of units among them. */
size_t asl__units_count(const struct asl__units *u, size_t start, size_t end);
/* The byte where unit INDEX starts: U->len behind the last. */
size_t asl__units_offset(const struct asl__units *u, size_t index);

/* A string looked for in another. */
struct asl__search {
    struct asl__units in;
    const char *what; /* maybe inside NEEDLE or SPLIT_NEEDLE */
    size_t len;
    asl_value needle;
    struct asl__units split_needle;
};

/* Fills in *S, which must stay where it is; false without memory. */
bool asl__search(asl_eval *e, asl_value in, asl_value what, struct asl__search *s);
/* The byte from FROM on where it comes next; SIZE_MAX: nowhere. */
static inline size_t asl__search_next(const struct asl__search *s, size_t from)
{
    const char *text = s->in.text + from;
    size_t len = s->in.len - from;
    const char *found = s->len == 1 ? (const char *)memchr(text, *s->what, len)
                                    : (const char *)memmem(text, len, s->what, s->len);

    return found ? (size_t)(found - s->in.text) : SIZE_MAX;
}

/* ---- cases ----------------------------------------------------------------------- */

/* The upper case of a character where that is one character, else CODE itself. */
uint32_t asl__upper_of(uint32_t code);
/* VISIT for each character with an upper case of one character. */
void asl__each_upper(void (*visit)(void *to, uint32_t code, uint32_t upper), void *to);

#endif
