/*
 * events on Linux: one inotify instance, whose watch descriptors are the
 * handles.
 */

#include <sys/inotify.h>
#include <sys/ioctl.h>

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"
#include "triggers/events.h"

#define READ_SIZE 65536 /* bytes for each read: at least 240 events */

/* What can happen to a name that is there.  IN_DELETE too, for a directory
 * that is removed while somebody is in it tells nothing of itself. */
#define NAMES_MASK                                                  \
	(IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | \
	    IN_MOVE_SELF)
/* What brings a name; IN_ATTRIB for one that becomes readable.  This is what
 * strangers do all the time in /tmp or /home. */
#define NEW_MASK (IN_CREATE | IN_ATTRIB)
#define CONTENT_MASK (IN_MODIFY | IN_CLOSE_WRITE)
#define FILE_MASK (CONTENT_MASK | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF)
/* A touch moves no bytes; closing after writing would be a second event. */
#define TOUCH_MASK (IN_ATTRIB | IN_MOVE_SELF)

struct events {
	struct ev_loop *loop;
	const char *who;
	const struct events_ears *ears;
	void *arg;
	int fd;
	ev_io readable;
};

/* libev is level-triggered: what one read leaves calls us again, and other
 * watchers have their turn in between. */
static void
on_readable(struct ev_loop *loop, ev_io *io, int revents)
{
	struct events *e = io->data;

	(void)loop;
	(void)revents;
	e->ears->on_ready(e->arg);
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
	e->fd = -1;
	return e;
}

/* An instance, of which each user has few: only when there is something to be
 * watched, and again and again. */
static int
open_instance(struct events *e)
{
	if (e->fd != -1)
		return 0;
	e->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (e->fd == -1) {
		if (errno == EMFILE || errno == ENFILE)
			errno = ENOSPC;
		return -1;
	}
	ev_io_set(&e->readable, e->fd, EV_READ);
	ev_io_start(e->loop, &e->readable);
	return 0;
}

int
events_watch(struct events *e, const char *path, unsigned how)
{
	uint32_t mask = FILE_MASK;

	if (open_instance(e) == -1)
		return -1;
	if ((how & EVENTS_TOUCH) != 0)
		mask = TOUCH_MASK;
	if ((how & EVENTS_DIR) != 0)
		mask = NAMES_MASK | IN_ONLYDIR | IN_EXCL_UNLINK;
	if ((how & EVENTS_NEW) != 0)
		mask |= NEW_MASK;
	if ((how & EVENTS_CONTENT) != 0)
		mask |= CONTENT_MASK;
	if ((how & EVENTS_EXACT) == 0)
		mask |= IN_MASK_ADD;
	return inotify_add_watch(e->fd, path, mask | IN_DONT_FOLLOW);
}

const char *
events_limit(const struct events *e)
{
	if (e->fd == -1)
		return "fs.inotify.max_user_instances (or of descriptors)";
	return "fs.inotify.max_user_watches";
}

bool
events_see_inside(void)
{
	return true;
}

void
events_unwatch(struct events *e, int handle)
{
	/* The kernel may have dropped it already: what was watched is gone. */
	(void)inotify_rm_watch(e->fd, handle);
}

static void
take_event(
    struct events *e, const struct inotify_event *event, const char *name)
{
	const uint32_t names =
	    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;
	const uint32_t moved = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT;
	unsigned what = 0;

	if ((event->mask & names) != 0)
		what |= EVENTS_NAMES;
	if ((event->mask & IN_ISDIR) != 0)
		what |= EVENTS_ISDIR;
	/* An overflow has no watch descriptor: look at the mask first. */
	if ((event->mask & IN_Q_OVERFLOW) != 0)
		e->ears->on_overflow(e->arg);
	else if ((event->mask & IN_IGNORED) != 0)
		e->ears->on_lost(event->wd, e->arg);
	else if (event->len > 0)
		e->ears->on_name(event->wd, name, what, e->arg);
	else
		e->ears->on_self(event->wd, (event->mask & moved) != 0, e->arg);
}

size_t
events_read(struct events *e)
{
	/* On the stack, which has room: an instance that reads little shall not
	 * hold so much memory. */
	_Alignas(struct inotify_event) char bytes[READ_SIZE];
	struct inotify_event event;
	const char *p, *end;
	ssize_t n;

	n = read(e->fd, bytes, sizeof(bytes));
	if (n == -1) {
		if (errno != EAGAIN && errno != EINTR)
			log_fatal("%s: read", e->who);
		return 0;
	}
	end = bytes + n;
	for (p = bytes; p < end; p += sizeof(event) + event.len) {
		memcpy(&event, p, sizeof(event));
		take_event(e, &event, p + sizeof(event));
	}
	return (size_t)n;
}

size_t
events_left(struct events *e)
{
	int left = 0;

	if (e->fd == -1)
		return 0; /* nothing is watched yet */
	if (ioctl(e->fd, FIONREAD, &left) == -1)
		log_fatal("%s: FIONREAD", e->who);
	return (size_t)left;
}

void
events_free(struct events *e)
{
	if (e == NULL)
		return;
	ev_io_stop(e->loop, &e->readable);
	if (e->fd != -1)
		(void)close(e->fd); /* nothing was written */
	free(e);
}
