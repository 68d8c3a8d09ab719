/*
 * discard on Linux, which need not copy them: so who writes much pays more
 * than we do.
 */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "triggers/discard.h"

#define WIDE_SIZE (16 * DISCARD_SIZE)

void
discard_open(struct discard *d)
{
	d->null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
}

void
discard_close(struct discard *d)
{
	if (d->null_fd != -1)
		(void)close(d->null_fd); /* nothing is kept there */
	d->null_fd = -1;
}

ssize_t
discard_some(struct discard *d, int fd, bool wide)
{
	char bytes[DISCARD_SIZE];
	ssize_t n;

	if (d->null_fd != -1) {
		n = splice(fd, NULL, d->null_fd, NULL,
		    wide ? WIDE_SIZE : DISCARD_SIZE, SPLICE_F_NONBLOCK);
		if (n != -1 || errno != EINVAL)
			return n;
	}
	return read(fd, bytes, sizeof(bytes));
}

/* Not for a daemon without rights whose user has many such: it is only woken
 * more often. */
bool
discard_widen(int fd)
{
	return fcntl(fd, F_SETPIPE_SZ, WIDE_SIZE) != -1;
}
