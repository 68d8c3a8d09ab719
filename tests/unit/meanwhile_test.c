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

/* The record, of which "file" is a source, after one more run with what passed:
 * how often in a row that was, or 0. */
static int64_t
add_again(
    const struct rule *rule, const struct stamp_set *passed, const char *file)
{
	struct stamp_past past;
	int64_t times = 0;
	size_t i;

	memset(&past, 0, sizeof(past));
	past.exists = true;
	past.rule = rule->effective;
	past.records = -1;
	if (add(&past.sources, file, STAMP_LITERAL) == -1 ||
	    meanwhile_add(dir, RECORD_DONE, rule, passed, &past.sources) ==
		-1 ||
	    record_write(dir, RECORD_DONE, rule->name, &past) == -1)
		times = -1;
	for (i = 0; i < past.sources.count && times == 0; i++)
		if (past.sources.entries[i].stamp.state == STAMP_CHANGED)
			times = past.sources.entries[i].stamp.size;
	stamp_past_fini(&past);
	return times;
}

/* What passes each time, and is all that differs, is a reason twice; what comes
 * with a change of the sources always is. */
static int
test_add(void)
{
	char name[] = "rule";
	struct rule rule = { .name = name, .effective = { 1, 0 } };
	struct stamp changed = { .state = STAMP_CHANGED };
	struct stamp_set passed, none;

	memset(&passed, 0, sizeof(passed));
	memset(&none, 0, sizeof(none));
	CHECK(stamp_set_add(&passed, at("d"), STAMP_MATCH, &changed) == 0);
	CHECK(put("one", "x") == 0 && put("two", "xy") == 0);
	CHECK(add_again(&rule, &passed, "one") == 1);
	CHECK(add_again(&rule, &passed, "one") == 2);
	CHECK(add_again(&rule, &passed, "one") == 0);
	CHECK(add_again(&rule, &passed, "one") == 1);
	CHECK(add_again(&rule, &passed, "one") == 2);
	CHECK(add_again(&rule, &passed, "two") == 1);
	CHECK(add_again(&rule, &passed, "one") == 1);
	CHECK(add_again(&rule, &none, "one") == 0);
	CHECK(add_again(&rule, &passed, "one") == 1);
	stamp_set_fini(&passed);
	return 0;
}

int
main(void)
{
	char command[64];
	int rc;

	CHECK(mkdtemp(dir) != NULL && chdir(dir) == 0);
	rc = test_mark() || test_passed() || test_add();
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command) != 0 || rc;
}
