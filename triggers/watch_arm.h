/*
 * watch_arm - brings the watches in line with the wants and the disk.
 *
 * A place is watched before it is looked through, so that nothing made in
 * between is missed.
 *
 * Owns: nothing; struct watch_tree is made by watch_tree.
 * Uses: want, place, watch_hook, watch_link.
 */

#ifndef WATCH_ARM_H
#define WATCH_ARM_H

#include "triggers/watch_hook.h"

/* Look at the places in the queue, until it is empty or the budget used up. */
void watch_arm_run(struct watch_tree *t);

/* Is there none left that waits to be looked at? */
bool watch_arm_is_done(const struct watch_tree *t);

/* From the cursor on, as far as the budget goes: remove the places that nothing
 * needs any more; narrow the watches of those that need less. */
void watch_arm_sweep(struct watch_tree *t);

#endif
