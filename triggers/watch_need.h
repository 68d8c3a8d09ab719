/*
 * watch_need - what a place must be watched for.
 *
 * Questions only, answered from the refs of the place and the kinds of those
 * that are in it.  Each event that we do not ask for is one that strangers in
 * the same directory cannot wake us with.
 *
 * Owns: nothing; struct watch_tree is made by watch_tree.
 * Uses: want, place, watch_hook.
 */

#ifndef WATCH_NEED_H
#define WATCH_NEED_H

#include <stdbool.h>

#include "triggers/watch_hook.h"

/* Is p wanted as a directory? */
bool watch_need_dir(const struct watch_tree *t, struct place *p);

/* Is p named in full, so that the inode is watched too? */
bool watch_need_inode(const struct watch_tree *t, struct place *p);

/* Can a name that is new in p matter?  Not if all that is wanted there has a
 * watch of its own, and a link or a file cannot be made over.  A place in the
 * queue is left out: it will ask for itself. */
bool watch_need_new(const struct place *p);

/* Is what the files in p hold wanted? */
bool watch_need_content(const struct watch_tree *t, struct place *p);

/* How a directory is watched, by its place's flags: EVENTS_DIR and more. */
unsigned watch_need_how(const struct place *p);

#endif
