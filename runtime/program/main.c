/* asl_main: the main function of every workflow program. */
#include "value/small.h"

#include "value/base.h"

#include "program/cli.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <unistd.h>

extern char **environ;

void asl__cli_complain(const char *program, const char *format, ...)
{
    struct asl__buf buf = ASL__BUF_INIT;
    char small[512]; /* without memory the start of the message is still said */
    va_list args;

    asl__buf_printf(&buf, "%s: ", program);
    va_start(args, format);
    asl__buf_vprintf(&buf, format, args);
    va_end(args);
    asl__buf_append_char(&buf, '\n');
    if (!buf.failed) {
        asl__cli_write_all(STDERR_FILENO, buf.data, buf.len);
    } else {
        va_start(args, format);
        vsnprintf(small, sizeof small, format, args);
        va_end(args);
        asl__cli_write_all(STDERR_FILENO, program, strlen(program));
        asl__cli_write_all(STDERR_FILENO, ": ", 2);
        asl__cli_write_all(STDERR_FILENO, small, strlen(small));
        asl__cli_write_all(STDERR_FILENO, "\n", 1);
    }
    asl__buf_free(&buf);
}

/* A descriptor 0, 1 or 2 that is closed would be given to the next file opened.  What is
 * put there cannot be written to. */
static void keep_standard_open(void)
{
    struct pollfd fds[] = { { .fd = 0 }, { .fd = 1 }, { .fd = 2 } };

    if (poll(fds, ASL__COUNT_OF(fds), 0) <= 0)
        return;
    for (size_t i = 0; i < ASL__COUNT_OF(fds); i++)
        if ((fds[i].revents & POLLNVAL) != 0 && open("/dev/null", O_RDONLY) < 0)
            return;
}

static int put(const char *program, const char *text, size_t len)
{
    if (asl__cli_write_all(STDOUT_FILENO, text, len))
        return STATUS_SUCCEEDED;
    asl__cli_complain(program, "cannot write to stdout");
    return STATUS_IO;
}

static int put_buf(const char *program, struct asl__buf *buf)
{
    int status = STATUS_IO;

    if (buf->failed)
        asl__cli_complain(program, "out of memory");
    else
        status = put(program, buf->data, buf->len);
    asl__buf_free(buf);
    return status;
}

static int put_definition(const char *program, const asl_program_def *def,
                          const char *name)
{
    const asl_machine *machine = asl__cli_machine(program, def, name);

    if (machine == NULL)
        return STATUS_USAGE;
    return put(program, machine->definition, machine->definition_len);
}

static int put_usage(const char *program)
{
    struct asl__buf buf = ASL__BUF_INIT;
    const char *at = asl__cli_usage, *mark;

    while ((mark = strstr(at, "%s")) != NULL) {
        asl__buf_append(&buf, at, (size_t)(mark - at));
        asl__buf_append_cstring(&buf, program);
        at = mark + 2;
    }
    asl__buf_append_cstring(&buf, at);
    return put_buf(program, &buf);
}

static int put_version(const char *program, const asl_program_def *def)
{
    struct asl__buf buf = ASL__BUF_INIT;

    asl__buf_printf(&buf, "%s (workflow", program);
    for (const asl_machine *const *m = def->machines; *m != NULL; m++)
        asl__buf_printf(&buf, " %s", (*m)->name);
    asl__buf_printf(&buf, "), libaslrt ABI %d\n", ASL_ABI);
    return put_buf(program, &buf);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

static void set_signal(int number, void (*handler)(int))
{
    struct sigaction action = { .sa_handler = handler };

    sigaction(number, &action, NULL);
}

int asl_main(int argc, char **argv, const asl_program_def *def)
{
    const char *program = argc > 0 ? base_name(argv[0]) : "workflow";
    struct asl__cli_options options;

    keep_standard_open();
    if (argc > 1 && strncmp(argv[1], "task-", 5) == 0 && asl__cli_control(def) != NULL)
        return asl__cli_control(def)->answer(program, argc, argv, environ);
    if (!asl__cli_read_options(&options, program, argc, argv))
        return STATUS_USAGE;
    switch (options.command) {
    case COMMAND_DEFINITION: return put_definition(program, def, options.machine);
    case COMMAND_HELP: return put_usage(program);
    case COMMAND_VERSION: return put_version(program, def);
    case COMMAND_RUN:
    case COMMAND_BENCH:
    case COMMAND_TEST: break;
    }
    set_signal(SIGPIPE, SIG_IGN); /* a broken pipe is an error of write */
    if (def->tasks != NULL && *def->tasks != NULL)
        set_signal(SIGCHLD, SIG_DFL); /* ignored, children could not be waited for */
    if (options.command == COMMAND_BENCH)
        return asl__cli_bench(&options, program, def, environ);
    if (options.command == COMMAND_TEST)
        return asl__cli_test(&options, program, def, environ);
    return asl__cli_run(&options, program, def, environ);
}
