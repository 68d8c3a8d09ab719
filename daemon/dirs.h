/*
 * dirs - the daemon's own directories, and the lock that makes it the only one.
 *
 * Both belong to the daemon's user and nobody else may write in them: a
 * directory that somebody else could have prepared is refused.
 *
 * Owns: the descriptor of the lock.
 * Uses: log, rule.
 */

#ifndef DIRS_H
#define DIRS_H

#include "daemon/rule.h"

/* Make run/ and state/ and what belongs in them, where they are missing, check
 * owner and mode, and take RUN/lock.  Returns the descriptor that holds the
 * lock, or -1 with a warning logged (EWOULDBLOCK: another daemon has it). */
int dirs_open(const struct rule_set *set);

#endif
