/*
 * pattern - names of files with wildcards, and the walk that finds them.
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
 * Owns: nothing.
 * Uses: names, wildcard.
 */

#ifndef PATTERN_H
#define PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#define PATTERN_PARTS_MAX 63 /* components of a pattern */
#define PATTERN_DEPTH_MAX 64 /* directories read one below the other */

/* Why a pattern is not one ("relative path", "unclosed ["...), or NULL. */
const char *pattern_fault(const char *pattern);

bool pattern_is_literal(const char *pattern);

/* A literal's path without its backslashes, in a buffer of at least
 * strlen(pattern) + 1 bytes. */
void pattern_unescape(const char *pattern, char *path);

/* The pattern that matches just this path.  False if it does not fit. */
bool pattern_escape(const char *path, char *pattern, size_t size);

/* Does the pattern match this absolute path, by its text alone? */
bool pattern_matches(const char *pattern, const char *path);

/* Does one component, "n" bytes of a pattern, match one name? */
bool pattern_matches_name(const char *component, size_t n, const char *name);

/* What a walk reports: a match (error 0), or a directory or file that could
 * not be looked at (any errno but ENOENT and ENOTDIR; the path is that
 * object's).  Return false to end the walk. */
typedef bool pattern_fn(const char *path, int error, void *arg);

/* Call fn for each match in the order of pattern_compare().  A literal is
 * reported whether it exists or not.  Returns 0, or -1 with errno when memory
 * is short or fn ended the walk (ECANCELED). */
int pattern_walk(const char *pattern, pattern_fn *fn, void *arg);

/* The same, but a pattern that ends in a literal component is not looked for: a
 * path that is not there may be reported.  For callers that stat it anyway. */
int pattern_walk_loose(const char *pattern, pattern_fn *fn, void *arg);

/* The order of paths: by component, bytes compared unsigned. */
int pattern_compare(const char *a, const char *b);

#endif
