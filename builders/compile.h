/*
 * compile - a program that makes a cdb of one text file of qmail's.
 *
 * It stands in for one of qmail's own, which write through a temporary file
 * of a fixed name: two at once, or one beside vpopmail's, damage the cdb.
 *
 * Owns: the text, and the cdb being made.
 * Uses: source, deps, cdbfile, option, log.
 */

#ifndef COMPILE_H
#define COMPILE_H

#include <stdbool.h>
#include <stddef.h>

#include "builders/cdbfile.h"
#include "builders/source.h"

struct compile {
	struct source text; /* its bytes may be changed */
	char *text_path;
	char *cdb_path;
	struct cdbfile cdb;
	bool failed; /* a record could not be written; logged */
};

/* Add a record for each that is in "text".  Returns 0, or -1 if the text is
 * wrong, logged. */
typedef int compile_fn(struct compile *c);

struct compile_job {
	const char *program;
	const char *text; /* below qmail's directory */
	const char *cdb;  /* the same, when no other is asked for */
	compile_fn *add_records;
};

void compile_add(struct compile *c, const char *key, size_t key_len,
    const char *value, size_t value_len);

/* ASCII only, as qmail does. */
void compile_lower(char *bytes, size_t len);

/* All of the program: read the options, write the cdb.  Logs; returns the exit
 * status. */
int compile_main(const struct compile_job *job, int argc, char **argv);

#endif
