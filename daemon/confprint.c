/*
 * confprint - a rule set as the ini text that would make it.
 */

#include <inttypes.h>
#include <string.h>

#include "daemon/confprint.h"
#include "daemon/quote.h"
#include "daemon/value.h"
#include "daemon/words.h"

static void
put_key(FILE *out, enum words_key key)
{
	(void)fprintf(out, "%s = ", words_key_def(key)->word);
}

static void
put_text(FILE *out, enum words_key key, const char *value)
{
	if (value == NULL)
		return;
	put_key(out, key);
	quote_print_text(value, out);
	(void)fputc('\n', out);
}

/* A word a line, so that no line grows too long. */
static void
put_list(
    FILE *out, enum words_key key, char *const *list, const char *const *keep)
{
	size_t i;

	if (list[0] == NULL)
		return;
	put_key(out, key);
	for (i = 0; list[i] != NULL; i++) {
		(void)fputs(i == 0 ? "" : "    ", out);
		quote_print_word(list[i], keep, out);
		(void)fputc('\n', out);
	}
}

static void
put_time(FILE *out, enum words_key key, double seconds)
{
	char text[VALUE_TIME_SIZE];

	if (seconds >= 0)
		put_text(out, key, value_time_text(seconds, text));
}

static void
put_times(FILE *out, enum words_key key, double first, double longest)
{
	char text[VALUE_TIME_SIZE];

	put_key(out, key);
	(void)fprintf(out, "%s..", value_time_text(first, text));
	(void)fprintf(out, "%s\n", value_time_text(longest, text));
}

static void
put_number(FILE *out, enum words_key key, int64_t number)
{
	put_key(out, key);
	(void)fprintf(out, "%" PRId64 "\n", number);
}

static void
put_id(FILE *out, enum words_key key, uint32_t id)
{
	if (id != (uint32_t)-1)
		put_number(out, key, id);
}

static void
put_mode(FILE *out, enum words_key key, mode_t mode)
{
	if (mode == (mode_t)-1)
		return;
	put_key(out, key);
	(void)fprintf(out, "%04o\n", (unsigned)mode);
}

static void
put_yesno(FILE *out, enum words_key key, bool yes)
{
	put_text(out, key, yes ? "yes" : "no");
}

void
confprint_daemon(const struct rule_set *set, FILE *out)
{
	(void)fputs("[daemon]\n", out);
	put_text(out, WORDS_DAEMON_RULES, set->rules_dir);
	put_text(out, WORDS_DAEMON_RUN, set->run_dir);
	put_text(out, WORDS_DAEMON_STATE, set->state_dir);
	put_text(out, WORDS_DAEMON_BUILDERS, set->builders_dir);
	put_time(out, WORDS_DAEMON_SCAN, set->scan);
	put_number(out, WORDS_DAEMON_JOBS, set->jobs);
	put_time(out, WORDS_DAEMON_HELPER_TIMEOUT, set->helper_timeout);
	put_yesno(out, WORDS_DAEMON_AUTO_RELOAD, set->auto_reload);
	put_id(out, WORDS_DAEMON_CONTROL_GROUP, set->control_group);
}

void
confprint_vars(const struct rule_set *set, FILE *out)
{
	size_t i;

	if (set->vars == NULL || set->vars[0] == NULL)
		return;
	(void)fputs("\n[vars]\n", out);
	for (i = 0; set->vars[i] != NULL; i += 2) {
		(void)fprintf(out, "%s = ", set->vars[i]);
		quote_print_text(set->vars[i + 1], out);
		(void)fputc('\n', out);
	}
}

void
confprint_pipe(const struct rule_pipe *pipe, FILE *out)
{
	(void)fprintf(out, "\n[pipe %s]\n", pipe->name);
	put_text(out, WORDS_PIPE_PATH, pipe->path);
	put_id(out, WORDS_PIPE_OWNER, pipe->owner);
	put_id(out, WORDS_PIPE_GROUP, pipe->group);
	put_mode(out, WORDS_PIPE_MODE, pipe->mode);
	put_list(out, WORDS_PIPE_RULES, pipe->rules, NULL);
}

/* Keys that are only allowed with a target. */
static void
print_target(const struct rule *rule, FILE *out)
{
	put_text(out, WORDS_RULE_TARGET, rule->target);
	put_text(out, WORDS_RULE_CHECK,
	    rule->check == RULE_CHECK_CDB ? "cdb" : "none");
	put_number(out, WORDS_RULE_MIN_RECORDS, rule->min_records);
	if (rule->max_shrink >= 0) {
		put_key(out, WORDS_RULE_MAX_SHRINK);
		(void)fprintf(out, "%d%%\n", rule->max_shrink);
	}
	put_yesno(out, WORDS_RULE_CREATE, rule->create);
	put_yesno(out, WORDS_RULE_ALWAYS, rule->always);
	put_mode(out, WORDS_RULE_MODE, rule->mode);
	put_id(out, WORDS_RULE_OWNER, rule->owner);
	put_id(out, WORDS_RULE_GROUP, rule->group);
}

static void
print_times(const struct rule *rule, FILE *out)
{
	put_time(out, WORDS_RULE_SETTLE, rule->settle);
	put_time(out, WORDS_RULE_SETTLE_MAX, rule->settle_max);
	put_time(out, WORDS_RULE_TIMEOUT, rule->timeout);
	put_time(out, WORDS_RULE_STOP_TIMEOUT, rule->stop_timeout);
	put_time(out, WORDS_RULE_MIN_INTERVAL, rule->min_interval);
	put_time(out, WORDS_RULE_RECHECK, rule->recheck);
	put_time(out, WORDS_RULE_SCAN, rule->scan);
	put_times(
	    out, WORDS_RULE_RETRY, rule->retry_first, rule->retry_longest);
}

static void
print_environment(char *const *env, FILE *out)
{
	size_t n;

	for (; *env != NULL; env++) {
		n = strcspn(*env, "=");
		(void)fprintf(out, "env.%.*s = ", (int)n, *env);
		quote_print_text(*env + n + 1, out);
		(void)fputc('\n', out);
	}
}

void
confprint_list(const struct rule *list, FILE *out)
{
	size_t i;

	(void)fprintf(out,
	    "\n# the instances of %s are those that its %s printed:\n#",
	    list->name, words_key_def(WORDS_RULE_FOREACH_COMMAND)->word);
	for (i = 0; list->command[i] != NULL; i++) {
		(void)fputc(' ', out);
		quote_print_word(list->command[i], NULL, out);
	}
	(void)fputc('\n', out);
}

void
confprint_rule(const struct rule *rule, FILE *out)
{
	char *const instance[] = { rule->instance, NULL };

	(void)fprintf(out, "\n; %s.ini\n[rule]\n",
	    rule->base != NULL ? rule->base : rule->name);
	put_list(out, WORDS_RULE_FOREACH, instance, NULL);
	put_text(out, WORDS_RULE_DESCRIPTION, rule->description);
	put_list(out, WORDS_RULE_SOURCES, rule->sources, NULL);
	if (rule->sources[0] != NULL)
		put_text(out, WORDS_RULE_COMPARE,
		    rule->content ? "content" : "stamp");
	put_list(out, WORDS_RULE_COMMAND, rule->command, words_filled_in());
	if (rule->target != NULL)
		print_target(rule, out);
	put_yesno(out, WORDS_RULE_WATCH, rule->watch);
	print_times(rule, out);
	put_text(out, WORDS_RULE_USER, rule->user);
	put_text(out, WORDS_RULE_DIR, rule->dir);
	put_mode(out, WORDS_RULE_UMASK, rule->umask);
	put_number(out, WORDS_RULE_NICE, rule->nice);
	print_environment(rule->env, out);
}
