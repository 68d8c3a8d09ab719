/*
 * fdrange on Linux, by close_range(2), which came with 5.9.
 */

#include <sys/syscall.h>

#include <unistd.h>

#include "daemon/fdrange.h"

/* Without it only these; those that we opened are closed at exec anyway. */
#define FEW_FDS 4096

void
fdrange_close(unsigned first, unsigned last)
{
	unsigned fd;

	if (first > last)
		return;
#ifdef SYS_close_range
	if (syscall(SYS_close_range, first, last, 0U) == 0)
		return;
#endif
	for (fd = first; fd <= last && fd < FEW_FDS; fd++)
		(void)close((int)fd); /* most were never open */
}
