/*
 * tempfile - a file that its readers see whole or not at all.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builders/stale.h"
#include "builders/tempfile.h"
#include "builders/writeout.h"
#include "daemon/log.h"

#define COMPARE_SIZE 32768 /* bytes: twice that on the stack */
#define TRIES 100          /* to make a file that nobody takes for left */

/* The target through its links; one that does not exist yet as it is. */
static char *
resolve(const char *path)
{
	struct stat st;
	char *copy;

	if (stat(path, &st) == 0) {
		if (S_ISREG(st.st_mode))
			return realpath(path, NULL);
		errno = EEXIST;
		return NULL;
	}
	if (errno != ENOENT)
		return NULL;
	copy = strdup(path);
	if (copy == NULL)
		log_fatal("memory");
	return copy;
}

static char *
temporary_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	int dir_len = slash == NULL ? 0 : (int)(slash + 1 - path);
	char *name;

	if (asprintf(&name, "%.*s.%s.making." STALE_RANDOM, dir_len, path,
		path + dir_len) == -1)
		log_fatal("memory");
	return name;
}

/* Without a name it is not ours to unlink. */
static int
make_once(struct tempfile *t)
{
	t->temp = temporary_name(t->path);
	t->fd = mkostemp(t->temp, O_CLOEXEC);
	if (t->fd != -1 && stale_hold(t->fd))
		return 0;
	free(t->temp);
	t->temp = NULL;
	if (t->fd == -1)
		return -1;
	(void)close(t->fd); /* nothing was written */
	t->fd = -1;
	return 1;
}

static int
make_temporary(struct tempfile *t)
{
	int i, rc = 1;

	for (i = 0; i < TRIES && rc == 1; i++)
		rc = make_once(t);
	if (rc == 1)
		errno = EBUSY;
	return rc == 0 ? 0 : -1;
}

int
tempfile_open(struct tempfile *t, const char *path, mode_t mode)
{
	mode_t mask = umask(077);

	(void)umask(mask); /* there is no other way to ask for it */
	memset(t, 0, sizeof(*t));
	t->fd = -1;
	t->path = resolve(path);
	if (t->path == NULL)
		return -1;
	if (make_temporary(t) == -1 || fchmod(t->fd, mode & ~mask) == -1)
		goto fail;
	stale_remove(t->temp);
	return 0;

fail:
	tempfile_close(t);
	return -1;
}

int
tempfile_restrict(struct tempfile *t, mode_t mode, gid_t group)
{
	struct stat st;

	t->restricted = true;
	if (group == (gid_t)-1 && stat(t->path, &st) == 0)
		group = st.st_gid;
	if (fchown(t->fd, (uid_t)-1, group) == -1)
		return -1;
	return fchmod(t->fd, mode);
}

void
tempfile_begin_sync(const struct tempfile *t)
{
	writeout_begin(t->fd);
}

static int
sync_directory(const char *path)
{
	char *copy = strdup(path);
	int fd, rc;

	if (copy == NULL)
		log_fatal("memory");
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(copy);
	if (fd == -1)
		return -1;
	rc = fsync(fd);
	if (rc == -1 && errno == EINVAL)
		rc = 0;  /* a file system without directories to sync */
	(void)close(fd); /* nothing was written through it */
	return rc;
}

/* A copy of the descriptor holds the file until it has its name. */
int
tempfile_commit_unsynced(struct tempfile *t)
{
	int hold_fd = fcntl(t->fd, F_DUPFD_CLOEXEC, 0);
	int rc;

	if (hold_fd == -1)
		return -1;
	rc = close(t->fd); /* NFS and quotas report a full disk here */
	t->fd = -1;
	if (rc == 0)
		rc = rename(t->temp, t->path);
	if (rc == 0) {
		free(t->temp);
		t->temp = NULL;
	}
	(void)close(hold_fd); /* of a file that is closed already */
	return rc;
}

int
tempfile_commit(struct tempfile *t)
{
	if (fsync(t->fd) == -1 || tempfile_commit_unsynced(t) == -1)
		return -1;
	return sync_directory(t->path);
}

/* "size" bytes from both; what cannot be read is not equal. */
static bool
are_equal(int fd, int other_fd, off_t size)
{
	char bytes[COMPARE_SIZE], others[COMPARE_SIZE];
	off_t at;
	ssize_t n, m;

	for (at = 0; at < size; at += n) {
		n = pread(fd, bytes, sizeof(bytes), at);
		if (n <= 0)
			return false;
		m = pread(other_fd, others, (size_t)n, at);
		if (m != n || memcmp(bytes, others, (size_t)n) != 0)
			return false;
	}
	return true;
}

static bool
is_target_equal(const struct tempfile *t)
{
	struct stat ours, theirs;
	bool equal = false;
	int fd;

	if (fstat(t->fd, &ours) == -1 || stat(t->path, &theirs) == -1 ||
	    !S_ISREG(theirs.st_mode) || ours.st_size != theirs.st_size)
		return false;
	if (t->restricted &&
	    (ours.st_mode != theirs.st_mode || ours.st_gid != theirs.st_gid))
		return false;
	fd = open(t->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return false;
	equal = are_equal(t->fd, fd, ours.st_size);
	(void)close(fd); /* nothing was written */
	return equal;
}

int
tempfile_commit_changed(struct tempfile *t)
{
	return is_target_equal(t) ? 0 : tempfile_commit(t);
}

void
tempfile_close(struct tempfile *t)
{
	int saved_errno = errno;

	if (t->fd != -1)
		(void)close(t->fd); /* what is in it is not wanted */
	if (t->temp != NULL)
		(void)unlink(t->temp); /* or somebody else was faster */
	free(t->temp);
	free(t->path);
	memset(t, 0, sizeof(*t));
	t->fd = -1;
	errno = saved_errno;
}
