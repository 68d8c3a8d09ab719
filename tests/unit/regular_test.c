/*
 * What is opened to be read, and what is not: the same with /proc and without.
 */

#include <sys/stat.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/regular.h"
#include "tests/unit/check.h"

/* There is no /proc, and so many have wanted it. */
static bool without_proc;
static unsigned wanted;

/* Instead of the C library's. */
int
open(const char *path, int flags, ...)
{
	__typeof__(&open) next;
	int mode = 0;
	va_list ap;

	if (without_proc && strncmp(path, "/proc/", 6) == 0) {
		wanted++;
		errno = ENOENT;
		return -1;
	}
	if ((flags & O_CREAT) != 0) {
		va_start(ap, flags);
		mode = va_arg(ap, int);
		va_end(ap);
	}
	*(void **)&next = dlsym(RTLD_NEXT, "open");
	return next(path, flags, mode);
}

static int
make_all(void)
{
	int fd = creat("file", 0600);

	CHECK(fd != -1 && write(fd, "text", 4) == 4 && close(fd) == 0);
	CHECK(symlink("file", "link") == 0 && symlink("loop", "loop") == 0);
	CHECK(mkdir("dir", 0700) == 0 && symlink("../file", "dir/up") == 0);
	CHECK(mkfifo("pipe", 0600) == 0 && symlink("pipe", "to-pipe") == 0);
	return 0;
}

static int
lowest_fd(void)
{
	int fd = dup(STDERR_FILENO);

	(void)close(fd); /* only its number was wanted */
	return fd;
}

static int
opens(int dir_fd, const char *path)
{
	struct stat st;
	char text[8];
	int fd = regular_open(dir_fd, path, &st);

	CHECK(fd >= 0 && S_ISREG(st.st_mode) && st.st_size == 4);
	CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	CHECK((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	CHECK(read(fd, text, sizeof(text)) == 4);
	CHECK(memcmp(text, "text", 4) == 0 && close(fd) == 0);
	return 0;
}

static int
test_all(void)
{
	int dir_fd = open("dir", O_RDONLY | O_DIRECTORY), before = lowest_fd();
	struct stat st;

	CHECK(dir_fd != -1);
	CHECK(opens(AT_FDCWD, "file") == 0 && opens(AT_FDCWD, "link") == 0);
	CHECK(opens(dir_fd, "up") == 0);
	CHECK(lowest_fd() == before);
	CHECK(regular_open(AT_FDCWD, "dir", &st) == REGULAR_OTHER);
	CHECK(S_ISDIR(st.st_mode));
	CHECK(regular_open(AT_FDCWD, "pipe", &st) == REGULAR_OTHER);
	CHECK(S_ISFIFO(st.st_mode));
	CHECK(regular_open(AT_FDCWD, "to-pipe", &st) == REGULAR_OTHER);
	CHECK(S_ISFIFO(st.st_mode));
	CHECK(regular_open(AT_FDCWD, "gone", &st) == -1 && errno == ENOENT);
	CHECK(regular_open(AT_FDCWD, "loop", &st) == -1 && errno == ELOOP);
	CHECK(regular_open(AT_FDCWD, "file/x", &st) == -1);
	CHECK(errno == ENOTDIR);
	CHECK(lowest_fd() == before && close(dir_fd) == 0);
	return 0;
}

/* Opened once more by the path, which may be something else by now. */
static int
test_only(void)
{
	int before = lowest_fd();
	struct stat st;

	CHECK(regular_only(open("pipe", REGULAR_HOW), &st) == REGULAR_OTHER);
	CHECK(S_ISFIFO(st.st_mode) && lowest_fd() == before);
	CHECK(close(before) == -1 && regular_only(before, &st) == -1);
	CHECK(errno == EBADF);
	return 0;
}

static int
test_without_proc(void)
{
	without_proc = true;
	CHECK(test_all() == 0);
#if defined(__linux__) && !defined(O_SEARCH) /* KQUEUE=1 defines it */
	CHECK(wanted == 3);
#endif
	return 0;
}

int
main(void)
{
	char dir[] = "/tmp/regular_test.XXXXXX", command[64];
	int failed;

	CHECK(mkdtemp(dir) != NULL && chdir(dir) == 0);
	failed = make_all() || test_all() || test_only() || test_without_proc();
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command) != 0 || failed;
}
