/*
 * The status file as the client reads and prints it.  What was read, and
 * written, reads as the same again.
 */

#include <string.h>
#include <unistd.h>

#include "client/show.h"
#include "client/state.h"
#include "client/text.h"
#include "daemon/status.h"
#include "tests/fuzz/matter.h"

static void
require_same(const char *a, const char *b)
{
	matter_require(strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0);
}

static void
look(const struct status_rule *r, FILE *out)
{
	matter_require(!state_is_busy(r) || state_is_well(r));
	text_put_lines(out, "note ", r->note);
	text_put_lines(out, "", state_meaning(r->state));
	text_put(out, r->name);
}

static void
write_again(const struct status *s)
{
	struct status again;
	char path[MATTER_PATH];
	size_t i;

	matter_path(path, "status");
	matter_require(status_write(path, s) == 0);
	matter_require(status_read(path, &again) == 0);
	matter_require(again.count == s->count && again.hints == s->hints);
	require_same(again.config_dir, s->config_dir);
	require_same(again.config_error, s->config_error);
	require_same(again.config_degraded, s->config_degraded);
	require_same(again.degraded, s->degraded);
	for (i = 0; i < s->count; i++) {
		require_same(again.rules[i].name, s->rules[i].name);
		require_same(again.rules[i].note, s->rules[i].note);
		matter_require(again.rules[i].records == s->rules[i].records);
	}
	status_fini(&again);
}

/* A rule without a name or state cannot be written so that it can be read. */
static bool
is_whole(const struct status *s)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (s->rules[i].name[0] == '\0' || s->rules[i].state[0] == '\0')
			return false;
	return s->pid > 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct status s;
	char path[64];
	int fd = matter_file(data, len);
	FILE *out = matter_nowhere();
	size_t i;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (status_read(path, &s) == 0) {
		for (i = 0; i < s.count; i++)
			look(&s.rules[i], out);
		if (is_whole(&s))
			write_again(&s);
		status_fini(&s);
	}
	(void)fclose(out); /* it went nowhere */
	(void)close(fd);   /* nobody wants it */
	return 0;
}
