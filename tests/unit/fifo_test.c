/*
 * fifo_test - why a pipe could not be had, where its path cannot be looked at.
 */

#include <sys/stat.h>

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/check.h"
#include "triggers/fifo.h"

/* So many calls of lstat(2), but for the first ones, fail. */
static struct {
	int skip, times, error;
} blind;

int
lstat(const char *path, struct stat *st)
{
	__typeof__(&lstat) next;

	*(void **)&next = dlsym(RTLD_NEXT, "lstat");
	if (blind.times == 0 || blind.skip-- > 0)
		return next(path, st);
	blind.times--;
	errno = blind.error;
	return -1;
}

static void
hide(int skip, int times, int error)
{
	blind.skip = skip;
	blind.times = times;
	blind.error = error;
}

static int
test_open(struct fifo *f)
{
	CHECK(fifo_open(f) == 0 && fifo_confirm(f) == 0);
	fifo_close(f);
	hide(0, 1, EIO);
	CHECK(fifo_open(f) == -1 && f->fd == -1 && blind.times == 0);
	CHECK(strcmp(f->why, "lstat: Input/output error") == 0);
	hide(0, 1, EACCES);
	CHECK(fifo_open(f) == -1 && blind.times == 0);
	CHECK(strcmp(f->why, "lstat: Permission denied") == 0);
	/* Removed by somebody else: it is made, but not for ever. */
	hide(0, 2, ENOENT);
	CHECK(fifo_open(f) == 0 && blind.times == 0);
	fifo_close(f);
	hide(0, 3, ENOENT);
	CHECK(fifo_open(f) == -1 && blind.times == 0);
	CHECK(strstr(f->why, "others make and remove it") == f->why);
	return 0;
}

static int
test_confirm(struct fifo *f)
{
	CHECK(fifo_open(f) == 0);
	hide(0, 1, EIO);
	CHECK(fifo_confirm(f) == -1 && blind.times == 0);
	CHECK(strcmp(f->why, "lstat: Input/output error") == 0);
	hide(0, 1, ENOENT);
	CHECK(fifo_confirm(f) == -1 && blind.times == 0);
	CHECK(strcmp(f->why, "replaced meanwhile") == 0);
	CHECK(fifo_confirm(f) == 0 && fifo_is_in_place(f));
	CHECK(unlink(f->path) == 0 && fifo_confirm(f) == -1);
	CHECK(strcmp(f->why, "replaced meanwhile") == 0);
	CHECK(mkfifo(f->path, 0600) == 0 && fifo_confirm(f) == -1);
	CHECK(strcmp(f->why, "replaced meanwhile") == 0);
	fifo_close(f);
	return 0;
}

int
main(void)
{
	char root[] = "/tmp/fifo_test.XXXXXX";
	struct fifo f = { .path = "pipe",
		.owner = (uid_t)-1,
		.group = (gid_t)-1,
		.mode = 0600,
		.inside = true,
		.fd = -1,
		.writer_fd = -1,
		.lock_fd = -1 };
	int failed;

	CHECK(mkdtemp(root) != NULL && chdir(root) == 0);
	failed = test_open(&f) | test_confirm(&f);
	CHECK(unlink("pipe") == 0 && rmdir(root) == 0);
	return failed;
}
