#include <stdlib.h>

#include "daemon/taskcheck.h"
#include "daemon/taskstatus.h"

/* The word and, for a rule that rests well, no stale reason. */
static void
fill(struct task *t, struct status_rule *out)
{
	bool well = t->life.state == LIFE_CURRENT ||
		    t->life.state == LIFE_IDLE || t->life.state == LIFE_NEW;

	*out = (struct status_rule){ .name = t->rule->name,
		.checks = t->checks,
		.runs = t->runs,
		.failures = t->failures,
		.last_run_at = t->last_run_at,
		.last_ok_at = t->last_ok_at,
		.next_at = t->next_at,
		.run_ms = t->run_ms,
		.check_us = t->check_us,
		.records = t->records,
		.paused = t->paused,
		.degraded = kept_why(&t->kept) };
	if (out->degraded == NULL)
		out->degraded = t->degraded;
	out->state = life_word(t->life.state);
	if (well)
		return;
	out->reason = stamp_reason_word(t->reason);
	out->path = t->path;
	out->note = taskcheck_note(t);
}

int
taskstatus_fill(const struct tasks *ts, struct status *out)
{
	size_t i;

	out->rules = calloc(ts->count > 0 ? ts->count : 1, sizeof(*out->rules));
	if (out->rules == NULL)
		return -1;
	out->count = ts->count;
	for (i = 0; i < ts->count; i++)
		fill(ts->all[i], &out->rules[i]);
	return 0;
}
