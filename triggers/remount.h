/*
 * remount - tells that something was mounted or unmounted.
 *
 * A mount gives no event to those who watch what it hides, nor does it show
 * what it brings.  On Linux the table of mounts can be polled; elsewhere only
 * the scan finds out.  Mounts come in bursts, and what follows may take long:
 * so they are told with a delay, unless somebody asks.
 *
 * Owns: two descriptors of the table, a timer.
 * Uses: log, libev.
 */

#ifndef REMOUNT_H
#define REMOUNT_H

#include <stdbool.h>

#include <ev.h>

/* Must not stop it.  What follows from it is done when remount_done() is
 * called; until then nothing more is told. */
typedef void remount_fn(void *arg);

struct remount {
	struct ev_loop *loop; /* NULL: not started */
	int table_fd;   /* asked by us; a poll forgets what it tells, so */
	int wake_up_fd; /* this one is for the loop alone */
	ev_io changed;
	ev_timer delay;
	double told_at; /* by the loop's clock; 0: nothing was told */
	bool missed;    /* the delay has ended since */
	remount_fn *fn;
	void *arg;
};

/* Without a table of mounts it never tells, and logs that; on the BSDs it
 * never tells. */
void remount_start(
    struct remount *r, struct ev_loop *loop, remount_fn *fn, void *arg);

/* Twice is fine, and so is one that is zeroed. */
void remount_stop(struct remount *r);

/* Dealt with, and so it may be told again by and by.  Ignored if nothing was
 * told. */
void remount_done(struct remount *r);

/* Tell now, if there is anything to tell. */
void remount_drain(struct remount *r);

#endif
