/*
 * cdbfile - write a cdb that its readers see whole or not at all.
 *
 * open; add each record; commit; close, on every way out.  The bytes are those
 * that cdb -c makes of the same records; but millions of them are written in
 * large pieces, and the disk begins early.
 *
 * Owns: the cdb being made, and its temporary file.
 * Uses: arena (no memory is the end), outfile, tempfile.
 */

#ifndef CDBFILE_H
#define CDBFILE_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "builders/outfile.h"
#include "builders/tempfile.h"

#define CDBFILE_TABLES 256
#define CDBFILE_TAIL_MAX 1024 /* bytes */

/* What a hash table has of a record. */
struct cdbfile_slot {
	uint32_t hash;
	uint32_t place; /* in the file; 0: the slot is empty */
};

struct cdbfile {
	struct tempfile file;
	struct outfile out;
	uint32_t place;               /* where the next byte belongs */
	uint32_t hint_from;           /* the disk knows of what is before it */
	struct cdbfile_slot *records; /* in their order */
	size_t n_records;
	size_t size;
	char tail[CDBFILE_TAIL_MAX]; /* of the keys being added */
	size_t tail_len;
	size_t n_whole; /* records before this have the hash of all their key */
};

/* All return 0, or -1 with errno (EFBIG: larger than a cdb can be).  Mode as in
 * tempfile.h. */
int cdbfile_open(struct cdbfile *c, const char *path, mode_t mode);
int cdbfile_add(struct cdbfile *c, const char *key, size_t key_len,
    const char *value, size_t value_len);

/* What follows the keys of all records to come, at most CDBFILE_TAIL_MAX bytes;
 * nothing follows at first.  Many keys that end alike are written sooner so. */
void cdbfile_tail(struct cdbfile *c, const char *tail, size_t len);

int cdbfile_commit(struct cdbfile *c);

/* The same, but a target of the same bytes stays as it is. */
int cdbfile_commit_changed(struct cdbfile *c);

/* Remove what was not committed.  Safe when open failed; keeps errno. */
void cdbfile_close(struct cdbfile *c);

#endif
