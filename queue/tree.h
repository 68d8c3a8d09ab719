/*
 * tree - the directories of a queue, and the files that are no message's.
 *
 * The table is that of hier.c of qmail.
 *
 * Owns: nothing.
 * Uses: access, listing, fault, log.
 */

#ifndef TREE_H
#define TREE_H

#include "queue/listing.h"

/* Add a fault for everything that is missing, of the wrong kind, owner, mode
 * or size, and for buckets of another split.  Returns 0, or -1 with a warning
 * logged. */
int tree_check(const struct queue *queue, const struct listing *listing,
    struct faults *faults);

/* Make what is missing and set what is wrong, but for the queue's own
 * directory, which is the gate's (gate.h).  What is of the wrong kind stays,
 * but for an empty file in place of the trigger.  Returns as tree_check(). */
int tree_mend(const struct queue *queue);

/* Remove the buckets of another split that are empty.  Returns likewise. */
int tree_prune(const struct queue *queue, const struct listing *listing);

#endif
