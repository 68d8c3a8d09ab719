/*
 * sender - stands in for qmail-send: tells what it was told.
 *
 *	sender DIR [FD]
 *
 * Appends to DIR/events: "start PID", "hup", "alrm", "term", "end".  After a
 * TERM it ends its deliveries: if DIR/busy, a pipe, is there, it waits until
 * somebody writes to that.  If DIR/crash is there it ends at once, badly.  On
 * FD it says that it is ready, if DIR/late, a pipe, is there when somebody has
 * written to that.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
event(const char *text, long pid)
{
	char line[64];
	int fd, n, rc;

	if (pid != 0)
		n = snprintf(line, sizeof(line), "%s %ld\n", text, pid);
	else
		n = snprintf(line, sizeof(line), "%s\n", text);
	fd = open("events", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (fd == -1)
		return -1;
	rc = write(fd, line, (size_t)n) == n ? 0 : -1;
	return close(fd) == 0 ? rc : -1;
}

/* A pipe that is not there is not waited for. */
static void
wait_for_writer(const char *pipe)
{
	int fd = open(pipe, O_RDONLY | O_CLOEXEC);

	if (fd != -1)
		(void)close(fd); /* nothing was written */
}

static int
say_ready(const char *number)
{
	int fd = atoi(number);

	wait_for_writer("late");
	return write(fd, "\n", 1) == 1 && close(fd) == 0 ? 0 : -1;
}

int
main(int argc, char **argv)
{
	sigset_t set;
	int which;

	if (argc < 2 || chdir(argv[1]) == -1) {
		fputs("usage: sender DIR [FD]\n", stderr);
		return 2;
	}
	/* What is sent from now on waits for sigwait(). */
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGALRM);
	(void)sigaddset(&set, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &set, NULL); /* valid: cannot fail */
	if (event("start", (long)getpid()) == -1 || access("crash", F_OK) == 0)
		return 1;
	if (argc > 2 && say_ready(argv[2]) == -1)
		return 1;
	while (sigwait(&set, &which) == 0) {
		if (event(which == SIGHUP    ? "hup"
			  : which == SIGALRM ? "alrm"
					     : "term",
			0) == -1)
			return 1;
		if (which == SIGTERM)
			break;
	}
	wait_for_writer("busy");
	return event("end", 0) == -1;
}
