#include <string.h>

#include "client/reportstatus.h"
#include "client/show.h"
#include "client/state.h"

json_t *
reportstatus_rule(const struct status_rule *rule)
{
	bool counted;
	json_t *object;

	if (rule == NULL)
		return json_null();
	object = report_object();
	report_text(object, "name", rule->name);
	report_text(object, "state", rule->state);
	report_yesno(object, "well", state_is_well(rule));
	report_text(object, "reason",
	    rule->reason != NULL && strcmp(rule->reason, "none") != 0
		? rule->reason
		: NULL);
	report_text(object, "path", rule->path);
	report_text(object, "note", rule->note);
	report_text(object, "degraded", rule->degraded);
	report_yesno(object, "paused", rule->paused != 0);
	report_number(object, "checks", (int64_t)rule->checks);
	report_number(object, "runs", (int64_t)rule->runs);
	report_number(object, "failures", (int64_t)rule->failures);
	report_time(object, "last_run_at", rule->last_run_at);
	report_time(object, "last_ok_at", rule->last_ok_at);
	report_time(object, "next_at", rule->next_at);
	report_number(object, "run_ms", rule->run_ms);
	report_number(object, "check_us", rule->check_us);
	counted = rule->records >= 0;
	report_set(object, "records",
	    counted ? json_integer(rule->records) : json_null());
	return object;
}

json_t *
reportstatus_all(const struct status *s, char *const rules[])
{
	json_t *object = report_object(), *list = report_array();
	json_t *process = report_object();
	size_t i;

	report_number(process, "pid", s->pid);
	report_time(process, "started_at", s->started_at);
	report_number(process, "hints", (int64_t)s->hints);
	report_text(process, "config_dir", s->config_dir);
	report_text(process, "config_error", s->config_error);
	report_text(process, "config_degraded", s->config_degraded);
	report_text(process, "degraded", s->degraded);
	for (i = 0; i < s->count; i++)
		if (show_is_asked(s->rules[i].name, rules))
			report_append(list, reportstatus_rule(&s->rules[i]));
	report_yesno(object, "well", show_is_well(s, rules));
	report_set(object, "daemon", process);
	report_set(object, "rules", list);
	return object;
}
