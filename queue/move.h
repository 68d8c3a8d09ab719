/*
 * move - give messages their right numbers, without mixing any two up.
 *
 * The right number of one message is often the present number of another, and
 * of this one a third's, round in a circle.  So all files that must move are
 * first hidden, under names that tell both numbers (4711.123.moved: 123, to be
 * 4711), and only when all are hidden they are revealed under the new ones.
 *
 * A kill at any moment leaves a state that can be told from the disk:
 *
 *	no mark, hidden files	they were being hidden: every number in the
 *				open is an old one.  Put the hidden back.
 *	mark			they were being revealed: every number in the
 *				open is a right one.  Reveal the rest.
 *
 * Within a message the text is hidden first and revealed last: even a
 * qmail-send that somebody let in would find no message without its envelope
 * that is older than 36 hours, which it would delete (INTERNALS, section 6).
 *
 * Owns: nothing; the state is on the disk.
 * Uses: gate, listing, messages, log.
 */

#ifndef MOVE_H
#define MOVE_H

#include "queue/messages.h"

/* Is there anything to move? */
bool move_is_needed(const struct queue *queue, const struct messages *messages);

/* Move all clear messages.  Their directories must be there, no hidden file,
 * and the gate closed.  Returns 0, or -1 with a warning logged; then, and
 * after a kill, move_resume() goes on. */
int move_all(const struct queue *queue, const struct messages *messages);

/* End or take back what was begun.  Returns likewise. */
int move_resume(const struct queue *queue);

#endif
