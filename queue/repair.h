/*
 * repair - set a queue right, without ever deleting a message.
 *
 * Owns: nothing.
 * Uses: access, gate, listing, messages, move, tree.
 */

#ifndef REPAIR_H
#define REPAIR_H

#include "queue/listing.h"

/* Repair what can be repaired.  gate_lock() must have been had.  Returns 0, or
 * -1 with a warning logged; then the queue stays closed to qmail, as it does
 * after a kill, until a repair has ended well. */
int repair_queue(const struct queue *queue);

#endif
