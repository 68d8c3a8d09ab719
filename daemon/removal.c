#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "daemon/removal.h"

/* How deep a tree we empty: each level costs a descriptor and some stack, and
 * what lies there is another user's work. */
#define DEPTH_MAX 32
/* How much we remove before a run: children that were left behind may make
 * files faster than we remove them.  The next try goes on with the rest. */
#define REMOVE_MAX 20000
/* What may be removed while the daemon waits: files, or pieces of them, for to
 * free their space takes time too. */
#define BRIEF_MAX 200
#define PIECE (256 << 10)

struct budget {
	int left;
	bool briefly;
};

static int empty_dir(int fd, int depth, struct budget *b);

/* Files with more names than one keep their space. */
static void
charge(struct budget *b, int dir_fd, const char *name)
{
	struct stat st;
	intmax_t pieces;

	if (!b->briefly ||
	    fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    !S_ISREG(st.st_mode) || st.st_nlink > 1)
		return;
	pieces = (intmax_t)st.st_blocks * 512 / PIECE;
	b->left -= pieces < b->left ? (int)pieces : b->left;
}

/* A name that becomes a symbolic link between two looks is not followed: it
 * fails the run of the user who did it. */
static int
remove_entry(int dir_fd, const char *name, int depth, struct budget *b)
{
	int fd;

	charge(b, dir_fd, name);
	if (b->left-- <= 0) {
		errno = ENOTEMPTY;
		return -1;
	}
	if (unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM) /* POSIX says EPERM */
		return -1;
	if (depth == DEPTH_MAX) {
		errno = ELOOP;
		return -1;
	}
	fd = openat(
	    dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 || empty_dir(fd, depth + 1, b) == -1)
		return -1;
	return unlinkat(dir_fd, name, AT_REMOVEDIR);
}

/* Remove what is in the directory, as far as the budget goes.  Closes fd. */
static int
empty_dir(int fd, int depth, struct budget *b)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;
	int rc = 0, saved_errno;

	if (dir == NULL) {
		(void)close(fd); /* nothing was written */
		return -1;
	}
	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (entry == NULL) {
			rc = errno == 0 ? 0 : -1;
			break;
		}
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		rc = remove_entry(dirfd(dir), entry->d_name, depth, b);
		if (rc == -1)
			break;
	}
	saved_errno = errno;
	(void)closedir(dir); /* was only read */
	errno = saved_errno;
	return rc;
}

int
removal_empty(int fd, bool briefly)
{
	struct budget b = { briefly ? BRIEF_MAX : REMOVE_MAX, briefly };

	return empty_dir(fd, 0, &b);
}

int
removal_entry(int dir_fd, const char *name)
{
	struct budget b = { REMOVE_MAX, false };

	return remove_entry(dir_fd, name, 0, &b);
}
