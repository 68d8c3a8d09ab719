/*
 * rulelink - which rules are made from the products of others.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/pattern.h"
#include "daemon/rulelink.h"

/* The builds of a set, sorted by target. */
struct builds {
	struct rule **list;
	size_t count;
};

static int
compare_target(const void *a, const void *b)
{
	const struct rule *const *left = a, *const *right = b;

	return strcmp((*left)->target, (*right)->target);
}

static int
compare_path(const void *key, const void *element)
{
	const struct rule *const *build = element;

	return strcmp(key, (*build)->target);
}

static int
find_builds(struct rule_set *set, struct builds *builds)
{
	size_t i;

	builds->count = 0;
	builds->list = calloc(set->rule_count + 1, sizeof(*builds->list));
	if (builds->list == NULL)
		return -1;
	for (i = 0; i < set->rule_count; i++)
		if (set->rules[i].target != NULL)
			builds->list[builds->count++] = &set->rules[i];
	qsort(
	    builds->list, builds->count, sizeof(*builds->list), compare_target);
	return 0;
}

/* Add to a list that doubles when its count is a power of two. */
static int
add_rule(struct rule ***list, size_t *count, struct rule *rule)
{
	struct rule **grown;
	size_t n = *count;

	if ((n & (n - 1)) == 0) {
		grown = realloc(
		    *list, (n == 0 ? 1 : 2 * n) * sizeof(struct rule *));
		if (grown == NULL)
			return -1;
		*list = grown;
	}
	(*list)[(*count)++] = rule;
	return 0;
}

static int
join(struct rule *up, struct rule *down)
{
	size_t i;

	if (up == down)
		return 0;
	for (i = 0; i < down->upstream_count; i++)
		if (down->upstream[i] == up)
			return 0;
	if (add_rule(&down->upstream, &down->upstream_count, up) == -1)
		return -1;
	return add_rule(&up->downstream, &up->downstream_count, down);
}

static int
join_literal(const struct builds *builds, struct rule *rule, const char *source)
{
	struct rule **up = NULL;
	char *path = malloc(strlen(source) + 1);

	if (path == NULL)
		return -1;
	pattern_unescape(source, path);
	if (builds->count > 0)
		up = bsearch(path, builds->list, builds->count,
		    sizeof(*builds->list), compare_path);
	free(path);
	return up == NULL ? 0 : join(*up, rule);
}

/* Most targets do not even begin as the pattern does. */
static int
join_pattern(const struct builds *builds, struct rule *rule, const char *source)
{
	size_t i, n = strcspn(source, "*?[\\");
	struct rule *up;

	for (i = 0; i < builds->count; i++) {
		up = builds->list[i];
		if (strncmp(up->target, source, n) == 0 &&
		    pattern_matches(source, up->target) && join(up, rule) == -1)
			return -1;
	}
	return 0;
}

static int
join_sources(const struct builds *builds, struct rule *rule)
{
	char **source;
	int rc = 0;

	for (source = rule->sources; source != NULL && *source != NULL;
	     source++) {
		if (pattern_is_literal(*source))
			rc = join_literal(builds, rule, *source);
		else
			rc = join_pattern(builds, rule, *source);
		if (rc == -1)
			return -1;
	}
	return 0;
}

static void
forget_links(struct rule_set *set)
{
	struct rule *rule;
	size_t i;

	for (i = 0; i < set->rule_count; i++) {
		rule = &set->rules[i];
		free(rule->upstream);
		free(rule->downstream);
		rule->upstream = rule->downstream = NULL;
		rule->upstream_count = rule->downstream_count = 0;
	}
}

/* The first rule that waits for this one and is on a cycle or leads to one. */
static const struct rule *
go_down(const struct rule_set *set, const struct rule *rule, const size_t *left)
{
	size_t i;

	for (i = 0; i < rule->downstream_count; i++)
		if (left[rule->downstream[i] - set->rules] > 0)
			return rule->downstream[i];
	return rule_next_instance(set, rule);
}

/* Write the cycle to which "rule" leads.  "seen" has a zeroed place for each
 * rule.  A cycle too long for the text is cut. */
static void
write_cycle(const struct rule_set *set, const struct rule *rule,
    const size_t *left, size_t *seen, char *text, size_t size)
{
	const struct rule *start;
	size_t used;

	while (!seen[rule - set->rules]) {
		seen[rule - set->rules] = 1;
		rule = go_down(set, rule, left);
	}
	start = rule;
	(void)snprintf(text, size, "%s", start->name);
	do {
		rule = go_down(set, rule, left);
		used = strlen(text);
		(void)snprintf(text + used, size - used, " -> %s", rule->name);
	} while (rule != start);
}

/* Take away, again and again, the rules that nothing waits for: rules
 * downstream, and the next instance.  Returns how many rules stay; those have
 * left[] > 0. */
static size_t
peel(const struct rule_set *set, size_t *left, size_t *ready)
{
	const struct rule *rule;
	size_t i, k, next = 0, count = 0;

	for (i = 0; i < set->rule_count; i++) {
		rule = &set->rules[i];
		left[i] = rule->downstream_count;
		if (rule_next_instance(set, rule) != NULL)
			left[i]++;
		if (left[i] == 0)
			ready[count++] = i;
	}
	while (next < count) {
		rule = &set->rules[ready[next++]];
		for (i = 0; i < rule->upstream_count; i++) {
			k = (size_t)(rule->upstream[i] - set->rules);
			if (--left[k] == 0)
				ready[count++] = k;
		}
		k = (size_t)(rule - set->rules);
		if (rule_previous_instance(rule) != NULL && --left[k - 1] == 0)
			ready[count++] = k - 1;
	}
	return set->rule_count - count;
}

static int
find_cycle(const struct rule_set *set, char *text, size_t size)
{
	size_t i = 0, *left, *seen;
	bool found;

	left = calloc(2 * set->rule_count + 1, sizeof(*left));
	if (left == NULL)
		return -1;
	seen = left + set->rule_count;
	found = peel(set, left, seen) > 0;
	if (found) {
		memset(seen, 0, set->rule_count * sizeof(*seen));
		while (left[i] == 0)
			i++;
		write_cycle(set, &set->rules[i], left, seen, text, size);
	}
	free(left);
	errno = found ? ELOOP : errno;
	return found ? -1 : 0;
}

int
rule_set_link(struct rule_set *set, char *cycle, size_t size)
{
	struct builds builds;
	size_t i;
	int rc = 0;

	forget_links(set);
	if (find_builds(set, &builds) == -1)
		return -1;
	for (i = 0; rc == 0 && i < set->rule_count; i++)
		rc = join_sources(&builds, &set->rules[i]);
	free(builds.list);
	if (rc == -1) {
		errno = ENOMEM;
		return -1;
	}
	return find_cycle(set, cycle, size);
}
