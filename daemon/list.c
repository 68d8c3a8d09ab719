#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/clock.h"
#include "daemon/instance.h"
#include "daemon/list.h"
#include "daemon/spawn.h"

#define MESSAGE_MAX 160 /* bytes of standard error that are told */

/* One of the two outputs. */
struct stream {
	int fd; /* -1: has ended */
	char *bytes;
	size_t used, room;
	bool overflowed; /* what followed was dropped */
	int error;       /* errno: why it was not read to its end; or 0 */
};

struct command {
	pid_t pid;
	struct stream out, err;
	int stop_fd;     /* -1: none, or it has ended */
	double deadline; /* monotonic; 0: none */
	int signal;      /* the last that its group was sent; 0: none */
	int status;
};

/* Read what is there.  More than there is room for is read all the same, so
 * that the command does not wait for us. */
static void
drain(struct stream *s)
{
	char rest[4096] = "", *to;
	size_t room;
	ssize_t n;

	while (s->fd != -1) {
		room = s->room - s->used;
		to = room > 0 ? s->bytes + s->used : rest;
		n = read(s->fd, to, room > 0 ? room : sizeof(rest));
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			return;
		if (n == -1)
			s->error = errno;
		if (n <= 0) {
			(void)close(s->fd); /* was only read */
			s->fd = -1;
		} else if (room > 0) {
			s->used += (size_t)n;
		} else {
			s->overflowed = true;
		}
	}
}

/* The command keeps its number until it is reaped, so its group can still be
 * sent a signal. */
static bool
has_ended(pid_t pid)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) ==
		   -1 ||
	       info.si_pid != 0;
}

static void
push(struct command *c, double grace)
{
	c->signal = c->signal == 0 ? SIGTERM : SIGKILL;
	/* Without a group yet, if it was forked just now. */
	if (kill(-c->pid, c->signal) == -1)
		(void)kill(c->pid, c->signal); /* ended: all the better */
	c->deadline = c->signal == SIGTERM ? clock_monotonic() + grace : 0;
}

static void
on_child(int sig)
{
	(void)sig; /* only to interrupt ppoll() */
}

/* Wait for output, the end of the command, or the end of its time. */
static void
wait_for(const struct command *c)
{
	struct pollfd fds[] = { { c->out.fd, POLLIN, 0 },
		{ c->err.fd, POLLIN, 0 }, { c->stop_fd, POLLIN, 0 } };
	double left = c->deadline - clock_monotonic();
	struct timespec t = { 0, 0 };
	sigset_t none;

	if (left > 0) {
		t.tv_sec = (time_t)left;
		t.tv_nsec = (long)((left - (double)t.tv_sec) * 1e9);
	}
	sigemptyset(&none);
	(void)ppoll(fds, 3, c->deadline > 0 ? &t : NULL, &none);
}

/* Are we to end it?  Its end says so once. */
static bool
is_told_to_stop(struct command *c)
{
	struct pollfd fd = { c->stop_fd, POLLIN, 0 };
	char byte;

	if (c->stop_fd == -1 || poll(&fd, 1, 0) <= 0)
		return false;
	if (read(c->stop_fd, &byte, 1) != 1)
		c->stop_fd = -1;
	return true;
}

/* SIGCHLD is let in only by ppoll(), so none is missed. */
static void
follow(struct command *c, double grace)
{
	struct sigaction sa = { .sa_handler = on_child };
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &child, NULL); /* valid: cannot fail */
	(void)sigaction(SIGCHLD, &sa, NULL);        /* as above */
	while (!has_ended(c->pid)) {
		if ((c->deadline > 0 && clock_monotonic() >= c->deadline) ||
		    is_told_to_stop(c))
			push(c, grace);
		wait_for(c);
		drain(&c->out);
		drain(&c->err);
	}
	drain(&c->out);
	drain(&c->err);
	while (waitpid(c->pid, &c->status, 0) == -1 && errno == EINTR)
		continue;
}

static int
open_stream(struct stream *s, size_t room, int *write_fd)
{
	int fds[2];

	s->bytes = malloc(room + 1);
	if (s->bytes == NULL || pipe2(fds, O_CLOEXEC) == -1)
		return -1;
	s->room = room;
	s->fd = fds[0];
	*write_fd = fds[1];
	return fcntl(s->fd, F_SETFL, O_NONBLOCK);
}

/* Returns 0, or -1 with the reason in the answer. */
static int
start(struct command *c, const struct rule *list, struct list_answer *answer)
{
	struct spawn s = { .program = list->program,
		.argv = list->command,
		.envp = list->env,
		.dir = list->dir,
		.user = list->user,
		.uid = list->run_uid,
		.gid = list->run_gid,
		.umask = list->umask,
		.nice = list->nice,
		.lock_fd = -1 };
	const char *step = "pipe";

	c->pid = -1;
	if (open_stream(&c->out, INSTANCE_LIST_MAX, &s.output_fd) == 0 &&
	    open_stream(&c->err, MESSAGE_MAX, &s.error_fd) == 0)
		c->pid = spawn_start(&s, &step);
	if (c->pid == -1)
		(void)snprintf(answer->why, sizeof(answer->why),
		    "cannot start: %s: %s", step, strerror(errno));
	if (s.output_fd > 0)
		(void)close(s.output_fd); /* never written by us */
	if (s.error_fd > 0)
		(void)close(s.error_fd); /* as above */
	if (list->timeout > 0)
		c->deadline = clock_monotonic() + list->timeout;
	return c->pid == -1 ? -1 : 0;
}

/* Did it end well?  Returns 0, or -1 with the reason in the answer. */
static int
judge(const struct command *c, struct list_answer *answer)
{
	char how[32], *said = c->err.bytes;

	said[c->err.used] = '\0';
	said[strcspn(said, "\n")] = '\0';
	if (c->signal != 0)
		(void)snprintf(how, sizeof(how), "timed out");
	else if (WIFSIGNALED(c->status))
		(void)snprintf(how, sizeof(how), "killed by signal %d",
		    WTERMSIG(c->status));
	else if (WEXITSTATUS(c->status) != 0)
		(void)snprintf(
		    how, sizeof(how), "exit %d", WEXITSTATUS(c->status));
	else
		return 0;
	(void)snprintf(answer->why, sizeof(answer->why), "%s%s%s", how,
	    *said != '\0' ? ": " : "", said);
	return -1;
}

static bool
is_same(char *const *a, char *const *b)
{
	for (; *a != NULL && *b != NULL; a++, b++)
		if (strcmp(*a, *b) != 0)
			return false;
	return *a == NULL && *b == NULL;
}

/* Is that what lies there?  No list is an empty one. */
static bool
is_known(const char *path, const char *key, char *const *words)
{
	FILE *in = fopen(path, "re");
	char **known = NULL;
	bool same;

	if (in == NULL)
		return errno == ENOENT && *words == NULL;
	known = instance_read(in, key);
	(void)fclose(in); /* was only read */
	same = known != NULL && is_same(known, words);
	instance_free(known);
	return same;
}

static int
write_list(const char *path, const char *key, char *const *words)
{
	FILE *out;
	int fd, rc;

	if (unlink(path) == -1 && errno != ENOENT)
		return -1;
	fd = open(
	    path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	out = fd == -1 ? NULL : fdopen(fd, "w");
	if (out == NULL)
		return -1;
	rc = instance_write(out, key, words) == -1 || fsync(fd) == -1;
	return fclose(out) == EOF || rc != 0 ? -1 : 0;
}

static void
compare(const struct rule *list, const char *state_dir, char *const *words,
    struct list_answer *answer)
{
	char path[PATH_MAX], key[INSTANCE_KEY_SIZE];

	if (instance_check(
		list->name, words, answer->why, sizeof(answer->why)) == -1)
		return;
	instance_key(words, answer->words);
	instance_key(list->command, key);
	instance_list_path(path, state_dir, list->name);
	if (is_known(path, key, words)) {
		answer->outcome = LIST_SAME;
		return;
	}
	instance_new_path(path, state_dir, list->name);
	if (write_list(path, key, words) == 0)
		answer->outcome = LIST_NEW;
	else
		(void)snprintf(answer->why, sizeof(answer->why), "%.200s: %s",
		    path, strerror(errno));
}

void
list_run(const struct rule *list, const char *state_dir, int stop_fd,
    struct list_answer *answer)
{
	struct command c = { .out.fd = -1, .err.fd = -1, .stop_fd = stop_fd };
	char **words;

	answer->outcome = LIST_FAILED;
	if (start(&c, list, answer) == 0) {
		follow(&c, list->stop_timeout);
		c.out.bytes[c.out.used] = '\0';
		if (judge(&c, answer) == -1) {
			/* that is the reason */
		} else if (c.out.error != 0) {
			(void)snprintf(answer->why, sizeof(answer->why),
			    "its output: %s", strerror(c.out.error));
		} else if (c.out.overflowed) {
			(void)snprintf(answer->why, sizeof(answer->why),
			    "printed more than %d bytes", INSTANCE_LIST_MAX);
		} else if (strlen(c.out.bytes) != c.out.used) {
			(void)snprintf(answer->why, sizeof(answer->why),
			    "printed a NUL byte");
		} else {
			words = instance_split(c.out.bytes);
			compare(list, state_dir, words, answer);
			instance_free(words);
		}
	}
	free(c.out.bytes);
	free(c.err.bytes);
	if (c.out.fd != -1)
		(void)close(c.out.fd); /* was only read */
	if (c.err.fd != -1)
		(void)close(c.err.fd); /* as above */
}
