/*
 * fifo - a named pipe in its place, and held open.
 *
 * What is there already is taken over only if it is a pipe with one name that
 * belongs to root, to us, or to whom it is meant to belong.  A pipe outside
 * the run directory has a lock file beside it, PATH.lock (mode 0600, never
 * removed), so that two daemons do not read each other's hints.
 *
 * Owns: the descriptors of the pipe and of its lock file.
 * Uses: hold.
 */

#ifndef FIFO_H
#define FIFO_H

#include <sys/types.h>

#include <stdbool.h>

#define FIFO_WHY_MAX 160 /* bytes of a reason */

/* The first part is the caller's; the descriptors begin as -1. */
struct fifo {
	const char *path;
	uid_t owner; /* (uid_t)-1: as made */
	gid_t group; /* (gid_t)-1: as made */
	mode_t mode;
	bool inside; /* in the run directory */

	int fd;
	int writer_fd; /* our own, or -1 if fd is that too */
	int lock_fd;
	dev_t device;
	ino_t inode;
	bool cleared; /* a regular file was in its place, and was removed */
	char why[FIFO_WHY_MAX]; /* what was wrong, after a -1 */
};

/* Make the pipe if it is missing, check it, hold it open.  In the run
 * directory a regular file of root's or ours in its place is removed.
 * Returns 0, or -1 with why; logs nothing. */
int fifo_open(struct fifo *f);

/* Lock it, if it is not in the run directory; "held" is the lock_fd of one
 * with the same path that we hold, or -1.  Returns 0, or -1 with why. */
int fifo_lock(struct fifo *f, int held);

/* Is what we hold still what is at the path?  fifo_confirm() returns 0, or -1
 * with why. */
bool fifo_is_in_place(const struct fifo *f);
int fifo_confirm(struct fifo *f);

/* Let go of the pipe, but not of the lock; of the lock.  Twice is fine. */
void fifo_close(struct fifo *f);
void fifo_unlock(struct fifo *f);

/* Is the path's directory this one, by whatever name? */
bool fifo_is_inside(const char *path, const char *dir);

#endif
