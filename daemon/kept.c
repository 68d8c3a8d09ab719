#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/backoff.h"
#include "daemon/kept.h"
#include "daemon/log.h"
#include "daemon/record.h"

#define BUSY_WAIT 1. /* seconds until we ask again whether we may */

static void
wait_for(struct kept *k, double seconds)
{
	ev_timer_stop(k->loop, &k->timer);
	ev_now_update(k->loop);
	ev_timer_set(&k->timer, seconds, 0.);
	ev_timer_start(k->loop, &k->timer);
}

static void
wait_longer(struct kept *k)
{
	double wait = k->first > 0 ? k->first : BUSY_WAIT;

	wait_for(k, backoff_after(wait, k->longest, k->failures, 0));
}

static void
failed(struct kept *k, int error)
{
	char why[sizeof(k->why)];

	snprintf(why, sizeof(why), "record not written: %s", strerror(error));
	if (strcmp(why, k->why) != 0) {
		memcpy(k->why, why, sizeof(why));
		log_warnx("%s: %s, kept in memory", k->name, k->why);
		k->on_change(k->arg);
	}
	k->failures++;
	wait_longer(k);
}

static void
write_it(void *answer, void *arg)
{
	struct kept *k = arg;
	int *error = answer;

	if (record_write(k->state_dir, RECORD_DONE, k->name, &k->past) == -1)
		*error = errno;
}

static void
on_written(struct helper *h, const void *answer, void *arg)
{
	struct kept *k = arg;
	const int *error = answer;

	(void)h;
	if (error == NULL || *error != 0) {
		failed(k, error == NULL ? ECHILD : *error);
		return;
	}
	kept_drop(k);
}

static void
on_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct kept *k = w->data;

	(void)loop;
	(void)revents;
	if (!k->may(k->arg))
		wait_for(k, BUSY_WAIT);
	else if (helper_start(&k->helper, k->loop, k->pool, k->name, write_it,
		     sizeof(int), HELPER_TIMEOUT, -1, on_written, k) == -1)
		wait_longer(k);
}

void
kept_init(struct kept *k)
{
	memset(&k->past, 0, sizeof(k->past));
	k->failures = 0;
	k->why[0] = '\0';
	helper_init(&k->helper);
	ev_init(&k->timer, on_timer);
	k->timer.data = k;
}

static void
forget(struct kept *k)
{
	helper_close(&k->helper);
	ev_timer_stop(k->loop, &k->timer);
	stamp_past_fini(&k->past);
}

void
kept_take(struct kept *k, struct stamp_past *past, int error)
{
	forget(k);
	k->past = *past;
	memset(past, 0, sizeof(*past));
	k->past.exists = true;
	failed(k, error);
}

void
kept_drop(struct kept *k)
{
	bool had = k->past.exists;

	forget(k);
	k->failures = 0;
	k->why[0] = '\0';
	if (!had)
		return;
	log_info("%s: record written", k->name);
	k->on_change(k->arg);
}

void
kept_close(struct kept *k)
{
	forget(k);
}

void
kept_hold(struct kept *k)
{
	if (!k->helper.running)
		return;
	helper_close(&k->helper);
	wait_for(k, BUSY_WAIT);
}

const struct stamp_past *
kept_past(const struct kept *k)
{
	return k->past.exists ? &k->past : NULL;
}

const char *
kept_why(const struct kept *k)
{
	return k->past.exists ? k->why : NULL;
}
