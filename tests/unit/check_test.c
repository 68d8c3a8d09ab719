/*
 * The question that the daemon asks, on a real disk: what has changed since the
 * last run.
 */

#include <sys/stat.h>

#include <limits.h>
#include <string.h>

#include "tests/unit/asking.h"

static int
test_build(void)
{
	struct scene s;
	struct digest before;

	CHECK(scene_init(&s, "src/a", "src/b") == 0);
	CHECK(asked(&s, CHECK_OTHER, STAMP_IDLE, STAMP_NONE, NULL));
	CHECK(write_file(&s, "src/a", "one") == 0);
	CHECK(BEHIND(TARGET_MISSING, "out"));
	CHECK(s.check.now.count == 2 && s.check.seconds >= 0);
	CHECK(write_file(&s, "out", "product") == 0);
	CHECK(age_file(&s, "src/a", 10) == 0 && age_file(&s, "out", 10) == 0);
	CHECK(BEHIND(SOURCE_NEWER, "src/a"));
	CHECK(strncmp(s.check.how, "modified 2001-09-0", 18) == 0);
	CHECK(age_file(&s, "src/a", 11) == 0);
	CHECK(CURRENT() && s.check.store && STORE() == 0);
	before = s.check.digest;
	CHECK(CURRENT() && digest_equal(before, s.check.digest));

	/* Older is a change too. */
	CHECK(age_file(&s, "src/a", 20) == 0);
	CHECK(BEHIND(SOURCE_CHANGED, "src/a"));
	CHECK(strncmp(s.check.how, "modified 2001-09-0", 18) == 0);
	CHECK(!digest_equal(before, s.check.digest));
	CHECK(STORE() == 0 && CURRENT());
	CHECK(write_file(&s, "src/b", "") == 0);
	CHECK(BEHIND(SOURCE_NEW, "src/b") && strcmp(s.check.how, "new") == 0);
	CHECK(STORE() == 0 && CURRENT());
	CHECK(remove_file(&s, "src/b") == 0);
	CHECK(BEHIND(SOURCE_GONE, "src/b"));
	CHECK(strcmp(s.check.how, "gone") == 0);
	CHECK(STORE() == 0 && CURRENT());

	CHECK(write_file(&s, "out", "somebody else's") == 0);
	CHECK(BEHIND(TARGET_REPLACED, "out"));
	CHECK(strncmp(s.check.how, "size 7 -> 15", 12) == 0);
	CHECK(remove_file(&s, "out") == 0);
	CHECK(BEHIND(TARGET_MISSING, "out"));
	CHECK(strcmp(s.check.how, "gone") == 0);
	s.rule.create = false;
	CHECK(asked(&s, CHECK_OTHER, STAMP_IDLE, STAMP_NONE, NULL));
	CHECK(s.check.past.exists);
	s.rule.effective.low++;
	s.rule.create = true;
	CHECK(BEHIND(RULE_CHANGED, NULL));
	CHECK(scene_fini(&s) == 0);
	return 0;
}

static int
test_matches(void)
{
	struct scene s;
	char path[PATH_MAX];

	CHECK(scene_init(&s, "src/*", "*") == 0);
	CHECK(write_file(&s, "src/a", "one") == 0);
	CHECK(write_file(&s, "out", "product") == 0);
	CHECK(write_file(&s, ".triggerd.rule.aaaaaa", "") == 0);
	snprintf(path, sizeof(path), "%s/record", s.dir);
	CHECK(mkdir(path, 0700) == 0);
	CHECK(BEHIND(SOURCE_NEWER, "record"));
	/* Sorted, without our own files: record, src, src/a. */
	CHECK(s.check.now.count == 3);
	snprintf(path, sizeof(path), "%s/src/a", s.dir);
	CHECK(strcmp(stamp_set_path(&s.check.now, 2), path) == 0);
	CHECK(s.check.now.entries[2].origin == STAMP_MATCH);
	CHECK(scene_fini(&s) == 0);

	CHECK(scene_init(&s, "src/*", "s*/not-there") == 0);
	CHECK(write_file(&s, "src/b", "one") == 0);
	CHECK(write_file(&s, "out", "product") == 0);
	CHECK(asked(&s, CHECK_RUN, STAMP_BEHIND, STAMP_ASKED, NULL));
	CHECK(STORE() == 0 && CURRENT());
	CHECK(write_file(&s, "src/a", "one") == 0);
	CHECK(BEHIND(SOURCE_NEW, "src/a"));
	CHECK(STORE() == 0 && CURRENT());
	CHECK(remove_file(&s, "src/b") == 0);
	CHECK(BEHIND(SOURCE_GONE, "src/b"));
	CHECK(STORE() == 0 && CURRENT() && s.check.now.count == 1);
	CHECK(scene_fini(&s) == 0);
	return 0;
}

static int
test_content(void)
{
	struct scene s;

	CHECK(scene_init(&s, "src/a", NULL) == 0);
	s.rule.kind = RULE_ACTION;
	s.rule.target = NULL;
	s.rule.content = true;
	CHECK(write_file(&s, "src/a", "one") == 0);
	CHECK(BEHIND(FIRST_RUN, NULL) && STORE() == 0 && CURRENT());
	CHECK(age_file(&s, "src/a", 10) == 0);
	CHECK(CURRENT() && s.check.store && STORE() == 0);
	CHECK(write_file(&s, "src/a", "one") == 0);
	CHECK(CURRENT() && s.check.store);
	CHECK(write_file(&s, "src/a", "two") == 0);
	CHECK(BEHIND(SOURCE_CHANGED, "src/a"));
	CHECK(scene_fini(&s) == 0);
	return 0;
}

static int
test_asked(void)
{
	struct scene s;

	CHECK(scene_init(&s, OLD_FILE, NULL) == 0);
	CHECK(write_file(&s, "out", "product") == 0);
	CHECK(CURRENT() && STORE() == 0);
	CHECK(asked(&s, CHECK_RUN, STAMP_BEHIND, STAMP_ASKED, NULL));
	s.rule.always = true;
	CHECK(asked(&s, CHECK_PIPE, STAMP_BEHIND, STAMP_ALWAYS, NULL));
	CHECK(asked(&s, CHECK_START, STAMP_BEHIND, STAMP_ALWAYS, NULL));
	CHECK(asked(&s, CHECK_SCAN, STAMP_BEHIND, STAMP_ALWAYS, NULL));
	CHECK(CURRENT());

	s.rule.always = false;
	s.rule.kind = RULE_PLAIN;
	s.rule.target = NULL;
	s.sources[0] = NULL;
	CHECK(asked(&s, CHECK_PIPE, STAMP_BEHIND, STAMP_ASKED, NULL));
	CHECK(asked(&s, CHECK_START, STAMP_BEHIND, STAMP_ASKED, NULL));
	CHECK(asked(&s, CHECK_RUN, STAMP_BEHIND, STAMP_ASKED, NULL));
	CHECK(asked(&s, CHECK_SCAN, STAMP_CURRENT, STAMP_NONE, NULL));
	CHECK(CURRENT() && !s.check.store);
	CHECK(scene_fini(&s) == 0);
	return 0;
}

static int
test_deps(void)
{
	struct scene s;
	char dep[PATH_MAX], also[PATH_MAX];
	struct stamp stamp;

	CHECK(scene_init(&s, "src/a", NULL) == 0);
	CHECK(write_file(&s, "src/a", "") == 0);
	CHECK(write_file(&s, "src/dep", "one") == 0);
	CHECK(write_file(&s, "out", "product") == 0);
	snprintf(dep, sizeof(dep), "%s/src/dep", s.dir);
	snprintf(also, sizeof(also), "%s/a", s.dir); /* not there */
	CHECK(asked(&s, CHECK_RUN, STAMP_BEHIND, STAMP_ASKED, NULL));
	stamp_take(dep, false, &stamp);
	CHECK(stamp_set_add(&s.check.now, dep, STAMP_DEP, &stamp) == 0);
	stamp_take(also, false, &stamp);
	CHECK(stamp_set_add(&s.check.now, also, STAMP_DEP, &stamp) == 0);
	stamp_set_sort(&s.check.now);
	CHECK(STORE() == 0 && CURRENT());
	CHECK(s.check.now.count == 3);
	CHECK(write_file(&s, "a", "") == 0);
	CHECK(BEHIND(SOURCE_NEW, "a"));
	CHECK(STORE() == 0 && CURRENT());
	CHECK(write_file(&s, "src/dep", "other") == 0);
	CHECK(BEHIND(SOURCE_CHANGED, "src/dep"));
	CHECK(remove_file(&s, "src/dep") == 0);
	CHECK(BEHIND(SOURCE_GONE, "src/dep"));
	CHECK(scene_fini(&s) == 0);
	return 0;
}

int
main(void)
{
	return test_build() || test_matches() || test_content() ||
	       test_asked() || test_deps();
}
