#include <errno.h>
#include <unistd.h>

#include "daemon/regular.h"

int
regular_only(int fd, struct stat *st)
{
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
