/*
 * regular where what is to be opened cannot be held before: looked at first, by
 * the caller, and once more when it is open.
 */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "daemon/regular.h"

int
regular_open(int dir_fd, const char *path, struct stat *st)
{
	int fd =
	    openat(dir_fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int result = fd, saved_errno;

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
