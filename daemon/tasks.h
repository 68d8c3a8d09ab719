/*
 * tasks - the tasks of the rules in force, and how new rules take over.
 *
 * A task is found by its topic, a number that stays with it over a reload, or
 * by its rule.  Rules that are in the old set too keep their task; a removed
 * rule's task keeps its topic and stays on "leaving" until its run has ended,
 * and so do the sets that were replaced, also while a run goes on that was
 * begun for a rule of theirs.
 *
 * Owns: the tasks, the sets of rules.
 * Uses: log, rule, life, run, look, task, taskcheck, taskrun.
 */

#ifndef TASKS_H
#define TASKS_H

#include "daemon/task.h"

struct tasks_old; /* a set that was replaced */

/* For others to read. */
struct tasks {
	struct task_host *host; /* not owned */
	struct rule_set *set;   /* in force; NULL: none yet */
	struct tasks_old *old;
	struct task **all; /* by index in the set */
	size_t count;
	struct task **slots; /* by topic - 1; NULL: free */
	size_t slot_count;
	struct task_list leaving;
};

void tasks_init(struct tasks *ts, struct task_host *host);

/* Take over a set, which is ours to free from then on.  Returns 0, or -1 with
 * errno (then nothing has changed). */
int tasks_load(struct tasks *ts, struct rule_set *set);

/* Free what removed rules have left. */
void tasks_tidy(struct tasks *ts);

/* Has it the name or the target of this removed one, or the target for which
 * the run of this one was begun, which has another now?  Does a run of any such
 * one go on? */
bool tasks_follows(const struct task *t, const struct task *before);
bool tasks_must_wait(const struct tasks *ts, const struct task *t);

/* taskrun_seek(), unless it has to wait for a run of ours. */
int tasks_seek(const struct tasks *ts, struct task *t);

/* NULL when there is none, or it was removed; of_rule: a rule of the set in
 * force. */
struct task *tasks_by_topic(const struct tasks *ts, unsigned topic);
struct task *tasks_of_rule(const struct tasks *ts, const struct rule *rule);

/* Does a run of it go on, though it may be removed? */
bool tasks_is_running(const struct tasks *ts, unsigned topic);

/* End everything early (see taskrun_stop()); how many are active still? */
void tasks_stop(struct tasks *ts, bool now);
size_t tasks_active(const struct tasks *ts);

/* Kill what runs and free everything. */
void tasks_fini(struct tasks *ts);

#endif
