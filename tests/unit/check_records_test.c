/*
 * What the daemon's question learns from records: a content that times do not
 * tell, a run in vain, and one that may have written the target; and what it
 * says of a damaged one.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "daemon/begun.h"
#include "daemon/record.h"
#include "tests/unit/asking.h"

/* A rewrite of the same size within one tick does not show in the times of
 * many file systems; the record has a hash for that. */
static int
test_racy(void)
{
	struct scene s;
	struct stamp stamp;
	char text[16];
	int i;

	CHECK(scene_init(&s, "src/a", NULL) == 0);
	CHECK(write_file(&s, "out", "product") == 0);
	for (i = 0; i < 50; i++) {
		snprintf(text, sizeof(text), "%d", 100 + i);
		CHECK(write_file(&s, "src/a", text) == 0);
		CHECK(asked(&s, CHECK_RUN, STAMP_BEHIND, STAMP_ASKED, NULL));
		CHECK(STORE() == 0 && CURRENT());
		snprintf(text, sizeof(text), "%d", 200 + i);
		CHECK(write_file(&s, "src/a", text) == 0);
		CHECK(BEHIND(SOURCE_CHANGED, "src/a"));
	}
	CHECK(scene_fini(&s) == 0);

	/* An old file, said to have been young: equal, so better forgotten. */
	CHECK(scene_init(&s, OLD_FILE, NULL) == 0);
	CHECK(write_file(&s, "out", "product") == 0);
	CHECK(CURRENT() && s.check.store && STORE() == 0);
	CHECK(CURRENT() && !s.check.store);
	stamp_take_since(AT_FDCWD, OLD_FILE, true, 0, NULL, &stamp);
	CHECK(stamp.racy && stamp.hashed);
	s.check.now.entries[0].stamp = stamp;
	CHECK(STORE() == 0);
	CHECK(CURRENT() && s.check.store && STORE() == 0);
	CHECK(CURRENT() && !s.check.store);
	stamp.digest.low ^= 1;
	s.check.now.entries[0].stamp = stamp;
	CHECK(STORE() == 0);
	check_fini(&s.check);
	CHECK(check_rule(&s.rule, s.dir, CHECK_OTHER, &s.check) == 0);
	CHECK(s.check.reason == STAMP_SOURCE_CHANGED);
	CHECK(strcmp(s.check.how, "other content, same size and times") == 0);
	CHECK(scene_fini(&s) == 0);
	return 0;
}

/* A run in vain is remembered, and what it would take to try again. */
static int
test_tried(void)
{
	struct stamp_past past;
	struct scene s;

	CHECK(scene_init(&s, "src/a", NULL) == 0);
	CHECK(write_file(&s, "src/a", "one") == 0);
	CHECK(BEHIND(TARGET_MISSING, "out") && !s.check.same);
	memset(&past, 0, sizeof(past));
	past.rule = check_terms(&s.rule);
	past.sources = s.check.now;
	past.tried.ending = STAMP_REFUSED;
	CHECK(record_write(s.dir, RECORD_TRIED, "rule", &past) == 0);
	CHECK(BEHIND(TARGET_MISSING, "out") && s.check.same);
	CHECK(s.check.tried.tried.ending == STAMP_REFUSED);
	CHECK(asked(&s, CHECK_RUN, STAMP_BEHIND, STAMP_ASKED, NULL));
	CHECK(!s.check.same);
	s.rule.min_records = 1;
	CHECK(BEHIND(TARGET_MISSING, "out") && !s.check.same);
	s.rule.min_records = 0;
	s.rule.effective.low++;
	CHECK(BEHIND(TARGET_MISSING, "out") && !s.check.same);
	s.rule.effective.low--;
	CHECK(BEHIND(TARGET_MISSING, "out") && s.check.same);
	CHECK(write_file(&s, "src/a", "two") == 0);
	CHECK(BEHIND(TARGET_MISSING, "out") && !s.check.same);
	CHECK(write_file(&s, "tried/rule", "rubbish") == 0);
	CHECK(BEHIND(TARGET_MISSING, "out") && !s.check.same);
	CHECK(scene_fini(&s) == 0);

	/* It was young then, and is not so any more: the content tells. */
	CHECK(scene_init(&s, OLD_FILE, NULL) == 0);
	CHECK(BEHIND(TARGET_MISSING, "out"));
	stamp_take_since(
	    AT_FDCWD, OLD_FILE, true, 0, NULL, &s.check.now.entries[0].stamp);
	past.rule = check_terms(&s.rule);
	past.sources = s.check.now;
	CHECK(record_write(s.dir, RECORD_TRIED, "rule", &past) == 0);
	CHECK(BEHIND(TARGET_MISSING, "out") && s.check.same);
	CHECK(scene_fini(&s) == 0);
	return 0;
}

static const struct scene *in_run;

/* For the one in libc: a run of another rule installs the target, just after
 * somebody has seen that it has no mark. */
int
lstat(const char *path, struct stat *st)
{
	const struct scene *s = in_run;
	int rc = fstatat(AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW);

	if (s == NULL || rc == 0 || strstr(path, "/begun/") == NULL)
		return rc;
	in_run = NULL;
	if (begun_mark(s->dir, s->rule.target) != 1 ||
	    write_file(s, "out", "product") == -1)
		abort();
	errno = ENOENT;
	return -1;
}

static int
test_begun_now(void)
{
	struct scene s;

	CHECK(scene_init(&s, OLD_FILE, NULL) == 0);
	CHECK(write_file(&s, "out", "of before") == 0 && CURRENT());
	in_run = &s;
	CHECK(BEHIND(FIRST_RUN, NULL) && in_run == NULL);
	CHECK(scene_fini(&s) == 0);
	return 0;
}

/* A run of ours may have written the target: times tell nothing. */
static int
test_begun(void)
{
	struct scene s;
	char path[PATH_MAX];

	CHECK(scene_init(&s, OLD_FILE, NULL) == 0);
	CHECK(write_file(&s, "out", "product") == 0);
	CHECK(CURRENT());
	CHECK(begun_mark(s.dir, s.rule.target) == 1);
	CHECK(begun_sync(s.dir) == 0 && BEHIND(FIRST_RUN, NULL));
	CHECK(begun_mark(s.dir, "/elsewhere") == 1);
	CHECK(begun_forget(s.dir, s.rule.target) == 0 && CURRENT());
	CHECK(begun_mark(s.dir, s.rule.target) == 1 && STORE() == 0);
	CHECK(CURRENT());
	snprintf(path, sizeof(path), "%s/record/rule", s.dir);
	CHECK(unlink(path) == 0 && BEHIND(FIRST_RUN, NULL));
	snprintf(path, sizeof(path), "rm -r %s/begun", s.dir);
	CHECK(system(path) == 0 && write_file(&s, "begun", "") == 0);
	check_fini(&s.check);
	CHECK(check_rule(&s.rule, s.dir, CHECK_OTHER, &s.check) == -1);
	CHECK(errno == ENOTDIR && strstr(s.check.path, "/begun") != NULL);
	CHECK(asked(&s, CHECK_RUN, STAMP_BEHIND, STAMP_ASKED, NULL));
	CHECK(scene_fini(&s) == 0);
	return 0;
}

static int
test_records(void)
{
	struct scene s;
	char path[PATH_MAX];

	CHECK(scene_init(&s, OLD_FILE, NULL) == 0);
	CHECK(write_file(&s, "out", "product") == 0);
	CHECK(CURRENT() && STORE() == 0);
	CHECK(write_file(&s, "record/rule", "rubbish") == 0);
	CHECK(BEHIND(RECORD_DAMAGED, NULL));
	CHECK(STORE() == 0 && CURRENT());
	snprintf(path, sizeof(path), "%s/record/rule", s.dir);
	CHECK(unlink(path) == 0 && symlink("rule", path) == 0);
	check_fini(&s.check);
	CHECK(check_rule(&s.rule, s.dir, CHECK_OTHER, &s.check) == -1);
	CHECK(errno == ELOOP && strcmp(s.check.path, path) == 0);
	CHECK(scene_fini(&s) == 0);
	return 0;
}

int
main(void)
{
	return test_racy() || test_tried() || test_begun() ||
	       test_begun_now() || test_records();
}
