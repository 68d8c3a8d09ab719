/*
 * process - is a process of somebody else's still there?
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef PROCESS_H
#define PROCESS_H

#include <sys/types.h>

#include <stdbool.h>

/* True if the process has surely ended, though its parent may not have noticed
 * yet: supervise sleeps for a second after each start, and until then says that
 * the process is up.  False also where it cannot be told. */
bool process_has_ended(pid_t pid);

#endif
