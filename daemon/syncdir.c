#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "daemon/syncdir.h"

int
syncdir(const char *path)
{
	int fd, rc, saved_errno;

	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	rc = fsync(fd);
	saved_errno = errno;
	(void)close(fd); /* nothing was written through it */
	errno = saved_errno;
	/* Some file systems cannot do it to a directory, and need not. */
	return rc == -1 && errno != EINVAL ? -1 : 0;
}
