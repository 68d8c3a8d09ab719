/*
 * fdrange where closefrom(2) is: on the BSDs, but not on macOS.
 *
 * Below the last one that is to stay open they are closed one by one: it was
 * opened early, so they are few.
 */

#include <unistd.h>

#include "daemon/fdrange.h"

static void
close_one_by_one(unsigned first, unsigned last)
{
	unsigned fd;

	for (fd = first; fd <= last; fd++)
		(void)close((int)fd); /* most were never open */
}

#ifdef __APPLE__
/* Their number is bounded; see MOST_FDS in triggers/watch_kqueue.c. */
static void
close_from(unsigned first)
{
	int size = getdtablesize();

	if (size > 0 && first < (unsigned)size)
		close_one_by_one(first, (unsigned)size - 1);
}
#else
static void
close_from(unsigned first)
{
	(void)closefrom((int)first); /* whatever it returns: none are open */
}
#endif

void
fdrange_close(unsigned first, unsigned last)
{
	if (last == FDRANGE_ALL)
		close_from(first);
	else
		close_one_by_one(first, last);
}
