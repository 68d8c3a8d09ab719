/*
 * deps - what was read: every path whose content, names or absence decided
 * something, for the daemon to watch.
 *
 * Owns: copies of the paths.
 * Uses: arena, tempfile.
 */

#ifndef DEPS_H
#define DEPS_H

#include <stddef.h>

#include "builders/arena.h"

struct deps {
	struct arena text;
	const char **paths;
	size_t n;
	size_t size;
};

void deps_init(struct deps *d);
void deps_fini(struct deps *d);

/* "path" is absolute and has no newline in it. */
void deps_add(struct deps *d, const char *path);

/* "directory", a slash, "name"; returns the copy, which lives as long. */
const char *deps_add_in(
    struct deps *d, const char *directory, const char *name);

/* One path a line, sorted, each once; written whole.  0, or -1 with errno. */
int deps_write(struct deps *d, const char *file);

#endif
