/*
 * pipe - named pipes as hints.
 *
 * Hints are noted in the inlets first and called back when all is in order, so
 * that the callback may add and drop pipes.
 */

#include <sys/ioctl.h>

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/log.h"
#include "triggers/inlet.h"
#include "triggers/pipe.h"

struct pipe_set {
	struct inlets inlets;
	char *run_dir;
	trigger_fn *fn;
	void *arg;
	char why[256], refusal[PATH_MAX + 256];
};

/* Call back for each pipe that has a hint.  A callback may change the list,
 * so each time it is begun anew. */
static void
deliver(void *arg)
{
	struct pipe_set *set = arg;
	struct trigger_hint hint = { .kind = TRIGGER_PIPE, .path = NULL };
	struct inlet *p;

	for (;;) {
		for (p = set->inlets.first; p != NULL && !p->hinted;
		     p = p->next)
			;
		if (p == NULL)
			return;
		p->hinted = false;
		hint.topic = p->topic;
		set->fn(&hint, set->arg);
	}
}

static void
on_touched(int handle, bool moved, void *arg)
{
	struct pipe_set *set = arg;
	struct inlet *p;

	(void)moved; /* the path is looked at in any case */
	for (p = set->inlets.first; p != NULL; p = p->next)
		if (p->touch.handle == handle)
			p->hinted = true;
}

/* It may have been any of them. */
static void
on_overflow(void *arg)
{
	struct pipe_set *set = arg;
	struct inlet *p;

	for (p = set->inlets.first; p != NULL; p = p->next)
		p->hinted = true;
}

/* What we hold is not gone: inlet_verify() finds that the path has another. */
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
	size_t n = events_read(set->inlets.events);
	struct inlet *p;

	for (p = set->inlets.first; n > 0 && p != NULL; p = p->next)
		if (p->hinted && p->fifo.fd != -1)
			inlet_verify(p);
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
	set->inlets.loop = loop;
	set->inlets.on_hints = deliver;
	set->inlets.arg = set;
	set->fn = fn;
	set->arg = arg;
	discard_open(&set->inlets.discard);
	set->inlets.events = events_new(loop, "pipe", &ears, set);
	if (set->inlets.events == NULL)
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

int
pipe_add(struct pipe_set *set, const struct pipe_spec *spec)
{
	const struct fifo as = {
		.path = spec->path,
		.owner = spec->owner,
		.group = spec->group,
		.mode = spec->mode,
		.inside = fifo_is_inside(spec->path, set->run_dir),
	};
	struct inlet *p = inlet_new(&set->inlets, spec->name, spec->topic, &as);

	if (p == NULL) {
		snprintf(set->refusal, sizeof(set->refusal), "%s: %s",
		    spec->name, strerror(errno));
		return -1;
	}
	if (inlet_lock(p) == -1 || inlet_open(p) == -1) {
		snprintf(set->refusal, sizeof(set->refusal), "%s: %s: %s",
		    p->name, p->path, p->fifo.why);
		inlet_free(p);
		return -1;
	}
	p->next = set->inlets.first;
	set->inlets.first = p;
	if (p->hinted) /* waits for the loop: our caller is not done yet */
		ev_feed_event(set->inlets.loop, &p->readable, EV_READ);
	return 0;
}

const char *
pipe_refusal(const struct pipe_set *set)
{
	return set->refusal;
}

void
pipe_drop(struct pipe_set *set, unsigned topic)
{
	struct inlet **link = &set->inlets.first, *p;

	while ((p = *link) != NULL) {
		if (p->topic != topic) {
			link = &p->next;
			continue;
		}
		*link = p->next;
		inlet_free(p);
	}
}

void
pipe_drain(struct pipe_set *set)
{
	struct inlet *p;
	int left;
	size_t n, events;

	/* What comes while we read does not count, or a writer that never
	 * stops would hold us here. */
	for (p = set->inlets.first; p != NULL; p = p->next) {
		left = 0;
		if (p->fifo.fd != -1 &&
		    ioctl(p->fifo.fd, FIONREAD, &left) == -1)
			log_warn("%s: %s: FIONREAD", p->name, p->path);
		for (; left > 0; left -= (int)n)
			if ((n = inlet_empty(p)) == 0)
				break;
		if (p->fifo.fd != -1)
			inlet_look(p);
	}
	for (events = events_left(set->inlets.events); events > 0;
	     events -= n < events ? n : events)
		if ((n = take_events(set)) == 0)
			break;
	deliver(set);
}

void
pipe_set_verify(struct pipe_set *set)
{
	struct inlet *p;

	for (p = set->inlets.first; p != NULL; p = p->next)
		inlet_verify(p);
	deliver(set);
}

const char *
pipe_degraded(struct pipe_set *set)
{
	const struct inlet *p;
	const char *why = NULL, *what = "";
	size_t n = 0;

	for (p = set->inlets.first; p != NULL; p = p->next) {
		if (!(p->broken || p->touch.deaf) || n >= sizeof(set->why))
			continue;
		n += (size_t)snprintf(set->why + n, sizeof(set->why) - n,
		    "%s%s", n == 0 ? "" : " ", p->name);
		if (p->broken)
			what = "not open: ";
		if (p->broken || why == NULL)
			why = p->broken ? p->fifo.why : p->touch.why;
	}
	if (why == NULL)
		return NULL;
	if (n < sizeof(set->why))
		(void)snprintf(
		    set->why + n, sizeof(set->why) - n, ": %s%s", what, why);
	return set->why;
}

bool
pipe_take_news(struct pipe_set *set)
{
	bool news = set->inlets.news;

	set->inlets.news = false;
	return news;
}

void
pipe_set_free(struct pipe_set *set)
{
	struct inlet *p;

	if (set == NULL)
		return;
	while ((p = set->inlets.first) != NULL) {
		set->inlets.first = p->next;
		inlet_free(p);
	}
	events_free(set->inlets.events);
	discard_close(&set->inlets.discard);
	free(set->run_dir);
	free(set);
}
