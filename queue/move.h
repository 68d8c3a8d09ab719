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
 * A file that lies where a bucket should be (mess/8) is in the way of all that
 * belong into it.  Such messages are hidden first, above the buckets
 * (mess/4711.8.moved); then the missing buckets are made.  To take that back
 * is to put the file where its old number belongs (mess/8/8): in the way of
 * that bucket was it alone, and it has been made when move_resume() is called.
 *
 * Within a message the text is hidden first and revealed last: even a
 * qmail-send that somebody let in would find no message without its envelope
 * that is older than 36 hours, which it would delete (INTERNALS, section 6).
 *
 * Owns: nothing; the state is on the disk.
 * Uses: gate, listing, messages, tree, log.
 */

#ifndef MOVE_H
#define MOVE_H

#include "queue/messages.h"

/* Is there anything to move? */
bool move_is_needed(const struct queue *queue, const struct messages *messages);

/* Move all clear messages.  Before it: tree_mend(), no hidden file, and the
 * gate closed.  Returns 0, or -1 with a warning logged; then, and after a kill,
 * tree_mend() and move_resume() go on. */
int move_all(const struct queue *queue, const struct messages *messages);

/* End or take back what was begun, after tree_mend().  Returns likewise. */
int move_resume(const struct queue *queue);

#endif
