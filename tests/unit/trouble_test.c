/*
 * What is written when the machine refuses in the middle of it: what was there
 * stays, nothing half is left, no descriptor is lost, and the reason is kept.
 */

#include "daemon/product.h"
#include "daemon/record.h"
#include "daemon/refused.h"
#include "tests/unit/refusing.h"

#define NOBODY 65534

/* ---- a product ---- */

/* Install "new" over "old" while this is refused. */
static bool
ends_with(const struct rule *rule, enum product_outcome expected,
    const char *call, int skip, int error, const char *why)
{
	struct stamp before;
	struct product out;
	enum product_outcome rc;
	int descriptors;

	if (put("new", "new\n") == -1 || put(target, "old\n") == -1 ||
	    chmod(target, 0640) == -1)
		return false;
	stamp_take_plain(target, &before);
	descriptors = count_descriptors();
	refuse(call, skip, error);
	rc = product_install(rule, "state", "new", &before, -1, true, &out);
	if (rc != expected || !is_met() || strstr(out.why, why) == NULL ||
	    count_descriptors() != descriptors)
		return false;
	return mode_of(target) == 0640 && count_names("live") == 1;
}

static int
test_product(void)
{
	struct rule rule = plain;
	struct product out;
	struct stamp before;

	/* Before the rename the old one stays. */
	CHECK(ends_with(
	    &rule, PRODUCT_FAILED, "getentropy", 0, ENOSYS, "temporary file"));
	CHECK(ends_with(&rule, PRODUCT_FAILED, "fsync", 0, EIO,
	    "fsync: Input/output error"));
	CHECK(ends_with(&rule, PRODUCT_FAILED, "fsync", 0, EINVAL, "fsync"));
	CHECK(ends_with(&rule, PRODUCT_FAILED, "renameat", 0, EIO,
	    "rename: Input/output error"));
	CHECK(ends_with(&rule, PRODUCT_FAILED, "fchmod", 0, EROFS,
	    "set owner and mode: Read-only"));
	CHECK(holds(target, "old\n"));
	/* Behind it it is there, and not for certain. */
	CHECK(ends_with(&rule, PRODUCT_FAILED, "fsync", 1, EIO,
	    "fsync of the directory: Input/output error"));
	CHECK(holds(target, "new\n"));
	/* Some file systems have nothing to sync there. */
	CHECK(ends_with(&rule, PRODUCT_INSTALLED, "fsync", 1, EINVAL, ""));
	CHECK(holds(target, "new\n"));

	/* What leads to no file. */
	CHECK(unlink(target) == 0 && symlink("/", target) == 0);
	stamp_take_plain(target, &before);
	CHECK(product_install(&rule, "state", "new", &before, -1, true, &out) ==
	      PRODUCT_FAILED);
	CHECK(strstr(out.why, "open its directory: Is a directory") != NULL);
	CHECK(unlink(target) == 0);

	/* An equal one that stays. */
	CHECK(put("new", "old\n") == 0 && put(target, "old\n") == 0);
	CHECK(chmod(target, 0640) == 0);
	rule.mode = 0604;
	stamp_take_plain(target, &before);
	refuse("fchmod", 0, EROFS);
	CHECK(product_install(&rule, "state", "new", &before, -1, true, &out) ==
	      PRODUCT_FAILED);
	CHECK(is_met() && strstr(out.why, "set owner and mode") != NULL);
	CHECK(mode_of(target) == 0640);
	return 0;
}

static int
test_owner(void)
{
	struct rule rule = plain;

	if (geteuid() != 0)
		return 0;
	/* Of a file that was another's: who may not give it away keeps it. */
	CHECK(put(target, "") == 0 && chown(target, NOBODY, NOBODY) == 0);
	CHECK(ends_with(&rule, PRODUCT_INSTALLED, "fchown", 0, EPERM, ""));
	CHECK(chown(target, NOBODY, NOBODY) == 0);
	CHECK(ends_with(&rule, PRODUCT_FAILED, "fchown", 0, EDQUOT,
	    "set owner and mode: Disk quota"));
	CHECK(holds(target, "old\n"));
	/* Whom the rule names it must belong to. */
	rule.owner = 0;
	CHECK(ends_with(&rule, PRODUCT_FAILED, "fchown", 0, EPERM,
	    "set owner and mode: Operation not permitted"));
	CHECK(holds(target, "old\n"));
	return 0;
}

/* A temporary file that cannot be removed is by the next installation. */
static int
test_left(void)
{
	struct rule rule = plain;
	struct stamp before;
	struct product out;

	rule.min_records = 2;
	CHECK(put("new", "1\n") == 0 && put(target, "old\n") == 0);
	stamp_take_plain(target, &before);
	refuse("unlinkat", 0, EBUSY);
	CHECK(product_install(&rule, "state", "new", &before, -1, true, &out) ==
	      PRODUCT_REFUSED);
	CHECK(is_met() && count_names("live") == 2);
	CHECK(product_install(&rule, "state", "new", &before, -1, false,
		  &out) == PRODUCT_INSTALLED);
	CHECK(count_names("live") == 1);
	return 0;
}

/* One that is refused and cannot be kept is refused. */
static int
test_refused(void)
{
	struct rule rule = plain;
	struct product out;
	struct stamp stamp;
	char path[128];
	int fd = open("new", O_RDONLY | O_CLOEXEC), before;

	CHECK(fd != -1 && put("state/refused/rule", "first") == 0);
	before = count_descriptors();
	refuse("renameat", 0, ENOSPC);
	CHECK(refused_keep("state", name, fd, path, sizeof(path)) == -1);
	CHECK(is_met() && errno == ENOSPC);
	CHECK(count_names("state/refused") == 1);
	CHECK(holds("state/refused/rule", "first"));
	refuse("close", 0, EDQUOT);
	CHECK(refused_keep("state", name, fd, path, sizeof(path)) == -1);
	CHECK(is_met() && errno == EDQUOT);
	CHECK(count_names("state/refused") == 1);
	CHECK(holds("state/refused/rule", "first"));
	CHECK(rename("state/refused", "aside") == 0);
	CHECK(put("state/refused", "a file") == 0);
	CHECK(put("new", "1\n") == 0 && put(target, "old\n") == 0);
	stamp_take_plain(target, &stamp);
	rule.min_records = 2;
	CHECK(product_install(&rule, "state", "new", &stamp, -1, true, &out) ==
	      PRODUCT_REFUSED);
	CHECK(holds(target, "old\n") && count_names("live") == 1);
	CHECK(refused_keep("state", name, fd, path, sizeof(path)) == -1);
	CHECK(errno == ENOTDIR && strcmp(path, "state/refused") == 0);
	CHECK(unlink("state/refused") == 0);
	CHECK(symlink("nowhere/at/all", "state/refused") == 0);
	CHECK(refused_keep("state", name, fd, path, sizeof(path)) == -1);
	CHECK(unlink("state/refused") == 0);
	CHECK(rename("state", "elsewhere") == 0);
	CHECK(refused_keep("state", name, fd, path, sizeof(path)) == -1);
	CHECK(errno == ENOENT && rename("elsewhere", "state") == 0);
	CHECK(count_descriptors() == before);
	return close(fd);
}

/* ---- a record ---- */

static int64_t
recorded(void)
{
	struct stamp_past past;
	int64_t records = -2;

	if (record_read("state", RECORD_DONE, name, &past) == 0 &&
	    past.exists && !past.damaged)
		records = past.records;
	stamp_past_fini(&past);
	return records;
}

/* The file without a name, and a state directory whose names do not fit. */
static int
test_spare(const struct stamp_past *past)
{
	static char state[PATH_MAX];
	struct stamp_past back;
	struct stamp stamp;
	int fd = record_spare("state");

	CHECK(fd != -1);
	refuse("ftruncate", 0, EIO);
	CHECK(record_write_fd(fd, past) == -1 && is_met() && errno == EIO);
	CHECK(record_write_fd(fd, past) == 0);
	refuse("fstat", 0, EIO);
	CHECK(record_read_fd(fd, &back) == -1 && is_met() && errno == EIO);
	stamp_past_fini(&back);
	close(fd);

	memset(state, 'x', sizeof(state) - 1);
	CHECK(record_write(state, RECORD_DONE, name, past) == -1);
	CHECK(errno == ENAMETOOLONG);
	CHECK(record_remove(state, RECORD_DONE, name) == -1);
	CHECK(errno == ENAMETOOLONG);
	CHECK(record_stamp(state, RECORD_DONE, name, &stamp) == -1);
	CHECK(errno == ENAMETOOLONG);
	CHECK(record_sweep(state) == -1 && errno == ENAMETOOLONG);
	CHECK(record_read(state, RECORD_DONE, name, &back) == -1);
	stamp_past_fini(&back);
	return 0;
}

static int
test_record(void)
{
	static const struct {
		const char *call;
		int skip, error;
		bool written;
	} cases[] = {
		{ "fsync", 0, EIO, false },
		{ "fsync", 0, EINVAL, false },
		{ "close", 0, EDQUOT, false },
		{ "rename", 0, ENOSPC, false },
		{ "fsync", 1, EIO, true },
	};
	struct stamp_past past = { .exists = true, .records = 0 };
	int before;
	size_t i;

	/* The directory is new, and its name must reach the disk. */
	refuse("fsync", 0, EIO);
	CHECK(record_write("state", RECORD_DONE, name, &past) == -1);
	CHECK(is_met() && errno == EIO && recorded() == -2);
	CHECK(rmdir("state/record") == 0);
	refuse("fsync", 0, EINVAL);
	CHECK(record_write("state", RECORD_DONE, name, &past) == 0);
	CHECK(is_met());
	before = count_descriptors();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		past.records++;
		refuse(cases[i].call, cases[i].skip, cases[i].error);
		CHECK(record_write("state", RECORD_DONE, name, &past) == -1);
		CHECK(is_met() && errno == cases[i].error);
		CHECK((recorded() == past.records) == cases[i].written);
		CHECK(count_names("state/record") == 1);
		CHECK(count_descriptors() == before);
	}
	refuse("fsync", 1, EINVAL);
	CHECK(record_write("state", RECORD_DONE, name, &past) == 0);
	CHECK(is_met());
	CHECK(test_spare(&past) == 0 && count_descriptors() == before);

	refuse("unlink", 0, EROFS);
	CHECK(record_remove("state", RECORD_DONE, name) == -1);
	CHECK(is_met() && errno == EROFS && recorded() == past.records);
	refuse("fsync", 0, EIO);
	CHECK(record_remove("state", RECORD_DONE, name) == -1);
	CHECK(is_met() && errno == EIO && recorded() == -2);

	CHECK(put("state/record/.triggerd.one", "half") == 0);
	CHECK(put("state/record/.triggerd.two", "half") == 0);
	refuse("unlinkat", 0, EBUSY);
	CHECK(record_sweep("state") == -1 && is_met());
	CHECK(count_names("state/record") == 1);
	CHECK(record_sweep("state") == 0 && count_names("state/record") == 0);
	CHECK(count_descriptors() == before);
	return 0;
}

int
main(void)
{
	int rc;

	CHECK(enter_directory() == 0);
	rc = test_product() || test_owner() || test_left() || test_refused() ||
	     test_record();
	return leave_directory() != 0 || rc;
}
