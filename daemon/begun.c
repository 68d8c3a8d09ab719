#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/begun.h"
#include "daemon/digest.h"
#include "daemon/syncdir.h"

/* STATE/begun/DIGEST, or STATE/begun for NULL.  Returns 0, or -1 with errno. */
static int
make_path(char *path, size_t size, const char *state_dir, const char *target)
{
	struct digest sum;
	int n;

	if (target == NULL) {
		n = snprintf(path, size, "%s/begun", state_dir);
	} else {
		sum = digest_bytes(target, strlen(target));
		n = snprintf(path, size, "%s/begun/%016" PRIx64 "%016" PRIx64,
		    state_dir, sum.high, sum.low);
	}
	if (n >= 0 && (size_t)n < size)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

int
begun_mark(const char *state_dir, const char *target)
{
	const int how = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
	char path[PATH_MAX], dir[PATH_MAX];
	int fd;

	if (make_path(path, sizeof(path), state_dir, target) == -1 ||
	    make_path(dir, sizeof(dir), state_dir, NULL) == -1)
		return -1;
	fd = open(path, how, 0600);
	if (fd == -1 && errno == ENOENT) {
		/* Another helper may make it just then. */
		if (mkdir(dir, 0700) == -1 && errno != EEXIST)
			return -1;
		fd = open(path, how, 0600);
	}
	if (fd == -1)
		return errno == EEXIST ? 0 : -1;
	(void)close(fd); /* nothing was written */
	return 1;
}

/* The directory itself may be new. */
int
begun_sync(const char *state_dir)
{
	char dir[PATH_MAX];

	if (make_path(dir, sizeof(dir), state_dir, NULL) == -1)
		return -1;
	return syncdir(dir) == -1 ? -1 : syncdir(state_dir);
}

int
begun_has(const char *state_dir, const char *target)
{
	char path[PATH_MAX];
	struct stat st;

	if (make_path(path, sizeof(path), state_dir, target) == -1)
		return -1;
	if (lstat(path, &st) == 0)
		return 1;
	return errno == ENOENT ? 0 : -1;
}

int
begun_forget(const char *state_dir, const char *target)
{
	char path[PATH_MAX];

	if (make_path(path, sizeof(path), state_dir, target) == -1)
		return -1;
	return unlink(path) == -1 && errno != ENOENT ? -1 : 0;
}
