#include <string.h>

#include "client/reportconf.h"
#include "client/reportfacts.h"
#include "client/reportstatus.h"
#include "client/state.h"

static const char *
kind_word(enum rule_kind kind)
{
	switch (kind) {
	case RULE_BUILD:
		return "build";
	case RULE_ACTION:
		return "action";
	case RULE_PLAIN:
		break;
	}
	return "plain";
}

static const char *
verdict_word(const struct facts *f)
{
	if (!f->checked)
		return "unknown";
	return state_verdict_word(f->check.verdict);
}

static json_t *
differences(const struct facts *f)
{
	const struct facts_difference *d;
	json_t *array = report_array(), *object;
	size_t i;

	for (i = 0; i < f->difference_count; i++) {
		d = &f->differences[i];
		object = report_object();
		report_text(object, "path", d->path);
		report_text(object, "reason",
		    d->reason == STAMP_NONE ? NULL
					    : stamp_reason_word(d->reason));
		report_text(object, "how", d->how);
		report_append(array, object);
	}
	return array;
}

static json_t *
sources(const struct facts *f)
{
	json_t *array = report_array(), *object;
	size_t i;

	for (i = 0; i < f->source_count; i++) {
		object = report_object();
		report_text(object, "pattern", f->sources[i].pattern);
		report_number(object, "files", (int64_t)f->sources[i].files);
		report_append(array, object);
	}
	return array;
}

static json_t *
target(const struct facts *f)
{
	const struct stamp *stamp = &f->check.target;
	bool is_there = f->checked && stamp->state == STAMP_PRESENT;
	json_t *object;

	if (f->rule->target == NULL)
		return json_null();
	object = report_object();
	report_text(object, "path", f->rule->target);
	report_set(
	    object, "size", is_there ? json_integer(stamp->size) : json_null());
	report_time(
	    object, "modified_at", is_there ? stamp->mtime / 1000000 : 0);
	report_set(object, "records",
	    f->check.past.records >= 0 ? json_integer(f->check.past.records)
				       : json_null());
	return object;
}

static json_t *
names(struct rule *const *rules, size_t count)
{
	json_t *array = report_array();
	size_t i;

	for (i = 0; i < count; i++)
		report_append(array, report_string(rules[i]->name));
	return array;
}

static json_t *
pipes(const struct facts *f)
{
	json_t *array = report_array();
	size_t i;

	for (i = 0; i < f->set->pipe_count; i++)
		if (rule_on_pipe(f->rule, &f->set->pipes[i]))
			report_append(
			    array, report_string(f->set->pipes[i].name));
	return array;
}

static json_t *
output(const struct facts *f)
{
	json_t *object = report_object();
	bool is_there = f->output_error == 0;

	report_text(object, "path", f->output_path);
	report_text(
	    object, "error", is_there ? NULL : strerror(f->output_error));
	report_time(object, "written_at", is_there ? f->output.written_at : 0);
	report_set(object, "last_lines", report_list(f->output.lines));
	return object;
}

json_t *
reportfacts(const struct facts *f)
{
	const struct rule *rule = f->rule;
	json_t *object = report_object();
	bool behind = f->checked && f->check.verdict == STAMP_BEHIND;

	report_text(object, "name", rule->name);
	report_text(object, "description", rule->description);
	report_text(object, "kind", kind_word(rule->kind));
	report_set(object, "status", reportstatus_rule(f->state));
	report_text(object, "meaning",
	    f->state != NULL ? state_meaning(f->state->state) : NULL);
	report_text(
	    object, "error", f->news == NEWS_READ ? NULL : f->why_no_news);
	report_text(object, "verdict", verdict_word(f));
	report_text(object, "reason",
	    behind ? stamp_reason_word(f->check.reason) : NULL);
	report_set(object, "differences", differences(f));
	report_set(object, "sources", sources(f));
	report_number(object, "files", (int64_t)f->files);
	report_set(object, "target", target(f));
	report_set(
	    object, "upstream", names(rule->upstream, rule->upstream_count));
	report_set(object, "downstream",
	    names(rule->downstream, rule->downstream_count));
	report_set(object, "pipes", pipes(f));
	report_set(object, "output", output(f));
	report_set(object, "config", reportconf_rule(rule));
	return object;
}
