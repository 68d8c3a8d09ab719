/*
 * fileclock - the clock by which the kernel stamps files.
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef FILECLOCK_H
#define FILECLOCK_H

#include <time.h>

/* What time a file would get that is written now, or up to a tick later. */
void fileclock_now(struct timespec *now);

#endif
