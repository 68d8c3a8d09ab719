#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/instance.h"
#include "client/show.h"
#include "client/state.h"
#include "client/text.h"

#define NAME_WIDTH_MAX 24 /* a longer name has a line of its own */
#define INDENT "    "

struct columns {
	int name, state;
	int64_t now;
};

bool
show_is_asked(const char *name, char *const rules[])
{
	if (rules[0] == NULL)
		return true;
	for (; *rules != NULL; rules++)
		if (instance_is_of(name, *rules))
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

static void
show_note(FILE *out, const char *label, const char *text)
{
	char *line;

	if (text == NULL || *text == '\0')
		return;
	if (asprintf(&line, "%s%s", label, text) == -1)
		return; /* memory is so short that more will fail */
	text_put_lines(out, INDENT, line);
	free(line);
}

static void
show_reason(FILE *out, const struct status_rule *r)
{
	char *line;

	if (r->reason == NULL || strcmp(r->reason, "none") == 0)
		return;
	if (r->path == NULL || *r->path == '\0') {
		show_note(out, "", r->reason);
	} else if (asprintf(&line, "%s: %s", r->reason, r->path) != -1) {
		show_note(out, "", line);
		free(line);
	}
}

static void
show_rule(FILE *out, const struct status_rule *r, const struct columns *c)
{
	char last[TEXT_TIME_SIZE], next[TEXT_TIME_SIZE];

	text_put(out, r->name);
	if (strlen(r->name) > (size_t)c->name)
		(void)fprintf(out, "\n%*s", c->name, "");
	else
		(void)fprintf(out, "%*s", c->name - (int)strlen(r->name), "");
	(void)fprintf(out, "  %-*s  %6" PRIu64 "  %6" PRIu64 "  %-10s  %s\n",
	    c->state, r->state, r->runs, r->failures,
	    text_when(r->last_run_at, c->now, last),
	    r->next_at > c->now ? text_when(r->next_at, c->now, next) : "-");
	if (r->paused != 0)
		show_note(out, "", "paused: runs nothing until resumed");
	show_reason(out, r);
	show_note(out, "", r->note);
	show_note(out, "only scanned: ", r->degraded);
}

static void
show_daemon(FILE *out, const struct status *s, int64_t now)
{
	char since[TEXT_TIME_SIZE];

	(void)fprintf(out,
	    "triggerd: process %ld, started %s, %" PRIu64 " hints\n",
	    (long)s->pid, text_when(s->started_at, now, since), s->hints);
	if (s->config_error != NULL && *s->config_error != '\0') {
		(void)fputs("configuration refused, the old one stays:\n", out);
		show_note(out, "", s->config_error);
	}
	show_note(out, "a change of the configuration can be missed: ",
	    s->config_degraded);
	show_note(out, "a touch is found by the scan only: ", s->degraded);
	(void)fputc('\n', out);
}

static void
rule_off(FILE *out, int width)
{
	while (width-- > 0)
		(void)fputc('-', out);
}

static void
show_heading(FILE *out, const struct columns *c)
{
	(void)fprintf(out, "%-*s  %-*s  %6s  %6s  %-10s  %s\n", c->name, "RULE",
	    c->state, "STATE", "RUNS", "FAILED", "LAST RUN", "NEXT TRY");
	rule_off(out, c->name);
	(void)fputs("  ", out);
	rule_off(out, c->state);
	(void)fputs("  ------  ------  ----------  ---------\n", out);
}

static int
compare_names(const void *a, const void *b)
{
	const struct status_rule *const *one = a, *const *two = b;

	return strcmp((*one)->name, (*two)->name);
}

/* Sorted by name, as no version of the daemon is bound to write them. */
static void
show_rules(FILE *out, const struct status *s, char *const rules[],
    const struct columns *c)
{
	const struct status_rule **sorted;
	size_t i;

	sorted = reallocarray(NULL, s->count + 1, sizeof(*sorted));
	if (sorted == NULL) {
		perror("trigger-ctl");
		return;
	}
	for (i = 0; i < s->count; i++)
		sorted[i] = &s->rules[i];
	qsort(sorted, s->count, sizeof(*sorted), compare_names);
	for (i = 0; i < s->count; i++)
		if (show_is_asked(sorted[i]->name, rules))
			show_rule(out, sorted[i], c);
	free(sorted);
}

void
show_status(FILE *out, const struct status *s, char *const rules[])
{
	struct columns c = { .name = 4, .state = 7, .now = text_now() };
	size_t i;

	for (i = 0; i < s->count; i++) {
		if (!show_is_asked(s->rules[i].name, rules))
			continue;
		widen(&c.name, s->rules[i].name);
		widen(&c.state, s->rules[i].state);
	}
	if (c.name > NAME_WIDTH_MAX)
		c.name = NAME_WIDTH_MAX;
	if (rules[0] == NULL)
		show_daemon(out, s, c.now);
	show_heading(out, &c);
	show_rules(out, s, rules, &c);
}

bool
show_is_well(const struct status *s, char *const rules[])
{
	size_t i;

	if (rules[0] == NULL && s->config_error != NULL &&
	    *s->config_error != '\0')
		return false;
	for (i = 0; i < s->count; i++)
		if (show_is_asked(s->rules[i].name, rules) &&
		    !state_is_well(&s->rules[i]))
			return false;
	return true;
}
