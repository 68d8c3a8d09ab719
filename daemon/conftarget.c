#include <sys/stat.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/conftarget.h"
#include "daemon/ground.h"
#include "daemon/memory.h"
#include "daemon/pattern.h"
#include "daemon/setting.h"
#include "daemon/trust.h"

/* A build, and the file that its target is now. */
struct build {
	const struct rule *rule;
	char *file;
};

static int
compare_file(const void *a, const void *b)
{
	const struct build *left = a, *right = b;
	int order = strcmp(left->file, right->file);

	return order != 0 ? order : strcmp(left->rule->name, right->rule->name);
}

/* The path without links, as far as there is something at it yet, and nobody
 * need be waited for. */
static char *
real_file(const struct mounts *mounts, const char *target)
{
	const char *name = strrchr(target, '/') + 1;
	char *dir, *real, *file;

	if (!ground_is_near(mounts, target))
		return memory_text(target);
	real = realpath(target, NULL);
	if (real != NULL)
		return real;
	dir = memory_format("%.*s", (int)(name - target), target);
	real = realpath(dir, NULL);
	file = memory_format("%s/%s", real == NULL ? dir : real, name);
	setting_drop_slashes(file);
	free(dir);
	free(real);
	return file;
}

/* Could only those have made its links who may see to the rule?  What others
 * put in a source's place must not stop all rules. */
static bool
is_ours(const struct rule *rule, const char *source)
{
	char why[512];

	return trust_above(source, rule->run_uid, why, sizeof(why)) == 0;
}

/* Is this source the target, by another path?  Links are only followed where
 * the two are one file, or neither is there yet. */
static bool
is_target(
    const struct mounts *mounts, const char *source, const struct build *build)
{
	const char *target = build->rule->target;
	struct stat of_source, of_target;
	bool exists, same;
	char *file;

	if (!ground_is_near(mounts, source) || !ground_is_near(mounts, target))
		return false;
	exists = stat(source, &of_source) == 0;
	if ((stat(target, &of_target) == 0) != exists)
		return false;
	if (exists && (of_source.st_ino != of_target.st_ino ||
			  of_source.st_dev != of_target.st_dev))
		return false;
	file = real_file(mounts, source);
	same = strcmp(file, build->file) == 0 && is_ours(build->rule, source);
	free(file);
	return same;
}

/* A pattern leaves out the target's name, but not what a link of that name
 * leads to. */
static bool
takes_in(
    const struct mounts *mounts, const char *pattern, const struct build *build)
{
	struct stat st;

	return ground_is_near(mounts, build->rule->target) &&
	       lstat(build->rule->target, &st) == 0 && S_ISLNK(st.st_mode) &&
	       pattern_matches(pattern, build->file);
}

/* The product would take the place of what it is made from. */
static void
refuse_own_source(const struct rule_set *set, const struct build *build,
    struct conf_errors *errors)
{
	const struct rule *rule = build->rule;
	char **source, path[PATH_MAX];
	bool own;

	for (source = rule->sources; source != NULL && *source != NULL;
	     source++) {
		if (pattern_is_literal(*source)) {
			pattern_unescape(*source, path);
			own =
			    strcmp(path, rule->target) != 0 && /* confrule's */
			    is_target(set->mounts, path, build);
		} else {
			own = takes_in(set->mounts, *source, build);
		}
		if (own)
			conf_errors_add(errors, rule->file, rule->target_line,
			    "target", "is the source %s (%s)", *source,
			    build->file);
	}
}

void
conftarget_check(const struct rule_set *set, struct conf_errors *errors)
{
	struct build *builds = NULL;
	const struct rule *one, *two;
	size_t i, count = 0;

	for (i = 0; i < set->rule_count; i++) {
		if (set->rules[i].target == NULL)
			continue;
		builds = memory_grow(builds, count, sizeof(*builds));
		builds[count].rule = &set->rules[i];
		builds[count++].file =
		    real_file(set->mounts, set->rules[i].target);
	}
	for (i = 0; i < count; i++)
		refuse_own_source(set, &builds[i], errors);
	if (count > 1)
		qsort(builds, count, sizeof(*builds), compare_file);
	for (i = 1; i < count; i++) {
		one = builds[i - 1].rule;
		two = builds[i].rule;
		if (strcmp(builds[i - 1].file, builds[i].file) == 0)
			conf_errors_add(errors, two->file, two->target_line,
			    "target", "also the target of rule %s (%s)",
			    one->name, one->file);
	}
	for (i = 0; i < count; i++)
		free(builds[i].file);
	free(builds);
}
