/*
 * assign - users/assign, made records of users/cdb as qmail-newu does.
 *
 * Owns: nothing.
 * Uses: compile, log.
 */

#ifndef ASSIGN_H
#define ASSIGN_H

#include "builders/compile.h"

/* Add the record of each line, and that of the wildcard characters. */
compile_fn assign_add;

#endif
