/*
 * inspect - look at a whole queue, and change nothing.
 *
 * Owns: nothing; the caller frees the faults.
 * Uses: access, gate, listing, messages, split, tree.
 */

#ifndef INSPECT_H
#define INSPECT_H

#include "queue/listing.h"

#define INSPECT_STATES (1U << LAYOUT_PARTS)

struct summary {
	size_t messages;               /* texts */
	size_t states[INSPECT_STATES]; /* how many have just these parts */
};

/* Collect the faults, sorted, and the summary.  A live queue changes under our
 * eyes, so a fault counts only if a second look shows it too.  Returns 0, or
 * -1 with a warning logged; free the faults in any case. */
int inspect_queue(
    const struct queue *queue, struct faults *faults, struct summary *summary);

/* Set the queue's layout: that of its files, but for a split of "split" unless
 * that is 0.  Returns 0, or -1 with a warning logged. */
int inspect_layout(struct queue *queue, unsigned split);

#endif
