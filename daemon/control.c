#include <sys/ioctl.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/control.h"
#include "daemon/log.h"

#define STOPS "the daemon stops\n"

struct control_client {
	struct request *request;
	LIST_ENTRY(control_client) link;   /* while it waits */
	STAILQ_ENTRY(control_client) next; /* once it does not */
};

/* A command that is about instances which are being listed. */
struct control_parked {
	enum words_command command;
	uint64_t ticket;
	char line[LINE_SIZE];
	STAILQ_ENTRY(control_parked) link;
};

/* --- answers ----------------------------------------------------------- */

static void
answer(struct control *c, const char *name, int status, const char *fmt, ...)
{
	char text[PIPE_BUF];
	va_list ap;
	int head, n;

	head = snprintf(text, sizeof(text), "%d\n", status);
	va_start(ap, fmt);
	n = vsnprintf(text + head, sizeof(text) - (size_t)head, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	n += head;
	if (n >= (int)sizeof(text))
		n = (int)sizeof(text) - 1;
	reply_send(&c->replies, name, text, (size_t)n);
}

static bool
is_waited_for(const struct control *c, unsigned topic)
{
	const struct control_client *other;

	for (other = LIST_FIRST(&c->clients); other != NULL;
	     other = LIST_NEXT(other, link))
		if (request_waits_for(other->request, topic))
			return true;
	return false;
}

static void
free_client(struct control *c, struct control_client *client)
{
	c->client_count--;
	request_free(client->request);
	free(client);
}

static void
end_client(struct control *c, struct control_client *client)
{
	struct request *r = client->request;
	unsigned topic;
	size_t i;

	LIST_REMOVE(client, link);
	for (i = 0; i < r->count; i++) {
		topic = r->parts[i].topic;
		if (!is_waited_for(c, topic))
			sched_wait_for(c->sched, topic, false);
	}
	/* Answered when the status file tells the same: control_answer(). */
	STAILQ_INSERT_TAIL(&c->answers, client, next);
}

void
control_answer(struct control *c)
{
	struct control_client *client;
	struct request *r;

	while ((client = STAILQ_FIRST(&c->answers)) != NULL) {
		STAILQ_REMOVE_HEAD(&c->answers, next);
		r = client->request;
		answer(c, r->reply, request_status(r), "%.*s", (int)r->used,
		    r->text);
		free_client(c, client);
	}
}

void
control_tell(struct control *c, const struct request_news *news)
{
	struct control_client *client, *next;

	for (client = LIST_FIRST(&c->clients); client != NULL; client = next) {
		next = LIST_NEXT(client, link);
		if (request_tell(client->request, news))
			end_client(c, client);
	}
}

void
control_give_up(struct control *c, const struct request_news *news)
{
	struct control_client *client, *next;

	for (client = LIST_FIRST(&c->clients); client != NULL; client = next) {
		next = LIST_NEXT(client, link);
		if (request_give_up(client->request, news))
			end_client(c, client);
	}
}

/* --- commands ---------------------------------------------------------- */

/* Add the rule of that name, or all its instances, each once; for sync with
 * those downstream.  Returns how many topics there are then. */
static size_t
add_topics(const struct control *c, enum words_command command,
    const char *name, unsigned *topics, size_t count)
{
	size_t i, k;
	unsigned topic;

	for (i = 0; i < sched_count(c->sched); i++) {
		if (!sched_is_called(c->sched, i, name))
			continue;
		topic = sched_topic(c->sched, i);
		if (command == WORDS_SYNC) {
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
find_topics(struct control *c, enum words_command command, char *const *names,
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
			answer(c, reply, 2, "%s: no such rule\n", names[i]);
			return -1;
		}
		count = add_topics(c, command, names[i], topics, count);
	}
	return (ssize_t)count;
}

/* A paused rule is not run: not later either, for its client has been told. */
static void
ask_for_run(
    struct control *c, const struct request *r, unsigned *topics, size_t count)
{
	size_t i, asked = 0;

	for (i = 0; i < count; i++) {
		if (sched_is_paused(c->sched, topics[i]))
			continue;
		if (r->command == WORDS_ACCEPT)
			sched_accept(c->sched, topics[i]);
		topics[asked++] = topics[i];
	}
	sched_ask(c->sched, topics, asked, CHECK_RUN);
}

/* Put the question to the scheduler; what comes of it comes as news. */
static void
ask(struct control *c, struct request *r, unsigned *topics, size_t count)
{
	switch (r->command) {
	case WORDS_ACCEPT:
	case WORDS_RUN:
		ask_for_run(c, r, topics, count);
		break;
	case WORDS_CHECK:
	case WORDS_SYNC:
	case WORDS_RESUME:
		sched_ask(c->sched, topics, count, CHECK_OTHER | LIFE_INSIST);
		break;
	case WORDS_PAUSE:
	case WORDS_RELOAD:
		break;
	}
}

static void
pause_rules(
    struct control *c, struct request *r, const unsigned *topics, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (sched_pause(
			c->sched, topics[i], r->command == WORDS_PAUSE) == -1) {
			log_warn("%s: pause", sched_name(c->sched, topics[i]));
			request_complain(r,
			    "%s: will not outlive a restart: %s\n",
			    sched_name(c->sched, topics[i]), strerror(errno));
		}
}

/* Which of the rules this command has to wait for. */
static void
add_parts(
    struct control *c, struct request *r, const unsigned *topics, size_t count)
{
	struct request_news news = { .paused = true };
	bool pauses = r->command == WORDS_PAUSE;
	size_t i;

	for (i = 0; i < count; i++) {
		if (r->command == WORDS_RESUME ||
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

static struct control_client *
new_client(struct control *c, struct request *r)
{
	struct control_client *client = calloc(1, sizeof(*client));

	if (client == NULL)
		log_fatal("control");
	client->request = r;
	LIST_INSERT_HEAD(&c->clients, client, link);
	c->client_count++;
	return client;
}

static void
begin_request(struct control *c, enum words_command command, char *const *names,
    size_t name_count, const char *reply)
{
	struct control_client *client;
	struct request *r;
	unsigned *topics;
	ssize_t count;

	if (command == WORDS_SYNC)
		c->calls.drain(c->calls.arg);
	topics =
	    calloc(sched_count(c->sched) + name_count + 1, sizeof(*topics));
	if (topics == NULL)
		log_fatal("control");
	count = find_topics(c, command, names, name_count, reply, topics);
	if (count < 0)
		goto out;
	r = request_new(command, reply, (size_t)count);
	if (r == NULL)
		log_fatal("control");
	if (command == WORDS_PAUSE || command == WORDS_RESUME)
		pause_rules(c, r, topics, (size_t)count);
	if (command == WORDS_SYNC)
		c->calls.complain(r, names, name_count, c->calls.arg);
	add_parts(c, r, topics, (size_t)count);
	client = new_client(c, r);
	if (r->open > 0)
		ask(c, r, topics, (size_t)count);
	else {
		end_client(c, client);
		if (command == WORDS_RESUME)
			sched_ask(c->sched, topics, (size_t)count,
			    CHECK_OTHER | LIFE_INSIST);
	}
out:
	free(topics);
}

/*
 * Whoever is in the same turn has written his command before the first of them
 * was obeyed: what was read for that is news enough for all, and nobody keeps
 * us busy with hundreds of them.
 */
static void
reload(struct control *c, const char *reply)
{
	struct request *r = c->reloaded;

	if (r == NULL) {
		r = c->reloaded = request_new(WORDS_RELOAD, reply, 0);
		if (r == NULL)
			log_fatal("control");
		c->reload_status = c->calls.reload(r, c->calls.arg);
	}
	answer(c, reply, c->reload_status, "%.*s", (int)r->used, r->text);
}

static size_t
cut(char *line, char **words, size_t most)
{
	char *word, *rest = line;
	size_t n = 0;

	while ((word = strsep(&rest, " \t")) != NULL) {
		if (word[0] == '\0')
			continue;
		if (n == most)
			return most + 1;
		words[n++] = word;
	}
	return n;
}

/* Those that ask about everything up to now begin when the instances are
 * known.  "words" point into a line that does not last. */
static void
begin_listed(struct control *c, enum words_command command, char *const *words,
    size_t n, const char *line)
{
	struct control_parked *parked;
	uint64_t ticket;

	ticket = c->calls.list(words + 1, n - 2, c->calls.arg);
	if (c->calls.is_listed(ticket, c->calls.arg)) {
		begin_request(c, command, words + 1, n - 2, words[n - 1]);
		return;
	}
	parked = calloc(1, sizeof(*parked));
	if (parked == NULL)
		log_fatal("control");
	parked->command = command;
	parked->ticket = ticket;
	snprintf(parked->line, sizeof(parked->line), "%s", line);
	STAILQ_INSERT_TAIL(&c->parked, parked, link);
	c->client_count++;
}

/* Its reply name too; how many words there are. */
static size_t
unpark(struct control *c, struct control_parked *parked, char **words)
{
	STAILQ_REMOVE(&c->parked, parked, control_parked, link);
	c->client_count--;
	return cut(parked->line, words, CONTROL_WORDS_MAX);
}

void
control_listed(struct control *c)
{
	struct control_parked *p, *next;
	char *words[CONTROL_WORDS_MAX];
	size_t n;

	for (p = STAILQ_FIRST(&c->parked); p != NULL; p = next) {
		next = STAILQ_NEXT(p, link);
		if (!c->calls.is_listed(p->ticket, c->calls.arg))
			continue;
		n = unpark(c, p, words);
		begin_request(c, p->command, words + 1, n - 2, words[n - 1]);
		free(p);
	}
}

static void
on_line(const char *line, void *arg)
{
	struct control *c = arg;
	const struct words_command_def *def;
	char copy[LINE_SIZE], *words[CONTROL_WORDS_MAX];
	const char *reply;
	size_t n;

	if (line[0] == '\0')
		return; /* ends what somebody else may have left */
	snprintf(copy, sizeof(copy), "%s", line);
	n = cut(copy, words, CONTROL_WORDS_MAX);
	if (n < 2 || n > CONTROL_WORDS_MAX || !reply_is_name(words[n - 1])) {
		log_warnx("control: no reply name in '%.64s'", line);
		return;
	}
	reply = words[n - 1];
	def = words_command(words[0]);
	if (def == NULL)
		answer(c, reply, 2, "%s: unknown command\n", words[0]);
	else if (n - 2 < (size_t)def->least_rules)
		answer(c, reply, 2, "%s: needs the name of a rule\n", words[0]);
	else if (c->client_count >= CONTROL_CLIENTS_MAX)
		answer(c, reply, 111, "too many clients are waiting\n");
	else if (def->command == WORDS_RELOAD)
		reload(c, reply);
	else if (def->command == WORDS_SYNC || def->command == WORDS_CHECK)
		begin_listed(c, def->command, words, n, line);
	else
		begin_request(c, def->command, words + 1, n - 2, reply);
}

static bool
is_empty(int fd)
{
	int left;

	return ioctl(fd, FIONREAD, &left) == 0 && left == 0;
}

/* The longest line, or some hundred short ones: others get their turn. */
static void
on_readable(struct ev_loop *loop, ev_io *w, int revents)
{
	struct control *c = w->data;
	char bytes[LINE_SIZE];
	ssize_t n;
	size_t dropped;

	(void)loop;
	(void)revents;
	n = read(c->fd, bytes, sizeof(bytes));
	if (n == -1) {
		if (errno != EAGAIN && errno != EINTR)
			log_warn("control: read");
		return;
	}
	dropped = line_feed(&c->partial, bytes, (size_t)n, on_line, c);
	request_free(c->reloaded);
	c->reloaded = NULL;
	/* Clients write a line at once, and such writes come whole: if the
	 * pipe is empty, half a line is all there ever will be of it.  The rest
	 * of an overlong one may follow, and is no command. */
	if (((size_t)n < sizeof(bytes) || is_empty(c->fd)) &&
	    c->partial.used > 0 && !c->partial.overlong) {
		dropped++;
		line_init(&c->partial, LINE_DROP);
	}
	if (dropped > 0)
		log_warnx("control: dropped %zu bad line(s)", dropped);
}

/* --- opening and closing ----------------------------------------------- */

static int
make_pipe(const char *path, gid_t group)
{
	mode_t mode = group == (gid_t)-1 ? 0600 : 0620;
	struct stat st;
	int fd;

	/* The directory is ours alone, so what lies here is ours to renew. */
	if (unlink(path) == -1 && errno != ENOENT) {
		log_warn("%s: unlink", path);
		return -1;
	}
	if (mkfifo(path, 0600) == -1) {
		log_warn("%s: mkfifo", path);
		return -1;
	}
	fd = open(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1) {
		log_warn("%s: open", path);
		goto fail;
	}
	if (!S_ISFIFO(st.st_mode)) {
		log_warnx("%s: not a FIFO", path);
		goto fail;
	}
	if ((group != (gid_t)-1 && fchown(fd, (uid_t)-1, group) == -1) ||
	    fchmod(fd, mode) == -1) {
		log_warn("%s: set owner and mode", path);
		goto fail;
	}
	return fd;

fail:
	if (fd != -1)
		close(fd);
	return -1;
}

int
control_open(struct control *c, struct ev_loop *loop, struct sched *sched,
    const char *run_dir, gid_t group, const struct control_calls *calls)
{
	memset(c, 0, sizeof(*c));
	c->loop = loop;
	c->sched = sched;
	c->calls = *calls;
	c->fd = -1;
	LIST_INIT(&c->clients);
	STAILQ_INIT(&c->answers);
	STAILQ_INIT(&c->parked);
	line_init(&c->partial, LINE_DROP);
	if (reply_open(&c->replies, loop, run_dir) == -1)
		goto fail;
	if (asprintf(&c->path, "%s/control", run_dir) == -1)
		log_fatal("control");
	c->fd = make_pipe(c->path, group);
	if (c->fd == -1)
		goto fail;
	ev_io_init(&c->readable, on_readable, c->fd, EV_READ);
	c->readable.data = c;
	ev_io_start(loop, &c->readable);
	return 0;

fail:
	control_close(c);
	return -1;
}

void
control_close(struct control *c)
{
	struct control_client *client;
	struct control_parked *parked;
	char *words[CONTROL_WORDS_MAX];
	size_t n;

	if (c->loop == NULL)
		return;
	control_answer(c);
	while ((parked = STAILQ_FIRST(&c->parked)) != NULL) {
		n = unpark(c, parked, words);
		answer(c, words[n - 1], 3, STOPS);
		free(parked);
	}
	while ((client = LIST_FIRST(&c->clients)) != NULL) {
		LIST_REMOVE(client, link);
		answer(c, client->request->reply, 3, STOPS);
		free_client(c, client);
	}
	if (c->fd != -1) {
		ev_io_stop(c->loop, &c->readable);
		close(c->fd);
		if (unlink(c->path) == -1)
			log_warn("%s: unlink", c->path);
	}
	reply_close(&c->replies);
	free(c->path);
	memset(c, 0, sizeof(*c));
}
