/*
 * What became of the sources while a command read them: what differs when it
 * has ended, and what came and went before that.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/meanwhile.h"
#include "tests/unit/check.h"
#include "tests/unit/files.h"

#define LATER (INT64_MAX / 2) /* a run that starts after everything */

static char dir[] = "/tmp/meanwhile_test.XXXXXX";

static const char *
at(const char *file)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	return path;
}

static int
add(struct stamp_set *set, const char *file, enum stamp_origin origin)
{
	struct stamp s;

	stamp_take_plain(at(file), &s);
	return stamp_set_add(set, at(file), origin, &s);
}

/* In which state is it in the set? */
static int
state_of(const struct stamp_set *set, const char *file)
{
	const struct stamp *s = stamp_set_find(set, at(file));

	return s == NULL ? -1 : (int)s->state;
}

/* It may be taken back later, and count all the same. */
static int
test_mark(void)
{
	char pattern[PATH_MAX], path[PATH_MAX];
	char *sources[] = { pattern, NULL };
	struct rule rule = { .sources = sources };
	struct stamp_set now;

	memset(&now, 0, sizeof(now));
	snprintf(pattern, sizeof(pattern), "%s", at("a*"));
	CHECK(put("a1", "x") == 0 && put("a2", "x") == 0);
	CHECK(put("a3", "x") == 0 && put("dep", "x") == 0);
	CHECK(put("same", "x") == 0);
	CHECK(add(&now, "a1", STAMP_MATCH) == 0);
	CHECK(add(&now, "a2", STAMP_MATCH) == 0);
	CHECK(add(&now, "a3", STAMP_MATCH) == 0);
	CHECK(add(&now, "dep", STAMP_DEP) == 0);
	CHECK(add(&now, "same", STAMP_DEP) == 0);
	CHECK(put("a1", "xy") == 0 && unlink("a2") == 0 && put("a4", "") == 0);
	CHECK(put("dep", "xy") == 0);
	CHECK(meanwhile_mark(&rule, &now, path, sizeof(path)) == 0);
	CHECK(path[0] == '\0' && now.count == 6);
	CHECK(state_of(&now, "a1") == STAMP_CHANGED);
	CHECK(state_of(&now, "a2") == STAMP_CHANGED);
	CHECK(state_of(&now, "a3") == STAMP_PRESENT);
	CHECK(state_of(&now, "a4") == STAMP_CHANGED);
	CHECK(state_of(&now, "dep") == STAMP_CHANGED);
	CHECK(state_of(&now, "same") == STAMP_PRESENT);
	stamp_set_fini(&now);
	return 0;
}

/* A directory in which names came or went is marked; and one whose times were
 * set back, or that was itself away for a while. */
static int
test_passed(void)
{
	char pattern[PATH_MAX], literal[PATH_MAX];
	char *sources[] = { literal, pattern, NULL };
	struct rule rule = { .sources = sources };
	struct timespec restored[2] = { { 1, 0 }, { 1, 0 } };
	struct stamp_set passed;

	snprintf(literal, sizeof(literal), "%s", at("none"));
	snprintf(pattern, sizeof(pattern), "%s", at("deep/**/x*"));
	CHECK(mkdir("deep", 0700) == 0 && mkdir("deep/a", 0700) == 0);
	CHECK(mkdir("deep/b", 0700) == 0 && put("deep/b/x1", "") == 0);
	memset(&passed, 0, sizeof(passed));
	CHECK(meanwhile_passed(&rule, LATER, &passed) == 0);
	CHECK(passed.count == 0);
	CHECK(utimensat(AT_FDCWD, "deep", restored, 0) == 0);
	CHECK(meanwhile_passed(&rule, 2000000000, &passed) == 0);
	stamp_set_sort(&passed);
	CHECK(passed.count == 3);
	CHECK(state_of(&passed, "deep") == STAMP_CHANGED);
	CHECK(state_of(&passed, "deep/a") == STAMP_CHANGED);
	CHECK(state_of(&passed, "deep/b") == STAMP_CHANGED);
	stamp_set_fini(&passed);
	return 0;
}

int
main(void)
{
	char command[64];
	int rc;

	CHECK(mkdtemp(dir) != NULL && chdir(dir) == 0);
	rc = test_mark() || test_passed();
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command) != 0 || rc;
}
