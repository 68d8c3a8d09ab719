/*
 * process - is it still the one that we mean, and has it ended?
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef PROCESS_H
#define PROCESS_H

#include <sys/types.h>

#include <stdbool.h>

/* When it was started, in a count of the kernel's own, or 0 if that cannot be
 * told.  Together with the number it names a process for certain, until the
 * next boot.  "ended", unless NULL: as below. */
unsigned long long process_start_time(pid_t pid, bool *ended);

/* True if the process has surely ended, though its parent may not have noticed
 * yet: supervise sleeps for a second after each start, and until then says that
 * the process is up.  False also where it cannot be told. */
bool process_has_ended(pid_t pid);

#endif
