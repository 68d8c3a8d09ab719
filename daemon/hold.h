/*
 * hold - a named pipe, open for reading, that never ends.
 *
 * With a writer of our own there is always one: a pipe that had one, and has
 * none any more, is at its end, and readable without pause.
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef HOLD_H
#define HOLD_H

/*
 * Open what is at a path, not waiting for anybody, and not following a link
 * there.  Returns a descriptor for reading; *writer is our own writer, or -1 if
 * the one is both, or what is there is no pipe.  Both are the caller's.  Or
 * returns -1 with errno; ESTALE: the path has just become another pipe's.
 */
int hold_open(const char *path, int *writer);

#endif
