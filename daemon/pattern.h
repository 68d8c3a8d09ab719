/*
 * pattern - names of files with wildcards.
 *
 * A pattern is an absolute path; each component may hold *, ? and [...], which
 * do not match a leading dot unless it is written, and a component "**" stands
 * for any number of directories, also none (it does not go through symbolic
 * links nor into names with a leading dot; the others follow links); as the
 * last component it stands for all that is below.  A literal is a pattern
 * without wildcards; a backslash makes the next byte literal.
 *
 * Our own temporary files (".triggerd.*") are never matched.
 *
 * Pure: no look at the disk, see walk.h.
 *
 * Owns: nothing.
 * Uses: wildcard.
 */

#ifndef PATTERN_H
#define PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#define PATTERN_PARTS_MAX 63 /* components of a pattern */

struct pattern_part {
	const char *text; /* in the pattern */
	size_t length;
	bool literal;
	bool any_depth; /* "**" */
};

struct pattern_parts {
	/* a final "**" makes two */
	struct pattern_part list[PATTERN_PARTS_MAX + 1];
	size_t count;
};

/* Why a pattern is not one ("relative path", "unclosed ["...), or NULL. */
const char *pattern_fault(const char *pattern);

bool pattern_is_literal(const char *pattern);

/* A literal's path without its backslashes, in a buffer of at least
 * strlen(pattern) + 1 bytes. */
void pattern_unescape(const char *pattern, char *path);

/* The pattern that matches just this path.  False if it does not fit. */
bool pattern_escape(const char *path, char *pattern, size_t size);

/* Cut a pattern into its components.  False if there are too many. */
bool pattern_cut(const char *pattern, struct pattern_parts *parts);

/* Does the pattern match this absolute path, by its text alone? */
bool pattern_matches(const char *pattern, const char *path);

/* Does one component, "n" bytes of a pattern, match one name? */
bool pattern_matches_name(const char *component, size_t n, const char *name);

/* The order of paths: by component, bytes compared unsigned. */
int pattern_compare(const char *a, const char *b);

#endif
