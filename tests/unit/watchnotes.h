/*
 * watchnotes - a backend for watch_tree that only takes notes.
 */

#ifndef WATCHNOTES_H
#define WATCHNOTES_H

#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "triggers/watch_tree.h"

#define HANDLES 64
#define ALL (EVENTS_DIR | EVENTS_CONTENT | EVENTS_NEW)

/* A handle is an index here. */
struct notes {
	ino_t inodes[HANDLES];
	unsigned how[HANDLES];
	bool used[HANDLES];
	unsigned failures;
	const char *appears; /* is made before names in d are watched for */
};

static inline int
take_watch(const char *path, unsigned how, void *arg)
{
	struct notes *notes = arg;
	struct stat st;
	int i;

	if ((how & EVENTS_NEW) != 0 && notes->appears != NULL &&
	    strcmp(strrchr(path, '/'), "/d") == 0) {
		if (mkdir(notes->appears, 0755) == -1)
			return -1;
		notes->appears = NULL;
	}
	if (lstat(path, &st) == -1)
		return -1;
	if ((how & EVENTS_DIR) != 0 && !S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return -1;
	}
	for (i = 0; i < HANDLES; i++)
		if (notes->used[i] && notes->inodes[i] == st.st_ino)
			break;
	if (i == HANDLES)
		for (i = 0; notes->used[i]; i++)
			;
	if ((how & EVENTS_EXACT) != 0 || !notes->used[i])
		notes->how[i] = 0;
	notes->used[i] = true;
	notes->inodes[i] = st.st_ino;
	notes->how[i] |= how & ~EVENTS_EXACT;
	return i;
}

static inline void
give_up(int handle, void *arg)
{
	struct notes *notes = arg;

	notes->used[handle] = false;
}

static inline void
fail(const char *path, int error, void *arg)
{
	struct notes *notes = arg;

	(void)path;
	(void)error;
	notes->failures++;
}

static inline bool
avoid_none(const char *path, void *arg)
{
	(void)path;
	(void)arg;
	return false;
}

static const struct watch_ops ops = {
	.watch = take_watch,
	.avoids = avoid_none,
	.unwatch = give_up,
	.failed = fail,
};

/* The test runs in its own directory; patterns are absolute. */
static inline int
add(struct watch_tree *t, unsigned id, const char *pattern)
{
	char dir[PATH_MAX], path[2 * PATH_MAX];

	if (getcwd(dir, sizeof(dir)) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/%s", dir, pattern);
	return watch_tree_add(t, id, path);
}

static inline void
drop(struct watch_tree *t, unsigned id)
{
	watch_tree_drop(t, id);
	watch_tree_work(t);
}

static inline size_t
places(const struct watch_tree *t)
{
	const struct place *p;
	size_t n = 0;

	for (p = t->places.root; p != NULL; p = place_after(p, t->places.root))
		n++;
	return n;
}

/* The handle of what is at this path, or -1. */
static inline int
handle(const struct notes *notes, const char *path)
{
	struct stat st;
	int i;

	if (lstat(path, &st) == -1)
		return -1;
	for (i = 0; i < HANDLES; i++)
		if (notes->used[i] && notes->inodes[i] == st.st_ino)
			return i;
	return -1;
}

/* How is it watched? */
static inline unsigned
how(const struct notes *notes, const char *path)
{
	int i = handle(notes, path);

	return i == -1 ? 0 : notes->how[i];
}

static inline unsigned
hints(struct watch_tree *t)
{
	unsigned id, topics = 0;
	bool named;

	while (watch_tree_take(t, &id, &named))
		topics |= 1u << id;
	return topics;
}

#endif
