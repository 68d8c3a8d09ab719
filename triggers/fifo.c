#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/hold.h"
#include "triggers/fifo.h"

#define MAKE_TRIES 3 /* when somebody else makes and removes it too */

/* Keep the reason; with the system's, unless error is 0. */
static int
refuse(struct fifo *f, const char *what, int error)
{
	(void)snprintf(f->why, sizeof(f->why), "%s%s%s", what,
	    error == 0 ? "" : ": ", error == 0 ? "" : strerror(error));
	return -1;
}

/* Is this what we hold? */
static bool
is_held(const struct fifo *f, const struct stat *st)
{
	return f->fd != -1 && S_ISFIFO(st->st_mode) && st->st_nlink == 1 &&
	       st->st_dev == f->device && st->st_ino == f->inode;
}

bool
fifo_is_in_place(const struct fifo *f)
{
	struct stat st;

	return lstat(f->path, &st) == 0 && is_held(f, &st);
}

int
fifo_confirm(struct fifo *f)
{
	struct stat st;
	bool found = lstat(f->path, &st) == 0;

	if (!found && errno != ENOENT && errno != ENOTDIR)
		return refuse(f, "lstat", errno);
	if (!found || !is_held(f, &st))
		return refuse(f, "replaced meanwhile", 0);
	return 0;
}

/* Something that is not a pipe is in its place. */
static int
clear_place(struct fifo *f, const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return refuse(f, "in the way, and not a pipe", 0);
	if (!f->inside)
		return refuse(f, "a regular file, not a pipe", 0);
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return refuse(f, "a regular file of somebody else's", 0);
	if (unlink(f->path) == -1 && errno != ENOENT)
		return refuse(f, "unlink", errno);
	f->cleared = true;
	return 0;
}

/* See to it that there is a pipe at the path. */
static int
make(struct fifo *f)
{
	struct stat st;
	int tries;

	for (tries = 0; tries < MAKE_TRIES; tries++) {
		if (mkfifo(f->path, 0600) == 0)
			return 0;
		if (errno != EEXIST)
			return refuse(f, "mkfifo", errno);
		if (lstat(f->path, &st) == 0) {
			if (S_ISFIFO(st.st_mode))
				return 0;
			if (clear_place(f, &st) == -1)
				return -1;
		} else if (errno != ENOENT) /* removed just now */
			return refuse(f, "lstat", errno);
	}
	return refuse(f, "others make and remove it all the time", 0);
}

/* Is what we have opened a pipe of ours, and nothing that somebody else has
 * put there to listen, or to make us change it? */
static int
check(struct fifo *f, const struct stat *st)
{
	if (!S_ISFIFO(st->st_mode))
		return refuse(f, "in the way, and not a pipe", 0);
	if (st->st_nlink != 1)
		return refuse(f, "a pipe with more names than one", 0);
	if (st->st_uid != 0 && st->st_uid != geteuid() &&
	    st->st_uid != f->owner)
		return refuse(f, "a pipe that belongs to somebody else", 0);
	return 0;
}

/* Owner and mode are set only where they differ: setting them is a touch. */
static int
set_access(struct fifo *f, const struct stat *st)
{
	bool owner = f->owner != (uid_t)-1 && f->owner != st->st_uid;
	bool group = f->group != (gid_t)-1 && f->group != st->st_gid;

	if ((owner || group) && fchown(f->fd, f->owner, f->group) == -1)
		return refuse(f, "fchown", errno);
	if ((st->st_mode & 07777) != f->mode && fchmod(f->fd, f->mode) == -1)
		return refuse(f, "fchmod", errno);
	return 0;
}

int
fifo_open(struct fifo *f)
{
	struct stat st;

	f->cleared = false;
	if (make(f) == -1)
		return -1;
	f->fd = hold_open(f->path, &f->writer_fd);
	if (f->fd == -1 || fstat(f->fd, &st) == -1) {
		(void)refuse(f, "open", errno);
		goto fail;
	}
	if (check(f, &st) == -1 || set_access(f, &st) == -1)
		goto fail;
	f->device = st.st_dev;
	f->inode = st.st_ino;
	return 0;

fail:
	fifo_close(f);
	return -1;
}

/* The lock file: opened, ours, and locked. */
static int
lock_file(struct fifo *f, const char *path)
{
	struct stat st;

	f->lock_fd = open(
	    path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (f->lock_fd == -1 || fstat(f->lock_fd, &st) == -1)
		return refuse(f, "its lock file", errno);
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1 ||
	    (st.st_uid != 0 && st.st_uid != geteuid()))
		return refuse(f, "its lock file is not one of ours", 0);
	if (flock(f->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		return refuse(f, "in use by another daemon", 0);
	return refuse(f, "flock", errno);
}

int
fifo_lock(struct fifo *f, int held)
{
	char path[PATH_MAX];
	int n;

	if (f->inside)
		return 0;
	if (held != -1) {
		f->lock_fd = fcntl(held, F_DUPFD_CLOEXEC, 0);
		return f->lock_fd == -1 ? refuse(f, "dup", errno) : 0;
	}
	n = snprintf(path, sizeof(path), "%s.lock", f->path);
	if (n < 0 || (size_t)n >= sizeof(path))
		return refuse(f, "its lock file", ENAMETOOLONG);
	if (lock_file(f, path) == 0)
		return 0;
	fifo_unlock(f);
	return -1;
}

void
fifo_close(struct fifo *f)
{
	if (f->fd != -1)
		(void)close(f->fd); /* nothing was written */
	if (f->writer_fd != -1)
		(void)close(f->writer_fd); /* nor here */
	f->fd = f->writer_fd = -1;
}

void
fifo_unlock(struct fifo *f)
{
	if (f->lock_fd != -1)
		(void)close(f->lock_fd); /* and with it the lock */
	f->lock_fd = -1;
}

bool
fifo_is_inside(const char *path, const char *dir)
{
	char parent[PATH_MAX];
	const char *slash = strrchr(path, '/');
	struct stat a, b;

	if (slash == NULL || slash - path >= PATH_MAX - 1)
		return false;
	(void)snprintf(
	    parent, sizeof(parent), "%.*s", (int)(slash - path + 1), path);
	return stat(parent, &a) == 0 && stat(dir, &b) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}
