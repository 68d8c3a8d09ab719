/*
 * walk - find the files that a pattern matches.
 *
 * Owns: nothing.
 * Uses: names, pattern, wildcard.
 */

#ifndef WALK_H
#define WALK_H

#include <stdbool.h>
#include <stddef.h>

#define WALK_DEPTH_MAX 64 /* directories read one below the other */

/* What a walk reports: a match (error 0), or a directory or file that could
 * not be looked at (any errno but ENOENT and ENOTDIR; the path is that
 * object's).  Return false to end the walk. */
typedef bool walk_fn(const char *path, int error, void *arg);

/* Call fn for each match in the order of pattern_compare().  A literal is
 * reported whether it exists or not.  Returns 0, or -1 with errno when memory
 * is short or fn ended the walk (ECANCELED). */
int walk_pattern(const char *pattern, walk_fn *fn, void *arg);

/* The same, but a pattern that ends in a literal component is not looked for: a
 * path that is not there may be reported.  For callers that stat it anyway.
 * No more than *room names are read (NULL: any), which are taken from it; a
 * directory costs as much as WALK_DIR_COST of them.  -1 with EFBIG when there
 * are more. */
#define WALK_DIR_COST 10
int walk_loosely(const char *pattern, size_t *room, walk_fn *fn, void *arg);

/* Call fn for each directory that is read on the way, instead of the matches;
 * they come before what is in them.  "room" and the answer are as above. */
int walk_directories(const char *pattern, size_t *room, walk_fn *fn, void *arg);

#endif
