/*
 * writer - keys written as the reader wants them, into a cdb or as text.
 *
 * open; for each host host, its keys, end; commit; close, on every way out.
 *
 * Owns: the cdb being made.
 * Uses: cdbfile, keys, log.
 */

#ifndef WRITER_H
#define WRITER_H

#include <stdbool.h>
#include <stddef.h>

#include "builders/cdbfile.h"
#include "builders/keys.h"

enum writer_form { WRITER_LINES, WRITER_CDBMAKE, WRITER_CDB };

enum writer_dialect {
	WRITER_JMS1,      /* user@host, x-default@host, @host; '-' refuses */
	WRITER_SAGREDO,   /* user@host, @host; -user@host, -@host refuse */
	WRITER_RECIPIENTS /* :user@host, :x-@host */
};

#define WRITER_KEY_MAX (KEYS_LEN_MAX + 2)

struct writer {
	enum writer_form form;
	enum writer_dialect dialect;
	struct cdbfile cdb;
	const char *path;
	const char *host;        /* "" for names without one */
	char tail[KEYS_LEN_MAX]; /* of its keys */
	size_t tail_len;
	bool open_ended; /* there are keys for more than one name */
	char last[WRITER_KEY_MAX];
	size_t last_len;
	bool failed; /* logged */
};

/* "path" is for a cdb.  Returns 0, or -1, logged. */
int writer_open(struct writer *w, enum writer_form form,
    enum writer_dialect dialect, const char *path);

/* The next keys are of this host, which is kept. */
void writer_host(struct writer *w, const char *host);

/* A key longer than any address is left out. */
void writer_key(struct writer *w, const struct keys_item *key);

/* That was all of this host. */
void writer_end(struct writer *w);

/* Everything is where it belongs; a cdb of the same bytes stays as it is.
 * Returns 0, or -1, logged. */
int writer_commit(struct writer *w);

void writer_close(struct writer *w);

#endif
