/*
 * trust - who could have written this file?
 *
 * What tells a daemon of root's what to run must be writable by root and the
 * daemon's user only.
 *
 * Owns: nothing.
 * Uses: log.
 */

#ifndef TRUST_H
#define TRUST_H

#include <sys/stat.h>
#include <sys/types.h>

#include <stddef.h>

/* Is the file or directory owned by root, by us or by "user" ((uid_t)-1:
 * nobody more), and writable by its owner only?  Returns 0, or -1 with the
 * reason in "why". */
int trust_file(const struct stat *st, uid_t user, char *why, size_t size);

/* The directories that an absolute path goes through, links and all: each must
 * belong to root, to us or to "user", and be sticky or not writable by all, nor
 * by a group other than root's.  A link in one that others can write must be
 * of these users too.  What is not there yet, others must not be able to make.
 * Returns 0, or -1 with the reason, which names the directory. */
int trust_above(const char *path, uid_t user, char *why, size_t size);

#endif
