#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "daemon/standard.h"

int
standard_open(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) != -1)
			continue;
		/* It gets the lowest number that is free: this one. */
		if (errno != EBADF ||
		    open("/dev/null",
			fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			return -1;
	}
	return 0;
}
