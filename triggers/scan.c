#include "triggers/scan.h"

/* Timed anew from now, not from when it should have been: after a suspended
 * or very busy hour one scan is enough. */
static void
on_time(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct scan *s = timer->data;
	struct trigger_hint hint = {
		.kind = TRIGGER_SCAN,
		.topic = s->topic,
		.path = NULL,
	};

	(void)revents;
	ev_timer_again(loop, timer);
	s->fn(&hint, s->arg);
}

void
scan_start(struct scan *s, struct ev_loop *loop, double interval,
    unsigned topic, trigger_fn *fn, void *arg)
{
	s->loop = loop;
	s->topic = topic;
	s->fn = fn;
	s->arg = arg;
	ev_timer_init(&s->timer, on_time, interval, interval);
	s->timer.data = s;
	if (interval > 0)
		ev_timer_start(loop, &s->timer);
}

void
scan_stop(struct scan *s)
{
	if (s->loop != NULL)
		ev_timer_stop(s->loop, &s->timer);
	s->loop = NULL;
}
