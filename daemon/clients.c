#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/clients.h"
#include "daemon/log.h"

struct clients_entry {
	struct request *request;
	uint64_t ticket; /* of durable, that it waits for; 0: none */
	LIST_ENTRY(clients_entry) link;   /* while it waits */
	STAILQ_ENTRY(clients_entry) next; /* once it does not */
};

/* --- the end of a wait -------------------------------------------------- */

static bool
is_waited_for(const struct clients *c, unsigned topic)
{
	const struct clients_entry *other;

	for (other = LIST_FIRST(&c->waiting); other != NULL;
	     other = LIST_NEXT(other, link))
		if (request_waits_for(other->request, topic))
			return true;
	return false;
}

static void
free_entry(struct clients *c, struct clients_entry *e)
{
	c->count--;
	request_free(e->request);
	free(e);
}

static void
end_entry(struct clients *c, struct clients_entry *e)
{
	struct request *r = e->request;
	unsigned topic;
	size_t i;

	LIST_REMOVE(e, link);
	for (i = 0; i < r->count; i++) {
		topic = r->parts[i].topic;
		if (!is_waited_for(c, topic))
			sched_wait_for(c->sched, topic, false);
	}
	/* Answered when the status file tells the same: clients_answer(). */
	STAILQ_INSERT_TAIL(&c->answers, e, next);
}

void
clients_answer(struct clients *c)
{
	struct clients_entry *e;
	struct request *r;

	while ((e = STAILQ_FIRST(&c->answers)) != NULL) {
		STAILQ_REMOVE_HEAD(&c->answers, next);
		r = e->request;
		reply_say(c->replies, r->reply, request_status(r), "%.*s",
		    (int)r->used, r->text);
		free_entry(c, e);
	}
}

bool
clients_have_answers(const struct clients *c)
{
	return !STAILQ_EMPTY(&c->answers);
}

void
clients_tell(struct clients *c, const struct request_news *news)
{
	struct clients_entry *e, *next;

	for (e = LIST_FIRST(&c->waiting); e != NULL; e = next) {
		next = LIST_NEXT(e, link);
		if (request_tell(e->request, news) && e->ticket == 0)
			end_entry(c, e);
	}
}

void
clients_give_up(struct clients *c, const struct request_news *news)
{
	struct clients_entry *e, *next;

	for (e = LIST_FIRST(&c->waiting); e != NULL; e = next) {
		next = LIST_NEXT(e, link);
		if (request_give_up(e->request, news) && e->ticket == 0)
			end_entry(c, e);
	}
}

static void
complain_of_power(struct request *r, int error)
{
	/* Without the directory there is no pause that could come back. */
	if (error == ENOENT && r->command == VERBS_RESUME)
		return;
	if (error != 0)
		request_complain(
		    r, "may not outlive a power cut: %s\n", strerror(error));
}

static void
on_durable(uint64_t ticket, int error, void *arg)
{
	struct clients *c = arg;
	struct clients_entry *e, *next;

	for (e = LIST_FIRST(&c->waiting); e != NULL; e = next) {
		next = LIST_NEXT(e, link);
		if (e->ticket == 0 || e->ticket > ticket)
			continue;
		e->ticket = 0;
		complain_of_power(e->request, error);
		if (e->request->open == 0)
			end_entry(c, e);
	}
}

/* --- the command -------------------------------------------------------- */

/* Add the rule of that name, or all its instances, each once; for sync with
 * those downstream.  Returns how many topics there are then. */
static size_t
add_topics(const struct clients *c, enum verbs_verb command, const char *name,
    unsigned *topics, size_t count)
{
	size_t i, k;
	unsigned topic;

	for (i = 0; i < sched_count(c->sched); i++) {
		if (!sched_is_called(c->sched, i, name))
			continue;
		topic = sched_topic(c->sched, i);
		if (command == VERBS_SYNC) {
			count =
			    sched_downstream(c->sched, topic, topics, count);
			continue;
		}
		for (k = 0; k < count && topics[k] != topic; k++)
			continue;
		topics[k] = topic;
		count = k == count ? count + 1 : count;
	}
	return count;
}

/* Which rules a command is about: those named, or all; with those downstream
 * for sync.  Returns the number, or -1 with the client told. */
static ssize_t
find_topics(struct clients *c, enum verbs_verb command, char *const *names,
    size_t name_count, const char *reply, unsigned *topics)
{
	size_t i, count = 0;

	if (name_count == 0) {
		for (i = 0; i < sched_count(c->sched); i++)
			topics[i] = sched_topic(c->sched, i);
		return (ssize_t)sched_count(c->sched);
	}
	for (i = 0; i < name_count; i++) {
		if (!sched_knows(c->sched, names[i])) {
			reply_say(c->replies, reply, 2, "%s: no such rule\n",
			    names[i]);
			return -1;
		}
		count = add_topics(c, command, names[i], topics, count);
	}
	return (ssize_t)count;
}

/* A paused rule is not run: not later either, for its client has been told. */
static void
ask_for_run(
    struct clients *c, const struct request *r, unsigned *topics, size_t count)
{
	size_t i, asked = 0;

	for (i = 0; i < count; i++) {
		if (sched_is_paused(c->sched, topics[i]))
			continue;
		if (r->command == VERBS_ACCEPT)
			sched_accept(c->sched, topics[i]);
		topics[asked++] = topics[i];
	}
	sched_ask(c->sched, topics, asked, CHECK_RUN);
}

/* Put the question to the scheduler; what comes of it comes as news. */
static void
ask(struct clients *c, struct request *r, unsigned *topics, size_t count)
{
	switch (r->command) {
	case VERBS_ACCEPT:
	case VERBS_RUN:
		ask_for_run(c, r, topics, count);
		break;
	case VERBS_CHECK:
	case VERBS_SYNC:
	case VERBS_RESUME:
		sched_ask(c->sched, topics, count, CHECK_OTHER | LIFE_INSIST);
		break;
	case VERBS_PAUSE:
	case VERBS_RELOAD:
		break;
	}
}

/* Returns the ticket to wait for, or 0. */
static uint64_t
pause_rules(
    struct clients *c, struct request *r, const unsigned *topics, size_t count)
{
	uint64_t ticket = 0;
	size_t i;
	bool kept = true;
	int error = 0;

	for (i = 0; i < count; i++) {
		if (r->command == VERBS_PAUSE &&
		    sched_seek(c->sched, topics[i]) == -1)
			request_complain(r,
			    "%s: a run of an earlier daemon may go on\n",
			    sched_name(c->sched, topics[i]));
		if (sched_pause(
			c->sched, topics[i], r->command == VERBS_PAUSE) == -1) {
			kept = false;
			log_warn("%s: pause", sched_name(c->sched, topics[i]));
			request_complain(r,
			    "%s: will not outlive a restart: %s\n",
			    sched_name(c->sched, topics[i]), strerror(errno));
		}
	}
	if (r->command == VERBS_PAUSE)
		sched_go_on(c->sched);
	if (count > 0 && kept) {
		ticket = durable_ask(&c->durable, &error);
		complain_of_power(r, error);
	}
	return ticket;
}

/* Which of the rules this command has to wait for. */
static void
add_parts(
    struct clients *c, struct request *r, const unsigned *topics, size_t count)
{
	struct request_news news = { .paused = true };
	bool pauses = r->command == VERBS_PAUSE;
	size_t i;

	for (i = 0; i < count; i++) {
		if (r->command == VERBS_RESUME ||
		    (pauses && !sched_is_running(c->sched, topics[i])))
			continue;
		request_add(r, topics[i]);
		if (!pauses && sched_is_paused(c->sched, topics[i])) {
			news.topic = topics[i];
			news.name = sched_name(c->sched, topics[i]);
			(void)request_give_up(r, &news); /* asked below */
		} else
			sched_wait_for(c->sched, topics[i], true);
	}
}

static struct clients_entry *
new_entry(struct clients *c, struct request *r)
{
	struct clients_entry *e = calloc(1, sizeof(*e));

	if (e == NULL)
		log_fatal("clients");
	e->request = r;
	LIST_INSERT_HEAD(&c->waiting, e, link);
	c->count++;
	return e;
}

void
clients_begin(struct clients *c, enum verbs_verb command, char *const *names,
    size_t name_count, const char *reply)
{
	struct clients_entry *e;
	struct request *r;
	unsigned *topics;
	uint64_t ticket = 0;
	ssize_t count;
	size_t all;

	topics = calloc(sched_room(c->sched) + 1, sizeof(*topics));
	if (topics == NULL)
		log_fatal("clients");
	count = find_topics(c, command, names, name_count, reply, topics);
	if (count < 0)
		goto out;
	all = (size_t)count;
	if (command == VERBS_PAUSE)
		all =
		    sched_add_before(c->sched, names, name_count, topics, all);
	r = request_new(command, reply, all);
	if (r == NULL)
		log_fatal("clients");
	if (command == VERBS_PAUSE || command == VERBS_RESUME)
		ticket = pause_rules(c, r, topics, (size_t)count);
	if (command == VERBS_SYNC)
		c->complain(r, names, name_count, c->arg);
	add_parts(c, r, topics, all);
	e = new_entry(c, r);
	e->ticket = ticket;
	if (r->open > 0 || ticket != 0)
		ask(c, r, topics, (size_t)count);
	else {
		end_entry(c, e);
		if (command == VERBS_RESUME)
			sched_ask(c->sched, topics, (size_t)count,
			    CHECK_OTHER | LIFE_INSIST);
	}
out:
	free(topics);
}

/* --- opening and closing ------------------------------------------------ */

void
clients_init(struct clients *c, const struct run_place *place,
    struct sched *sched, struct reply_desk *replies,
    clients_complain_fn *complain, void *arg)
{
	memset(c, 0, sizeof(*c));
	c->sched = sched;
	c->replies = replies;
	c->complain = complain;
	c->arg = arg;
	LIST_INIT(&c->waiting);
	STAILQ_INIT(&c->answers);
	durable_init(&c->durable, place, on_durable, c);
}

void
clients_dismiss(struct clients *c, const char *why)
{
	struct clients_entry *e;

	durable_close(&c->durable);
	clients_answer(c);
	while ((e = LIST_FIRST(&c->waiting)) != NULL) {
		LIST_REMOVE(e, link);
		reply_say(c->replies, e->request->reply, 3, "%s", why);
		free_entry(c, e);
	}
}
