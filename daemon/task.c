#include <stdlib.h>
#include <string.h>

#include "daemon/clock.h"
#include "daemon/lifestep.h"
#include "daemon/log.h"
#include "daemon/paused.h"
#include "daemon/task.h"

static void
arm_timer(struct task *t, double now)
{
	struct ev_loop *loop = t->host->place->loop;
	double due = life_due(&t->life);

	ev_timer_stop(loop, &t->timer);
	t->next_at = 0;
	if (due == 0)
		return;
	/* libev counts from the time it woke up, we from now. */
	ev_now_update(loop);
	ev_timer_set(&t->timer, due > now ? due - now : 0, 0);
	ev_timer_start(loop, &t->timer);
	if (t->life.due_at > 0)
		t->next_at = clock_wall_ms() + (int64_t)((due - now) * 1000);
}

void
task_step(struct task *t, enum life_event event, unsigned asked)
{
	double now = clock_monotonic();
	enum life_state was = t->life.state;
	bool rested = t->life.rest_at > 0;
	struct life_input in = { .event = event,
		.asked = asked,
		.now = now,
		.jitter = (double)rand() / RAND_MAX };

	if (t->removed)
		return;
	lifestep_take(&t->life, &t->terms, &in);
	if (life_due(&t->life) != 0 || ev_is_active(&t->timer))
		arm_timer(t, now);
	else
		t->next_at = 0;
	if (t->life.state == was)
		return;
	if (t->life.state == LIFE_RESTLESS && !rested)
		log_warnx("%s: behind again after %u runs (%s), waiting",
		    t->rule->name, t->life.streak,
		    t->path != NULL ? t->path : "");
	t->host->on_state(t, was, t->host->arg);
}

static void
on_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct task *t = w->data;

	(void)loop;
	(void)revents;
	task_step(t, LIFE_TIME, 0);
	t->host->on_turn(t->host->arg);
}

void
task_set_terms(struct task *t, double set_scan)
{
	const struct rule *rule = t->rule;
	double scan = rule->scan >= 0 ? rule->scan : set_scan;
	bool unwatched = t->degraded != NULL || !rule->watch;

	t->terms = (struct life_terms){ .settle = rule->settle,
		.settle_max = rule->settle_max,
		.retry_first = rule->retry_first,
		.retry_longest = rule->retry_longest,
		.min_interval = rule->min_interval,
		.recheck = rule->recheck };
	if (rule->scan > 0)
		t->terms.scan = rule->scan;
	else if (scan == 0 && unwatched && rule->kind != RULE_PLAIN)
		t->terms.scan = t->host->scan_unwatched;
	if (t->terms.scan == 0)
		t->life.scan_at = 0;
	else if (t->life.scan_at == 0)
		t->life.scan_at = clock_monotonic() + t->terms.scan;
}

void
task_degrade(struct task *t, const char *why, double set_scan)
{
	if ((why == NULL && t->degraded == NULL) ||
	    (why != NULL && t->degraded != NULL &&
		strcmp(why, t->degraded) == 0))
		return;
	if (why != NULL && t->degraded == NULL)
		log_warnx("%s: only scanned: %s", t->rule->name, why);
	else if (why == NULL)
		log_info("%s: watched again", t->rule->name);
	free(t->degraded);
	t->degraded = why != NULL ? strdup(why) : NULL;
	task_set_terms(t, set_scan);
	if (life_due(&t->life) != 0)
		arm_timer(t, clock_monotonic());
	t->host->on_fact(t->host->arg);
}

int
task_pause(struct task *t, bool paused)
{
	if (t->paused != paused) {
		t->paused = paused;
		t->accepted = false; /* who asked is told of the pause */
		t->host->on_fact(t->host->arg);
		log_info(
		    "%s: %s", t->rule->name, paused ? "paused" : "resumed");
		if (paused)
			task_step(t, LIFE_PAUSED, 0);
	}
	/* The last time it may not have been written. */
	return paused_write(t->host->place->state_dir, t->rule->name, paused);
}

void
task_init(struct task *t, struct task_host *host, const struct rule *rule)
{
	t->host = host;
	t->rule = rule;
	t->ran_well = true;
	ev_init(&t->timer, on_timer);
	t->timer.data = t;
}

void
task_begin(struct task *t, double set_scan)
{
	int paused = paused_read(t->host->place->state_dir, t->rule->name);

	if (paused == -1)
		log_warn("%s: paused?", t->rule->name);
	t->paused = paused == 1;
	life_init(&t->life, &t->terms, clock_monotonic());
	task_set_terms(t, set_scan);
}

void
task_stop(struct task *t)
{
	ev_timer_stop(t->host->place->loop, &t->timer);
}

void
task_fini(struct task *t)
{
	task_stop(t);
	free(t->degraded);
}
