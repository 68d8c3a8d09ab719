/*
 * durable - see to it that pauses, and their ends, outlive a power cut.
 *
 * fsync(2) takes as long as the disk does, so a helper calls it: one for all
 * who have asked before it started.  Who asks gets a ticket, a number that
 * grows; a ticket is served when a helper that was started after it has ended.
 *
 * Owns: the helper.
 * Uses: run, helper, paused.
 */

#ifndef DURABLE_H
#define DURABLE_H

#include <stdint.h>

#include "daemon/helper.h"
#include "daemon/run.h"

/* All tickets up to this one are served; error: 0, or the errno of why what
 * was paused or resumed may be forgotten. */
typedef void durable_fn(uint64_t ticket, int error, void *arg);

struct durable {
	const struct run_place *place; /* not owned */
	struct helper helper;
	uint64_t asked, started; /* tickets */
	durable_fn *on_served;
	void *arg;
};

void durable_init(struct durable *d, const struct run_place *place,
    durable_fn *on_served, void *arg);

/* What was paused or resumed up to now shall stay so.  Returns the ticket, or
 * 0 if no helper was to be had and it was done at once, with its error. */
uint64_t durable_ask(struct durable *d, int *error);

/* Serve nobody any more. */
void durable_close(struct durable *d);

#endif
