/*
 * command - what a program prints, as a file would be read.
 *
 * Owns: nothing; the program has ended on return.
 * Uses: log, piped, source.
 */

#ifndef COMMAND_H
#define COMMAND_H

#include "builders/source.h"

/* What stands for the domain in a word, but not in the program's name. */
#define COMMAND_DOMAIN "DOMAIN"

/* Run a program, a domain's name put into its words, with nothing on its
 * standard input, and read its standard output to the end.  Returns 0, or -1,
 * logged: it could not run, printed more than SOURCE_SIZE_MAX, or did not exit
 * with 0.  Its stamp is unknown, or failed. */
int command_read(struct source *out, char *const argv[], const char *domain);

#endif
