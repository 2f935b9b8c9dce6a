/*
 * check.h - the rules of the language.
 */
#ifndef ASLC_CHECK_H
#define ASLC_CHECK_H

#include <stdbool.h>

#include "tree.h"

/* Reports every breach of a rule in `diags`, and binds variables (resolve_machine()).
 * True when there is no error; warnings do not count. */
bool check_machine(struct diags *diags, struct machine *machine);

/* Reports each ${NAME} that no -D filled; true when there is none. */
bool check_placeholders(struct diags *diags, const struct machine *machine);

/* The rules, for documentation: calls `show` with each code, severity and description. */
void check_list_rules(void (*show)(unsigned code, enum severity severity,
                                   const char *what, void *data),
                      void *data);

#endif
