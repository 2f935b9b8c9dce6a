/* What the files of JSONata's run time share (jsonata_*.c); what emitted code calls is in
 * aslrt/jsonata.h. */
#ifndef ASL_EXPR_QUERY_H
#define ASL_EXPR_QUERY_H

#include <aslrt/jsonata.h>

#include "expr/host.h"

/* Bounds of one evaluation. */
enum {
    ASL__MOST_CALLS = 100000, /* nested calls, where the stack has room for them */
    ASL__STACK_LEFT = 262144, /* bytes of the thread's stack that a call leaves alone */
    ASL__MOST_SECONDS = 10,   /* of processor time, looked at now and then: */
    ASL__TICKS = 4096         /* loops and calls between two looks */
};
enum { ASL__MOST_RANGE = 10000000 };
/* The most bytes that a picture or $pad may make of a value, as Step Functions
 * bounds values. */
enum { ASL__MOST_TEXT = 6990256 };
/* The error for what would be more. */
asl_value asl__too_much(asl_eval *e);
enum { ASL__TAIL_FEW = 8 };

/* What few expressions need of an evaluation (asl_eval.more). */
struct asl__evaluation {
    uint32_t calls;      /* nested asl_apply */
    bool has_now;
    int64_t now;         /* $now(), $millis(): milliseconds, the same all through */
    uint32_t most_calls; /* bound of `calls` */
    int64_t deadline;    /* of the thread's processor time, microseconds; 0: not set yet */
    const char *stack_end; /* addresses below are left alone; NULL: not known yet */
    asl_value tail_function, tail_context; /* of asl_tail_call */
    uint32_t tail_count;
    const asl_value *tail_args;
    asl_value tail_few[ASL__TAIL_FEW]; /* where they are if they are not more */
    uint32_t extended; /* blocks and texts that were made longer in place: see callback.h */
};
/* E's, made now if need be; NULL without memory. */
struct asl__evaluation *asl__evaluation_of(asl_eval *e);
/* U1001 when the evaluation has taken too long or nests too deeply, else undefined:
 * for calls. */
asl_value asl__bounded(asl_eval *e);
/* U1001 when it has taken too long: for every loop over what an expression can make
 * large. */
asl_value asl__look_at_clock(asl_eval *e);
static inline asl_value asl__tick(asl_eval *e)
{
    return ++e->ticks % ASL__TICKS ? asl_undefined() : asl__look_at_clock(e);
}

/* 64 random bits: of the frame's generator, of the system's where there is none. */
uint64_t asl__query_random(asl_eval *e);

/* The arguments of the built-in SELF checked against its signature and completed:
 * OUT gets SELF->arity values (missing ones undefined; CONTEXT for `-`; `a` with a
 * scalar wrapped; `+`: all of them as one array).  An error (T0410, T0411, T0412) or
 * undefined. */
asl_value asl__arguments(asl_eval *e, const asl_function *self, asl_value context, uint32_t n,
                         const asl_value *args, asl_value *out);
/* The same once no argument is an error. */
asl_value asl__checked(asl_eval *e, const asl_function *self, asl_value context, uint32_t n,
                       const asl_value *args, asl_value *out);
/* The same for a lambda's SIGNATURE; OUT has room for ARITY. */
asl_value asl__signature(asl_eval *e, const char *signature, const char *name, uint32_t arity, asl_value context,
                         uint32_t n, const asl_value *args, asl_value *out);

/* Kinds of functions beside built-in ones and lambdas. */
enum asl__function_kind {
    ASL__PLAIN,
    ASL__PARTIAL,
    ASL__COMPOSED,
    ASL__TRANSFORM,
    ASL__MATCHER, /* data: struct asl__matcher */
    ASL__NEXT     /* `next` of a match; data: struct asl__next_match */
};

/* A regex literal.  Only the file that makes one refers to PCRE2.  Texts are as UTF-16
 * units (jsonata_text.h: struct asl__units), and groups live until the next find. */
struct asl__match {
    size_t start, end;        /* bytes */
    uint32_t ngroups;
    const size_t *groups;     /* start, end of each; SIZE_MAX: took no part */
};
struct asl__matcher {
    const asl_query_regex *regex;
    /* Finds the first match at or behind byte FROM: 1, 0 none, -1 error in *error. */
    int (*find)(asl_eval *e, const struct asl__matcher *m, const char *text, size_t len, size_t from,
                struct asl__match *match, asl_value *error);
};

/* The items of a list that nothing is added to any more, as an array with FLAGS; or
 * its error. */
asl_value asl__list_view(asl_list *l, unsigned flags);
/* asl_list_... for those who have no evaluation. */
void asl__list_add(asl_region *region, asl_list *l, asl_value v);
void asl__list_join(asl_region *region, asl_list *l, asl_value v);
/* Room for COUNT more items; false (with the error set) without memory. */
bool asl__list_reserve(asl_region *region, asl_list *l, size_t count);
/* The same as asl__list_view; what the list has not used of its block is given back. */
asl_value asl__list_end(asl_region *region, asl_list *l, unsigned flags);
/* The body of a function of kind ASL__MATCHER: (text, index of the unit to start at). */
asl_value asl__matcher_body(asl_eval *e, const asl_function *self, const asl_value *args);

/* Whether A and B are equal as `=` has it, functions by identity. */
bool asl__same(asl_value a, asl_value b);
/* `$string` of V: an error (D3001) or a string. */
asl_value asl__string_of(asl_eval *e, asl_value v);
/* $append of A and B (jsonata_list.c). */
asl_value asl__append(asl_eval *e, asl_value a, asl_value b);
/* $boolean's cast as a value: undefined stays. */
asl_value asl__cast_boolean(asl_eval *e, asl_value v);

#endif
