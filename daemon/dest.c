#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/dest.h"
#include "daemon/log.h"

#define LINKS_MAX 40 /* as the kernel's own limit */

/* ---- who ---- */

static int
list_groups(struct dest *d)
{
	int room = 32, count;
	gid_t *bigger;

	d->own_count = getgroups(0, NULL);
	if (d->own_count == -1)
		return -1;
	d->own_groups =
	    malloc(((size_t)d->own_count + 1) * sizeof(*d->own_groups));
	if (d->own_groups == NULL ||
	    getgroups(d->own_count, d->own_groups) == -1)
		return -1;
	for (;;) {
		bigger =
		    reallocarray(d->user_groups, (size_t)room, sizeof(*bigger));
		if (bigger == NULL)
			return -1;
		d->user_groups = bigger;
		count = room;
		if (getgrouplist(
			d->rule->user, d->rule->run_gid, bigger, &count) != -1)
			break;
		room = count > room ? count : room * 2;
	}
	d->user_count = count;
	return 0;
}

void
dest_enter(struct dest *d)
{
	if (!d->borrowed || d->acting)
		return;
	if (setgroups((size_t)d->user_count, d->user_groups) == -1 ||
	    setegid(d->rule->run_gid) == -1 || seteuid(d->rule->run_uid) == -1)
		log_fatal("%s: act as user %s", d->rule->name, d->rule->user);
	d->acting = true;
}

void
dest_leave(struct dest *d)
{
	if (!d->acting)
		return;
	if (seteuid(getuid()) == -1 || setegid(getgid()) == -1 ||
	    setgroups((size_t)d->own_count, d->own_groups) == -1)
		log_fatal(
		    "%s: stop acting as user %s", d->rule->name, d->rule->user);
	d->acting = false;
}

/* ---- where ---- */

/* Does the user own this directory, or one above it? */
static int
look_at_owners(struct dest *d, const char *dir)
{
	char above[PATH_MAX], *slash;
	struct stat st;

	if ((size_t)snprintf(above, sizeof(above), "%s", dir) >=
	    sizeof(above)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (;;) {
		if (stat(above[0] == '\0' ? "/" : above, &st) == -1)
			return -1;
		if (st.st_uid == d->rule->run_uid)
			d->borrowed = true;
		slash = strrchr(above, '/');
		if (slash == NULL)
			return 0;
		*slash = '\0';
	}
}

/* The path that a link in "dir", which ends in a slash, holds, or NULL with errno (EINVAL: no link). */
static char *
read_link(const char *dir, const char *path)
{
	char text[PATH_MAX], *result;
	ssize_t n;

	n = readlink(path, text, sizeof(text) - 1);
	if (n == -1)
		return NULL;
	text[n] = '\0';
	if (asprintf(&result, "%s%s", text[0] == '/' ? "" : dir, text) == -1)
		return NULL;
	return result;
}

/* Go from link to link.  d->path ends at what is no link, or not there; its
 * directory comes back, to be freed, or NULL with errno. */
static char *
follow(struct dest *d, bool look)
{
	char *dir, *next;
	int links;

	for (links = 0; links < LINKS_MAX; links++) {
		d->name = strrchr(d->path, '/') + 1;
		dir = strndup(d->path, (size_t)(d->name - d->path));
		if (dir == NULL)
			return NULL;
		if (look && look_at_owners(d, dir) == -1)
			goto fail;
		next = read_link(dir, d->path);
		if (next == NULL && (errno == EINVAL || errno == ENOENT))
			return dir;
		if (next == NULL)
			goto fail;
		free(d->path);
		free(dir);
		d->path = next;
	}
	errno = ELOOP;
	return NULL;

fail:
	free(dir);
	return NULL;
}

int
dest_open(struct dest *d, const struct rule *rule)
{
	bool look = geteuid() == 0 && getuid() == 0 && rule->user != NULL &&
		    rule->run_uid != 0 && rule->run_uid != (uid_t)-1;
	char *dir;

	memset(d, 0, sizeof(*d));
	d->rule = rule;
	d->dir_fd = -1;
	d->path = strdup(rule->target);
	if (d->path == NULL)
		goto fail;
	dir = follow(d, look);
	if (dir == NULL)
		goto fail;
	if (d->borrowed && list_groups(d) == -1) {
		free(dir);
		goto fail;
	}
	dest_enter(d);
	d->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	if (d->dir_fd == -1)
		goto fail;
	return 0;

fail:
	dest_close(d);
	return -1;
}

void
dest_close(struct dest *d)
{
	int saved_errno = errno;

	dest_leave(d);
	if (d->dir_fd != -1)
		(void)close(d->dir_fd); /* nothing was written */
	d->dir_fd = -1;
	free(d->path);
	free(d->own_groups);
	free(d->user_groups);
	d->path = NULL;
	d->own_groups = d->user_groups = NULL;
	errno = saved_errno;
}
