/*
 * servicedir - what daemontools, runit and s6 have in common.
 */

#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service/servicedir.h"

bool
servicedir_has(const char *service, const char *file)
{
	char path[PATH_MAX];
	struct stat st;
	int n = snprintf(path, sizeof(path), "%s/%s", service, file);

	if (n < 0 || (size_t)n >= sizeof(path))
		return false;
	return stat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

static enum order_end
say(struct service_state *s, enum order_end end, const char *text)
{
	(void)snprintf(s->word, sizeof(s->word), "%s", text); /* fits */
	return end;
}

enum order_end
servicedir_blame(struct service_state *s, const char *service)
{
	struct stat st;

	if (stat(service, &st) == -1)
		return say(s,
		    errno == ENOENT || errno == ENOTDIR ? ORDER_WRONG
							: ORDER_TROUBLE,
		    strerror(errno));
	if (!S_ISDIR(st.st_mode) || !servicedir_has(service, "run"))
		return say(
		    s, ORDER_WRONG, "not a service directory: has no run");
	return say(s, ORDER_TROUBLE, "no supervisor has it");
}

/* Is the word among those after the commas? */
static bool
says(const char *line, size_t len, const char *word)
{
	const char *at = strstr(line, word);

	return at != NULL && (size_t)(at - line) < len;
}

int
servicedir_read(struct service_state *s, const char *line)
{
	static const char up[] = "up (pid ";
	size_t len = strcspn(line, ";\n");
	long pid = 0;

	if (strncmp(line, up, sizeof(up) - 1) == 0) {
		pid = strtol(line + sizeof(up) - 1, NULL, 10);
		if (pid <= 0 || pid > INT_MAX)
			return -1;
		s->wanted = !says(line, len, ", want down");
	} else if (strncmp(line, "down ", 5) == 0)
		s->wanted = says(line, len, ", want up");
	else
		return -1;
	s->pid = (pid_t)pid;
	return 0;
}

void
servicedir_changes(struct service_state *s, const char *service)
{
	char path[PATH_MAX];
	struct stat st;
	int n = snprintf(path, sizeof(path), "%s/supervise/status", service);

	s->changes = 0;
	if (n < 0 || (size_t)n >= sizeof(path) || stat(path, &st) == -1)
		return; /* then only what is said counts */
	s->changes = (uint64_t)st.st_mtim.tv_sec * 1000000000 +
		     (uint64_t)st.st_mtim.tv_nsec;
}

enum order_end
servicedir_tell(struct service_state *s, const char *const argv[])
{
	struct tool_answer a;
	int rc = tool_run(&a, argv);

	if (rc == 0 && a.status == 0 && a.text[0] == '\0')
		return ORDER_DONE;
	(void)snprintf(s->word, sizeof(s->word), "%.*s", tool_line(a.text),
	    a.text); /* fits */
	if (s->word[0] == '\0')
		(void)snprintf(s->word, sizeof(s->word), "%s: exit status %d",
		    argv[0], a.status); /* cut where it is too long */
	return ORDER_TROUBLE;
}

enum order_end
servicedir_signal(struct service_state *s, const char *tool,
    const char *service, enum order_verb verb)
{
	const char *argv[] = { tool, "-t", service, NULL };

	if (verb == ORDER_HUP)
		argv[1] = "-h";
	else if (verb == ORDER_ALRM)
		argv[1] = "-a";
	return servicedir_tell(s, argv);
}
