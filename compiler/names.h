/*
 * names.h - C identifiers, C string literals and C comments made of any text.
 *
 * Identifiers of emitted code are <machine>_<slug of the state>.  A slug never holds `__`
 * nor ends in `_`, so that names with `__` are free for what the emitter invents.
 */
#ifndef ASLC_NAMES_H
#define ASLC_NAMES_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct names;

/* The names taken in one C file. */
struct names *names_new(struct arena *arena);

/* `wanted`, or wanted_2, wanted_3, ..., the first that is free; it is taken then. */
const char *names_claim(struct names *names, const char *wanted);

/* Lower-case letters, digits and single underscores; "state" for a text that has none. */
const char *names_slug(struct arena *arena, const char *text, size_t len);

/* The slug of a machine's name as the prefix of names: begins with a letter, and is
 * nothing that the library's headers use. */
const char *names_machine(struct arena *arena, const char *text, size_t len);

/* A function's name in asl_handler_NAME: each character but A-Z a-z 0-9 becomes `_`. */
const char *names_handler(struct arena *arena, const char *text, size_t len);

/* The name in upper case: the enumerator that goes with a function. */
const char *names_upper(struct arena *arena, const char *name);

/* A literal with its quotes; octal escapes; no trigraphs. */
const char *names_string(struct arena *arena, const char *text, size_t len);

/* Text that may stand in a C comment: no `*` before `/`, no backslash, `?`, control or
 * non-ASCII character (each becomes `.`), at most 60 characters. */
const char *names_comment(struct arena *arena, const char *text, size_t len);

#endif
