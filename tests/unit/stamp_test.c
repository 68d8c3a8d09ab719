/*
 * Stamps of files, and sets of them.
 */

#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/stamp.h"
#include "daemon/stampset.h"
#include "tests/unit/check.h"

#define SECOND INT64_C(1000000000)

static int
write_file(const char *path, const char *text)
{
	ssize_t n;
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd == -1)
		return -1;
	n = write(fd, text, strlen(text));
	return close(fd) == 0 && n == (ssize_t)strlen(text) ? 0 : -1;
}

static int
test_states(const char *dir)
{
	char path[PATH_MAX], below[PATH_MAX + 8];
	struct stamp s;

	snprintf(path, sizeof(path), "%s/none", dir);
	stamp_take(path, true, &s);
	CHECK(s.state == STAMP_ABSENT && !s.hashed && !s.racy);
	snprintf(path, sizeof(path), "%s/loop", dir);
	CHECK(symlink("loop", path) == 0);
	stamp_take(path, false, &s);
	CHECK(s.state == STAMP_UNKNOWN && s.error == ELOOP);
	stamp_take_plain(path, &s);
	CHECK(s.state == STAMP_UNKNOWN && s.error == ELOOP);
	snprintf(path, sizeof(path), "%s/file", dir);
	CHECK(write_file(path, "text") == 0);
	snprintf(below, sizeof(below), "%s/below", path);
	stamp_take(below, false, &s);
	CHECK(s.state == STAMP_ABSENT);
	stamp_take_fd(-1, &s);
	CHECK(s.state == STAMP_UNKNOWN && s.error == EBADF);

	/* A FIFO without a writer must not hang, nor be hashed. */
	snprintf(path, sizeof(path), "%s/fifo", dir);
	CHECK(mkfifo(path, 0600) == 0);
	stamp_take(path, true, &s);
	CHECK(s.state == STAMP_PRESENT && !s.hashed && s.racy);
	return 0;
}

/* Times are given as the moment when the check began: nobody waits. */
static int
test_young(const char *dir)
{
	char path[PATH_MAX];
	struct stamp s, then, later;
	int64_t newest;

	snprintf(path, sizeof(path), "%s/young", dir);
	CHECK(write_file(path, "text") == 0);
	stamp_take_plain(path, &s);
	CHECK(s.state == STAMP_PRESENT && s.size == 4);
	CHECK(!s.hashed && !s.racy);
	newest = s.mtime > s.ctime ? s.mtime : s.ctime;

	stamp_take_since(
	    AT_FDCWD, path, false, newest + SECOND / 50 - 1, NULL, &then);
	CHECK(then.racy && then.hashed);
	CHECK(digest_equal(then.digest, digest_bytes("text", 4)));
	CHECK(stamp_equal(&s, &then, false));
	stamp_take_since(AT_FDCWD, path, false, newest + SECOND / 50, NULL, &s);
	CHECK(!s.racy && !s.hashed);

	/* What was racy is hashed again, though it is old by now. */
	stamp_take_since(AT_FDCWD, path, false, newest + SECOND, &then, &later);
	CHECK(!later.racy && later.hashed);
	CHECK(digest_equal(then.digest, later.digest));
	/* And no more after that. */
	stamp_take_since(AT_FDCWD, path, false, newest + SECOND, &later, &s);
	CHECK(!s.racy && !s.hashed);
	return 0;
}

/* What has no digest is not young for a time that is far from coming. */
static int
test_ahead(const char *dir)
{
	struct timespec times[2] = { { 0, UTIME_OMIT }, { 0, 7 } };
	const int64_t minute = 60 * SECOND;
	char path[PATH_MAX], file[PATH_MAX];
	struct stamp s, plain;

	snprintf(path, sizeof(path), "%s/ahead", dir);
	snprintf(file, sizeof(file), "%s/ahead.file", dir);
	CHECK(mkdir(path, 0700) == 0 && write_file(file, "text") == 0);
	stamp_take_plain(path, &s);
	times[1].tv_sec = s.mtime / SECOND + 1000;
	CHECK(utimensat(AT_FDCWD, path, times, 0) == 0);
	CHECK(utimensat(AT_FDCWD, file, times, 0) == 0);
	stamp_take_plain(path, &plain);
	stamp_take_since(AT_FDCWD, path, false, plain.ctime, NULL, &s);
	CHECK(s.racy);
	stamp_take_since(AT_FDCWD, path, false, plain.ctime + SECOND, NULL, &s);
	CHECK(!s.racy);
	stamp_take_since(
	    AT_FDCWD, path, false, plain.mtime - minute - 1, NULL, &s);
	CHECK(!s.racy);
	stamp_take_since(AT_FDCWD, path, false, plain.mtime - minute, NULL, &s);
	CHECK(s.racy);
	stamp_take_since(AT_FDCWD, file, false, plain.ctime + SECOND, NULL, &s);
	CHECK(s.racy && s.hashed);
	return 0;
}

/* On other systems there is no way to be sure (KQUEUE=1 defines O_SEARCH). */
#if defined(__linux__) && !defined(O_SEARCH)
/* Two paths that somebody swaps while the first is looked at, before anything
 * can be read; NULL: he has. */
static const char *swap_one, *swap_other;

/* Instead of the C library's. */
int
openat(int dir_fd, const char *path, int flags, ...)
{
	bool swaps = swap_one != NULL && strcmp(path, swap_one) == 0;
	bool looks = (flags & O_PATH) != 0;
	long fd = -1;

	if (!swaps || looks)
		fd = syscall(SYS_openat, dir_fd, path, flags, 0);
	if (swaps && rename(swap_other, swap_one) == 0)
		swap_one = NULL;
	if (swaps && !looks)
		fd = syscall(SYS_openat, dir_fd, path, flags, 0);
	return (int)fd;
}

/* What was looked at is opened, and nothing else: not even for a moment, for
 * it may be a device. */
static int
test_swapped(const char *dir)
{
	char path[PATH_MAX], other[PATH_MAX];
	struct stamp s;

	snprintf(path, sizeof(path), "%s/swapped", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	CHECK(write_file(path, "text") == 0 && mkfifo(other, 0600) == 0);
	swap_other = other;
	swap_one = path;
	stamp_take(path, true, &s);
	CHECK(swap_one == NULL && s.state == STAMP_PRESENT && s.hashed);
	CHECK(digest_equal(s.digest, digest_bytes("text", 4)));
	stamp_take(path, true, &s);
	CHECK(s.state == STAMP_PRESENT && !s.hashed);
	return 0;
}
#else
static int
test_swapped(const char *dir)
{
	(void)dir;
	return 0;
}
#endif

static int
test_room(const char *dir)
{
	char path[PATH_MAX];
	int64_t room = 4;
	struct stamp s;

	snprintf(path, sizeof(path), "%s/roomy", dir);
	CHECK(write_file(path, "text") == 0);
	stamp_take_within(AT_FDCWD, path, true, 0, NULL, &room, &s);
	CHECK(s.state == STAMP_PRESENT && s.hashed && room == 0);
	stamp_take_within(AT_FDCWD, path, true, 0, NULL, &room, &s);
	CHECK(s.state == STAMP_UNKNOWN && s.error == EFBIG && room < 0);
	return 0;
}

static int
test_content(const char *dir)
{
	char path[PATH_MAX];
	struct timespec times[2] = { { 1000, 5 }, { 1000, 5 } };
	struct stamp then, now;
	int64_t late;

	snprintf(path, sizeof(path), "%s/content", dir);
	CHECK(write_file(path, "text") == 0);
	late = stamp_clock() + 10 * SECOND;
	stamp_take_since(AT_FDCWD, path, true, late, NULL, &then);
	CHECK(then.hashed && !then.racy);
	CHECK(utimensat(AT_FDCWD, path, times, 0) == 0);
	stamp_take_since(AT_FDCWD, path, true, late, &then, &now);
	CHECK(now.mtime == 1000 * SECOND + 5);
	CHECK(!stamp_equal(&then, &now, false));
	CHECK(stamp_equal(&then, &now, true));

	/* The digest of an unchanged file is taken over, not read anew. */
	now.digest.low ^= 1;
	stamp_take_since(AT_FDCWD, path, true, late, &now, &then);
	CHECK(then.hashed && digest_equal(then.digest, now.digest));
	/* But not that of a racy one. */
	now.racy = true;
	stamp_take_since(AT_FDCWD, path, true, late, &now, &then);
	CHECK(then.hashed && !digest_equal(then.digest, now.digest));

	CHECK(write_file(path, "TEXT") == 0);
	stamp_take_since(AT_FDCWD, path, true, late, &then, &now);
	CHECK(now.hashed && !stamp_equal(&then, &now, true));
	return 0;
}

/* Only somebody who is not root can be refused. */
static int
test_refused(const char *dir)
{
	char path[PATH_MAX];
	struct stamp content, young, old;

	if (geteuid() != 0)
		return 0;
	snprintf(path, sizeof(path), "%s/secret", dir);
	CHECK(write_file(path, "text") == 0 && chmod(path, 0600) == 0);
	CHECK(chmod(dir, 0755) == 0 && seteuid(65534) == 0);
	stamp_take(path, true, &content);
	stamp_take_since(AT_FDCWD, path, false, 0, NULL, &young);
	stamp_take_since(
	    AT_FDCWD, path, false, stamp_clock() + SECOND, NULL, &old);
	CHECK(seteuid(0) == 0);
	CHECK(content.state == STAMP_UNKNOWN && content.error == EACCES);
	CHECK(young.state == STAMP_PRESENT && young.racy && !young.hashed);
	CHECK(old.state == STAMP_PRESENT && !old.racy);
	return 0;
}

static struct stamp
make_stamp(uint64_t inode, int64_t mtime)
{
	struct stamp s;

	memset(&s, 0, sizeof(s));
	s.state = STAMP_PRESENT;
	s.inode = inode;
	s.size = 10;
	s.mtime = s.ctime = mtime;
	return s;
}

static int
test_equal(void)
{
	struct stamp a = make_stamp(1, 5), b = a;

	CHECK(stamp_equal(&a, &b, false));
	b.inode++;
	CHECK(!stamp_equal(&a, &b, false));
	b = a;
	b.size++;
	CHECK(!stamp_equal(&a, &b, false));
	b = a;
	b.mtime--;
	CHECK(!stamp_equal(&a, &b, false));
	b = a;
	b.ctime++;
	CHECK(!stamp_equal(&a, &b, false) && !stamp_equal(&a, &b, true));
	a.hashed = b.hashed = true;
	CHECK(!stamp_equal(&a, &b, false) && stamp_equal(&a, &b, true));
	b = a;
	b.digest.high = 1;
	CHECK(!stamp_equal(&a, &b, false) && !stamp_equal(&a, &b, true));
	a.state = b.state = STAMP_ABSENT;
	CHECK(stamp_equal(&a, &b, false));
	a.state = STAMP_PRESENT;
	CHECK(!stamp_equal(&a, &b, true));
	a.state = b.state = STAMP_UNKNOWN;
	CHECK(!stamp_equal(&a, &b, true));
	a.state = b.state = STAMP_CHANGED;
	CHECK(!stamp_equal(&a, &b, true));
	return 0;
}

static int
test_describe(void)
{
	struct stamp a = make_stamp(1, SECOND * 86400 + 123456789), b = a;
	char buf[160], tiny[8];

	CHECK(setenv("TZ", "UTC", 1) == 0);
	tzset();
	CHECK(strcmp(stamp_describe(NULL, &b, buf, sizeof(buf)), "new") == 0);
	CHECK(strcmp(stamp_describe(&a, NULL, buf, sizeof(buf)), "gone") == 0);
	b.size = 12;
	CHECK(strcmp(stamp_describe(&a, &b, buf, sizeof(buf)),
		  "size 10 -> 12") == 0);
	b = a;
	b.mtime += 2 * SECOND;
	CHECK(strcmp(stamp_describe(&a, &b, buf, sizeof(buf)),
		  "modified 1970-01-02 00:00:00.123 -> "
		  "1970-01-02 00:00:02.123") == 0);
	b.mtime = a.mtime + 1;
	CHECK(strcmp(stamp_describe(&a, &b, buf, sizeof(buf)),
		  "modified 1970-01-02 00:00:00.123456789 -> "
		  "1970-01-02 00:00:00.123456790") == 0);
	b.inode = 7;
	b.mtime = a.mtime;
	CHECK(strcmp(stamp_describe(&a, &b, buf, sizeof(buf)),
		  "another file (inode)") == 0);
	b = a;
	b.ctime = -1;
	CHECK(strstr(stamp_describe(&a, &b, buf, sizeof(buf)),
		  "changed 1970-01-02 00:00:00.123 -> "
		  "1969-12-31 23:59:59.999") != NULL);
	b.state = STAMP_UNKNOWN;
	b.error = EACCES;
	CHECK(strcmp(stamp_describe(&a, &b, buf, sizeof(buf)),
		  strerror(EACCES)) == 0);
	b = a;
	a.racy = true;
	CHECK(strcmp(stamp_describe(&a, &b, buf, sizeof(buf)),
		  "was too young to be told apart") == 0);
	b.inode = 9;
	b.size = 99;
	b.mtime = 1;
	CHECK(strlen(stamp_describe(&a, &b, tiny, sizeof(tiny))) == 7);
	CHECK(strstr(stamp_describe_newer(&a, &b, buf, sizeof(buf)),
		  ", target 1970-01-01") != NULL);
	return 0;
}

/* Sorted already, but not unique. */
static int
test_doubles(void)
{
	struct stamp s = make_stamp(1, 1);
	struct stamp_set set;

	memset(&set, 0, sizeof(set));
	CHECK(stamp_set_add(&set, "/a", STAMP_LITERAL, &s) == 0);
	CHECK(stamp_set_add(&set, "/b", STAMP_DEP, &s) == 0);
	CHECK(stamp_set_add(&set, "/b", STAMP_DEP, &s) == 0);
	stamp_set_sort(&set);
	CHECK(set.count == 2);
	CHECK(stamp_set_add(&set, "/b", STAMP_DEP, &s) == 0);
	CHECK(stamp_set_add(&set, "/b", STAMP_DEP, &s) == 0);
	CHECK(stamp_set_add(&set, "/c", STAMP_DEP, &s) == 0);
	stamp_set_sort(&set);
	CHECK(set.count == 3);
	stamp_set_fini(&set);
	return 0;
}

static int
test_set(void)
{
	static const char *const paths[] = { "/b", "/c/x", "/a", "/a/z", "/a!",
		"/b", "/c!", "/a" };
	struct stamp_set set, again;
	struct stamp s = make_stamp(1, 1), unknown = s;
	size_t i;

	unknown.state = STAMP_UNKNOWN;
	memset(&set, 0, sizeof(set));
	memset(&again, 0, sizeof(again));
	stamp_set_sort(&set);
	CHECK(set.count == 0 && stamp_set_find(&set, "/a") == NULL);
	for (i = 0; i < 8; i++) {
		s.inode = i;
		CHECK(stamp_set_add(&set, paths[i],
			  i < 5 ? STAMP_DEP : STAMP_LITERAL, &s) == 0);
	}
	CHECK(stamp_set_add(&set, "/a", STAMP_DEP, &unknown) == 0);
	stamp_set_sort(&set);
	CHECK(set.count == 6);
	CHECK(strcmp(stamp_set_path(&set, 0), "/a") == 0);
	CHECK(strcmp(stamp_set_path(&set, 1), "/a/z") == 0);
	CHECK(strcmp(stamp_set_path(&set, 2), "/a!") == 0);
	CHECK(strcmp(stamp_set_path(&set, 3), "/b") == 0);
	CHECK(strcmp(stamp_set_path(&set, 4), "/c/x") == 0);
	CHECK(strcmp(stamp_set_path(&set, 5), "/c!") == 0);
	CHECK(set.entries[0].stamp.state == STAMP_UNKNOWN);
	CHECK(set.entries[3].origin == STAMP_LITERAL);
	CHECK(stamp_set_find(&set, "/c!")->inode == 6);
	CHECK(stamp_set_find(&set, "/c") == NULL);
	for (i = 0; i < set.count; i++)
		CHECK(stamp_set_add(&again, stamp_set_path(&set, i),
			  STAMP_MATCH, &set.entries[i].stamp) == 0);
	CHECK(digest_equal(stamp_set_digest(&set), stamp_set_digest(&again)));
	again.entries[5].stamp.ctime++;
	CHECK(!digest_equal(stamp_set_digest(&set), stamp_set_digest(&again)));
	stamp_set_fini(&set);
	stamp_set_fini(&again);
	return 0;
}

/* Many paths, backwards, so that every round of the merge has work, and more
 * bytes than the digest folds at once. */
static int
test_big_set(void)
{
	struct stamp s = make_stamp(1, 1);
	struct stamp_set set;
	struct digest before;
	char path[32];
	size_t i;

	memset(&set, 0, sizeof(set));
	for (i = 0; i < 1000; i++) {
		s.inode = 999 - i;
		snprintf(path, sizeof(path), "/d/%04zu", 999 - i);
		CHECK(stamp_set_add(&set, path, STAMP_MATCH, &s) == 0);
	}
	stamp_set_sort(&set);
	CHECK(set.count == 1000);
	for (i = 0; i < 1000; i++)
		CHECK(set.entries[i].stamp.inode == i);
	before = stamp_set_digest(&set);
	set.entries[0].stamp.inode = 7;
	CHECK(!digest_equal(before, stamp_set_digest(&set)));
	stamp_set_fini(&set);
	return 0;
}

static int
test_youngest(void)
{
	static const int64_t times[] = { 5, 90, 30, 31, 7 };
	struct stamp_set set;
	struct stamp s;
	char path[] = "/a";
	size_t i;

	memset(&set, 0, sizeof(set));
	CHECK(stamp_set_youngest(&set, 100) == 0);
	for (i = 0; i < 5; i++, path[1]++) {
		s = make_stamp(1, times[i]);
		CHECK(stamp_set_add(&set, path, STAMP_MATCH, &s) == 0);
	}
	CHECK(stamp_set_youngest(&set, 90) == 90);
	CHECK(stamp_set_youngest(&set, 89) == 31); /* 90 has not come yet */
	CHECK(stamp_set_youngest(&set, 4) == 0);
	stamp_set_fini(&set);
	return 0;
}

int
main(void)
{
	char dir[] = "/tmp/stamp_test.XXXXXX", command[64];
	int failed;

	if (mkdtemp(dir) == NULL)
		return 1;
	failed = test_states(dir) || test_young(dir) || test_ahead(dir) ||
		 test_room(dir) || test_swapped(dir) || test_content(dir) ||
		 test_refused(dir) || test_equal() || test_describe() ||
		 test_set() || test_doubles() || test_big_set() ||
		 test_youngest();
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command) != 0 || failed;
}
