/*
 * postfix - instances of Postfix.
 */

#include <sys/stat.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/log.h"
#include "service/postfix.h"
#include "service/tool.h"

#define PREFIX "postfix:"

bool
postfix_claims(const char *service)
{
	return strncmp(service, PREFIX, strlen(PREFIX)) == 0;
}

/* Postfix's word for it, or NULL: it has none. */
static const char *
command_of(enum order_verb verb)
{
	switch (verb) {
	case ORDER_RELOAD:
	case ORDER_HUP:
		return "reload";
	case ORDER_CHECK:
		return "check";
	case ORDER_ALRM:
		return "flush";
	case ORDER_TERM:
		return "stop";
	case ORDER_RESTART:
	case ORDER_NONE:
		break;
	}
	return NULL;
}

/* A rule's command has no sbin in its PATH, where Postfix's commands are. */
static int
add_sbin(void)
{
	const char *path = getenv("PATH");
	char longer[4096];

	if (path == NULL)
		path = "/usr/bin:/bin";
	if (strstr(path, ":/usr/sbin") != NULL ||
	    (size_t)snprintf(longer, sizeof(longer),
		"%s:/usr/sbin:/usr/local/sbin", path) >= sizeof(longer))
		return 0;
	return setenv("PATH", longer, 1);
}

/* Run Postfix's command for the instance.  With -c it is for this one only,
 * also where a multi-instance manager is set up (postfix-wrapper(5)). */
static int
run(struct tool_answer *a, const char *dir, const char *command)
{
	const char *const argv[] = { "postfix", "-c", dir, command, NULL };

	return tool_run(a, argv);
}

/* The same, with the result in the log: Postfix's own words go to the mail
 * log. */
static enum order_end
act(const char *service, const char *dir, const char *command)
{
	struct tool_answer a;

	if (run(&a, dir, command) == -1) {
		log_warnx("%s: postfix %s: %s", service, command, a.text);
		return ORDER_TROUBLE;
	}
	if (a.status != 0) {
		log_warnx("%s: postfix %s: exit %d, see the mail log: %.*s",
		    service, command, a.status, tool_line(a.text), a.text);
		return ORDER_TROUBLE;
	}
	log_info("%s: postfix %s", service, command);
	return ORDER_DONE;
}

/* Ask for one line.  Returns 0, or -1 with a warning logged.  postconf warns of
 * a parameter that is set twice, and answers. */
static int
ask(struct tool_answer *a, const char *service, const char *const argv[])
{
	if (tool_ask(a, argv) == -1) {
		log_warnx("%s: postconf: %s", service, a->text);
		return -1;
	}
	if (a->status != 0) {
		log_warnx("%s: postconf: exit %d", service, a->status);
		return -1;
	}
	a->text[tool_line(a->text)] = '\0';
	return 0;
}

/* By whatever name. */
static bool
is_same_dir(const char *a, const char *b)
{
	struct stat left, right;

	return stat(a, &left) == 0 && stat(b, &right) == 0 &&
	       left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}

/*
 * May it be reloaded?  The default instance is always enabled, the others by
 * multi_instance_enable: postmulti(1).  Returns 1 or 0, or -1 with a warning
 * logged.
 */
static int
is_enabled(const char *service, const char *dir)
{
	const char *const first[] = { "postconf", "-d", "-h",
		"config_directory", NULL };
	const char *const enabled[] = { "postconf", "-c", dir, "-x", "-h",
		"multi_instance_enable", NULL };
	struct tool_answer a;

	if (ask(&a, service, first) == -1)
		return -1;
	if (strcmp(a.text, dir) == 0 || is_same_dir(a.text, dir))
		return 1;
	if (ask(&a, service, enabled) == -1)
		return -1;
	return strcasecmp(a.text, "yes") == 0;
}

/* Returns 1 or 0, or -1 with a warning logged: whoever cannot be asked, or was
 * killed in the middle of it, has not said that it is down. */
static int
is_running(const char *service, const char *dir)
{
	struct tool_answer a;

	if (run(&a, dir, "status") == -1) {
		log_warnx("%s: postfix status: %s", service, a.text);
		return -1;
	}
	if (a.status < 128)
		return a.status == 0;
	log_warnx("%s: postfix status: exit %d", service, a.status);
	return -1;
}

enum order_end
postfix_serve(const struct order *order, const char *service)
{
	const char *command = command_of(order->verb);
	const char *dir = service + strlen(PREFIX);
	int enabled, running;

	if (dir[0] != '/' || command == NULL) {
		log_warnx("%s: %s", service,
		    command == NULL ? "Postfix needs no restart: reload"
				    : "not an absolute path");
		return ORDER_WRONG;
	}
	if (add_sbin() == -1) {
		log_warn("%s", service);
		return ORDER_TROUBLE;
	}
	if (order->verb == ORDER_CHECK)
		return act(service, dir, command);
	enabled = is_enabled(service, dir);
	running = enabled == 1 ? is_running(service, dir) : 0;
	if (enabled == -1 || running == -1)
		return ORDER_TROUBLE;
	if (running == 1)
		return act(service, dir, command);
	log_info("%s: %s: not told to %s", service,
	    enabled == 1 ? "not running" : "disabled", command);
	/* Its problems are to be known before it is needed. */
	if (strcmp(command, "reload") != 0)
		return ORDER_DONE;
	return act(service, dir, "check");
}
