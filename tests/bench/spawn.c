/* How long processes take from start to end, several commands in turn.
 *
 * usage: spawn RUNS -- COMMAND... [-- COMMAND...]
 * Prints a line for each command: median seconds, most kilobytes, CPU seconds (of its last
 * run), most threads seen.  Their output is thrown away. */
#include "floor.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

struct command {
    char **argv;
    double *times, cpu;
    long kilobytes, threads;
};

static double cpu_of(const struct rusage *u)
{
    return (double)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) +
           (double)(u->ru_utime.tv_usec + u->ru_stime.tv_usec) * 1e-6;
}

/* The threads of PID now. */
static long threads_of(pid_t pid)
{
    char path[64], line[256];
    long threads = 0;

    snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "Threads: %ld", &threads) == 1)
            break;
    if (file != NULL)
        fclose(file);
    return threads;
}

static double run(struct command *c, posix_spawn_file_actions_t *actions, int watch)
{
    struct rusage usage;
    pid_t pid;
    int status;
    double begun = now();

    if (posix_spawnp(&pid, c->argv[0], actions, NULL, c->argv, environ) != 0) {
        fprintf(stderr, "cannot run %s\n", c->argv[0]);
        exit(2);
    }
    if (watch) {
        sleep(1);
        c->threads = threads_of(pid);
    }
    while (wait4(pid, &status, 0, &usage) < 0)
        ;
    double taken = now() - begun;
    if (status != 0) {
        fprintf(stderr, "%s failed\n", c->argv[0]);
        exit(1);
    }
    if (usage.ru_maxrss > c->kilobytes)
        c->kilobytes = usage.ru_maxrss;
    c->cpu = cpu_of(&usage);
    return taken;
}

int main(int argc, char **argv)
{
    struct command commands[8];
    int runs = argc > 3 ? atoi(argv[1]) : 0, count = 0;
    int watch = getenv("SPAWN_THREADS") != NULL;
    posix_spawn_file_actions_t actions;

    for (int i = 2; i < argc && count < 8; i++)
        if (strcmp(argv[i], "--") == 0) {
            argv[i] = NULL;
            commands[count++] = (struct command){ .argv = argv + i + 1 };
        }
    if (runs < 1 || count == 0)
        return 2;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    for (int k = 0; k < count; k++)
        commands[k].times = calloc((size_t)runs, sizeof(double));
    for (int i = 0; i < runs; i++)
        for (int k = 0; k < count; k++)
            commands[k].times[i] = run(&commands[k], &actions, watch);
    for (int k = 0; k < count; k++)
        printf("%.9g %ld %.9g %ld\n", median(commands[k].times, runs),
               commands[k].kilobytes, commands[k].cpu, commands[k].threads);
    return 0;
}
