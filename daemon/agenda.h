/*
 * agenda - what is to be done at once: the checks and runs that may begin now.
 *
 * Two lists, held and queued, worked off in order: a check that a client
 * waits for comes before all others, so that who asks about one rule does not
 * wait for a thousand.  A turn of the loop begins only so much of it; the rest
 * has its turns after whatever else has happened.
 *
 * Owns: the lists.
 * Uses: log, rule, life, task, taskcheck, taskrun, tasks, order, libev.
 */

#ifndef AGENDA_H
#define AGENDA_H

#include <stdbool.h>

#include <ev.h>

#include "daemon/tasks.h"

/* What a turn may cost, and what is counted, in sources that are looked at:
 * some 2 microseconds each. */
#define AGENDA_TURN 2048
#define AGENDA_CHECK 32   /* each check, besides its sources */
#define AGENDA_HELPER 512 /* forking one */
#define AGENDA_RUN 1024   /* starting a command */

struct agenda {
	struct ev_loop *loop;
	const struct tasks *tasks; /* not owned */
	struct task_list held, queued;
	int builds; /* running now */
	bool working, stopped, unfinished;
	unsigned turn; /* the loop's, and what is left of it: */
	long left;
	ev_check more; /* each turn goes on with the rest, */
	ev_idle awake; /* and none sleeps before */
};

void agenda_init(
    struct agenda *a, struct ev_loop *loop, const struct tasks *tasks);

/* A task has another state: it comes on a list, or goes off it. */
void agenda_move(struct agenda *a, struct task *t);

/* It is no more. */
void agenda_forget(struct task *t);

/* A run that had started is over. */
void agenda_end_run(struct agenda *a, struct task *t);

/* Begin what may begin, as much as this turn has left. */
void agenda_work(struct agenda *a);

/* Is there more for the turns to come? */
bool agenda_has_more(const struct agenda *a);

/* Begin nothing any more. */
void agenda_stop(struct agenda *a);

#endif
