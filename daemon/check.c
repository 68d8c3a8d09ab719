/*
 * check - ask the disk one rule's question: is it behind?
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/check.h"
#include "daemon/clock.h"
#include "daemon/ground.h"
#include "daemon/judge.h"
#include "daemon/pattern.h"
#include "daemon/record.h"

/* A look at more than this is left to a helper. */
#define SOURCES_MANY 1000
#define BYTES_MANY (4 * 1024 * 1024)

/* What a walk needs to know. */
struct gather {
	const struct rule *rule;
	struct stamp_set *now;
	enum stamp_origin origin;
};

/* A path without a stamp yet, or trouble, which is one. */
static bool
on_path(const char *path, int error, void *arg)
{
	struct gather *g = arg;
	struct stamp stamp;

	memset(&stamp, 0, sizeof(stamp));
	stamp.state = STAMP_ABSENT;
	if (error != 0) {
		stamp.state = STAMP_UNKNOWN;
		stamp.error = error;
	} else if (g->origin == STAMP_MATCH && g->rule->target != NULL &&
		   strcmp(path, g->rule->target) == 0) {
		return true;
	}
	return stamp_set_add(g->now, path, g->origin, &stamp) == 0;
}

static int
compare_patterns(const void *a, const void *b)
{
	return pattern_compare(
	    *(const char *const *)a, *(const char *const *)b);
}

/* Add the paths that the rule names: those of each pattern are sorted, and
 * patterns in order mostly leave nothing to sort.  On failure "path" is the
 * pattern. */
static int
gather_named(struct gather *g, char *path, size_t size)
{
	const char **patterns;
	size_t i, count = 0;
	int rc = 0;

	while (g->rule->sources[count] != NULL)
		count++;
	patterns = reallocarray(NULL, count + 1, sizeof(*patterns));
	if (patterns == NULL)
		return -1;
	for (i = 0; i < count; i++)
		patterns[i] = g->rule->sources[i];
	qsort(patterns, count, sizeof(*patterns), compare_patterns);
	for (i = 0; i < count && rc == 0; i++) {
		g->origin = pattern_is_literal(patterns[i]) ? STAMP_LITERAL
							    : STAMP_MATCH;
		rc = pattern_walk_loose(patterns[i], on_path, g);
		if (rc == -1 && errno == ECANCELED)
			errno = ENOMEM; /* by on_path() */
		if (rc == -1)
			snprintf(path, size, "%s", patterns[i]);
	}
	free(patterns);
	return rc;
}

/* Add what the last run said it had read too. */
static int
gather_deps(struct gather *g, const struct stamp_set *past)
{
	size_t i;

	g->origin = STAMP_DEP;
	for (i = 0; i < past->count; i++) {
		if (past->entries[i].origin == STAMP_DEP &&
		    !on_path(stamp_set_path(past, i), 0, g))
			return -1;
	}
	return 0;
}

/* Where the last component of an absolute path begins. */
static const char *
base_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

/*
 * The directory of the paths that are being stamped.  Most of a stat is the
 * walk along the path; files that lie side by side, as they do in a sorted set,
 * are spared it.
 */
struct place {
	int fd;
	const char *path; /* any path in that directory, or NULL */
	size_t length;    /* of it, up to and with the slash */
};

static void
place_close(struct place *place)
{
	if (place->fd != AT_FDCWD)
		(void)close(place->fd); /* nothing was written */
	place->fd = AT_FDCWD;
}

/* Go to the directory of path i, if it is worth it, and return the path from
 * there. */
static const char *
place_enter(struct place *place, const struct stamp_set *set, size_t i)
{
	const char *path = stamp_set_path(set, i), *next, *name;
	char dir[PATH_MAX];

	if (place->path != NULL &&
	    strncmp(path, place->path, place->length) == 0 &&
	    strchr(path + place->length, '/') == NULL)
		return place->fd == AT_FDCWD ? path : path + place->length;
	place_close(place);
	name = base_name(path);
	place->path = path;
	place->length = (size_t)(name - path);
	next = i + 1 < set->count ? stamp_set_path(set, i + 1) : "";
	if (strncmp(path, next, place->length) != 0 ||
	    place->length >= sizeof(dir)) {
		place->path = NULL;
		return path;
	}
	memcpy(dir, path, place->length);
	dir[place->length] = '\0';
	place->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (place->fd != -1)
		return name;
	place->fd = AT_FDCWD; /* the whole path will tell why */
	return path;
}

/* The stamp of "path" in a sorted set, or NULL.  *from is where the search
 * begins and where that of the next path goes on. */
static const struct stamp *
find_from(const struct stamp_set *set, size_t *from, const char *path)
{
	int order;

	for (; *from < set->count; ++*from) {
		order = strcmp(path, stamp_set_path(set, *from));
		if (order == 0)
			return &set->entries[*from].stamp;
		if (pattern_compare(path, stamp_set_path(set, *from)) < 0)
			break;
	}
	return NULL;
}

/* Where in the sets of stamps from before the next path may be. */
struct before {
	const struct stamp_set *past, *tried;
	size_t from_past, from_tried;
};

/* Stamp one path so that it can be compared with both stamps from before. */
static void
stamp_one(int dir_fd, const char *name, const char *path, bool content,
    int64_t began, struct before *before, struct stamp *out)
{
	const struct stamp *then, *tried;

	then = find_from(before->past, &before->from_past, path);
	tried = find_from(before->tried, &before->from_tried, path);
	stamp_take_since(dir_fd, name, content, began, then, out);
	if (tried != NULL && tried->racy && !out->hashed)
		stamp_take_since(dir_fd, name, content, began, tried, out);
}

/* Stamp all paths, each beside its last stamps; a match that has gone since the
 * walk is none. */
static void
stamp_all(
    struct stamp_set *now, struct before *before, bool content, int64_t began)
{
	struct place place = { AT_FDCWD, NULL, 0 };
	struct stamp_entry *e;
	const char *name;
	size_t i, kept = 0;

	for (i = 0; i < now->count; i++) {
		e = &now->entries[i];
		if (e->stamp.state != STAMP_UNKNOWN) {
			name = place_enter(&place, now, i);
			stamp_one(place.fd, name, stamp_set_path(now, i),
			    content, began, before, &e->stamp);
		}
		if (e->origin == STAMP_MATCH && e->stamp.state == STAMP_ABSENT)
			continue;
		if (kept != i)
			now->entries[kept] = *e;
		kept++;
	}
	now->count = kept;
	place_close(&place);
}

/* Fill c->now and c->target. */
static int
look(const struct rule *rule, struct check *c)
{
	struct before before = { &c->past.sources, &c->tried.sources, 0, 0 };
	struct gather g;
	int64_t began = stamp_clock();

	g.rule = rule;
	g.now = &c->now;
	/* Mostly it will be as many as last time. */
	if (stamp_set_reserve(&c->now, c->past.sources.count + 1,
		c->past.sources.text_used) == -1 ||
	    gather_named(&g, c->path, sizeof(c->path)) == -1 ||
	    gather_deps(&g, &c->past.sources) == -1 ||
	    gather_deps(&g, &c->tried.sources) == -1)
		return -1;
	stamp_set_sort(&c->now);
	stamp_all(&c->now, &before, rule->content, began);
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
	if (path != NULL)
		snprintf(c->path, sizeof(c->path), "%s", path);
	if (path != NULL)
		describe(answer->reason, answer->then, answer->now, c->how,
		    sizeof(c->how));
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

static int64_t
find_youngest(const struct stamp_set *now)
{
	int64_t youngest = 0;
	size_t i;

	for (i = 0; i < now->count; i++)
		if (now->entries[i].stamp.ctime > youngest)
			youngest = now->entries[i].stamp.ctime;
	return youngest;
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

/* The record, or what is kept instead.  One that cannot be read is no absent
 * one, but does not stop who wants a run in any case. */
static int
read_past(const struct check_ask *ask, struct check *c)
{
	const char *name = ask->rule->name;

	if (ask->kept != NULL) {
		c->past = *ask->kept;
		c->borrowed = true;
	} else if (record_read(ask->state_dir, RECORD_DONE, name, &c->past) ==
		   -1) {
		snprintf(c->path, sizeof(c->path), "%s/record/%s",
		    ask->state_dir, name);
		if ((ask->asked & CHECK_RUN) == 0)
			return -1;
		c->past.exists = c->past.damaged = true;
	}
	/* One that cannot be read only costs a run more. */
	(void)record_read(ask->state_dir, RECORD_TRIED, name, &c->tried);
	return 0;
}

/* An empty mount point must not pass for an empty directory. */
static bool
is_unmounted(const struct check_ask *ask, bool looked, struct check *c)
{
	const char *point;

	if (ask->mounts == NULL || c->past.mounts == NULL ||
	    mounts_refresh(ask->mounts) == -1)
		return false;
	point = ground_missing(ask->mounts, c->past.mounts, looked);
	if (point == NULL)
		return false;
	c->verdict = STAMP_BLOCKED;
	c->reason = STAMP_NONE;
	c->store = c->same = false;
	snprintf(c->path, sizeof(c->path), "%s", point);
	snprintf(c->how, sizeof(c->how), "not mounted");
	return true;
}

/* Where the rule stands goes into the next record. */
static int
find_ground(const struct check_ask *ask, struct check *c)
{
	if (ask->mounts == NULL)
		return 0;
	if (mounts_refresh(ask->mounts) == -1)
		return -1;
	return ground_find(ask->mounts, ask->rule, &c->now, &c->mounts);
}

static int
ask_disk(const struct check_ask *ask, struct check *c)
{
	bool run = (ask->asked & CHECK_RUN) != 0;

	if (read_past(ask, c) == -1)
		return -1;
	if (!run && is_unmounted(ask, false, c))
		return 0;
	if (look(ask->rule, c) == -1)
		return -1;
	judge(ask->rule, ask->asked, c);
	if (!run && is_unmounted(ask, true, c))
		return 0;
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
		c->path[0] = c->how[0] = '\0';
	}
	c->digest = sum_up(rule, c);
	c->changed_at = find_youngest(&c->now);
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

bool
check_is_long(const struct check_ask *ask)
{
	const struct rule *rule = ask->rule;
	struct record_head head;
	bool local;

	if (rule->kind == RULE_PLAIN)
		return false;
	memset(&head, 0, sizeof(head));
	if (ask->kept != NULL) {
		head.exists = true;
		head.count = ask->kept->sources.count;
		head.bytes = stamp_set_bytes(&ask->kept->sources);
	} else if (record_peek(ask->state_dir, rule->name, &head) == -1)
		head.exists = false;
	local = ask->mounts == NULL || mounts_refresh(ask->mounts) == -1 ||
		ground_is_local(ask->mounts, rule,
		    ask->kept != NULL ? ask->kept->mounts : head.mounts);
	free(head.mounts);
	/* Without a record nobody knows how much there is. */
	if (!head.exists && (rule->content || has_pattern(rule)))
		return true;
	return !local || head.count > SOURCES_MANY || head.bytes > BYTES_MANY;
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
	past.mounts = c->mounts;
	return record_write(state_dir, RECORD_DONE, rule->name, &past);
}
