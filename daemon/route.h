/*
 * route - has something else come to be where a path leads?
 *
 * A symbolic link that is made anew, a directory that takes the place of
 * another, a file that goes: what is there then may be as old as anything, but
 * a link's own times tell, and those of the directory that has the name.
 *
 * A directory that is moved has times of its own that are as young, which
 * those of one whose names never changed are not; so the times of two count.
 *
 * Owns: nothing.
 * Uses: stamp.
 */

#ifndef ROUTE_H
#define ROUTE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/stamp.h"

enum route_end {
	ROUTE_ON,
	ROUTE_OVER, /* nothing is there, or nobody may look */
	ROUTE_CHANGED,
};

/* Remembers the way to the last path's directory, for the next. */
struct route {
	int64_t since;
	char dir[PATH_MAX]; /* as it was named; "" at first */
	enum route_end end; /* of the way to it */
	char done[PATH_MAX], rest[2 * PATH_MAX];
	bool later; /* the directory "done" was changed */
	int links;
};

/* "since" is of the files' clock, in nanoseconds since the epoch. */
void route_begin(struct route *r, int64_t since);

/* Has a link or directory on the way to the absolute path been changed or moved
 * there since, or, if nothing is there, the directory that would have it?  What
 * changed within one tick of that clock is not seen.  Reads the disk. */
bool route_is_new(struct route *r, const char *path);

#endif
