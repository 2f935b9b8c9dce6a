/* Calls of a program that tests one state: their reading, their checks, their answers.
 *
 * A call is one line of JSON, AWS's TestState request without the definition:
 *
 *   {"input": TEXT, "mock": {"result": TEXT | "errorOutput": {"error", "cause"},
 *    "fieldValidationMode": MODE}, "context": TEXT, "variables": TEXT, "inspectionLevel":
 *    LEVEL, "roleArn": ARN, "revealSecrets": BOOL, "stateConfiguration": {...}}
 *
 * TEXT is JSON as a string; any other value stands for itself.  The answer is one line,
 * TestState's response, or {"call_error": {"code", "message"}} where AWS refuses the call. */
#ifndef ASL_PROGRAM_TESTSTATE_H
#define ASL_PROGRAM_TESTSTATE_H

#include "machine/inspect.h"
#include "program/cli.h"

/* Why a call is refused. */
typedef struct asl__fault {
    const char *code; /* NULL: it is not */
    struct asl__buf message;
} asl__fault;

typedef struct asl__call_request {
    asl__inspection inspection; /* what the machine is given */
    asl_value request;          /* the call's object */
    asl_value input;
    asl_value result;     /* of the mock; undefined: none */
    asl_value role;       /* undefined: not given */
    const char *account;  /* of ARNs, where the role names none */
    bool mocked;
    bool shows;           /* DEBUG or TRACE */
} asl__call_request;

/* Whether V is the string TEXT. */
static inline bool asl__is_text(asl_value v, const char *text)
{
    size_t len = strlen(text);

    return asl_is_string(v) && asl_text_len(v) == len && memcmp(asl_text(&v), text, len) == 0;
}
/* The member NAME of an object, or undefined. */
static inline asl_value asl__named(asl_value object, const char *name)
{
    for (size_t i = 0; asl_is_object(object) && i < asl_count(object); i++)
        if (asl__is_text(asl_member_at(object, i)->key, name))
            return asl_member_at(object, i)->value;
    return asl_undefined();
}

/* Says that CODE is why; false. */
bool asl__fault_is(asl__fault *fault, const char *code, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/* teststate_check.c: takes REQUEST, an object, apart into CALL, whose inspection has its
 * `tested` and `region`; false with a fault. */
bool asl__test_read(asl__call_request *call, asl_value request, asl__fault *fault);

/* The JSON that V, a member of the call, holds as a text, or V itself; undefined where it
 * is.  False with a fault of CODE and MESSAGE. */
bool asl__test_json(const asl__call_request *call, asl_value v, asl_value *out,
                    asl__fault *fault, const char *code, const char *message);

/* teststate_context.c */
/* The context object of a call: the one that it brings, else one made for it from SEED, at
 * NOW.  False with a fault. */
bool asl__test_context(asl__call_request *call, uint64_t seed, int64_t now, asl__fault *fault);

/* teststate_answer.c: the response to CALL, which has run as E; an object. */
asl_value asl__test_answer(const asl__call_request *call, const asl_execution *e);

#endif
