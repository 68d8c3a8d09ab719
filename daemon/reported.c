#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/clock.h"
#include "daemon/reported.h"
#include "daemon/route.h"

#define SECOND INT64_C(1000000000)

/* Was the wall clock set back since the command began?  Then the times of files
 * do not tell what came after that.  At its beginning this clock was read
 * first, so it is read last here: a wait between the two is no such step. */
static bool
is_set_back(const struct reported_run *run)
{
	double passed = clock_monotonic() - run->began;
	double wall = (double)(stamp_clock() - run->started_at) / SECOND;

	return wall < passed - (double)STAMP_TICK / SECOND;
}

/* Nothing says whether the command read what is there now, if it is so young
 * that it may have changed since the command began. */
static bool
is_younger(const struct stamp *s, const struct reported_run *run)
{
	int64_t since = run->started_at - stamp_tick(s);

	return s->state == STAMP_PRESENT &&
	       (s->mtime >= since || s->ctime >= since || is_set_back(run));
}

static bool
is_below(const char *path, const char *directory)
{
	size_t n = strlen(directory);

	return strncmp(path, directory, n) == 0 && path[n] == '/';
}

/* What we write ourselves is no source; what the command keeps in its cache is
 * one if it says so: see builders/again.h. */
static bool
is_ours(const struct reported_run *run, const char *path)
{
	if (run->rule->target != NULL && strcmp(path, run->rule->target) == 0)
		return true;
	return is_below(path, run->state_dir) &&
	       !is_below(path, run->scratch->cache_dir);
}

/* One that was old, or not there, when it was looked at just now: did the
 * command find the same there? */
static bool
is_doubtful(const struct reported_run *run, struct route *route,
    const struct stamp *s, const char *path)
{
	if (s->state == STAMP_ABSENT && is_set_back(run))
		return true;
	return (s->state == STAMP_ABSENT || s->state == STAMP_PRESENT) &&
	       route_is_new(route, path);
}

/* A path that the patterns name too stays theirs: see stamp_set_sort(). */
static int
add_path(const struct reported_run *run, const char *path, struct route *route,
    struct reported_sets *sets)
{
	struct stamp changed = { .state = STAMP_CHANGED }, fresh;
	const struct stamp *known;

	if (is_ours(run, path))
		return 0;
	known = stamp_set_find(run->before, path);
	if (known == NULL) {
		stamp_take(path, run->rule->content, &fresh);
		if (is_younger(&fresh, run))
			fresh.state = STAMP_CHANGED;
		if (is_doubtful(run, route, &fresh, path) &&
		    stamp_set_add(sets->doubtful, path, STAMP_DEP, &changed) ==
			-1)
			return -1;
		known = &fresh;
	}
	return stamp_set_add(sets->sources, path, STAMP_DEP, known);
}

/* The next line without its newline.  Returns 1, 0 at the end, -1 if it is no
 * absolute path, which must not be lost in silence. */
static int
next_path(FILE *in, char *path, size_t size)
{
	size_t n = 0;
	int c;

	while ((c = getc_unlocked(in)) != EOF && c != '\n') {
		if (c == '\0' || n == size - 1)
			return -1;
		path[n++] = (char)c;
	}
	if (c == EOF && n == 0)
		return 0;
	path[n] = '\0';
	return path[0] == '/' ? 1 : -1;
}

static int
read_paths(const struct reported_run *run, FILE *in, struct reported_sets *sets,
    char *why, size_t size)
{
	struct route route;
	char path[PATH_MAX];
	size_t bytes = 0;
	int n, rc;

	route_begin(&route, run->started_at);
	for (n = 1; (rc = next_path(in, path, sizeof(path))) == 1; n++) {
		bytes += strlen(path) + 1;
		if (n > REPORTED_MAX || bytes > REPORTED_BYTES) {
			snprintf(why, size, "more than %d paths or %d bytes",
			    REPORTED_MAX, REPORTED_BYTES);
			return -1;
		}
		if (add_path(run, path, &route, sets) == -1) {
			snprintf(why, size, "%s", strerror(errno));
			return -1;
		}
	}
	if (rc == -1) {
		snprintf(
		    why, size, "line %d is no absolute path, or too long", n);
	} else if (ferror(in)) {
		snprintf(why, size, "%s", strerror(errno));
		rc = -1;
	}
	stamp_set_sort(sets->doubtful);
	return rc;
}

int
reported_add(const struct reported_run *run, struct reported_sets *sets,
    char *why, size_t size)
{
	FILE *in;
	int fd, rc;

	fd = scratch_read(run->rule, run->scratch->deps_path, why, size);
	if (fd == -1)
		return 1;
	in = fdopen(fd, "r");
	if (in == NULL) {
		snprintf(why, size, "%s", strerror(errno));
		(void)close(fd); /* nothing was written */
		return 1;
	}
	rc = read_paths(run, in, sets, why, size);
	(void)fclose(in); /* was only read */
	return rc;
}
