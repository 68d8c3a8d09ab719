/*
 * systemd - services that are units, by systemctl.
 */

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service/servicedir.h"
#include "service/systemd.h"

static const char properties[] =
    "LoadState,ActiveState,SubState,MainPID,NRestarts,Job,"
    "StateChangeTimestampMonotonic";

static bool
claims(const char *service)
{
	return strchr(service, '/') == NULL;
}

/* The value of a property in lines of NAME=VALUE; empty if it is not there. */
static const char *
property(const char *text, const char *name, char *value, size_t size)
{
	size_t len = strlen(name);
	const char *line = text;

	value[0] = '\0';
	while (line != NULL) {
		if (strncmp(line, name, len) == 0 && line[len] == '=') {
			line += len + 1;
			(void)snprintf(value, size, "%.*s", tool_line(line),
			    line); /* what we know is short */
			break;
		}
		line = strchr(line, '\n');
		if (line != NULL)
			line++;
	}
	return value;
}

static uint64_t
number(const char *text, const char *name)
{
	char value[32];

	return strtoull(property(text, name, value, sizeof(value)), NULL, 10);
}

/* Returns 0 for what is no process's number, too. */
static pid_t
process(const char *text, const char *name)
{
	uint64_t pid = number(text, name);

	return pid > INT_MAX ? 0 : (pid_t)pid;
}

/* A restart is a job until the new process is ready: between the two the unit
 * may look as if somebody had stopped it. */
static void
read_state(struct service_state *s, const char *text)
{
	char active[32], sub[32];

	(void)property(text, "ActiveState", active, sizeof(active));
	(void)property(text, "SubState", sub, sizeof(sub));
	s->pid = process(text, "MainPID");
	s->ready = strcmp(active, "active") == 0;
	s->failed = strcmp(active, "failed") == 0;
	s->wanted = s->ready || strcmp(active, "activating") == 0 ||
		    strcmp(active, "reloading") == 0 ||
		    number(text, "Job") != 0;
	s->changes = number(text, "NRestarts") * 1000000000000 +
		     number(text, "StateChangeTimestampMonotonic");
	(void)snprintf(s->word, sizeof(s->word), "%s (%s), main process %ld",
	    active, sub, (long)s->pid); /* fits */
}

static enum order_end
look(struct service_state *s, const char *service)
{
	const char *const argv[] = { "systemctl", "show", "-p", properties,
		"--", service, NULL };
	struct tool_answer a;
	char load[32];
	int rc = tool_run(&a, argv);

	(void)snprintf(s->word, sizeof(s->word), "%.*s", tool_line(a.text),
	    a.text); /* fits */
	if (rc == -1 || a.status != 0)
		return ORDER_TROUBLE;
	(void)property(a.text, "LoadState", load, sizeof(load));
	read_state(s, a.text);
	if (strcmp(load, "loaded") == 0)
		return ORDER_DONE;
	(void)snprintf(s->word, sizeof(s->word),
	    "the unit's state is '%s'; a service directory begins with a slash",
	    load); /* fits */
	return ORDER_WRONG;
}

/* systemctl warns of a unit file that is newer than what systemd has read, and
 * does what it was told: its exit status counts. */
static enum order_end
tell(struct service_state *s, const char *const argv[])
{
	struct tool_answer a;
	int rc = tool_run(&a, argv);

	if (rc == 0 && a.status == 0)
		return ORDER_DONE;
	(void)snprintf(s->word, sizeof(s->word), "%.*s", tool_line(a.text),
	    a.text); /* fits */
	if (s->word[0] == '\0')
		(void)snprintf(s->word, sizeof(s->word), "%s: exit status %d",
		    argv[0], a.status); /* cut where it is too long */
	return ORDER_TROUBLE;
}

/* Only the main process: qmail-send's helpers must not get its signals.  The
 * option's newer name is --kill-whom; the older one is understood by all. */
static enum order_end
act(struct service_state *s, const char *service, enum order_verb verb)
{
	const char *const restart[] = { "systemctl", "--no-block",
		"try-restart", "--", service, NULL };
	const char *send[] = { "systemctl", "kill", "--kill-who=main",
		"--signal=TERM", "--", service, NULL };

	if (verb == ORDER_RESTART)
		return tell(s, restart);
	if (verb == ORDER_HUP)
		send[3] = "--signal=HUP";
	else if (verb == ORDER_ALRM)
		send[3] = "--signal=ALRM";
	return tell(s, send);
}

const struct supervisor *
systemd_supervisor(void)
{
	static const struct supervisor it = {
		.name = "systemd", .claims = claims, .look = look, .act = act
	};

	return &it;
}
