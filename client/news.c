#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/news.h"
#include "client/presence.h"

static enum news_outcome
no_daemon(const char *run_dir, char *why, size_t size)
{
	(void)snprintf(why, size, "no daemon is running (%s)", run_dir);
	return NEWS_NO_DAEMON;
}

/* Only for those who may not look at the lock: a process that we may not
 * signal is there all the same. */
static bool
is_alive(pid_t pid)
{
	return kill(pid, 0) == 0 || errno != ESRCH;
}

static enum presence
look(const char *run_dir)
{
	enum presence presence;
	int fd = open(run_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return errno == ENOENT ? PRESENCE_NO : PRESENCE_HIDDEN;
	presence = presence_look(fd);
	(void)close(fd); /* nothing was written */
	return presence;
}

enum news_outcome
news_read(const char *run_dir, struct status *s, char *why, size_t size)
{
	enum presence presence = look(run_dir);
	char path[PATH_MAX];

	if (presence == PRESENCE_NO)
		return no_daemon(run_dir, why, size);
	(void)snprintf(path, sizeof(path), "%s/status", run_dir);
	if (status_read(path, s) == -1) {
		if (errno == ENOENT)
			return no_daemon(run_dir, why, size);
		(void)snprintf(why, size, "%s: %s", path,
		    errno == EILSEQ
			? "not a status file that this version can read"
			: strerror(errno));
		return NEWS_TROUBLE;
	}
	if (presence == PRESENCE_HIDDEN && !is_alive(s->pid)) {
		status_fini(s);
		return no_daemon(run_dir, why, size);
	}
	return NEWS_READ;
}
