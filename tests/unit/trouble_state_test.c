/*
 * The rest of the state when the machine refuses: what is paused, a scratch
 * directory, the lock of a run, what an earlier daemon has left, a list of
 * instances, the table of mounts.
 */

#include <poll.h>

#include "daemon/list.h"
#include "daemon/mounts.h"
#include "daemon/paused.h"
#include "daemon/runlock.h"
#include "daemon/scratch.h"
#include "daemon/temporary.h"
#include "tests/unit/refusing.h"

#define NOBODY 65534

static char user[] = "nobody", state_dir[] = "state";

static int
test_paused(void)
{
	int before = count_descriptors();

	CHECK(paused_sync("state") == -1 && errno == ENOENT);
	CHECK(paused_write("state", name, true) == 0);
	refuse("fsync", 0, EIO);
	CHECK(paused_sync("state") == -1 && is_met() && errno == EIO);
	refuse("fsync", 0, EINVAL);
	CHECK(paused_sync("state") == 0 && is_met());
	/* Where a file has all the names that it may have. */
	refuse("link", 0, EMLINK);
	CHECK(paused_write("state", "other", true) == 0 && is_met());
	CHECK(paused_read("state", "other") == 1);
	refuse("mkdir", 0, EROFS);
	CHECK(paused_write("state", "third", true) == -1 && errno == EROFS);
	CHECK(is_met() && paused_read("state", "third") == 0);
	refuse("unlink", 0, EROFS);
	CHECK(paused_write("state", name, false) == -1 && errno == EROFS);
	CHECK(is_met() && paused_read("state", name) == 1);
	CHECK(count_descriptors() == before);
	return 0;
}

/* A cache that is to be another user's, and takes long to empty. */
static int
test_cache(const struct rule *theirs)
{
	struct scratch s = { .build_dir = NULL };
	struct rule rule = *theirs;
	char path[64];
	int i;

	rule.user = NULL;
	CHECK(scratch_open(&s, "state", &rule, true) == 0);
	scratch_close(&s);
	for (i = 0; i < 250; i++) {
		snprintf(path, sizeof(path), "state/cache/rule/%d", i);
		CHECK(put(path, "root's") == 0);
	}
	CHECK(scratch_open(&s, "state", theirs, true) == 1);
	scratch_close(&s);
	CHECK(mode_of("state/cache/rule") == 0);
	CHECK(scratch_open(&s, "state", theirs, false) == 0);
	scratch_close(&s);
	CHECK(count_names("state/cache/rule") == 0);
	return 0;
}

/* Nothing that was another user's may be met by the rule's new one. */
static int
test_scratch(void)
{
	struct scratch s = { .build_dir = NULL };
	struct rule rule = plain;
	int before = count_descriptors();

	rule.uses_new = true;
	rule.uses_cache = true;
	CHECK(scratch_open(&s, "state", &rule, true) == 0);
	CHECK(put(s.new_path, "root's") == 0);
	if (geteuid() != 0) {
		scratch_close(&s);
		return 0;
	}
	rule.user = user;
	rule.run_uid = rule.run_gid = NOBODY;
	refuse("fchmod", 0, EROFS);
	CHECK(scratch_open(&s, "state", &rule, true) == -1);
	CHECK(is_met() && errno == EROFS && s.build_dir == NULL);
	CHECK(holds("state/build/rule/new", "root's"));
	/* Emptied, but not given away: the next takes that up. */
	refuse("fchown", 1, EDQUOT);
	CHECK(scratch_open(&s, "state", &rule, true) == -1);
	CHECK(is_met() && errno == EDQUOT);
	CHECK(mode_of("state/build/rule") == 0);
	CHECK(count_names("state/build/rule") == 0);
	CHECK(scratch_open(&s, "state", &rule, true) == 0);
	CHECK(mode_of("state/build/rule") == 0700);
	CHECK(count_descriptors() == before);
	scratch_close(&s);

	CHECK(put("state/build/rule/new", "nobody's") == 0);
	refuse("unlinkat", 0, EROFS);
	CHECK(scratch_open(&s, "state", &rule, true) == -1);
	CHECK(is_met() && errno == EROFS);
	refuse("unlinkat", 0, EROFS);
	CHECK(scratch_remove("state", name) == -1 && is_met());
	CHECK(errno == EROFS && mode_of("state/cache/rule") == 0);
	CHECK(scratch_remove("state", name) == 0);
	CHECK(count_names("state/build") == 0);
	CHECK(rmdir("state/build") == 0 && rmdir("state/cache") == 0);
	refuse("fchmod", 0, EPERM); /* with our umask it can do without */
	CHECK(scratch_open(&s, "state", &rule, true) == 0 && is_met());
	scratch_close(&s);
	CHECK(rename("state/cache", "aside") == 0);
	CHECK(put("state/cache", "a file") == 0);
	CHECK(scratch_open(&s, "state", &rule, true) == -1);
	CHECK(errno == ENOTDIR && scratch_remove("state", name) == -1);
	CHECK(errno == ENOTDIR && unlink("state/cache") == 0);
	CHECK(symlink("nowhere", "state/cache") == 0);
	CHECK(scratch_open(&s, "state", &rule, true) == -1);
	CHECK(unlink("state/cache") == 0);
	CHECK(test_cache(&rule) == 0);
	CHECK(count_descriptors() == before);
	return 0;
}

static int
test_lock(void)
{
	int before = count_descriptors(), fd;
	bool over;

	refuse("flock", 0, ENOLCK);
	CHECK(runlock_take("state/rule.lock") == -1);
	CHECK(is_met() && errno == ENOLCK);
	CHECK(count_descriptors() == before);
	CHECK(symlink("rule.lock", "state/link.lock") == 0);
	CHECK(runlock_take("state/link.lock") == -1 && errno == ELOOP);
	CHECK(runlock_blank("state/link.lock") == -1 && errno == ELOOP);
	CHECK(count_descriptors() == before);
	/* Whether it is held is no word of who cannot look. */
	CHECK(runlock_is_held("state/link.lock") == -1 && errno == ELOOP);
	refuse("flock", 0, ENOLCK);
	CHECK(runlock_is_held("state/rule.lock") == -1);
	CHECK(is_met() && errno == ENOLCK);
	CHECK(count_descriptors() == before);
	fd = runlock_take("state/rule.lock");
	CHECK(fd != -1);
	/* It goes with the last who has it open. */
	refuse("flock", 0, EIO);
	runlock_release(fd, name);
	CHECK(is_met() && count_descriptors() == before);
	fd = runlock_take("state/rule.lock");
	CHECK(fd != -1);
	runlock_release(fd, name);
	/* Who cannot be named is nobody, and no run before him. */
	refuse("pwrite", 0, ENOSPC);
	CHECK(runlock_blank("state/rule.lock") == -1 && is_met());
	CHECK(errno == ENOSPC && count_descriptors() == before);
	fd = runlock_blank("state/rule.lock");
	CHECK(fd != -1);
	refuse("pwrite", 0, ENOSPC);
	runlock_sign(fd, "state/rule.lock", getpid());
	CHECK(is_met() && runlock_holder("state/rule.lock", &over) == 0);
	CHECK(!over && ftruncate(fd, 0) == 0);
	CHECK(runlock_holder("state/rule.lock", &over) == 0 && !over);
	CHECK(runlock_rest("state/rule.lock") == 0);
	CHECK(runlock_holder("state/none.lock", &over) == 0 && !over);
	return close(fd);
}

/* ---- what an earlier daemon has left ---- */

static int
test_sweep(void)
{
	struct rule rule = plain, plain_rule = { .name = name };
	struct rule_set set = {
		.rules = &rule, .rule_count = 1, .state_dir = state_dir
	};
	char left[] = "live/.triggerd.rule.abcdef";
	int before = count_descriptors();

	temporary_sweep(&plain_rule); /* it has no target */
	CHECK(put(target, "") == 0 && put(left, "half") == 0);
	CHECK(unlink("state/rule.lock") == 0);
	temporary_sweep_all(&set); /* never run: nothing is left */
	CHECK(count_names("live") == 2);
	CHECK(symlink("nowhere", "state/rule.lock") == 0);
	temporary_sweep_all(&set);
	CHECK(count_names("live") == 2 && unlink("state/rule.lock") == 0);
	CHECK(put("state/rule.lock", "") == 0);
	refuse("unlinkat", 0, EBUSY);
	temporary_sweep_all(&set);
	CHECK(is_met() && count_names("live") == 2);
	refuse("fdopendir", 0, ENOMEM);
	temporary_sweep_all(&set);
	CHECK(is_met() && count_names("live") == 2);
	refuse("unlink", 0, EROFS);
	temporary_sweep_all(&set);
	CHECK(is_met() && count_names("live") == 1);
	CHECK(rename("live", "away") == 0 && put("live", "a file") == 0);
	temporary_sweep_all(&set);
	CHECK(unlink("live") == 0 && symlink("live", "live") == 0);
	temporary_sweep_all(&set);
	CHECK(unlink("live") == 0 && rename("away", "live") == 0);
	CHECK(count_descriptors() == before);
	return 0;
}

/* ---- a list of instances ---- */

/* What could not be read to its end is no list, and no shorter one. */
static int
test_list(void)
{
	static char echo[] = "/bin/echo", a[] = "a", b[] = "b";
	char *words[] = { echo, a, b, NULL }, *none[] = { NULL };
	struct rule list = plain;
	struct list_answer answer;
	int before = count_descriptors();

	list.program = echo;
	list.command = words;
	list.env = none;
	CHECK(mkdir("state/list", 0755) == 0);
	memset(&answer, 0, sizeof(answer));
	refuse("read", 0, EIO);
	list_run(&list, "state", -1, &answer);
	CHECK(is_met() && answer.outcome == LIST_FAILED);
	CHECK(strcmp(answer.why, "its output: Input/output error") == 0);
	CHECK(count_names("state/list") == 0);
	CHECK(count_descriptors() == before);
	/* Nor what cannot be put down. */
	memset(&answer, 0, sizeof(answer));
	refuse("open", 1, EROFS); /* the first is for its input */
	list_run(&list, "state", -1, &answer);
	CHECK(is_met() && answer.outcome == LIST_FAILED);
	CHECK(strstr(answer.why, "state/list/.rule: Read-only") != NULL);
	memset(&answer, 0, sizeof(answer));
	refuse("unlink", 0, EBUSY);
	list_run(&list, "state", -1, &answer);
	CHECK(is_met() && answer.outcome == LIST_FAILED);
	memset(&answer, 0, sizeof(answer));
	refuse("fsync", 0, EDQUOT);
	list_run(&list, "state", -1, &answer);
	CHECK(is_met() && answer.outcome == LIST_FAILED);
	CHECK(strstr(answer.why, "Disk quota") != NULL);
	CHECK(count_descriptors() == before);
	memset(&answer, 0, sizeof(answer));
	refuse("read", 0, EINTR);
	list_run(&list, "state", -1, &answer);
	CHECK(is_met() && answer.outcome == LIST_NEW);
	CHECK(count_names("state/list") == 1);
	CHECK(count_descriptors() == before);
	return 0;
}

/* ---- the table of mounts ---- */

/* Of what is polled; others may mount something meanwhile. */
static enum { NEWS_REAL, NEWS_NONE, NEWS_ONCE } news;

int
poll(struct pollfd *fds, nfds_t count, int timeout)
{
	int (*next)(struct pollfd *, nfds_t, int);

	*(void **)&next = dlsym(RTLD_NEXT, "poll");
	if (news == NEWS_REAL)
		return next(fds, count, timeout);
	if (news == NEWS_NONE)
		return 0;
	news = NEWS_NONE;
	return 1;
}

/* The kernel tells once that it has changed.  Who could not read it then must
 * not believe the old one for ever: an empty mount point is no empty list. */
static int
test_mounts(void)
{
	struct mounts m = { .list = NULL };
	int before = count_descriptors();
	size_t count;

	CHECK(mounts_refresh(&m) == 0);
	count = m.count;
	if (m.fd == 0) /* no /proc */
		return 0;
	news = NEWS_ONCE;
	refuse("pread", 0, EIO);
	CHECK(mounts_refresh(&m) == -1 && is_met() && errno == EIO);
	CHECK(m.count == count && count_descriptors() <= before + 1);
	preads = 0;
	CHECK(mounts_refresh(&m) == 0 && preads > 0 && m.count > 0);
	preads = 0;
	CHECK(mounts_refresh(&m) == 0 && preads == 0);
	news = NEWS_REAL;
	mounts_fini(&m);
	CHECK(count_descriptors() == before);
	return 0;
}

int
main(void)
{
	int rc;

	CHECK(enter_directory() == 0);
	rc = test_paused() || test_scratch() || test_lock() || test_sweep() ||
	     test_list() || test_mounts();
	return leave_directory() != 0 || rc;
}
