/*
 * prepare - what may take long before a command: done in its own process.
 *
 * A full scratch directory is emptied there; that the target was marked is
 * synced before the command can write it; and a command or a directory that
 * did not lie, or does not lie, on a file system that is local is looked at
 * there: the daemon itself would wait as long as its server does not answer.
 *
 * Owns: nothing.
 * Uses: log, begun, rule, mounts, ground, program, scratch, spawn.
 */

#ifndef PREPARE_H
#define PREPARE_H

#include <stdbool.h>

#include "daemon/mounts.h"
#include "daemon/rule.h"
#include "daemon/spawn.h"

struct prepare {
	const struct rule *rule; /* not owned, nor is state_dir */
	const char *state_dir;
	bool crowded; /* the scratch directory could not be emptied briefly */
	bool begun;   /* the target was marked just now: see begun.h */
	bool far;     /* program or dir is */
};

/* Tell where the rule's program and directory lie, touching neither; fill the
 * other members before.  If there is anything to prepare, the spawn is told. */
void prepare_plan(struct prepare *p, struct mounts *mounts, struct spawn *s);

#endif
