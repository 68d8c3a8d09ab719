/*
 * restart - end a service's process, and see a new one stay.
 *
 * The states of a wait:
 *
 *   stopping  the old process is there; a qmail-send ends its deliveries, which
 *             can take as long as control/timeoutremote (qmail-send(8)): that
 *             is told now and then, and waited for
 *   starting  no process is there, but the supervisor will start one
 *   up        a new process is there, perhaps not ready yet
 *
 * The wait ends when one has been up and ready for long enough, when the
 * supervisor does not want the service up any more, when new processes have
 * ended CRASHES_MAX times, or at the limit.
 */

#include <time.h>

#include "daemon/clock.h"
#include "daemon/log.h"
#include "daemon/process.h"
#include "service/restart.h"

#define CRASHES_MAX 3   /* new processes that ended: it does not stay up */
#define CRASH_GAP 0.5   /* seconds: supervisors start one a second at most */
#define LOOK_FIRST 0.02 /* seconds between two looks, at first */
#define LOOK_LAST 0.25  /* ... and at most, so that each crash is seen */
#define LOOK_OLD 1.0    /* the same while the old process ends */
#define TELL_FIRST 10.0 /* seconds until it is told that we wait */

struct wait {
	const char *service;
	const struct order *order;
	struct service_state *state;
	pid_t old, current; /* current: the new process, or 0 */
	uint64_t changes;   /* at the last look */
	double began, now;
	double up_since;   /* of the current process, as far as we saw it */
	double tell_at;    /* when to tell again that we wait */
	double crashed_at; /* when the last end of a new one was counted */
	int crashes;
};

static void
nap(double seconds)
{
	struct timespec t = { .tv_sec = (time_t)seconds };

	t.tv_nsec = (long)((seconds - (double)t.tv_sec) * 1e9);
	(void)nanosleep(&t, NULL); /* a signal only makes us look earlier */
}

static void
count_crash(struct wait *w)
{
	if (w->crashes > 0 && w->now - w->crashed_at < CRASH_GAP)
		return; /* another sign of the same one */
	w->crashes++;
	w->crashed_at = w->now;
	log_info(
	    "%s: the new process has ended: %s", w->service, w->state->word);
}

/* What this look saw of the new processes. */
static void
follow(struct wait *w)
{
	pid_t pid = w->state->pid;
	bool stopping = w->old != 0 && pid == w->old;

	if (pid != 0 && process_has_ended(pid))
		pid = 0;
	if (stopping)
		return;
	if (w->current != 0 && pid != w->current)
		count_crash(w);
	else if (w->old == 0 && w->current == 0 && pid == 0 &&
		 w->state->changes != w->changes)
		count_crash(w); /* one came and went between two looks */
	if (pid != w->current)
		w->up_since = w->now;
	w->current = pid;
	w->old = 0; /* its number may be given out again */
}

static void
tell(struct wait *w)
{
	double waited = w->now - w->began;

	if (w->now < w->tell_at)
		return;
	w->tell_at = w->now + waited * 2;
	if (w->old != 0)
		log_info("%s: process %ld has not ended after %.0f s, as when a"
			 " sender ends its deliveries; waiting",
		    w->service, (long)w->old, waited);
	else if (w->current != 0)
		log_info("%s: process %ld is up, but not ready after %.0f s",
		    w->service, (long)w->current, waited);
	else
		log_info("%s: not started again after %.0f s: %s", w->service,
		    waited, w->state->word);
}

static bool
is_settled(const struct wait *w)
{
	return w->current != 0 && w->state->ready &&
	       w->now - w->up_since >= w->order->up;
}

/* Returns true if the wait is over. */
static bool
is_over(const struct wait *w, enum order_end *end)
{
	const struct service_state *s = w->state;

	if (is_settled(w)) {
		log_info(
		    "%s: restarted, process %ld", w->service, (long)w->current);
		*end = ORDER_DONE;
	} else if (w->crashes >= CRASHES_MAX || s->failed) {
		log_warnx("%s: does not stay up: %s", w->service, s->word);
		*end = ORDER_WRONG;
	} else if (s->pid == 0 && !s->wanted) {
		log_info("%s: put down while it was restarted: %s", w->service,
		    s->word);
		*end = ORDER_DONE;
	} else if (w->now - w->began >= w->order->limit) {
		log_warnx("%s: %s after %.0f s: %s", w->service,
		    w->old != 0       ? "still ending"
		    : w->current != 0 ? "not ready"
				      : "not up again",
		    w->now - w->began, s->word);
		*end = ORDER_TROUBLE;
	} else
		return false;
	return true;
}

static enum order_end
wait_for_new(struct wait *w, const struct supervisor *it)
{
	double pause = LOOK_FIRST, most;
	enum order_end end;

	for (;;) {
		most = w->old != 0 ? LOOK_OLD : LOOK_LAST;
		w->changes = w->state->changes;
		nap(pause);
		pause = pause * 2 < most ? pause * 2 : most;
		end = it->look(w->state, w->service);
		w->now = clock_monotonic();
		if (end != ORDER_DONE) {
			log_warnx("%s: %s", w->service, w->state->word);
			return end;
		}
		follow(w);
		if (is_over(w, &end))
			return end;
		tell(w);
	}
}

enum order_end
restart_service(const struct supervisor *it, struct service_state *s,
    const char *service, const struct order *order)
{
	struct wait w = { .service = service,
		.order = order,
		.state = s,
		.old = s->pid,
		.began = clock_monotonic() };
	enum order_end end;

	if (s->failed) {
		log_warnx("%s: not running: %s", service, s->word);
		return ORDER_WRONG;
	}
	if (!s->wanted) {
		log_info(
		    "%s: left down, it was put down: %s", service, s->word);
		return ORDER_DONE;
	}
	/* A new process will start by itself: it has not read anything yet. */
	if (s->pid != 0) {
		end = it->act(s, service, ORDER_RESTART);
		if (end != ORDER_DONE) {
			log_warnx("%s: %s", service, s->word);
			return end;
		}
		log_info("%s: TERM sent to process %ld, by %s; waiting for its"
			 " end",
		    service, (long)s->pid, it->name);
	}
	w.now = w.up_since = w.began;
	w.tell_at = w.began + TELL_FIRST;
	return wait_for_new(&w, it);
}
