/*
 * entry on Linux: O_PATH holds anything, whatever may be done with it.
 */

#include <sys/xattr.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "daemon/entry.h"

#define HOW (O_PATH | O_NOFOLLOW | O_CLOEXEC)
#define ACCESS_LIST "system.posix_acl_access"

int
entry_root(void)
{
	return open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int
entry_parent(int dir_fd)
{
	return openat(dir_fd, "..", HOW | O_DIRECTORY);
}

/* O_DIRECTORY mounts what is mounted on demand. */
static int
open_entry(int dir_fd, const char *name, bool leads)
{
	int fd = -1;

	if (leads)
		fd = openat(dir_fd, name, HOW | O_DIRECTORY);
	if (fd == -1 && (!leads || errno == ENOTDIR || errno == ELOOP))
		fd = openat(dir_fd, name, HOW);
	return fd;
}

int
entry_look(struct entry *e, int dir_fd, const char *name, bool leads)
{
	*e = (struct entry){ .fd = open_entry(dir_fd, name, leads) };
	if (e->fd == -1)
		return errno == ENOENT ? 0 : -1;
	e->there = true;
	return fstat(e->fd, &e->st);
}

int
entry_enter(const struct entry *e)
{
	return fcntl(e->fd, F_DUPFD_CLOEXEC, 0);
}

ssize_t
entry_link(const struct entry *e, int dir_fd, const char *name, char *text,
    size_t room)
{
	(void)dir_fd;
	(void)name;
	return readlinkat(e->fd, "", text, room);
}

void
entry_close(struct entry *e)
{
	int saved_errno = errno;

	if (e->fd != -1)
		(void)close(e->fd); /* nothing was written */
	e->fd = -1;
	errno = saved_errno;
}

/* The group's bits are also the mask of such a list. */
bool
entry_has_list(int dir_fd)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool none = fd != -1 && fgetxattr(fd, ACCESS_LIST, NULL, 0) == -1 &&
		    (errno == ENODATA || errno == ENOTSUP);

	if (fd != -1)
		(void)close(fd); /* nothing was written */
	return !none;
}
