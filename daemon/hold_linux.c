/*
 * hold on Linux, where a pipe may be opened for both: see fifo(7).
 */

#include <fcntl.h>

#include "daemon/hold.h"

int
hold_open(const char *path, int *writer)
{
	*writer = -1;
	return open(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
}
