/*
 * dirs - the daemon's own directories, and the locks that make it the only one.
 *
 * Both belong to the daemon's user and nobody else may write in them: a
 * directory that somebody else could have prepared is refused.  Two daemons
 * with one state and different run directories would write the same records
 * and empty each other's scratch directories, so each directory has its lock.
 *
 * Owns: the descriptors of the locks.
 * Uses: log, rule, trust, runlock.
 */

#ifndef DIRS_H
#define DIRS_H

#include <stdbool.h>

#include "daemon/rule.h"

struct dirs {
	int run_fd, state_fd; /* they hold the locks, or are -1 */
	bool waited;          /* somebody else held one of them at first */
};

/* Make run/ and state/ and what belongs in them, where they are missing, check
 * owner and mode, and take and sign RUN/lock and STATE/lock, for which children
 * of a daemon that was killed are waited for up to 10 s each.  Returns 0, or -1
 * with a warning logged (EWOULDBLOCK: another daemon has one of them) and
 * nothing to close. */
int dirs_open(const struct rule_set *set, struct dirs *dirs);

/* The locks name nobody any more.  Twice is fine. */
void dirs_close(struct dirs *dirs);

#endif
