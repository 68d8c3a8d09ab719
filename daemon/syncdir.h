/*
 * syncdir - wait until a power cut cannot undo what a directory says.
 *
 * Blocks for as long as the disk does.
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef SYNCDIR_H
#define SYNCDIR_H

/* Names that were made, renamed or removed there stay so.  Returns 0, or -1
 * with errno. */
int syncdir(const char *path);

#endif
