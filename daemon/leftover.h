/*
 * leftover - a run that outlived the daemon that started it.
 *
 * The command of a run holds its rule's lock, also when the daemon was killed.
 * The next daemon does not start the rule beside it: it waits until the lock
 * is free, and ends the command's group when it has taken longer than the
 * rule's timeout, if it can tell for certain which group that is.  What the
 * command has left behind when it ended may keep the lock of a dead daemon for
 * ever: then that lock's file is removed, and the rule gets another.
 *
 * Owns: a helper that sleeps in flock(2), a timer.
 * Uses: log, rule, runlock, job, helper, libev.
 */

#ifndef LEFTOVER_H
#define LEFTOVER_H

#include <sys/types.h>

#include <ev.h>

#include "daemon/helper.h"
#include "daemon/run.h"

struct leftover;

/* The lock is free; a rule may be started again from here. */
typedef void leftover_fn(struct leftover *l, void *arg);

struct leftover {
	const struct run_place *place;
	struct helper helper;
	ev_timer timeout;
	char *lock_path;
	double stop_timeout;
	pid_t group; /* 0: not known */
	bool terminated;
	leftover_fn *on_free;
	void *arg;
};

void leftover_init(struct leftover *l, const struct run_place *place,
    leftover_fn *on_free, void *arg);

/* Wait for the lock of this rule; says so once in the log.  Returns 0, or -1
 * with a warning logged. */
int leftover_wait(struct leftover *l, const struct rule *rule);

/* Is there any?  Then wait for it.  Returns 0, or -1 with a warning logged:
 * that cannot be told, or it cannot be waited for. */
int leftover_seek(struct leftover *l, const struct rule *rule);

bool leftover_is_waiting(const struct leftover *l);

/* Stop waiting.  The left-over run goes on. */
void leftover_close(struct leftover *l);

#endif
