/*
 * process on Linux, by /proc/PID/stat; see proc(5).
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/process.h"

#define FIELD_STATE 3  /* of one letter */
#define FIELD_START 22 /* when it was started */

/* The field that many after the number, or NULL. */
static const char *
find_field(const char *text, int field)
{
	const char *at = strrchr(text, ')'); /* the name may hold anything */
	int i;

	for (i = 2; at != NULL && i < field; i++) {
		at = strchr(at, ' ');
		at = at == NULL ? NULL : at + 1;
	}
	return at;
}

unsigned long long
process_start_time(pid_t pid, bool *ended)
{
	char path[64], text[1024];
	const char *state, *start;
	ssize_t n;
	int fd;

	if (ended != NULL)
		*ended = false;
	(void)snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd); /* nothing was written */
	if (n <= 0)
		return 0;
	text[n] = '\0';
	state = find_field(text, FIELD_STATE);
	start = find_field(text, FIELD_START);
	if (ended != NULL)
		*ended = state != NULL && (*state == 'Z' || *state == 'X');
	return start == NULL ? 0 : strtoull(start, NULL, 10);
}

bool
process_has_ended(pid_t pid)
{
	bool ended;

	(void)process_start_time(pid, &ended);
	return ended;
}
