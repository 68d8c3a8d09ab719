/*
 * linekeys - a file of keys, one a line, made a cdb as qmail-newmrh does.
 *
 * Lines are lower-cased (ASCII) and lose the blanks and tabs at their end;
 * empty ones and those that begin with '#' are skipped.  Every other line is a
 * key, in the order of the file, however often it is there, with an empty
 * value.  Any byte may be in a key, NUL too.
 *
 * Owns: nothing.
 * Uses: compile.
 */

#ifndef LINEKEYS_H
#define LINEKEYS_H

#include "builders/compile.h"

/* Add a record for each key.  No text is wrong: returns 0. */
compile_fn linekeys_add;

#endif
