#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/clock.h"
#include "triggers/touch.h"

static void
explain(struct touch *t, const struct events *events, int error)
{
	const char *what = strerror(error), *limit = "";

	if (error == EINVAL) /* OpenBSD and NetBSD */
		what = "this system does not watch pipes";
	if (error == ENOSPC) {
		what = "limit reached: ";
		limit = events_limit(events);
	}
	(void)snprintf(t->why, sizeof(t->why), "%s%s", what, limit);
}

bool
touch_listen(struct touch *t, struct events *events, const char *path)
{
	bool was_deaf = t->deaf;

	t->handle = events_watch(events, path, EVENTS_TOUCH);
	t->deaf = t->handle == -1;
	if (t->deaf)
		explain(t, events, errno);
	return t->deaf != was_deaf;
}

bool
touch_is_new(struct touch *t, int fd)
{
	struct stat st;
	bool same;

	if (fstat(fd, &st) == -1)
		return false;
	same = clock_is_same(&st.st_mtim, &t->modified_at) &&
	       clock_is_same(&st.st_ctim, &t->changed_at);
	t->modified_at = st.st_mtim;
	t->changed_at = st.st_ctim;
	return !same;
}
