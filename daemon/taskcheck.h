/*
 * taskcheck - the checks of a task, and what is made of their answers.
 *
 * Owns: of the task: its look, the record kept for it, the members that say
 * what was found.
 * Uses: log, clock, check, lifecheck, kept, look, task.
 */

#ifndef TASKCHECK_H
#define TASKCHECK_H

#include "daemon/task.h"

/* After task_init(). */
void taskcheck_init(struct task *t);

/* The life was released: look, and step it by what is found, now or when a
 * helper has answered. */
void taskcheck_begin(struct task *t);

/* What is to be said of it now, for people.  A check that goes on to a run is
 * described when somebody asks, or when the command has begun. */
const char *taskcheck_note(struct task *t);

/* The rule is said anew. */
void taskcheck_rebind(struct task *t, const struct rule *rule);

/* Wait for no answer any more; nothing is lost but a look. */
void taskcheck_stop(struct task *t);

/* What is asked, or was, is out of date: ask anew.  A look that is under way
 * would answer to a life that has gone on, beside the next. */
void taskcheck_anew(struct task *t);

void taskcheck_fini(struct task *t);

#endif
