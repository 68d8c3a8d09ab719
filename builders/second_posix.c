/*
 * second where it could outlive the first, and read on for nobody: so there is
 * none.
 */

#include <errno.h>

#include "builders/second.h"

int
second_file(const char *name)
{
	(void)name;
	errno = ENOTSUP;
	return -1;
}

int
second_begin(pid_t first)
{
	(void)first;
	errno = ENOTSUP;
	return -1;
}
