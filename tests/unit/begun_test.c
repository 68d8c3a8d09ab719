/*
 * Marks that two make at once: a helper for each of two targets, where there is
 * no directory for them yet.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/begun.h"
#include "tests/unit/check.h"

static int made_elsewhere;

/* For the one in libc: another helper is quicker. */
int
mkdir(const char *path, mode_t mode)
{
	int rc = mkdirat(AT_FDCWD, path, mode);

	made_elsewhere += rc == 0;
	if (rc == 0)
		errno = EEXIST;
	return -1;
}

static int
test_two(const char *dir)
{
	CHECK(begun_has(dir, "/one") == 0);
	CHECK(begun_mark(dir, "/one") == 1);
	CHECK(made_elsewhere == 1);
	CHECK(begun_has(dir, "/one") == 1 && begun_has(dir, "/two") == 0);
	CHECK(begun_mark(dir, "/one") == 0 && begun_mark(dir, "/two") == 1);
	CHECK(begun_sync(dir) == 0);
	CHECK(begun_forget(dir, "/one") == 0 && begun_forget(dir, "/one") == 0);
	CHECK(begun_has(dir, "/one") == 0 && begun_has(dir, "/two") == 1);
	return 0;
}

int
main(void)
{
	char dir[] = "/tmp/begun_test.XXXXXX", command[64];
	int rc;

	CHECK(mkdtemp(dir) != NULL);
	rc = test_two(dir);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command) != 0 || rc;
}
