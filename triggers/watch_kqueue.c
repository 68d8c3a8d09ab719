/*
 * events on the BSDs and macOS: a descriptor open on whatever is watched, which
 * is its handle, and one kqueue for them all.
 *
 * A kqueue says that a directory has changed, not which name: the names are
 * kept, and compared.  What is open is not used again for something else, so
 * an inode that is the same is the same file.
 */

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"
#include "triggers/events.h"
#include "triggers/vnode.h"

/* After <ev.h>: its EV_ERROR is a macro, which spoils the other. */
#include <sys/event.h>

/* Events for each call; then other watchers have their turn. */
#define READ_EVENTS 64

/* Descriptors left for everything else that the daemon does, or a quarter of
 * them where there are few. */
#define RESERVED_FDS 512

#ifndef NOTE_REVOKE /* where there is no revoke(2) */
#define NOTE_REVOKE 0
#endif
#define MOVED_NOTES (NOTE_DELETE | NOTE_RENAME | NOTE_REVOKE)
#define NAMES_NOTES (NOTE_WRITE | NOTE_EXTEND | NOTE_LINK)
#define ALL_NOTES (MOVED_NOTES | NAMES_NOTES | NOTE_ATTRIB)
/* A touch moves no bytes. */
#define TOUCH_NOTES (MOVED_NOTES | NOTE_ATTRIB)

/* On macOS: without keeping the file system from being unmounted; and there
 * more than OPEN_MAX are refused. */
#ifdef O_EVTONLY
#define OPEN_HOW O_EVTONLY
#define MOST_FDS OPEN_MAX
#else
#define OPEN_HOW O_RDONLY
#define MOST_FDS RLIM_INFINITY
#endif

struct events {
	struct ev_loop *loop;
	const char *who;
	const struct events_ears *ears;
	void *arg;
	int fd;
	ev_io readable;
	struct vnode_table vnodes;
};

/* What is left in the kqueue makes it readable still. */
static void
on_readable(struct ev_loop *loop, ev_io *io, int revents)
{
	struct events *e = io->data;

	(void)loop;
	(void)revents;
	e->ears->on_ready(e->arg);
}

/* As many descriptors as we may have. */
static void
raise_limit(const char *who)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 ||
	    limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (limit.rlim_cur > MOST_FDS)
		limit.rlim_cur = MOST_FDS;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		log_warn("%s: setrlimit", who);
}

/* The first descriptor that is not to be used for a watch. */
static rlim_t
ceiling(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return INT_MAX;
	if (limit.rlim_cur > INT_MAX)
		return INT_MAX;
	if (limit.rlim_cur < 4 * RESERVED_FDS)
		return limit.rlim_cur - limit.rlim_cur / 4;
	return limit.rlim_cur - RESERVED_FDS;
}

struct events *
events_new(struct ev_loop *loop, const char *who,
    const struct events_ears *ears, void *arg)
{
	struct events *e = calloc(1, sizeof(*e));

	if (e == NULL) {
		log_warn("%s", who);
		return NULL;
	}
	*e = (struct events){
		.loop = loop, .who = who, .ears = ears, .arg = arg
	};
	ev_io_init(&e->readable, on_readable, -1, EV_READ);
	e->readable.data = e;
	raise_limit(who);
	e->fd = kqueue(); /* no child inherits it */
	if (e->fd != -1) {
		ev_io_set(&e->readable, e->fd, EV_READ);
		ev_io_start(loop, &e->readable);
		return e;
	}
	log_warn("%s: kqueue", who);
	events_free(e);
	return NULL;
}

/* Open what is at a path. */
static int
open_watched(const char *path, bool dir)
{
	int flags = OPEN_HOW | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY;
	struct stat st;
	int fd, error;

	fd = open(path, dir ? flags | O_DIRECTORY : flags);
	if (fd != -1)
		return fd;
	error = errno;
	if (error == EMFILE || error == ENFILE)
		error = ENOSPC;
	/* Each system has its own word for a link that is not followed. */
	else if (dir && lstat(path, &st) == 0 && !S_ISDIR(st.st_mode))
		error = ENOTDIR;
	errno = error;
	return -1;
}

/* First the watch, then the names. */
static int
start_watch(struct events *e, struct vnode *v, unsigned how)
{
	struct kevent change;

	EV_SET(&change, v->fd, EVFILT_VNODE, EV_ADD | EV_CLEAR,
	    (how & EVENTS_TOUCH) != 0 ? TOUCH_NOTES : ALL_NOTES, 0, 0);
	if (kevent(e->fd, &change, 1, NULL, 0, NULL) == -1)
		return -1;
	return v->dir ? dirlist_init(&v->names, v->fd) : 0;
}

int
events_watch(struct events *e, const char *path, unsigned how)
{
	struct vnode *v = NULL;
	struct stat st;
	int fd, error;

	fd = open_watched(path, (how & EVENTS_DIR) != 0);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == -1)
		goto fail;
	v = vnode_of(&e->vnodes, &st);
	if (v != NULL) {
		(void)close(fd); /* nothing was written */
		return v->fd;
	}
	if ((rlim_t)fd >= ceiling()) {
		errno = ENOSPC;
		goto fail;
	}
	v = vnode_add(&e->vnodes, fd, &st);
	if (v != NULL && start_watch(e, v, how) == 0)
		return fd;

fail:
	error = errno == EMFILE || errno == ENFILE ? ENOSPC : errno;
	if (v != NULL)
		vnode_remove(&e->vnodes, v);
	else
		(void)close(fd); /* nothing was written */
	errno = error;
	return -1;
}

const char *
events_limit(const struct events *e)
{
	(void)e;
	return "RLIMIT_NOFILE";
}

bool
events_see_inside(void)
{
	return false;
}

/* The kernel forgets what is watched with its descriptor. */
void
events_unwatch(struct events *e, int handle)
{
	struct vnode *v = vnode_at(&e->vnodes, handle);

	if (v != NULL)
		vnode_remove(&e->vnodes, v);
}

/* What is called back may end this watch, and begin another of that number. */
static bool
is_watched(const struct events *e, int handle, unsigned long serial)
{
	const struct vnode *v = vnode_at(&e->vnodes, handle);

	return v != NULL && v->serial == serial;
}

static void
lose(struct events *e, int handle)
{
	events_unwatch(e, handle);
	e->ears->on_lost(handle, e->arg);
}

/* Is this change of what a name holds told by a watch of its own? */
static bool
is_held(const struct events *e, dev_t device, ino_t inode)
{
	struct stat st = { .st_dev = device, .st_ino = inode };

	return vnode_of(&e->vnodes, &st) != NULL;
}

/* Which names have changed? */
static void
compare(struct events *e, struct vnode *v)
{
	const unsigned long serial = v->serial;
	const int handle = v->fd;
	const dev_t device = v->device;
	struct dirlist_walk walk = { 0, 0 };
	struct dirlist_change change;
	struct dirlist old, now;

	if (dirlist_init(&now, handle) == -1) {
		log_warn("%s: a directory cannot be read", e->who);
		lose(e, handle);
		return;
	}
	old = v->names;
	memset(&v->names, 0, sizeof(v->names));
	while (is_watched(e, handle, serial) &&
	       dirlist_differ(&old, &now, &walk, &change)) {
		if (!change.names && is_held(e, device, change.inode))
			continue;
		e->ears->on_name(handle, change.name,
		    (change.names ? EVENTS_NAMES : 0) |
			(change.dir ? EVENTS_ISDIR : 0),
		    e->arg);
	}
	dirlist_fini(&old);
	if (is_watched(e, handle, serial))
		v->names = now;
	else
		dirlist_fini(&now);
}

static void
take_event(struct events *e, const struct kevent *event)
{
	const int handle = (int)event->ident;
	const unsigned notes = (unsigned)event->fflags;
	const bool moved = (notes & MOVED_NOTES) != 0;
	struct vnode *v = vnode_at(&e->vnodes, handle);
	unsigned long serial;
	bool dir;

	if (v == NULL)
		return;
	serial = v->serial;
	dir = v->dir;
	if (dir && (notes & NAMES_NOTES) != 0)
		compare(e, v);
	if ((!dir || moved || (notes & NOTE_ATTRIB) != 0) &&
	    is_watched(e, handle, serial))
		e->ears->on_self(handle, moved, e->arg);
	if ((notes & NOTE_REVOKE) != 0 && is_watched(e, handle, serial))
		lose(e, handle);
}

/* One at a time, so that none is held here when its watch is ended and the
 * number is used again. */
size_t
events_read(struct events *e)
{
	const struct timespec at_once = { 0, 0 };
	struct kevent event;
	size_t count;
	int n;

	for (count = 0; count < READ_EVENTS; count++) {
		n = kevent(e->fd, NULL, 0, &event, 1, &at_once);
		if (n == -1 && errno != EINTR)
			log_fatal("%s: kevent", e->who);
		if (n <= 0)
			break;
		take_event(e, &event);
	}
	return count;
}

/* What is watched has one event, or none. */
size_t
events_left(struct events *e)
{
	return e->vnodes.count;
}

void
events_free(struct events *e)
{
	if (e == NULL)
		return;
	ev_io_stop(e->loop, &e->readable);
	vnode_fini(&e->vnodes);
	if (e->fd != -1)
		(void)close(e->fd); /* nothing was written */
	free(e);
}
