/*
 * What the tools of the supervisors, and Postfix's, say to service-signal.
 *
 * The first byte tells whose they are, the second how they end; a form feed
 * ends one answer and begins the next.
 */

#include <string.h>

#include "service/daemontools.h"
#include "service/postfix.h"
#include "service/runit.h"
#include "service/s6.h"
#include "service/systemd.h"
#include "tests/fuzz/matter.h"

/* In place of tool_run(), see the Makefile. */
int __wrap_tool_run(struct tool_answer *a, const char *const argv[]);

/* What is left to be said. */
static struct {
	const uint8_t *at, *end;
	uint8_t how; /* 255: it cannot be run */
} tools;

int
__wrap_tool_run(struct tool_answer *a, const char *const argv[])
{
	size_t room = sizeof(a->text) - 1, n = 0;

	matter_require(argv[0] != NULL);
	for (; tools.at < tools.end && *tools.at != '\f'; tools.at++)
		if (n < room)
			a->text[n++] = (char)*tools.at;
	if (tools.at < tools.end)
		tools.at++;
	while (n > 0 && a->text[n - 1] == '\n')
		n--;
	a->text[n] = '\0';
	a->status = tools.how;
	return tools.how == 255 ? -1 : 0;
}

/* Is the number there as it is, with no digit after it?  A process that was not
 * named is never taken for one. */
static bool
is_written(const char *text, size_t len, pid_t pid)
{
	char number[24];
	size_t i,
	    n = (size_t)snprintf(number, sizeof(number), "%ld", (long)pid);

	for (i = 0; i + n <= len; i++)
		if (memcmp(text + i, number, n) == 0 &&
		    (i + n == len || text[i + n] < '0' || text[i + n] > '9'))
			return true;
	return false;
}

static void
look(const struct supervisor *it, const char *service, const char *text,
    size_t len)
{
	struct service_state s;
	enum order_end end;

	memset(&s, 0, sizeof(s));
	end = it->look(&s, service);
	matter_require(strlen(s.word) < sizeof(s.word));
	matter_require(strchr(s.word, '\n') == NULL);
	matter_require(
	    end == ORDER_DONE || end == ORDER_WRONG || end == ORDER_TROUBLE);
	if (end != ORDER_DONE)
		return;
	matter_require(s.pid >= 0);
	matter_require(s.pid == 0 || is_written(text, len, s.pid));
}

static void
act(const struct supervisor *it, const char *service)
{
	struct service_state s;

	memset(&s, 0, sizeof(s));
	if (it->act(&s, service, ORDER_RESTART) == ORDER_DONE)
		return;
	matter_require(s.word[0] != '\0');
	matter_require(strchr(s.word, '\n') == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct supervisor *(*const all[])(void) = { s6_supervisor,
		runit_supervisor, daemontools_supervisor, systemd_supervisor };
	const struct order order = { .verb = ORDER_RELOAD };
	const struct supervisor *it;

	if (len < 2)
		return 0;
	tools.how = data[1] < '0' ? 255 : data[1] - '0';
	tools.at = data + 2;
	tools.end = data + len;
	if (data[0] % 5 == 4) {
		(void)postfix_serve(&order, "postfix:/etc/postfix");
		return 0;
	}
	it = all[data[0] % 5]();
	look(it, "/no/service", (const char *)data + 2, len - 2);
	act(it, "/no/service");
	return 0;
}
