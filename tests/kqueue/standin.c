/*
 * standin - as much of kqueue(2) as watch_kqueue.c uses, by inotify.
 *
 * A kqueue is an inotify instance, so that a loop can wait for it.  Like a
 * kernel it forgets what is closed, tells each descriptor's notes together,
 * and says nothing of a name.  With TRIGGERD_NO_FIFO set a named pipe is
 * refused, as by OpenBSD and NetBSD.
 */

#include <sys/types.h>
#include <sys/event.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define KNOTES 4096
#define MASK                                                             \
	(IN_MODIFY | IN_ATTRIB | IN_CREATE | IN_DELETE | IN_MOVED_FROM | \
	    IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF)

struct knote {
	int kq; /* plus 1; 0: a free one */
	int fd, wd;
	dev_t device;
	ino_t inode;
	nlink_t links;
	unsigned wanted, notes;
};

static struct knote knotes[KNOTES];

int
kqueue(void)
{
	return inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
}

/* Has its descriptor been closed? */
static bool
is_stale(const struct knote *k, struct stat *st)
{
	return fstat(k->fd, st) == -1 || st->st_dev != k->device ||
	       st->st_ino != k->inode;
}

static void
forget(struct knote *k)
{
	const int kq = k->kq, wd = k->wd;
	size_t i;

	k->kq = 0;
	/* Another descriptor of the same inode has the same watch. */
	for (i = 0; i < KNOTES; i++)
		if (knotes[i].kq == kq && knotes[i].wd == wd)
			return;
	(void)inotify_rm_watch(kq - 1, wd); /* it may be gone */
}

static void
sweep(int kq)
{
	struct stat st;
	struct knote *k;

	for (k = knotes; k < knotes + KNOTES; k++) {
		if (k->kq != kq + 1)
			continue;
		if (is_stale(k, &st)) {
			forget(k);
			continue;
		}
		/* inotify is silent of a directory that is held open. */
		if (st.st_nlink == 0 && k->links != 0)
			k->notes |= NOTE_DELETE;
		else if (st.st_nlink != k->links)
			k->notes |= NOTE_LINK;
		k->links = st.st_nlink;
	}
}

static unsigned
notes_of(const struct inotify_event *event)
{
	const unsigned names =
	    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;
	unsigned notes = 0;

	if ((event->mask & names) != 0)
		return NOTE_WRITE;
	if (event->len > 0) /* the content or mode of a file in there */
		return 0;
	if ((event->mask & IN_MODIFY) != 0)
		notes |= NOTE_WRITE;
	if ((event->mask & IN_ATTRIB) != 0)
		notes |= NOTE_ATTRIB;
	if ((event->mask & IN_MOVE_SELF) != 0)
		notes |= NOTE_RENAME;
	if ((event->mask & IN_DELETE_SELF) != 0)
		notes |= NOTE_DELETE;
	return notes;
}

/* Take one event from inotify; false if there is none. */
static bool
take(int kq)
{
	_Alignas(struct inotify_event) char
	    bytes[sizeof(struct inotify_event) + NAME_MAX + 1];
	const struct inotify_event *event = (const void *)bytes;
	size_t size = sizeof(*event), i;
	ssize_t n;

	/* The smallest that is enough has room for no other. */
	do {
		n = read(kq, bytes, size);
		size += sizeof(*event);
	} while (n == -1 && errno == EINVAL && size <= sizeof(bytes));
	if (n <= 0)
		return false;
	for (i = 0; i < KNOTES; i++)
		if (knotes[i].kq == kq + 1 && knotes[i].wd == event->wd)
			knotes[i].notes |= notes_of(event);
	return true;
}

static int
add(int kq, const struct kevent *change)
{
	const int fd = (int)change->ident;
	struct knote *k;
	char path[64];
	struct stat st;
	int wd;

	for (k = knotes; k < knotes + KNOTES; k++)
		if (k->kq == kq + 1 && k->fd == fd)
			forget(k); /* closed, and used again */
	if (fstat(fd, &st) == -1)
		return -1;
	if (S_ISFIFO(st.st_mode) && getenv("TRIGGERD_NO_FIFO") != NULL) {
		errno = EINVAL;
		return -1;
	}
	for (k = knotes; k < knotes + KNOTES && k->kq != 0;)
		k++;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	wd = k == knotes + KNOTES ? -1 : inotify_add_watch(kq, path, MASK);
	if (wd == -1)
		return -1;
	*k = (struct knote){ .kq = kq + 1,
		.fd = fd,
		.wd = wd,
		.device = st.st_dev,
		.inode = st.st_ino,
		.links = st.st_nlink,
		.wanted = change->fflags };
	return 0;
}

int
kevent(int kq, const struct kevent *changes, int change_count,
    struct kevent *events, int event_count, const struct timespec *timeout)
{
	struct knote *k;

	(void)timeout; /* nobody waits here */
	if (change_count > 0)
		return add(kq, changes);
	do {
		sweep(kq);
		for (k = knotes; k < knotes + KNOTES; k++) {
			if (k->kq != kq + 1 || (k->notes & k->wanted) == 0)
				continue;
			EV_SET(events, k->fd, EVFILT_VNODE, EV_CLEAR,
			    k->notes & k->wanted, 0, NULL);
			k->notes = 0;
			return event_count > 0 ? 1 : 0;
		}
	} while (take(kq));
	return 0;
}
