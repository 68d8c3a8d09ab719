/*
 * discard - what comes through a hint pipe is thrown away without a look.
 *
 * Owns: a descriptor.
 * Uses: nothing.
 */

#ifndef DISCARD_H
#define DISCARD_H

#include <sys/types.h>

#include <stdbool.h>

#define DISCARD_SIZE 65536 /* bytes: a whole pipe, by default */

struct discard {
	int null_fd; /* where they go, or -1 */
};

/* Cannot fail: it can do without. */
void discard_open(struct discard *d);
void discard_close(struct discard *d);

/* Throw away what can be read now, up to DISCARD_SIZE bytes; "wide": of a pipe
 * that was widened, perhaps more.  Returns what read(2) would, and errno. */
ssize_t discard_some(struct discard *d, int fd, bool wide);

/* Let a pipe that is flooded hold more, if that can be: so that a moment
 * without reading holds up nobody, and one wake-up serves for many writes.
 * Returns whether it does. */
bool discard_widen(int fd);

#endif
