/*
 * stale - temporary files that a killed process has left behind.
 *
 * Who makes one holds a lock on it as long as it has its name.  One that
 * nobody holds is removed by the next process that makes one of its kind.
 *
 * Owns: nothing.
 * Uses: log (no memory).
 */

#ifndef STALE_H
#define STALE_H

#include <stdbool.h>

#define STALE_RANDOM "XXXXXX" /* how the names end, for mkstemp(3) */

/* Hold a file that was made just now, until every copy of the descriptor is
 * closed.  False if it was removed before it could be held: make another. */
bool stale_hold(int fd);

/* Remove the files of this user beside "temp", which ends in what mkstemp(3)
 * has made of STALE_RANDOM, that differ from it only there and that nobody
 * holds.  What cannot be removed stays, in silence. */
void stale_remove(const char *temp);

#endif
