/*
 * regular - open a file to read it, and nothing but a file.
 *
 * To open a device may rewind a tape, or start a watchdog that nobody feeds;
 * and whose the source is may put a link to one in its place after any look.
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef REGULAR_H
#define REGULAR_H

#include <sys/stat.h>

#include <fcntl.h>

#define REGULAR_OTHER (-2)

/* How to open for reading, whatever it is. */
#define REGULAR_HOW (O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

/* Follows links; a relative path begins at "dir_fd" (see openat).  Returns the
 * descriptor, the caller's, REGULAR_OTHER if it is no regular file, or -1 with
 * errno; "st" is its state, but for -1.  Waits for nobody.  Where it is not on
 * Linux, something else may have been opened for a moment. */
int regular_open(int dir_fd, const char *path, struct stat *st);

/* For who opens: what openat(2) returned, if it is a regular file or -1; else
 * closes it.  Returns as regular_open() does. */
int regular_only(int fd, struct stat *st);

#endif
