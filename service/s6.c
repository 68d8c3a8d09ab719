/*
 * s6 - services under s6-supervise, by s6-svc and s6-svstat.
 */

#include <stdio.h>
#include <string.h>

#include "service/s6.h"
#include "service/servicedir.h"

/* The others have supervise/ok.  What another supervisor has left in the
 * directory does not count: the tool is asked. */
static bool
claims(const char *service)
{
	return servicedir_has(service, "supervise/control") &&
	       (servicedir_has(service, "supervise/death_tally") ||
		   !servicedir_has(service, "supervise/ok"));
}

/* Only a service with a notification-fd says that it is ready. */
static bool
is_ready(const struct service_state *s, const char *service)
{
	return !servicedir_has(service, "notification-fd") ||
	       strstr(s->word, ", ready ") != NULL;
}

static enum order_end
look(struct service_state *s, const char *service)
{
	const char *const argv[] = { "s6-svstat", service, NULL };
	struct tool_answer a;
	int rc = tool_run(&a, argv);

	(void)snprintf(s->word, sizeof(s->word), "%.*s", tool_line(a.text),
	    a.text); /* fits */
	s->ready = is_ready(s, service);
	s->failed = false;
	servicedir_changes(s, service);
	if (rc == -1 || a.status != 0 || servicedir_read(s, a.text) == -1)
		return ORDER_TROUBLE;
	return ORDER_DONE;
}

/* Not s6-svc -r: that takes the signal and the time to kill from files of the
 * service, and a sender is never killed by us. */
static enum order_end
act(struct service_state *s, const char *service, enum order_verb verb)
{
	return servicedir_signal(s, "s6-svc", service, verb);
}

const struct supervisor *
s6_supervisor(void)
{
	static const struct supervisor it = {
		.name = "s6", .claims = claims, .look = look, .act = act
	};

	return &it;
}
