/*
 * writeout on Linux.
 */

#include <fcntl.h>

#include "builders/writeout.h"

void
writeout_begin(int fd)
{
	(void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE); /* a hint */
}
