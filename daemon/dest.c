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
#include "daemon/entry.h"
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

/* ---- whose are the names? ---- */

static bool
is_in_group(const struct dest *d, gid_t group)
{
	int i;

	for (i = 0; i < d->user_count; i++)
		if (d->user_groups[i] == group)
			return true;
	return group == d->rule->run_gid;
}

/*
 * May the user make this directory's entry lead elsewhere?  The owner may, at
 * least after a chmod(2).  In a sticky directory others may only if the entry
 * is theirs; a link there may be one that they have given a second name.
 */
static bool
is_swappable(const struct dest *d, int dir_fd, const struct stat *dir,
    const struct stat *entry)
{
	bool writable;

	if (dir->st_uid == d->rule->run_uid)
		return true;
	writable = (dir->st_mode & S_IWOTH) != 0 ||
		   ((dir->st_mode & S_IWGRP) != 0 &&
		       (is_in_group(d, dir->st_gid) || entry_has_list(dir_fd)));
	if (!writable || (dir->st_mode & S_ISVTX) == 0)
		return writable;
	return entry->st_uid == d->rule->run_uid || S_ISLNK(entry->st_mode);
}

/* ---- the way ---- */

/* A path while it is walked, entry by entry. */
struct walk {
	int fd; /* of the directory "done"; see entry_root() */
	char done[PATH_MAX], rest[2 * PATH_MAX];
	char name[NAME_MAX + 1]; /* the entry */
	bool last;
	int links;
};

enum step { STEP_FAILED = -1, STEP_ON, STEP_END, STEP_SWAPPABLE };

static int
go_to(struct walk *w, int fd)
{
	if (fd == -1)
		return -1;
	if (w->fd != -1)
		(void)close(w->fd); /* nothing was written */
	w->fd = fd;
	return 0;
}

static int
go_to_root(struct walk *w)
{
	w->done[0] = '\0';
	return go_to(w, entry_root());
}

/* Cut the next name off.  False at the end: the path names a directory. */
static bool
next_name(struct walk *w)
{
	char *start = w->rest + strspn(w->rest, "/"), *end;
	size_t n = strcspn(start, "/");

	if (n == 0 || n > NAME_MAX) {
		errno = n == 0 ? EISDIR : ENAMETOOLONG;
		return false;
	}
	memcpy(w->name, start, n);
	w->name[n] = '\0';
	end = start + n + strspn(start + n, "/");
	w->last = *end == '\0';
	memmove(w->rest, end, strlen(end) + 1);
	return true;
}

static int
go_up(struct walk *w)
{
	char *slash = strrchr(w->done, '/');

	if (slash != NULL)
		*slash = '\0';
	return go_to(w, entry_parent(w->fd));
}

static int
go_down(struct walk *w, const struct entry *e)
{
	size_t used = strlen(w->done);

	if ((size_t)snprintf(w->done + used, sizeof(w->done) - used, "/%s",
		w->name) >= sizeof(w->done) - used) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return go_to(w, entry_enter(e));
}

/* What the link says comes before what is left. */
static int
go_along(struct walk *w, const struct entry *e)
{
	char text[PATH_MAX], rest[sizeof(w->rest)];
	ssize_t n = entry_link(e, w->fd, w->name, text, sizeof(text) - 1);

	if (n == -1)
		return -1;
	text[n] = '\0';
	if (++w->links > LINKS_MAX) {
		errno = ELOOP;
		return -1;
	}
	if ((size_t)snprintf(rest, sizeof(rest), "%s%s%s", text,
		w->last ? "" : "/", w->rest) >= sizeof(rest)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(w->rest, rest, sizeof(rest));
	return text[0] == '/' ? go_to_root(w) : 0;
}

static enum step
take_entry(struct dest *d, struct walk *w, const struct entry *e)
{
	struct stat dir;

	if (fstat(w->fd, &dir) == -1)
		return STEP_FAILED;
	if (d->look && is_swappable(d, w->fd, &dir, &e->st))
		return STEP_SWAPPABLE;
	if (S_ISLNK(e->st.st_mode))
		return go_along(w, e) == -1 ? STEP_FAILED : STEP_ON;
	if (w->last)
		return STEP_END;
	if (!S_ISDIR(e->st.st_mode)) {
		errno = e->there ? ENOTDIR : ENOENT;
		return STEP_FAILED;
	}
	return go_down(w, e) == -1 ? STEP_FAILED : STEP_ON;
}

static enum step
step(struct dest *d, struct walk *w)
{
	struct entry e;
	enum step rc = STEP_FAILED;

	if (!next_name(w))
		return STEP_FAILED;
	if (strcmp(w->name, ".") == 0)
		return STEP_ON;
	if (strcmp(w->name, "..") == 0)
		return go_up(w) == -1 ? STEP_FAILED : STEP_ON;
	if (entry_look(&e, w->fd, w->name, !w->last) == 0)
		rc = take_entry(d, w, &e);
	entry_close(&e);
	return rc;
}

static enum step
walk(struct dest *d, struct walk *w)
{
	enum step rc = STEP_ON;

	memset(w, 0, sizeof(*w));
	w->fd = -1;
	if ((size_t)snprintf(w->rest, sizeof(w->rest), "%s", d->rule->target) >=
	    sizeof(w->rest)) {
		errno = ENAMETOOLONG;
		return STEP_FAILED;
	}
	if (go_to_root(w) == -1)
		return STEP_FAILED;
	while (rc == STEP_ON)
		rc = step(d, w);
	return rc;
}

/* Take over what the walk has found. */
static int
arrive(struct dest *d, const struct walk *w)
{
	if (asprintf(&d->path, "%s/%s", w->done, w->name) == -1) {
		d->path = NULL;
		return -1;
	}
	d->name = strrchr(d->path, '/') + 1;
	d->dir_fd = openat(w->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return d->dir_fd == -1 ? -1 : 0;
}

int
dest_open(struct dest *d, const struct rule *rule)
{
	enum step rc = STEP_FAILED;
	struct walk w = { .fd = -1 };
	int saved_errno;

	memset(d, 0, sizeof(*d));
	d->rule = rule;
	d->dir_fd = -1;
	d->look = geteuid() == 0 && getuid() == 0 && rule->user != NULL &&
		  rule->run_uid != 0 && rule->run_uid != (uid_t)-1;
	if (!d->look || list_groups(d) == 0)
		rc = walk(d, &w);
	if (rc == STEP_SWAPPABLE) {
		/* From the beginning: what we passed, the user may not. */
		(void)close(w.fd); /* nothing was written */
		d->look = false;
		d->borrowed = true;
		dest_enter(d);
		rc = walk(d, &w);
	}
	if (rc == STEP_END && arrive(d, &w) == -1)
		rc = STEP_FAILED;
	saved_errno = errno;
	if (w.fd != -1)
		(void)close(w.fd); /* nothing was written */
	errno = saved_errno;
	if (rc == STEP_END)
		return 0;
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
