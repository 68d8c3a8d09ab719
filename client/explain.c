#include <sys/stat.h>

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "daemon/quote.h"
#include "daemon/value.h"
#include "daemon/words.h"
#include "client/explain.h"
#include "client/state.h"
#include "client/text.h"

#define LABEL 12 /* columns of the words on the left */
#define DEEPER "              "
#define DIFFERENCES_MAX 20 /* shown; --json has all */

static void
put_label(FILE *out, const char *label)
{
	(void)fprintf(out, "%-*s", LABEL, label);
}

static void
put_fact(FILE *out, const char *label, const char *text)
{
	char first[LABEL + 1];

	(void)snprintf(first, sizeof(first), "%-*s", LABEL, label);
	text_put_lines(out, first, text);
}

static bool
is_there(const char *text)
{
	return text != NULL && *text != '\0';
}

static void
put_heading(FILE *out, const struct rule *rule)
{
	size_t i;

	text_put(out, rule->name);
	(void)fputc('\n', out);
	for (i = 0; i < strlen(rule->name); i++)
		(void)fputc('-', out);
	(void)fputc('\n', out);
	if (rule->description != NULL)
		text_put_lines(out, "", rule->description);
	(void)fputc('\n', out);
}

static void
put_next(FILE *out, const struct status_rule *state, int64_t now)
{
	char when[TEXT_TIME_SIZE], line[TEXT_TIME_SIZE + 40];

	if (state->next_at <= now || state_is_busy(state))
		return;
	(void)snprintf(line, sizeof(line), "By itself it goes on %s.",
	    text_when(state->next_at, now, when));
	put_fact(out, "", line);
}

static void
put_state(FILE *out, const struct facts *f, int64_t now)
{
	const struct status_rule *state = f->state;
	char line[1024];

	if (f->news != NEWS_READ) {
		put_fact(out, "state", f->why_no_news);
		return;
	}
	if (is_there(f->status.config_error)) {
		put_fact(out, "refused",
		    "a changed configuration; the daemon "
		    "goes by the old one:");
		put_fact(out, "", f->status.config_error);
	}
	if (state == NULL) {
		put_fact(out, "state", "not known to the daemon");
		return;
	}
	(void)snprintf(line, sizeof(line), "%s%s%s", state->state,
	    is_there(state->note) ? ": " : "",
	    is_there(state->note) ? state->note : "");
	put_fact(out, "state", line);
	put_fact(out, "", state_meaning(state->state));
	if (state->paused != 0)
		put_fact(out, "",
		    "It is paused: nothing of it runs until 'resume'.");
	put_next(out, state, now);
}

static void
put_difference(FILE *out, const struct facts_difference *d)
{
	char line[256];

	put_fact(out, "", d->path);
	(void)snprintf(line, sizeof(line), "%s%s%s",
	    d->reason == STAMP_NONE ? "cannot be looked at"
				    : stamp_reason_word(d->reason),
	    *d->how == '\0' ? "" : ": ", d->how);
	text_put_lines(out, DEEPER, line);
}

static void
put_differences(FILE *out, const struct facts *f)
{
	size_t i;

	for (i = 0; i < f->difference_count && i < DIFFERENCES_MAX; i++)
		put_difference(out, &f->differences[i]);
	if (i < f->difference_count)
		(void)fprintf(out, "%*sand %zu more\n", LABEL, "",
		    f->difference_count - i);
}

/* What no path can tell. */
static void
put_reason(FILE *out, enum stamp_reason reason)
{
	char line[64];

	(void)snprintf(
	    line, sizeof(line), "yes: %s", stamp_reason_word(reason));
	put_fact(out, "behind", line);
	if (reason == STAMP_RULE_CHANGED)
		put_fact(out, "",
		    "Its command, environment, user, patterns or target are "
		    "others than when it last ran well.");
	else if (reason == STAMP_RECORD_DAMAGED)
		put_fact(out, "",
		    "What was remembered of the last good run is damaged.");
	else if (reason == STAMP_FIRST_RUN)
		put_fact(out, "", "It never ran well.");
}

static void
put_verdict(FILE *out, const struct facts *f)
{
	const struct check *c = &f->check;
	char line[PATH_MAX + 200];

	if (!f->checked) {
		(void)snprintf(line, sizeof(line), "unknown: %.*s: %s",
		    PATH_MAX, c->path, strerror(f->check_error));
		put_fact(out, "behind", line);
		return;
	}
	switch (c->verdict) {
	case STAMP_CURRENT:
		put_fact(out, "behind",
		    f->rule->kind == RULE_PLAIN
			? "no: it has neither sources nor a target, and runs "
			  "at hints only"
			: "no");
		return;
	case STAMP_BEHIND:
		put_reason(out, c->reason);
		break;
	case STAMP_IDLE:
		put_fact(out, "behind",
		    f->rule->create ? "no: there is nothing to make it from"
				    : "no: without a target there is nothing "
				      "to do (create = no)");
		return;
	case STAMP_BLOCKED:
		put_fact(out, "behind", "nobody knows:");
		break;
	}
	put_differences(out, f);
	if (!c->same)
		return;
	(void)snprintf(line, sizeof(line),
	    "A run in just this state failed (%s), so none is tried.",
	    c->tried.tried.note);
	put_fact(out, "", line);
}

static void
put_sources(FILE *out, const struct facts *f)
{
	const struct facts_source *source;
	char line[64];
	size_t i;

	if (f->rule->sources[0] == NULL && f->source_count == 0)
		return;
	(void)snprintf(line, sizeof(line), "%zu file%s now", f->files,
	    f->files == 1 ? "" : "s");
	put_fact(out, "sources", f->checked ? line : "unknown");
	for (i = 0; i < f->source_count; i++) {
		source = &f->sources[i];
		(void)fprintf(out, "%*s%6zu  ", LABEL, "", source->files);
		text_put(out, source->pattern != NULL
				  ? source->pattern
				  : "(reported by the last run)");
		(void)fputc('\n', out);
	}
}

static void
put_target(FILE *out, const struct facts *f, int64_t now)
{
	const struct stamp *target = &f->check.target;
	char when[TEXT_TIME_SIZE], line[128] = "";

	if (f->rule->target == NULL)
		return;
	put_label(out, "target");
	text_put(out, f->rule->target);
	(void)fputc('\n', out);
	if (!f->checked)
		return;
	switch (target->state) {
	case STAMP_PRESENT:
	case STAMP_CHANGED:
		(void)snprintf(line, sizeof(line), "%" PRId64 " bytes, of %s",
		    target->size,
		    text_when(target->mtime / 1000000, now, when));
		break;
	case STAMP_ABSENT:
		(void)snprintf(line, sizeof(line), "missing");
		break;
	case STAMP_UNKNOWN:
		(void)snprintf(
		    line, sizeof(line), "%s", strerror(target->error));
		break;
	}
	put_fact(out, "", line);
	if (f->check.past.records >= 0) {
		(void)snprintf(line, sizeof(line), "%" PRId64 " records",
		    f->check.past.records);
		put_fact(out, "", line);
	}
}

static void
put_command(FILE *out, const struct rule *rule)
{
	size_t i;

	put_label(out, "command");
	for (i = 0; rule->command[i] != NULL; i++) {
		(void)fputs(i == 0 ? "" : " ", out);
		quote_print_word(rule->command[i], words_filled_in(), out);
	}
	(void)fputc('\n', out);
	if (rule->user != NULL) {
		(void)fprintf(out, "%*sas ", LABEL, "");
		text_put(out, rule->user);
		(void)fputc('\n', out);
	}
}

static void
put_runs(FILE *out, const struct facts *f, int64_t now)
{
	const struct status_rule *state = f->state;
	char when[TEXT_TIME_SIZE], took[TEXT_TIME_SIZE], line[200];

	if (f->recorded_at > 0)
		put_fact(out, "record", text_when(f->recorded_at, now, when));
	if (state == NULL)
		return;
	if (state->last_run_at == 0) {
		put_fact(out, "last run", "none since the daemon was started");
		return;
	}
	(void)snprintf(line, sizeof(line), "%s, took %s, %s",
	    text_when(state->last_run_at, now, when),
	    text_span(state->run_ms, took),
	    state->last_run_at == state->last_ok_at ? "went well" : "failed");
	put_fact(out, "last run", line);
	if (state->last_run_at != state->last_ok_at) {
		(void)snprintf(line, sizeof(line), "last good run: %s",
		    text_when(state->last_ok_at, now, when));
		put_fact(out, "", line);
	}
	(void)snprintf(line, sizeof(line),
	    "%" PRIu64 " run%s since the start, %" PRIu64 " failed",
	    state->runs, state->runs == 1 ? "" : "s", state->failures);
	put_fact(out, "", line);
}

static void
put_rules(FILE *out, const char *label, struct rule *const *rules, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		put_label(out, i == 0 ? label : "");
		text_put(out, rules[i]->name);
		(void)fputc('\n', out);
	}
}

static void
put_scan(FILE *out, const struct facts *f)
{
	const struct rule *rule = f->rule;
	double scan = rule->scan >= 0 ? rule->scan : f->set->scan;
	char buf[VALUE_TIME_SIZE], line[64];

	if (rule->kind == RULE_PLAIN)
		return;
	(void)snprintf(
	    line, sizeof(line), "a scan every %s", value_time_text(scan, buf));
	if (scan > 0)
		put_fact(out, "", line);
	if (f->state != NULL && is_there(f->state->degraded)) {
		put_fact(out, "only scanned", "");
		put_fact(out, "", f->state->degraded);
	}
}

/* What makes the daemon look at it. */
static void
put_hints(FILE *out, const struct facts *f)
{
	const struct rule_pipe *pipe;
	const char *label = "asked by";
	size_t i;

	for (i = 0; i < f->set->pipe_count; i++) {
		pipe = &f->set->pipes[i];
		if (!rule_on_pipe(f->rule, pipe))
			continue;
		put_label(out, label);
		(void)fprintf(out, "the pipe %s: ", pipe->name);
		text_put(out, pipe->path);
		(void)fputc('\n', out);
		label = "";
	}
	if (f->rule->watch && f->rule->kind != RULE_PLAIN) {
		put_fact(out, label, "changes of its sources and its target");
		label = "";
	}
	if (*label != '\0')
		put_fact(out, label, "no pipe and no watch");
	put_scan(out, f);
}

static void
put_output(FILE *out, const struct facts *f, int64_t now)
{
	char when[TEXT_TIME_SIZE];
	size_t i;

	put_label(out, "output");
	text_put(out, f->output_path);
	if (f->output_error != 0) {
		(void)fprintf(out, ": %s\n",
		    f->output_error == ENOENT ? "none yet"
					      : strerror(f->output_error));
		return;
	}
	(void)fprintf(out, ", of %s%s\n",
	    text_when(f->output.written_at, now, when),
	    f->output.count == 0 ? ", empty" : "");
	for (i = 0; i < f->output.count; i++) {
		(void)fprintf(out, "%*s| ", LABEL, "");
		text_put(out, f->output.lines[i]);
		(void)fputc('\n', out);
	}
}

void
explain_print(FILE *out, const struct facts *f)
{
	int64_t now = text_now();

	put_heading(out, f->rule);
	put_state(out, f, now);
	put_verdict(out, f);
	put_runs(out, f, now);
	put_sources(out, f);
	put_target(out, f, now);
	put_command(out, f->rule);
	put_rules(out, "upstream", f->rule->upstream, f->rule->upstream_count);
	put_rules(
	    out, "downstream", f->rule->downstream, f->rule->downstream_count);
	put_hints(out, f);
	put_output(out, f, now);
}
