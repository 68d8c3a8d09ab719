/*
 * The question that the daemon asks, on a real disk.  Files made here are
 * young, so that most of what is checked here is racy; for the rest, files of
 * the system serve as sources.
 */

#include <sys/stat.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/check.h"
#include "daemon/record.h"
#include "tests/unit/check.h"

#define OLD_FILE "/etc/passwd"

/* So many readings of the table of mounts fail. */
static int unread_mounts;

ssize_t
pread(int fd, void *bytes, size_t size, off_t offset)
{
	__typeof__(&pread) next;
	char link[64], name[64] = "";

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (unread_mounts > 0 && readlink(link, name, sizeof(name) - 1) > 0 &&
	    strstr(name, "/mountinfo") != NULL) {
		unread_mounts--;
		errno = EIO;
		return -1;
	}
	*(void **)&next = dlsym(RTLD_NEXT, "pread");
	return next(fd, bytes, size, offset);
}

/* A rule in a directory of its own: DIR/src, DIR/out, records in DIR/record. */
struct scene {
	char dir[64];
	char target[PATH_MAX];
	char patterns[3][PATH_MAX];
	char *sources[4];
	char name[8];
	struct rule rule;
	struct check check;
};

static int
write_file(const struct scene *s, const char *name, const char *text)
{
	char path[PATH_MAX];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd == -1)
		return -1;
	n = write(fd, text, strlen(text));
	return close(fd) == 0 && n == (ssize_t)strlen(text) ? 0 : -1;
}

static int
remove_file(const struct scene *s, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	return unlink(path);
}

/* Date a file so many seconds back. */
static int
age_file(const struct scene *s, const char *name, int seconds)
{
	char path[PATH_MAX];
	struct timespec times[2];

	memset(times, 0, sizeof(times));
	times[0].tv_sec = times[1].tv_sec = 1000000000 - seconds;
	times[0].tv_nsec = times[1].tv_nsec = 1;
	snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	return utimensat(AT_FDCWD, path, times, 0);
}

/* The patterns are below the directory, but for those that begin with "/". */
static int
scene_init(struct scene *s, const char *first, const char *second)
{
	const char *given[2];
	char path[PATH_MAX];
	size_t i;

	memset(s, 0, sizeof(*s));
	strcpy(s->dir, "/tmp/check_test.XXXXXX");
	CHECK(mkdtemp(s->dir) != NULL);
	snprintf(path, sizeof(path), "%s/src", s->dir);
	CHECK(mkdir(path, 0755) == 0);
	snprintf(s->target, sizeof(s->target), "%s/out", s->dir);
	given[0] = first;
	given[1] = second;
	for (i = 0; i < 2 && given[i] != NULL; i++) {
		snprintf(s->patterns[i], PATH_MAX, "%s%s%s",
		    given[i][0] == '/' ? "" : s->dir,
		    given[i][0] == '/' ? "" : "/", given[i]);
		s->sources[i] = s->patterns[i];
	}
	strcpy(s->name, "rule");
	s->rule.name = s->name;
	s->rule.kind = RULE_BUILD;
	s->rule.sources = s->sources;
	s->rule.target = s->target;
	s->rule.create = true;
	s->rule.effective.low = 1;
	return 0;
}

static int
scene_fini(struct scene *s)
{
	char command[128];

	check_fini(&s->check);
	snprintf(command, sizeof(command), "rm -r %s", s->dir);
	return system(command);
}

/* Ask; "path" is below the directory, NULL: none. */
static bool
asked(struct scene *s, unsigned how, enum stamp_verdict verdict,
    enum stamp_reason reason, const char *path)
{
	char full[PATH_MAX] = "";

	if (path != NULL)
		snprintf(full, sizeof(full), "%s/%s", s->dir, path);
	check_fini(&s->check);
	if (check_rule(&s->rule, s->dir, how, &s->check) == -1)
		return false;
	if (s->check.verdict == verdict && s->check.reason == reason &&
	    strcmp(s->check.path, full) == 0)
		return true;
	fprintf(stderr, "verdict %d, reason %s, path %s, %s\n",
	    (int)s->check.verdict, stamp_reason_word(s->check.reason),
	    s->check.path, s->check.how);
	return false;
}

#define BEHIND(reason, path) \
	asked(&s, CHECK_OTHER, STAMP_BEHIND, STAMP_##reason, path)
#define CURRENT() asked(&s, CHECK_OTHER, STAMP_CURRENT, STAMP_NONE, NULL)
#define STORE() check_store(&s.rule, s.dir, &s.check)

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

/* An error is not an absence. */
static int
test_blocked(void)
{
	struct scene s;
	char path[PATH_MAX];

	CHECK(scene_init(&s, "src/*", "loop/*") == 0);
	CHECK(write_file(&s, "src/a", "one") == 0);
	CHECK(BEHIND(TARGET_MISSING, "out"));
	snprintf(path, sizeof(path), "%s/loop", s.dir);
	CHECK(symlink("loop", path) == 0);
	CHECK(asked(&s, CHECK_OTHER, STAMP_BLOCKED, STAMP_NONE, "loop"));
	CHECK(strcmp(s.check.how, strerror(ELOOP)) == 0);
	CHECK(asked(&s, CHECK_RUN, STAMP_BEHIND, STAMP_ASKED, NULL));
	CHECK(remove_file(&s, "loop") == 0);
	snprintf(path, sizeof(path), "%s/out", s.dir);
	CHECK(symlink("out", path) == 0);
	CHECK(asked(&s, CHECK_OTHER, STAMP_BLOCKED, STAMP_NONE, "out"));
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

/* An empty mount point, though nobody can tell that it is one. */
static int
test_unmounted(void)
{
	struct scene s;
	int i;

	if (access("/proc/self/mountinfo", F_OK) == -1)
		return 0;
	CHECK(scene_init(&s, "src/a", NULL) == 0);
	CHECK(write_file(&s, "src/a", "one") == 0);
	CHECK(write_file(&s, "out", "product") == 0);
	CHECK(age_file(&s, "src/a", 10) == 0 && age_file(&s, "out", 10) == 0);
	CHECK(BEHIND(SOURCE_NEWER, "src/a"));
	free(s.check.mounts);
	s.check.mounts = calloc(1, PATH_MAX);
	CHECK(s.check.mounts != NULL);
	snprintf(s.check.mounts, PATH_MAX - 1, "%s/src", s.dir);
	CHECK(STORE() == 0 && remove_file(&s, "src/a") == 0);
	CHECK(asked(&s, CHECK_OTHER, STAMP_BLOCKED, STAMP_NONE, "src"));
	for (i = 2; i < 4; i++) {
		unread_mounts = i;
		check_fini(&s.check);
		CHECK(check_rule(&s.rule, s.dir, CHECK_OTHER, &s.check) == -1);
		CHECK(errno == EIO && strcmp(s.check.path, "mounts") == 0);
	}
	unread_mounts = 0;
	CHECK(scene_fini(&s) == 0);
	return 0;
}

/* What was far when the table could be read is far while it cannot be. */
static int
test_far(void)
{
	struct stamp_past past;
	struct mounts mounts;
	struct check_ask ask;
	struct scene s;
	bool far, is_long;

	if (access("/proc/self/mountinfo", F_OK) == -1)
		return 0;
	CHECK(scene_init(&s, "src/a", NULL) == 0);
	memset(&mounts, 0, sizeof(mounts));
	mounts.text = calloc(1, PATH_MAX);
	CHECK(mounts.text != NULL);
	snprintf(mounts.text, PATH_MAX, "%s/src", s.dir);
	CHECK(mounts_add(&mounts, 0, false, false) == 0);
	ask = (struct check_ask){ .rule = &s.rule,
		.state_dir = s.dir,
		.asked = CHECK_OTHER,
		.mounts = &mounts };
	unread_mounts = 1;
	is_long = check_is_long(&ask, &past, &far);
	CHECK(unread_mounts == 0);
	CHECK(is_long && far);
	stamp_past_fini(&past);
	mounts_fini(&mounts);
	CHECK(scene_fini(&s) == 0);
	return 0;
}

int
main(void)
{
	return test_build() || test_matches() || test_racy() ||
	       test_content() || test_asked() || test_blocked() ||
	       test_deps() || test_tried() || test_records() ||
	       test_unmounted() || test_far();
}
