/*
 * program - which file a command's name means.
 */

#include <sys/stat.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ground.h"
#include "daemon/memory.h"
#include "daemon/program.h"
#include "daemon/trust.h"

#define ANY_EXECUTE (S_IXUSR | S_IXGRP | S_IXOTH)

static bool
is_program(const char *file, struct stat *st)
{
	return stat(file, st) == 0 && S_ISREG(st->st_mode) &&
	       (st->st_mode & ANY_EXECUTE) != 0;
}

const char *
program_path_fault(const char *path)
{
	while (*path == '/') {
		path += strcspn(path, ":");
		if (*path == '\0')
			return NULL;
		path++;
	}
	return "a directory in PATH is not absolute";
}

static char *
search(const char *name, const char *path, struct stat *st)
{
	char *file;
	size_t n;

	for (; *path != '\0'; path += n + (path[n] == ':')) {
		n = strcspn(path, ":");
		file = memory_format("%.*s/%s", (int)n, path, name);
		if (is_program(file, st))
			return file;
		free(file);
	}
	return NULL;
}

/* The program as it was named, or as found.  NULL with the reason. */
static char *
locate(
    const char *name, const char *path, struct stat *st, char *why, size_t size)
{
	char *file;

	if (strchr(name, '/') == NULL) {
		file = *name == '\0' ? NULL : search(name, path, st);
		if (file == NULL)
			(void)snprintf(
			    why, size, "'%s' is not in %s", name, path);
		return file;
	}
	if (*name != '/') {
		(void)snprintf(why, size, "%s: relative path", name);
		return NULL;
	}
	if (!is_program(name, st)) {
		errno = stat(name, st) == -1 ? errno : EACCES;
		(void)snprintf(why, size, "%s: %s", name,
		    errno == EACCES ? "not a program" : strerror(errno));
		return NULL;
	}
	return memory_text(name);
}

char *
program_find(const struct mounts *mounts, const char *name, const char *path,
    uid_t user, char *why, size_t size)
{
	struct stat st;
	char fault[512], *file;

	if (*name == '/' && !ground_is_near(mounts, name))
		return memory_text(name);
	file = locate(name, path, &st, why, size);
	if (file == NULL)
		return NULL;
	if (trust_file(&st, user, fault, sizeof(fault)) == -1)
		(void)snprintf(why, size, "%s %s", file, fault);
	else if (trust_above(file, user, fault, sizeof(fault)) == -1)
		(void)snprintf(why, size, "%s: %s", file, fault);
	else
		return file;
	free(file);
	return NULL;
}
