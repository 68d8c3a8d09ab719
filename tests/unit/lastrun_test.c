/*
 * What a run leaves is what the next one takes; with any byte changed it is
 * none.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builders/lastrun.h"
#include "builders/leave.h"
#include "daemon/log.h"
#include "tests/unit/check.h"

#define HOST "example.com"

/* One list of two names, read from one path. */
static int
leave_one(const char *directory, const char *path, time_t seconds)
{
	struct timespec started = { .tv_sec = seconds };
	struct lastform_about about = { .whole = 1 };
	struct digest question = { 1, 2 };
	struct lists lists;
	struct keys keys;
	struct deps deps;
	int rc;

	lists_init(&lists);
	keys_init(&keys);
	deps_init(&deps);
	deps_add(&deps, path);
	(void)deps_look(&deps, deps.last);
	keys_add(&keys, "ann", 3, KEYS_NAME);
	keys_add(&keys, "joe", 3, KEYS_NAME | KEYS_REFUSE);
	lists_add(&lists, HOST, &question, &keys, &deps, LISTS_USERS);
	rc = leave_lists(directory, &about, &lists, &deps, &started);
	deps_fini(&deps);
	keys_fini(&keys);
	lists_fini(&lists);
	return rc;
}

static int
test_round(const char *directory, const char *path)
{
	struct lastrun r;
	struct deps deps;
	struct keys_item key;
	const struct lists_item *item;
	struct digest question = { 1, 2 };
	size_t at = 0;

	CHECK(leave_one(directory, path, time(NULL) + 100) == 0);
	deps_init(&deps);
	lastrun_open(&r, directory, &deps);
	CHECK(r.fd != -1 && r.header.about.whole == 1);
	CHECK(lastrun_is_current(&r, &deps));
	lastrun_take(&r);
	item = lists_find(&r.lists, HOST);
	CHECK(item != NULL && item->flags == LISTS_USERS);
	CHECK(lists_find(&r.lists, "example.net") == NULL);
	CHECK(lists_is_good(item, &question, r.stamps, &deps));
	question.low++;
	CHECK(!lists_is_good(item, &question, r.stamps, &deps));
	CHECK(lists_next(item, &at, &key) && key.len == 3);
	CHECK(memcmp(key.text, "ann", 3) == 0 && key.use == KEYS_NAME);
	CHECK(lists_next(item, &at, &key));
	CHECK(memcmp(key.text, "joe", 3) == 0);
	CHECK(!lists_next(item, &at, &key));
	deps_fini(&deps);
	lastrun_close(&r);
	lastrun_close(&r);
	return 0;
}

/* A file of the same moment may change again without a trace. */
static int
test_fresh(const char *directory, const char *path)
{
	struct lastrun r;
	struct deps deps;
	struct stat st;

	CHECK(stat(path, &st) == 0);
	CHECK(leave_one(directory, path, st.st_ctim.tv_sec) == 0);
	deps_init(&deps);
	lastrun_open(&r, directory, &deps);
	CHECK(r.fd != -1 && !lastrun_is_current(&r, &deps));
	deps_fini(&deps);
	lastrun_close(&r);
	return 0;
}

static int
flip(const char *file, off_t at)
{
	char byte;
	int fd = open(file, O_RDWR);

	if (fd == -1 || pread(fd, &byte, 1, at) != 1)
		return -1;
	byte = (char)(byte ^ 0x40);
	if (pwrite(fd, &byte, 1, at) != 1)
		return -1;
	return close(fd);
}

/* The lists are taken only if neither half is damaged. */
static int
test_damage(const char *directory, const char *path)
{
	char file[300];
	struct lastrun r;
	struct deps deps;
	struct stat st;
	off_t at;

	CHECK(leave_one(directory, path, time(NULL) + 100) == 0);
	(void)snprintf(file, sizeof(file), "%s/lists", directory);
	CHECK(stat(file, &st) == 0);
	for (at = 0; at < st.st_size; at++) {
		CHECK(flip(file, at) == 0);
		deps_init(&deps);
		lastrun_open(&r, directory, &deps);
		lastrun_take(&r);
		CHECK(r.lists.n == 0);
		deps_fini(&deps);
		lastrun_close(&r);
		CHECK(flip(file, at) == 0);
	}
	for (at = st.st_size - 1; at >= 0; at--) {
		CHECK(truncate(file, at) == 0);
		deps_init(&deps);
		lastrun_open(&r, directory, &deps);
		CHECK(r.fd == -1);
		deps_fini(&deps);
		lastrun_close(&r);
	}
	CHECK(unlink(file) == 0);
	return 0;
}

int
main(void)
{
	const char *tmp = getenv("TMPDIR");
	char directory[256];
	int failed;

	(void)snprintf(directory, sizeof(directory), "%s/lastrun.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	CHECK(freopen("/dev/null", "w", stderr) != NULL); /* it warns */
	log_open("lastrun_test", false, false);
	CHECK(mkdtemp(directory) != NULL);
	failed = test_round(directory, "/etc") ||
		 test_fresh(directory, "/etc") ||
		 test_damage(directory, "/etc");
	CHECK(rmdir(directory) == 0);
	return failed;
}
