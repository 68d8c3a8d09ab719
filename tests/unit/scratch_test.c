#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/scratch.h"
#include "tests/unit/check.h"
#include "tests/unit/files.h"

#define NOBODY 65534

static char name[] = "rule.name";

static bool
exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static int
test_made(const struct rule *rule, uid_t uid)
{
	struct scratch s = { .build_dir = NULL };
	struct stat st;

	CHECK(scratch_open(&s, "state", rule, false) == 0);
	CHECK(strcmp(s.new_path, "state/build/rule.name/new") == 0);
	CHECK(strcmp(s.deps_path, "state/build/rule.name/deps") == 0);
	CHECK(stat(s.build_dir, &st) == 0 && (st.st_mode & 07777) == 0700);
	CHECK(st.st_uid == uid);
	CHECK(stat(s.cache_dir, &st) == 0 && (st.st_mode & 07777) == 0700);
	CHECK(st.st_uid == uid);
	CHECK(stat("state/build", &st) == 0 && (st.st_mode & 07777) == 0711);
	CHECK(stat("state/cache", &st) == 0 && (st.st_mode & 07777) == 0711);
	scratch_close(&s);
	scratch_close(&s);
	CHECK(s.new_path == NULL);
	return 0;
}

/* Who is not given a place to keep things gets none. */
static int
test_uncached(struct rule *rule)
{
	struct scratch s = { .build_dir = NULL };

	rule->uses_cache = false;
	CHECK(scratch_open(&s, "state", rule, false) == 0);
	CHECK(exists(s.build_dir) && !exists(s.cache_dir));
	scratch_close(&s);
	rule->uses_cache = true;
	return 0;
}

/* What the last run left goes, what its links lead to stays. */
static int
test_emptied(const struct rule *rule)
{
	struct scratch s = { .build_dir = NULL };
	char link[48];
	int i;

	CHECK(mkdir("keep", 0755) == 0 && put("keep/file", "x") == 0);
	CHECK(put("state/build/rule.name/new", "x") == 0);
	CHECK(put("state/cache/rule.name/kept", "x") == 0);
	CHECK(mkdir("state/build/rule.name/d", 0700) == 0);
	CHECK(mkdir("state/build/rule.name/d/e", 0700) == 0);
	CHECK(put("state/build/rule.name/d/e/.f", "x") == 0);
	CHECK(symlink("../../../keep", "state/build/rule.name/dir") == 0);
	CHECK(mkfifo("state/build/rule.name/fifo", 0600) == 0);
	for (i = 0; i < 500; i++) {
		snprintf(link, sizeof(link), "state/build/rule.name/%d", i);
		CHECK(symlink("new", link) == 0);
	}
	CHECK(chmod("state/build/rule.name", 0777) == 0);
	CHECK(scratch_open(&s, "state", rule, false) == 0);
	CHECK(rmdir("state/build/rule.name") == 0);
	CHECK(exists("keep/file") && exists("state/cache/rule.name/kept"));
	scratch_close(&s);
	return 0;
}

/* A link in the directory's own place is not followed. */
static int
test_link(const struct rule *rule)
{
	struct scratch s = { .build_dir = NULL };

	CHECK(symlink("../../keep", "state/build/rule.name") == 0);
	CHECK(scratch_open(&s, "state", rule, false) == -1);
	CHECK(exists("keep/file") && s.new_path == NULL);
	CHECK(unlink("state/build/rule.name") == 0);
	return 0;
}

static int
test_deep(const struct rule *rule)
{
	struct scratch s = { .build_dir = NULL };
	int i;

	CHECK(mkdir("state/build/rule.name", 0700) == 0);
	CHECK(chdir("state/build/rule.name") == 0);
	for (i = 0; i < 40; i++)
		CHECK(mkdir("d", 0700) == 0 && chdir("d") == 0);
	for (i = 0; i < 43; i++)
		CHECK(chdir("..") == 0);
	CHECK(scratch_open(&s, "state", rule, false) == -1 && errno == ELOOP);
	return 0;
}

static int
read_fault(const struct rule *rule, const char *path, const char *reason)
{
	char why[128];
	int fd = scratch_read(rule, path, why, sizeof(why));

	if (fd == -1)
		return strstr(why, reason) == NULL;
	close(fd);
	return reason[0] != '\0';
}

static int
test_read(const struct rule *rule)
{
	CHECK(put("new", "x") == 0 && symlink("new", "link") == 0);
	CHECK(mkfifo("fifo", 0600) == 0);
	CHECK(read_fault(rule, "new", "") == 0);
	CHECK(read_fault(rule, "link", "symbolic link") == 0);
	CHECK(read_fault(rule, "fifo", "not a regular file") == 0);
	CHECK(read_fault(rule, "keep", "not a regular file") == 0);
	CHECK(read_fault(rule, "./nothing", "wrote no ${nothing}") == 0);
	CHECK(link("new", "second") == 0);
	CHECK(read_fault(rule, "new", "more than one name") == 0);
	CHECK(unlink("second") == 0);
	if (geteuid() != 0)
		return 0;
	CHECK(chown("new", 12345, 0) == 0);
	if (rule->user == NULL) {
		CHECK(read_fault(rule, "new", "") == 0);
		return 0;
	}
	CHECK(read_fault(rule, "new", "another user") == 0);
	CHECK(chown("new", 0, 0) == 0);
	CHECK(read_fault(rule, "new", "another user") == 0);
	CHECK(chown("new", rule->run_uid, 0) == 0);
	CHECK(read_fault(rule, "new", "") == 0);
	return 0;
}

/* What the last user left is gone before the next one has the directory, and
 * also after a daemon that died while it removed it. */
static int
test_evicted(struct rule *rule)
{
	struct scratch s = { .build_dir = NULL };
	struct stat st;
	uid_t uid = rule->run_uid;

	CHECK(put("state/cache/rule.name/theirs", "x") == 0);
	CHECK(symlink("/etc/passwd", "state/cache/rule.name/link") == 0);
	rule->run_uid = 12345;
	CHECK(scratch_open(&s, "state", rule, false) == 0);
	scratch_close(&s);
	CHECK(!exists("state/cache/rule.name/theirs"));
	CHECK(!exists("state/cache/rule.name/link"));
	CHECK(put("state/cache/rule.name/kept", "x") == 0);
	CHECK(scratch_open(&s, "state", rule, false) == 0);
	scratch_close(&s);
	CHECK(exists("state/cache/rule.name/kept"));
	CHECK(chmod("state/cache/rule.name", 0) == 0);
	CHECK(scratch_open(&s, "state", rule, false) == 0);
	scratch_close(&s);
	CHECK(!exists("state/cache/rule.name/kept"));
	CHECK(stat("state/cache/rule.name", &st) == 0);
	CHECK(st.st_uid == 12345 && (st.st_mode & 07777) == 0700);
	rule->run_uid = uid;
	return 0;
}

/* A directory where nobody has been need not be looked into, but what comes is
 * seen, also at once, and as soon as there is a look that tells. */
static int
test_left(struct rule *rule)
{
	static const char built[] = "state/build/rule.name";
	static const char file[] = "state/build/rule.name/file";
	struct scratch s = { .build_dir = NULL };
	struct stat st;
	int i;

	for (i = 0; i < 100; i++) {
		CHECK(scratch_open(&s, "state", rule, true) == 0);
		CHECK(!exists(file) && put(file, "x") == 0);
	}
	while (!s.left.known)
		CHECK(scratch_open(&s, "state", rule, true) == 0);
	CHECK(scratch_open(&s, "state", rule, true) == 0 && s.left.known);
	CHECK(s.new_path != NULL);
	CHECK(put(file, "x") == 0);
	CHECK(scratch_open(&s, "state", rule, true) == 0 && !exists(file));
	while (!s.left.known)
		CHECK(scratch_open(&s, "state", rule, true) == 0);
	CHECK(chmod(built, 0755) == 0);
	CHECK(scratch_open(&s, "state", rule, true) == 0);
	CHECK(stat(built, &st) == 0 && (st.st_mode & 07777) == 0700);
	while (!s.left.known)
		CHECK(scratch_open(&s, "state", rule, true) == 0);
	CHECK(rmdir(built) == 0);
	CHECK(scratch_open(&s, "state", rule, true) == 0 && exists(built));
	if (rule->user != NULL) {
		while (!s.left.known)
			CHECK(scratch_open(&s, "state", rule, true) == 0);
		rule->run_gid++;
		CHECK(scratch_open(&s, "state", rule, true) == 0);
		CHECK(stat(built, &st) == 0 && st.st_gid == rule->run_gid);
		rule->run_gid--;
	}
	scratch_close(&s);
	return 0;
}

/* More than is removed at once: this run fails, a later one does not. */
static int
test_many(const struct rule *rule)
{
	char path[64];
	struct scratch s = { .build_dir = NULL };
	int i;

	CHECK(scratch_open(&s, "state", rule, false) == 0);
	scratch_close(&s);
	for (i = 0; i < 20001; i++) {
		snprintf(path, sizeof(path), "state/build/rule.name/%d", i);
		CHECK(symlink("x", path) == 0);
	}
	CHECK(
	    scratch_open(&s, "state", rule, false) == -1 && errno == ENOTEMPTY);
	CHECK(scratch_open(&s, "state", rule, false) == 0);
	scratch_close(&s);
	return 0;
}

/* While the daemon waits, little is removed, and no large file. */
static int
test_brief(const struct rule *rule)
{
	static const char large[] = "state/build/rule.name/large";
	char path[64];
	struct scratch s = { .build_dir = NULL };
	int fd, i;

	for (i = 0; i < 300; i++) {
		snprintf(path, sizeof(path), "state/build/rule.name/%d", i);
		CHECK(put(path, "x") == 0);
	}
	CHECK(scratch_open(&s, "state", rule, true) == 1);
	CHECK(s.new_path != NULL);
	scratch_close(&s);
	CHECK(scratch_open(&s, "state", rule, true) == 0); /* the other 100 */
	scratch_close(&s);

	fd = open(large, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CHECK(fd != -1);
	CHECK(posix_fallocate(fd, 0, 64 << 20) == 0);
	close(fd);
	CHECK(scratch_open(&s, "state", rule, true) == 1 && exists(large));
	scratch_close(&s);
	CHECK(scratch_open(&s, "state", rule, false) == 0 && !exists(large));
	scratch_close(&s);
	return 0;
}

int
main(void)
{
	char dir[] = "/tmp/scratch_test.XXXXXX", command[64], user[] = "nobody";
	struct rule rule = {
		.name = name, .run_uid = (uid_t)-1, .run_gid = (gid_t)-1
	};
	int rc;

	CHECK(mkdtemp(dir) != NULL && chdir(dir) == 0);
	umask(077);
	CHECK(mkdir("state", 0711) == 0);
	rc = test_uncached(&rule) || test_made(&rule, geteuid());
	if (geteuid() == 0) {
		rule.user = user;
		rule.run_uid = rule.run_gid = NOBODY;
		rc = rc || test_made(&rule, NOBODY) || test_evicted(&rule);
	}
	rc = rc || test_left(&rule) || test_many(&rule) || test_brief(&rule) ||
	     test_emptied(&rule) || test_link(&rule) || test_read(&rule) ||
	     test_deep(&rule);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command) != 0 || rc;
}
