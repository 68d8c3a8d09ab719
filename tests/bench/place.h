/*
 * place - the directory that a figure works in: below $TMPDIR, or /tmp.
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef PLACE_H
#define PLACE_H

#include <sys/stat.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

/* Make one, its path in $DIR too for rm; ends the program if that fails.  Its
 * name is the same each time, so that counts of instructions repeat. */
static inline void
place_make(char *path, size_t size, const char *name)
{
	const char *below = getenv("TMPDIR");
	int len;

	if (below == NULL || *below == '\0')
		below = "/tmp";
	len = snprintf(path, size, "%s/%s", below, name);
	if ((size_t)len >= size)
		errx(111, "%s: too long", below);
	if (mkdir(path, 0700) == -1 || setenv("DIR", path, 1) == -1)
		err(111, "%s", path);
}

#endif
