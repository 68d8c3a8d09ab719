#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "daemon/copy.h"
#include "daemon/refused.h"

/* Beside the products that are kept; no rule is called so. */
static void
make_temp(char *buf, size_t size, const char *name)
{
	snprintf(buf, size, ".%s", name);
}

static int
write_copy(int dir_fd, const char *temp, int from)
{
	int to, rc;

	to = openat(dir_fd, temp,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to == -1)
		return -1;
	rc = copy_bytes(from, to);
	if (close(to) == -1)
		rc = -1;
	return rc;
}

int
refused_keep(
    const char *state_dir, const char *name, int fd, char *path, size_t size)
{
	char temp[256];
	int dir_fd, rc = -1, saved_errno;

	snprintf(path, size, "%s/refused", state_dir);
	make_temp(temp, sizeof(temp), name);
	if (mkdir(path, 0700) == -1 && errno != EEXIST)
		return -1;
	dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir_fd == -1)
		return -1;
	snprintf(path, size, "%s/refused/%s", state_dir, name);
	if (write_copy(dir_fd, temp, fd) == 0)
		rc = renameat(dir_fd, temp, dir_fd, name);
	saved_errno = errno;
	if (rc == -1)
		(void)unlinkat(dir_fd, temp, 0); /* it may not be there */
	(void)close(dir_fd); /* nothing was written through it */
	errno = saved_errno;
	return rc;
}

int
refused_remove(const char *state_dir, const char *name)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/refused/%s", state_dir, name);
	return unlink(path) == -1 && errno != ENOENT ? -1 : 0;
}

int
refused_sweep(const char *state_dir, const char *name)
{
	char path[PATH_MAX], temp[256];

	make_temp(temp, sizeof(temp), name);
	(void)snprintf(path, sizeof(path), "%s/refused/%s", state_dir, temp);
	return unlink(path) == -1 && errno != ENOENT ? -1 : 0;
}
