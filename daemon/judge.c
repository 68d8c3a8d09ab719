/*
 * judge - is a product behind its sources, and why?
 */

#include <stddef.h>
#include <string.h>

#include "daemon/judge.h"
#include "daemon/pattern.h"

/* What one look at the sources of now tells. */
struct survey {
	const struct stamp_entry *unknown; /* the first, or NULL */
	const struct stamp_entry *newest;  /* by modification time, or NULL */
	bool any_named; /* one that the rule itself names exists */
};

static void
look_over(const struct stamp_set *now, struct survey *survey)
{
	const struct stamp_entry *e;
	size_t i;

	memset(survey, 0, sizeof(*survey));
	for (i = 0; i < now->count; i++) {
		e = &now->entries[i];
		if (e->stamp.state == STAMP_UNKNOWN && survey->unknown == NULL)
			survey->unknown = e;
		if (e->stamp.state != STAMP_PRESENT)
			continue;
		if (e->origin != STAMP_DEP)
			survey->any_named = true;
		if (survey->newest == NULL ||
		    e->stamp.mtime > survey->newest->stamp.mtime)
			survey->newest = e;
	}
}

static void
decide(struct judge_answer *out, enum stamp_verdict verdict,
    enum stamp_reason reason)
{
	out->verdict = verdict;
	out->reason = reason;
}

static void
point_at(struct judge_answer *out, const char *path, const struct stamp *then,
    const struct stamp *now)
{
	out->path = path;
	out->then = then;
	out->now = now;
}

/*
 * Both there: has it changed?  What is equal under another stamp, or was racy
 * and is not so any more, wants a new record.
 */
static enum stamp_reason
compare_present(const struct stamp *then, const struct stamp *now, bool content,
    bool *store)
{
	bool same_stamp = stamp_equal(then, now, false);

	if (!stamp_equal(then, now, content))
		return STAMP_SOURCE_CHANGED;
	/* A racy stamp proves nothing without the digests. */
	if (then->racy && !(then->hashed && now->hashed))
		return STAMP_SOURCE_CHANGED;
	if (!same_stamp || (then->racy && !now->racy))
		*store = true;
	return STAMP_NONE;
}

/* NULL: not in that set. */
static enum stamp_reason
compare_stamps(const struct stamp *then, const struct stamp *now, bool content,
    bool *store)
{
	bool was, is;

	if (then != NULL &&
	    (then->state == STAMP_UNKNOWN || then->state == STAMP_CHANGED))
		return STAMP_SOURCE_CHANGED;
	was = then != NULL && then->state != STAMP_ABSENT;
	is = now != NULL && now->state != STAMP_ABSENT;
	if (was != is)
		return is ? STAMP_SOURCE_NEW : STAMP_SOURCE_GONE;
	if (was)
		return compare_present(then, now, content, store);
	if (then == NULL || now == NULL)
		*store = true;
	return STAMP_NONE;
}

/* Which set holds the next path?  Below 0: only the past, above: only now. */
static int
next_in_order(const struct stamp_set *past, size_t i,
    const struct stamp_set *now, size_t j)
{
	const char *a, *b;

	if (i == past->count)
		return 1;
	if (j == now->count)
		return -1;
	a = stamp_set_path(past, i);
	b = stamp_set_path(now, j);
	return strcmp(a, b) == 0 ? 0 : pattern_compare(a, b);
}

/* How far a merge of both sets has come. */
struct merge {
	const struct stamp_set *past, *now;
	size_t i, j;
	bool content;
	bool store; /* something wants a new record */
};

/* Merge up to the next difference.  Returns true if there is one. */
static bool
next_difference(struct merge *m, struct judge_difference *out)
{
	const struct stamp_set *past = m->past, *now = m->now;
	int order;

	while (m->i < past->count || m->j < now->count) {
		order = next_in_order(past, m->i, now, m->j);
		out->path = order <= 0 ? stamp_set_path(past, m->i)
				       : stamp_set_path(now, m->j);
		out->then = order <= 0 ? &past->entries[m->i++].stamp : NULL;
		out->now = order >= 0 ? &now->entries[m->j++].stamp : NULL;
		out->reason =
		    compare_stamps(out->then, out->now, m->content, &m->store);
		if (out->reason != STAMP_NONE)
			return true;
	}
	return false;
}

static bool
compare_sources(const struct stamp_set *past, const struct stamp_set *now,
    bool content, struct judge_answer *out)
{
	struct merge merge = { past, now, 0, 0, content, false };
	struct judge_difference difference;
	bool differs = next_difference(&merge, &difference);

	out->store = merge.store;
	if (differs) {
		decide(out, STAMP_BEHIND, difference.reason);
		point_at(out, difference.path, difference.then, difference.now);
	}
	return differs;
}

/* Nothing is remembered: the plain comparison of times. */
static bool
judge_by_time(const struct judge_terms *terms, const struct stamp_set *now,
    const struct stamp *target, const struct survey *survey,
    struct judge_answer *out)
{
	const struct stamp_entry *newest = survey->newest;

	out->store = true;
	/* What the command reads beside its sources is not known yet: a
	 * product that somebody else made may already be behind it. */
	if (!terms->build || terms->deps) {
		decide(out, STAMP_BEHIND, STAMP_FIRST_RUN);
		return true;
	}
	/* Equal counts as newer: the source may have changed just after. */
	if (newest != NULL && newest->stamp.mtime >= target->mtime) {
		decide(out, STAMP_BEHIND, STAMP_SOURCE_NEWER);
		point_at(out, now->text + newest->path, target, &newest->stamp);
		return true;
	}
	return false;
}

static bool
judge_by_record(const struct judge_terms *terms, const struct stamp_past *past,
    const struct stamp_set *now, const struct stamp *target,
    struct judge_answer *out)
{
	if (compare_sources(&past->sources, now, terms->content, out))
		return true;
	if (terms->build && !stamp_equal(&past->target, target, false)) {
		decide(out, STAMP_BEHIND, STAMP_TARGET_REPLACED);
		point_at(out, NULL, &past->target, target);
		return true;
	}
	return false;
}

/* Is there no sense in asking, or no way to know?  Then nothing else counts. */
static bool
judge_at_once(const struct judge_terms *terms, const struct stamp_set *now,
    const struct stamp *target, const struct survey *survey,
    struct judge_answer *out)
{
	bool missing = terms->build && target->state == STAMP_ABSENT;

	if (terms->build && target->state == STAMP_UNKNOWN) {
		decide(out, STAMP_BLOCKED, STAMP_NONE);
		point_at(out, NULL, NULL, target);
	} else if (missing && !terms->create) {
		decide(out, STAMP_IDLE, STAMP_NONE);
	} else if (survey->unknown != NULL) {
		decide(out, STAMP_BLOCKED, STAMP_NONE);
		point_at(out, now->text + survey->unknown->path, NULL,
		    &survey->unknown->stamp);
	} else if (missing && terms->named && !survey->any_named) {
		decide(out, STAMP_IDLE, STAMP_NONE);
	} else {
		return false;
	}
	return true;
}

/* A run of ours may have written the target, and none has ended well since: see
 * begun.h. */
static bool
is_of_no_rule(const struct stamp_past *past)
{
	const struct digest none = { 0, 0 };

	return past->exists && !past->damaged && digest_equal(past->rule, none);
}

/* What decides before any source is compared. */
static bool
judge_whole(const struct judge_terms *terms, const struct stamp_past *past,
    const struct stamp *target, struct judge_answer *out)
{
	bool none = is_of_no_rule(past), known = past->exists && !none;

	if (past->damaged) {
		decide(out, STAMP_BEHIND, STAMP_RECORD_DAMAGED);
	} else if (known && !digest_equal(past->rule, terms->rule)) {
		decide(out, STAMP_BEHIND, STAMP_RULE_CHANGED);
	} else if (terms->build && target->state == STAMP_ABSENT) {
		decide(out, STAMP_BEHIND, STAMP_TARGET_MISSING);
		point_at(out, NULL, known ? &past->target : NULL, target);
	} else if (none) {
		decide(out, STAMP_BEHIND, STAMP_FIRST_RUN);
	} else {
		return false;
	}
	return true;
}

static void
each_by_time(const struct judge_terms *terms, const struct stamp_set *now,
    const struct stamp *target, judge_fn *fn, void *arg)
{
	struct judge_difference difference;
	const struct stamp *stamp;
	size_t i;

	for (i = 0; i < now->count; i++) {
		stamp = &now->entries[i].stamp;
		difference = (struct judge_difference){ STAMP_SOURCE_NEWER,
			stamp_set_path(now, i), target, stamp };
		if (stamp->state == STAMP_UNKNOWN)
			difference.reason = STAMP_NONE;
		else if (!terms->build || target->state != STAMP_PRESENT ||
			 stamp->state != STAMP_PRESENT ||
			 stamp->mtime < target->mtime)
			continue;
		fn(&difference, arg);
	}
}

static void
each_by_record(const struct judge_terms *terms, const struct stamp_past *past,
    const struct stamp_set *now, judge_fn *fn, void *arg)
{
	struct merge merge = { &past->sources, now, 0, 0, terms->content,
		false };
	struct judge_difference difference;

	while (next_difference(&merge, &difference)) {
		if (difference.now != NULL &&
		    difference.now->state == STAMP_UNKNOWN)
			difference.reason = STAMP_NONE;
		fn(&difference, arg);
	}
}

void
judge_each(const struct judge_terms *terms, const struct stamp_past *past,
    const struct stamp_set *now, const struct stamp *target, judge_fn *fn,
    void *arg)
{
	bool known = past->exists && !is_of_no_rule(past);
	const struct stamp *then = known ? &past->target : NULL;
	struct judge_difference difference = { STAMP_NONE, NULL, then, target };

	if (known && !past->damaged)
		each_by_record(terms, past, now, fn, arg);
	else
		each_by_time(terms, now, target, fn, arg);
	if (!terms->build)
		return;
	if (target->state == STAMP_ABSENT)
		difference.reason = STAMP_TARGET_MISSING;
	else if (target->state != STAMP_UNKNOWN &&
		 (then == NULL || past->damaged ||
		     stamp_equal(then, target, false)))
		return;
	else if (target->state != STAMP_UNKNOWN)
		difference.reason = STAMP_TARGET_REPLACED;
	fn(&difference, arg);
}

void
judge_rule(const struct judge_terms *terms, const struct stamp_past *past,
    const struct stamp_set *now, const struct stamp *target,
    struct judge_answer *out)
{
	struct survey survey;
	bool behind;

	memset(out, 0, sizeof(*out));
	look_over(now, &survey);
	if (judge_at_once(terms, now, target, &survey, out) ||
	    judge_whole(terms, past, target, out))
		return;
	if (past->exists)
		behind = judge_by_record(terms, past, now, target, out);
	else
		behind = judge_by_time(terms, now, target, &survey, out);
	if (!behind && terms->always)
		decide(out, STAMP_BEHIND, STAMP_ALWAYS);
	if (out->verdict != STAMP_CURRENT)
		out->store = false;
}

bool
judge_same(const struct stamp_past *tried, struct digest terms,
    const struct stamp_set *now, bool content)
{
	struct judge_answer ignored;

	memset(&ignored, 0, sizeof(ignored));
	return tried->exists && !tried->damaged &&
	       tried->tried.ending != STAMP_GOOD &&
	       digest_equal(tried->rule, terms) &&
	       !compare_sources(&tried->sources, now, content, &ignored);
}
