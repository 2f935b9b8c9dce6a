/* What a task by a child process costs in hand-written C: a text in, a text out, RUNS times,
 * one at a time.
 *
 * usage: floor_spawn RUNS COMMAND...
 * Prints the seconds of one. */
#include "floor.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void fail(const char *what)
{
    perror(what);
    exit(2);
}

/* Gives a child INPUT and reads what it says. */
static size_t run(char **argv, const char *input)
{
    posix_spawn_file_actions_t actions;
    int in[2], out[2], err[2], status;
    char text[4096];
    size_t len = 0;
    ssize_t n;
    pid_t pid;

    if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
        fail("pipe");
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_adddup2(&actions, err[1], 2);
    if (posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) != 0)
        fail(argv[0]);
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(out[1]);
    close(err[1]);
    if (write(in[1], input, strlen(input)) < 0)
        fail("write");
    close(in[1]);
    while ((n = read(out[0], text, sizeof text)) > 0)
        len += (size_t)n;
    while (read(err[0], text, sizeof text) > 0)
        ;
    close(out[0]);
    close(err[0]);
    while (waitpid(pid, &status, 0) < 0)
        ;
    return status == 0 ? len : 0;
}

int main(int argc, char **argv)
{
    int runs = argc > 2 ? (int)strtol(argv[1], NULL, 10) : 0;

    if (runs < 1)
        return 2;
    double begun = now();
    for (int i = 0; i < runs; i++)
        if (run(argv + 2, "{\"order\":7}") != 11)
            return 1;
    printf("%.9f\n", (now() - begun) / runs);
    return 0;
}
