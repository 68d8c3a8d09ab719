/*
 * gate - keep qmail out of a queue that is being repaired.
 *
 * qmail-send holds a lock on lock/sendmutex as long as it runs; so do we, which
 * keeps a second one from starting.  The queue's directory has mode 0 from
 * before the first rename till after the last: qmail-queue, qmail-send and
 * their kin all enter it as qmailq or qmails and give up with a temporary
 * error.  A repair that is killed leaves it so, and nothing can get at half of
 * a message until the repair is begun again and has ended.
 *
 * The mark is a file that says which half of the renames had begun (move.h).
 *
 * Owns: the lock's descriptor, in the caller's hands.
 * Uses: listing, log.
 */

#ifndef GATE_H
#define GATE_H

#include "queue/listing.h"

#define GATE_MARK "repair" LISTING_MOVED

/* Make lock/sendmutex if need be, and lock it.  Returns the descriptor, which
 * holds the lock while it is open, or -1 with a warning logged. */
int gate_lock(const struct queue *queue);

/* All of these return 0, or -1 with a warning logged.  The changes have
 * reached the disk when they return, and all that was done before them. */
int gate_close(const struct queue *queue);
int gate_open(const struct queue *queue);
int gate_mark(const struct queue *queue);
int gate_unmark(const struct queue *queue);

/* Was the gate left closed, or the mark left?  Returns 1 or 0, or -1 with a
 * warning logged. */
int gate_is_closed(const struct queue *queue);
int gate_is_marked(const struct queue *queue);

#endif
