/*
 * inlet - one hint pipe.
 *
 * A touch changes the times of a pipe and moves no bytes; the removal of a pipe
 * that we hold changes them too.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/log.h"
#include "triggers/inlet.h"

#define FULL_PAUSE 2e-3 /* seconds, after a read of a whole pipe or more */

static void
unwatch(struct inlet *p)
{
	const struct inlet *q;
	int handle = p->touch.handle;

	p->touch.handle = -1;
	if (handle == -1)
		return;
	/* On reload two topics can have one pipe for a moment, and with it one
	 * watch. */
	for (q = p->all->first; q != NULL; q = q->next)
		if (q->touch.handle == handle)
			return;
	events_unwatch(p->all->events, handle);
}

static void
close_pipe(struct inlet *p)
{
	ev_timer_stop(p->all->loop, &p->pause);
	ev_io_stop(p->all->loop, &p->readable);
	unwatch(p);
	fifo_close(&p->fifo);
}

/* Nothing is heard of it now, until the scan opens it again. */
static void
break_off(struct inlet *p)
{
	p->all->news = p->all->news || !p->broken;
	p->broken = true;
	close_pipe(p);
}

void
inlet_free(struct inlet *p)
{
	if (p == NULL)
		return;
	close_pipe(p);
	fifo_unlock(&p->fifo);
	free(p->name);
	free(p->path);
	free(p);
}

size_t
inlet_empty(struct inlet *p)
{
	ssize_t n = discard_some(&p->all->discard, p->fifo.fd, p->wide);

	if (n > 0) {
		p->hinted = true;
		if (p->touch.deaf) /* its new times are of these bytes */
			(void)touch_is_new(&p->touch, p->fifo.fd);
		return (size_t)n;
	}
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	/* It would call us again at once, for ever. */
	(void)snprintf(
	    p->fifo.why, sizeof(p->fifo.why), "read: %s", strerror(errno));
	log_warnx("%s: %s: %s", p->name, p->path, p->fifo.why);
	break_off(p);
	return 0;
}

/* One read for each wake-up: libev is level-triggered, and a writer that never
 * stops cannot keep the timers from running.  A hint does not fill a pipe; who
 * does is let write on for a moment, or we would be woken for each of his
 * writes, and spend more than he does. */
static void
on_readable(struct ev_loop *loop, ev_io *io, int revents)
{
	struct inlet *p = io->data;

	(void)revents;
	if (inlet_empty(p) >= DISCARD_SIZE) {
		p->wide = p->wide || discard_widen(p->fifo.fd);
		ev_io_stop(loop, io);
		ev_timer_set(&p->pause, FULL_PAUSE, 0);
		ev_timer_start(loop, &p->pause);
	}
	p->all->on_hints(p->all->arg);
}

static void
on_pause_over(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct inlet *p = w->data;

	(void)revents;
	ev_io_start(loop, &p->readable);
}

struct inlet *
inlet_new(
    struct inlets *all, const char *name, unsigned topic, const struct fifo *as)
{
	struct inlet *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->all = all;
	p->touch.handle = -1;
	ev_io_init(&p->readable, on_readable, -1, EV_READ);
	p->readable.data = p;
	ev_init(&p->pause, on_pause_over);
	p->pause.data = p;
	p->topic = topic;
	p->name = strdup(name);
	p->path = strdup(as->path);
	p->fifo = *as;
	p->fifo.path = p->path;
	p->fifo.fd = p->fifo.writer_fd = p->fifo.lock_fd = -1;
	p->broken = true;
	if (p->name == NULL || p->path == NULL) {
		inlet_free(p);
		return NULL;
	}
	return p;
}

int
inlet_lock(struct inlet *p)
{
	const struct inlet *q;
	int held = -1;

	for (q = p->all->first; q != NULL; q = q->next)
		if (strcmp(q->path, p->path) == 0)
			held = q->fifo.lock_fd;
	return fifo_lock(&p->fifo, held);
}

static void
listen_for_touches(struct inlet *p)
{
	if (!touch_listen(&p->touch, p->all->events, p->path))
		return;
	p->all->news = true;
	if (p->touch.deaf)
		log_warnx("%s: %s: a touch is found by the scan only: %s",
		    p->name, p->path, p->touch.why);
	else
		log_info("%s: %s: touches are told again", p->name, p->path);
}

int
inlet_open(struct inlet *p)
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
	if (fifo_confirm(f) == -1) /* so the watch may not be on ours */
		goto fail;
	p->wide = false;
	ev_io_set(&p->readable, f->fd, EV_READ);
	ev_io_start(p->all->loop, &p->readable);
	p->all->news = p->all->news || p->broken;
	p->broken = false;
	return 0;

fail:
	if (!p->broken)
		log_warnx("%s: %s: %s", p->name, p->path, f->why);
	break_off(p);
	return -1;
}

/* Of one that is not told; and perhaps the next one will be. */
void
inlet_look(struct inlet *p)
{
	if (!p->touch.deaf)
		return;
	listen_for_touches(p);
	if (touch_is_new(&p->touch, p->fifo.fd))
		p->hinted = true;
}

/* Make a pipe anew that is not in its place.  It may have been removed by
 * somebody who meant to touch it, so that is a hint. */
void
inlet_verify(struct inlet *p)
{
	if (fifo_is_in_place(&p->fifo)) {
		inlet_look(p);
		return;
	}
	p->hinted = p->hinted || p->fifo.fd != -1;
	close_pipe(p);
	if (inlet_open(p) == -1)
		return;
	p->hinted = true;
	log_info("%s: %s: made anew", p->name, p->path);
}
