/*
 * pollable - what libkqueue leaves to be desired, and a real kernel does not.
 *
 * A real kqueue is readable when it has something to tell.  libkqueue's
 * descriptor is one end of a pipe, which stands for an epoll instance: put
 * that in its place.  And a real kernel forgets what is closed.  Linked with
 * --wrap=kqueue and --wrap=close.
 */

#include <sys/types.h>
#include <sys/event.h>

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define KQUEUES 16
#define FDS 256 /* among which a new epoll instance is looked for */

int __real_kqueue(void);
int __wrap_kqueue(void);
int __real_close(int fd);
int __wrap_close(int fd);

/* Open now, plus 1; 0: none. */
static int kqueues[KQUEUES];

static bool
is_epoll(int fd)
{
	char path[64], target[PATH_MAX];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, target, sizeof(target) - 1);
	if (n == -1)
		return false;
	target[n] = '\0';
	return strcmp(target, "anon_inode:[eventpoll]") == 0;
}

int
__wrap_kqueue(void)
{
	bool old[FDS];
	int fd, kq, i;

	for (fd = 0; fd < FDS; fd++)
		old[fd] = is_epoll(fd);
	kq = __real_kqueue();
	if (kq == -1)
		return -1;
	for (fd = 0; fd < FDS && (old[fd] || !is_epoll(fd)); fd++)
		continue;
	/* The pipe must not be closed: that ends the kqueue. */
	if (fd == FDS || fcntl(kq, F_DUPFD_CLOEXEC, FDS) == -1 ||
	    dup3(fd, kq, O_CLOEXEC) == -1)
		return -1;
	for (i = 0; i < KQUEUES; i++)
		if (kqueues[i] == 0) {
			kqueues[i] = kq + 1;
			break;
		}
	return kq;
}

int
__wrap_close(int fd)
{
	struct kevent change;
	int i;

	for (i = 0; i < KQUEUES; i++) {
		if (kqueues[i] == 0)
			continue;
		if (kqueues[i] == fd + 1) {
			kqueues[i] = 0;
			continue;
		}
		EV_SET(&change, fd, EVFILT_VNODE, EV_DELETE, 0, 0, 0);
		(void)kevent(kqueues[i] - 1, &change, 1, NULL, 0, NULL);
	}
	return __real_close(fd);
}
