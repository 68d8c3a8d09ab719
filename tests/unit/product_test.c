#include <sys/resource.h>
#include <sys/stat.h>

#include <cdb.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/copy.h"
#include "daemon/entry.h"
#include "daemon/product.h"
#include "daemon/temporary.h"
#include "tests/unit/check.h"
#include "tests/unit/files.h"

#define NOBODY 65534

static char dir[] = "/tmp/product_test.XXXXXX";
static char name[] = "rule", target[64], user[] = "nobody";

static const struct rule plain = { .name = name,
	.target = target,
	.max_shrink = -1,
	.mode = (mode_t)-1,
	.owner = (uid_t)-1,
	.group = (gid_t)-1,
	.run_uid = (uid_t)-1,
	.run_gid = (gid_t)-1 };

/* No temporary file of ours stays, whatever happens. */
static bool
is_clean(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *entry;
	bool clean = d != NULL;

	while (d != NULL && (entry = readdir(d)) != NULL)
		if (strncmp(entry->d_name, ".triggerd", 9) == 0)
			clean = false;
	if (d != NULL)
		closedir(d);
	return clean;
}

static struct stat
status(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == -1)
		memset(&st, 0, sizeof(st));
	return st;
}

/* Install "new" over the target as it is now. */
static enum product_outcome
install(
    const struct rule *rule, int64_t base, bool guarded, struct product *out)
{
	struct stamp before;
	enum product_outcome rc;

	stamp_take_plain(target, &before);
	rc = product_install(rule, "state", "new", &before, base, guarded, out);
	return is_clean("live") ? rc : (enum product_outcome) - 1;
}

static int
test_install(void)
{
	struct rule rule = plain;
	struct product out;
	struct stamp now;
	ino_t inode;

	CHECK(put("new", "one\n") == 0);
	CHECK(install(&rule, -1, true, &out) == PRODUCT_INSTALLED);
	CHECK(holds(target, "one\n") && out.records == -1);
	CHECK((status(target).st_mode & 07777) == 0644);
	stamp_take_plain(target, &now);
	CHECK(stamp_equal(&now, &out.target, false));
	CHECK(status("new").st_ino != status(target).st_ino);

	/* As it was: mode and all. */
	CHECK(chmod(target, 0640) == 0 && put("new", "two\n") == 0);
	CHECK(install(&rule, -1, true, &out) == PRODUCT_INSTALLED);
	CHECK(holds(target, "two\n"));
	CHECK((status(target).st_mode & 07777) == 0640);

	/* Equal: the same file stays, owner and mode are set right on it. */
	inode = status(target).st_ino;
	rule.mode = 0604;
	rule.owner = geteuid() == 0 ? 12345 : (uid_t)-1;
	CHECK(install(&rule, -1, true, &out) == PRODUCT_EQUAL);
	CHECK(status(target).st_ino == inode);
	CHECK((status(target).st_mode & 07777) == 0604);
	CHECK(geteuid() != 0 || status(target).st_uid == 12345);
	stamp_take_plain(target, &now);
	CHECK(stamp_equal(&now, &out.target, false));

	/* Same size, other bytes. */
	CHECK(put("new", "tw0\n") == 0);
	CHECK(install(&rule, -1, true, &out) == PRODUCT_INSTALLED);
	CHECK(holds(target, "tw0\n"));
	CHECK(geteuid() != 0 || status(target).st_uid == 12345);
	CHECK((status(target).st_mode & 07777) == 0604);
	return 0;
}

static int
test_big(void)
{
	struct rule rule = plain;
	struct product out;
	char bytes[150001];
	int fd;

	memset(bytes, 'a', sizeof(bytes));
	fd = open("new", O_WRONLY | O_TRUNC | O_CLOEXEC);
	CHECK(write(fd, bytes, sizeof(bytes)) == sizeof(bytes));
	CHECK(install(&rule, -1, true, &out) == PRODUCT_INSTALLED);
	CHECK(status(target).st_size == sizeof(bytes));
	CHECK(install(&rule, -1, true, &out) == PRODUCT_EQUAL);
	CHECK(pwrite(fd, "b", 1, sizeof(bytes) - 1) == 1);
	CHECK(install(&rule, -1, true, &out) == PRODUCT_INSTALLED);
	CHECK(pwrite(fd, "c", 1, 70000) == 1);
	close(fd);
	CHECK(install(&rule, -1, true, &out) == PRODUCT_INSTALLED);
	CHECK(install(&rule, -1, true, &out) == PRODUCT_EQUAL);
	return 0;
}

static int
test_guards(void)
{
	struct rule rule = plain;
	struct product out;
	ino_t inode;

	rule.max_shrink = 50;
	CHECK(put("new", "1\n2\n3\n4\n") == 0);
	CHECK(install(&rule, 2, true, &out) == PRODUCT_INSTALLED);
	CHECK(out.records == 4);
	inode = status(target).st_ino;
	CHECK(put("new", "1\n") == 0);
	CHECK(install(&rule, -1, true, &out) == PRODUCT_REFUSED);
	CHECK(strstr(out.why, "max_shrink") != NULL);
	CHECK(status(target).st_ino == inode);
	CHECK(holds("state/refused/rule", "1\n"));
	CHECK((status("state/refused").st_mode & 07777) == 0700);
	CHECK((status("state/refused/rule").st_mode & 07777) == 0600);
	CHECK(install(&rule, 3, true, &out) == PRODUCT_REFUSED);
	CHECK(install(&rule, 2, true, &out) == PRODUCT_INSTALLED);
	/* A lost target does not lift the guard of a known count. */
	CHECK(unlink(target) == 0);
	CHECK(install(&rule, 3, true, &out) == PRODUCT_REFUSED);
	CHECK(install(&rule, -1, true, &out) == PRODUCT_INSTALLED);

	rule.min_records = 2;
	CHECK(put("new", "0\n") == 0);
	CHECK(install(&rule, -1, true, &out) == PRODUCT_REFUSED);
	CHECK(strstr(out.why, "min_records") != NULL);
	CHECK(install(&rule, -1, false, &out) == PRODUCT_INSTALLED);
	return 0;
}

static int
test_check(void)
{
	struct rule rule = plain;
	struct product out;
	struct cdb_make make;
	int fd = open("new", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	rule.check = RULE_CHECK_CDB;
	CHECK(cdb_make_start(&make, fd) == 0);
	CHECK(cdb_make_add(&make, "key", 3, "value", 5) == 0);
	CHECK(cdb_make_finish(&make) == 0);
	CHECK(install(&rule, -1, true, &out) == PRODUCT_INSTALLED);
	CHECK(out.records == 1);
	CHECK(install(&rule, -1, true, &out) == PRODUCT_EQUAL);
	CHECK(out.records == 1);
	CHECK(pwrite(fd, "x", 1, 2056) == 1);
	close(fd);
	CHECK(install(&rule, -1, true, &out) == PRODUCT_REFUSED);
	CHECK(install(&rule, -1, false, &out) == PRODUCT_REFUSED);
	/* Also where it is already installed. */
	CHECK(put("new", "no cdb") == 0 && put(target, "no cdb") == 0);
	CHECK(install(&rule, -1, false, &out) == PRODUCT_REFUSED);
	return 0;
}

static int
test_raced(void)
{
	struct rule rule = plain;
	struct stamp before;
	struct product out;

	CHECK(put(target, "mine") == 0 && put("new", "new") == 0);
	stamp_take_plain(target, &before);
	CHECK(put("other", "theirs") == 0 && rename("other", target) == 0);
	CHECK(product_install(&rule, "state", "new", &before, -1, true, &out) ==
	      PRODUCT_RACED);
	CHECK(holds(target, "theirs") && is_clean("live"));
	CHECK(unlink(target) == 0);
	CHECK(product_install(&rule, "state", "new", &before, -1, true, &out) ==
	      PRODUCT_RACED);
	stamp_take_plain(target, &before);
	CHECK(put(target, "theirs") == 0);
	CHECK(product_install(&rule, "state", "new", &before, -1, true, &out) ==
	      PRODUCT_RACED);
	return 0;
}

static int
test_failed(void)
{
	struct rule rule = plain;
	struct product out;

	CHECK(unlink("new") == 0);
	CHECK(install(&rule, -1, true, &out) == PRODUCT_FAILED);
	CHECK(strstr(out.why, "wrote no ${new}") != NULL);
	CHECK(symlink(target, "new") == 0);
	CHECK(install(&rule, -1, true, &out) == PRODUCT_FAILED);
	CHECK(unlink("new") == 0 && put("new", "new") == 0);
	CHECK(unlink(target) == 0 && mkdir(target, 0755) == 0);
	CHECK(install(&rule, -1, true, &out) == PRODUCT_FAILED);
	CHECK(out.why[0] != '\0' && rmdir(target) == 0);
	CHECK(rename("live", "away") == 0);
	CHECK(install(&rule, -1, true, &out) != PRODUCT_INSTALLED);
	CHECK(out.why[0] != '\0' && rename("away", "live") == 0);
	return 0;
}

/* The link stays a link; the file behind it is replaced. */
static int
test_symlink(void)
{
	struct rule rule = plain;
	struct product out;
	struct stamp now;

	CHECK(mkdir("real", 0755) == 0 && put("real/file", "old") == 0);
	CHECK(symlink("../middle", target) == 0);
	CHECK(symlink("real/file", "middle") == 0);
	CHECK(install(&rule, -1, true, &out) == PRODUCT_INSTALLED);
	CHECK(S_ISLNK(status(target).st_mode) && is_clean("real"));
	CHECK(S_ISREG(status("real/file").st_mode));
	CHECK(holds("real/file", "new"));
	stamp_take_plain(target, &now);
	CHECK(stamp_equal(&now, &out.target, false));
	CHECK(unlink("real/file") == 0);
	CHECK(install(&rule, -1, true, &out) == PRODUCT_INSTALLED);
	CHECK(holds("real/file", "new"));
	CHECK(unlink("middle") == 0 && symlink("middle", "middle") == 0);
	CHECK(install(&rule, -1, true, &out) == PRODUCT_FAILED);
	CHECK(unlink(target) == 0 && unlink("middle") == 0);
	return 0;
}

static int
test_sweep(void)
{
	struct rule rule = plain;

	CHECK(put("live/.triggerd.rule.aB3xyz", "x") == 0);
	CHECK(put("live/.triggerd.rule.aB3xyz0", "x") == 0);
	CHECK(put("live/.triggerd.rule.aB.xyz", "x") == 0);
	CHECK(put("live/.triggerd.rule.aB3xyz.x", "x") == 0);
	CHECK(put("live/.triggerd.rule2.aB3xyz", "x") == 0);
	CHECK(mkdir("live/.triggerd.rule.abcdef", 0700) == 0);
	temporary_sweep(&rule);
	CHECK(access("live/.triggerd.rule.aB3xyz", F_OK) == -1);
	CHECK(unlink("live/.triggerd.rule.aB3xyz0") == 0);
	CHECK(unlink("live/.triggerd.rule.aB.xyz") == 0);
	CHECK(unlink("live/.triggerd.rule.aB3xyz.x") == 0);
	CHECK(unlink("live/.triggerd.rule2.aB3xyz") == 0);
	CHECK(rmdir("live/.triggerd.rule.abcdef") == 0);
	return 0;
}

/* In a directory of the user's we can do what the user can, and no more. */
static int
test_user(void)
{
	struct rule rule = plain;
	struct product out;

	if (geteuid() != 0)
		return 0;
	rule.user = user;
	rule.run_uid = rule.run_gid = NOBODY;
	CHECK(chown("live", NOBODY, NOBODY) == 0 && chmod(".", 0755) == 0);
	CHECK(chown("new", NOBODY, NOBODY) == 0);
	CHECK(install(&rule, -1, true, &out) == PRODUCT_INSTALLED);
	CHECK(geteuid() == 0 && getegid() == 0 && getgroups(0, NULL) == 1);
	CHECK(status(target).st_uid == NOBODY && holds(target, "new"));

	rule.max_shrink = 0;
	CHECK(put("new", "") == 0 && chown("new", NOBODY, NOBODY) == 0);
	CHECK(install(&rule, 1, true, &out) == PRODUCT_REFUSED);
	CHECK(holds("state/refused/rule", "") && geteuid() == 0);

	rule.owner = 0;
	rule.mode = 0640;
	CHECK(install(&rule, 1, false, &out) == PRODUCT_INSTALLED);
	CHECK(status(target).st_uid == 0 && status(target).st_gid == NOBODY);

	/* A link into a directory of root's opens nothing. */
	CHECK(put("new", "evil") == 0 && put("real/shadow", "root") == 0);
	CHECK(unlink(target) == 0 && symlink("../real/shadow", target) == 0);
	CHECK(install(&rule, 1, false, &out) == PRODUCT_FAILED);
	CHECK(holds("real/shadow", "root") && is_clean("real"));
	CHECK(unlink(target) == 0 && symlink("/proc/self/mem", target) == 0);
	CHECK(install(&rule, 1, false, &out) == PRODUCT_FAILED);
	CHECK(unlink(target) == 0);

	/* Nor does a second name for a file of root's. */
	rule.owner = NOBODY;
	CHECK(chmod("real/shadow", 0644) == 0 && put("new", "root") == 0);
	CHECK(link("real/shadow", target) == 0);
	CHECK(install(&rule, -1, false, &out) == PRODUCT_INSTALLED);
	CHECK(status("real/shadow").st_uid == 0);
	CHECK(status(target).st_uid == NOBODY);
	return 0;
}

/* Install at DIR/NAME, and tell whether root's directory "real" got it. */
static bool
reaches_real(struct rule *rule, const char *path)
{
	char whole[128];
	struct stamp before;
	struct product out;
	enum product_outcome rc;
	bool reached;

	snprintf(whole, sizeof(whole), "%s/%s", dir, path);
	rule->target = whole;
	stamp_take_plain(whole, &before);
	rc = product_install(rule, "state", "new", &before, -1, false, &out);
	rule->target = target;
	reached = unlink("real/out") == 0;
	return reached || rc != PRODUCT_FAILED || geteuid() != 0;
}

/* May somebody else write to a directory of a group's, or can that not be told
 * here? */
static bool
is_anybodys(const char *path, mode_t mode)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool lists = entry_has_list(fd);

	(void)close(fd); /* nothing was written */
	return (mode & S_IWGRP) != 0 && lists;
}

/* Who may write to a directory above the target's may have put there a link
 * to root's, whatever makes it writable. */
static int
test_above(void)
{
	static const struct {
		uid_t uid;
		gid_t gid;
		mode_t mode;
		bool reached;
	} cases[] = {
		{ 0, 0, 0755, true },
		{ NOBODY, 0, 0755, false },
		{ NOBODY, 0, 0555, false },
		{ 0, 4242, 0775, false },
		{ 0, 4243, 0775, true },
		{ 0, 0, 0757, false },
		{ 0, 4242, 01775, false }, /* whose is a link there? */
		{ 0, 0, 01777, false },
	};
	struct rule rule = plain;
	size_t i;
	bool reached;

	if (geteuid() != 0)
		return 0;
	rule.user = user;
	rule.run_uid = NOBODY;
	rule.run_gid = 4242;
	CHECK(put("new", "x") == 0 && chown("new", NOBODY, NOBODY) == 0);
	CHECK(mkdir("above", 0755) == 0 && symlink("above", "way") == 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CHECK(chown("above", cases[i].uid, cases[i].gid) == 0);
		CHECK(chmod("above", cases[i].mode) == 0);
		fprintf(stderr, "above: case %zu\n", i);
		reached =
		    cases[i].reached && !is_anybodys("above", cases[i].mode);
		CHECK(symlink("../real", "above/dir") == 0);
		CHECK(reaches_real(&rule, "above/dir/out") == reached);
		CHECK(reaches_real(&rule, "way/dir/out") == reached);
		CHECK(
		    reaches_real(&rule, "way/../above//./dir/out") == reached);
		CHECK(unlink("above/dir") == 0);
		CHECK(symlink("../real/out", "above/out") == 0);
		CHECK(reaches_real(&rule, "above/out") == reached);
		CHECK(unlink("above/out") == 0 && is_clean("real"));
	}
	/* In a sticky one, root's directory can be moved by nobody else. */
	CHECK(rename("real", "above/real") == 0);
	CHECK(symlink("above/real", "real") == 0);
	CHECK(reaches_real(&rule, "above/real/out"));
	CHECK(chown("above/real", NOBODY, 0) == 0);
	rule.owner = 0;
	CHECK(reaches_real(&rule, "above/real/out"));
	CHECK(unlink("real") == 0 && rename("above/real", "real") == 0);
	return chown("real", 0, 0);
}

/* A file that grows by all that is read of it: a copy of it to its own end. */
static int
test_growing(void)
{
	const struct rlimit some = { 1 << 20, RLIM_INFINITY };
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	struct stat st;
	int from, to;

	CHECK(put("growing", "good\n") == 0);
	from = open("growing", O_RDONLY | O_CLOEXEC);
	to = open("growing", O_WRONLY | O_APPEND | O_CLOEXEC);
	CHECK(from != -1 && to != -1);
	CHECK(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	CHECK(setrlimit(RLIMIT_FSIZE, &some) == 0);
	errno = 0;
	CHECK(copy_bytes(from, to) == -1 && errno == EBUSY);
	CHECK(fstat(from, &st) == 0 && st.st_size == 10);
	CHECK(setrlimit(RLIMIT_FSIZE, &all) == 0);
	close(to);
	return close(from);
}

int
main(void)
{
	char command[64];
	gid_t group = 0;
	int rc;

	CHECK(mkdtemp(dir) != NULL && chdir(dir) == 0);
	CHECK(geteuid() != 0 || setgroups(1, &group) == 0);
	snprintf(target, sizeof(target), "%s/live/target", dir);
	CHECK(mkdir("live", 0755) == 0 && mkdir("state", 0711) == 0);
	rc = test_install() || test_big() || test_guards() || test_check() ||
	     test_raced() || test_failed() || test_symlink() || test_sweep() ||
	     test_user() || test_above() || test_growing();
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command) != 0 || rc;
}
