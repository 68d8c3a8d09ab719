/*
 * kept - a record that could not be written, in memory until it can.
 *
 * The rule is judged by it meanwhile, so that it does not run again for that.
 * Writing is tried again with backoff, in a helper, and only while nobody else
 * may write the same record.
 *
 * Owns: the record, a timer, a helper.
 * Uses: log, backoff, record, child, helper, libev.
 */

#ifndef KEPT_H
#define KEPT_H

#include <ev.h>

#include "daemon/helper.h"
#include "daemon/stampset.h"

struct kept;

/* May the record be written now? */
typedef bool kept_may_fn(void *arg);

/* kept_why() has changed. */
typedef void kept_change_fn(void *arg);

struct kept {
	struct ev_loop *loop;
	struct child_pool *pool;
	const char *state_dir, *name; /* not owned */
	double first, longest;        /* seconds between two tries */
	kept_may_fn *may;
	kept_change_fn *on_change;
	void *arg;
	struct stamp_past past; /* exists: there is one */
	unsigned failures;
	char why[160];
	ev_timer timer;
	struct helper helper;
};

/* Fill the members down to "arg" before. */
void kept_init(struct kept *k);

/* Keep this one, which could not be written because of "error"; what it holds
 * moves. */
void kept_take(struct kept *k, struct stamp_past *past, int error);

/* A newer one has been written. */
void kept_drop(struct kept *k);

/* Free everything. */
void kept_close(struct kept *k);

/* Somebody else may write from now on: stop if we are about to. */
void kept_hold(struct kept *k);

/* What to judge by instead of the disk, or NULL. */
const struct stamp_past *kept_past(const struct kept *k);

/* "record not written: No space left on device", or NULL. */
const char *kept_why(const struct kept *k);

#endif
