#include <sys/ioctl.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/control.h"
#include "daemon/hold.h"
#include "daemon/log.h"

#define STOPS "the daemon stops\n"

/* A command that is about instances which are being listed. */
struct control_parked {
	enum verbs_verb command;
	uint64_t ticket;
	char line[LINE_SIZE];
	STAILQ_ENTRY(control_parked) link;
};

/* --- commands ---------------------------------------------------------- */

static void
begin(struct control *c, enum verbs_verb command, char *const *words, size_t n)
{
	if (command == VERBS_SYNC)
		c->calls.drain(c->calls.arg);
	clients_begin(&c->clients, command, words + 1, n - 2, words[n - 1]);
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
		r = c->reloaded = request_new(VERBS_RELOAD, reply, 0);
		if (r == NULL)
			log_fatal("control");
		c->reload_status = c->calls.reload(r, c->calls.arg);
	}
	reply_say(&c->replies, reply, c->reload_status, "%.*s", (int)r->used,
	    r->text);
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
begin_listed(struct control *c, enum verbs_verb command, char *const *words,
    size_t n, const char *line)
{
	struct control_parked *parked;
	uint64_t ticket;

	ticket = c->calls.list(words + 1, n - 2, c->calls.arg);
	if (c->calls.is_listed(ticket, c->calls.arg)) {
		begin(c, command, words, n);
		return;
	}
	parked = calloc(1, sizeof(*parked));
	if (parked == NULL)
		log_fatal("control");
	parked->command = command;
	parked->ticket = ticket;
	snprintf(parked->line, sizeof(parked->line), "%s", line);
	STAILQ_INSERT_TAIL(&c->parked, parked, link);
	c->parked_count++;
}

/* Its reply name too; how many words there are. */
static size_t
unpark(struct control *c, struct control_parked *parked, char **words)
{
	STAILQ_REMOVE(&c->parked, parked, control_parked, link);
	c->parked_count--;
	return cut(parked->line, words, CONTROL_WORDS_MAX);
}

void
control_listed(struct control *c)
{
	struct control_parked *p, *next;
	char *words[CONTROL_WORDS_MAX] = { NULL };
	size_t n;

	for (p = STAILQ_FIRST(&c->parked); p != NULL; p = next) {
		next = STAILQ_NEXT(p, link);
		if (!c->calls.is_listed(p->ticket, c->calls.arg))
			continue;
		n = unpark(c, p, words);
		begin(c, p->command, words, n);
		free(p);
	}
}

static void
on_line(const char *line, void *arg)
{
	struct control *c = arg;
	const struct verbs_def *def;
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
	def = verbs_find(words[0]);
	if (def == NULL)
		reply_say(
		    &c->replies, reply, 2, "%s: unknown command\n", words[0]);
	else if (n - 2 < (size_t)def->least_rules)
		reply_say(&c->replies, reply, 2,
		    "%s: needs the name of a rule\n", words[0]);
	else if (c->clients.count + c->parked_count >= CONTROL_CLIENTS_MAX)
		reply_say(
		    &c->replies, reply, 111, "too many clients are waiting\n");
	else if (def->command == VERBS_RELOAD)
		reload(c, reply);
	else if (def->command == VERBS_SYNC || def->command == VERBS_CHECK)
		begin_listed(c, def->command, words, n, line);
	else
		begin(c, def->command, words, n);
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
make_pipe(struct control *c, gid_t group)
{
	const char *path = c->path;
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
	fd = hold_open(path, &c->writer_fd);
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

void
control_tell(struct control *c, const struct request_news *news)
{
	clients_tell(&c->clients, news);
}

void
control_give_up(struct control *c, const struct request_news *news)
{
	clients_give_up(&c->clients, news);
}

void
control_answer(struct control *c)
{
	clients_answer(&c->clients);
}

bool
control_has_answers(const struct control *c)
{
	return clients_have_answers(&c->clients);
}

int
control_open(struct control *c, const struct run_place *place,
    struct sched *sched, gid_t group, const struct control_calls *calls)
{
	memset(c, 0, sizeof(*c));
	c->loop = place->loop;
	c->calls = *calls;
	c->fd = c->writer_fd = -1;
	clients_init(&c->clients, place, sched, &c->replies, calls->complain,
	    calls->arg);
	STAILQ_INIT(&c->parked);
	line_init(&c->partial, LINE_DROP);
	if (reply_open(&c->replies, place->loop, place->run_dir) == -1)
		goto fail;
	if (asprintf(&c->path, "%s/control", place->run_dir) == -1)
		log_fatal("control");
	c->fd = make_pipe(c, group);
	if (c->fd == -1)
		goto fail;
	ev_io_init(&c->readable, on_readable, c->fd, EV_READ);
	c->readable.data = c;
	ev_io_start(c->loop, &c->readable);
	return 0;

fail:
	control_close(c);
	return -1;
}

void
control_close(struct control *c)
{
	struct control_parked *parked;
	char *words[CONTROL_WORDS_MAX] = { NULL };
	size_t n;

	if (c->loop == NULL)
		return;
	while ((parked = STAILQ_FIRST(&c->parked)) != NULL) {
		n = unpark(c, parked, words);
		reply_say(&c->replies, words[n - 1], 3, STOPS);
		free(parked);
	}
	clients_dismiss(&c->clients, STOPS);
	if (c->fd != -1) {
		ev_io_stop(c->loop, &c->readable);
		close(c->fd);
		if (unlink(c->path) == -1)
			log_warn("%s: unlink", c->path);
	}
	if (c->writer_fd != -1)
		(void)close(c->writer_fd); /* nothing was written */
	reply_close(&c->replies);
	free(c->path);
	memset(c, 0, sizeof(*c));
}
