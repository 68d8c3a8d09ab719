/*
 * helper - do something that may block in a process of its own.
 *
 * A forked copy of the daemon runs one function and answers with one struct on
 * a pipe.  It first closes the daemon's other descriptors but the standard
 * ones and "keep_fd", and resets signals.  A helper that says nothing within
 * its time is killed; one that dies without an answer is reported as such.  One
 * that waits for a file system that does not answer may not die before that
 * does: till then on_end() is not called, unless it may be given up.  When the
 * daemon ends, in whatever way, its helpers end at once: what they do must
 * stand that at any point.
 *
 * Owns: the process, the pipe, a timer.
 * Uses: log, fdrange, child, spawn, libev.
 */

#ifndef HELPER_H
#define HELPER_H

#include <stdbool.h>
#include <stddef.h>

#include <ev.h>

#include "daemon/child.h"

#define HELPER_TIMEOUT 60.     /* seconds, for what belongs to no rule */
#define HELPER_ANSWER_MAX 4096 /* bytes: one atomic write to a pipe */

struct helper;

/* Runs in the child: fill "answer" (zeroed, of the size given). */
typedef void helper_fn(void *answer, void *arg);

/* Runs in the daemon: "answer" is NULL if the helper died or hung, valid only
 * during the call.  The helper may be started again from here. */
typedef void helper_end_fn(struct helper *h, const void *answer, void *arg);

struct helper {
	const char *name; /* for the log; not owned */
	struct ev_loop *loop;
	bool running;
	bool timed_out;  /* the last one was killed for that */
	bool outlives;   /* goes on when the daemon ends: it will see to that by
			  itself.  Set it before helper_start(). */
	bool disposable; /* may be given up.  Set it before helper_start(). */
	bool stuck;      /* given up, and still there: no other is started */
	int answer_fd;
	int also_fd; /* kept open in the helper too; -1: none.  Set it before
			helper_start(). */
	ev_timer timeout;
	struct child child;
	size_t size;
	helper_end_fn *on_end;
	void *arg;
};

void helper_init(struct helper *h);

/* Returns 0, or -1 with errno and a warning logged; EBUSY, and nothing logged,
 * if the last one runs, or was given up and is still there.  timeout in
 * seconds, 0: none; keep_fd -1: none. */
int helper_start(struct helper *h, struct ev_loop *loop,
    struct child_pool *pool, const char *name, helper_fn *fn, size_t size,
    double timeout, int keep_fd, helper_end_fn *on_end, void *arg);

/* Let it go on if it outlives, and free everything, without on_end. */
void helper_leave(struct helper *h);

/* Kill it and free everything, without on_end. */
void helper_close(struct helper *h);

#endif
