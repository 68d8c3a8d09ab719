#include <sys/select.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/darwin.h"

static int
set_flags(int fd, int flags)
{
	if ((flags & O_CLOEXEC) != 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
		return -1;
	if ((flags & O_NONBLOCK) != 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		return -1;
	return 0;
}

int
pipe2(int fds[2], int flags)
{
	int error;

	if (pipe(fds) == -1)
		return -1;
	if (set_flags(fds[0], flags) == 0 && set_flags(fds[1], flags) == 0)
		return 0;
	error = errno;
	(void)close(fds[0]); /* nothing was written */
	(void)close(fds[1]); /* nor here */
	errno = error;
	return -1;
}

/* Returns the number after the highest, or -1. */
static int
fill(const struct pollfd *fds, nfds_t count, fd_set *in, fd_set *out)
{
	int most = 0;
	nfds_t i;

	FD_ZERO(in);
	FD_ZERO(out);
	for (i = 0; i < count; i++) {
		if (fds[i].fd < 0)
			continue;
		if (fds[i].fd >= FD_SETSIZE) {
			errno = EINVAL;
			return -1;
		}
		if ((fds[i].events & POLLIN) != 0)
			FD_SET(fds[i].fd, in);
		if ((fds[i].events & POLLOUT) != 0)
			FD_SET(fds[i].fd, out);
		if (fds[i].fd >= most)
			most = fds[i].fd + 1;
	}
	return most;
}

int
ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
    const sigset_t *mask)
{
	fd_set in, out;
	int most = fill(fds, count, &in, &out), ready = 0;
	bool open;
	nfds_t i;

	if (most == -1 || pselect(most, &in, &out, NULL, timeout, mask) == -1)
		return -1;
	for (i = 0; i < count; i++) {
		open = fds[i].fd >= 0;
		fds[i].revents = 0;
		if (open && FD_ISSET(fds[i].fd, &in))
			fds[i].revents |= POLLIN;
		if (open && FD_ISSET(fds[i].fd, &out))
			fds[i].revents |= POLLOUT;
		ready += fds[i].revents != 0;
	}
	return ready;
}

void *
reallocarray(void *memory, size_t count, size_t size)
{
	if (size > 0 && count > SIZE_MAX / size) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(memory, count * size);
}
