/*
 * build.h - from emitted C to a program: the C compiler, its flags, files in between.
 */
#ifndef ASLC_BUILD_H
#define ASLC_BUILD_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* Where the library is, and what it needs. */
struct toolchain {
    const char *cc;       /* "cc" unless configured or in the environment */
    const char *include;  /* folder of aslrt/ */
    const char *lib;      /* libaslrt.a */
    const char *libs;     /* what it always needs */
    const char *libs_tls, *libs_aws, *libs_http, *libs_control, *libs_exec;
    const char *libs_hash, *libs_regex;
    const char *cflags;   /* the tree's own, such as -fsanitize=... */
};

/* What the caller found in the environment; members may be NULL. */
struct environment {
    const char *cc, *cflags, *tmpdir;
};

struct build_options {
    const char *name;          /* of the C file, without .c */
    const char *output;        /* the program */
    const char *save_c;        /* keeps the C there, or NULL */
    const char *const *inputs; /* handlers.c, lib.a, x.o, -lX; NULL at the end */
    bool is_static;
    const char *const *modules; /* that the program refers to; NULL at the end, may be NULL */
    bool hash, regex;          /* what else it uses */
    struct environment environment;
};

/* Reads aslc-tree.conf beside the executable, else takes what was configured; false with
 * errno set if the file is there and cannot be read. */
bool toolchain_find(struct arena *arena, struct toolchain *toolchain);

/* The flags that link a program, separated by spaces. */
const char *build_libs(struct arena *arena, const struct toolchain *toolchain,
                       const struct build_options *options);

/* Compiles and links.  False after saying on stderr what went wrong. */
bool build_program(struct arena *arena, const struct toolchain *toolchain,
                   const struct build_options *options, const char *c_text, size_t len);

/* Runs a command, found by PATH, and waits for its end: its exit status, or -1 after saying
 * on stderr why there is none. */
int run_command(char *const argv[]);

/* Writes a file in one go: PATH is either the whole of it or as it was.  "-" is standard
 * output.  False with errno set. */
bool write_file(struct arena *arena, const char *path, const char *text, size_t len);

#endif
