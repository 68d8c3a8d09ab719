/*
 * What the last run of mkvalidrcptto has left.
 */

#include <sys/mman.h>

#include <string.h>
#include <unistd.h>

#include "builders/lastrun.h"
#include "tests/fuzz/input.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct lastrun r;
	struct deps deps;
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	input_require(fd != -1 && write(fd, data, len) == (ssize_t)len);
	deps_init(&deps);
	lastrun_open_fd(&r, fd, &deps);
	(void)lastrun_is_current(&r, &deps);
	(void)lastrun_take(&r);
	lastrun_close(&r);
	deps_fini(&deps);
	return 0;
}
