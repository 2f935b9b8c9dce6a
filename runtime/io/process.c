/* See process.h. */
#include "value/base.h"

#include "io/process.h"
#include "value/region.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define READ_AT_ONCE 65536
#define READS_PER_TURN 16 /* then other children have a turn */

/* P_PIDFD of newer headers. */
#define WAIT_BY_PIDFD 3

struct asl__process {
    asl__loop *loop;
    asl__process_spec spec;
    pid_t pid;
    int pidfd, in, out, err; /* our ends; -1: closed */
    asl__fd_watch *exited, *writable, *readable, *errors;
    size_t written; /* bytes of the input */
    char *output;
    size_t output_len, output_cap;
    char tail[ASL__STDERR_KEPT]; /* a ring: byte i of stderr is at i modulo its size */
    size_t tail_total;           /* bytes of stderr so far */
    enum asl__process_end end;
    int code;
    bool ending; /* end is decided: too much output, cancelled */
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void close_watch(asl__fd_watch **watch)
{
    asl__fd_watch_close(*watch);
    *watch = NULL;
}

/* The group exists as long as its leader has not been reaped, so that the number
 * cannot mean anything else. */
static void kill_group(const asl__process *process)
{
    if (process->pid > 0)
        kill(-process->pid, SIGKILL);
}

static void end_early(asl__process *process, enum asl__process_end end)
{
    if (process->ending)
        return;
    process->ending = true;
    process->end = end;
    kill_group(process);
}

asl__process *asl__process_new(asl__loop *loop)
{
    asl__process *process = calloc(1, sizeof *process);

    if (process == NULL)
        return NULL;
    process->loop = loop;
    process->pidfd = process->in = process->out = process->err = -1;
    return process;
}

void asl__process_free(asl__process *process)
{
    if (process == NULL)
        return;
    if (process->spec.pool != NULL)
        asl__pool_discharge(process->spec.pool, process->output_cap);
    free(process->output);
    free(process);
}

void asl__process_cancel(asl__process *process)
{
    end_early(process, ASL__PROCESS_CANCELLED);
}

/* ---- the pipes ---------------------------------------------------------------- */

static void close_input(asl__process *process)
{
    close_watch(&process->writable);
    close_fd(&process->in);
}

static void write_input(void *user)
{
    asl__process *process = user;

    while (process->written < process->spec.input_len) {
        ssize_t n = write(process->in, process->spec.input + process->written,
                          process->spec.input_len - process->written);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n < 0)
            break; /* EPIPE: the child reads no further, which is its affair */
        process->written += (size_t)n;
    }
    close_input(process);
}

/* Room for READ_AT_ONCE more bytes of output, or as many as max_output allows and one. */
static bool grow_output(asl__process *process)
{
    if (process->output_cap - process->output_len >= READ_AT_ONCE)
        return true;
    size_t cap = process->output_cap == 0 ? READ_AT_ONCE : process->output_cap * 2;
    if (process->spec.pool != NULL &&
        !asl__pool_charge(process->spec.pool, cap - process->output_cap))
        return false;
    char *output = realloc(process->output, cap);
    if (output == NULL) {
        if (process->spec.pool != NULL)
            asl__pool_discharge(process->spec.pool, cap - process->output_cap);
        return false;
    }
    process->output = output;
    process->output_cap = cap;
    return true;
}

/* Reads stdout until it is empty (false: nothing more will come), at most READS times. */
static bool read_output(asl__process *process, int reads)
{
    while (reads-- > 0) {
        if (!grow_output(process)) {
            end_early(process, ASL__PROCESS_NO_MEMORY);
            return false;
        }
        ssize_t n =
            read(process->out, process->output + process->output_len, READ_AT_ONCE);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return true;
        if (n <= 0)
            return false;
        process->output_len += (size_t)n;
        if (process->output_len > process->spec.max_output) {
            end_early(process, ASL__PROCESS_TOO_MUCH);
            return false;
        }
    }
    return true;
}

static void on_output(void *user)
{
    asl__process *process = user;

    if (read_output(process, READS_PER_TURN))
        return;
    close_watch(&process->readable);
    close_fd(&process->out);
}

static void keep_errors(asl__process *process, const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        process->tail[process->tail_total++ % ASL__STDERR_KEPT] = data[i];
}

static bool read_errors(asl__process *process, int reads)
{
    char data[4096];

    while (reads-- > 0) {
        ssize_t n = read(process->err, data, sizeof data);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return true;
        if (n <= 0)
            return false;
        keep_errors(process, data, (size_t)n);
    }
    return true;
}

static void on_errors(void *user)
{
    asl__process *process = user;

    if (read_errors(process, READS_PER_TURN))
        return;
    close_watch(&process->errors);
    close_fd(&process->err);
}

static void rotate_tail(asl__process *process)
{
    size_t start = process->tail_total % ASL__STDERR_KEPT;
    char *copy;

    if (process->tail_total <= ASL__STDERR_KEPT || start == 0)
        return;
    copy = malloc(ASL__STDERR_KEPT);
    if (copy == NULL)
        return;
    memcpy(copy, process->tail + start, ASL__STDERR_KEPT - start);
    memcpy(copy + ASL__STDERR_KEPT - start, process->tail, start);
    memcpy(process->tail, copy, ASL__STDERR_KEPT);
    free(copy);
}

/* ---- the end ------------------------------------------------------------------ */

static void release(asl__process *process)
{
    close_watch(&process->exited);
    close_watch(&process->readable);
    close_watch(&process->errors);
    close_input(process);
    close_fd(&process->out);
    close_fd(&process->err);
    close_fd(&process->pidfd);
}

static void finish(asl__process *process)
{
    release(process);
    rotate_tail(process);
    process->spec.ended(process->spec.user);
}

static void reap(asl__process *process)
{
    siginfo_t info;
    int status;

    info.si_code = 0;
    info.si_status = 0;
    do
        status =
            process->pidfd >= 0
                ? waitid((idtype_t)WAIT_BY_PIDFD, (id_t)process->pidfd, &info, WEXITED)
                : waitid(P_PID, (id_t)process->pid, &info, WEXITED);
    while (status < 0 && errno == EINTR);
    if (process->ending)
        return;
    process->end =
        info.si_code == CLD_EXITED ? ASL__PROCESS_EXITED : ASL__PROCESS_KILLED;
    process->code = info.si_status;
}

/* The child has exited: what it wrote before that is in the pipes now. */
static void on_exit_of_child(void *user)
{
    asl__process *process = user;

    if (process->out >= 0 && !process->ending)
        read_output(process, INT_MAX);
    if (process->err >= 0)
        read_errors(process, 64);
    kill_group(process);
    reap(process);
    finish(process);
}

/* ---- the start ---------------------------------------------------------------- */

/* The child's ends of its three pipes. */
struct ends {
    int in, out, err;
};

static bool open_pipe(int *ours, int *theirs, bool we_write)
{
    int fds[2];

    if (pipe2(fds, O_CLOEXEC) < 0)
        return false;
    *ours = fds[we_write ? 1 : 0];
    *theirs = fds[we_write ? 0 : 1];
    return fcntl(*ours, F_SETFL, O_NONBLOCK) == 0;
}

static bool set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t all, none;

    sigfillset(&all);
    sigemptyset(&none);
    return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP |
                                                    POSIX_SPAWN_SETSIGDEF |
                                                    POSIX_SPAWN_SETSIGMASK) == 0 &&
           posix_spawnattr_setpgroup(attributes, 0) == 0 &&
           posix_spawnattr_setsigdefault(attributes, &all) == 0 &&
           posix_spawnattr_setsigmask(attributes, &none) == 0;
}

/* The child's ends are above 2 here (asl_main opens 0..2 if they are
 * closed), so that dup2 clears close-on-exec. */
static int set_actions(posix_spawn_file_actions_t *actions, const char *cwd,
                       const struct ends *ends)
{
    int error = 0;

    if (cwd != NULL)
        error = posix_spawn_file_actions_addchdir_np(actions, cwd);
    if (error == 0)
        error = posix_spawn_file_actions_adddup2(actions, ends->in, 0);
    if (error == 0)
        error = posix_spawn_file_actions_adddup2(actions, ends->out, 1);
    if (error == 0)
        error = posix_spawn_file_actions_adddup2(actions, ends->err, 2);
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 34)
    if (error == 0)
        error = posix_spawn_file_actions_addclosefrom_np(actions, 3);
#endif
    return error;
}

/* An errno value or 0. */
static int spawn(asl__process *process, const struct ends *ends)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;

    if (posix_spawn_file_actions_init(&actions) != 0)
        return ENOMEM;
    posix_spawnattr_init(&attributes);
    int error = set_actions(&actions, process->spec.cwd, ends);
    if (error == 0 && !set_attributes(&attributes))
        error = EINVAL;
    if (error == 0)
        error = posix_spawnp(&process->pid, process->spec.argv[0], &actions,
                             &attributes, process->spec.argv, process->spec.env);
    if (error != 0)
        process->pid = 0;
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static int open_pidfd(asl__process *process)
{
    process->pidfd = (int)syscall(SYS_pidfd_open, process->pid, 0);
    return process->pidfd < 0 ? errno : 0; /* close-on-exec by itself */
}

static bool watch_all(asl__process *process)
{
    asl__loop *loop = process->loop;

    process->exited =
        asl__loop_watch(loop, process->pidfd, ASL__READABLE, on_exit_of_child, process);
    process->readable =
        asl__loop_watch(loop, process->out, ASL__READABLE, on_output, process);
    process->errors =
        asl__loop_watch(loop, process->err, ASL__READABLE, on_errors, process);
    process->writable =
        asl__loop_watch(loop, process->in, ASL__WRITABLE, write_input, process);
    return process->exited != NULL && process->readable != NULL &&
           process->errors != NULL && process->writable != NULL;
}

/* Opens, spawns and watches; an errno value or 0.  A child there is on failure is
 * killed and reaped. */
static int launch(asl__process *process)
{
    struct ends ends = { -1, -1, -1 };
    int error = 0;

    if (!open_pipe(&process->in, &ends.in, true) ||
        !open_pipe(&process->out, &ends.out, false) ||
        !open_pipe(&process->err, &ends.err, false))
        error = errno;
    if (error == 0)
        error = spawn(process, &ends);
    close_fd(&ends.in);
    close_fd(&ends.out);
    close_fd(&ends.err);
    if (error == 0) {
        error = open_pidfd(process);
        if (error == 0 && !watch_all(process))
            error = ENOMEM;
        if (error != 0) {
            kill_group(process);
            reap(process);
            process->pid = 0;
        }
    }
    if (error != 0)
        release(process);
    return error;
}

static bool is_shortage(int error)
{
    return error == EMFILE || error == ENFILE || error == EAGAIN || error == ENOMEM;
}

bool asl__process_start(asl__process *process, const asl__process_spec *spec)
{
    process->spec = *spec;
    int error = launch(process);
    if (error == 0) {
        write_input(process);
        return true;
    }
    if (is_shortage(error)) {
        errno = error;
        return false;
    }
    asl__process_refuse(process, error);
    finish(process);
    return true;
}

void asl__process_refuse(asl__process *process, int error)
{
    process->ending = true;
    process->end = error == ENOMEM ? ASL__PROCESS_NO_MEMORY : ASL__PROCESS_NO_START;
    process->code = error;
}

asl__process_result asl__process_result_of(const asl__process *process)
{
    size_t kept = process->tail_total;

    if (kept > ASL__STDERR_KEPT)
        kept = ASL__STDERR_KEPT;
    return (asl__process_result){ .end = process->end,
                                  .code = process->code,
                                  .output = process->output,
                                  .output_len = process->output_len,
                                  .errors = process->tail,
                                  .errors_len = kept };
}
