/*
 * regular on Linux: what O_PATH holds is looked at, and only then opened.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "daemon/regular.h"

int
regular_open(int dir_fd, const char *path, struct stat *st)
{
	int held_fd, fd, saved_errno;
	char held[32];

	held_fd = regular_only(openat(dir_fd, path, O_PATH | O_CLOEXEC), st);
	if (held_fd < 0)
		return held_fd;
	(void)snprintf(held, sizeof(held), "/proc/self/fd/%d", held_fd);
	fd = open(held, REGULAR_HOW);
	/* Without /proc there is no other way than by the path once more. */
	if (fd == -1 && errno == ENOENT)
		fd = regular_only(openat(dir_fd, path, REGULAR_HOW), st);
	saved_errno = errno;
	(void)close(held_fd); /* nothing was written */
	errno = saved_errno;
	return fd;
}
