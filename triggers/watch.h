/*
 * watch - tells that something at the place of a pattern has changed.
 *
 * Every directory on the way to a source is watched by name, never the file
 * alone, so that a source that is renamed over, removed, made again, or not
 * there yet is seen all the same.  Symbolic links on the way are resolved, and
 * each link's own directory is watched too.  A directory that appears is
 * watched first and looked through after, so that nothing made in between is
 * missed.  A file system that is mounted over a source gives no event; the
 * change of the table of mounts tells.
 *
 * Owns: the events, the tree of watched directories.
 * Uses: log, pattern, trigger, events, remount, watch_tree, libev.
 */

#ifndef WATCH_H
#define WATCH_H

#include <stdbool.h>
#include <stddef.h>

#include <ev.h>

#include "triggers/trigger.h"

struct watch;

/* The callback may add and drop topics, but not free the watch.  A hint's path
 * is given when a pattern of the topic matches it and nothing else is known to
 * have changed; after a change of directories or symbolic links it is NULL.
 * Returns NULL with a warning logged. */
struct watch *watch_new(struct ev_loop *loop, trigger_fn *fn, void *arg);

/* Watch the place of a pattern (copied) for a topic.  Several patterns may
 * share a topic.  What is there already gives the topic no hint: ask about it
 * after this.  Where there are so many directories that it takes longer than a
 * millisecond or so, it goes on in the loop; until it is done the topic is
 * degraded, and at the end there is a hint.  It never calls back; hints that
 * become due for other topics wait for the loop, or watch_drain().  Returns 0,
 * or -1 with errno ENOMEM.  A watch that cannot be set leaves the topic
 * degraded: see watch_is_degraded().
 */
int watch_add(struct watch *w, unsigned topic, const char *pattern);

/* Forget a topic.  Its hints end before this returns, its watches with the next
 * turn of the loop, unless they are added again before. */
void watch_drop(struct watch *w, unsigned topic);

/* To say anew what is watched for a topic: what is not added between these
 * two, which may be turns of the loop apart, is forgotten with the second. */
void watch_begin(struct watch *w, unsigned topic);
void watch_end(struct watch *w, unsigned topic);

/* Can changes of this topic be missed (watch limit, unreadable directory, not
 * all of it watched yet)?
 * Then it needs the scan; the reason, for people, is in *why, a static string
 * or one that lives until the next call. */
bool watch_is_degraded(struct watch *w, unsigned topic, const char **why);

/* Is there any topic of which not all is watched yet? */
bool watch_is_busy(const struct watch *w);

/* True once after that has changed for any topic.  Each has a hint then, but
 * for those that were just added. */
bool watch_take_news(struct watch *w);

/* Paths of which fn says so are never touched from now on, and so cannot be
 * watched: a file system that does not answer must not stop us. */
typedef bool watch_avoid_fn(const char *path, void *arg);
void watch_avoid(struct watch *w, watch_avoid_fn *fn, void *arg);

/* Try again what could not be watched.  Called at each scan. */
void watch_retry(struct watch *w);

/* Read every event that is there now, calling back for it. */
void watch_drain(struct watch *w);

/* Directories and files watched now. */
size_t watch_count(const struct watch *w);

/* Accepts NULL. */
void watch_free(struct watch *w);

#endif
