/*
 * pipe - named pipes as hints: any write, or a bare touch, and nothing else.
 *
 * Each pipe is held open read-write and non-blocking, so that no writer ever
 * waits and no touch is ever refused; what comes is read and thrown away
 * without a look.  A touch moves no bytes but changes the pipe's times: events
 * of the pipes alone tell.
 *
 * A pipe outside the run directory is kept from other daemons by a lock file
 * beside it, PATH.lock.  The callback may add and drop pipes, but not free the
 * set; pipe_add() and pipe_drop() never call back.
 *
 * Owns: the inlets, and the events that they share.
 * Uses: log, trigger, discard, events, fifo, inlet, libev.
 */

#ifndef PIPE_H
#define PIPE_H

#include <sys/types.h>

#include <stdbool.h>

#include <ev.h>

#include "triggers/trigger.h"

struct pipe_set; /* all pipes of the daemon */

/* What one pipe should be.  (uid_t)-1, (gid_t)-1: leave as made. */
struct pipe_spec {
	const char *name; /* for the log */
	const char *path;
	uid_t owner;
	gid_t group;
	mode_t mode;
	unsigned topic;
};

/* run_dir: where a regular file of root's in a pipe's place is taken as a hint
 * and removed (a touch that came while no pipe was there); it is copied.
 * Returns NULL with a warning logged. */
struct pipe_set *pipe_set_new(
    struct ev_loop *loop, const char *run_dir, trigger_fn *fn, void *arg);

/* Make the pipe if it is missing, check that it is one of ours, open it.
 * Strings are copied.  Returns 0, or -1: see pipe_refusal(). */
int pipe_add(struct pipe_set *set, const struct pipe_spec *spec);

/* "NAME: PATH: REASON" of the last that could not be added. */
const char *pipe_refusal(const struct pipe_set *set);

/* Stop listening to a topic's pipe.  The pipe stays in the file system. */
void pipe_drop(struct pipe_set *set, unsigned topic);

/* Read everything that is there now, calling back for it.  Bounded: a writer
 * that never stops cannot hold us. */
void pipe_drain(struct pipe_set *set);

/* Are the pipes still in their places?  A removed one is made anew.  For the
 * scan: the events tell the same, sooner, and where there are none it is tried
 * to have them. */
void pipe_set_verify(struct pipe_set *set);

/* Which pipes tell of no touch, so that it is found only by pipe_set_verify()
 * and pipe_drain(), or are not open, and tell of nothing until the former opens
 * them; and why: for people, until the next call.  NULL: none. */
const char *pipe_degraded(struct pipe_set *set);

/* True once after that has changed. */
bool pipe_take_news(struct pipe_set *set);

/* Close everything; the pipes stay, so that hints made while the daemon is
 * down find them.  Accepts NULL. */
void pipe_set_free(struct pipe_set *set);

#endif
