/*
 * Where the daemon's question has no answer: what cannot be looked at, or is
 * not mounted, is not gone.
 */

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/asking.h"

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
	return test_blocked() || test_unmounted() || test_far();
}
