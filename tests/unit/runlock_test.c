#include <sys/resource.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/runlock.h"
#include "tests/unit/check.h"

static const char *const path = "rule.lock";

/* Is what the file says now a process, or what is left of its group? */
static int
look(pid_t holder, bool is_over, pid_t rest)
{
	bool over;

	CHECK(runlock_holder(path, &over) == holder && over == is_over);
	CHECK(runlock_rest(path) == rest);
	return 0;
}

static int
put(int fd, const char *text)
{
	CHECK(ftruncate(fd, 0) == 0);
	CHECK(pwrite(fd, text, strlen(text), 0) == (ssize_t)strlen(text));
	return 0;
}

/* Whom a lock names; the wrong process would be signalled. */
static int
test_names(int lock_fd, int fd)
{
	char good[64] = "", text[128];

	CHECK(look(0, false, 0) == 0); /* between lock and start */
	runlock_sign(fd, path, getpid());
	CHECK(look(getpid(), false, 0) == 0);
	CHECK(pread(lock_fd, good, sizeof(good) - 1, 0) > 0);
	/* A number that is no process, and would be ours if it were cut. */
	snprintf(text, sizeof(text), "%lld%s", (1LL << 32) + getpid(),
	    strchr(good, ' '));
	CHECK(put(fd, text) == 0 && look(0, false, 0) == 0);
	snprintf(
	    text, sizeof(text), "99999999999999999999%s", strchr(good, ' '));
	CHECK(put(fd, text) == 0 && look(0, false, 0) == 0);
	/* Half of a line, one that was longer before, and nothing. */
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(good, "\n"), good);
	CHECK(put(fd, text) == 0 && look(0, false, 0) == 0);
	snprintf(text, sizeof(text), "%s99\n", good);
	CHECK(put(fd, text) == 0 && look(getpid(), false, 0) == 0);
	CHECK(put(fd, "") == 0 && look(0, false, 0) == 0);
	return 0;
}

/* Whoever looks neither takes it nor lets go of it. */
static int
test_held(void)
{
	const char *other = "other.lock";
	int fd;

	CHECK(runlock_is_held(other) == 0);
	CHECK(access(other, F_OK) == -1 && errno == ENOENT);
	fd = runlock_take(other);
	CHECK(fd != -1);
	CHECK(runlock_is_held(other) == 1 && runlock_is_held(other) == 1);
	runlock_release(fd, other);
	CHECK(runlock_is_held(other) == 0);
	fd = runlock_take(other);
	CHECK(fd != -1);
	runlock_release(fd, other);
	CHECK(unlink(other) == 0);
	return 0;
}

/* Of a command that has ended the group may be ended, too, but of no number
 * that is a stranger's by now, who was started at another time. */
static int
test_ended(int fd)
{
	char text[64];
	siginfo_t info;
	int hold[2];
	pid_t pid;

	CHECK(pipe(hold) == 0);
	pid = fork();
	if (pid == 0) {
		close(hold[1]);
		_exit(read(hold[0], text, 1) == 0 ? 0 : 1);
	}
	CHECK(pid != -1 && close(hold[0]) == 0);
	runlock_sign(fd, path, pid);
	CHECK(look(pid, false, 0) == 0);
	CHECK(close(hold[1]) == 0);
	/* A zombie until it is waited for. */
	CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
	CHECK(look(0, true, pid) == 0);
	snprintf(text, sizeof(text), "%ld 1\n", (long)pid);
	CHECK(put(fd, text) == 0 && look(0, true, 0) == 0);
	CHECK(waitpid(pid, NULL, 0) == pid);
	CHECK(look(0, true, pid) == 0);
	snprintf(text, sizeof(text), "%ld 1\n", (long)getpid());
	CHECK(put(fd, text) == 0 && look(0, true, 0) == 0);
	return 0;
}

/* The file can be opened, but not written. */
static int
test_full(void)
{
	struct rlimit was, none;
	int fd;

	CHECK(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	CHECK(getrlimit(RLIMIT_FSIZE, &was) == 0);
	none = was;
	none.rlim_cur = 0;
	CHECK(setrlimit(RLIMIT_FSIZE, &none) == 0);
	fd = runlock_blank(path);
	CHECK(setrlimit(RLIMIT_FSIZE, &was) == 0);
	CHECK(signal(SIGXFSZ, SIG_DFL) != SIG_ERR);
	CHECK(fd == -1 && errno == EFBIG);
	return 0;
}

int
main(void)
{
	char dir[] = "/tmp/runlock_test.XXXXXX";
	int rc, lock_fd, fd;

	CHECK(mkdtemp(dir) != NULL && chdir(dir) == 0);
	lock_fd = runlock_take(path);
	fd = runlock_blank(path);
	CHECK(lock_fd != -1 && fd != -1);
	rc = test_names(lock_fd, fd) || test_ended(fd) || test_held() ||
	     test_full();
	close(fd);
	runlock_release(lock_fd, path);
	unlink(path);
	rmdir(dir);
	return rc;
}
