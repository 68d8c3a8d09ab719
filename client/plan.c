#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/instance.h"
#include "daemon/quote.h"
#include "daemon/stamp.h"
#include "daemon/check.h"
#include "client/plan.h"
#include "client/report.h"
#include "client/state.h"
#include "client/text.h"

struct item {
	const struct rule *rule;
	bool asked;   /* by name, or because all were */
	bool wanted;  /* asked, or upstream of one that is */
	bool follows; /* downstream of one that is behind */
	bool failed;  /* could not be checked */
	enum stamp_verdict verdict;
	enum stamp_reason reason;
	char *path;  /* what decided, or NULL */
	char *how;   /* how it differs, or NULL */
	char *tried; /* why it is not to be tried again, or NULL */
};

struct plan {
	const struct rule_set *set;
	struct item *items; /* one for each rule of the set, in its order */
};

static struct item *
item_of(const struct plan *p, const struct rule *rule)
{
	return &p->items[rule - p->set->rules];
}

/* Rules cannot depend on each other in a circle: conf has seen to that. */
static void
want(struct plan *p, const struct rule *rule)
{
	struct item *item = item_of(p, rule);
	size_t i;

	if (item->wanted)
		return;
	item->wanted = true;
	for (i = 0; i < rule->upstream_count; i++)
		want(p, rule->upstream[i]);
}

static void
let_follow(struct plan *p, const struct rule *rule)
{
	struct item *item;
	size_t i;

	for (i = 0; i < rule->downstream_count; i++) {
		item = item_of(p, rule->downstream[i]);
		if (item->follows)
			continue;
		item->follows = true;
		let_follow(p, rule->downstream[i]);
	}
}

static int
plan_init(struct plan *p, const struct rule_set *set, char *const rules[])
{
	size_t i;

	p->set = set;
	p->items = calloc(set->rule_count + 1, sizeof(*p->items));
	if (p->items == NULL)
		return -1;
	for (i = 0; i < set->rule_count; i++) {
		p->items[i].rule = &set->rules[i];
		p->items[i].asked = rules[0] == NULL;
	}
	for (; *rules != NULL; rules++)
		for (i = 0; i < set->rule_count; i++)
			if (instance_is_of(set->rules[i].name, *rules))
				p->items[i].asked = true;
	for (i = 0; i < set->rule_count; i++)
		if (p->items[i].asked)
			want(p, &set->rules[i]);
	return 0;
}

static void
plan_fini(struct plan *p)
{
	size_t i;

	for (i = 0; p->items != NULL && i < p->set->rule_count; i++) {
		free(p->items[i].path);
		free(p->items[i].how);
		free(p->items[i].tried);
	}
	free(p->items);
}

static int
keep_text(char **copy, const char *text)
{
	*copy = *text == '\0' ? NULL : strdup(text);
	return *copy == NULL && *text != '\0' ? -1 : 0;
}

/* Returns -1 with errno when memory is short; a rule that cannot be checked is
 * only marked. */
static int
ask(struct plan *p, struct item *item)
{
	struct check c;
	int rc = 0;

	if (check_rule(item->rule, p->set->state_dir, CHECK_OTHER, &c) == -1) {
		item->failed = true;
		rc = keep_text(&item->how, strerror(errno));
	} else {
		item->verdict = c.verdict;
		item->reason = c.reason;
		rc = keep_text(&item->how, c.how);
		if (rc == 0 && c.same)
			rc = keep_text(&item->tried, c.tried.tried.note);
	}
	if (rc == 0)
		rc = keep_text(&item->path, c.path);
	check_fini(&c);
	return rc;
}

static int
ask_all(struct plan *p)
{
	size_t i;

	for (i = 0; i < p->set->rule_count; i++)
		if (p->items[i].wanted && ask(p, &p->items[i]) == -1)
			return -1;
	for (i = 0; i < p->set->rule_count; i++)
		if (p->items[i].wanted && !p->items[i].failed &&
		    p->items[i].verdict == STAMP_BEHIND)
			let_follow(p, p->items[i].rule);
	return 0;
}

static void
print_because(const struct item *item, FILE *out)
{
	if (item->path != NULL) {
		(void)fputs(": ", out);
		text_put(out, item->path);
	}
	if (item->how != NULL) {
		(void)fputs(": ", out);
		text_put(out, item->how);
	}
	(void)fputc('\n', out);
}

static void
print_command(const struct rule *rule, FILE *out)
{
	static const char *const keep[] = { "new", "deps", "cache", NULL };
	size_t i;

	(void)fputs("    would run:", out);
	for (i = 0; rule->command[i] != NULL; i++) {
		(void)fputc(' ', out);
		quote_print_word(rule->command[i], keep, out);
	}
	(void)fputc('\n', out);
}

static void
print_checked(const struct item *item, FILE *out)
{
	const char *follows = item->follows ? "; may follow" : "";
	const char *name = item->rule->name;

	switch (item->verdict) {
	case STAMP_BEHIND:
		(void)fprintf(out, "%s: behind: %s", name,
		    stamp_reason_word(item->reason));
		print_because(item, out);
		if (item->tried != NULL) {
			(void)fputs("    not tried again: ", out);
			text_put(out, item->tried);
			(void)fputc('\n', out);
		} else
			print_command(item->rule, out);
		break;
	case STAMP_CURRENT:
		(void)fprintf(out, "%s: %s%s\n", name,
		    item->rule->kind == RULE_PLAIN ? "runs at hints only"
						   : "current",
		    follows);
		break;
	case STAMP_IDLE:
		(void)fprintf(out, "%s: idle%s", name, follows);
		print_because(item, out);
		break;
	case STAMP_BLOCKED:
		(void)fprintf(out, "%s: blocked%s", name, follows);
		print_because(item, out);
		break;
	}
}

static bool
is_current(const struct item *item)
{
	return !item->failed &&
	       (item->verdict == STAMP_CURRENT || item->verdict == STAMP_IDLE);
}

static void
print_item(const struct item *item, FILE *out, FILE *err)
{
	if (item->failed) {
		(void)fprintf(err, "trigger-ctl: %s: cannot be checked",
		    item->rule->name);
		print_because(item, err);
	} else if (item->wanted && (item->asked || !is_current(item)))
		print_checked(item, out);
	else if (item->follows)
		(void)fprintf(out, "%s: may follow\n", item->rule->name);
}

static enum plan_answer
sum_up(const struct plan *p)
{
	enum plan_answer answer = PLAN_NOTHING;
	const struct item *item;
	size_t i;

	for (i = 0; i < p->set->rule_count; i++) {
		item = &p->items[i];
		if (!item->wanted)
			continue;
		if (item->failed || item->verdict == STAMP_BLOCKED)
			return PLAN_UNKNOWN;
		if (item->verdict == STAMP_BEHIND)
			answer = PLAN_BEHIND;
	}
	return answer;
}

static const char *
verdict_word(const struct item *item)
{
	return item->failed ? "unknown" : state_verdict_word(item->verdict);
}

static json_t *
report_item(const struct item *item)
{
	bool behind = !item->failed && item->verdict == STAMP_BEHIND;
	json_t *object = report_object();

	report_text(object, "name", item->rule->name);
	report_yesno(object, "asked", item->asked);
	report_text(
	    object, "verdict", item->wanted ? verdict_word(item) : NULL);
	report_yesno(object, "may_follow", item->follows);
	report_text(
	    object, "reason", behind ? stamp_reason_word(item->reason) : NULL);
	report_text(object, "path", item->path);
	report_text(object, "how", item->how);
	report_text(object, "tried", item->tried);
	report_set(object, "command",
	    behind ? report_list(item->rule->command) : json_null());
	return object;
}

/* All that was asked, be it behind or not: a program can choose. */
static void
report_plan(const struct plan *p, enum plan_answer answer, FILE *out)
{
	json_t *object = report_object(), *rules = report_array();
	size_t i;

	for (i = 0; i < p->set->rule_count; i++)
		if (p->items[i].wanted || p->items[i].follows)
			report_append(rules, report_item(&p->items[i]));
	report_set(object, "behind",
	    answer == PLAN_UNKNOWN ? json_null()
				   : json_boolean(answer == PLAN_BEHIND));
	report_set(object, "rules", rules);
	report_print(out, object);
}

enum plan_answer
plan_print(const struct rule_set *set, char *const rules[], bool json,
    FILE *out, FILE *err)
{
	enum plan_answer answer = PLAN_UNKNOWN;
	struct plan p;
	size_t i;

	if (plan_init(&p, set, rules) == -1 || ask_all(&p) == -1) {
		(void)fprintf(err, "trigger-ctl: %s\n", strerror(errno));
	} else {
		answer = sum_up(&p);
		for (i = 0; !json && i < set->rule_count; i++)
			print_item(&p.items[i], out, err);
		if (json)
			report_plan(&p, answer, out);
	}
	plan_fini(&p);
	return answer;
}
