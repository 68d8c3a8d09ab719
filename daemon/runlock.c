/*
 * runlock - the lock of a rule's run, and whose it is.
 */

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/process.h"
#include "daemon/runlock.h"

#define BLANK "-\n" /* a file that is not signed yet */

/* The command inherits this descriptor, so it is for reading only: what the
 * file says will be believed by a daemon that may signal any group. */
int
runlock_take(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
	    S_IRUSR | S_IWUSR);

	if (fd == -1) {
		log_warn("%s: open", path);
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == -1 || fstat(fd, &st) == -1) {
		if (errno != EWOULDBLOCK)
			log_warn("%s: lock", path);
		runlock_release(fd, path);
		return -1;
	}
	if (st.st_nlink > 0)
		return fd;
	/* Removed as we opened it: see forget.c.  Nobody else would see us. */
	runlock_release(fd, path);
	return runlock_take(path);
}

/* Until it is signed, the earlier run that it names would pass for the one that
 * holds it, and that has ended. */
int
runlock_blank(const char *path)
{
	int fd = runlock_reopen(path), saved_errno;

	if (fd == -1 || runlock_clear(fd) == 0)
		return fd;
	log_warn("%s: write", path);
	saved_errno = errno;
	(void)close(fd); /* it is not used */
	errno = saved_errno;
	return -1;
}

int
runlock_reopen(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd == -1)
		log_warn("%s: write", path);
	return fd;
}

int
runlock_clear(int fd)
{
	ssize_t n = (ssize_t)strlen(BLANK);

	return pwrite(fd, BLANK, (size_t)n, 0) == n ? 0 : -1;
}

/* What follows the first newline is left from an earlier, longer text. */
void
runlock_sign(int fd, const char *path, pid_t pid)
{
	char text[64];
	int n;

	n = snprintf(text, sizeof(text), "%ld %llu\n", (long)pid,
	    process_start_time(pid, NULL));
	if (pwrite(fd, text, (size_t)n, 0) != n)
		log_warn("%s: write", path);
}

void
runlock_release(int fd, const char *name)
{
	int saved_errno = errno;

	if (fd == -1)
		return;
	/* close() alone would leave it with whoever inherited it. */
	if (flock(fd, LOCK_UN) == -1)
		log_warn("%s: unlock", name);
	(void)close(fd); /* nothing was written */
	errno = saved_errno;
}

int
runlock_is_held(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool held;

	if (fd == -1 && errno == ENOENT)
		return 0;
	if (fd == -1) {
		log_warn("%s: open", path);
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		runlock_release(fd, path);
		return 0;
	}
	held = errno == EWOULDBLOCK;
	if (!held)
		log_warn("%s: lock", path);
	runlock_release(fd, path);
	return held ? 1 : -1;
}

/* A process, and since when it has run, in a line of the file. */
static bool
parse_name(const char *text, pid_t *pid, unsigned long long *since)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	if (*end != ' ' || number <= 1 || number > INT_MAX)
		return false;
	*pid = (pid_t)number;
	*since = strtoull(end + 1, &end, 10);
	return errno == 0 && *end == '\n' && *since != 0;
}

/* Read what the file says.  Returns false if that is nothing. */
static bool
read_name(const char *path, pid_t *pid, unsigned long long *since)
{
	char text[64];
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd); /* nothing was written */
	if (n <= 0)
		return false;
	text[n] = '\0';
	return parse_name(text, pid, since);
}

/* What has become of a command that a file names. */
enum fate {
	FATE_UNKNOWN,  /* the file names nobody, or it cannot be told */
	FATE_RUNS,     /* it has not ended */
	FATE_ENDED,    /* but nobody has waited for it yet */
	FATE_GONE,     /* no process has its number */
	FATE_FOLLOWED, /* the number is a stranger's */
};

static enum fate
fate_of(const char *path, pid_t *pid)
{
	unsigned long long since, now;
	bool ended;

	if (!read_name(path, pid, &since))
		return FATE_UNKNOWN;
	now = process_start_time(*pid, &ended);
	if (now == since)
		return ended ? FATE_ENDED : FATE_RUNS;
	if (now != 0)
		return FATE_FOLLOWED;
	/* Not to be seen is not to be gone. */
	return kill(*pid, 0) == -1 && errno == ESRCH ? FATE_GONE : FATE_UNKNOWN;
}

pid_t
runlock_holder(const char *path, bool *over)
{
	pid_t pid = 0;
	enum fate fate = fate_of(path, &pid);

	*over = fate != FATE_UNKNOWN && fate != FATE_RUNS;
	return fate == FATE_RUNS ? pid : 0;
}

/* While a group has members its number is given to nobody. */
pid_t
runlock_rest(const char *path)
{
	pid_t pid = 0;
	enum fate fate = fate_of(path, &pid);

	return fate == FATE_ENDED || fate == FATE_GONE ? pid : 0;
}
