/*
 * discard where they must be read.
 */

#include <unistd.h>

#include "triggers/discard.h"

void
discard_open(struct discard *d)
{
	d->null_fd = -1;
}

void
discard_close(struct discard *d)
{
	(void)d; /* nothing was opened */
}

ssize_t
discard_some(struct discard *d, int fd, bool wide)
{
	char bytes[DISCARD_SIZE];

	(void)d;
	(void)wide; /* none is */
	return read(fd, bytes, sizeof(bytes));
}

bool
discard_widen(int fd)
{
	(void)fd; /* it holds what it holds */
	return false;
}
