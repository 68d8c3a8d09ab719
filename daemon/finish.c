#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "daemon/begun.h"
#include "daemon/clock.h"
#include "daemon/finish.h"
#include "daemon/ground.h"
#include "daemon/log.h"
#include "daemon/meanwhile.h"
#include "daemon/record.h"
#include "daemon/reported.h"

/* ---- what to say ---- */

static int LOG_FORMAT(3, 4) fail(const struct finish_run *run,
    struct finish_result *result, const char *fmt, ...)
{
	va_list ap;

	result->outcome = PRODUCT_FAILED;
	va_start(ap, fmt);
	vsnprintf(result->why, sizeof(result->why), fmt, ap);
	va_end(ap);
	log_warnx("%s: %s", run->rule->name, result->why);
	return -1;
}

/* ---- the target ---- */

/* What is counted: a count of lines is no base for one of a cdb's records. */
static unsigned
unit_of(const struct rule *rule)
{
	switch (rule->check) {
	case RULE_CHECK_NONE:
		return 1;
	case RULE_CHECK_CDB:
		return 2;
	}
	return 0;
}

/* From now on the target may be newer than the sources, though these may have
 * changed during the run: who dies before the record is written must not leave
 * a product that passes for current.  That this cannot be written down is no
 * reason to keep a product back.  Returns true if it was not known before. */
static bool
announce(const struct finish_run *run, struct finish_result *result)
{
	int rc = begun_mark(run->state_dir, run->rule->target);

	if (rc == 1)
		rc = begun_sync(run->state_dir) == -1 ? -1 : 1;
	if (rc == -1)
		result->begun_error = errno;
	return rc == 1;
}

static int
install(const struct finish_run *run, struct finish_result *result,
    struct stamp_past *past)
{
	const struct stamp_past *last = &run->check->past;
	bool comparable =
	    last->exists && !last->damaged && last->unit == unit_of(run->rule);
	int64_t base = comparable ? last->records : -1;
	struct product product;
	bool announced = announce(run, result);

	result->outcome =
	    product_install(run->rule, run->state_dir, run->scratch->new_path,
		&run->check->target, base, run->guarded, &product);
	result->records = product.records;
	snprintf(result->why, sizeof(result->why), "%s", product.why);
	past->target = product.target;
	past->records = product.records;
	past->unit = unit_of(run->rule);
	if (result->outcome == PRODUCT_INSTALLED ||
	    result->outcome == PRODUCT_EQUAL)
		return 0;
	/* After a failure it may have been renamed all the same. */
	if (announced && result->outcome != PRODUCT_FAILED &&
	    begun_forget(run->state_dir, run->rule->target) == -1)
		log_warn("%s: forget its run", run->rule->name);
	return -1;
}

/* A command that writes its target by itself. */
static int
look_at_target(const struct finish_run *run, struct finish_result *result,
    struct stamp_past *past)
{
	stamp_take_plain(run->rule->target, &past->target);
	if (past->target.state == STAMP_UNKNOWN)
		return fail(run, result, "%s: %s", run->rule->target,
		    strerror(past->target.error));
	if (past->target.state == STAMP_ABSENT)
		return fail(
		    run, result, "the command left no %s", run->rule->target);
	if (stamp_equal(&past->target, &run->check->target, false))
		result->outcome = PRODUCT_EQUAL;
	return 0;
}

/* ---- the sources ---- */

/* What the command may have found otherwise than any stamp says. */
struct doubts {
	struct stamp_set passed;   /* directories: see meanwhile.h */
	struct stamp_set reported; /* new dependencies: see reported.h */
};

/* The stamps from before the command; what has changed since is marked, and
 * what passed is in "passed".  That is found before the product is installed,
 * which may go to the same directories. */
static int
fetch_sources(const struct finish_run *run, struct finish_result *result,
    struct stamp_set *passed)
{
	const struct rule *rule = run->rule;
	char path[PATH_MAX];

	if (check_fetch(run->check) == -1)
		return fail(run, result, "stamps: %s", strerror(errno));
	if (meanwhile_mark(rule, &run->check->now, path, sizeof(path)) == -1)
		return fail(run, result, "%s: %s",
		    path[0] != '\0' ? path : "sources", strerror(errno));
	if ((run->wrong != NULL || rule->uses_new) &&
	    meanwhile_passed(rule, run->started_at, passed) == -1)
		return fail(run, result, "sources: %s", strerror(errno));
	return 0;
}

/* Those that the patterns name, as they were before the command; "deps": and
 * what earlier runs reported. */
static int
add_sources(const struct stamp_set *now, bool deps, struct stamp_set *sources)
{
	size_t i;

	for (i = 0; i < now->count; i++) {
		if (now->entries[i].origin == STAMP_DEP && !deps)
			continue;
		if (stamp_set_add(sources, stamp_set_path(now, i),
			now->entries[i].origin, &now->entries[i].stamp) == -1)
			return -1;
	}
	return 0;
}

/* And what the command reported; returns as reported_add() does. */
static int
add_reported(const struct finish_run *run, struct doubts *doubts,
    struct stamp_set *sources, char *why, size_t size)
{
	struct reported_sets sets = { sources, &doubts->reported };
	const struct reported_run reported = { .rule = run->rule,
		.state_dir = run->state_dir,
		.scratch = run->scratch,
		.before = &run->check->now,
		.started_at = run->started_at,
		.began = run->began };

	return reported_add(&reported, &sets, why, size);
}

static int
add_deps(const struct finish_run *run, struct finish_result *result,
    struct doubts *doubts, struct stamp_set *sources)
{
	char why[sizeof(result->why) - 8];

	if (add_reported(run, doubts, sources, why, sizeof(why)) != 0)
		return fail(run, result, "deps: %s", why);
	return 0;
}

/* ---- the record ---- */

/* It is not what happened last. */
static void
forget_tried(const struct finish_run *run)
{
	const char *name = run->rule->name;

	if (record_remove(run->state_dir, RECORD_TRIED, name) == -1)
		log_warn("%s: remove what was tried before", name);
}

static void
write_record(const struct finish_run *run, struct finish_result *result,
    const struct stamp_past *past)
{
	const char *name = run->rule->name;

	if (record_write(run->state_dir, RECORD_DONE, name, past) == -1) {
		result->record_error = errno;
		result->kept = run->check->fd != 0 &&
			       record_write_fd(run->check->fd, past) == 0;
	} else {
		forget_tried(run);
	}
}

/* What went wrong may lie in a file that only the command knows of: so what it
 * has reported so far counts too, if anything.  Of a refused product the doubts
 * are known; our own file beside the target would make new ones. */
static int
add_tried_deps(const struct finish_run *run, struct doubts *doubts,
    enum stamp_ending ending, struct stamp_set *sources)
{
	struct doubts late = { 0 };
	char why[256];
	int rc = add_reported(run, ending == STAMP_REFUSED ? &late : doubts,
	    sources, why, sizeof(why));

	stamp_set_fini(&late.reported);
	if (rc == -1)
		log_warnx("%s: deps: %s", run->rule->name, why);
	return rc == -1 ? -1 : 0;
}

/* Has something marked it?  Then no later look finds all as it was. */
static bool
is_marked(const struct stamp_set *sources)
{
	size_t i;

	for (i = 0; i < sources->count; i++)
		if (sources->entries[i].stamp.state == STAMP_CHANGED)
			return true;
	return false;
}

/* Without it, the run is tried again after a restart of the daemon. */
static void
write_tried(const struct finish_run *run, struct finish_result *result,
    struct doubts *doubts, enum stamp_ending ending, const char *note)
{
	const char *name = run->rule->name;
	struct stamp_past past;

	memset(&past, 0, sizeof(past));
	past.rule = check_terms(run->rule);
	past.records = -1;
	past.tried.ending = ending;
	past.tried.at = clock_wall_ms();
	snprintf(past.tried.note, sizeof(past.tried.note), "%s", note);
	if (add_sources(&run->check->now, true, &past.sources) == -1 ||
	    (run->rule->uses_deps &&
		add_tried_deps(run, doubts, ending, &past.sources) == -1) ||
	    stamp_set_merge(&doubts->reported, &doubts->passed) == -1 ||
	    meanwhile_add(run->state_dir, RECORD_TRIED, run->rule,
		&doubts->reported, &past.sources) == -1) {
		log_warnx("%s: what was tried is not remembered", name);
	} else {
		stamp_set_sort(&past.sources);
		result->changed = is_marked(&past.sources);
		if (record_write(run->state_dir, RECORD_TRIED, name, &past) ==
		    -1)
			log_warn("%s: write what was tried", name);
	}
	stamp_past_fini(&past);
}

/* Where the rule stood when it was asked, and what the new dependencies add. */
static int
add_ground(const struct finish_run *run, struct finish_result *result,
    struct stamp_past *past)
{
	struct mounts mounts;
	int rc;

	past->mounts = run->check->mounts;
	run->check->mounts = NULL;
	if (!run->rule->uses_deps)
		return 0;
	memset(&mounts, 0, sizeof(mounts));
	rc = mounts_refresh(&mounts);
	if (rc == 0)
		rc = ground_find(
		    &mounts, run->rule, &past->sources, &past->mounts);
	if (rc == -1)
		(void)fail(run, result, "mounts: %s", strerror(errno));
	mounts_fini(&mounts);
	return rc;
}

/* What came and went while the command read may be in the product: it is made
 * once more.  One that is the same as before is not, for it is mostly the
 * command itself that keeps files in those directories, each time.  A new
 * dependency is new only once. */
static int
add_doubts(const struct finish_run *run, struct finish_result *result,
    struct doubts *doubts, struct stamp_past *past)
{
	if ((result->outcome == PRODUCT_INSTALLED &&
		stamp_set_merge(&doubts->reported, &doubts->passed) == -1) ||
	    meanwhile_add(run->state_dir, RECORD_DONE, run->rule,
		&doubts->reported, &past->sources) == -1)
		return fail(run, result, "sources: %s", strerror(errno));
	return 0;
}

static int
finish(const struct finish_run *run, struct finish_result *result,
    struct doubts *doubts, struct stamp_past *past)
{
	const struct rule *rule = run->rule;
	int rc = 0;

	past->exists = true;
	past->rule = rule->effective;
	past->records = -1;
	if (add_sources(&run->check->now, false, &past->sources) == -1)
		return fail(run, result, "sources: %s", strerror(errno));
	/* Before the product: one without its dependencies would be newer
	 * than its sources, and pass for current. */
	if (rule->uses_deps &&
	    add_deps(run, result, doubts, &past->sources) == -1)
		return -1;
	stamp_set_sort(&past->sources);
	if (rule->kind == RULE_BUILD)
		rc = rule->uses_new ? install(run, result, past)
				    : look_at_target(run, result, past);
	if (rc == -1 || add_doubts(run, result, doubts, past) == -1)
		return -1;
	return add_ground(run, result, past);
}

void
finish_run(const struct finish_run *run, struct finish_result *result)
{
	struct doubts doubts;
	struct stamp_past past;

	memset(result, 0, sizeof(*result));
	memset(&doubts, 0, sizeof(doubts));
	memset(&past, 0, sizeof(past));
	result->outcome = PRODUCT_INSTALLED;
	result->records = -1;
	if (run->failed)
		forget_tried(run);
	else if (fetch_sources(run, result, &doubts.passed) == -1)
		forget_tried(run);
	else if (run->wrong != NULL)
		write_tried(
		    run, result, &doubts, STAMP_SOURCE_WRONG, run->wrong);
	else if (finish(run, result, &doubts, &past) == 0 &&
		 run->rule->kind != RULE_PLAIN)
		write_record(run, result, &past);
	else if (result->outcome == PRODUCT_REFUSED)
		write_tried(run, result, &doubts, STAMP_REFUSED, result->why);
	else if (result->outcome == PRODUCT_FAILED ||
		 result->outcome == PRODUCT_RACED)
		forget_tried(run);
	stamp_set_fini(&doubts.passed);
	stamp_set_fini(&doubts.reported);
	stamp_past_fini(&past);
}
