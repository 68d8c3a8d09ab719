#include <sys/stat.h>

#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "client/show.h"
#include "client/text.h"
#include "client/watch.h"

#define LOOKS_PER_SECOND (1000 / WATCH_INTERVAL)

struct watch {
	const char *run_dir;
	char *const *rules;
	FILE *out;
	struct status before; /* what was told; zeroed: nothing yet */
	struct stat seen;     /* of the status file */
	unsigned looks;
};

static void
begin_line(FILE *out, const char *name)
{
	time_t now = time(NULL);
	char clock[16] = "";
	struct tm tm;

	if (localtime_r(&now, &tm) != NULL)
		(void)strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	(void)fprintf(out, "%s ", clock);
	text_put(out, name);
}

static void
put_more(FILE *out, const char *text)
{
	if (text == NULL || *text == '\0' || strcmp(text, "none") == 0)
		return;
	(void)fputs(": ", out);
	text_put(out, text);
}

static bool
differs(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "") != 0;
}

static void
tell_state(FILE *out, const struct status_rule *r)
{
	char next[TEXT_TIME_SIZE];
	int64_t now = text_now();

	begin_line(out, r->name);
	(void)fprintf(out, ": %s", r->state);
	put_more(out, r->reason);
	put_more(out, r->path);
	put_more(out, r->note);
	if (r->next_at > now)
		(void)fprintf(
		    out, "; next try %s", text_when(r->next_at, now, next));
	(void)fputc('\n', out);
}

/* A run that could not be started has failed, and is counted nowhere else. */
static void
tell_runs(
    FILE *out, const struct status_rule *then, const struct status_rule *r)
{
	uint64_t runs = r->runs - then->runs;
	uint64_t failed = r->failures - then->failures;
	char took[TEXT_TIME_SIZE];

	if (r->runs < then->runs || r->failures < then->failures) {
		runs = r->runs; /* a rule of the same name, after a reload */
		failed = r->failures;
	}
	if (runs == 0 && failed == 0)
		return;
	begin_line(out, r->name);
	if (runs == 0)
		(void)fputs(": could not be run\n", out);
	else if (runs == 1)
		(void)fprintf(out, ": ran, %s, %s\n",
		    text_span(r->run_ms, took), failed > 0 ? "failed" : "well");
	else
		(void)fprintf(out,
		    ": ran %" PRIu64 " times, %" PRIu64 " failed\n", runs,
		    failed);
}

static void
tell_degraded(FILE *out, const struct status_rule *r)
{
	begin_line(out, r->name);
	(void)fputs(
	    r->degraded != NULL ? ": only scanned" : ": no longer only scanned",
	    out);
	put_more(out, r->degraded);
	(void)fputc('\n', out);
}

static void
tell_rule(
    FILE *out, const struct status_rule *then, const struct status_rule *r)
{
	if (then != NULL)
		tell_runs(out, then, r);
	if (then == NULL || differs(then->state, r->state))
		tell_state(out, r);
	if ((then != NULL && then->paused != 0) != (r->paused != 0)) {
		begin_line(out, r->name);
		(void)fputs(r->paused != 0 ? ": paused\n" : ": resumed\n", out);
	}
	if (differs(then != NULL ? then->degraded : NULL, r->degraded))
		tell_degraded(out, r);
}

static const struct status_rule *
find(const struct status *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (strcmp(s->rules[i].name, name) == 0)
			return &s->rules[i];
	return NULL;
}

static void
tell_config(FILE *out, const struct status *s)
{
	begin_line(out, "triggerd");
	(void)fputs(s->config_error != NULL ? ": configuration refused"
					    : ": configuration accepted",
	    out);
	put_more(out, s->config_error);
	(void)fputc('\n', out);
}

static void
tell(struct watch *w, const struct status *now)
{
	const struct status *then = &w->before;
	size_t i;

	if (differs(then->config_error, now->config_error))
		tell_config(w->out, now);
	for (i = 0; i < then->count; i++)
		if (show_is_asked(then->rules[i].name, w->rules) &&
		    find(now, then->rules[i].name) == NULL) {
			begin_line(w->out, then->rules[i].name);
			(void)fputs(": no rule any more\n", w->out);
		}
	for (i = 0; i < now->count; i++)
		if (show_is_asked(now->rules[i].name, w->rules))
			tell_rule(w->out, find(then, now->rules[i].name),
			    &now->rules[i]);
}

/* The file is another one at each change.  Once a second it is read in any
 * case, for that asks whether there is still a daemon. */
static bool
is_due(struct watch *w)
{
	char path[PATH_MAX];
	struct stat st;

	if (w->looks++ % LOOKS_PER_SECOND == 0)
		return true;
	(void)snprintf(path, sizeof(path), "%s/status", w->run_dir);
	if (stat(path, &st) == -1)
		return true;
	if (st.st_ino == w->seen.st_ino &&
	    st.st_mtim.tv_sec == w->seen.st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == w->seen.st_mtim.tv_nsec)
		return false;
	w->seen = st;
	return true;
}

static enum news_outcome
look(struct watch *w, char *why, size_t size)
{
	enum news_outcome outcome;
	struct status now;

	if (!is_due(w))
		return NEWS_READ;
	outcome = news_read(w->run_dir, &now, why, size);
	if (outcome != NEWS_READ)
		return outcome;
	if (w->before.pid != 0 && w->before.pid != now.pid) {
		status_fini(&now);
		(void)snprintf(
		    why, size, "another daemon is running (%s)", w->run_dir);
		return NEWS_NO_DAEMON;
	}
	tell(w, &now);
	status_fini(&w->before);
	w->before = now;
	return NEWS_READ;
}

/* Wait for the next look.  False: nobody takes what we print. */
static bool
is_wanted(FILE *out)
{
	struct pollfd reader = { .fd = fileno(out) };

	if (fflush(out) == EOF)
		return false;
	(void)poll(&reader, 1, WATCH_INTERVAL); /* EINTR: look sooner */
	return (reader.revents & (POLLERR | POLLNVAL)) == 0;
}

enum news_outcome
watch_follow(
    const char *run_dir, char *const rules[], FILE *out, char *why, size_t size)
{
	struct watch w = { .run_dir = run_dir, .rules = rules, .out = out };
	enum news_outcome outcome;

	do
		outcome = look(&w, why, size);
	while (outcome == NEWS_READ && is_wanted(out));
	status_fini(&w.before);
	return outcome;
}
