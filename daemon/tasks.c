#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/log.h"
#include "daemon/taskcheck.h"
#include "daemon/taskrun.h"
#include "daemon/tasks.h"

struct tasks_old {
	struct rule_set *set;
	struct tasks_old *next;
};

static struct task *
in_slot(const struct tasks *ts, unsigned topic)
{
	if (topic == 0 || topic > ts->slot_count)
		return NULL;
	return ts->slots[topic - 1];
}

struct task *
tasks_by_topic(const struct tasks *ts, unsigned topic)
{
	struct task *t = in_slot(ts, topic);

	return t == NULL || t->removed ? NULL : t;
}

bool
tasks_is_running(const struct tasks *ts, unsigned topic)
{
	const struct task *t = in_slot(ts, topic);

	return t != NULL && taskrun_goes_on(t);
}

struct task *
tasks_of_rule(const struct tasks *ts, const struct rule *rule)
{
	return ts->all[rule - ts->set->rules];
}

static struct task *
new_task(struct task_host *host, const struct rule *rule)
{
	struct task *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	task_init(t, host, rule);
	taskcheck_init(t);
	taskrun_init(t);
	return t;
}

/* Who has it on a list takes it off, or the list goes too. */
static void
free_task(struct task *t)
{
	if (t == NULL)
		return;
	taskrun_fini(t);
	taskcheck_fini(t);
	task_fini(t);
	free(t);
}

/* A free slot, or a new one; what comes back is the topic, 0 without memory. */
static unsigned
take_slot(struct tasks *ts, struct task *t)
{
	struct task **more;
	size_t i;

	for (i = 0; i < ts->slot_count; i++)
		if (ts->slots[i] == NULL)
			break;
	if (i == ts->slot_count) {
		more = reallocarray(ts->slots, i + 64, sizeof(*more));
		if (more == NULL)
			return 0;
		memset(more + i, 0, 64 * sizeof(*more));
		ts->slots = more;
		ts->slot_count = i + 64;
	}
	ts->slots[i] = t;
	return (unsigned)i + 1;
}

static struct task *
by_name(const struct tasks *ts, const char *name)
{
	const struct rule *rule;

	rule = ts->set == NULL ? NULL : rule_find(ts->set, name);
	return rule == NULL ? NULL : tasks_of_rule(ts, rule);
}

/* Rules that the old set does not know; nothing of the old changes.  On
 * failure the new ones are gone again. */
static struct task **
prepare(struct tasks *ts, const struct rule_set *set)
{
	struct task **rules, *t;
	size_t i;

	rules = calloc(set->rule_count + 1, sizeof(struct task *));
	for (i = 0; rules != NULL && i < set->rule_count; i++) {
		if (by_name(ts, set->rules[i].name) != NULL)
			continue;
		t = rules[i] = new_task(ts->host, &set->rules[i]);
		if (t == NULL || (t->topic = take_slot(ts, t)) == 0)
			break;
	}
	if (rules == NULL || i == set->rule_count)
		return rules;
	for (i = 0; i < set->rule_count; i++) {
		if (rules[i] != NULL && rules[i]->topic != 0)
			ts->slots[rules[i]->topic - 1] = NULL;
		free_task(rules[i]);
	}
	free(rules);
	errno = ENOMEM;
	return NULL;
}

static bool
has_target(const struct task *t, const struct rule *rule)
{
	return rule->target != NULL && t->rule->target != NULL &&
	       strcmp(t->rule->target, rule->target) == 0;
}

/* An earlier daemon's run is met when its rule is to start.  Who follows this
 * one, with another name and lock, would not meet it. */
static void
seek_before(const struct tasks *ts, struct task *t, const struct rule *now)
{
	if (now == NULL || (t->rule->target != NULL && !has_target(t, now)))
		(void)tasks_seek(ts, t); /* or it goes on unknown */
}

/* The old rule goes on under its new text. */
static void
adopt(struct task *t, const struct rule *rule, bool *changed)
{
	*changed = !digest_equal(t->rule->identity, rule->identity);
	if (*changed && t->begun == NULL && taskrun_goes_on(t))
		t->begun = t->rule;
	t->rule = rule;
	taskcheck_rebind(t, rule);
	taskrun_rebind(t, rule, *changed);
}

/* Take a rule out that the new set does not have.  What runs may end, and who
 * waits for that knows it by its topic. */
static void
leave(struct tasks *ts, struct task *t)
{
	log_info("%s: removed", t->rule->name);
	t->host->on_gone(t, t->host->arg);
	task_stop(t);
	taskcheck_stop(t); /* its topic was forgotten, and no run follows */
	t->removed = true;
	TAILQ_INSERT_TAIL(&ts->leaving, t, link);
}

int
tasks_load(struct tasks *ts, struct rule_set *set)
{
	struct task **rules, **old = ts->all, *known;
	struct tasks_old *keep = malloc(sizeof(*keep));
	size_t i, old_count = ts->count;
	bool changed;

	rules = keep == NULL ? NULL : prepare(ts, set);
	if (rules == NULL) {
		free(keep);
		return -1;
	}
	for (i = 0; i < old_count; i++)
		seek_before(ts, old[i], rule_find(set, old[i]->rule->name));
	for (i = 0; i < old_count; i++)
		if (rule_find(set, old[i]->rule->name) == NULL)
			leave(ts, old[i]);
	for (i = 0; i < set->rule_count; i++) {
		known = by_name(ts, set->rules[i].name);
		if (known == NULL) {
			task_begin(rules[i], set->scan);
			continue;
		}
		rules[i] = known;
		adopt(known, &set->rules[i], &changed);
		task_set_terms(known, set->scan);
		if (changed)
			taskcheck_anew(known);
	}
	*keep = (struct tasks_old){ .set = ts->set, .next = ts->old };
	ts->old = keep;
	ts->all = rules;
	ts->count = set->rule_count;
	ts->set = set;
	free(old);
	return 0;
}

static bool
is_active(const struct task *t)
{
	return run_is_active(&t->run) || look_is_active(&t->look);
}

/* Does any run go on for a rule of an old set? */
static bool
is_begun(const struct tasks *ts)
{
	size_t i;

	for (i = 0; i < ts->count; i++)
		if (ts->all[i]->begun != NULL)
			return true;
	return false;
}

void
tasks_tidy(struct tasks *ts)
{
	struct task *t, *after;
	struct tasks_old *old;

	for (t = TAILQ_FIRST(&ts->leaving); t != NULL; t = after) {
		after = TAILQ_NEXT(t, link);
		if (is_active(t) || taskrun_is_held_up(t))
			continue;
		TAILQ_REMOVE(&ts->leaving, t, link);
		ts->slots[t->topic - 1] = NULL;
		free_task(t);
	}
	if (!TAILQ_EMPTY(&ts->leaving) || (ts->old != NULL && is_begun(ts)))
		return;
	while ((old = ts->old) != NULL) {
		ts->old = old->next;
		rule_set_free(old->set);
		free(old);
	}
}

bool
tasks_follows(const struct task *t, const struct task *before)
{
	const struct rule *rule = before->begun;

	if (before->removed && rule == NULL)
		rule = before->rule;
	if (before->removed && strcmp(t->rule->name, before->rule->name) == 0)
		return true;
	return t != before && rule != NULL && has_target(t, rule);
}

bool
tasks_must_wait(const struct tasks *ts, const struct task *t)
{
	const struct task *removed;
	size_t i;

	for (removed = TAILQ_FIRST(&ts->leaving); removed != NULL;
	     removed = TAILQ_NEXT(removed, link))
		if (taskrun_goes_on(removed) && tasks_follows(t, removed))
			return true;
	for (i = 0; ts->old != NULL && i < ts->count; i++)
		if (tasks_follows(t, ts->all[i]))
			return true;
	return false;
}

int
tasks_seek(const struct tasks *ts, struct task *t)
{
	/* A removed rule's run may hold the same lock. */
	return tasks_must_wait(ts, t) ? 0 : taskrun_seek(t);
}

static void
stop(struct task *t, bool now)
{
	task_stop(t);
	taskcheck_stop(t);
	taskrun_stop(t, now);
}

void
tasks_stop(struct tasks *ts, bool now)
{
	struct task *t;
	size_t i;

	for (i = 0; i < ts->count; i++)
		stop(ts->all[i], now);
	for (t = TAILQ_FIRST(&ts->leaving); t != NULL; t = TAILQ_NEXT(t, link))
		stop(t, now);
}

size_t
tasks_active(const struct tasks *ts)
{
	const struct task *t;
	size_t i, n = 0;

	for (i = 0; i < ts->count; i++)
		n += is_active(ts->all[i]);
	for (t = TAILQ_FIRST(&ts->leaving); t != NULL; t = TAILQ_NEXT(t, link))
		n += is_active(t);
	return n;
}

void
tasks_init(struct tasks *ts, struct task_host *host)
{
	memset(ts, 0, sizeof(*ts));
	ts->host = host;
	TAILQ_INIT(&ts->leaving);
}

void
tasks_fini(struct tasks *ts)
{
	struct task *t;
	size_t i;

	while ((t = TAILQ_FIRST(&ts->leaving)) != NULL) {
		TAILQ_REMOVE(&ts->leaving, t, link);
		free_task(t);
	}
	for (i = 0; i < ts->count; i++)
		free_task(ts->all[i]);
	ts->count = 0; /* nor does any keep an old set */
	tasks_tidy(ts);
	rule_set_free(ts->set);
	free(ts->all);
	free(ts->slots);
}
