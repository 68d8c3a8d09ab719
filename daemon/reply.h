/*
 * reply - answers to clients, each in a FIFO that the client has made.
 *
 * An answer is one write of at most PIPE_BUF bytes, which does not block.  A
 * client that is not there any more loses it and disturbs nobody; one that is
 * there, but cannot be reached because the machine is in trouble (no
 * descriptor, no memory), is tried again for a while, for it would wait for
 * ever.
 *
 * Owns: the descriptor of RUN/reply, the answers that are not yet delivered, a
 * timer.
 * Uses: log, libev.
 */

#ifndef REPLY_H
#define REPLY_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>

#include <ev.h>

struct reply_answer;

struct reply_desk {
	struct ev_loop *loop;
	int dir_fd;
	ev_timer again;
	STAILQ_HEAD(reply_queue, reply_answer) queue;
	size_t count; /* in the queue */
};

/* Open RUN/reply, and remove what clients of an earlier daemon have left there.
 * Returns 0, or -1 with a warning logged. */
int reply_open(struct reply_desk *d, struct ev_loop *loop, const char *run_dir);

/* Is this a bare name, as a client may give it? */
bool reply_is_name(const char *name);

/* Deliver it now, or keep a copy and try again.  What is wrong with the FIFO is
 * logged. */
void reply_send(
    struct reply_desk *d, const char *name, const char *bytes, size_t n);

/* The same with an exit status on a line of its own, and text for people, which
 * is cut if it does not fit. */
void reply_say(struct reply_desk *d, const char *name, int status,
    const char *fmt, ...) __attribute__((__format__(__printf__, 4, 5)));

/* Give up what is not delivered.  Accepts one that failed to open. */
void reply_close(struct reply_desk *d);

#endif
