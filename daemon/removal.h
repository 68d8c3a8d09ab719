/*
 * removal - remove what another user may have left in a directory of ours.
 *
 * No symbolic link is followed: a name that becomes one between two looks fails
 * the removal.  A tree that is too deep, or grows as fast as it is removed, has
 * an end all the same; calling again goes on with the rest.
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef REMOVAL_H
#define REMOVAL_H

#include <stdbool.h>

/* Remove all that is in the directory.  "briefly": others wait meanwhile, so no
 * more than takes some milliseconds.  Closes fd.  Returns 0, or -1 with errno:
 * ENOTEMPTY: there is too much for one call; ELOOP: it is too deep.  Logs
 * nothing. */
int removal_empty(int fd, bool briefly);

/* Remove a name with all that is below it; there may be none.  As above. */
int removal_entry(int dir_fd, const char *name);

#endif
