/*
 * deps - what was read: every path whose content, names or absence decided
 * something, for the daemon to watch, each with its stamp.  Where we may not
 * look, the directory that does not let us is one of them.
 *
 * Paths are numbered from 0, each once.  Between two deps_begin() those used
 * make a group: what one domain was read from.
 *
 * Owns: copies of the paths.
 * Uses: arena, stamp, outfile, tempfile.
 */

#ifndef DEPS_H
#define DEPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "builders/arena.h"
#include "builders/stamp.h"

#define DEPS_OWNER '=' /* before the path of which only the owner counts */

struct deps_path {
	const char *text;
	uint32_t hash;
	uint32_t group; /* the last that used it; 0: none did */
	bool seen;      /* the stamp is of this run */
	struct stamp stamp;
};

struct deps {
	struct arena text;
	struct deps_path *paths;
	size_t n;
	size_t size;
	uint32_t *table; /* by hash: numbers, 1 more than the path's; 0: none */
	size_t table_size;
	uint32_t *uses; /* the group so far */
	size_t n_uses;
	size_t uses_size;
	uint32_t group;
	uint32_t last; /* the path that was used last */
	bool failed;   /* an error of the machine hid something from us */
};

void deps_init(struct deps *d);
void deps_fini(struct deps *d);

/* Use a path, which is absolute and has no newline in it. */
void deps_add(struct deps *d, const char *path);

/* "directory", a slash, "name"; returns the copy, which lives as long. */
const char *deps_add_in(
    struct deps *d, const char *directory, const char *name);

/* The same without using it. */
const char *deps_path_in(
    struct deps *d, const char *directory, const char *name);

/* Use a path for its owner alone; it will not be written. */
void deps_add_owner(struct deps *d, const char *path);

/* Use the path of this number again. */
void deps_use(struct deps *d, uint32_t path);

/* Its number, without using it; "path" is kept. */
uint32_t deps_number(struct deps *d, const char *path);

/* Begin a group, which has no uses yet. */
void deps_begin(struct deps *d);

/* What the path was when it was read; two different answers in one run make an
 * unknown, or failed, one. */
void deps_stamp(struct deps *d, uint32_t path, const struct stamp *stamp);

/* The same for what has no path. */
void deps_stamp_other(struct deps *d, const struct stamp *stamp);

/* The path's stamp in this run: looked for now, if not before. */
const struct stamp *deps_look(struct deps *d, uint32_t path);

/* The numbers of the "*n" paths that were used, in the order of their bytes:
 * the caller's to free. */
uint32_t *deps_sorted(const struct deps *d, size_t *n);

/* The paths used, one a line, in that order, but for those that are too long to
 * be there; written whole, unless it is there already.  Returns 0, or -1 with
 * errno. */
int deps_write(struct deps *d, const char *file);

#endif
