/*
 * handover - half of the work done in a second process, and its results given
 * to the first.
 */

#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builders/handover.h"
#include "builders/leave.h"
#include "builders/second.h"
#include "daemon/log.h"

/* How the second ends, by what it has to tell beside its lists. */
enum {
	STATUS_CHANGING = 1,
	STATUS_TROUBLED = 2,
	STATUS_ALL = 3,
	STATUS_FAILED = 4
};

static void
close_files(struct handover *h)
{
	if (h->result_fd != -1)
		(void)close(h->result_fd); /* memory: nothing is lost */
	if (h->log_fd != -1)
		(void)close(h->log_fd); /* memory */
	if (h->said_fd != -1)
		(void)close(h->said_fd); /* memory */
	h->result_fd = -1;
	h->log_fd = -1;
	h->said_fd = -1;
}

static int
open_files(struct handover *h)
{
	h->result_fd = second_file("lists");
	h->log_fd = second_file("log");
	h->said_fd = second_file("said");
	if (h->result_fd != -1 && h->log_fd != -1 && h->said_fd != -1)
		return 0;
	close_files(h);
	return -1;
}

/* It does not go on when nobody waits for it any more. */
static void
begin_second(const struct handover *h, pid_t first)
{
	if (second_begin(first) == -1 || dup2(h->log_fd, STDERR_FILENO) == -1)
		_exit(STATUS_FAILED);
}

enum handover_role
handover_start(struct handover *h)
{
	pid_t first = getpid();

	if (open_files(h) == -1)
		return HANDOVER_ALONE;
	h->pid = fork();
	if (h->pid == 0) {
		begin_second(h, first);
		return HANDOVER_SECOND;
	}
	if (h->pid == -1) {
		close_files(h);
		return HANDOVER_ALONE;
	}
	log_copy(h->said_fd);
	return HANDOVER_FIRST;
}

void
handover_give(struct handover *h, const struct handover_about *about,
    const struct lists *lists, const struct deps *deps,
    const struct timespec *started)
{
	const struct lastform_about none = { .whole = 0 };
	int status = 0;

	if (leave_write(h->result_fd, &none, lists, deps, started) == -1)
		_exit(STATUS_FAILED);
	if (about->changing)
		status |= STATUS_CHANGING;
	if (about->troubled)
		status |= STATUS_TROUBLED;
	_exit(status);
}

/* Returns its status, STATUS_FAILED if it has none. */
static int
wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return STATUS_FAILED;
	if (!WIFEXITED(status) || (WEXITSTATUS(status) & ~STATUS_ALL) != 0)
		return STATUS_FAILED;
	return WEXITSTATUS(status);
}

/* Everything in the file, which is memory: the caller's to free. */
static char *
read_log(int fd, size_t *len)
{
	struct stat st;
	char *bytes;
	ssize_t n;

	*len = 0;
	if (fstat(fd, &st) == -1)
		st.st_size = 0;
	bytes = malloc((size_t)st.st_size + 1);
	if (bytes == NULL)
		log_fatal("memory");
	n = pread(fd, bytes, (size_t)st.st_size, 0);
	if (n > 0)
		*len = (size_t)n;
	return bytes;
}

static bool
has_line(const char *text, size_t len, const char *line, size_t line_len)
{
	const char *end = text + len;
	const char *at = text;

	while (len >= line_len &&
	       (at = memmem(at, (size_t)(end - at), line, line_len)) != NULL) {
		if (at == text || at[-1] == '\n')
			return true;
		at++;
	}
	return false;
}

/* Whole lines, as they were written; but what both have read, and both have
 * complained of, is told once. */
static void
repeat_log(const struct handover *h)
{
	size_t len, said_len, line_len;
	char *text = read_log(h->log_fd, &len);
	char *said = read_log(h->said_fd, &said_len);
	const char *line, *end;

	for (line = text; len > 0; line += line_len, len -= line_len) {
		end = memchr(line, '\n', len);
		line_len = end == NULL ? len : (size_t)(end + 1 - line);
		if (!has_line(said, said_len, line, line_len) &&
		    write(STDERR_FILENO, line, line_len) == -1)
			break; /* nobody is left to tell */
	}
	free(said);
	free(text);
}

/* In a group of their own, which no list has. */
static void
use_paths(const struct lastrun *from, struct deps *deps)
{
	const struct lastform_path *paths = from->table.paths;
	size_t i;

	deps_begin(deps);
	for (i = 0; i < from->header.n_paths; i++) {
		deps_use(deps, from->paths[i]);
		deps_stamp(deps, from->paths[i], &paths[i].stamp);
	}
}

int
handover_take(struct handover *h, struct handover_about *about,
    struct lastrun *out, struct deps *deps)
{
	int status = wait_for(h->pid);
	int rc = -1;

	log_copy(-1);
	if (status != STATUS_FAILED) {
		lastrun_open_fd(out, h->result_fd, deps);
		h->result_fd = -1;
		rc = lastrun_take(out);
	}
	if (rc == 0) {
		repeat_log(h);
		use_paths(out, deps);
		about->changing = (status & STATUS_CHANGING) != 0;
		about->troubled = (status & STATUS_TROUBLED) != 0;
	}
	close_files(h);
	return rc;
}
