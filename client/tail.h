/*
 * tail - the last lines of a file.
 *
 * Owns: the memory of the lines.
 * Uses: nothing.
 */

#ifndef TAIL_H
#define TAIL_H

#include <stddef.h>
#include <stdint.h>

#define TAIL_LINES 10
#define TAIL_BYTES 8192 /* of the file are looked at */

struct tail {
	char *lines[TAIL_LINES + 1]; /* oldest first, NULL at the end */
	size_t count;
	int64_t written_at; /* milliseconds since the epoch */
	char bytes[TAIL_BYTES + 1];
};

/* Read the end of a regular file.  Returns 0, or -1 with errno. */
int tail_read(const char *path, struct tail *t);

#endif
