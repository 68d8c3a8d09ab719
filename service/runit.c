/*
 * runit - services under runsv, by sv.
 */

#include <stdio.h>
#include <string.h>

#include "service/runit.h"
#include "service/servicedir.h"

/* The text file is runit's alone. */
static bool
claims(const char *service)
{
	return servicedir_has(service, "supervise/ok") &&
	       servicedir_has(service, "supervise/stat");
}

/* sv says "run: SERVICE: (pid 7) 12s, want down; run: log: ...", "down:" and
 * "finish:", where the process is that of the service's finish script.
 * Returns 0, or -1: it said something else. */
static int
read_words(struct service_state *s, const char *text, const char *service)
{
	char line[TOOL_TEXT_SIZE];
	const char *words = strstr(text, ": ");
	size_t len = strlen(service);
	bool runs = strncmp(text, "run: ", 5) == 0;

	if (words == NULL || (!runs && strncmp(text, "down: ", 6) != 0 &&
				 strncmp(text, "finish: ", 8) != 0))
		return -1;
	words += 2;
	if (strncmp(words, service, len) != 0 ||
	    strncmp(words + len, ": ", 2) != 0)
		return -1;
	words += len + 2;
	/* In the words of the others. */
	(void)snprintf(line, sizeof(line), "%s %s", runs ? "up" : "down",
	    words); /* cut beyond what counts */
	if (servicedir_read(s, line) == -1)
		return -1;
	if (strncmp(text, "finish: ", 8) == 0)
		s->wanted = strstr(line, ", want down") == NULL;
	return 0;
}

static enum order_end
look(struct service_state *s, const char *service)
{
	const char *const argv[] = { "sv", "status", service, NULL };
	struct tool_answer a;
	int rc = tool_run(&a, argv);

	(void)snprintf(s->word, sizeof(s->word), "%.*s",
	    (int)strcspn(a.text, ";\n"), a.text); /* fits */
	s->ready = true;
	s->failed = false;
	servicedir_changes(s, service);
	if (rc == -1 || read_words(s, a.text, service) == -1)
		return ORDER_TROUBLE;
	return ORDER_DONE;
}

/* Not sv restart: that would start what is down. */
static enum order_end
act(struct service_state *s, const char *service, enum order_verb verb)
{
	const char *argv[] = { "sv", "term", service, NULL };

	if (verb == ORDER_HUP)
		argv[1] = "hup";
	else if (verb == ORDER_ALRM)
		argv[1] = "alarm";
	return servicedir_tell(s, argv);
}

const struct supervisor *
runit_supervisor(void)
{
	static const struct supervisor it = {
		.name = "runit", .claims = claims, .look = look, .act = act
	};

	return &it;
}
