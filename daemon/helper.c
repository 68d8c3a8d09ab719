#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/fdrange.h"
#include "daemon/helper.h"
#include "daemon/log.h"
#include "daemon/spawn.h"

#define DYING 1. /* seconds that a killed helper gets to be gone */

/* ---- in the helper ---- */

static int
compare_numbers(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Close all but the standard descriptors and these (-1: none). */
static void
close_all_but(int *keep, size_t count)
{
	unsigned first = 3;
	size_t i;

	qsort(keep, count, sizeof(*keep), compare_numbers);
	for (i = 0; i < count; i++) {
		if (keep[i] < (int)first)
			continue;
		fdrange_close(first, (unsigned)keep[i] - 1);
		first = (unsigned)keep[i] + 1;
	}
	fdrange_close(first, FDRANGE_ALL);
}

static void
on_daemon_end(int sig)
{
	(void)sig;
	_exit(111);
}

/*
 * The daemon has the other end of the pipe: when the kernel closes that, also
 * after a kill -9, it sends SIGIO.  PR_SET_PDEATHSIG would be lost as soon as
 * we act as a rule's user for a moment.  Returns 0, or -1.
 */
static int
end_with_daemon(int answer_fd)
{
	struct sigaction sa = { .sa_handler = on_daemon_end };
	struct pollfd pipe = { answer_fd, 0, 0 };
	int flags = fcntl(answer_fd, F_GETFL);

	if (flags == -1 || sigaction(SIGIO, &sa, NULL) == -1 ||
	    fcntl(answer_fd, F_SETOWN, getpid()) == -1 ||
	    fcntl(answer_fd, F_SETFL, flags | O_ASYNC) == -1)
		return -1;
	return poll(&pipe, 1, 0) == 0 ? 0 : -1; /* or it is gone already */
}

/*
 * _exit(): what the daemon registered for its own exit is not ours to run.
 * The answer is small enough to be one write that never waits.
 */
static LOG_NORETURN void
serve(const struct helper *h, helper_fn *fn, size_t size, int answer_fd,
    int keep_fd, void *arg)
{
	int keep[3] = { answer_fd, keep_fd, h->also_fd };
	alignas(max_align_t) char answer[HELPER_ANSWER_MAX];
	sigset_t none;

	spawn_reset_signals();
	close_all_but(keep, 3);
	sigemptyset(&none);
	if ((!h->outlives && end_with_daemon(answer_fd) == -1) ||
	    sigprocmask(SIG_SETMASK, &none, NULL) == -1)
		_exit(111);
	memset(answer, 0, sizeof(answer));
	fn(answer, arg);
	if (write(answer_fd, answer, size) != (ssize_t)size)
		_exit(111);
	_exit(0);
}

/* ---- in the daemon ---- */

static void
release(struct helper *h)
{
	ev_timer_stop(h->loop, &h->timeout);
	if (h->answer_fd != -1)
		(void)close(h->answer_fd); /* nothing was written */
	h->answer_fd = -1;
	h->running = false;
}

static void
on_stuck_end(struct child *c, int status, void *arg)
{
	struct helper *h = arg;

	(void)c;
	(void)status;
	h->stuck = false;
	log_info("%s: the helper that could not be ended is gone", h->name);
}

/* It was killed, and will end when what it waits for answers. */
static void
give_up(struct helper *h)
{
	log_warnx("%s: helper cannot be ended (process %ld)", h->name,
	    (long)h->child.pid);
	release(h);
	h->stuck = true;
	h->child.on_end = on_stuck_end;
	h->on_end(h, NULL, h->arg);
}

static void
on_timeout(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct helper *h = w->data;

	(void)revents;
	if (h->timed_out) {
		give_up(h);
		return;
	}
	h->timed_out = true;
	log_warnx("%s: helper took too long, killed", h->name);
	if (kill(h->child.pid, SIGKILL) == -1)
		log_warn("%s: kill helper", h->name);
	if (!h->disposable)
		return;
	ev_timer_set(&h->timeout, DYING, 0.);
	ev_timer_start(loop, &h->timeout);
}

/*
 * A helper writes its answer just before it ends, and the pipe holds all of
 * it: whatever is not there now never will be.
 */
static void
on_child_end(struct child *c, int status, void *arg)
{
	alignas(max_align_t) char answer[HELPER_ANSWER_MAX];
	struct helper *h = arg;
	bool whole;

	(void)c;

	whole = read(h->answer_fd, answer, h->size) == (ssize_t)h->size;
	if (!whole && WIFSIGNALED(status))
		log_warnx(
		    "%s: helper died of signal %d", h->name, WTERMSIG(status));
	else if (!whole)
		log_warnx("%s: helper gave no answer, exit %d", h->name,
		    WEXITSTATUS(status));
	release(h);
	h->on_end(h, whole ? answer : NULL, h->arg);
}

void
helper_init(struct helper *h)
{
	memset(h, 0, sizeof(*h));
	h->answer_fd = h->also_fd = -1;
	ev_init(&h->timeout, on_timeout);
	h->timeout.data = h;
}

/* Signals are blocked until the copy has dropped the handlers of the daemon,
 * which would speak to the daemon's own loop. */
static pid_t
fork_blocked(const struct helper *h, helper_fn *fn, size_t size, int answer_fd,
    int keep_fd, void *arg)
{
	sigset_t all, before;
	pid_t pid;
	int saved_errno;

	sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, &before) == -1)
		return -1;
	pid = fork();
	if (pid == 0)
		serve(h, fn, size, answer_fd, keep_fd, arg);
	saved_errno = errno;
	/* Valid arguments: cannot fail. */
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	errno = saved_errno;
	return pid;
}

int
helper_start(struct helper *h, struct ev_loop *loop, struct child_pool *pool,
    const char *name, helper_fn *fn, size_t size, double timeout, int keep_fd,
    helper_end_fn *on_end, void *arg)
{
	int fds[2] = { -1, -1 }, saved_errno;
	pid_t pid = -1;

	errno = EBUSY;
	if (h->running || h->stuck)
		return -1;
	errno = EINVAL;
	if (size <= HELPER_ANSWER_MAX &&
	    pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0)
		pid = fork_blocked(h, fn, size, fds[1], keep_fd, arg);
	saved_errno = errno;
	if (fds[1] != -1)
		(void)close(fds[1]); /* the helper has its own */
	errno = saved_errno;
	if (pid == -1) {
		log_warn("%s: start helper", name);
		if (fds[0] != -1)
			(void)close(fds[0]); /* never used */
		errno = saved_errno;
		return -1;
	}
	h->name = name;
	h->loop = loop;
	h->running = true;
	h->timed_out = false;
	h->answer_fd = fds[0];
	h->size = size;
	h->on_end = on_end;
	h->arg = arg;
	child_watch(pool, &h->child, pid, on_child_end, h);
	if (timeout > 0) {
		ev_now_update(loop);
		ev_timer_set(&h->timeout, timeout, 0.);
		ev_timer_start(loop, &h->timeout);
	}
	return 0;
}

void
helper_leave(struct helper *h)
{
	if (h->running || h->stuck)
		child_forget(&h->child);
	h->stuck = false;
	if (h->running)
		release(h);
}

void
helper_close(struct helper *h)
{
	/* Not reaped before child_forget(): the number is still its own. */
	if (h->running && kill(h->child.pid, SIGKILL) == -1)
		log_warn("%s: kill helper", h->name);
	helper_leave(h);
}
