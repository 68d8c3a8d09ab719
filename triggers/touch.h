/*
 * touch - is a touch of a pipe told, or only found by looking at its times?
 *
 * It is told where the system watches pipes and there is a watch to be had.
 * Else the times are compared whenever somebody looks.
 *
 * Owns: the watch.
 * Uses: clock, events.
 */

#ifndef TOUCH_H
#define TOUCH_H

#include <stdbool.h>
#include <time.h>

#include "triggers/events.h"

struct touch {
	int handle;   /* of the watch; -1: none */
	bool deaf;    /* nothing is told; once heard, false again */
	char why[96]; /* it is deaf */
	struct timespec modified_at, changed_at;
};

/* Begin, or try again what was in vain.  Returns true if that changed whether
 * touches are told. */
bool touch_listen(struct touch *t, struct events *events, const char *path);

/* Have the times of the pipe changed since the last call? */
bool touch_is_new(struct touch *t, int fd);

#endif
