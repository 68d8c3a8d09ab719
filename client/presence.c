#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "client/presence.h"

enum presence
presence_look(int run_fd)
{
	enum presence answer;
	int fd, saved_errno;

	fd = openat(
	    run_fd, "lock", O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return errno == ENOENT ? PRESENCE_NO : PRESENCE_HIDDEN;
	/* Shared, so that two clients do not take each other for a daemon. */
	if (flock(fd, LOCK_SH | LOCK_NB) == 0)
		answer = PRESENCE_NO;
	else
		answer = errno == EWOULDBLOCK ? PRESENCE_YES : PRESENCE_HIDDEN;
	saved_errno = errno;
	(void)close(fd); /* only looked at; this unlocks too */
	errno = saved_errno;
	return answer;
}
