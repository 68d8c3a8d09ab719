/*
 * second on Linux: memfd_create(2), and PR_SET_PDEATHSIG.
 */

#include <sys/mman.h>
#include <sys/prctl.h>

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "builders/second.h"

int
second_file(const char *name)
{
	return memfd_create(name, MFD_CLOEXEC);
}

int
second_begin(pid_t first)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		return -1;
	if (getppid() == first)
		return 0;
	errno = ESRCH;
	return -1;
}
