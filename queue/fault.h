/*
 * fault - what is wrong with a queue.
 *
 * Owns: the list and its texts.
 * Uses: memory, log.
 */

#ifndef FAULT_H
#define FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/log.h"

enum fault_kind {
	FAULT_NAME,      /* a message's number is not its inode's */
	FAULT_BUCKET,    /* a file lies in another bucket than it should */
	FAULT_STATE,     /* parts that no message of qmail has together */
	FAULT_DUPLICATE, /* two messages or files claim one number */
	FAULT_TAKEN,     /* the right name is another's, who cannot go */
	FAULT_OWNER,
	FAULT_MODE,
	FAULT_MISSING,
	FAULT_EXTRA, /* a bucket that belongs to another split */
	FAULT_STRAY, /* a name that qmail does not make */
	FAULT_TYPE,  /* not a file, directory, pipe, as it should be */
	FAULT_SIZE,
	FAULT_INTERRUPTED, /* a repair began, and did not end */
	FAULT_KINDS
};

struct fault {
	enum fault_kind kind;
	char *path; /* in the queue; only printable ASCII */
	char *text;
	uint64_t message; /* its number, or 0 */
	bool mended;
};

struct faults {
	struct fault *list;
	size_t count;
};

/* The kind's word in reports: "name", "bucket", ... */
const char *fault_word(enum fault_kind kind);

/* Keep one; path and text are copied, the path with everything but printable
 * ASCII as \xNN. */
void fault_add(struct faults *faults, enum fault_kind kind, uint64_t message,
    const char *path, const char *fmt, ...) LOG_FORMAT(5, 6);

/* Sort by path and kind, which the two below need. */
void fault_sort(struct faults *faults);

/* Keep only those that both lists have: what was seen twice was not just a
 * message on its way. */
void fault_keep_common(struct faults *faults, const struct faults *again);

/* After a repair: mark as mended what "after" does not have, and add what only
 * "after" has. */
void fault_compare(struct faults *faults, const struct faults *after);

/* How many are not mended. */
size_t fault_remaining(const struct faults *faults);

void fault_free(struct faults *faults);

#endif
