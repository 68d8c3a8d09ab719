/*
 * pipe - named pipes as hints.
 *
 * A touch changes the times of a pipe and moves no bytes; the removal of a pipe
 * that we hold changes them too.  Hints are noted in the pipes first and
 * called back when all is in order, so that the callback may add and drop
 * pipes.
 */

#include <sys/ioctl.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"
#include "triggers/discard.h"
#include "triggers/events.h"
#include "triggers/fifo.h"
#include "triggers/pipe.h"
#include "triggers/touch.h"

#define FULL_PAUSE 2e-3 /* seconds, after a read of a whole pipe or more */

struct pipe {
	struct pipe_set *set;
	struct pipe *next;
	char *name, *path;
	unsigned topic;
	struct fifo fifo;
	struct touch touch;
	ev_io readable;
	ev_timer pause; /* while it runs, "readable" does not */
	bool wide;      /* it has been flooded, and holds more */
	bool hinted;    /* to be called back */
	bool broken;    /* the log has said that it cannot be made */
};

struct pipe_set {
	struct ev_loop *loop;
	char *run_dir;
	trigger_fn *fn;
	void *arg;
	struct events *events;
	struct pipe *pipes;
	struct discard discard;
	bool news; /* see pipe_take_news() */
	char why[256];
};

/* Call back for each pipe that has a hint.  A callback may change the list,
 * so each time it is begun anew. */
static void
deliver(struct pipe_set *set)
{
	struct trigger_hint hint = { .kind = TRIGGER_PIPE, .path = NULL };
	struct pipe *p;

	for (;;) {
		for (p = set->pipes; p != NULL && !p->hinted; p = p->next)
			;
		if (p == NULL)
			return;
		p->hinted = false;
		hint.topic = p->topic;
		set->fn(&hint, set->arg);
	}
}

static void
unwatch(struct pipe *p)
{
	const struct pipe *q;
	int handle = p->touch.handle;

	p->touch.handle = -1;
	if (handle == -1)
		return;
	/* On reload two topics can have one pipe for a moment, and with it one
	 * watch. */
	for (q = p->set->pipes; q != NULL; q = q->next)
		if (q->touch.handle == handle)
			return;
	events_unwatch(p->set->events, handle);
}

static void
close_pipe(struct pipe *p)
{
	ev_timer_stop(p->set->loop, &p->pause);
	ev_io_stop(p->set->loop, &p->readable);
	unwatch(p);
	fifo_close(&p->fifo);
}

static void
free_pipe(struct pipe *p)
{
	if (p == NULL)
		return;
	close_pipe(p);
	fifo_unlock(&p->fifo);
	free(p->name);
	free(p->path);
	free(p);
}

/* Read what is there, up to one buffer, and forget it.  Returns how many bytes
 * that was. */
static size_t
empty(struct pipe *p)
{
	ssize_t n = discard_some(&p->set->discard, p->fifo.fd, p->wide);

	if (n > 0) {
		p->hinted = true;
		if (p->touch.deaf) /* its new times are of these bytes */
			(void)touch_is_new(&p->touch, p->fifo.fd);
		return (size_t)n;
	}
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	/* It would call us again at once, for ever. */
	log_warn("%s: %s: read", p->name, p->path);
	p->broken = true;
	close_pipe(p);
	return 0;
}

/* One read for each wake-up: libev is level-triggered, and a writer that never
 * stops cannot keep the timers from running.  A hint does not fill a pipe; who
 * does is let write on for a moment, or we would be woken for each of his
 * writes, and spend more than he does. */
static void
on_readable(struct ev_loop *loop, ev_io *io, int revents)
{
	struct pipe *p = io->data;

	(void)revents;
	if (empty(p) >= DISCARD_SIZE) {
		p->wide = p->wide || discard_widen(p->fifo.fd);
		ev_io_stop(loop, io);
		ev_timer_set(&p->pause, FULL_PAUSE, 0);
		ev_timer_start(loop, &p->pause);
	}
	deliver(p->set);
}

static void
on_pause_over(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct pipe *p = w->data;

	(void)revents;
	ev_io_start(loop, &p->readable);
}

static void
listen_for_touches(struct pipe *p)
{
	if (!touch_listen(&p->touch, p->set->events, p->path))
		return;
	p->set->news = true;
	if (p->touch.deaf)
		log_warnx("%s: %s: a touch is found by the scan only: %s",
		    p->name, p->path, p->touch.why);
	else
		log_info("%s: %s: touches are told again", p->name, p->path);
}

/* Make the pipe if need be, open it, and listen.  Returns 0, or -1 with a
 * warning, unless the log has said so already. */
static int
open_pipe(struct pipe *p)
{
	struct fifo *f = &p->fifo;

	if (fifo_open(f) == -1)
		goto fail;
	if (f->cleared) {
		log_info("%s: %s: a file in the pipe's place, taken as a hint "
			 "and removed",
		    p->name, p->path);
		p->hinted = true;
	}
	listen_for_touches(p);
	if (p->touch.deaf)
		(void)touch_is_new(&p->touch, f->fd); /* from here on */
	if (!fifo_is_in_place(f)) { /* so the watch may not be on ours */
		(void)snprintf(f->why, sizeof(f->why), "replaced meanwhile");
		goto fail;
	}
	p->wide = false;
	ev_io_set(&p->readable, f->fd, EV_READ);
	ev_io_start(p->set->loop, &p->readable);
	p->broken = false;
	return 0;

fail:
	if (!p->broken)
		log_warnx("%s: %s: %s", p->name, p->path, f->why);
	p->broken = true;
	close_pipe(p);
	return -1;
}

/* Of one that is not told; and perhaps the next one will be. */
static void
look_for_touch(struct pipe *p)
{
	if (!p->touch.deaf)
		return;
	listen_for_touches(p);
	if (touch_is_new(&p->touch, p->fifo.fd))
		p->hinted = true;
}

/* Make a pipe anew that is not in its place.  It may have been removed by
 * somebody who meant to touch it, so that is a hint. */
static void
verify(struct pipe *p)
{
	if (fifo_is_in_place(&p->fifo)) {
		look_for_touch(p);
		return;
	}
	p->hinted = p->hinted || p->fifo.fd != -1;
	close_pipe(p);
	if (open_pipe(p) == -1)
		return;
	p->hinted = true;
	log_info("%s: %s: made anew", p->name, p->path);
}

static void
on_touched(int handle, bool moved, void *arg)
{
	struct pipe_set *set = arg;
	struct pipe *p;

	(void)moved; /* the path is looked at in any case */
	for (p = set->pipes; p != NULL; p = p->next)
		if (p->touch.handle == handle)
			p->hinted = true;
}

/* It may have been any of them. */
static void
on_overflow(void *arg)
{
	struct pipe_set *set = arg;
	struct pipe *p;

	for (p = set->pipes; p != NULL; p = p->next)
		p->hinted = true;
}

/* What we hold is never gone: verify() finds that the path has another. */
static void
on_lost(int handle, void *arg)
{
	(void)handle;
	(void)arg;
}

/* Take some events.  Returns how much that was. */
static size_t
take_events(struct pipe_set *set)
{
	size_t n = events_read(set->events);
	struct pipe *p;

	for (p = set->pipes; n > 0 && p != NULL; p = p->next)
		if (p->hinted && p->fifo.fd != -1)
			verify(p);
	return n;
}

static void
on_ready(void *arg)
{
	struct pipe_set *set = arg;

	(void)take_events(set);
	deliver(set);
}

static const struct events_ears ears = {
	.on_ready = on_ready,
	.on_self = on_touched,
	.on_lost = on_lost,
	.on_overflow = on_overflow,
};

struct pipe_set *
pipe_set_new(
    struct ev_loop *loop, const char *run_dir, trigger_fn *fn, void *arg)
{
	struct pipe_set *set = calloc(1, sizeof(*set));

	if (set == NULL) {
		log_warn("pipe");
		return NULL;
	}
	set->loop = loop;
	set->fn = fn;
	set->arg = arg;
	discard_open(&set->discard);
	set->events = events_new(loop, "pipe", &ears, set);
	if (set->events == NULL)
		goto fail;
	set->run_dir = strdup(run_dir);
	if (set->run_dir == NULL) {
		log_warn("pipe");
		goto fail;
	}
	return set;

fail:
	pipe_set_free(set);
	return NULL;
}

static struct pipe *
new_pipe(struct pipe_set *set, const struct pipe_spec *spec)
{
	struct pipe *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->set = set;
	p->touch.handle = -1;
	ev_io_init(&p->readable, on_readable, -1, EV_READ);
	p->readable.data = p;
	ev_init(&p->pause, on_pause_over);
	p->pause.data = p;
	p->topic = spec->topic;
	p->name = strdup(spec->name);
	p->path = strdup(spec->path);
	p->fifo = (struct fifo){
		.path = p->path,
		.owner = spec->owner,
		.group = spec->group,
		.mode = spec->mode,
		.inside = fifo_is_inside(spec->path, set->run_dir),
		.fd = -1,
		.writer_fd = -1,
		.lock_fd = -1,
	};
	if (p->name == NULL || p->path == NULL) {
		free_pipe(p);
		return NULL;
	}
	return p;
}

/* Keep other daemons from it.  On reload the lock may be ours already. */
static int
lock(struct pipe *p)
{
	const struct pipe *q;
	int held = -1;

	for (q = p->set->pipes; q != NULL; q = q->next)
		if (strcmp(q->path, p->path) == 0)
			held = q->fifo.lock_fd;
	if (fifo_lock(&p->fifo, held) == 0)
		return 0;
	log_warnx("%s: %s: %s", p->name, p->path, p->fifo.why);
	return -1;
}

int
pipe_add(struct pipe_set *set, const struct pipe_spec *spec)
{
	struct pipe *p = new_pipe(set, spec);

	if (p == NULL) {
		log_warn("%s", spec->name);
		return -1;
	}
	if (lock(p) == -1 || open_pipe(p) == -1) {
		free_pipe(p);
		return -1;
	}
	p->next = set->pipes;
	set->pipes = p;
	if (p->hinted) /* waits for the loop: our caller is not done yet */
		ev_feed_event(set->loop, &p->readable, EV_READ);
	return 0;
}

void
pipe_drop(struct pipe_set *set, unsigned topic)
{
	struct pipe **link = &set->pipes, *p;

	while ((p = *link) != NULL) {
		if (p->topic != topic) {
			link = &p->next;
			continue;
		}
		*link = p->next;
		free_pipe(p);
	}
}

void
pipe_drain(struct pipe_set *set)
{
	struct pipe *p;
	int left;
	size_t n, events;

	/* What comes while we read does not count, or a writer that never
	 * stops would hold us here. */
	for (p = set->pipes; p != NULL; p = p->next) {
		left = 0;
		if (p->fifo.fd != -1 &&
		    ioctl(p->fifo.fd, FIONREAD, &left) == -1)
			log_warn("%s: %s: FIONREAD", p->name, p->path);
		for (; left > 0; left -= (int)n)
			if ((n = empty(p)) == 0)
				break;
		if (p->fifo.fd != -1)
			look_for_touch(p);
	}
	for (events = events_left(set->events); events > 0;
	     events -= n < events ? n : events)
		if ((n = take_events(set)) == 0)
			break;
	deliver(set);
}

void
pipe_set_verify(struct pipe_set *set)
{
	struct pipe *p;

	for (p = set->pipes; p != NULL; p = p->next)
		verify(p);
	deliver(set);
}

const char *
pipe_degraded(struct pipe_set *set)
{
	const struct pipe *p;
	const char *why = NULL;
	size_t n = 0;

	for (p = set->pipes; p != NULL; p = p->next) {
		if (!p->touch.deaf || n >= sizeof(set->why))
			continue;
		n += (size_t)snprintf(set->why + n, sizeof(set->why) - n,
		    "%s%s", n == 0 ? "" : " ", p->name);
		why = p->touch.why;
	}
	if (why == NULL)
		return NULL;
	if (n < sizeof(set->why))
		(void)snprintf(set->why + n, sizeof(set->why) - n, ": %s", why);
	return set->why;
}

bool
pipe_take_news(struct pipe_set *set)
{
	bool news = set->news;

	set->news = false;
	return news;
}

void
pipe_set_free(struct pipe_set *set)
{
	struct pipe *p;

	if (set == NULL)
		return;
	while ((p = set->pipes) != NULL) {
		set->pipes = p->next;
		free_pipe(p);
	}
	events_free(set->events);
	discard_close(&set->discard);
	free(set->run_dir);
	free(set);
}
