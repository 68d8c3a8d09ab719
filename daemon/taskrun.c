#include <stdio.h>
#include <string.h>

#include "daemon/clock.h"
#include "daemon/log.h"
#include "daemon/taskcheck.h"
#include "daemon/taskrun.h"

#define RACES_MAX 3 /* lost to another writer of the target, in a row */

bool
taskrun_is_build(const struct task *t)
{
	return t->rule->kind == RULE_BUILD;
}

static void
end_run(struct task *t, bool well)
{
	t->ran_well = well;
	t->in_vain = false;
	t->runs++;
	t->run_ms = (int64_t)(t->run.seconds * 1000);
	t->last_run_at = clock_wall_ms();
	/* Not the coarse clock: where the kernel has fine times for files that
	 * were looked at, what the command wrote last would be later. */
	t->over_at = (t->last_run_at + 1) * INT64_C(1000000);
	ev_timer_stop(t->host->place->loop, &t->grace);
	snprintf(t->note, sizeof(t->note), "%s", t->run.note);
	if (well) {
		t->last_ok_at = t->last_run_at;
		t->records = t->run.records;
		t->races = 0;
		log_info("%s: done in %.2f s%s%s", t->rule->name,
		    t->run.seconds, t->note[0] != '\0' ? ", " : "", t->note);
	} else
		t->failures++;
}

static void
fail(struct task *t, enum life_event event)
{
	double now = clock_monotonic();

	/* It is not known to fail with the sources as they were before. */
	if (t->run.changed)
		memset(&t->failed, 0, sizeof(t->failed));
	task_step(t, event, 0);
	if (t->life.retry_at > now)
		log_warnx("%s: %s after %.2f s, next try in %.0f s",
		    t->rule->name, t->note, t->run.seconds,
		    t->life.retry_at - now);
	else
		log_warnx("%s: %s after %.2f s, waiting for a change",
		    t->rule->name, t->note, t->run.seconds);
}

/* Nothing on disk tells that the target may be half of a product, so we have to
 * know it; and a record of no rule tells it as soon as one can be written. */
static void
doubt(struct task *t)
{
	struct stamp_past nothing = { .exists = true, .records = -1 };

	if (t->run.unmarked != 0 && kept_past(&t->kept) == NULL)
		kept_take(&t->kept, &nothing, t->run.unmarked);
}

static void
on_run_event(struct run *run, enum run_event event, void *arg)
{
	struct task *t = arg;

	switch (event) {
	case RUN_INSTALLING:
		task_step(t, LIFE_EXITED, 0);
		break;
	case RUN_DONE:
		end_run(t, true);
		if (run->unwritten.exists)
			kept_take(&t->kept, &run->unwritten, run->record_error);
		else if (run->record_error == 0)
			kept_drop(&t->kept);
		else
			doubt(t);
		task_step(t, LIFE_DONE, 0);
		break;
	case RUN_DISCARDED:
		end_run(t, false);
		log_info("%s: %s", t->rule->name, t->note);
		t->in_vain = true;
		task_step(t, LIFE_DONE, 0);
		break;
	case RUN_RACED:
		end_run(t, false);
		log_warnx("%s: %s: changed by somebody else during the run",
		    t->rule->name, t->rule->target);
		t->in_vain = ++t->races < RACES_MAX;
		if (t->in_vain)
			task_step(t, LIFE_DONE, 0);
		else
			fail(t, LIFE_FAIL);
		break;
	case RUN_FAILED:
		end_run(t, false);
		doubt(t);
		fail(t, LIFE_FAIL);
		break;
	case RUN_SOURCE:
		end_run(t, false);
		fail(t, LIFE_FAIL_SOURCE);
		break;
	case RUN_REFUSED:
		end_run(t, false);
		fail(t, LIFE_FAIL_REFUSED);
		break;
	}
	if (event != RUN_INSTALLING)
		t->host->on_over(t, event == RUN_DONE, t->host->arg);
	t->host->on_turn(t->host->arg);
}

static void
say_why(const struct task *t, const struct check *check)
{
	log_info("%s: behind: %s%s%s%s%s", t->rule->name,
	    stamp_reason_word(check->reason),
	    check->path[0] != '\0' ? ": " : "", check->path,
	    check->how[0] != '\0' ? ": " : "", check->how);
}

/* What is to be said is said while the command begins: its first word comes by
 * way of the loop, and so after that. */
static int
start_run(struct task *t)
{
	struct check *check = t->look.check;
	int rc = run_start(&t->run, t->rule, check, !t->accepted);

	t->failed = check->digest;
	(void)taskcheck_note(t);
	check_describe(check);
	say_why(t, check);
	if (rc == 0)
		(void)look_take(&t->look); /* the run's */
	else
		look_drop(&t->look);
	return rc;
}

bool
taskrun_start(struct task *t)
{
	if (start_run(t) == -1) {
		if (t->run.held && leftover_wait(&t->leftover, t->rule) == 0)
			return false;
		t->ran_well = t->in_vain = t->accepted = false;
		t->failures++;
		snprintf(t->note, sizeof(t->note), "%s", t->run.note);
		fail(t, LIFE_FAIL);
		return false;
	}
	t->accepted = false;
	doubt(t);
	task_step(t, LIFE_STARTED, 0);
	return true;
}

static void
on_leftover_gone(struct leftover *l, void *arg)
{
	struct task *t = arg;
	enum life_state was = t->life.state;

	(void)l;
	taskcheck_anew(t); /* its run may have changed anything */
	if (t->removed || t->begun != NULL)
		t->host->on_over(t, false, t->host->arg);
	/* Who pauses the rule waits for this. */
	if (!t->removed && t->life.state == was)
		t->host->on_state(t, was, t->host->arg);
	t->host->on_turn(t->host->arg);
}

int
taskrun_seek(struct task *t)
{
	return taskrun_goes_on(t) ? 0 : leftover_seek(&t->leftover, t->rule);
}

static void
on_grace(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct task *t = w->data;

	(void)loop;
	(void)revents;
	run_stop(&t->run);
}

bool
taskrun_is_held_up(const struct task *t)
{
	return leftover_is_waiting(&t->leftover);
}

bool
taskrun_goes_on(const struct task *t)
{
	return run_is_active(&t->run) || taskrun_is_held_up(t);
}

void
taskrun_stop(struct task *t, bool now)
{
	struct ev_loop *loop = t->host->place->loop;

	if (!run_is_active(&t->run))
		return;
	ev_timer_stop(loop, &t->grace);
	ev_timer_set(&t->grace, now ? 0 : t->rule->stop_timeout, 0);
	ev_timer_start(loop, &t->grace);
}

void
taskrun_rebind(struct task *t, const struct rule *rule, bool changed)
{
	run_rebind(&t->run, rule, changed);
	t->leftover.helper.name = rule->name;
	if (changed)
		t->ran_well = true;
}

void
taskrun_init(struct task *t)
{
	t->records = -1;
	run_init(&t->run, t->host->place, &t->host->mounts, on_run_event, t);
	leftover_init(&t->leftover, t->host->place, on_leftover_gone, t);
	ev_init(&t->grace, on_grace);
	t->grace.data = t;
}

void
taskrun_fini(struct task *t)
{
	ev_timer_stop(t->host->place->loop, &t->grace);
	leftover_close(&t->leftover);
	run_close(&t->run);
}
