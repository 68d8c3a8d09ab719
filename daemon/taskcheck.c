#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/clock.h"
#include "daemon/lifecheck.h"
#include "daemon/log.h"
#include "daemon/taskcheck.h"

static void
remember_path(struct task *t, const char *path)
{
	if (t->path != NULL && strcmp(t->path, path) == 0)
		return;
	free(t->path);
	t->path = path[0] != '\0' ? strdup(path) : NULL;
}

const char *
taskcheck_note(struct task *t)
{
	if (t->undescribed && t->look.check != NULL) {
		check_describe(t->look.check);
		snprintf(t->note, sizeof(t->note), "%s", t->look.check->how);
	}
	t->undescribed = false;
	return t->note;
}

static void
note_blocked(struct task *t)
{
	char before[sizeof(t->note)];

	check_describe(t->look.check);
	memcpy(before, t->note, sizeof(before));
	snprintf(t->note, sizeof(t->note), "%.200s%s%.100s",
	    t->look.check->path, t->look.check->path[0] != '\0' ? ": " : "",
	    t->look.check->how);
	if (strcmp(before, t->note) != 0)
		log_warnx("%s: blocked: %s", t->rule->name, t->note);
}

/* As it was when a run ended for good, perhaps one of another daemon's.  What
 * we know ourselves of the same try is not touched. */
static void
adopt_tried(struct task *t)
{
	const struct stamp_tried *tried = &t->look.check->tried.tried;
	double longest = t->rule->retry_longest, left = 0;
	enum life_state trouble = LIFE_WAITING;

	if (tried->ending == STAMP_REFUSED) {
		trouble = LIFE_REFUSED;
		left = longest - (double)(clock_wall_ms() - tried->at) / 1000;
		if (left > longest) /* the clock was set back */
			left = longest;
	}
	if (t->life.trouble == trouble)
		return;
	t->life.trouble = trouble;
	t->life.retry_at = trouble == LIFE_WAITING
			       ? 0
			       : clock_monotonic() + (left > 0 ? left : 0);
	t->ran_well = false;
	snprintf(t->note, sizeof(t->note), "%s", tried->note);
	log_info("%s: not run again, nothing has changed since: %s",
	    t->rule->name, t->note);
}

/* A rule that is behind because it is asked has nothing to compare: for all we
 * know, what its command found wrong has changed with each new hint. */
static bool
is_news(const struct task *t)
{
	const struct rule *rule = t->rule;
	unsigned hints = CHECK_PIPE | CHECK_START;

	if (rule->always)
		hints |= CHECK_SCAN;
	else if (rule->kind != RULE_PLAIN)
		return false;
	if ((t->life.fresh & hints) == 0)
		return false;
	return t->life.trouble == LIFE_WAITING ||
	       (t->life.trouble == LIFE_CURRENT &&
		   t->look.check->tried.tried.ending == STAMP_SOURCE_WRONG);
}

static enum life_event
event_of(struct task *t, unsigned asking)
{
	const struct check *c = t->look.check;

	switch (c->verdict) {
	case STAMP_CURRENT:
		return LIFE_FOUND_CURRENT;
	case STAMP_IDLE:
		return LIFE_FOUND_IDLE;
	case STAMP_BLOCKED:
		return LIFE_FOUND_BLOCKED;
	case STAMP_BEHIND:
		break;
	}
	if (asking & CHECK_RUN || is_news(t))
		return LIFE_FOUND_ASKED;
	if (t->life.trouble != LIFE_CURRENT &&
	    digest_equal(c->digest, t->failed))
		return LIFE_FOUND_SAME;
	if (c->same) {
		adopt_tried(t);
		return LIFE_FOUND_SAME;
	}
	if (c->reason == STAMP_ASKED || c->reason == STAMP_ALWAYS)
		return LIFE_FOUND_ASKED;
	return LIFE_FOUND_BEHIND;
}

/* A run may have reported other dependencies.  They are watched only from now
 * on, after they were stamped: so look once more. */
static void
compare_deps(struct task *t)
{
	struct check *c = t->look.check;

	if (!t->rule->uses_deps || c->verdict == STAMP_BLOCKED ||
	    digest_equal(c->deps, t->deps))
		return;
	if (check_fetch(c) == -1) {
		log_warn("%s: dependencies", t->rule->name);
		return;
	}
	t->deps = c->deps;
	t->host->on_deps(t, &c->now, t->host->arg);
	t->life.asked |= CHECK_OTHER;
}

static void
end_check(struct task *t, unsigned asking)
{
	enum life_event event = event_of(t, asking);

	compare_deps(t);

	t->checks++;
	t->looked = t->look.check->now.count;
	t->check_us = (int64_t)(t->look.check->seconds * 1e6);
	t->life.check_not_before =
	    clock_monotonic() + 10 * t->look.check->seconds;
	t->reason = t->look.check->reason;
	remember_path(t, t->look.check->path);
	if (event == LIFE_FOUND_BLOCKED)
		note_blocked(t);
	t->undescribed =
	    event != LIFE_FOUND_BLOCKED && event != LIFE_FOUND_SAME;
	if (t->look.check->vanished && !t->vanished)
		log_warnx("%s: %s: vanished, and is not made anew",
		    t->rule->name, t->rule->target);
	t->vanished = t->look.check->vanished;
	if (t->look.check->changed_at > t->over_at)
		lifecheck_calm(&t->life, clock_monotonic());
	task_step(t, event, 0);
	if (event == LIFE_FOUND_BLOCKED && !life_is_busy(t->life.state))
		t->accepted = false; /* who asked is told that it did not run */
	if (t->life.state == LIFE_QUEUED)
		return;
	(void)taskcheck_note(t);
	look_drop(&t->look);
}

static void
on_looked(void *arg)
{
	struct task *t = arg;

	end_check(t, t->life.asking);
	t->host->on_turn(t->host->arg);
}

void
taskcheck_begin(struct task *t)
{
	unsigned asking = lifecheck_begin(&t->life);

	t->undescribed = false;
	if (look_start(&t->look, asking & ~(unsigned)LIFE_INSIST))
		end_check(t, t->life.asking);
}

/* A rule at rest writes no record by itself. */
static bool
may_write(void *arg)
{
	const struct task *t = arg;

	return !life_is_busy(t->life.state) && !look_is_active(&t->look);
}

static void
on_kept(void *arg)
{
	struct task *t = arg;

	t->host->on_fact(t->host->arg);
}

void
taskcheck_init(struct task *t)
{
	const struct run_place *place = t->host->place;

	t->look = (struct look){ .place = place,
		.mounts = &t->host->mounts,
		.kept = &t->kept,
		.on_answer = on_looked,
		.arg = t,
		.rule = t->rule };
	look_init(&t->look);
	t->kept = (struct kept){ .loop = place->loop,
		.pool = place->pool,
		.state_dir = place->state_dir,
		.name = t->rule->name,
		.first = t->rule->retry_first,
		.longest = t->rule->retry_longest,
		.may = may_write,
		.on_change = on_kept,
		.arg = t };
	kept_init(&t->kept);
}

void
taskcheck_rebind(struct task *t, const struct rule *rule)
{
	/* While it was not watched, nor were its dependencies. */
	if (rule->watch != t->look.rule->watch)
		memset(&t->deps, 0, sizeof(t->deps));
	look_rebind(&t->look, rule);
	t->kept.name = rule->name;
	t->kept.helper.name = rule->name;
	t->kept.first = rule->retry_first;
	t->kept.longest = rule->retry_longest;
}

void
taskcheck_stop(struct task *t)
{
	look_stop(&t->look);
}

void
taskcheck_anew(struct task *t)
{
	taskcheck_stop(t);
	task_step(t, LIFE_CHANGED, 0);
}

void
taskcheck_fini(struct task *t)
{
	look_close(&t->look);
	kept_close(&t->kept);
	free(t->path);
}
