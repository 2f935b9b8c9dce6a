/* The command line of a workflow program (design 8): its pieces. */
#ifndef ASL_PROGRAM_CLI_H
#define ASL_PROGRAM_CLI_H

#include <aslrt/machine.h>

#include "machine/sched.h"
#include "task/bind.h"

/* Exit statuses. */
enum {
    STATUS_SUCCEEDED = 0,
    STATUS_FAILED = 1,
    STATUS_USAGE =
        2, /* wrong usage, unreadable input, bad bindings, unbound resources */
    STATUS_TIMED_OUT = 3,
    STATUS_ABORTED = 4,
    STATUS_IO = 5 /* output or history not writable */
};

enum command {
    COMMAND_RUN,
    COMMAND_BENCH,
    COMMAND_TEST,
    COMMAND_DEFINITION,
    COMMAND_HELP,
    COMMAND_VERSION
};

/* The options as given; texts point into argv. */
struct asl__cli_options {
    enum command command;
    const char *input, *input_json, *output, *name, *machine, *context, *tasks,
        *history;
    const char *mock, *log_level, *control;
    uint64_t workers, handler_threads, seed, max_memory, max_output;
    double time_scale;
    int64_t start_time; /* microseconds; INT64_MIN: now */
    bool each, pretty, allow_unbound, insecure_tls, aws_limits, seeded;
    /* bench */
    uint64_t runs, warmup; /* runs UINT64_MAX: as many as there is time for */
    bool bench_history, no_tasks, json;
    const char *bench_only; /* an option given that only bench has */
    /* test */
    const char *test_file, *filter;
    double case_timeout; /* seconds; 0: not given */
};

/* Prints "PROGRAM: MESSAGE" and a newline to stderr. */
void asl__cli_complain(const char *program, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/* options.c: reads the command line; false with a complaint. */
bool asl__cli_read_options(struct asl__cli_options *options, const char *program,
                           int argc, char **argv);
extern const char asl__cli_usage[];

/* files.c */

/* All of FILE (`-`: stdin) in memory with ASL_PARSE_PADDING zero bytes behind it; to be
 * freed.  NULL with errno. */
char *asl__cli_read_file(const char *file, size_t *len);
/* The same, but for a text of less than SIZE bytes in FEW, which has ASL_PARSE_PADDING
 * bytes more: to be freed unless it is FEW.  ENOMEM if there are more than MOST bytes (0:
 * no limit). */
char *asl__cli_read_into(char *few, size_t size, const char *file, size_t most,
                         size_t *len);
/* Writes it all; false with errno. */
bool asl__cli_write_all(int fd, const char *data, size_t len);

/* Where output goes: a file that appears only when it is complete, or a descriptor. */
struct asl__cli_output {
    int fd;
    char *path;      /* what the temporary file will be called; NULL: none */
    char *temporary; /* its name now */
};
/* FILE NULL: stdout.  False with errno. */
bool asl__cli_output_open(struct asl__cli_output *output, const char *file);
/* Ends it; KEEP false: the file never comes to be.  False with errno. */
bool asl__cli_output_close(struct asl__cli_output *output, bool keep);

/* lines.c: a reader of lines, for --each. */
struct asl__cli_lines {
    int fd;
    char *data; /* padded */
    size_t start, end, capacity;
    size_t most; /* bytes of a line; 0: no limit.  To be set once it is open */
    size_t number; /* of the line last read, from 1 */
    bool ended;
};
/* On FILE (`-`: stdin), or on the text JSON if FILE is NULL.  False with errno. */
bool asl__cli_lines_open(struct asl__cli_lines *lines, const char *file,
                         const char *json);
/* The next line that is not blank, without its end, followed by ASL_PARSE_PADDING readable
 * bytes, good until the next call.  1: there is one; 0: the end; -1: errno. */
int asl__cli_lines_next(struct asl__cli_lines *lines, const char **text, size_t *len);
void asl__cli_lines_close(struct asl__cli_lines *lines);

/* history.c: the history as lines of a file. */
struct asl__cli_history {
    asl__history history; /* first: for asl__options */
    int fd;
    pthread_mutex_t lock; /* guards the rest; a leaf */
    struct asl__buf lines;
    int error;                 /* errno of the first write that failed */
    bool told;                 /* dirty has been called since the last flush */
    void (*dirty)(void *user); /* lines are waiting to be written; NULL: none */
    void *user;
};
/* FILE `-`: stdout.  False with errno. */
bool asl__cli_history_open(struct asl__cli_history *history, const char *file);
/* Writes what has been gathered; dirty is called again for the next lines. */
void asl__cli_history_flush(struct asl__cli_history *history);
/* Flushes and closes; an errno value or 0. */
int asl__cli_history_close(struct asl__cli_history *history);

/* watcher.c: signals and the history's 50 ms, on a thread of their own. */
typedef struct asl__cli_watcher asl__cli_watcher;
/* Starts watching SIGINT, SIGTERM and SIGHUP.  HISTORY may be NULL.  NULL: it could not be
 * started, and signals end the program as usual. */
asl__cli_watcher *asl__cli_watcher_new(struct asl__cli_history *history);
/* The execution that a signal stops from now on; NULL: none. */
void asl__cli_watcher_set(asl__cli_watcher *watcher, asl_execution *execution);
/* Stops that execution after so many SECONDS of real time; HUNG is called, on the watcher's
 * thread, where it still runs some seconds later, and must not return. */
void asl__cli_watcher_limit(asl__cli_watcher *watcher, double seconds,
                            void (*hung)(void *user), void *user);
/* Whether it had to be stopped; ends the limit. */
bool asl__cli_watcher_late(asl__cli_watcher *watcher);
/* Whether a signal has come. */
bool asl__cli_watcher_stopped(asl__cli_watcher *watcher);
void asl__cli_watcher_free(asl__cli_watcher *watcher);

/* ---- tasks.c ------------------------------------------------------------------- */

/* Bindings that come before those of --tasks. */
struct asl__cli_bindings {
    const char *file; /* for messages, and what `cwd` is relative to */
    const char *text; /* NULL: that of the file */
    size_t len;
};

struct asl__cli_tasks {
    const char *program; /* for messages */
    const asl_program_def *def;
    const asl_machine *machine; /* the one that runs */
    const struct asl__cli_options *options;
    char *const *env; /* of child processes */
    struct asl__cli_bindings more[2]; /* file NULL: none */
    const char *mock;                 /* FILE#CASE, or NULL */
    asl_value states;                 /* or {STATE: RESPONSE}, or undefined */
};

/* The bindings of a run, of the layer that the module table has. */
struct asl__cli_bound {
    const asl__task_layer *layer;
    asl__taskset *set;
    asl__tasks *tasks; /* NULL: nothing calls one */
};

/* Opens the bindings that a run wants (all zero before).  False after a complaint. */
bool asl__cli_open_tasks(struct asl__cli_bound *bound,
                         const struct asl__cli_tasks *wanted);
/* The same; false with a message (an empty one: there is no memory). */
bool asl__cli_bind_tasks(struct asl__cli_bound *bound,
                         const struct asl__cli_tasks *wanted, struct asl__buf *error);
void asl__cli_close_tasks(struct asl__cli_bound *bound);

/* What the module `control`, which is linked only where it is wanted, gives (control.c,
 * answer.c). */
struct asl__control_functions {
    /* The environment ENV with ASL_CONTROL first, the server's address, which is only known
     * once it is open; to be freed, and [0] of it.  NULL without memory. */
    char **(*env)(char *const *env, const char *address);
    /* Opens the server for BOUND, attached to its scheduler.  ENV: what `env` has given.
     * False after a complaint. */
    bool (*open)(const struct asl__cli_tasks *wanted, const struct asl__cli_bound *bound,
                 char **env);
    /* Runs `task-success` and the like; an exit status. */
    int (*answer)(const char *program, int argc, char **argv, char *const *env);
};

/* tasks.c: of this program; NULL: it is not linked. */
const asl__control_functions *asl__cli_control(const asl_program_def *def);
/* The variable of the environment that tells where the server is. */
#define ASL__CONTROL_VARIABLE "ASL_CONTROL="
/* answer.c */
int asl__cli_answer(const char *program, int argc, char **argv, char *const *env);
/* command.c: runs `run`; an exit status. */
int asl__cli_run(const struct asl__cli_options *options, const char *program,
                 const asl_program_def *def, char *const *env);
/* What O says of a scheduler: all but its tasks and its history. */
asl__options asl__cli_sched_options(const struct asl__cli_options *o);
/* The text of --context, if it is given, which must be an object; *TEXT is to be freed.
 * False after a complaint. */
bool asl__cli_read_context(const struct asl__cli_options *options, const char *program,
                           char **text, size_t *len);
/* bench.c: runs `bench`; an exit status. */
int asl__cli_bench(const struct asl__cli_options *options, const char *program,
                   const asl_program_def *def, char *const *env);
/* test.c: runs `test`; an exit status. */
int asl__cli_test(const struct asl__cli_options *options, const char *program,
                  const asl_program_def *def, char *const *env);
/* The machine NAME (NULL: the first); NULL with a complaint. */
const asl_machine *asl__cli_machine(const char *program, const asl_program_def *def,
                                    const char *name);

#endif
