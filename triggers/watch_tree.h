/*
 * watch_tree - what the watches are for, and what an event means.
 *
 * Its owner sets the watches and hands the events on (see events.h); all else
 * is here.  Whatever an event says, the disk is asked what is there now.
 * Nobody is called back in the middle: topics that have a hint due are noted,
 * and taken by the owner when the tree is in order again.
 *
 * Owns: struct watch_tree, with places and wants.
 * Uses: pattern, want, place, watch_hook, watch_link, watch_arm.
 */

#ifndef WATCH_TREE_H
#define WATCH_TREE_H

#include <stdbool.h>

#include "triggers/watch_hook.h"

/* Returns 0, or -1 with errno. */
int watch_tree_init(
    struct watch_tree *t, const struct watch_ops *ops, void *arg);
void watch_tree_fini(struct watch_tree *t);

/* What is not added between these is forgotten with the second. */
void watch_tree_begin(struct watch_tree *t, unsigned id);
void watch_tree_end(struct watch_tree *t, unsigned id);

/* Go on with what is left to be done, as far as t->budget goes, which whoever
 * calls this sets.  Is anything left? */
void watch_tree_work(struct watch_tree *t);
bool watch_tree_is_busy(const struct watch_tree *t);

/* Returns 0, or -1 with errno ENOMEM.  What is found now gives the topic no
 * hint; if the budget does not last, there is one when all is watched. */
int watch_tree_add(struct watch_tree *t, unsigned id, const char *pattern);

/* The hints of the topic end.  Its watches end with the next work, but for what
 * is added again before. */
void watch_tree_drop(struct watch_tree *t, unsigned id);

/* A name in a watched directory changed; "what" is as in events.h.  Unknown
 * handles are ignored here and below. */
void watch_tree_name(
    struct watch_tree *t, int handle, const char *name, unsigned what);

/* What is watched changed itself; "moved": it may be elsewhere now, or gone. */
void watch_tree_self(struct watch_tree *t, int handle, bool moved);

/* The system has dropped the watch. */
void watch_tree_lost(struct watch_tree *t, int handle);

/* Ask the disk about every place; or about those that failed. */
void watch_tree_renew(struct watch_tree *t);
void watch_tree_retry(struct watch_tree *t);

/* Take a topic that has a hint due.  Returns false if there is none; *named
 * tells that what changed has the path t->named. */
bool watch_tree_take(struct watch_tree *t, unsigned *id, bool *named);

#endif
