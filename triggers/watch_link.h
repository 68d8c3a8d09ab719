/*
 * watch_link - where a want goes on behind a symbolic link, or above.
 *
 * At a link the rest of the want, behind the link's target, becomes a want of
 * its own ("derived"), and so does what goes on with ".."; all of those of a
 * topic are made anew when one of its links changes.
 *
 * Owns: nothing; struct watch_tree is made by watch_tree.
 * Uses: want, place, watch_hook.
 */

#ifndef WATCH_LINK_H
#define WATCH_LINK_H

#include <stdbool.h>

#include "triggers/watch_hook.h"

/* Does p derive wants: is it a link, or is ".." asked of it? */
bool watch_link_derives(const struct watch_tree *t, struct place *p);

/* Derive them.  Returns 0, also for a link that has changed by now, of which an
 * event will tell, or -1 with errno. */
int watch_link_follow(struct watch_tree *t, struct place *p);

/* Those derived at p and below are to be made anew. */
void watch_link_relink(struct watch_tree *t, struct place *p);

#endif
