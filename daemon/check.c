/*
 * check - ask the disk one rule's question: is it behind?
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/begun.h"
#include "daemon/check.h"
#include "daemon/clock.h"
#include "daemon/ground.h"
#include "daemon/judge.h"
#include "daemon/pattern.h"
#include "daemon/record.h"
#include "daemon/sources.h"

/* A look at more than this is left to a helper. */
#define SOURCES_MANY 1000
#define BYTES_MANY (4 * 1024 * 1024)
#define NAMES_MANY 20000
/* So much more than that may turn up before it is: most rules grow slowly. */
#define ROOM 2

/* Fill c->now and c->target.  That there was little at the last run does not
 * tell that there is little now: who owns the sources may have seen to that. */
static int
look(const struct check_ask *ask, struct check *c)
{
	struct sources_room room = { ROOM * SOURCES_MANY, NAMES_MANY,
		ROOM * BYTES_MANY };
	const struct rule *rule = ask->rule;

	if (sources_look(rule, &c->past.sources, &c->tried.sources,
		ask->briefly ? &room : NULL, &c->now, c->path,
		sizeof(c->path)) == -1)
		return -1;
	if (rule->target != NULL)
		stamp_take_plain(rule->target, &c->target);
	return 0;
}

static void
describe(enum stamp_reason reason, const struct stamp *then,
    const struct stamp *now, char *how, size_t size)
{
	if (reason == STAMP_SOURCE_NEWER)
		stamp_describe_newer(now, then, how, size);
	else
		stamp_describe(then, now, how, size);
}

static void
explain(
    const struct rule *rule, const struct judge_answer *answer, struct check *c)
{
	const char *path = answer->path;

	if (path == NULL && (answer->then != NULL || answer->now != NULL))
		path = rule->target;
	if (path == NULL)
		return;
	snprintf(c->path, sizeof(c->path), "%s", path);
	c->then = answer->then;
	c->found = answer->now;
}

void
check_describe(struct check *c)
{
	if (c->then != NULL || c->found != NULL)
		describe(c->reason, c->then, c->found, c->how, sizeof(c->how));
	c->then = c->found = NULL;
}

static void
set_terms(struct judge_terms *terms, const struct rule *rule, unsigned asked)
{
	unsigned hint = CHECK_PIPE | CHECK_START | CHECK_SCAN;

	memset(terms, 0, sizeof(*terms));
	terms->rule = rule->effective;
	terms->build = rule->kind == RULE_BUILD;
	terms->named = rule->sources[0] != NULL;
	terms->create = rule->create;
	terms->deps = rule->uses_deps;
	terms->content = rule->content;
	terms->always = rule->always && (asked & hint) != 0;
}

struct each {
	const struct rule *rule;
	check_fn *fn;
	void *arg;
};

static void
on_difference(const struct judge_difference *d, void *arg)
{
	struct each *each = arg;
	char how[sizeof(((struct check *)NULL)->how)];

	describe(d->reason, d->then, d->now, how, sizeof(how));
	each->fn(d->reason, d->path != NULL ? d->path : each->rule->target, how,
	    each->arg);
}

void
check_each(
    const struct rule *rule, const struct check *c, check_fn *fn, void *arg)
{
	struct each each = { rule, fn, arg };
	struct judge_terms terms;

	if (rule->kind == RULE_PLAIN)
		return;
	set_terms(&terms, rule, CHECK_OTHER);
	judge_each(&terms, &c->past, &c->now, &c->target, on_difference, &each);
}

static void
judge(const struct rule *rule, unsigned asked, struct check *c)
{
	struct judge_terms terms;
	struct judge_answer answer;

	set_terms(&terms, rule, asked);
	judge_rule(&terms, &c->past, &c->now, &c->target, &answer);
	c->verdict = answer.verdict;
	c->reason = answer.reason;
	c->store = answer.store;
	c->vanished = c->verdict == STAMP_IDLE && !rule->create &&
		      c->past.target.state == STAMP_PRESENT;
	c->same =
	    c->verdict == STAMP_BEHIND &&
	    judge_same(&c->tried, check_terms(rule), &c->now, rule->content);
	explain(rule, &answer, c);
}

struct digest
check_terms(const struct rule *rule)
{
	int64_t guards[3] = { rule->check, rule->min_records,
		rule->max_shrink };
	struct digest both[2];

	both[0] = rule->effective;
	both[1] = digest_bytes(guards, sizeof(guards));
	return digest_bytes(both, sizeof(both));
}

static struct digest
sum_up(const struct rule *rule, const struct check *c)
{
	struct digest both[2];

	both[0] = check_terms(rule);
	both[1] = stamp_set_digest(&c->now);
	return digest_bytes(both, sizeof(both));
}

static struct digest
sum_up_deps(const struct stamp_set *now)
{
	struct stamp_set deps;
	struct stamp none;
	struct digest sum;
	size_t i;

	memset(&deps, 0, sizeof(deps));
	memset(&none, 0, sizeof(none));
	for (i = 0; i < now->count; i++)
		if (now->entries[i].origin == STAMP_DEP &&
		    stamp_set_add(
			&deps, stamp_set_path(now, i), STAMP_DEP, &none) == -1)
			break; /* a sum that equals none: another look */
	sum = stamp_set_digest(&deps);
	stamp_set_fini(&deps);
	return sum;
}

/* Without a record: if a run of ours may have written the target, times tell
 * nothing, and it is as with a record of no rule.  Returns 0, or -1 with errno
 * where that cannot be told. */
static int
look_for_runs(const struct check_ask *ask, struct check *c)
{
	int begun;

	if (c->past.exists || ask->rule->target == NULL)
		return 0;
	begun = begun_has(ask->state_dir, ask->rule->target);
	c->past.exists = begun != 0;
	if (begun != -1 || (ask->asked & CHECK_RUN) != 0)
		return 0;
	snprintf(c->path, sizeof(c->path), "%s/begun", ask->state_dir);
	return -1;
}

/* The record, or what is kept instead.  One that cannot be read is no absent
 * one, but does not stop who wants a run in any case. */
static int
read_past(const struct check_ask *ask, struct check *c)
{
	const char *name = ask->rule->name;

	if (ask->kept != NULL) {
		c->past = *ask->kept;
		c->borrowed = true;
	} else if (ask->past != NULL) {
		c->past = *ask->past;
		memset(ask->past, 0, sizeof(*ask->past));
	} else if (record_read(ask->state_dir, RECORD_DONE, name, &c->past) ==
		   -1) {
		snprintf(c->path, sizeof(c->path), "%s/record/%s",
		    ask->state_dir, name);
		if ((ask->asked & CHECK_RUN) == 0)
			return -1;
		c->past.exists = c->past.damaged = true;
	}
	if (look_for_runs(ask, c) == -1)
		return -1;
	/* One that cannot be read only costs a run more. */
	if (ask->memo != NULL)
		(void)memo_read_tried(
		    ask->memo, ask->state_dir, name, &c->tried);
	else
		(void)record_read(
		    ask->state_dir, RECORD_TRIED, name, &c->tried);
	return 0;
}

static int
look_at_mounts(const struct check_ask *ask, struct check *c)
{
	if (mounts_refresh(ask->mounts) == 0)
		return 0;
	snprintf(c->path, sizeof(c->path), "mounts");
	return -1;
}

/* An empty mount point must not pass for an empty directory: 1 it would, 0 it
 * does not, -1 with errno. */
static int
is_unmounted(const struct check_ask *ask, bool looked, struct check *c)
{
	const char *point;

	if (ask->mounts == NULL || c->past.mounts == NULL)
		return 0;
	if (look_at_mounts(ask, c) == -1)
		return -1;
	point = ground_missing(ask->mounts, c->past.mounts, looked);
	if (point == NULL)
		return 0;
	c->verdict = STAMP_BLOCKED;
	c->reason = STAMP_NONE;
	c->store = c->same = false;
	c->then = c->found = NULL;
	snprintf(c->path, sizeof(c->path), "%s", point);
	snprintf(c->how, sizeof(c->how), "not mounted");
	return 1;
}

/* Where the rule stands goes into the next record. */
static int
find_ground(const struct check_ask *ask, struct check *c)
{
	if (ask->mounts == NULL)
		return 0;
	if (look_at_mounts(ask, c) == -1)
		return -1;
	return ground_find(ask->mounts, ask->rule, &c->now, &c->mounts);
}

static int
ask_disk(const struct check_ask *ask, struct check *c)
{
	bool run = (ask->asked & CHECK_RUN) != 0;
	int away;

	if (read_past(ask, c) == -1)
		return -1;
	away = run ? 0 : is_unmounted(ask, false, c);
	if (away != 0)
		return away == 1 ? 0 : -1;
	if (look(ask, c) == -1)
		return -1;
	/* The target that was seen may be that of a run which began since. */
	if (look_for_runs(ask, c) == -1)
		return -1;
	judge(ask->rule, ask->asked, c);
	away = run ? 0 : is_unmounted(ask, true, c);
	if (away != 0)
		return away == 1 ? 0 : -1;
	if (c->verdict == STAMP_BEHIND || c->store || run)
		return find_ground(ask, c);
	return 0;
}

int
check_disk(const struct check_ask *ask, struct check *c)
{
	const struct rule *rule = ask->rule;
	unsigned always = CHECK_RUN;
	double started = clock_monotonic();

	memset(c, 0, sizeof(*c));
	c->past.records = -1;
	if (rule->kind == RULE_PLAIN)
		always |= CHECK_PIPE | CHECK_START;
	else if (ask_disk(ask, c) == -1)
		return -1;
	if ((ask->asked & always) != 0) {
		c->verdict = STAMP_BEHIND;
		c->reason = STAMP_ASKED;
		c->store = c->same = false;
		c->then = c->found = NULL;
		c->path[0] = '\0';
	}
	c->digest = sum_up(rule, c);
	/* The clock was set back, or it is another machine's: a time to come
	 * does not tell that somebody has changed something just now. */
	c->changed_at = stamp_set_youngest(
	    &c->now, (clock_wall_ms() + 1) * INT64_C(1000000));
	if (rule->uses_deps)
		c->deps = sum_up_deps(&c->now);
	c->seconds = clock_monotonic() - started;
	return 0;
}

int
check_rule(const struct rule *rule, const char *state_dir, unsigned asked,
    struct check *c)
{
	struct mounts mounts;
	struct check_ask ask = { .rule = rule,
		.state_dir = state_dir,
		.asked = asked,
		.mounts = &mounts };
	int rc, saved_errno;

	memset(&mounts, 0, sizeof(mounts));
	rc = check_disk(&ask, c);
	saved_errno = errno;
	if (rc == 0)
		check_describe(c);
	mounts_fini(&mounts);
	errno = saved_errno;
	return rc;
}

static bool
has_pattern(const struct rule *rule)
{
	size_t i;

	for (i = 0; rule->sources[i] != NULL; i++)
		if (!pattern_is_literal(rule->sources[i]))
			return true;
	return false;
}

static int
read_brief(const struct check_ask *ask, struct recordform_head *head,
    struct stamp_past *past)
{
	const char *name = ask->rule->name;

	if (ask->memo == NULL)
		return record_read_brief(ask->state_dir, name, head, past);
	return memo_read(ask->memo, ask->state_dir, name, head, past);
}

/* Read how much there was, and all of it if it was not much. */
static const char *
read_head(struct check_ask *ask, struct stamp_past *past,
    struct recordform_head *head)
{
	*head = (struct recordform_head){ SOURCES_MANY, BYTES_MANY, false };
	if (ask->kept != NULL) {
		head->count = ask->kept->sources.count;
		head->bytes = stamp_set_bytes(&ask->kept->sources);
		return ask->kept->mounts;
	}
	if (read_brief(ask, head, past) == -1)
		stamp_past_fini(past);
	else if (head->whole)
		ask->past = past;
	return past->mounts;
}

bool
check_is_long(struct check_ask *ask, struct stamp_past *past, bool *far)
{
	const struct rule *rule = ask->rule;
	struct recordform_head head;
	const char *mounts;
	bool is_long;

	*far = false;
	memset(past, 0, sizeof(*past));
	if (rule->kind == RULE_PLAIN)
		return false;
	mounts = read_head(ask, past, &head);
	/* If it cannot be read now, what was known of it is. */
	if (ask->mounts != NULL)
		(void)mounts_refresh(ask->mounts);
	*far =
	    ask->mounts != NULL && !ground_is_local(ask->mounts, rule, mounts);
	is_long = *far || head.count > SOURCES_MANY || head.bytes > BYTES_MANY;
	/* Without a record nobody knows how much there is. */
	if (ask->kept == NULL && (!past->exists || past->damaged) &&
	    (rule->content || has_pattern(rule)))
		is_long = true;
	if (is_long || ask->past == NULL) {
		stamp_past_fini(past);
		ask->past = NULL;
	}
	return is_long;
}

int
check_fetch(struct check *c)
{
	struct stamp_past past;

	if (!c->away)
		return 0;
	if (record_read_fd(c->fd, &past) == -1)
		return -1;
	c->now = past.sources;
	c->mounts = past.mounts;
	c->away = false;
	return 0;
}

void
check_fini(struct check *c)
{
	if (c->fd != 0)
		(void)close(c->fd); /* goes with all that is in it */
	c->fd = 0;
	free(c->mounts);
	c->mounts = NULL;
	stamp_set_fini(&c->now);
	if (!c->borrowed)
		stamp_past_fini(&c->past);
	stamp_past_fini(&c->tried);
}

int
check_store(
    const struct rule *rule, const char *state_dir, const struct check *c)
{
	struct stamp_past past;

	/* Borrowed from "c", so not freed here. */
	memset(&past, 0, sizeof(past));
	past.rule = rule->effective;
	past.sources = c->now;
	past.target = c->target;
	past.records = c->past.records;
	past.unit = c->past.unit;
	past.mounts = c->mounts;
	return record_write(state_dir, RECORD_DONE, rule->name, &past);
}
