/*
 * build.c - from emitted C to a program.
 *
 * The C compiler runs in the caller's folder, so that a debugger finds the files #line
 * names.  The program is linked under a name of its own and renamed when it is complete.
 */
#include "build.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"

#ifndef ASLC_INCLUDEDIR
#define ASLC_INCLUDEDIR NULL
#endif
#ifndef ASLC_LIBDIR
#define ASLC_LIBDIR NULL
#endif

extern char **environ;

/* ---- files -------------------------------------------------------------------- */

static bool write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        text += n;
        len -= (size_t)n;
    }
    return true;
}

static bool is_special(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

/* Writes PATH itself. */
static bool write_to(const char *path, const char *text, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool ok;

    if (fd < 0)
        return false;
    ok = write_all(fd, text, len);
    return close(fd) == 0 && ok;
}

bool write_file(struct arena *arena, const char *path, const char *text, size_t len)
{
    const char *partial;
    bool ok;
    int saved;

    if (strcmp(path, "-") == 0)
        return write_all(STDOUT_FILENO, text, len);
    partial = is_special(path) ? path : arena_printf(arena, "%s.aslc-%ld", path, (long)getpid());
    ok = write_to(partial, text, len);
    if (partial == path)
        return ok;
    ok = ok && rename(partial, path) == 0;
    saved = errno;
    if (!ok)
        unlink(partial);
    errno = saved;
    return ok;
}

/* ---- where things are --------------------------------------------------------- */

static const char *own_folder(struct arena *arena)
{
    char path[4096];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);
    char *slash;

    if (len <= 0)
        return ".";
    path[len] = '\0';
    slash = strrchr(path, '/');
    return arena_copy(arena, path, slash ? (size_t)(slash - path) : 0);
}

static void set_key(struct arena *arena, struct toolchain *t, const char *line)
{
    struct {
        const char *key;
        const char **value;
    } keys[] = {{"cc", &t->cc},           {"include", &t->include},
                {"lib", &t->lib},         {"libs", &t->libs},
                {"libs_tls", &t->libs_tls},   {"libs_aws", &t->libs_aws},
                {"libs_http", &t->libs_http}, {"libs_control", &t->libs_control},
                {"libs_exec", &t->libs_exec}, {"libs_hash", &t->libs_hash},
                {"libs_regex", &t->libs_regex}, {"cflags", &t->cflags}};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        size_t len = strlen(keys[i].key);

        if (strncmp(line, keys[i].key, len) == 0 && line[len] == '=')
            *keys[i].value =
                arena_copy(arena, line + len + 1, strcspn(line + len + 1, "\r\n"));
    }
}

bool toolchain_find(struct arena *arena, struct toolchain *toolchain)
{
    const char *folder = own_folder(arena), *include = ASLC_INCLUDEDIR, *lib = ASLC_LIBDIR;
    FILE *file = fopen(arena_printf(arena, "%s/aslc-tree.conf", folder), "re");
    char line[8192];
    bool ok;

    *toolchain = (struct toolchain){.cc = "cc",
                                    .libs = "-lpthread -lm",
                                    .libs_tls = "-lssl -lcrypto",
                                    .libs_aws = "-lexpat -lnettle",
                                    .libs_http = "-levent_extra -levent_pthreads "
                                                 "-levent_core -lz",
                                    .libs_control = "-levent_extra -levent_pthreads "
                                                    "-levent_core",
                                    .libs_exec = "-levent_pthreads -levent_core",
                                    .libs_hash = "-lnettle",
                                    .libs_regex = "-lpcre2-8",
                                    .cflags = ""};
    toolchain->include = include ? include : arena_printf(arena, "%s/../include", folder);
    toolchain->lib = arena_printf(arena, "%s/libaslrt.a",
                                  lib ? lib : arena_printf(arena, "%s/../lib", folder));
    if (!file)
        return errno == ENOENT;
    while (fgets(line, sizeof line, file))
        set_key(arena, toolchain, line);
    ok = !ferror(file);
    fclose(file);
    return ok;
}

/* ---- arguments ---------------------------------------------------------------- */

struct arguments {
    struct arena *arena;
    char **list; /* NULL at the end */
    size_t count, capacity;
};

static void add(struct arguments *args, const char *argument)
{
    if (args->count + 2 > args->capacity) {
        size_t capacity = args->capacity ? 2 * args->capacity : 32;
        char **list = ARENA_ARRAY(args->arena, capacity, char *);

        if (args->count)
            memcpy(list, args->list, args->count * sizeof *list);
        args->list = list;
        args->capacity = capacity;
    }
    args->list[args->count++] = arena_copy(args->arena, argument, strlen(argument));
    args->list[args->count] = NULL;
}

/* Each word of WORDS, separated by spaces. */
static void add_words(struct arguments *args, const char *words)
{
    while (words && *words) {
        size_t len = strcspn(words, " \t\n");

        if (len)
            add(args, arena_copy(args->arena, words, len));
        words += len + strspn(words + len, " \t\n");
    }
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), n = strlen(end);

    return len >= n && strcmp(text + len - n, end) == 0;
}

static bool is_among(const char *name, const char *const *names)
{
    for (; names && *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

/* In the order in which archives need each other. */
static void add_module_libs(struct arguments *args, const struct toolchain *toolchain,
                            const char *const *modules)
{
    const struct {
        const char *module, *libs;
    } all[] = {{"tls", toolchain->libs_tls},
               {"aws", toolchain->libs_aws},
               {"http", toolchain->libs_http},
               {"control", toolchain->libs_control},
               {"exec", toolchain->libs_exec}};

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (is_among(all[i].module, modules))
            add_words(args, all[i].libs);
}

static void add_libs(struct arguments *args, const struct toolchain *toolchain,
                     const struct build_options *options)
{
    if (options->is_static)
        add_words(args, "-static -no-pie -Wl,--gc-sections -Wl,-z,noseparate-code");
    add(args, toolchain->lib);
    add(args, "-Wl,--as-needed");
    add_module_libs(args, toolchain, options->modules);
    if (options->hash)
        add_words(args, toolchain->libs_hash);
    if (options->regex)
        add_words(args, toolchain->libs_regex);
    add_words(args, toolchain->libs);
}

const char *build_libs(struct arena *arena, const struct toolchain *toolchain,
                       const struct build_options *options)
{
    struct arguments args = {.arena = arena};
    const char *line = "";

    add_libs(&args, toolchain, options);
    for (size_t i = 0; i < args.count; i++)
        line = arena_printf(arena, "%s%s%s", line, i ? " " : "", args.list[i]);
    return line;
}

static bool is_library(const char *input)
{
    return strncmp(input, "-l", 2) == 0;
}

/* Handlers are only referred to weakly, so archives are taken whole. */
static void add_inputs(struct arguments *args, const char *const *inputs)
{
    for (; *inputs; inputs++) {
        bool whole = ends_with(*inputs, ".a");

        if (is_library(*inputs))
            continue;
        if (whole)
            add(args, "-Wl,--whole-archive");
        add(args, *inputs);
        if (whole)
            add(args, "-Wl,--no-whole-archive");
    }
}

/* -lLIBRARY of the command line, behind all that may need it. */
static void add_libraries(struct arguments *args, const char *const *inputs)
{
    for (; *inputs; inputs++)
        if (is_library(*inputs))
            add(args, *inputs);
}

static void add_flags(struct arguments *args, const struct toolchain *toolchain,
                      const struct environment *environment)
{
    const char *cc = environment->cc && *environment->cc ? environment->cc : toolchain->cc;

    add_words(args, cc && *cc ? cc : "cc");
    add(args, "-std=gnu11");
    if (environment->cflags)
        add_words(args, environment->cflags);
    else
        add_words(args, strstr(args->list[0], "clang") ? "-O2"
                                                       : "-O2 -fno-tree-slp-vectorize");
    add(args, "-g");
    add_words(args, toolchain->cflags);
    add(args, "-I");
    add(args, toolchain->include);
}

/* ---- running ------------------------------------------------------------------ */

int run_command(char *const argv[])
{
    pid_t child;
    int status, error = posix_spawnp(&child, argv[0], NULL, NULL, argv, environ);

    if (error) {
        fprintf(stderr, "aslc: cannot run %s: %s\n", argv[0], strerror(error));
        return -1;
    }
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    fprintf(stderr, "aslc: %s ended by signal %d\n", argv[0], WTERMSIG(status));
    return -1;
}

static bool run(char **argv)
{
    int status = run_command(argv);

    if (status > 0)
        fprintf(stderr, "aslc: %s failed (exit %d)\n", argv[0], status);
    return status == 0;
}

/* The C compiler's command line.  C_FILE's name may still be changed in place. */
static char **command_of(struct arena *arena, const struct toolchain *toolchain,
                         const struct build_options *options, const char *partial,
                         char *c_file)
{
    struct arguments args = {.arena = arena};

    add_flags(&args, toolchain, &options->environment);
    add(&args, "-o");
    add(&args, partial);
    add(&args, "");
    args.list[args.count - 1] = c_file;
    add_inputs(&args, options->inputs);
    add_libs(&args, toolchain, options);
    add_libraries(&args, options->inputs);
    return args.list;
}

/* Runs COMMAND, which makes PARTIAL, and gives that its name. */
static bool compile(char **command, const char *partial, const char *output)
{
    bool ok = run(command);

    if (ok && rename(partial, output) != 0) {
        fprintf(stderr, "aslc: cannot write %s: %s\n", output, strerror(errno));
        ok = false;
    }
    if (!ok)
        unlink(partial);
    return ok;
}

bool build_program(struct arena *arena, const struct toolchain *toolchain,
                   const struct build_options *options, const char *c_text, size_t len)
{
    const char *tmpdir = options->environment.tmpdir;
    char *folder = NULL, *c_file, *partial, **command;
    bool ok;

    /* All that allocates comes before the folder, which would be left without memory. */
    if (!options->save_c)
        folder = arena_printf(arena, "%s/aslc-XXXXXX", tmpdir && *tmpdir ? tmpdir : "/tmp");
    c_file = folder ? arena_printf(arena, "%s/%s.c", folder, options->name)
                    : arena_printf(arena, "%s", options->save_c);
    partial = arena_printf(arena, "%s.aslc-%ld", options->output, (long)getpid());
    command = command_of(arena, toolchain, options, partial, c_file);
    if (folder && !mkdtemp(folder)) {
        fprintf(stderr, "aslc: cannot make a folder %s: %s\n", folder, strerror(errno));
        return false;
    }
    if (folder)
        memcpy(c_file, folder, strlen(folder));
    ok = folder ? write_to(c_file, c_text, len) : write_file(arena, c_file, c_text, len);
    if (!ok)
        fprintf(stderr, "aslc: cannot write %s: %s\n", c_file, strerror(errno));
    ok = ok && compile(command, partial, options->output);
    if (folder) {
        unlink(c_file);
        rmdir(folder);
    }
    return ok;
}
