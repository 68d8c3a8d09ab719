/*
 * What another user has left is removed, and nothing that it leads to.  How
 * much of it at once, and how deep, is asked for in scratch_test.
 */

#include <sys/stat.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/removal.h"
#include "tests/unit/check.h"
#include "tests/unit/files.h"

static bool swaps; /* somebody waits for the next look at "swapped" */

/* As soon as it has been seen to be a directory, it is none. */
int
unlinkat(int dir_fd, const char *name, int flags)
{
	__typeof__(&unlinkat) next;

	*(void **)&next = dlsym(RTLD_NEXT, "unlinkat");
	if (!swaps || strcmp(name, "swapped") != 0)
		return next(dir_fd, name, flags);
	swaps = false;
	if (next(dir_fd, name, AT_REMOVEDIR) == -1 ||
	    symlinkat("../kept", dir_fd, name) == -1)
		abort();
	errno = EISDIR;
	return -1;
}

static int
empty(const char *path)
{
	return removal_empty(
	    open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), false);
}

static int
test_tree(void)
{
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	CHECK(here != -1);
	CHECK(mkdir("left/d", 0755) == 0 && mkdir("left/d/e", 0755) == 0);
	CHECK(put("left/d/e/.f", "x") == 0 && put("left/g", "x") == 0);
	CHECK(symlink("../kept", "left/way") == 0);
	CHECK(symlink("../../kept/file", "left/d/way") == 0);
	CHECK(empty("left") == 0);
	CHECK(rmdir("left") == 0 && holds("kept/file", "kept"));
	CHECK(mkdir("left", 0755) == 0 && mkdir("left/d", 0755) == 0);
	CHECK(removal_entry(here, "left") == 0);
	CHECK(access("left", F_OK) == -1 && errno == ENOENT);
	CHECK(removal_entry(here, "left") == 0);
	CHECK(mkdir("left", 0755) == 0);
	return close(here);
}

/* Between two looks: the first try fails, the next one sees the link. */
static int
test_swapped(void)
{
	CHECK(mkdir("left/swapped", 0755) == 0);
	swaps = true;
	CHECK(empty("left") == -1 && !swaps);
	CHECK(holds("kept/file", "kept"));
	CHECK(empty("left") == 0);
	CHECK(rmdir("left") == 0 && holds("kept/file", "kept"));
	return 0;
}

int
main(void)
{
	char dir[] = "/tmp/removal_test.XXXXXX", command[64];
	int rc;

	CHECK(mkdtemp(dir) != NULL && chdir(dir) == 0);
	CHECK(mkdir("left", 0755) == 0 && mkdir("kept", 0755) == 0);
	CHECK(put("kept/file", "kept") == 0);
	rc = test_tree() || test_swapped();
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command) != 0 || rc;
}
