/*
 * regular on Linux: what O_PATH holds is looked at, and only then opened.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "daemon/regular.h"

#define HOW (O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

static int
open_held(int held_fd, struct stat *st)
{
	char path[32];

	if (fstat(held_fd, st) == -1)
		return -1;
	if (!S_ISREG(st->st_mode))
		return REGULAR_OTHER;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", held_fd);
	return open(path, HOW);
}

/* Without /proc there is no other way than by the path once more. */
static int
open_again(int dir_fd, const char *path, struct stat *st)
{
	int fd = openat(dir_fd, path, HOW), result = fd, saved_errno;

	if (fd == -1)
		return -1;
	if (fstat(fd, st) == -1)
		result = -1;
	else if (!S_ISREG(st->st_mode))
		result = REGULAR_OTHER;
	saved_errno = errno;
	if (result != fd)
		(void)close(fd); /* only read */
	errno = saved_errno;
	return result;
}

int
regular_open(int dir_fd, const char *path, struct stat *st)
{
	int held_fd = openat(dir_fd, path, O_PATH | O_CLOEXEC);
	int fd, saved_errno;

	if (held_fd == -1)
		return -1;
	fd = open_held(held_fd, st);
	if (fd == -1 && errno == ENOENT)
		fd = open_again(dir_fd, path, st);
	saved_errno = errno;
	(void)close(held_fd); /* nothing was written */
	errno = saved_errno;
	return fd;
}
