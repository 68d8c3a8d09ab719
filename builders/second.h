/*
 * second - what a second process that does half of the work needs of the
 * system.
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef SECOND_H
#define SECOND_H

#include <sys/types.h>

/* A file in memory; the name is for who looks at us.  Returns a descriptor, or
 * -1 with errno: where there is none, there is no second. */
int second_file(const char *name);

/* In the second: from now on it is killed when the first ends.  Returns 0, or
 * -1 with errno, also if that has ended already. */
int second_begin(pid_t first);

#endif
