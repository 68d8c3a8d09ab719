/*
 * The end of a run: what is installed, and what stands in the records then.
 */

#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/begun.h"
#include "daemon/finish.h"
#include "daemon/record.h"
#include "tests/unit/check.h"
#include "tests/unit/files.h"

#define LATER (INT64_MAX / 2) /* a run that starts after everything */

static char dir[] = "/tmp/finish_test.XXXXXX", name[] = "rule";
static char target[PATH_MAX], state[PATH_MAX];
static char new_path[PATH_MAX], deps_path[PATH_MAX], cache_dir[PATH_MAX];

static char source[PATH_MAX];
static char *no_sources[] = { NULL }, *one_source[] = { source, NULL };

static const struct scratch scratch = {
	.new_path = new_path, .deps_path = deps_path, .cache_dir = cache_dir
};

/* A path in the test's directory; two may be in use. */
static const char *
at(int slot, const char *file)
{
	static char path[2][PATH_MAX];

	snprintf(path[slot], sizeof(path[slot]), "%s/%s", dir, file);
	return path[slot];
}

static int
add(struct stamp_set *set, const char *file, enum stamp_origin origin)
{
	struct stamp s;

	stamp_take_plain(at(0, file), &s);
	return stamp_set_add(set, at(0, file), origin, &s);
}

static struct rule
make_rule(void)
{
	struct rule rule = { .name = name,
		.kind = RULE_BUILD,
		.sources = no_sources,
		.target = target,
		.uses_new = true,
		.max_shrink = -1,
		.mode = (mode_t)-1,
		.owner = (uid_t)-1,
		.group = (gid_t)-1,
		.run_uid = (uid_t)-1,
		.run_gid = (gid_t)-1,
		.effective = { .low = 1, .high = 2 } };

	return rule;
}

/* The end of a run; its record comes back, to be freed. */
static enum product_outcome
run(const struct rule *rule, struct check *check, int64_t started_at,
    struct finish_result *result, struct stamp_past *past)
{
	struct finish_run r = { .rule = rule,
		.state_dir = state,
		.check = check,
		.scratch = &scratch,
		.started_at = started_at,
		.began = 1e12, /* and by that clock, too */
		.guarded = true };

	stamp_take_plain(target, &check->target);
	if (record_remove(state, RECORD_DONE, name) == -1)
		abort();
	finish_run(&r, result);
	if (record_read(state, RECORD_DONE, name, past) == -1)
		abort();
	return result->outcome;
}

static int
test_build(void)
{
	struct rule rule = make_rule();
	struct check check = { .verdict = STAMP_BEHIND };
	struct finish_result result;
	struct stamp_past past;
	struct stamp now;

	rule.sources = one_source;
	CHECK(put("source", "x") == 0 && put(new_path, "1\n2\n3\n") == 0);
	CHECK(add(&check.now, "source", STAMP_LITERAL) == 0);
	rule.min_records = 1;
	CHECK(run(&rule, &check, LATER, &result, &past) == PRODUCT_INSTALLED);
	CHECK(result.records == 3 && result.record_error == 0);
	CHECK(past.exists && !past.damaged && past.records == 3);
	CHECK(past.rule.low == 1 && past.rule.high == 2);
	stamp_take_plain(target, &now);
	CHECK(stamp_equal(&past.target, &now, false));
	CHECK(past.sources.count == 1);
	CHECK(past.sources.entries[0].stamp.state == STAMP_PRESENT);
	stamp_past_fini(&past);
	CHECK(run(&rule, &check, LATER, &result, &past) == PRODUCT_EQUAL);
	CHECK(past.exists && past.records == 3 && past.unit != 0);
	check.past.unit = past.unit;
	stamp_past_fini(&past);

	/* The count in the record is what max_shrink goes by. */
	rule.max_shrink = 10;
	check.past.exists = true;
	check.past.records = 100;
	CHECK(put(new_path, "1\n2\n3\n4\n") == 0);
	CHECK(run(&rule, &check, LATER, &result, &past) == PRODUCT_REFUSED);
	CHECK(!past.exists && strstr(result.why, "max_shrink") != NULL);
	stamp_past_fini(&past);
	check.past.damaged = true;
	CHECK(run(&rule, &check, LATER, &result, &past) == PRODUCT_INSTALLED);
	stamp_past_fini(&past);

	CHECK(unlink(new_path) == 0);
	CHECK(run(&rule, &check, LATER, &result, &past) == PRODUCT_FAILED);
	CHECK(!past.exists && strstr(result.why, "wrote no") != NULL);
	stamp_past_fini(&past);
	stamp_set_fini(&check.now);
	return 0;
}

static struct stamp_tried
last_try(struct stamp_past *past)
{
	if (record_read(state, RECORD_TRIED, name, past) == -1)
		abort();
	return past->tried;
}

/* What a run in vain leaves behind, and that a good one removes it. */
static int
test_tried(void)
{
	struct rule rule = make_rule();
	struct check check = { .verdict = STAMP_BEHIND };
	struct finish_run wrong = { .rule = &rule,
		.state_dir = state,
		.check = &check,
		.scratch = &scratch,
		.wrong = "exit 100" };
	struct finish_result result;
	struct stamp_past past;
	struct stamp_tried tried;

	rule.sources = one_source;
	CHECK(put("known", "x") == 0);
	CHECK(add(&check.now, "source", STAMP_LITERAL) == 0);
	CHECK(put(new_path, "1\n") == 0);
	rule.min_records = 2;
	CHECK(run(&rule, &check, LATER, &result, &past) == PRODUCT_REFUSED);
	stamp_past_fini(&past);
	tried = last_try(&past);
	CHECK(tried.ending == STAMP_REFUSED && tried.at > 0);
	CHECK(strcmp(tried.note, result.why) == 0);
	CHECK(digest_equal(past.rule, check_terms(&rule)));
	CHECK(past.sources.count == 1);
	CHECK(past.sources.entries[0].stamp.state == STAMP_PRESENT);
	stamp_past_fini(&past);
	rule.min_records = 1;
	CHECK(put(new_path, "1\n2\n") == 0);
	CHECK(run(&rule, &check, LATER, &result, &past) == PRODUCT_INSTALLED);
	stamp_past_fini(&past);
	CHECK(last_try(&past).ending == STAMP_GOOD && !past.exists);
	stamp_past_fini(&past);

	rule.uses_deps = true;
	CHECK(put(deps_path, at(0, "known")) == 0);
	finish_run(&wrong, &result);
	tried = last_try(&past);
	CHECK(tried.ending == STAMP_SOURCE_WRONG);
	CHECK(strcmp(tried.note, "exit 100") == 0);
	CHECK(past.sources.count == 2);
	stamp_past_fini(&past);
	CHECK(put(deps_path, "relative") == 0);
	CHECK(record_remove(state, RECORD_TRIED, name) == 0);
	finish_run(&wrong, &result);
	CHECK(last_try(&past).ending == STAMP_GOOD && !past.exists);
	stamp_past_fini(&past);
	CHECK(unlink(deps_path) == 0);
	finish_run(&wrong, &result);
	CHECK(last_try(&past).ending == STAMP_SOURCE_WRONG);
	CHECK(past.sources.count == 1);
	stamp_past_fini(&past);
	stamp_set_fini(&check.now);
	return 0;
}

static int
test_own_target(void)
{
	struct rule rule = make_rule();
	struct check check = { .verdict = STAMP_BEHIND };
	struct finish_result result;
	struct stamp_past past;

	rule.uses_new = false;
	CHECK(run(&rule, &check, LATER, &result, &past) == PRODUCT_EQUAL);
	CHECK(past.exists && past.target.state == STAMP_PRESENT);
	CHECK(past.records == -1);
	stamp_past_fini(&past);
	CHECK(unlink(target) == 0);
	CHECK(run(&rule, &check, LATER, &result, &past) == PRODUCT_FAILED);
	CHECK(!past.exists && strstr(result.why, "left no") != NULL);
	stamp_past_fini(&past);
	return 0;
}

static int
test_action(void)
{
	struct rule rule = make_rule();
	struct check check = { .verdict = STAMP_BEHIND };
	struct finish_result result;
	struct stamp_past past;

	rule.kind = RULE_ACTION;
	rule.target = NULL;
	rule.uses_new = false;
	CHECK(run(&rule, &check, LATER, &result, &past) == PRODUCT_INSTALLED);
	CHECK(past.exists && result.records == -1);
	stamp_past_fini(&past);

	/* A record that cannot be written is not a failed run. */
	CHECK(rename("state/record", "away") == 0 &&
	      put("state/record", "") == 0);
	check.target.state = STAMP_ABSENT;
	finish_run(&(struct finish_run){ .rule = &rule,
		       .state_dir = state,
		       .check = &check,
		       .scratch = &scratch },
	    &result);
	CHECK(result.outcome == PRODUCT_INSTALLED);
	CHECK(result.record_error == ENOTDIR || result.record_error == EEXIST);
	CHECK(!result.kept);
	check.fd = record_spare(state);
	CHECK(check.fd > 0);
	finish_run(&(struct finish_run){ .rule = &rule,
		       .state_dir = state,
		       .check = &check,
		       .scratch = &scratch },
	    &result);
	CHECK(result.record_error != 0 && result.kept);
	CHECK(record_read_fd(check.fd, &past) == 0 && past.exists);
	CHECK(digest_equal(past.rule, rule.effective));
	stamp_past_fini(&past);
	CHECK(close(check.fd) == 0);
	check.fd = 0;
	CHECK(
	    unlink("state/record") == 0 && rename("away", "state/record") == 0);

	rule.kind = RULE_PLAIN;
	CHECK(run(&rule, &check, LATER, &result, &past) == PRODUCT_INSTALLED);
	CHECK(!past.exists);
	stamp_past_fini(&past);
	return 0;
}

static const struct stamp *
found(const struct stamp_past *past, const char *file)
{
	return stamp_set_find(&past->sources, at(0, file));
}

/* What the command reports are sources, with what it reported before gone; but
 * a path that the patterns name too stays theirs.  A list that cannot be read
 * is a failed run. */
static int
test_deps(void)
{
	struct rule rule = make_rule();
	struct check check = { .verdict = STAMP_BEHIND };
	struct finish_result result;
	struct stamp_past past;
	FILE *out;

	rule.sources = one_source;
	rule.uses_deps = true;
	CHECK(put("known", "x") == 0 && put("dropped", "x") == 0);
	CHECK(put("fresh", "x") == 0 && put(new_path, "1\n") == 0);
	CHECK(add(&check.now, "source", STAMP_LITERAL) == 0);
	CHECK(add(&check.now, "known", STAMP_DEP) == 0);
	CHECK(add(&check.now, "dropped", STAMP_DEP) == 0);
	stamp_set_sort(&check.now);
	out = fopen(deps_path, "w");
	CHECK(out != NULL);
	fprintf(out, "%s\n%s\n", at(0, "source"), at(1, "known"));
	fprintf(out, "%s\n", at(0, "fresh"));
	CHECK(fclose(out) == 0);
	CHECK(run(&rule, &check, 0, &result, &past) == PRODUCT_INSTALLED);
	CHECK(past.sources.count == 3 && found(&past, "dropped") == NULL);
	CHECK(past.sources.entries[1].origin == STAMP_DEP);
	CHECK(past.sources.entries[2].origin == STAMP_LITERAL);
	CHECK(found(&past, "known")->state == STAMP_PRESENT);
	CHECK(found(&past, "fresh")->state == STAMP_CHANGED);
	stamp_past_fini(&past);

	CHECK(put(deps_path, "/a\nb\n") == 0);
	CHECK(run(&rule, &check, 0, &result, &past) == PRODUCT_FAILED);
	CHECK(!past.exists && strncmp(result.why, "deps: line 2", 12) == 0);
	stamp_past_fini(&past);
	CHECK(unlink(deps_path) == 0);
	CHECK(run(&rule, &check, 0, &result, &past) == PRODUCT_FAILED);
	CHECK(!past.exists && strncmp(result.why, "deps: the ", 10) == 0);
	stamp_past_fini(&past);
	stamp_set_fini(&check.now);
	return 0;
}

/* What differs when the command has ended is marked in the record, which has
 * only what the rule and the command name. */
static int
test_meanwhile(void)
{
	struct rule rule = make_rule();
	struct check check = { .verdict = STAMP_BEHIND };
	struct finish_result result;
	struct stamp_past past;

	rule.sources = one_source;
	rule.uses_deps = true;
	CHECK(put("known", "x") == 0 && put("dropped", "x") == 0);
	CHECK(put(new_path, "1\n") == 0 && put(deps_path, at(0, "known")) == 0);
	CHECK(add(&check.now, "dropped", STAMP_DEP) == 0);
	CHECK(add(&check.now, "known", STAMP_DEP) == 0);
	CHECK(add(&check.now, "source", STAMP_LITERAL) == 0);
	CHECK(put("known", "xy") == 0 && put("dropped", "xy") == 0);
	CHECK(run(&rule, &check, LATER, &result, &past) == PRODUCT_EQUAL);
	CHECK(past.sources.count == 2 && found(&past, "dropped") == NULL);
	CHECK(found(&past, "known")->state == STAMP_CHANGED);
	CHECK(found(&past, "source")->state == STAMP_PRESENT);
	stamp_past_fini(&past);
	stamp_set_fini(&check.now);
	return 0;
}

/* A directory in which names came or went since the command began is marked, if
 * the product is another one. */
static int
test_passing(void)
{
	struct rule rule = make_rule();
	struct check check = { .verdict = STAMP_BEHIND };
	struct finish_result result;
	struct stamp_past past;
	char pattern[PATH_MAX];
	char *sources[] = { pattern, NULL };

	rule.sources = sources;
	snprintf(pattern, sizeof(pattern), "%s/deep/x*", dir);
	CHECK(mkdir("deep", 0700) == 0 && put("deep/x1", "") == 0);
	CHECK(put(new_path, "other\n") == 0);
	CHECK(add(&check.now, "deep/x1", STAMP_MATCH) == 0);
	CHECK(run(&rule, &check, 0, &result, &past) == PRODUCT_INSTALLED);
	CHECK(past.sources.count == 2);
	CHECK(found(&past, "deep")->state == STAMP_CHANGED);
	CHECK(found(&past, "deep/x1")->state == STAMP_PRESENT);
	stamp_past_fini(&past);
	CHECK(run(&rule, &check, 0, &result, &past) == PRODUCT_EQUAL);
	CHECK(past.sources.count == 1);
	stamp_past_fini(&past);
	CHECK(put(new_path, "another\n") == 0);
	CHECK(run(&rule, &check, LATER, &result, &past) == PRODUCT_INSTALLED);
	CHECK(past.sources.count == 1);
	stamp_past_fini(&past);
	stamp_set_fini(&check.now);
	return 0;
}

/* What may be on its way to the target is marked; a product that was refused
 * has not been.  That nothing can be marked keeps no product back. */
static int
test_begun(void)
{
	struct rule rule = make_rule();
	struct check check = { .verdict = STAMP_BEHIND };
	struct finish_result result;
	struct stamp_past past;

	CHECK(begun_forget(state, target) == 0);
	CHECK(begun_has(state, target) == 0);
	CHECK(put(new_path, "begun\n") == 0);
	rule.min_records = 2;
	CHECK(run(&rule, &check, LATER, &result, &past) == PRODUCT_REFUSED);
	CHECK(begun_has(state, target) == 0 && result.begun_error == 0);
	stamp_past_fini(&past);
	rule.min_records = 0;
	CHECK(run(&rule, &check, LATER, &result, &past) == PRODUCT_INSTALLED);
	CHECK(begun_has(state, target) == 1 && result.begun_error == 0);
	CHECK(begun_mark(state, target) == 0);
	stamp_past_fini(&past);
	rule.min_records = 2;
	CHECK(put(new_path, "another run\n") == 0);
	CHECK(run(&rule, &check, LATER, &result, &past) == PRODUCT_REFUSED);
	CHECK(begun_has(state, target) == 1);
	stamp_past_fini(&past);

	rule.min_records = 0;
	CHECK(
	    rename("state/begun", "away") == 0 && put("state/begun", "") == 0);
	CHECK(run(&rule, &check, LATER, &result, &past) == PRODUCT_INSTALLED);
	CHECK(result.begun_error == ENOTDIR && past.exists);
	CHECK(begun_has(state, target) == -1 && errno == ENOTDIR);
	CHECK(unlink("state/begun") == 0 && rename("away", "state/begun") == 0);
	stamp_past_fini(&past);
	return 0;
}

int
main(void)
{
	char command[64];
	int rc;

	CHECK(mkdtemp(dir) != NULL && chdir(dir) == 0);
	CHECK(mkdir("state", 0711) == 0 && mkdir("state/record", 0700) == 0);
	snprintf(target, sizeof(target), "%s/target", dir);
	snprintf(source, sizeof(source), "%s/source", dir);
	snprintf(state, sizeof(state), "%s/state", dir);
	snprintf(new_path, sizeof(new_path), "%s/new", dir);
	snprintf(deps_path, sizeof(deps_path), "%s/deps", dir);
	snprintf(cache_dir, sizeof(cache_dir), "%s/state/cache/rule", dir);
	rc = test_build() || test_tried() || test_own_target() ||
	     test_action() || test_deps() || test_meanwhile() ||
	     test_passing() || test_begun();
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command) != 0 || rc;
}
