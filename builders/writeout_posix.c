/*
 * writeout where fsync(2) does all of it.
 */

#include "builders/writeout.h"

void
writeout_begin(int fd)
{
	(void)fd; /* there is no such hint */
}
