/*
 * mounts - which file systems are mounted where.
 *
 * Read from the system's own table, never by touching the path: a look at a
 * file system whose server is gone may block for ever.  Where there is no such
 * table (no /proc), nothing is known: every path counts as local.
 *
 * Owns: the table, a descriptor on it.
 * Uses: nothing.
 */

#ifndef MOUNTS_H
#define MOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mount {
	uint64_t id;    /* of the kernel's; 0: it has none */
	size_t point;   /* offset of the mount point in the table's text */
	size_t length;  /* of the mount point */
	bool local;     /* its data cannot go away while we look */
	bool automatic; /* mounts something else when it is looked at */
};

struct mounts {
	struct mount *list; /* in the order of mounting */
	size_t count;
	char *text;
	bool all_local;
	int fd; /* tells when the table has changed; 0: none */
};

/* Read the table, if it has changed since.  Zeroed is empty.  Returns 0, also
 * where there is none, or -1 with errno (then it is the old one). */
int mounts_refresh(struct mounts *m);

/* On Linux: the same from the text of a table, which becomes ours. */
int mounts_take(struct mounts *m, char *text);

/* For who reads the table.  One more, whose point stands in the text: returns
 * 0, or -1 with errno.  Take over a fresh table, and forget the old. */
int mounts_add(struct mounts *m, size_t point, bool local, bool automatic);
void mounts_replace(struct mounts *m, const struct mounts *fresh);

/* In a forked copy, whose descriptors are closed. */
void mounts_detach(struct mounts *m);

void mounts_fini(struct mounts *m);

const char *mounts_point(const struct mounts *m, const struct mount *mount);

/* The mount below which an absolute path without symbolic links lies, or NULL
 * when nothing is known. */
const struct mount *mounts_of(const struct mounts *m, const char *path);

/* The mount that holds the file to which an absolute path leads, links and all,
 * if the system can tell at once; else NULL.  It looks at the path. */
const struct mount *mounts_holding(const struct mounts *m, const char *path);

/* Is something mounted just there, other than an automatic mount? */
bool mounts_shows(const struct mounts *m, const char *point);

/* Does "path" lie at or below "dir"? */
bool mounts_is_below(const char *path, const char *dir);

#endif
