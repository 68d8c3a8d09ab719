/*
 * trust - who could have written this file?
 */

#include <errno.h>
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

static int
look_at(const char *dir, char *why, size_t size)
{
	struct stat st;

	if (stat(dir, &st) == -1) {
		(void)snprintf(why, size, "%s: %s", dir, strerror(errno));
		return -1;
	}
	if ((st.st_mode & S_IWOTH) != 0 && (st.st_mode & S_ISVTX) == 0) {
		(void)snprintf(
		    why, size, "%s above it can be written by everybody", dir);
		return -1;
	}
	return 0;
}

int
trust_above(const char *path, char *why, size_t size)
{
	char *real = realpath(path, NULL), *slash;
	int rc = 0;

	if (real == NULL) {
		(void)snprintf(why, size, "%s", strerror(errno));
		return -1;
	}
	while (rc == 0 && (slash = strrchr(real, '/')) != real) {
		*slash = '\0';
		rc = look_at(real, why, size);
	}
	if (rc == 0)
		rc = look_at("/", why, size);
	free(real);
	return rc;
}
