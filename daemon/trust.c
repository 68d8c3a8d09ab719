/*
 * trust - who could have written this file?
 */

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/trust.h"

#define LINKS_MAX 40 /* as the kernel's own limit */

int
trust_file(const struct stat *st, uid_t user, char *why, size_t size)
{
	if (st->st_uid != 0 && st->st_uid != geteuid() && st->st_uid != user) {
		(void)snprintf(why, size, "belongs to user %lu",
		    (unsigned long)st->st_uid);
		return -1;
	}
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		(void)snprintf(why, size, "can be written by %s (mode %04o)",
		    (st->st_mode & S_IWOTH) != 0 ? "everybody" : "its group",
		    (unsigned)(st->st_mode & 07777));
		return -1;
	}
	return 0;
}

/* A path while it is followed. */
struct way {
	char done[PATH_MAX]; /* a directory, without links; "": the root */
	struct stat dir;     /* of that */
	char rest[2 * PATH_MAX];
	int links;
	uid_t user;
	char *why;
	size_t size;
};

enum step { STEP_REFUSED = -1, STEP_ON, STEP_END };

static enum step LOG_FORMAT(2, 3) refuse(struct way *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(w->why, w->size, fmt, ap);
	va_end(ap);
	return STEP_REFUSED;
}

static const char *
text_of(const char *dir)
{
	return dir[0] == '\0' ? "/" : dir;
}

static bool
is_trusted(const struct way *w, const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid() ||
	       st->st_uid == w->user;
}

/* May others put something there?  Also whom an access list names, whose mask
 * the group's bits are.  Who is in root's group is trusted with root's files
 * everywhere. */
static bool
is_shared(const struct stat *dir)
{
	return (dir->st_mode & S_IWOTH) != 0 ||
	       ((dir->st_mode & S_IWGRP) != 0 && dir->st_gid != 0);
}

/* Who can write to a directory can put another one in the place of any that it
 * holds; in a sticky one, only of its own, but its owner of each. */
static enum step
enter(struct way *w, const struct stat *st)
{
	const char *dir = text_of(w->done);

	w->dir = *st;
	if ((st->st_mode & S_ISVTX) == 0 && is_shared(st)) {
		if ((st->st_mode & S_IWOTH) != 0)
			return refuse(
			    w, "%s above it can be written by everybody", dir);
		return refuse(w, "%s above it can be written by its group, %lu",
		    dir, (unsigned long)st->st_gid);
	}
	if (!is_trusted(w, st))
		return refuse(w, "%s above it belongs to user %lu", dir,
		    (unsigned long)st->st_uid);
	return STEP_ON;
}

/* To a directory that is above one that we were in, or the root. */
static enum step
go_up(struct way *w, size_t length)
{
	struct stat st;

	w->done[length] = '\0';
	if (lstat(text_of(w->done), &st) == -1)
		return refuse(w, "%s: %s", text_of(w->done), strerror(errno));
	return enter(w, &st);
}

/* What the link says comes before what is left.  Whoever made a link can make
 * another one, where that is not for others to do. */
static enum step
follow(struct way *w, size_t length, const struct stat *st)
{
	char text[PATH_MAX], rest[sizeof(w->rest)];
	ssize_t n;

	if (is_shared(&w->dir) && !is_trusted(w, st))
		return refuse(w, "%s above it belongs to user %lu", w->done,
		    (unsigned long)st->st_uid);
	n = readlink(w->done, text, sizeof(text) - 1);
	if (n == -1)
		return refuse(w, "%s: %s", w->done, strerror(errno));
	text[n] = '\0';
	if (++w->links > LINKS_MAX)
		return STEP_END; /* it leads nowhere */
	if ((size_t)snprintf(rest, sizeof(rest), "%s/%s", text, w->rest) >=
	    sizeof(rest))
		return refuse(w, "%s: %s", w->done, strerror(ENAMETOOLONG));
	memcpy(w->rest, rest, sizeof(rest));
	w->done[length] = '\0';
	return text[0] == '/' ? go_up(w, 0) : STEP_ON;
}

/* "done" has a name more than the directory, where it had this length. */
static enum step
take_name(struct way *w, size_t length)
{
	bool last = w->rest[strspn(w->rest, "/")] == '\0';
	struct stat st;

	if (lstat(w->done, &st) == -1) {
		if (errno == EACCES) /* for us there is no more to see */
			return STEP_END;
		if (errno != ENOENT)
			return refuse(w, "%s: %s", w->done, strerror(errno));
		w->done[length] = '\0';
		if (is_shared(&w->dir))
			return refuse(w,
			    "what is not there others could make in %s",
			    text_of(w->done));
		return STEP_END;
	}
	if (S_ISLNK(st.st_mode))
		return follow(w, length, &st);
	if (last)
		return STEP_END;
	return S_ISDIR(st.st_mode) ? enter(w, &st) : STEP_END;
}

static enum step
step(struct way *w)
{
	char *name = w->rest + strspn(w->rest, "/"), *end;
	size_t n = strcspn(name, "/"), length = strlen(w->done);

	end = name + n;
	if (n == 0)
		return STEP_END;
	if (n == 2 && strncmp(name, "..", n) == 0) {
		memmove(w->rest, end, strlen(end) + 1);
		while (length > 0 && w->done[--length] != '/')
			continue;
		return go_up(w, length);
	}
	if (n > 1 || *name != '.') {
		if (length + 1 + n >= sizeof(w->done))
			return refuse(w, "%s", strerror(ENAMETOOLONG));
		w->done[length] = '/';
		memcpy(w->done + length + 1, name, n);
		w->done[length + 1 + n] = '\0';
	}
	memmove(w->rest, end, strlen(end) + 1);
	return w->done[length] == '\0' ? STEP_ON : take_name(w, length);
}

int
trust_above(const char *path, uid_t user, char *why, size_t size)
{
	struct way w = { .user = user, .why = why, .size = size };
	enum step rc;

	if ((size_t)snprintf(w.rest, sizeof(w.rest), "%s", path) >=
	    sizeof(w.rest)) {
		(void)snprintf(why, size, "%s", strerror(ENAMETOOLONG));
		return -1;
	}
	rc = go_up(&w, 0);
	while (rc == STEP_ON)
		rc = step(&w);
	return rc == STEP_REFUSED ? -1 : 0;
}
