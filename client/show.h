/*
 * show - the state of all rules in columns: "trigger-ctl status".
 *
 * Owns: nothing.
 * Uses: status, state, text.
 */

#ifndef SHOW_H
#define SHOW_H

#include <stdbool.h>
#include <stdio.h>

#include "daemon/status.h"

/* Is this one of the rules named (NULL ends the list), or is none named? */
bool show_is_asked(const char *name, char *const rules[]);

/* A heading and a line for each of the rules named, or, if the list is empty,
 * what is to be said of the daemon and a line for every rule.  Below the line
 * of a rule stands what there is to know about it.  All of it fits 80 columns
 * unless a path is longer. */
void show_status(FILE *out, const struct status *s, char *const rules[]);

/* Is all well with them, and with the configuration if none is named? */
bool show_is_well(const struct status *s, char *const rules[]);

#endif
