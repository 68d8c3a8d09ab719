/*
 * trust - who could have written this file?
 */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/trust.h"

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

static bool
is_sticky(const struct stat *st)
{
	return (st->st_mode & S_ISVTX) != 0;
}

/* Who can write to a directory can put another one in the place of any that it
 * holds; in a sticky one, only of its own. */
static int
look_at(const char *dir, uid_t user, char *why, size_t size)
{
	struct stat st;

	if (stat(dir, &st) == -1) {
		(void)snprintf(why, size, "%s: %s", dir, strerror(errno));
		return -1;
	}
	if (is_sticky(&st))
		return 0;
	if ((st.st_mode & S_IWOTH) != 0) {
		(void)snprintf(
		    why, size, "%s above it can be written by everybody", dir);
		return -1;
	}
	/* Or by whom an access list names, whose mask these bits are.  Who is
	 * in root's group is trusted with root's files everywhere. */
	if ((st.st_mode & S_IWGRP) != 0 && st.st_gid != 0) {
		(void)snprintf(why, size,
		    "%s above it can be written by its group, %lu", dir,
		    (unsigned long)st.st_gid);
		return -1;
	}
	if (st.st_uid != 0 && st.st_uid != geteuid() && st.st_uid != user) {
		(void)snprintf(why, size, "%s above it belongs to user %lu",
		    dir, (unsigned long)st.st_uid);
		return -1;
	}
	return 0;
}

/* The directories that an absolute path goes through; cuts it. */
static int
look_above(char *path, uid_t user, char *why, size_t size)
{
	int rc = 0;
	char *slash;

	while (rc == 0 && (slash = strrchr(path, '/')) != path) {
		*slash = '\0';
		rc = look_at(path, user, why, size);
	}
	return rc == 0 ? look_at("/", user, why, size) : rc;
}

int
trust_above(const char *path, uid_t user, char *why, size_t size)
{
	char *named = strdup(path), *real = realpath(path, NULL);
	int rc = -1;

	if (named == NULL || real == NULL)
		(void)snprintf(why, size, "%s", strerror(errno));
	else if (look_above(named, user, why, size) == 0)
		rc = look_above(real, user, why, size);
	free(named);
	free(real);
	return rc;
}
