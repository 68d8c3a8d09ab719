/*
 * counters - coverage of processes that leave by _exit().
 *
 * Linked into the programs of "make coverage" with ld's --wrap=fork and
 * --wrap=_exit.  A forked helper counts from zero and writes its counters
 * before it goes.  A child of vfork() counts in its parent's memory and writes
 * nothing: its parent will.  What a signal ends writes nothing either: in its
 * handler gcov's own lock may be held already, and with it that of a file.
 */

#include <sys/types.h>

#include <gcov.h>
#include <unistd.h>

pid_t __real_fork(void);
_Noreturn void __real__exit(int status);
pid_t __wrap_fork(void);
_Noreturn void __wrap__exit(int status);

static pid_t forked; /* the process that writes at _exit() */

pid_t
__wrap_fork(void)
{
	pid_t pid = __real_fork();

	if (pid == 0) {
		forked = getpid();
		__gcov_reset();
	}
	return pid;
}

void
__wrap__exit(int status)
{
	if (forked == getpid())
		__gcov_dump();
	__real__exit(status);
}
