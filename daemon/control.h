/*
 * control - the pipe that clients write commands to, and the answers.
 *
 * RUN/control takes one line for each command, at most LINE_SIZE bytes:
 *
 *	WORD [RULE...] REPLY
 *
 * An empty line is nothing.  Our client writes a newline before its line, too,
 * so that it never is the end of one that somebody else has begun.  Half a line
 * is dropped when the pipe is empty, an overlong one up to its newline.
 *
 * REPLY names a FIFO that the client made in RUN/reply.  The answer is one
 * write of at most PIPE_BUF bytes: the exit status on a line of its own, then
 * text for people.
 *
 * Owns: the control pipe, the commands that wait for lists.
 * Uses: log, line, hold, verbs, request, reply, sched, clients, libev.
 */

#ifndef CONTROL_H
#define CONTROL_H

#include <sys/queue.h>
#include <sys/types.h>

#include <ev.h>

#include "daemon/clients.h"
#include "daemon/line.h"
#include "daemon/reply.h"
#include "daemon/request.h"
#include "daemon/sched.h"

#define CONTROL_CLIENTS_MAX 256           /* that wait for an answer */
#define CONTROL_WORDS_MAX (LINE_SIZE / 2) /* in one command: no line has more */

/* What control asks of whoever opened it. */
struct control_calls {
	void (*drain)(void *arg); /* read all hints, before a sync */
	/* Read the configuration anew; the exit status for the client, with
	 * what went wrong added to the request's text. */
	int (*reload)(struct request *r, void *arg);
	/* Run the list commands that these rules (count 0: all) depend on:
	 * a ticket, and has that been served? */
	uint64_t (*list)(char *const *names, size_t count, void *arg);
	bool (*is_listed)(uint64_t ticket, void *arg);
	/* Name those that are in trouble. */
	clients_complain_fn *complain;
	void *arg;
};

struct control_parked;

struct control {
	struct ev_loop *loop;
	char *path;
	int fd;
	int writer_fd; /* our own: see hold.h */
	struct reply_desk replies;
	ev_io readable;
	struct line_buf partial;
	struct request *reloaded; /* for all who ask for it in this turn */
	int reload_status;
	struct clients clients;
	STAILQ_HEAD(parked_list, control_parked) parked; /* wait for lists */
	size_t parked_count;
	struct control_calls calls;
};

/* Make RUN/control (0600, or 0620 with a group) and listen.  Returns 0, or -1
 * with a warning logged. */
int control_open(struct control *c, const struct run_place *place,
    struct sched *sched, gid_t group, const struct control_calls *calls);

/* A rule's state has changed: those who waited for it wait no longer. */
void control_tell(struct control *c, const struct request_news *news);

/* Lists of instances are in force, or are not to be had: those who waited for
 * them go on. */
void control_listed(struct control *c);

/* A rule is no more. */
void control_give_up(struct control *c, const struct request_news *news);

/* Answer those who wait no longer.  Once per turn of the loop, after the status
 * file was written: who has his answer and looks there finds the same. */
void control_answer(struct control *c);

/* Is there anything for control_answer() to do? */
bool control_has_answers(const struct control *c);

/* Answer all that wait: the daemon stops.  Then close; the pipe is removed, so
 * that clients see that there is no daemon.  Takes one that failed to open. */
void control_close(struct control *c);

#endif
