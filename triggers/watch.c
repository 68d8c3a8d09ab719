/*
 * Each event is worked off wholly, and then the hints that it caused are
 * called back.
 */

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/log.h"
#include "triggers/events.h"
#include "triggers/remount.h"
#include "triggers/watch.h"
#include "triggers/watch_tree.h"

/* How much of arming is done before others have their turn: see
 * WATCH_COST_LOOK.  Some 1 ms, where looks are answered from memory. */
#define SLICE 500

struct watch {
	struct ev_loop *loop;
	struct events *events;
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
};

static int
add_watch(const char *path, unsigned how, void *arg)
{
	struct watch *w = arg;

	return events_watch(w->events, path, how);
}

static bool
avoids(const char *path, void *arg)
{
	struct watch *w = arg;

	return w->avoid != NULL && w->avoid(path, w->avoid_arg);
}

static void
remove_watch(int handle, void *arg)
{
	struct watch *w = arg;

	events_unwatch(w->events, handle);
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
		log_warnx("%s: cannot be watched, only scanned: the limit %s "
			  "is reached with %zu watches held here",
		    path, events_limit(w->events), w->held);
		w->limited = true;
	}
}

static const struct watch_ops ops = {
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
	memcpy(path, w->tree.named, sizeof(path));
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
on_overflow(void *arg)
{
	struct watch *w = arg;
	struct trigger_hint hint = { .kind = TRIGGER_WATCH,
		.topic = TRIGGER_ALL };

	w->overflows++;
	log_warnx("watch: the kernel's queue of events has overflowed "
		  "(%lu so far), everything is looked at again",
	    w->overflows);
	watch_tree_renew(&w->tree);
	w->fn(&hint, w->arg);
	deliver(w);
}

static void
on_name(int handle, const char *name, unsigned what, void *arg)
{
	struct watch *w = arg;

	watch_tree_name(&w->tree, handle, name, what);
	deliver(w);
}

static void
on_self(int handle, bool moved, void *arg)
{
	struct watch *w = arg;

	watch_tree_self(&w->tree, handle, moved);
	deliver(w);
}

static void
on_lost(int handle, void *arg)
{
	struct watch *w = arg;

	watch_tree_lost(&w->tree, handle);
	deliver(w);
}

static void
on_ready(void *arg)
{
	struct watch *w = arg;

	refill(w);
	w->reading = true;
	(void)events_read(w->events);
	w->reading = false;
	go_on_later(w);
}

static const struct events_ears ears = {
	.on_ready = on_ready,
	.on_name = on_name,
	.on_self = on_self,
	.on_lost = on_lost,
	.on_overflow = on_overflow,
};

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
	ev_timer_init(&w->more, on_more, 0, 0);
	w->more.data = w;
	if (watch_tree_init(&w->tree, &ops, w) == -1) {
		log_warn("watch");
		goto fail;
	}
	w->events = events_new(loop, "watch", &ears, w);
	if (w->events == NULL)
		goto fail;
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

	if (t == NULL)
		return false;
	if (t->error == 0 && !t->late) {
		*why = "what is written in place, where wildcards lead";
		return !events_see_inside() && topic_is_wild(&w->tree.wants, t);
	}
	*why = strerror(t->error);
	if (t->error == 0)
		*why = "not all directories are watched yet";
	if (t->error == EREMOTE)
		*why = "on a network file system";
	if (t->error == ENOSPC) {
		*why = w->why;
		(void)snprintf(w->why, sizeof(w->why),
		    "watch limit reached with %zu watches held (%s)",
		    w->limited ? w->held : w->tree.places.bound,
		    events_limit(w->events));
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
	size_t left, n;

	if (w->reading)
		return; /* called back from here: it is being done */
	w->reading = true;
	remount_drain(&w->remount);
	work(w);
	/* What comes while we read does not count, or a writer that never
	 * stops would hold us here. */
	left = events_left(w->events);
	while (left > 0) {
		n = events_read(w->events);
		if (n == 0)
			break;
		left -= n < left ? n : left;
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
	events_free(w->events);
	watch_tree_fini(&w->tree);
	free(w);
}
