/*
 * dirlist - what names a directory has, and how that differs from before.
 *
 * A symbolic link counts as another one when its times are others: its inode
 * number may be used again at once, and nobody holds it.  So may a file's: that
 * its times are others is told, and counts as a change of what it holds.
 *
 * Owns: the memory of the names.
 * Uses: clock.
 */

#ifndef DIRLIST_H
#define DIRLIST_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct dirlist_entry {
	char *name;
	ino_t inode;
	unsigned char type;         /* as in struct dirent */
	struct timespec changed_at; /* 0: it was not asked */
};

/* Zeroed is an empty one. */
struct dirlist {
	struct dirlist_entry *entries; /* by name */
	size_t count;
	char *names;
};

struct dirlist_change {
	const char *name;
	ino_t inode;
	bool names; /* it came, went, or stands for something else */
	bool dir;   /* it is or was a directory */
};

/* Where a comparison stands; begins zeroed. */
struct dirlist_walk {
	size_t old, now;
};

/* Read an open directory into an empty list; one that was removed has no
 * names.  Returns 0, or -1 with errno. */
int dirlist_init(struct dirlist *list, int dir_fd);
void dirlist_fini(struct dirlist *list);

/* The next name that changed.  Returns false when there is none left. */
bool dirlist_differ(const struct dirlist *old, const struct dirlist *now,
    struct dirlist_walk *walk, struct dirlist_change *change);

#endif
