/*
 * regular where what is to be opened cannot be held before: looked at first, by
 * the caller, and once more when it is open.
 */

#include <fcntl.h>

#include "daemon/regular.h"

int
regular_open(int dir_fd, const char *path, struct stat *st)
{
	return regular_only(openat(dir_fd, path, REGULAR_HOW), st);
}
