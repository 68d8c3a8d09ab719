/*
 * Each call of the end of a run fails once: no product that is not current
 * passes for current afterwards.
 */

#include "daemon/check.h"
#include "daemon/finish.h"
#include "tests/unit/soundly.h"

static char source[96], dep[96], state[64], deps_path[96], new_path[96];
static char *sources[] = { source, NULL };
static const struct scratch scratch = {
	.new_path = new_path, .deps_path = deps_path, .cache_dir = source
};
static struct rule copy_rule;
static char text[32]; /* of the source */

static enum stamp_verdict
judge(void)
{
	enum stamp_verdict verdict = STAMP_BLOCKED;
	struct check c;

	if (check_rule(&copy_rule, state, CHECK_OTHER, &c) == 0)
		verdict = c.verdict;
	check_fini(&c);
	return verdict;
}

/* Its command copies the source, and tells of a file beside it. */
static void
end_run(const char *call)
{
	struct finish_result result;
	struct check c;
	struct finish_run run = { .rule = &copy_rule,
		.state_dir = state,
		.check = &c,
		.scratch = &scratch,
		.started_at = INT64_MAX / 2, /* nothing is younger */
		.began = 1e12,
		.guarded = true };

	if (check_rule(&copy_rule, state, CHECK_OTHER, &c) == -1 ||
	    c.verdict != STAMP_BEHIND)
		abort();
	trouble.name = call;
	finish_run(&run, &result);
	check_fini(&c);
}

static bool
edit(bool first)
{
	static int round;

	if (first) { /* or they are not there */
		(void)unlink("state/record/rule");
		(void)unlink(target);
	}
	snprintf(text, sizeof(text), "%d\n", ++round);
	return put(source, text) == 0 && put(dep, "") == 0 &&
	       put(deps_path, dep) == 0 && put(new_path, text) == 0;
}

static bool
is_current(void)
{
	return judge() == STAMP_CURRENT && holds(target, text) &&
	       mode_of(target) == 0644 && count_names("live") == 1;
}

/* Whatever fails: what passes for current is, and knows what it depends on;
 * what does not is made so by the next run. */
static bool
finish(bool first)
{
	const char *call = hold();
	bool sound;

	if (!edit(first))
		return false;
	end_run(call);
	call = hold();
	if (judge() == STAMP_BEHIND)
		end_run(NULL);
	sound =
	    is_current() && put(dep, "changed") == 0 && judge() == STAMP_BEHIND;
	trouble.name = call;
	return sound;
}

static bool
finish_first_soundly(void)
{
	return finish(true);
}

static bool
finish_next_soundly(void)
{
	return finish(false);
}

/* What was tried is remembered as that or not at all, and it is no success. */
static bool
fail_soundly(void)
{
	const char *call = hold();
	struct finish_result result;
	struct check c;
	struct finish_run run = { .rule = &copy_rule,
		.state_dir = state,
		.check = &c,
		.scratch = &scratch,
		.started_at = INT64_MAX / 2,
		.began = 1e12,
		.wrong = "exit 100" };
	bool sound;

	if (!edit(false) ||
	    check_rule(&copy_rule, state, CHECK_OTHER, &c) == -1)
		return false;
	trouble.name = call;
	finish_run(&run, &result);
	call = hold();
	check_fini(&c);
	sound = check_rule(&copy_rule, state, CHECK_OTHER, &c) == 0 &&
		c.verdict == STAMP_BEHIND && (c.same || is_met());
	check_fini(&c);
	/* And a good run ends that. */
	end_run(NULL);
	sound = sound && is_current();
	trouble.name = call;
	return sound;
}

/* It writes its target by itself. */
static int
test_target(void)
{
	struct rule rule = copy_rule;
	struct finish_result result;
	struct check c = { .verdict = STAMP_BEHIND };
	struct finish_run run = { .rule = &rule,
		.state_dir = state,
		.check = &c,
		.scratch = &scratch };
	static char loop[96];

	snprintf(loop, sizeof(loop), "%s/loop", dir);
	CHECK(symlink(loop, loop) == 0);
	rule.target = loop;
	rule.uses_new = rule.uses_deps = false;
	finish_run(&run, &result);
	CHECK(result.outcome == PRODUCT_FAILED);
	CHECK(strstr(result.why, "symbolic links") != NULL);
	CHECK(unlink(loop) == 0);
	finish_run(&run, &result);
	CHECK(result.outcome == PRODUCT_FAILED);
	CHECK(strstr(result.why, "the command left no") != NULL);
	check_fini(&c);
	return 0;
}

static int
test_finish(void)
{
	copy_rule = plain;
	copy_rule.kind = RULE_BUILD;
	copy_rule.sources = sources;
	copy_rule.uses_new = copy_rule.uses_deps = copy_rule.create = true;
	copy_rule.effective.low = 1;
	snprintf(source, sizeof(source), "%s/source", dir);
	snprintf(dep, sizeof(dep), "%s/dep", dir);
	snprintf(state, sizeof(state), "%s/state", dir);
	snprintf(new_path, sizeof(new_path), "%s/new", dir);
	snprintf(deps_path, sizeof(deps_path), "%s/deps", dir);
	CHECK(put(target, "") == 0);
	CHECK(is_sound(finish_first_soundly));
	CHECK(is_sound(finish_next_soundly));
	CHECK(is_sound(fail_soundly));
	return test_target();
}

int
main(void)
{
	int rc;

	CHECK(enter_directory() == 0);
	rc = test_finish();
	return leave_directory() != 0 || rc;
}
