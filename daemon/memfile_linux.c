/*
 * memfile on Linux: memfd_create(2).
 */

#include <sys/mman.h>

#include "daemon/memfile.h"

int
memfile_open(const char *dir)
{
	(void)dir;
	return memfd_create("triggerd", MFD_CLOEXEC);
}
