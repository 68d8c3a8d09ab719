/*
 * disk on Linux: renameat2(2) and syncfs(2).
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "queue/disk.h"

int
disk_rename_new(int dir_fd, const char *from, const char *to)
{
	struct stat st;
	int rc = renameat2(dir_fd, from, dir_fd, to, RENAME_NOREPLACE);

	if (rc == 0 || (errno != EINVAL && errno != ENOSYS))
		return rc;
	if (fstatat(dir_fd, to, &st, AT_SYMLINK_NOFOLLOW) == 0)
		errno = EEXIST;
	else if (errno == ENOENT)
		rc = renameat(dir_fd, from, dir_fd, to);
	return rc;
}

int
disk_settle(int dir_fd)
{
	return syncfs(dir_fd);
}
