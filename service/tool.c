/*
 * tool - run a supervisor's own tool, and hear what it says.
 */

#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/piped.h"
#include "service/tool.h"

/* Returns its process, or -1 with errno. */
static pid_t
start(const char *const argv[], int write_fd, bool errors)
{
	char *words[TOOL_WORDS_MAX] = { NULL };
	size_t n;

	/* There is a program, always. */
	for (n = 1; n < TOOL_WORDS_MAX - 1 && argv[n] != NULL; n++)
		continue;
	memcpy(words, argv, n * sizeof(words[0]));
	return piped_start(words, write_fd, errors);
}

/* To the end, or the tool would get SIGPIPE.  Returns 0, or -1 with errno. */
static int
read_all(char *text, int fd)
{
	char rest[512];
	size_t used = 0;
	ssize_t n;
	bool full;

	for (;;) {
		full = used == TOOL_TEXT_SIZE - 1;
		if (full)
			n = read(fd, rest, sizeof(rest));
		else
			n = read(fd, text + used, TOOL_TEXT_SIZE - 1 - used);
		if (n == 0)
			break;
		if (n == -1 && errno != EINTR)
			return -1;
		if (n > 0 && !full)
			used += (size_t)n;
	}
	while (used > 0 && text[used - 1] == '\n')
		used--;
	text[used] = '\0';
	return 0;
}

static int
refuse(struct tool_answer *a, const char *name, int error)
{
	(void)snprintf(a->text, sizeof(a->text), "%s: %s", name,
	    strerror(error)); /* cut where it is too long */
	return -1;
}

static int
run(struct tool_answer *a, const char *const argv[], bool errors)
{
	int fds[2];
	int status, read_error = 0;
	pid_t pid;

	a->status = 0;
	a->text[0] = '\0';
	if (pipe2(fds, O_CLOEXEC) == -1)
		return refuse(a, argv[0], errno);
	pid = start(argv, fds[1], errors);
	if (pid == -1)
		refuse(a, argv[0], errno);
	(void)close(fds[1]); /* nothing was written */
	if (pid != -1 && read_all(a->text, fds[0]) == -1)
		read_error = errno;
	(void)close(fds[0]); /* nothing was written */
	if (pid == -1)
		return -1;
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return refuse(a, argv[0], errno);
	if (read_error != 0)
		return refuse(a, argv[0], read_error);
	a->status =
	    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return 0;
}

int
tool_run(struct tool_answer *a, const char *const argv[])
{
	return run(a, argv, true);
}

int
tool_ask(struct tool_answer *a, const char *const argv[])
{
	return run(a, argv, false);
}

int
tool_line(const char *text)
{
	return (int)strcspn(text, "\n");
}
