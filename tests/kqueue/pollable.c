/*
 * pollable - what libkqueue leaves to be desired, and a real kernel does not.
 *
 * A real kqueue is readable when it has something to tell.  libkqueue's
 * descriptor is one end of a pipe, which stands for an epoll instance: put
 * that in its place.  A real kernel forgets what is closed, and says that there
 * are no events only when there are none: libkqueue also when what it looked
 * at first turns out to be nothing.  Linked with --wrap=kqueue, --wrap=kevent
 * and --wrap=close.
 */

#include <sys/types.h>
#include <sys/event.h>

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define KQUEUES 16
#define FDS 256 /* among which a new epoll instance is looked for */

int __real_kqueue(void);
int __wrap_kqueue(void);
int __real_kevent(int kq, const struct kevent *changes, int change_count,
    struct kevent *events, int event_count, const struct timespec *timeout);
int __wrap_kevent(int kq, const struct kevent *changes, int change_count,
    struct kevent *events, int event_count, const struct timespec *timeout);
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
	if (fd == FDS || fcntl(kq, F_DUPFD_CLOEXEC, 0) == -1 ||
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
__wrap_kevent(int kq, const struct kevent *changes, int change_count,
    struct kevent *events, int event_count, const struct timespec *timeout)
{
	struct pollfd left = { .fd = kq, .events = POLLIN };
	int n;

	do
		n = __real_kevent(
		    kq, changes, change_count, events, event_count, timeout);
	while (n == 0 && event_count > 0 && poll(&left, 1, 0) == 1);
	return n;
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
		(void)__real_kevent(kqueues[i] - 1, &change, 1, NULL, 0, NULL);
	}
	return __real_close(fd);
}
