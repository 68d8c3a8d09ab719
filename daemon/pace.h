/*
 * pace - how soon something may be done again: a few times at once, and then
 * no more often than so many times a second.
 *
 * Pure.  All times are seconds, of any clock that does not go back.
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef PACE_H
#define PACE_H

struct pace {
	double burst;      /* so often at once */
	double per_second; /* in the long run */
	double due;        /* what was done in excess; begins as 0 */
	double at;         /* when that was so; begins as 0 */
};

/* Returns 0 if it may be done now, which counts as done; else how long to
 * wait. */
double pace_wait(struct pace *p, double now);

/* It is done in any case. */
void pace_force(struct pace *p, double now);

#endif
