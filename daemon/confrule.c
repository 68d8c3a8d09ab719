/*
 * confrule - one rule file to one rule.
 */

#include <sys/stat.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/confcommand.h"
#include "daemon/confrule.h"
#include "daemon/ground.h"
#include "daemon/memory.h"
#include "daemon/pattern.h"
#include "daemon/setting.h"
#include "daemon/trust.h"
#include "daemon/value.h"

/* The variables, with ${instance} before them; only the array and the first
 * name are new. */
static char **
with_instance(char *const *vars, char *word)
{
	char **all = memory_grow(NULL, 0, sizeof(*all));
	size_t n = 0;

	all[n++] = memory_text("instance");
	all = memory_grow(all, n, sizeof(*all));
	all[n++] = word;
	for (; vars != NULL && *vars != NULL; vars++) {
		all = memory_grow(all, n, sizeof(*all));
		all[n++] = *vars;
	}
	return memory_grow(all, n, sizeof(*all));
}

static void
free_with_instance(char **vars)
{
	if (vars != NULL)
		free(vars[0]);
	free(vars);
}

static void
read_guards(const struct setting *in, struct rule *rule)
{
	rule->check = (enum rule_check)setting_number(in, WORDS_RULE_CHECK);
	rule->content = setting_number(in, WORDS_RULE_COMPARE) == 1;
	rule->create = setting_number(in, WORDS_RULE_CREATE) == 1;
	rule->always = setting_number(in, WORDS_RULE_ALWAYS) == 1;
	rule->watch = setting_number(in, WORDS_RULE_WATCH) == 1;
	rule->min_records = setting_number(in, WORDS_RULE_MIN_RECORDS);
	rule->max_shrink = (int)setting_number(in, WORDS_RULE_MAX_SHRINK);
}

static void
read_times(
    const struct setting *in, const struct rule_set *set, struct rule *rule)
{
	char longest[VALUE_TIME_SIZE];

	rule->settle = setting_time(in, WORDS_RULE_SETTLE);
	rule->settle_max = setting_time(in, WORDS_RULE_SETTLE_MAX);
	rule->timeout = setting_time(in, WORDS_RULE_TIMEOUT);
	rule->stop_timeout = setting_time(in, WORDS_RULE_STOP_TIMEOUT);
	/* Who waits for a command for ever waits for its helpers too. */
	if (rule->timeout > 0 && set->helper_timeout > 0)
		rule->helper_timeout = rule->timeout > set->helper_timeout
					   ? rule->timeout
					   : set->helper_timeout;
	rule->min_interval = setting_time(in, WORDS_RULE_MIN_INTERVAL);
	rule->recheck = setting_time(in, WORDS_RULE_RECHECK);
	rule->scan = setting_time(in, WORDS_RULE_SCAN);
	setting_times(
	    in, WORDS_RULE_RETRY, &rule->retry_first, &rule->retry_longest);
	if (rule->settle > rule->settle_max)
		setting_refuse(in, WORDS_RULE_SETTLE,
		    "longer than settle_max, %s",
		    value_time_text(rule->settle_max, longest));
}

static void
read_file_modes(const struct setting *in, struct rule *rule)
{
	rule->mode = (mode_t)setting_number(in, WORDS_RULE_MODE);
	rule->owner = setting_user(in, WORDS_RULE_OWNER);
	rule->group = setting_group(in, WORDS_RULE_GROUP);
	rule->umask = (mode_t)setting_number(in, WORDS_RULE_UMASK);
	rule->nice = (int)setting_number(in, WORDS_RULE_NICE);
	rule->dir = setting_text(in, WORDS_RULE_DIR);
}

static const char *
fix_source(char *pattern)
{
	setting_drop_slashes(pattern);
	return pattern_fault(pattern);
}

/* The word of an instance is data: a wildcard in it means itself. */
static char *
escape_pattern(const char *word)
{
	char *pattern = memory_format("%*s", 2 * (int)strlen(word), "");
	char *to = pattern;

	for (; *word != '\0'; word++) {
		if (strchr("*?[\\", *word) != NULL)
			*to++ = '\\';
		*to++ = *word;
	}
	*to = '\0';
	return pattern;
}

static void
read_sources(
    const struct setting *in, const struct rule_set *set, struct rule *rule)
{
	struct setting escaped = *in;
	char **vars = NULL, *word = NULL;

	if (rule->instance != NULL) {
		word = escape_pattern(rule->instance);
		vars = with_instance(set->vars, word);
		escaped.vars = vars;
	}
	rule->sources =
	    setting_list(&escaped, WORDS_RULE_SOURCES, NULL, fix_source);
	free_with_instance(vars);
	free(word);
}

/* A pattern with wildcards just never matches the rule's own target. */
static void
refuse_own_target(const struct setting *in, const struct rule *rule)
{
	char **source, path[PATH_MAX];

	for (source = rule->sources; *source != NULL; source++) {
		if (!pattern_is_literal(*source))
			continue;
		pattern_unescape(*source, path);
		if (strcmp(path, rule->target) == 0)
			setting_refuse(in, WORDS_RULE_SOURCES,
			    "would match the rule's own target");
	}
}

/* One that is not there may be mounted later, or made by who may make it. */
static void
check_target_dir(const struct setting *in, const struct rule *rule)
{
	char *dir, *file, why[512];
	const char *name;
	struct stat st;
	size_t n;

	/* It might keep us waiting for ever. */
	if (!ground_is_near(in->mounts, rule->target))
		return;
	file = realpath(rule->target, NULL);
	name = file != NULL ? file : rule->target;
	if (file != NULL && stat(file, &st) == 0 && S_ISDIR(st.st_mode))
		setting_refuse(in, WORDS_RULE_TARGET, "is a directory");
	n = (size_t)(strrchr(name, '/') - name);
	dir = memory_format("%.*s", n == 0 ? 1 : (int)n, name);
	if (stat(dir, &st) == 0 &&
	    trust_file(&st, rule->run_uid, why, sizeof(why)) == -1)
		setting_refuse(in, WORDS_RULE_TARGET, "%s %s", dir, why);
	else if (trust_above(rule->target, rule->run_uid, why, sizeof(why)) ==
		 -1)
		setting_refuse(in, WORDS_RULE_TARGET, "%s: %s", dir, why);
	free(dir);
	free(file);
}

/* Keys that mean nothing without another. */
static void
refuse_useless(const struct setting *in, const struct rule *rule)
{
	static const enum words_key of_target[] = { WORDS_RULE_CHECK,
		WORDS_RULE_MIN_RECORDS, WORDS_RULE_MAX_SHRINK,
		WORDS_RULE_CREATE, WORDS_RULE_ALWAYS, WORDS_RULE_MODE,
		WORDS_RULE_OWNER, WORDS_RULE_GROUP };
	size_t i;

	for (i = 0; i < sizeof(of_target) / sizeof(of_target[0]); i++)
		if (!setting_given(in, WORDS_RULE_TARGET) &&
		    setting_given(in, of_target[i]))
			setting_refuse(in, of_target[i], "needs a target");
	if (setting_given(in, WORDS_RULE_COMPARE) &&
	    !setting_given(in, WORDS_RULE_SOURCES))
		setting_refuse(in, WORDS_RULE_COMPARE, "needs sources");
	if (rule->uses_new && !setting_given(in, WORDS_RULE_TARGET))
		setting_refuse(in, WORDS_RULE_COMMAND, "${new} needs a target");
}

static void
refuse_blind_guards(const struct setting *in, const struct rule *rule)
{
	static const char reason[] = "needs ${new} in the command";

	if (rule->uses_new || rule->target == NULL ||
	    !setting_given(in, WORDS_RULE_COMMAND))
		return;
	if (rule->check != RULE_CHECK_NONE)
		setting_refuse(in, WORDS_RULE_CHECK, reason);
	if (rule->min_records > 0)
		setting_refuse(in, WORDS_RULE_MIN_RECORDS, reason);
	if (rule->max_shrink >= 0)
		setting_refuse(in, WORDS_RULE_MAX_SHRINK, reason);
}

static const struct rule *
rule_before(const struct rule_set *set, const struct rule *rule)
{
	size_t n = set->rule_count;

	return n > 1 && rule == &set->rules[n - 1] ? rule - 1 : NULL;
}

static void
read_keys(
    const struct setting *in, const struct rule_set *set, struct rule *rule)
{
	const struct rule *before = rule_before(set, rule);

	rule->description = setting_text(in, WORDS_RULE_DESCRIPTION);
	read_sources(in, set, rule);
	rule->target = setting_text(in, WORDS_RULE_TARGET);
	read_guards(in, rule);
	read_times(in, set, rule);
	read_file_modes(in, rule);
	confcommand_user(in, before, rule);
	confcommand_environment(in, set, rule);
	confcommand_read(in, before, rule);
	if (rule->target != NULL)
		rule->kind = RULE_BUILD;
	else
		rule->kind =
		    rule->sources[0] != NULL ? RULE_ACTION : RULE_PLAIN;
	refuse_useless(in, rule);
	refuse_blind_guards(in, rule);
	if (rule->target != NULL) {
		refuse_own_target(in, rule);
		if (rule_set_owns(set, rule->target))
			setting_refuse(in, WORDS_RULE_TARGET,
			    "is a file of the daemon's own");
		check_target_dir(in, rule);
		rule->target_line =
		    section_key(in->section, WORDS_RULE_TARGET)->line;
	}
}

void
confrule_read(const struct section_file *file, const struct rule_set *set,
    struct rule *rule, struct conf_errors *errors)
{
	const struct section *section = section_find(file, WORDS_RULE);
	struct setting in = { rule->file, section, set->vars, errors,
		set->mounts };
	char **vars = NULL;

	if (section == NULL) {
		conf_errors_add(
		    errors, rule->file, 0, NULL, "no [rule] section");
		return;
	}
	if (rule->instance != NULL) {
		vars = with_instance(set->vars, rule->instance);
		in.vars = vars;
	}
	read_keys(&in, set, rule);
	free_with_instance(vars);
}
