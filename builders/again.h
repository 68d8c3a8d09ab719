/*
 * again - a file that has triggerd run a builder again, where an error of the
 * machine hid something from it.
 *
 * Such an error may pass without a trace, so that no source would ever tell.
 * A file that a run writes itself, and names among what it has read, does: the
 * rule is behind again, and waits longer each time.  Without the error it is
 * not named, and gone.
 *
 * Owns: nothing.
 * Uses: deps, tempfile, log.
 */

#ifndef AGAIN_H
#define AGAIN_H

#include "builders/deps.h"

/* After all has been read: write the file in "directory", that of --cache, and
 * use its path, or remove it.  "directory" may be NULL, which is trouble if
 * somebody waits for the dependencies, at "deps_path", unless that is NULL.
 * Returns 0, or -1, logged: then nothing may be written. */
int again_settle(struct deps *d, const char *directory, const char *deps_path);

#endif
