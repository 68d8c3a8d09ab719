/*
 * clients - who has given a command about rules, and waits for his answer.
 *
 * A command is put to the scheduler; the news that come of it end the wait.
 *
 * Owns: the requests that are open.
 * Uses: log, verbs, request, reply, run, durable, sched.
 */

#ifndef CLIENTS_H
#define CLIENTS_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>

#include "daemon/durable.h"
#include "daemon/reply.h"
#include "daemon/request.h"
#include "daemon/sched.h"

/* Who waits for a sync hears what is wrong with these rules (count 0: all), if
 * it is not for sched to tell. */
typedef void clients_complain_fn(
    struct request *r, char *const *names, size_t count, void *arg);

struct clients_entry;

struct clients {
	struct sched *sched;        /* not owned */
	struct reply_desk *replies; /* not owned */
	clients_complain_fn *complain;
	void *arg;
	struct durable durable; /* who pauses or resumes waits */
	LIST_HEAD(clients_list, clients_entry) waiting;
	STAILQ_HEAD(clients_queue, clients_entry) answers; /* not yet sent */
	size_t count;                                      /* on both */
};

void clients_init(struct clients *c, const struct run_place *place,
    struct sched *sched, struct reply_desk *replies,
    clients_complain_fn *complain, void *arg);

/* Put a command about the rules named (count 0: all; with those downstream for
 * sync) to the scheduler.  Nothing is kept of what it points to.  Who names an
 * unknown rule has his answer at once. */
void clients_begin(struct clients *c, enum verbs_verb command,
    char *const *names, size_t count, const char *reply);

/* A rule's state has changed, or it is no more: those who waited for it wait
 * no longer. */
void clients_tell(struct clients *c, const struct request_news *news);
void clients_give_up(struct clients *c, const struct request_news *news);

/* Answer those who wait no longer; are there any? */
void clients_answer(struct clients *c);
bool clients_have_answers(const struct clients *c);

/* Answer all: with 3 and "why" those who still wait. */
void clients_dismiss(struct clients *c, const char *why);

#endif
