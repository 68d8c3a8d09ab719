/*
 * paused - which rules an administrator has paused, across restarts.
 *
 * One empty file STATE/paused/RULE for each, all of them names of one file.
 *
 * Owns: nothing.
 * Uses: syncdir.
 */

#ifndef PAUSED_H
#define PAUSED_H

#include <stdbool.h>

/* Returns 1 or 0, or -1 with errno if it cannot be told. */
int paused_read(const char *state_dir, const char *name);

/* Does not block on the disk: a pause, or its end, outlives a power cut only
 * after paused_sync(), which may take long.  All return 0, or -1 with errno. */
int paused_write(const char *state_dir, const char *name, bool paused);
int paused_sync(const char *state_dir);

#endif
