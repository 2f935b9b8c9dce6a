/*
 * resolve.h - variables: which scope's which slot a reference means.
 */
#ifndef ASLC_RESOLVE_H
#define ASLC_RESOLVE_H

#include "tree.h"

/* Gives each scope its variables, binds the references in expressions to them (distance
 * of scopes and slot), and reports names assigned twice in nested scopes, references to
 * variables that nothing in reach assigns, and those possibly not assigned yet. */
void resolve_machine(struct diags *diags, struct machine *machine);

#endif
