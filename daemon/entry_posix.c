/*
 * entry where only a directory can be held.
 *
 * A link is read by its name: whoever may put another one there may, by the
 * rules of who looks, not gain by it.  Where O_SEARCH is missing (OpenBSD,
 * DragonFly), a directory must be readable to be entered.
 */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "daemon/entry.h"

#ifdef O_SEARCH
#define ENTER O_SEARCH
#else
#define ENTER O_RDONLY
#endif
#define HOW (ENTER | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

int
entry_root(void)
{
	return open("/", ENTER | O_DIRECTORY | O_CLOEXEC);
}

int
entry_parent(int dir_fd)
{
	return openat(dir_fd, "..", HOW);
}

/* What is entered is what counts: it may have been mounted by that. */
int
entry_look(struct entry *e, int dir_fd, const char *name, bool leads)
{
	*e = (struct entry){ .fd = -1 };
	if (fstatat(dir_fd, name, &e->st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0 : -1;
	e->there = true;
	if (!leads || !S_ISDIR(e->st.st_mode))
		return 0;
	e->fd = openat(dir_fd, name, HOW);
	return e->fd == -1 ? -1 : fstat(e->fd, &e->st);
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
	(void)e;
	return readlinkat(dir_fd, name, text, room);
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

/* Each system has calls of its own for them, but OpenBSD has none. */
bool
entry_has_list(int dir_fd)
{
#if defined(__OpenBSD__)
	(void)dir_fd;
	return false;
#elif defined(_PC_ACL_EXTENDED) && defined(_PC_ACL_NFS4)
	return fpathconf(dir_fd, _PC_ACL_EXTENDED) != 0 ||
	       fpathconf(dir_fd, _PC_ACL_NFS4) != 0;
#else
	(void)dir_fd;
	return true;
#endif
}
