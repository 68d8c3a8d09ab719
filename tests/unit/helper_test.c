#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/helper.h"
#include "daemon/log.h"
#include "tests/unit/check.h"

struct answer {
	char fds[64];
	bool clean; /* no signal ignored or blocked */
	pid_t pid;
};

struct seen {
	struct ev_loop *loop;
	struct child_pool pool;
	struct helper helper;
	struct answer answer;
	int ends, answers, again;
};

/* The numbers of the open descriptors, but for the directory's own. */
static void
look_around(void *answer, void *arg)
{
	struct answer *a = answer;
	struct sigaction sa;
	sigset_t blocked;
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	size_t length = 0;

	(void)arg;
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.' ||
		    atoi(entry->d_name) == dirfd(dir))
			continue;
		length += (size_t)snprintf(a->fds + length,
		    sizeof(a->fds) - length, "%s ", entry->d_name);
	}
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	sigaction(SIGPIPE, NULL, &sa);
	a->clean =
	    sa.sa_handler == SIG_DFL && sigismember(&blocked, SIGTERM) == 0;
	sigaction(SIGCHLD, NULL, &sa);
	a->clean = a->clean && sa.sa_handler == SIG_DFL;
	a->pid = getpid();
}

static void
die(void *answer, void *arg)
{
	(void)answer;
	(void)arg;
	raise(SIGKILL);
}

static void
leave(void *answer, void *arg)
{
	(void)answer;
	(void)arg;
	_exit(0);
}

static void
hang(void *answer, void *arg)
{
	(void)answer;
	(void)arg;
	for (;;)
		pause();
}

static void
fill(void *answer, void *arg)
{
	(void)arg;
	memset(answer, 'b', HELPER_ANSWER_MAX);
}

static void
on_end(struct helper *h, const void *answer, void *arg)
{
	struct seen *s = arg;

	s->ends++;
	if (answer != NULL) {
		s->answers++;
		memcpy(&s->answer, answer, sizeof(s->answer));
	}
	if (s->again > 0 && s->again-- > 0 && !h->running &&
	    helper_start(h, s->loop, &s->pool, "rule", look_around,
		sizeof(s->answer), 0, -1, on_end, s) == 0)
		return;
	ev_break(s->loop, EVBREAK_ALL);
}

static int
start(struct seen *s, helper_fn *fn, size_t size, double timeout, int keep_fd)
{
	s->ends = s->answers = 0;
	return helper_start(&s->helper, s->loop, &s->pool, "rule", fn, size,
	    timeout, keep_fd, on_end, s);
}

static int
test_answer(struct seen *s)
{
	char want[64];
	int keep = fcntl(0, F_DUPFD, 100), other = fcntl(0, F_DUPFD, 100);
	int low = open("/dev/null", O_RDONLY);

	CHECK(keep >= 100 && other >= 100 && low > 2);
	CHECK(start(s, look_around, sizeof(s->answer), 10, keep) == 0);
	snprintf(
	    want, sizeof(want), "0 1 2 %d %d ", s->helper.answer_fd + 1, keep);
	ev_run(s->loop, 0);
	CHECK(s->ends == 1 && s->answers == 1);
	CHECK(s->answer.pid != getpid() && s->answer.clean);
	CHECK(strcmp(s->answer.fds, want) == 0);
	CHECK(start(s, look_around, sizeof(s->answer), 0, -1) == 0);
	snprintf(want, sizeof(want), "0 1 2 %d ", s->helper.answer_fd + 1);
	ev_run(s->loop, 0);
	CHECK(s->answers == 1 && strcmp(s->answer.fds, want) == 0);
	close(keep);
	close(other);
	close(low);
	return 0;
}

static int
test_no_answer(struct seen *s)
{
	CHECK(start(s, die, sizeof(s->answer), 0, -1) == 0);
	ev_run(s->loop, 0);
	CHECK(s->ends == 1 && s->answers == 0);
	CHECK(start(s, leave, sizeof(s->answer), 0, -1) == 0);
	ev_run(s->loop, 0);
	CHECK(s->ends == 1 && s->answers == 0);
	CHECK(start(s, hang, sizeof(s->answer), .02, -1) == 0);
	ev_run(s->loop, 0);
	CHECK(s->ends == 1 && s->answers == 0 && !s->helper.running);
	CHECK(s->helper.timed_out);
	return 0;
}

static void
on_big(struct helper *h, const void *answer, void *arg)
{
	const char *bytes = answer;
	struct seen *s = arg;

	(void)h;
	s->ends++;
	if (bytes != NULL && bytes[0] == 'b' &&
	    memcmp(bytes, bytes + 1, HELPER_ANSWER_MAX - 1) == 0)
		s->answers++;
	ev_break(s->loop, EVBREAK_ALL);
}

static int
test_limit(struct seen *s)
{
	CHECK(start(s, leave, HELPER_ANSWER_MAX + 1, 0, -1) == -1);
	CHECK(errno == EINVAL && !s->helper.running);
	CHECK(helper_start(&s->helper, s->loop, &s->pool, "rule", fill,
		  HELPER_ANSWER_MAX, 0, -1, on_big, s) == 0);
	/* One at a time. */
	CHECK(start(s, leave, 1, 0, -1) == -1 && errno == EBUSY);
	ev_run(s->loop, 0);
	CHECK(s->ends == 1 && s->answers == 1);
	return 0;
}

/* A daemon that starts a helper, and is killed. */
static LOG_NORETURN void
be_killed(struct seen *s, int keep_fd)
{
	if (start(s, hang, 1, 0, keep_fd) == 0)
		raise(SIGKILL);
	_exit(1);
}

/* The helper has the last end of the pipe that can be written to. */
static int
test_daemon_dies(struct seen *s)
{
	struct pollfd fd = { .events = POLLIN };
	int fds[2], status;
	pid_t pid;

	CHECK(pipe2(fds, O_CLOEXEC) == 0);
	pid = fork();
	CHECK(pid != -1);
	if (pid == 0)
		be_killed(s, fds[1]);
	close(fds[1]);
	CHECK(waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGKILL);
	fd.fd = fds[0];
	CHECK(poll(&fd, 1, 30000) == 1);
	close(fds[0]);
	return 0;
}

int
main(void)
{
	static struct seen s;
	sigset_t term;
	int status;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	CHECK(sigprocmask(SIG_BLOCK, &term, NULL) == 0);
	CHECK(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	s.loop = ev_loop_new(EVFLAG_AUTO);
	CHECK(s.loop != NULL);
	child_pool_start(&s.pool, s.loop);
	helper_init(&s.helper);
	helper_close(&s.helper);
	if (test_answer(&s) != 0 || test_no_answer(&s) != 0 ||
	    test_limit(&s) != 0 || test_daemon_dies(&s) != 0)
		return 1;

	s.again = 2;
	CHECK(start(&s, look_around, sizeof(s.answer), 0, -1) == 0);
	ev_run(s.loop, 0);
	CHECK(s.ends == 3 && s.answers == 3);

	CHECK(start(&s, hang, 1, 0, -1) == 0);
	helper_close(&s.helper);
	helper_close(&s.helper);
	CHECK(wait(&status) > 0 && WTERMSIG(status) == SIGKILL && s.ends == 0);
	child_pool_stop(&s.pool);
	ev_loop_destroy(s.loop);
	return 0;
}
