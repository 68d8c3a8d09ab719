/*
 * hold where only POSIX is sure, for which a pipe that is opened for both is
 * undefined.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#include "daemon/hold.h"

#define HOW (O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)

/* A writer is not kept waiting: there is a reader, if it is the same pipe. */
static int
open_writer(const char *path, const struct stat *pipe)
{
	int fd = open(path, O_WRONLY | HOW);
	struct stat st;
	bool same;

	if (fd == -1)
		return -1;
	same = fstat(fd, &st) == 0 && st.st_dev == pipe->st_dev &&
	       st.st_ino == pipe->st_ino;
	if (same)
		return fd;
	(void)close(fd); /* nothing was written */
	errno = ESTALE;
	return -1;
}

int
hold_open(const char *path, int *writer)
{
	int fd = open(path, O_RDONLY | HOW), error;
	struct stat st;

	*writer = -1;
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == 0) {
		if (!S_ISFIFO(st.st_mode))
			return fd;
		*writer = open_writer(path, &st);
		if (*writer != -1)
			return fd;
	}
	error = errno == ENXIO ? ESTALE : errno;
	(void)close(fd); /* nothing was written */
	errno = error;
	return -1;
}
