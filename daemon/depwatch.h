/*
 * depwatch - has the dependencies of rules watched, some at each turn.
 *
 * A command may report 100,000 of them, and to name so many to the watches
 * takes a fifth of a second: too long for one turn of the loop.
 *
 * Owns: a copy of the paths that are not watched yet, a timer.
 * Uses: log, pattern, stampset, triggers/watch, libev.
 */

#ifndef DEPWATCH_H
#define DEPWATCH_H

#include <sys/queue.h>

#include <ev.h>

#include "daemon/stampset.h"
#include "triggers/watch.h"

/* All are watched now, later than they were asked for: look once more. */
typedef void depwatch_fn(unsigned topic, void *arg);

struct depwatch_list;

struct depwatch {
	struct ev_loop *loop; /* NULL: not started */
	struct watch *watch;  /* not owned */
	depwatch_fn *fn;
	void *arg;
	ev_timer turn;
	TAILQ_HEAD(depwatch_lists, depwatch_list) lists;
};

void depwatch_start(struct depwatch *d, struct ev_loop *loop,
    struct watch *watch, depwatch_fn *fn, void *arg);

/* Watch for a topic the entries of "sources" whose origin is STAMP_DEP, and
 * nothing else any more.  A few are watched when this returns; "fn" is called
 * for many.  Without memory the process ends. */
void depwatch_set(
    struct depwatch *d, unsigned topic, const struct stamp_set *sources);

/* Watch none for it. */
void depwatch_drop(struct depwatch *d, unsigned topic);

/* Accepts one that is zeroed. */
void depwatch_stop(struct depwatch *d);

#endif
