/*
 * daemontools - services under supervise, by svc and svstat.
 */

#include <stdio.h>
#include <string.h>

#include "service/daemontools.h"
#include "service/servicedir.h"

/* supervise/ok is what svok(8) looks at. */
static bool
claims(const char *service)
{
	return servicedir_has(service, "supervise/ok");
}

/* svstat says "SERVICE: WORDS" and ends with 0 whatever it found. */
static enum order_end
look(struct service_state *s, const char *service)
{
	const char *const argv[] = { "svstat", service, NULL };
	size_t len = strlen(service);
	struct tool_answer a;
	const char *words = a.text;
	int rc = tool_run(&a, argv);

	if (rc == 0 && strncmp(a.text, service, len) == 0 &&
	    strncmp(a.text + len, ": ", 2) == 0)
		words = a.text + len + 2;
	(void)snprintf(s->word, sizeof(s->word), "%.*s", tool_line(words),
	    words); /* fits */
	s->ready = true;
	s->failed = false;
	servicedir_changes(s, service);
	if (rc == -1 || servicedir_read(s, words) == -1)
		return ORDER_TROUBLE;
	return ORDER_DONE;
}

/* svc ends with 0 though it could not reach supervise, but then it warns. */
static enum order_end
act(struct service_state *s, const char *service, enum order_verb verb)
{
	return servicedir_signal(s, "svc", service, verb);
}

const struct supervisor *
daemontools_supervisor(void)
{
	static const struct supervisor it = { .name = "daemontools",
		.claims = claims,
		.look = look,
		.act = act };

	return &it;
}
