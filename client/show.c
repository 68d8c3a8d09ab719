#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client/show.h"

#define TIME_SIZE 32 /* bytes for a point in time as text */

struct widths {
	int name, state;
};

void
show_text(FILE *out, const char *text)
{
	const unsigned char *byte = (const unsigned char *)text;

	for (; byte != NULL && *byte != '\0'; byte++) {
		if (*byte >= ' ' && *byte < 0x7f)
			(void)fputc(*byte, out); /* see main(): ferror() */
		else
			(void)fprintf(out, "\\x%02x", *byte);
	}
}

/* Local time; "at" is milliseconds since the epoch, 0: never. */
static const char *
time_text(int64_t at, char *buf, size_t size)
{
	time_t seconds = (time_t)(at / 1000);
	struct tm tm;

	if (at == 0 || localtime_r(&seconds, &tm) == NULL ||
	    strftime(buf, size, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		(void)snprintf(buf, size, "never");
	return buf;
}

static bool
is_asked(const char *name, char *const rules[])
{
	if (rules[0] == NULL)
		return true;
	for (; *rules != NULL; rules++)
		if (strcmp(name, *rules) == 0)
			return true;
	return false;
}

static void
widen(int *width, const char *text)
{
	int n = (int)strlen(text);

	if (n > *width)
		*width = n;
}

static const char *
or_dash(const char *text)
{
	return text == NULL ? "-" : text;
}

/* One more thing to know, after a semicolon if it is not the first. */
static void
show_note(FILE *out, bool *more, const char *label, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	(void)fputs(*more ? "; " : "", out);
	(void)fputs(label, out);
	show_text(out, text);
	*more = true;
}

static void
show_count(FILE *out, bool *more, const char *label, int64_t count)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%jd", (intmax_t)count);
	show_note(out, more, label, text);
}

static void
show_notes(FILE *out, const struct status_rule *r)
{
	char next[TIME_SIZE];
	bool more = false;

	if (r->reason != NULL && strcmp(r->reason, "none") != 0)
		show_note(out, &more, "", r->reason);
	show_note(out, &more, "", r->path);
	show_note(out, &more, "", r->note);
	show_note(out, &more, "only scanned: ", r->degraded);
	if (r->records >= 0)
		show_count(out, &more, "records: ", r->records);
	if (r->failures > 0)
		show_count(out, &more, "failures: ", (int64_t)r->failures);
	if (r->next_at / 1000 > time(NULL))
		show_note(out, &more,
		    "next try: ", time_text(r->next_at, next, sizeof(next)));
	(void)fputs(more ? "\n" : "-\n", out);
}

static void
show_rule(FILE *out, const struct status_rule *r, const struct widths *w)
{
	char last[TIME_SIZE];

	(void)fprintf(out, "%-*s  %-*s  %6ju  %-19s  ", w->name, r->name,
	    w->state, or_dash(r->state), (uintmax_t)r->runs,
	    time_text(r->last_run_at, last, sizeof(last)));
	show_notes(out, r);
}

static void
show_daemon(FILE *out, const struct status *s)
{
	char since[TIME_SIZE];

	(void)fprintf(out, "triggerd: process %ld, since %s, %ju hints\n",
	    (long)s->pid, time_text(s->started_at, since, sizeof(since)),
	    (uintmax_t)s->hints);
	if (s->config_error != NULL && *s->config_error != '\0') {
		(void)fprintf(out, "configuration refused: ");
		show_text(out, s->config_error);
		(void)fputc('\n', out);
	}
}

void
show_status(FILE *out, const struct status *s, char *const rules[])
{
	struct widths w = { .name = 4, .state = 5 };
	size_t i;

	for (i = 0; i < s->count; i++) {
		widen(&w.name, s->rules[i].name);
		widen(&w.state, or_dash(s->rules[i].state));
	}
	if (rules[0] == NULL)
		show_daemon(out, s);
	(void)fprintf(out, "%-*s  %-*s  %6s  %-19s  %s\n", w.name, "RULE",
	    w.state, "STATE", "RUNS", "LAST", "NOTE");
	for (i = 0; i < s->count; i++)
		if (is_asked(s->rules[i].name, rules))
			show_rule(out, &s->rules[i], &w);
}
