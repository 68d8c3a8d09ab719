/*
 * leave - what a run leaves for the next: lastrun reads it.
 *
 * Owns: nothing.
 * Uses: lastform, lists, deps, outfile, tempfile, log (no memory).
 */

#ifndef LEAVE_H
#define LEAVE_H

#include <time.h>

#include "builders/deps.h"
#include "builders/lastform.h"
#include "builders/lists.h"

/* Leave lists in "directory".  A path that was changed just before "started",
 * or later, will not be trusted.  Returns 0, or -1 with errno. */
int leave_lists(const char *directory, const struct lastform_about *about,
    const struct lists *lists, const struct deps *deps,
    const struct timespec *started);

/* The same into an open file, which is not synced. */
int leave_write(int fd, const struct lastform_about *about,
    const struct lists *lists, const struct deps *deps,
    const struct timespec *started);

#endif
