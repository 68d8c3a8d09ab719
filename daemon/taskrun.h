/*
 * taskrun - the runs of a task, from its place in the queue to the last word.
 *
 * Owns: of the task: its run, the wait for a left-over one, the members that
 * say how runs went.
 * Uses: log, clock, rule, check, kept, look, run, leftover, task, libev.
 */

#ifndef TASKRUN_H
#define TASKRUN_H

#include "daemon/task.h"

/* After task_init(). */
void taskrun_init(struct task *t);

/* Run by the check that the task was queued with.  True: it has started, and
 * on_over() will be called. */
bool taskrun_start(struct task *t);

bool taskrun_is_build(const struct task *t);

/* Does a run go on that an earlier daemon has started?  Or that, or our own? */
bool taskrun_is_held_up(const struct task *t);
bool taskrun_goes_on(const struct task *t);

/* An earlier daemon's run is met when the rule is to start.  Look for one now,
 * and wait for it.  Returns 0, or -1 with a warning logged: that cannot be
 * told, or it cannot be waited for. */
int taskrun_seek(struct task *t);

/* Let what runs go on for its stop_timeout, then end it ("now": at once). */
void taskrun_stop(struct task *t, bool now);

/* The rule is said anew.  If it "changed", what runs is not installed. */
void taskrun_rebind(struct task *t, const struct rule *rule, bool changed);

void taskrun_fini(struct task *t);

#endif
