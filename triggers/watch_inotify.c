/*
 * watch_inotify - watch on Linux.
 *
 * One inotify instance for all; its watch descriptors are the handles of the
 * tree.  A read takes many events; each is worked off wholly, and then the
 * hints that it caused are called back.
 */

#include <sys/inotify.h>
#include <sys/ioctl.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"
#include "triggers/remount.h"
#include "triggers/watch.h"
#include "triggers/watch_tree.h"

/* How much of arming is done before others have their turn: see WATCH_COST_LOOK.
 * Some 1 ms, where looks are answered from memory. */
#define SLICE 500

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

struct watch {
	struct ev_loop *loop;
	int fd;
	ev_io readable;
	ev_timer more;     /* something is left to be done, or told */
	unsigned int turn; /* of the loop, for which there was a budget */
	trigger_fn *fn;
	void *arg;
	struct watch_tree tree;
	struct remount remount;
	watch_avoid_fn *avoid; /* or NULL */
	void *avoid_arg;
	bool reading;            /* events are being worked off */
	bool limited;            /* the log has named the watch limit */
	size_t held;             /* watches, when it was reached */
	unsigned long overflows; /* of the kernel's queue, so far */
	char why[128];           /* see watch_is_degraded() */
	_Alignas(struct inotify_event) char events[READ_SIZE];
};

static int
add_watch(const char *path, unsigned how, void *arg)
{
	struct watch *w = arg;
	uint32_t mask = FILE_MASK;

	if ((how & WATCH_DIR) != 0)
		mask = NAMES_MASK | IN_ONLYDIR | IN_EXCL_UNLINK;
	if ((how & WATCH_NEW) != 0)
		mask |= NEW_MASK;
	if ((how & WATCH_CONTENT) != 0)
		mask |= CONTENT_MASK;
	if ((how & WATCH_EXACT) == 0)
		mask |= IN_MASK_ADD;
	return inotify_add_watch(w->fd, path, mask | IN_DONT_FOLLOW);
}

static bool
avoids(const char *path, void *arg)
{
	struct watch *w = arg;

	return w->avoid != NULL && w->avoid(path, w->avoid_arg);
}

static void
remove_watch(int wd, void *arg)
{
	struct watch *w = arg;

	/* The kernel may have dropped it already: what was watched is gone. */
	(void)inotify_rm_watch(w->fd, wd);
}

static void
report(const char *path, int error, void *arg)
{
	struct watch *w = arg;

	errno = error;
	if (error == EREMOTE)
		log_info("%s: on a network file system, only scanned", path);
	else if (error != ENOSPC)
		log_warn("%s: cannot be watched, only scanned", path);
	else if (!w->limited) {
		w->held = w->tree.places.bound;
		log_warnx("%s: cannot be watched, only scanned: the limit "
			  "fs.inotify.max_user_watches is reached with %zu "
			  "watches held here",
		    path, w->held);
		w->limited = true;
	}
}

static const struct watch_ops inotify_ops = {
	.watch = add_watch,
	.avoids = avoids,
	.unwatch = remove_watch,
	.failed = report,
};

/* One budget for each turn of the loop.  Before it runs nobody waits. */
static void
refill(struct watch *w)
{
	if (ev_depth(w->loop) > 0 && ev_iteration(w->loop) == w->turn)
		return;
	w->turn = ev_iteration(w->loop);
	w->tree.budget = SLICE;
}

/* Hints that are due outside of an event wait for the loop, so that they
 * never reach a caller in the middle of something; so does what the budget did
 * not suffice for. */
static void
go_on_later(struct watch *w)
{
	bool busy = watch_tree_is_busy(&w->tree);

	if (!busy)
		remount_done(&w->remount);
	if (busy || w->tree.wants.first_noted != NULL)
		ev_timer_start(w->loop, &w->more);
}

/* Call back for all hints that are due.  The callback may add and drop
 * topics: nothing of the tree is held here meanwhile. */
static void
deliver(struct watch *w)
{
	char path[PATH_MAX];
	struct trigger_hint hint = { .kind = TRIGGER_WATCH };
	bool named;

	if (w->tree.starved)
		log_fatalx("watch: out of memory");
	(void)snprintf(path, sizeof(path), "%s", w->tree.named);
	while (watch_tree_take(&w->tree, &hint.topic, &named)) {
		hint.path = named ? path : NULL;
		w->fn(&hint, w->arg);
	}
	if (w->limited && w->tree.places.failed == 0) {
		w->limited = false;
		log_info("watch: all is watched again, with %zu watches",
		    w->tree.places.bound);
	}
}

static void
recover(struct watch *w)
{
	struct trigger_hint hint = { .kind = TRIGGER_WATCH,
		.topic = TRIGGER_ALL };

	w->overflows++;
	log_warnx("watch: the kernel's queue of events has overflowed "
		  "(%lu so far), everything is looked at again",
	    w->overflows);
	watch_tree_renew(&w->tree);
	w->fn(&hint, w->arg);
}

static void
take_event(struct watch *w, const struct inotify_event *event, const char *name)
{
	const uint32_t names =
	    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;
	unsigned what = 0;

	if ((event->mask & names) != 0)
		what |= WATCH_NAMES;
	if ((event->mask & IN_ISDIR) != 0)
		what |= WATCH_ISDIR;
	/* An overflow has no watch descriptor: look at the mask first. */
	if ((event->mask & IN_Q_OVERFLOW) != 0)
		recover(w);
	else if ((event->mask & IN_IGNORED) != 0)
		watch_tree_lost(&w->tree, event->wd);
	else if (event->len > 0)
		watch_tree_name(&w->tree, event->wd, name, what);
	else
		watch_tree_self(&w->tree, event->wd,
		    (event->mask &
			(IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) != 0);
	deliver(w);
}

/* One read, all of it worked off.  Returns how many bytes that was, 0 if
 * there were none. */
static size_t
take_events(struct watch *w)
{
	struct inotify_event event;
	const char *p, *end;
	ssize_t n;

	n = read(w->fd, w->events, sizeof(w->events));
	if (n == -1) {
		if (errno != EAGAIN && errno != EINTR)
			log_fatal("watch: read");
		return 0;
	}
	end = w->events + n;
	for (p = w->events; p < end; p += sizeof(event) + event.len) {
		memcpy(&event, p, sizeof(event));
		take_event(w, &event, p + sizeof(event));
	}
	return (size_t)n;
}

/* libev is level-triggered: what one read leaves calls us again, and other
 * watchers have their turn in between. */
static void
on_readable(struct ev_loop *loop, ev_io *io, int revents)
{
	struct watch *w = io->data;

	(void)loop;
	(void)revents;
	refill(w);
	w->reading = true;
	(void)take_events(w);
	w->reading = false;
	go_on_later(w);
}

static void
work(struct watch *w)
{
	refill(w);
	watch_tree_work(&w->tree);
	deliver(w);
}

static void
on_more(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct watch *w = timer->data;

	(void)loop;
	(void)revents;
	w->reading = true;
	work(w);
	w->reading = false;
	go_on_later(w);
}

/* What is mounted now may hide what is watched. */
static void
on_remount(void *arg)
{
	struct watch *w = arg;

	watch_tree_renew(&w->tree);
	go_on_later(w);
}

struct watch *
watch_new(struct ev_loop *loop, trigger_fn *fn, void *arg)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		log_warn("watch");
		return NULL;
	}
	w->loop = loop;
	w->fn = fn;
	w->arg = arg;
	ev_io_init(&w->readable, on_readable, -1, EV_READ);
	ev_timer_init(&w->more, on_more, 0, 0);
	w->more.data = w;
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->fd == -1 && errno == EMFILE)
		log_warn("watch: inotify_init1 (is there a limit in "
			 "fs.inotify.max_user_instances or of descriptors?)");
	else if (w->fd == -1)
		log_warn("watch: inotify_init1");
	if (w->fd == -1)
		goto fail;
	if (watch_tree_init(&w->tree, &inotify_ops, w) == -1) {
		log_warn("watch");
		goto fail;
	}
	ev_io_set(&w->readable, w->fd, EV_READ);
	w->readable.data = w;
	ev_io_start(loop, &w->readable);
	remount_start(&w->remount, loop, on_remount, w);
	return w;

fail:
	watch_free(w);
	return NULL;
}

int
watch_add(struct watch *w, unsigned topic, const char *pattern)
{
	int rc;

	refill(w);
	rc = watch_tree_add(&w->tree, topic, pattern);
	go_on_later(w);
	return rc;
}

void
watch_drop(struct watch *w, unsigned topic)
{
	watch_tree_drop(&w->tree, topic);
	go_on_later(w);
}

void
watch_begin(struct watch *w, unsigned topic)
{
	watch_tree_begin(&w->tree, topic);
}

void
watch_end(struct watch *w, unsigned topic)
{
	watch_tree_end(&w->tree, topic);
	go_on_later(w);
}

bool
watch_is_busy(const struct watch *w)
{
	return !w->tree.armed;
}

bool
watch_is_degraded(struct watch *w, unsigned topic, const char **why)
{
	const struct topic *t = topic_find(&w->tree.wants, topic);

	if (t == NULL || (t->error == 0 && !t->late))
		return false;
	*why = strerror(t->error);
	if (t->error == 0)
		*why = "not all directories are watched yet";
	if (t->error == EREMOTE)
		*why = "on a network file system";
	if (t->error == ENOSPC) {
		*why = w->why;
		(void)snprintf(w->why, sizeof(w->why),
		    "watch limit reached with %zu watches held "
		    "(fs.inotify.max_user_watches)",
		    w->limited ? w->held : w->tree.places.bound);
	}
	return true;
}

bool
watch_take_news(struct watch *w)
{
	bool news = w->tree.news;

	w->tree.news = false;
	return news;
}

void
watch_avoid(struct watch *w, watch_avoid_fn *fn, void *arg)
{
	w->avoid = fn;
	w->avoid_arg = arg;
}

void
watch_retry(struct watch *w)
{
	refill(w);
	remount_drain(&w->remount);
	watch_tree_retry(&w->tree);
	go_on_later(w);
}

void
watch_drain(struct watch *w)
{
	int left = 0;
	size_t n;

	if (w->reading)
		return; /* called back from here: it is being done */
	w->reading = true;
	remount_drain(&w->remount);
	work(w);
	/* What comes while we read does not count, or a writer that never
	 * stops would hold us here. */
	if (ioctl(w->fd, FIONREAD, &left) == -1)
		log_fatal("watch: FIONREAD");
	while (left > 0) {
		n = take_events(w);
		if (n == 0)
			break;
		left -= (int)n;
	}
	w->reading = false;
	go_on_later(w);
}

size_t
watch_count(const struct watch *w)
{
	return w->tree.places.bound;
}

void
watch_free(struct watch *w)
{
	if (w == NULL)
		return;
	remount_stop(&w->remount);
	ev_timer_stop(w->loop, &w->more);
	ev_io_stop(w->loop, &w->readable);
	if (w->fd != -1)
		(void)close(w->fd); /* nothing was written */
	w->fd = -1;
	watch_tree_fini(&w->tree);
	free(w);
}
