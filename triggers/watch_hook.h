/*
 * watch_hook - leads the wants through the tree, to where they wait.
 *
 * Literal components have a place each, there or not.  A wildcard makes places
 * for the directories that it matches, and takes them away when they go.  What
 * is behind a symbolic link is watch_link's.  Every place that is to be looked
 * at is queued; see watch_arm.
 *
 * Owns: nothing; struct watch_tree is made by watch_tree.
 * Uses: pattern, events, want, place.
 */

#ifndef WATCH_HOOK_H
#define WATCH_HOOK_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>

#include "triggers/events.h"
#include "triggers/place.h"
#include "triggers/want.h"

#define WATCH_DEPTH_MAX 128 /* components; "**" goes no deeper */

/* What the tree needs to have done; events.h says how and when. */
struct watch_ops {
	/* Watch what is at a path, not following a link there.  Returns a
	 * handle, the same for the same inode, or -1 with errno; ENOTDIR if
	 * EVENTS_DIR is asked of something else. */
	int (*watch)(const char *path, unsigned how, void *arg);
	/* Is this path not to be touched?  Asked before anything else. */
	bool (*avoids)(const char *path, void *arg);
	void (*unwatch)(int handle, void *arg);
	/* Changes of some topic can be missed from now on. */
	void (*failed)(const char *path, int error, void *arg);
};

/* What a place that is looked at, and one that is passed when nothing needs
 * it, cost of the budget; one name in a directory costs 1. */
#define WATCH_COST_LOOK 4
#define WATCH_COST_SWEEP 1

struct watch_tree {
	struct place_tree places;
	struct want_set wants;
	const struct watch_ops *ops;
	void *arg;
	long budget; /* how much may be done before others have their turn */
	DIR *dir;    /* of "looking", open, or NULL */
	struct place *looking;
	const struct topic *adding; /* gets no hints now */
	bool arming;  /* places are looked at now, rather than events */
	bool armed;   /* no topic is arming */
	bool retried; /* what had failed is looked at again */
	char *named;  /* path of the named hints, PATH_MAX bytes */
	bool relink;  /* some topic's is set */
	bool blamed;  /* some topic has an error */
	bool news;    /* a topic has one, or none, since this was cleared */
	bool starved; /* memory was short: the tree is not complete */
	int error;    /* why the last place failed */
};

/* The want of a ref. */
struct want *watch_hook_want(const struct watch_tree *t, const struct ref *ref);

/* A want has come to p, with everything before ref.off used up: make places
 * for the literal components that follow, and leave a ref where they end. */
void watch_hook_add(struct watch_tree *t, struct place *p, struct ref ref);

/* Does a ref ask for what the files in its directory hold? */
bool watch_hook_content(const struct watch_tree *t, const struct ref *ref);

/* What a name in a directory is, if known. */
enum watch_type { WATCH_IS_UNKNOWN, WATCH_IS_DIR, WATCH_IS_LINK };

/* A name has appeared in a directory: hook what it is a step for.  Returns 0,
 * or -1 with errno when the disk does not say what it is: then the directory is
 * to be looked through (once more). */
int watch_hook_appeared(struct watch_tree *t, struct place *p, const char *name,
    enum watch_type type);

/* Look through a directory for names that are there already, as far as its
 * refs need it.  If all of them must be read, t->dir is open then, and
 * watch_hook_read() reads on as far as the budget goes; it returns 1 when there
 * is more, or 0.  Both return -1 with errno when it cannot be read. */
int watch_hook_look(struct watch_tree *t, struct place *p);
int watch_hook_read(struct watch_tree *t);

/* A hint is due for a want's topic, about a path or (NULL) anything; for the
 * refs of p, or those that end there; for those of p and below; for those that
 * a name in the directory p is a source of. */
void watch_hook_note(
    struct watch_tree *t, const struct want *want, const char *path);
void watch_hook_note_refs(
    struct watch_tree *t, struct place *p, bool ends_only);
void watch_hook_note_below(struct watch_tree *t, struct place *p);
void watch_hook_names(
    struct watch_tree *t, struct place *p, const char *name, bool came_or_went);

#endif
