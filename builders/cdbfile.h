/*
 * cdbfile - write a cdb that its readers see whole or not at all.
 *
 * open; add each record; commit; close, on every way out.
 *
 * Owns: the cdb being made, and its temporary file.
 * Uses: tempfile, tinycdb.
 */

#ifndef CDBFILE_H
#define CDBFILE_H

#include <sys/types.h>

#include <cdb.h>
#include <stdbool.h>
#include <stddef.h>

#include "builders/tempfile.h"

struct cdbfile {
	struct tempfile file;
	struct cdb_make make;
	bool making;
	size_t unsynced; /* bytes, about */
};

/* All return 0, or -1 with errno.  Mode as in tempfile.h. */
int cdbfile_open(struct cdbfile *c, const char *path, mode_t mode);
int cdbfile_add(struct cdbfile *c, const char *key, size_t key_len,
    const char *value, size_t value_len);
int cdbfile_commit(struct cdbfile *c);

/* The same, but a target of the same bytes stays as it is. */
int cdbfile_commit_changed(struct cdbfile *c);

/* Remove what was not committed.  Safe when open failed; keeps errno. */
void cdbfile_close(struct cdbfile *c);

#endif
