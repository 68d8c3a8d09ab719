/*
 * The dependencies that a command has reported: which of them count, with which
 * stamp, and what is no list of them.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/reported.h"
#include "tests/unit/check.h"
#include "tests/unit/files.h"

#define LATER (INT64_MAX / 2) /* a run that starts after everything */

static char dir[] = "/tmp/reported_test.XXXXXX";
static char target[PATH_MAX], state[PATH_MAX];
static char deps_path[PATH_MAX], cache_dir[PATH_MAX];
static char *no_sources[] = { NULL };

static const struct rule rule = {
	.target = target, .sources = no_sources, .uses_deps = true
};
static const struct scratch scratch = { .deps_path = deps_path,
	.cache_dir = cache_dir };

static int busy; /* so often has a clock been read on a busy machine */

/* Of every clock.  If "busy", a minute goes by whenever one is read. */
int
clock_gettime(clockid_t clock, struct timespec *t)
{
	(void)clock;
	if (timespec_get(t, TIME_UTC) != TIME_UTC)
		abort();
	if (busy > 0)
		t->tv_sec += 60 * busy++;
	return 0;
}

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

/* What a run reports that began at "started_at", and what of that is doubtful;
 * to be freed. */
static int
report_doubts(const struct stamp_set *before, int64_t started_at,
    struct stamp_set *sources, struct stamp_set *doubtful, char why[128])
{
	struct reported_sets sets = { sources, doubtful };
	struct reported_run run = { .rule = &rule,
		.state_dir = state,
		.scratch = &scratch,
		.before = before,
		.started_at = started_at,
		.began = 1e12 /* and by that clock, too */ };
	int rc;

	memset(sources, 0, sizeof(*sources));
	memset(doubtful, 0, sizeof(*doubtful));
	rc = reported_add(&run, &sets, why, 128);
	stamp_set_sort(sources);
	return rc;
}

static int
report(const struct stamp_set *before, int64_t started_at,
    struct stamp_set *sources, char why[128])
{
	struct stamp_set doubtful;
	int rc = report_doubts(before, started_at, sources, &doubtful, why);

	stamp_set_fini(&doubtful);
	return rc;
}

static const struct stamp *
found(const struct stamp_set *sources, const char *file)
{
	return stamp_set_find(sources, at(0, file));
}

static int
write_deps(void)
{
	FILE *out = fopen(deps_path, "w");

	CHECK(out != NULL);
	fprintf(out, "%s\n%s\n%s\n", at(0, "source"), at(1, "known"), target);
	fprintf(out, "%s\n%s/x\n", at(0, "fresh"), state);
	fprintf(out, "%s/again\n%sx/again\n", cache_dir, cache_dir);
	fprintf(out, "%s\n%s", at(0, "fresh"), at(1, "missing"));
	CHECK(fclose(out) == 0);
	return 0;
}

static int
test_stamps(void)
{
	struct stamp_set before, sources;
	char why[128];

	memset(&before, 0, sizeof(before));
	CHECK(put("source", "x") == 0 && put("known", "x") == 0);
	CHECK(put("fresh", "x") == 0 && put("dropped", "x") == 0);
	CHECK(add(&before, "source", STAMP_LITERAL) == 0);
	CHECK(add(&before, "known", STAMP_DEP) == 0);
	CHECK(add(&before, "dropped", STAMP_DEP) == 0);
	stamp_set_sort(&before);
	CHECK(write_deps() == 0);
	CHECK(report(&before, LATER, &sources, why) == 0);
	CHECK(sources.count == 5 && found(&sources, "dropped") == NULL);
	CHECK(found(&sources, "state/cache/rule/again") != NULL);
	CHECK(found(&sources, "source")->state == STAMP_PRESENT);
	CHECK(found(&sources, "known")->state == STAMP_PRESENT);
	CHECK(found(&sources, "fresh")->state == STAMP_PRESENT);
	CHECK(found(&sources, "missing")->state == STAMP_ABSENT);
	stamp_set_fini(&sources);

	/* The fresh one may have changed after the command had read it. */
	CHECK(report(&before, 0, &sources, why) == 0);
	CHECK(found(&sources, "fresh")->state == STAMP_CHANGED);
	CHECK(found(&sources, "known")->state == STAMP_PRESENT);
	CHECK(found(&sources, "missing")->state == STAMP_ABSENT);
	stamp_set_fini(&sources);
	stamp_set_fini(&before);
	return 0;
}

/* What is not there now may have been: the directory that would have it tells.
 * One that is known was looked at before. */
static int
test_doubtful(void)
{
	struct stamp_set before, sources, doubtful;
	char why[128];

	memset(&before, 0, sizeof(before));
	CHECK(add(&before, "known/none", STAMP_DEP) == 0);
	CHECK(put(deps_path, at(0, "none")) == 0);
	CHECK(report_doubts(&before, LATER, &sources, &doubtful, why) == 0);
	CHECK(sources.count == 1 && doubtful.count == 0);
	stamp_set_fini(&sources);
	CHECK(report_doubts(&before, 0, &sources, &doubtful, why) == 0);
	CHECK(found(&sources, "none")->state == STAMP_ABSENT);
	CHECK(doubtful.count == 1);
	CHECK(found(&doubtful, "none")->state == STAMP_CHANGED);
	stamp_set_fini(&sources);
	stamp_set_fini(&doubtful);
	CHECK(put(deps_path, at(0, "known/none")) == 0);
	CHECK(report_doubts(&before, 0, &sources, &doubtful, why) == 0);
	CHECK(sources.count == 1 && doubtful.count == 0);
	stamp_set_fini(&sources);
	stamp_set_fini(&before);
	return 0;
}

/* Time that goes by between two clocks is no clock that was set back. */
static int
test_busy(void)
{
	struct stamp_set none, sources, doubtful;
	struct reported_sets sets = { &sources, &doubtful };
	struct reported_run run = { .rule = &rule,
		.state_dir = state,
		.scratch = &scratch,
		.before = &none };
	char why[128];
	int rc;

	memset(&none, 0, sizeof(none));
	memset(&sources, 0, sizeof(sources));
	memset(&doubtful, 0, sizeof(doubtful));
	CHECK(put("fresh", "x") == 0);
	CHECK(put(deps_path, at(0, "fresh")) == 0);
	busy = 1;
	run.started_at = stamp_clock();
	run.began = (double)run.started_at * 1e-9;
	rc = reported_add(&run, &sets, why, sizeof(why));
	busy = 0;
	CHECK(rc == 0 && sources.count == 1 && doubtful.count == 0);
	CHECK(sources.entries[0].stamp.state == STAMP_PRESENT);
	stamp_set_fini(&sources);
	return 0;
}

/* Then no time tells, not even of what is not there. */
static int
test_set_back(void)
{
	struct stamp_set none, sources, doubtful;
	struct reported_sets sets = { &sources, &doubtful };
	struct reported_run run = { .rule = &rule,
		.state_dir = state,
		.scratch = &scratch,
		.before = &none,
		.started_at = LATER };
	char why[128];

	memset(&none, 0, sizeof(none));
	memset(&sources, 0, sizeof(sources));
	memset(&doubtful, 0, sizeof(doubtful));
	CHECK(put(deps_path, at(0, "none")) == 0);
	CHECK(reported_add(&run, &sets, why, sizeof(why)) == 0);
	CHECK(sources.count == 1 && doubtful.count == 1);
	stamp_set_fini(&sources);
	stamp_set_fini(&doubtful);
	return 0;
}

/* A dependency that is lost is an update that is lost. */
static int
test_bad(void)
{
	struct stamp_set none, sources;
	char text[PATH_MAX + 2], why[128];
	const char *bad[] = { "relative\n", "/a\n\n/b\n", text };
	size_t i;
	int fd;

	memset(&none, 0, sizeof(none));
	memset(text, 'a', sizeof(text));
	text[0] = '/';
	text[PATH_MAX] = '\n';
	text[PATH_MAX + 1] = '\0';
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(put(deps_path, bad[i]) == 0);
		CHECK(report(&none, LATER, &sources, why) == -1);
		CHECK(strncmp(why, i == 1 ? "line 2 is" : "line 1 is", 9) == 0);
		stamp_set_fini(&sources);
	}
	text[PATH_MAX - 1] = '\n';
	text[PATH_MAX] = '\0';
	CHECK(put(deps_path, text) == 0);
	CHECK(report(&none, LATER, &sources, why) == 0);
	CHECK(sources.count == 1);
	stamp_set_fini(&sources);

	fd = open(deps_path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	CHECK(write(fd, "/a\0b", 4) == 4);
	close(fd);
	CHECK(report(&none, LATER, &sources, why) == -1);
	CHECK(sources.count == 0);
	stamp_set_fini(&sources);
	return 0;
}

static int
test_none(void)
{
	struct stamp_set none, sources;
	char why[128];

	memset(&none, 0, sizeof(none));
	CHECK(unlink(deps_path) == 0);
	CHECK(report(&none, LATER, &sources, why) == 1);
	CHECK(strstr(why, "wrote no ${deps}") != NULL);
	CHECK(symlink("known", deps_path) == 0);
	CHECK(report(&none, LATER, &sources, why) == 1);
	CHECK(strstr(why, "symbolic link") != NULL);
	CHECK(unlink(deps_path) == 0 && put(deps_path, "") == 0);
	CHECK(report(&none, LATER, &sources, why) == 0);
	CHECK(sources.count == 0);
	stamp_set_fini(&sources);
	return 0;
}

int
main(void)
{
	char command[64];
	int rc;

	CHECK(mkdtemp(dir) != NULL && chdir(dir) == 0);
	snprintf(target, sizeof(target), "%s/target", dir);
	snprintf(state, sizeof(state), "%s/state", dir);
	snprintf(deps_path, sizeof(deps_path), "%s/deps", dir);
	snprintf(cache_dir, sizeof(cache_dir), "%s/state/cache/rule", dir);
	rc = test_stamps() || test_doubtful() || test_busy() ||
	     test_set_back() || test_bad() || test_none();
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command) != 0 || rc;
}
