#include <errno.h>
#include <string.h>

#include "daemon/judge.h"
#include "daemon/meanwhile.h"
#include "daemon/pattern.h"
#include "daemon/sources.h"
#include "daemon/walk.h"

/* So many names are read, and so many more paths and bytes than before are
 * looked at. */
#define NAMES_MAX 1000000
#define PATHS_MORE 100000
#define BYTES_MORE (INT64_C(1) << 30)
/* So often in a row what passed is a reason to run once more. */
#define PASSES 2

struct marking {
	struct stamp_set *now;
	size_t i; /* how far it was gone through */
	struct stamp_set fresh;
	int error;
};

/* Differences come in the order of the sets. */
static void
on_difference(const struct judge_difference *d, void *arg)
{
	struct stamp changed = { .state = STAMP_CHANGED };
	struct marking *m = arg;

	/* What cannot be looked at is no change; the next look tells of it. */
	if (d->path == NULL || d->reason == STAMP_NONE)
		return;
	if (d->then == NULL) {
		if (stamp_set_add(&m->fresh, d->path, STAMP_MATCH, &changed) ==
		    -1)
			m->error = errno;
		return;
	}
	while (strcmp(stamp_set_path(m->now, m->i), d->path) != 0)
		m->i++;
	m->now->entries[m->i].stamp.state = STAMP_CHANGED;
}

int
meanwhile_mark(
    const struct rule *rule, struct stamp_set *now, char *path, size_t size)
{
	/* Borrowed: "now" gets no entries before all have been compared. */
	struct stamp_past before = { .exists = true,
		.rule = { 1, 0 }, /* of one, so that it counts */
		.sources = *now };
	struct judge_terms terms = { .content = rule->content };
	struct marking m = { .now = now };
	struct sources_room room = { now->count + PATHS_MORE, NAMES_MAX,
		(int64_t)stamp_set_bytes(now) + BYTES_MORE };
	struct stamp_set again, none;
	struct stamp no_target;
	int rc, saved_errno;

	memset(&again, 0, sizeof(again));
	memset(&none, 0, sizeof(none));
	memset(&no_target, 0, sizeof(no_target));
	path[0] = '\0';
	rc = sources_look(rule, now, &none, &room, &again, path, size);
	if (rc == 0) {
		judge_each(
		    &terms, &before, &again, &no_target, on_difference, &m);
		errno = m.error;
		rc = m.error != 0 ? -1 : stamp_set_merge(now, &m.fresh);
	}
	if (rc == -1 && errno == EFBIG)
		rc = 0;
	saved_errno = errno;
	stamp_set_fini(&again);
	stamp_set_fini(&m.fresh);
	errno = saved_errno;
	return rc;
}

struct passing {
	int64_t since;
	struct stamp_set *passed;
};

static bool
on_directory(const char *path, int error, void *arg)
{
	struct stamp changed = { .state = STAMP_CHANGED };
	struct passing *p = arg;
	struct stamp now;

	if (error != 0)
		return true; /* the next look tells of it */
	stamp_take_plain(path, &now);
	if (now.state != STAMP_PRESENT || !stamp_is_later(&now, p->since))
		return true;
	return stamp_set_add(p->passed, path, STAMP_MATCH, &changed) == 0;
}

int
meanwhile_passed(
    const struct rule *rule, int64_t since, struct stamp_set *passed)
{
	struct passing p = { since, passed };
	size_t i, room = NAMES_MAX;

	for (i = 0; rule->sources[i] != NULL; i++) {
		if (pattern_is_literal(rule->sources[i]) ||
		    walk_directories(
			rule->sources[i], &room, on_directory, &p) == 0)
			continue;
		if (errno == EFBIG)
			break;
		if (errno == ECANCELED)
			errno = ENOMEM; /* by on_directory() */
		return -1;
	}
	return 0;
}

/* A mark of what passed has no inode; its size is how many records in a row had
 * such marks, with nothing else that differed. */
static bool
is_passage(const struct stamp *s)
{
	return s->state == STAMP_CHANGED && s->inode == 0 && s->size > 0;
}

static void
on_cause(const struct judge_difference *d, void *arg)
{
	bool *other = arg;

	if (d->reason == STAMP_NONE)
		return;
	if (d->then == NULL || !is_passage(d->then))
		*other = true;
}

static int64_t
times_before(const char *state_dir, enum record_kind kind,
    const struct rule *rule, const struct stamp_set *sources)
{
	const struct stamp *s;
	struct judge_terms terms = { .content = rule->content };
	struct stamp no_target;
	struct stamp_past past;
	bool other = false;
	int64_t times = 0;
	size_t i;

	memset(&no_target, 0, sizeof(no_target));
	/* One that cannot be read has the rule run in any case. */
	(void)record_read(state_dir, kind, rule->name, &past);
	for (i = 0; i < past.sources.count; i++) {
		s = &past.sources.entries[i].stamp;
		if (is_passage(s) && s->size > times)
			times = s->size;
	}
	terms.rule = past.rule;
	judge_each(&terms, &past, sources, &no_target, on_cause, &other);
	stamp_past_fini(&past);
	return other ? 0 : times;
}

/* A dependency stays one. */
static void
mark_known(const struct stamp_set *passed, const struct stamp *mark,
    struct stamp_set *sources)
{
	size_t i;

	for (i = 0; i < sources->count; i++)
		if (sources->entries[i].origin == STAMP_DEP &&
		    stamp_set_find(passed, stamp_set_path(sources, i)) != NULL)
			sources->entries[i].stamp = *mark;
}

int
meanwhile_add(const char *state_dir, enum record_kind kind,
    const struct rule *rule, const struct stamp_set *passed,
    struct stamp_set *sources)
{
	struct stamp changed = { .state = STAMP_CHANGED };
	size_t i;

	if (passed->count == 0)
		return 0;
	stamp_set_sort(sources);
	changed.size = times_before(state_dir, kind, rule, sources) + 1;
	if (changed.size > PASSES)
		return 0;
	mark_known(passed, &changed, sources);
	for (i = 0; i < passed->count; i++)
		if (passed->entries[i].origin != STAMP_DEP &&
		    stamp_set_add(sources, stamp_set_path(passed, i),
			STAMP_MATCH, &changed) == -1)
			return -1;
	stamp_set_sort(sources);
	return 0;
}
