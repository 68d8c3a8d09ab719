/*
 * stale - temporary files that a killed process has left behind.
 */

#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builders/stale.h"
#include "daemon/log.h"

#define RANDOM_LEN (sizeof(STALE_RANDOM) - 1)

/* Where there are no locks, nobody can tell that a file is held by nobody. */
bool
stale_hold(int fd)
{
	struct stat st;

	while (flock(fd, LOCK_EX) == -1)
		if (errno != EINTR)
			return true;
	return fstat(fd, &st) == -1 || st.st_nlink > 0;
}

static bool
is_ours(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_uid == geteuid() &&
	       st->st_nlink == 1;
}

/* Its maker may have renamed it before we have the lock: then the name is gone,
 * or another file's. */
static void
remove_one(int dir_fd, const char *name)
{
	struct stat st, named;
	int fd;

	if (fstatat(dir_fd, name, &named, AT_SYMLINK_NOFOLLOW) == -1 ||
	    !is_ours(&named))
		return;
	fd = openat(dir_fd, name,
	    O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &st) == 0 &&
	    fstatat(dir_fd, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_dev == named.st_dev && st.st_ino == named.st_ino)
		(void)unlinkat(dir_fd, name, 0); /* or it stays */
	(void)close(fd);                         /* nothing was written */
}

/* Is it "prefix" and as many letters and digits as mkstemp(3) makes? */
static bool
is_alike(const char *name, const char *prefix, size_t len)
{
	return strncmp(name, prefix, len) == 0 &&
	       strlen(name + len) == RANDOM_LEN &&
	       strspn(name + len,
		   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		   "abcdefghijklmnopqrstuvwxyz0123456789") == RANDOM_LEN;
}

void
stale_remove(const char *temp)
{
	const char *slash = strrchr(temp, '/');
	const char *prefix = slash == NULL ? temp : slash + 1;
	size_t len = strlen(prefix) - RANDOM_LEN;
	struct dirent *entry;
	char *directory;
	DIR *dir;

	directory = slash == NULL ? strdup(".")
				  : strndup(temp, (size_t)(slash + 1 - temp));
	if (directory == NULL)
		log_fatal("memory");
	dir = opendir(directory);
	free(directory);
	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL)
		if (is_alike(entry->d_name, prefix, len))
			remove_one(dirfd(dir), entry->d_name);
	(void)closedir(dir); /* nothing was written */
}
