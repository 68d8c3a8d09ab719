/*
 * clock - what time it is.
 *
 * Waits and durations are counted on the monotonic clock; the other one is for
 * people, and for what a later daemon is to know.
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef CLOCK_H
#define CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Seconds, from a start of its own; never set. */
double clock_monotonic(void);

/* Milliseconds since the epoch. */
int64_t clock_wall_ms(void);

/* To the nanosecond: are two times of a file one? */
bool clock_is_same(const struct timespec *a, const struct timespec *b);

#endif
