/*
 * handover - half of the work done in a second process, and its results given
 * to the first: lists, paths with their stamps, and what it has said.
 *
 * start; in the second process give, which ends it; in the first take, which
 * waits for that.
 *
 * Owns: the process, and three files in memory.
 * Uses: leave, lastrun, log.
 */

#ifndef HANDOVER_H
#define HANDOVER_H

#include <sys/types.h>

#include <stdbool.h>
#include <time.h>

#include "builders/deps.h"
#include "builders/lastrun.h"
#include "builders/lists.h"

struct handover {
	pid_t pid;
	int result_fd;
	int log_fd;  /* the second's standard error */
	int said_fd; /* what the first has said */
};

enum handover_role {
	HANDOVER_FIRST,
	HANDOVER_SECOND,
	HANDOVER_ALONE /* there is no second: no reason to fail */
};

/* What is told beside the lists. */
struct handover_about {
	bool changing; /* see struct recipients */
	bool troubled;
};

enum handover_role handover_start(struct handover *h);

/* In the second: give the lists and all paths used, and end.  "started" as for
 * leave_lists(). */
void handover_give(struct handover *h, const struct handover_about *about,
    const struct lists *lists, const struct deps *deps,
    const struct timespec *started) __attribute__((noreturn));

/* In the first: log what the second has logged, use its paths and put its lists
 * into "out", which stays as long as both.  Returns 0; or -1, and nothing has
 * happened. */
int handover_take(struct handover *h, struct handover_about *about,
    struct lastrun *out, struct deps *deps);

#endif
