/* `PROGRAM test FILE`: its pieces.
 *
 *     test_file    reads the cases, checks all that can be said of them before one runs
 *     test         binds and runs each case
 *     test_report  compares what was found with what was expected, and says it in TAP
 *     coverage     which states and which ways between them have been taken
 *
 * See doc/testing.md. */
#ifndef ASL_PROGRAM_TEST_H
#define ASL_PROGRAM_TEST_H

#include "program/cli.h"

/* ---- coverage.c ---------------------------------------------------------------- */

/* One scope, and what has been seen of it. */
struct asl__covered {
    const asl_machine *machine;
    const asl_scope *scope;
    bool *entered; /* by enumerator */
    bool *taken;   /* by scope->ways: all from the one state to the other at once */
};

struct asl__coverage {
    struct asl__covered *scopes;
    size_t count;
    size_t last; /* the scope of the last step: the next one is mostly there, too */
};

/* For all machines of DEF; false without memory. */
bool asl__coverage_init(struct asl__coverage *coverage, const asl_program_def *def);
/* As asl__history.step. */
void asl__coverage_step(struct asl__coverage *coverage, const asl_scope *scope,
                        uint32_t from, uint32_t to);
/* Appends the report on MACHINE, lines that begin with `#`; NAMED: they say whose it is. */
void asl__coverage_print(const struct asl__coverage *coverage,
                         const asl_machine *machine, bool named, struct asl__buf *buf);
void asl__coverage_free(struct asl__coverage *coverage);

/* ---- test_file.c --------------------------------------------------------------- */

/* A case.  Values live in the file's region; those that are not given are undefined. */
struct asl__test_case {
    size_t number;  /* in the file, from 1 */
    asl_value name; /* one line */
    asl_value input;
    asl_value mock;     /* "FILE#CASE" or {STATE: RESPONSE} */
    asl_value tasks[2]; /* its own and the file's: the path of a file, or bindings */
    asl_value expect;   /* the members that follow are of it */
    enum asl__status status;
    const asl_machine *machine;
    double timeout; /* seconds of real time */
};

struct asl__test_file {
    const char *name; /* for messages */
    const asl_program_def *def;
    const asl_machine *machine; /* of cases for which the file names none */
    const struct asl__cli_options *options;
    asl_region *region;
    struct asl__buf *error;       /* gets the message when something is wrong */
    struct asl__test_case *cases; /* in the region */
    size_t count;
};

/* Reads TEXT, LEN bytes; false with a message. */
bool asl__test_file_read(struct asl__test_file *file, const char *text, size_t len);
/* PATH as it stands in the file, relative to the file's folder; in its region, NULL without
 * memory. */
const char *asl__test_file_path(const struct asl__test_file *file, asl_value path);
/* The message is of the case C (NULL: of the file as a whole); false. */
bool asl__test_file_complain(const struct asl__test_file *file,
                             const struct asl__test_case *c, const char *format, ...)
    ASL__PRINTF(3, 4);

/* ---- test_report.c ------------------------------------------------------------- */

/* States in the order in which they were entered, the first of them. */
struct asl__visited {
    asl_value *names;
    size_t count, room; /* of names; no more than room are kept */
    uint64_t all;
};

/* How a case ended. */
struct asl__test_found {
    enum asl__status status;
    asl_value output;       /* SUCCEEDED */
    asl_value error, cause; /* others: strings or undefined */
    bool late;              /* stopped by its timeout */
    const struct asl__visited *visited;
};

/* Appends the test point NUMBER; whether it is ok.  REGION is for what is parsed. */
bool asl__test_report(const struct asl__test_case *c, size_t number,
                      const struct asl__test_found *found, asl_region *region,
                      struct asl__buf *buf);

#endif
