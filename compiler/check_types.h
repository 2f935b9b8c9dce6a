/*
 * check_types.h - sets of the types that a JSONata expression may give.
 */
#ifndef ASLC_CHECK_TYPES_H
#define ASLC_CHECK_TYPES_H

#include "jsonata.h"

enum {
    TYPE_UNDEFINED = 1 << 0,
    TYPE_NULL = 1 << 1,
    TYPE_BOOLEAN = 1 << 2,
    TYPE_NUMBER = 1 << 3,
    TYPE_STRING = 1 << 4,
    TYPE_ARRAY = 1 << 5,
    TYPE_OBJECT = 1 << 6,
    TYPE_FUNCTION = 1 << 7,
    TYPE_ANY = (1 << 8) - 1,
    TYPE_JSON = TYPE_ANY & ~(TYPE_FUNCTION | TYPE_UNDEFINED)
};

/* A set without undefined, as far as there is something else in it: what is judged,
 * since undefined goes through most operators and fails at the end. */
static inline unsigned types_defined(unsigned types)
{
    return types & ~(unsigned)TYPE_UNDEFINED ? types & ~(unsigned)TYPE_UNDEFINED
                                             : types;
}

/* ---- check_call.c ---- */

struct function {
    const char *call;      /* its name with `$` */
    const char *name;      /* without */
    const char *signature; /* jsonata.md 10 */
};

enum {
    FUNCTION_COUNT = 0
#define ASL_FN(name, arity, signature, module) +1
#include "../runtime/include/aslrt/functions.def"
#undef ASL_FN
};

extern const struct function check_functions[FUNCTION_COUNT];

/* The built-in function NAME as an index of check_functions; -1 if there is none. */
int check_function(const struct expr_text *name);

/* Why a call surely fails. */
struct misfit {
    const char *code;  /* T0410, T0412 */
    size_t argument;   /* from 0; may be the one behind the last */
    size_t most;       /* so many parameters are there; SIZE_MAX: any number */
    const char *items; /* T0412: what its elements must be */
    const struct jsonata *wrong; /* T0412: the argument or an element of it */
};

/* Whether FUNCTION may be called with these arguments, whose `value` is their types. */
bool check_arguments(struct arena *arena, const struct function *function,
                     const struct jsonata *const *args, size_t count,
                     struct misfit *misfit);

/* What FUNCTION may give. */
unsigned check_result(const struct function *function);

#endif
