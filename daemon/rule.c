/*
 * rule - what to keep up to date, from what, and how.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/pattern.h"
#include "daemon/rule.h"

static void
free_list(char **list)
{
	size_t i;

	for (i = 0; list != NULL && list[i] != NULL; i++)
		free(list[i]);
	free(list);
}

static void
free_rule(struct rule *rule)
{
	free(rule->name);
	free(rule->file);
	free(rule->base);
	free(rule->instance);
	free(rule->description);
	free_list(rule->sources);
	free(rule->target);
	free_list(rule->command);
	free(rule->program);
	free(rule->user);
	free(rule->home);
	free(rule->dir);
	free_list(rule->env);
	free(rule->upstream);
	free(rule->downstream);
}

static void
free_pipe(struct rule_pipe *pipe)
{
	free(pipe->name);
	free(pipe->path);
	free_list(pipe->rules);
	free(pipe->file);
}

struct rule_set *
rule_set_new(void)
{
	return calloc(1, sizeof(struct rule_set));
}

void
rule_set_free(struct rule_set *set)
{
	size_t i;

	if (set == NULL)
		return;
	for (i = 0; i < set->rule_count; i++)
		free_rule(&set->rules[i]);
	for (i = 0; i < set->pipe_count; i++)
		free_pipe(&set->pipes[i]);
	for (i = 0; i < set->list_count; i++)
		free_rule(&set->lists[i]);
	for (i = 0; i < set->text_count; i++) {
		free(set->texts[i].rule);
		free(set->texts[i].text);
	}
	free(set->texts);
	free(set->rules);
	free(set->lists);
	free(set->pipes);
	free(set->dir);
	free(set->rules_dir);
	free(set->run_dir);
	free(set->state_dir);
	free(set->builders_dir);
	free_list(set->vars);
	free(set);
}

/* The key is RULE or RULE@INSTANCE; all instances of a rule are equal. */
static int
compare_base(const void *key, const void *element)
{
	const struct rule *rule = element;
	const char *name = key;
	const char *base = rule->base != NULL ? rule->base : rule->name;
	size_t n = strcspn(name, "@");
	int order = strncmp(name, base, n);

	return order != 0 || base[n] == '\0' ? order : -1;
}

/* The first of the rules from that file, or NULL. */
static struct rule *
find_first(const struct rule_set *set, const char *name)
{
	struct rule *rule = NULL;

	if (set->rule_count > 0)
		rule = bsearch(name, set->rules, set->rule_count,
		    sizeof(*set->rules), compare_base);
	return rule == NULL ? NULL : rule - rule->place;
}

const struct rule *
rule_next_instance(const struct rule_set *set, const struct rule *rule)
{
	const struct rule *next = rule + 1;

	if (next == set->rules + set->rule_count || next->place == 0)
		return NULL;
	return next;
}

const struct rule *
rule_previous_instance(const struct rule *rule)
{
	return rule->place == 0 ? NULL : rule - 1;
}

struct rule *
rule_find(const struct rule_set *set, const char *name)
{
	struct rule *rule = find_first(set, name);
	size_t i = rule == NULL ? 0 : (size_t)(rule - set->rules);

	if (rule == NULL)
		return NULL;
	do {
		if (strcmp(set->rules[i].name, name) == 0)
			return &set->rules[i];
		i++;
	} while (i < set->rule_count && set->rules[i].place > 0);
	return NULL;
}

bool
rule_set_knows(const struct rule_set *set, const char *name)
{
	const struct rule *first = find_first(set, name);
	size_t i, n = strcspn(name, "@");

	if (first != NULL && name[n] == '\0')
		return true;
	for (i = 0; i < set->list_count; i++)
		if (strncmp(set->lists[i].name, name, n) == 0 &&
		    set->lists[i].name[n] == '\0')
			return true;
	return first != NULL && rule_find(set, name) != NULL;
}

bool
rule_set_has(const struct rule_set *set, const char *name)
{
	return strchr(name, '@') == NULL ? rule_set_knows(set, name)
					 : rule_find(set, name) != NULL;
}

/* What follows the directory's path, or NULL if it does not lie there. */
static const char *
below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && path[n] == '/' ? path + n + 1
							    : NULL;
}

bool
rule_set_owns(const struct rule_set *set, const char *path)
{
	static const char *const in_run[] = { "control", "lock", "output",
		"reply", "status", NULL };
	static const char *const in_state[] = { "build", "cache", "list",
		"lock", "paused", "record", "refused", "tried", NULL };
	const char *const *names = in_run;
	const char *name = below(path, set->run_dir);
	size_t n;

	if (name == NULL) {
		names = in_state;
		name = below(path, set->state_dir);
	}
	if (name == NULL)
		return false;
	n = strcspn(name, "/");
	for (; *names != NULL; names++)
		if (strlen(*names) == n && strncmp(*names, name, n) == 0)
			return true;
	return false;
}

static void
add_list(struct digest_sum *sum, char *const *list)
{
	size_t n = 0;

	while (list != NULL && list[n] != NULL)
		n++;
	digest_add(sum, &n, sizeof(n));
	for (n = 0; list != NULL && list[n] != NULL; n++)
		digest_add_text(sum, list[n]);
}

/* Only what a product is made by.  The accounts' numbers are not in it: they
 * do not matter to what is built. */
static void
add_effective(struct digest_sum *sum, const struct rule *rule)
{
	add_list(sum, rule->command);
	digest_add_text(sum, rule->program);
	add_list(sum, rule->env);
	digest_add_text(sum, rule->user);
	digest_add_text(sum, rule->target);
	digest_add(sum, &rule->owner, sizeof(rule->owner));
	digest_add(sum, &rule->group, sizeof(rule->group));
	digest_add(sum, &rule->mode, sizeof(rule->mode));
	add_list(sum, rule->sources);
}

/* The rest. */
static void
add_further(struct digest_sum *sum, const struct rule *rule)
{
	const double times[] = { rule->settle, rule->settle_max, rule->timeout,
		rule->stop_timeout, rule->min_interval, rule->recheck,
		rule->scan, rule->retry_first, rule->retry_longest };
	const int64_t numbers[] = { rule->kind, rule->check, rule->content,
		rule->create, rule->always, rule->watch, rule->min_records,
		rule->max_shrink, rule->umask, rule->nice };

	digest_add_text(sum, rule->name);
	digest_add_text(sum, rule->instance);
	digest_add_text(sum, rule->description);
	digest_add_text(sum, rule->home);
	digest_add_text(sum, rule->dir);
	digest_add(sum, times, sizeof(times));
	digest_add(sum, numbers, sizeof(numbers));
	digest_add(sum, &rule->run_uid, sizeof(rule->run_uid));
	digest_add(sum, &rule->run_gid, sizeof(rule->run_gid));
}

int
rule_sum(struct rule *rule)
{
	struct digest_sum *sum;

	sum = digest_new();
	if (sum == NULL)
		return -1;
	add_effective(sum, rule);
	rule->effective = digest_end(sum);

	sum = digest_new();
	if (sum == NULL)
		return -1;
	add_effective(sum, rule);
	add_further(sum, rule);
	rule->identity = digest_end(sum);
	return 0;
}

bool
rule_on_pipe(const struct rule *rule, const struct rule_pipe *pipe)
{
	char **word;

	for (word = pipe->rules; word != NULL && *word != NULL; word++)
		if (pattern_matches_name(*word, strlen(*word), rule->name) ||
		    (rule->base != NULL &&
			pattern_matches_name(*word, strlen(*word), rule->base)))
			return true;
	return false;
}

bool
rule_list_on_pipe(const struct rule *list, const struct rule_pipe *pipe)
{
	char **word;

	for (word = pipe->rules; word != NULL && *word != NULL; word++)
		if (pattern_matches_name(
			*word, strcspn(*word, "@"), list->name))
			return true;
	return false;
}

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* Write the word to "out", or only count its bytes if that is NULL.  "paths"
 * are those of new, deps and cache. */
static size_t
fill_in(const char *word, const char *const *paths, char *out)
{
	static const char *const names[] = { "${new}", "${deps}", "${cache}" };
	const char *piece;
	size_t i, n, used = 0;

	while (*word != '\0') {
		piece = word;
		n = 1;
		for (i = 0; *word == '$' && i < 3; i++)
			if (begins(word, names[i]))
				break;
		if (*word == '$' && i < 3) {
			piece = paths[i];
			n = strlen(piece);
			word += strlen(names[i]);
		} else {
			word++;
		}
		if (out != NULL)
			memcpy(out + used, piece, n);
		used += n;
	}
	if (out != NULL)
		out[used] = '\0';
	return used;
}

char **
rule_argv(const struct rule *rule, const char *new_path, const char *deps_path,
    const char *cache_path)
{
	const char *const paths[] = { new_path, deps_path, cache_path };
	size_t i, count = 0;
	char **argv;

	while (rule->command[count] != NULL)
		count++;
	argv = calloc(count + 1, sizeof(*argv));
	if (argv == NULL)
		return NULL;
	for (i = 0; i < count; i++) {
		argv[i] = malloc(fill_in(rule->command[i], paths, NULL) + 1);
		if (argv[i] == NULL) {
			rule_argv_free(argv);
			errno = ENOMEM;
			return NULL;
		}
		(void)fill_in(rule->command[i], paths, argv[i]);
	}
	return argv;
}

void
rule_argv_free(char **argv)
{
	free_list(argv);
}
