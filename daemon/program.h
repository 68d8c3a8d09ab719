/*
 * program - which file a command's name means.
 *
 * Owns: nothing.
 * Uses: memory, ground, trust.
 */

#ifndef PROGRAM_H
#define PROGRAM_H

#include <sys/types.h>

#include <stddef.h>

#include "daemon/mounts.h"

/* The file to execute for "name": an absolute path as it is, a bare name from
 * the first directory of "path" (parted by colons, absolute) that has it.  It
 * must be a file that can be executed and that only root, we and "user"
 * ((uid_t)-1: nobody more) can write.  Returns what the caller frees, or NULL
 * with the reason in "why".  An absolute path on a file system that is not
 * local is taken as it is: a look at it might never end. */
char *program_find(const struct mounts *mounts, const char *name,
    const char *path, uid_t user, char *why, size_t size);

/* Why this cannot be a PATH, or NULL. */
const char *program_path_fault(const char *path);

#endif
