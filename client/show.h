/*
 * show - what trigger-ctl prints for people.
 *
 * Names and notes that come from files are escaped, so that they cannot drive
 * a terminal.
 *
 * Owns: nothing.
 * Uses: status.
 */

#ifndef SHOW_H
#define SHOW_H

#include <stdio.h>

#include "daemon/status.h"

/* Print text with everything but printable ASCII as \xNN; NULL is nothing. */
void show_text(FILE *out, const char *text);

/* Aligned columns: a line for each of the rules named (NULL ends the list), or
 * one about the daemon and one for every rule if the list is empty. */
void show_status(FILE *out, const struct status *s, char *const rules[]);

#endif
