/*
 * reported - the dependencies that a command has reported.
 *
 * A command that is told of ${deps} writes there what it read, one path a line.
 * They become sources of the rule, with the stamps from before the command
 * where they were known then.  A new one is stamped now: it counts as changed
 * unless the times of the file say that it is older than the run.  It may also
 * have gone since the command read it, or its path lead to another file now: if
 * the times on the way tell of that, it is doubtful.
 *
 * The command may be another user's, and so is what it wrote: a line that is no
 * path is an error, for a dependency that is lost is an update that is lost.
 *
 * Owns: nothing.
 * Uses: clock, stamp, stampset, rule, scratch, route.
 */

#ifndef REPORTED_H
#define REPORTED_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/rule.h"
#include "daemon/scratch.h"
#include "daemon/stampset.h"

#define REPORTED_MAX 4000000       /* paths that a command may report */
#define REPORTED_BYTES (256 << 20) /* all of them, with newlines */

/* The run of the command. */
struct reported_run {
	const struct rule *rule;
	const char *state_dir;
	const struct scratch *scratch;
	const struct stamp_set *before; /* stamps taken before it; sorted */
	int64_t started_at;             /* nanoseconds since the epoch */
	double began;                   /* the same by clock_monotonic() */
};

struct reported_sets {
	struct stamp_set *sources;
	struct stamp_set *doubtful; /* sorted; marked as meanwhile does */
};

/* Add them to the sources, which are not sorted then, but for what we write
 * ourselves, and the doubtful ones to both sets.  Returns 0, or with the reason
 * in "why" 1 if there is no file that may be read, and -1 if what is in it is
 * no list of paths, or there is no end of it, or no memory: some may have been
 * added then.  Logs nothing. */
int reported_add(const struct reported_run *run, struct reported_sets *sets,
    char *why, size_t size);

#endif
