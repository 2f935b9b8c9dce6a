/*
 * test_state.h - one state of a definition, by itself.
 *
 * What `aslc test-state` compiles is a machine of its own around the state: its StartAt, and
 * beside it a Succeed state under each name that it leads to, so that the state's ways out
 * are transitions like any others and the state they reach tells which one was taken.
 * Variables that the state reads are the machine's, whoever assigns them.
 */
#ifndef ASLC_TEST_STATE_H
#define ASLC_TEST_STATE_H

#include <stdbool.h>

#include "text.h"
#include "tree.h"

/* The name of a state that stands alone, where none is given. */
#define TEST_STATE_NAME "StateName"

struct test_state {
    const struct define *defines;
    const char *machine_name; /* of the file, or NULL */
    const char *state;        /* --state, or NULL */
    enum machine_type type;
};

/* What came of it. */
enum test_state_found {
    TEST_STATE_READY,
    TEST_STATE_WRONG,    /* the definition has errors: in the diags */
    TEST_STATE_NO_NAME,  /* a whole machine, and no state is named */
    TEST_STATE_NOT_FOUND /* there is no such state in it */
};

/* Reads and checks the source of DIAGS, a machine or a single state; the machine around the
 * state goes to *MACHINE. */
enum test_state_found test_state_read(struct diags *diags, const struct test_state *wanted,
                                      struct machine **machine);

/* The call that the service refuses a definition with: {"call_error": {...}} for the first
 * error of DIAGS. */
void test_state_refusal(struct text *out, struct diags *diags);
/* The same for a call's own fault. */
void test_state_fault(struct text *out, const char *code, const char *message);

/* A member of a call, NAME: TEXT as a string. */
void test_state_member(struct text *out, const char *name, const char *text, size_t len);

/* ---- test_state_run.c ------------------------------------------------------------- */

/* The call of a command line; each may be NULL. */
struct test_call {
    const char *input, *input_json;             /* a file; the text */
    const char *mock, *mock_json;               /* the same, of an object */
    const char *configuration;                  /* a file with stateConfiguration */
    const char *context, *variables;            /* files */
    const char *level, *role, *tasks;           /* tasks: a file of bindings */
    bool reveal, pretty;
};

/* The call as a line of JSON: see runtime/program/teststate.h.  False after saying on
 * stderr what is wrong with a file. */
bool test_state_compose(struct arena *arena, const struct test_call *call, struct text *out);
/* Runs PROGRAM on that line, which goes to the file LINE; its exit status, or -1 after
 * saying why it could not be run. */
int test_state_run(struct arena *arena, const char *program, const char *line,
                   const struct test_call *call);

#endif
