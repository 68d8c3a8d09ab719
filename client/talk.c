#include <sys/stat.h>
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/log.h"
#include "client/presence.h"
#include "client/talk.h"

#define NAME_TRIES 100 /* names for the FIFO, if somebody has the first */

/* What a signal may end; the FIFO must not stay. */
static const int ending[] = { SIGHUP, SIGINT, SIGTERM };

#define ENDINGS (sizeof(ending) / sizeof(ending[0]))

struct talk {
	const char *run_dir;
	int run_fd, control_fd;
	int reply_fd;
	int hold_fd;    /* our own writer: see make_reply() */
	bool made;      /* the FIFO exists */
	char reply[48]; /* "reply/NAME" */
	char line[PIPE_BUF];
	size_t length;
	bool sent;
	struct sigaction old_action[ENDINGS], old_pipe;
	sigset_t old_mask;
	struct talk_answer *answer;
};

LOG_FORMAT(3, 4)
static enum talk_outcome
fail(struct talk *t, enum talk_outcome outcome, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(t->answer->why, sizeof(t->answer->why), fmt, ap);
	va_end(ap);
	return outcome;
}

/* Come again: the signal stays pending, for it is blocked outside ppoll(2),
 * and takes its usual effect in restore_signals(), after the clean-up. */
static void
on_ending(int signal)
{
	(void)raise(signal);
}

static void
hold_signals(struct talk *t)
{
	struct sigaction action;
	sigset_t mask;
	size_t i;

	/* None of these calls can fail: every number is a signal's. */
	memset(&action, 0, sizeof(action));
	(void)sigemptyset(&action.sa_mask);
	(void)sigemptyset(&mask);
	for (i = 0; i < ENDINGS; i++)
		(void)sigaddset(&mask, ending[i]);
	(void)sigprocmask(SIG_BLOCK, &mask, &t->old_mask);
	action.sa_handler = on_ending;
	for (i = 0; i < ENDINGS; i++) {
		(void)sigaction(ending[i], NULL, &t->old_action[i]);
		if (t->old_action[i].sa_handler != SIG_IGN) /* nohup(1) */
			(void)sigaction(ending[i], &action, NULL);
	}
	action.sa_handler = SIG_IGN;
	(void)sigaction(SIGPIPE, &action, &t->old_pipe);
}

static void
restore_signals(struct talk *t)
{
	size_t i;

	(void)sigaction(SIGPIPE, &t->old_pipe, NULL);
	for (i = 0; i < ENDINGS; i++)
		(void)sigaction(ending[i], &t->old_action[i], NULL);
	(void)sigprocmask(SIG_SETMASK, &t->old_mask, NULL);
}

static void
close_fd(int fd)
{
	if (fd != -1)
		(void)close(fd); /* nothing written that could be lost */
}

static void
hang_up(struct talk *t)
{
	if (t->made)
		(void)unlinkat(t->run_fd, t->reply, 0); /* best effort */
	close_fd(t->hold_fd);
	close_fd(t->reply_fd);
	close_fd(t->control_fd);
	close_fd(t->run_fd);
}

static enum talk_outcome
open_control(struct talk *t)
{
	struct stat st;

	t->run_fd = open(t->run_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->run_fd != -1)
		t->control_fd = openat(t->run_fd, "control",
		    O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (t->control_fd != -1 && fstat(t->control_fd, &st) == 0 &&
	    S_ISFIFO(st.st_mode))
		return TALK_ANSWERED;
	if (t->control_fd != -1)
		return fail(
		    t, TALK_FAILED, "%s/control: not a pipe", t->run_dir);
	if (errno == ENOENT || errno == ENXIO)
		return fail(t, TALK_NO_DAEMON,
		    "no daemon is running (%s/control)", t->run_dir);
	return fail(
	    t, TALK_FAILED, "%s/control: %s", t->run_dir, strerror(errno));
}

/* A name that nobody has: the file system tells. */
static int
make_fifo(struct talk *t)
{
	struct timespec now;
	int i;

	for (i = 0; i < NAME_TRIES; i++) {
		if (clock_gettime(CLOCK_REALTIME, &now) == -1)
			return -1;
		(void)snprintf(t->reply, sizeof(t->reply), "reply/c-%ld-%ld",
		    (long)getpid(), now.tv_nsec);
		t->made = mkfifoat(t->run_fd, t->reply, 0600) == 0;
		if (t->made || errno != EEXIST)
			break;
	}
	return t->made ? 0 : -1;
}

/* A daemon that is neither us nor root must be able to write to our FIFO; only
 * those who may send commands can reach it in its directory. */
static int
let_daemon_write(struct talk *t)
{
	struct stat dir;

	if (fstatat(t->run_fd, "reply", &dir, AT_SYMLINK_NOFOLLOW) == -1)
		return -1;
	if (dir.st_uid == 0 || dir.st_uid == geteuid())
		return 0;
	return fchmod(t->reply_fd, 0622);
}

static enum talk_outcome
make_reply(struct talk *t)
{
	if (make_fifo(t) == -1)
		goto trouble;
	t->reply_fd = openat(t->run_fd, t->reply,
	    O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (t->reply_fd == -1 || let_daemon_write(t) == -1)
		goto trouble;
	/* With a writer of our own there is no end of file to spin on. */
	t->hold_fd = openat(t->run_fd, t->reply,
	    O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (t->hold_fd == -1)
		goto trouble;
	return TALK_ANSWERED;

trouble:
	return fail(t, TALK_FAILED, "%s/%s: %s", t->run_dir,
	    t->made ? t->reply : "reply", strerror(errno));
}

static bool
add_word(struct talk *t, const char *word, char end)
{
	size_t n = strlen(word);

	if (n + 1 > sizeof(t->line) - t->length)
		return false;
	memcpy(t->line + t->length, word, n);
	t->line[t->length + n] = end;
	t->length += n + 1;
	return true;
}

static enum talk_outcome
compose(struct talk *t, const char *word, char *const rules[])
{
	bool fits;

	/* A newline first: somebody may have died in the middle of a line. */
	fits = add_word(t, "", '\n') && add_word(t, word, ' ');
	for (; fits && *rules != NULL; rules++)
		fits = add_word(t, *rules, ' ');
	if (fits && add_word(t, strrchr(t->reply, '/') + 1, '\n'))
		return TALK_ANSWERED;
	return fail(t, TALK_TOO_LONG,
	    "too many rules for one command (%d bytes)", PIPE_BUF);
}

/* The line is short enough to go whole or not at all. */
static int
try_to_send(struct talk *t)
{
	ssize_t n;

	if (t->sent)
		return 0;
	n = write(t->control_fd, t->line, t->length);
	t->sent = n != -1;
	return t->sent || errno == EAGAIN || errno == EINTR ? 0 : -1;
}

bool
talk_parse(const char *bytes, struct talk_answer *answer)
{
	char *rest;
	long status = strtol(bytes, &rest, 10);

	if (rest == bytes || *rest != '\n' || status < 0 || status > 255)
		return false;
	answer->status = (int)status;
	(void)snprintf(answer->text, sizeof(answer->text), "%s", rest + 1);
	return true;
}

/* Take the answer, if it is there: one write(2) of at most PIPE_BUF bytes, and
 * so one read(2). */
static bool
take_answer(struct talk *t, enum talk_outcome *outcome)
{
	char bytes[PIPE_BUF + 1];
	ssize_t n;

	n = read(t->reply_fd, bytes, sizeof(bytes) - 1);
	if (n <= 0)
		return false;
	bytes[n] = '\0';
	*outcome = talk_parse(bytes, t->answer)
		       ? TALK_ANSWERED
		       : fail(t, TALK_FAILED, "the answer makes no sense");
	return true;
}

/*
 * The end of the daemon shows at once, as an error on the control pipe, unless
 * the next one is there before we look; the lock is asked once a second.
 * Whatever tells of the end, an answer may have come before it.
 */
static enum talk_outcome
wait_for_answer(struct talk *t)
{
	const struct timespec second = { .tv_sec = 1 };
	struct pollfd fds[2];
	enum talk_outcome outcome;
	bool gone;
	int n;

	do {
		gone = try_to_send(t) == -1;
		fds[0] = (struct pollfd){ .fd = t->reply_fd, .events = POLLIN };
		fds[1] = (struct pollfd){ .fd = t->control_fd };
		n = gone ? 1 : ppoll(fds, 2, &second, &t->old_mask);
		if (n == -1) /* EINTR: restore_signals() ends us */
			return fail(t, TALK_FAILED, "%s", strerror(errno));
		if (n == 0)
			gone = presence_look(t->run_fd) == PRESENCE_NO;
		else if ((fds[1].revents & (POLLERR | POLLHUP)) != 0)
			gone = true;
		if (take_answer(t, &outcome))
			return outcome;
	} while (!gone);
	return fail(t, TALK_GONE, "the daemon went away");
}

enum talk_outcome
talk_ask(const char *run_dir, const char *word, char *const rules[],
    struct talk_answer *answer)
{
	struct talk t;
	enum talk_outcome outcome;

	memset(&t, 0, sizeof(t));
	t.run_dir = run_dir;
	t.run_fd = t.control_fd = t.reply_fd = t.hold_fd = -1;
	t.answer = answer;

	hold_signals(&t);
	outcome = open_control(&t);
	if (outcome == TALK_ANSWERED)
		outcome = make_reply(&t);
	if (outcome == TALK_ANSWERED)
		outcome = compose(&t, word, rules);
	if (outcome == TALK_ANSWERED)
		outcome = wait_for_answer(&t);
	hang_up(&t);
	restore_signals(&t);
	return outcome;
}
