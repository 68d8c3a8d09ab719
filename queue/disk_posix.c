/*
 * disk where there is sync(2) only, which may return before all is written: the
 * BSDs write what changes a directory at once, or in order.
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

	if (fstatat(dir_fd, to, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return errno == ENOENT ? renameat(dir_fd, from, dir_fd, to) : -1;
}

int
disk_settle(int dir_fd)
{
	sync();
	return fsync(dir_fd);
}
