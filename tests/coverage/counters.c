/*
 * counters - coverage of processes that leave by _exit().
 *
 * Linked into the programs of "make coverage" with ld's --wrap=fork and
 * --wrap=_exit.  A forked helper counts from zero and writes its counters
 * before it goes.  A child of vfork() counts in its parent's memory and writes
 * nothing: its parent will.  What a signal ends writes nothing either: its
 * handler may have come in the midst of malloc(3), or of the writing, and would
 * wait for a lock of its own process, with those of files that all others need.
 */

#include <sys/types.h>

#include <gcov.h>
#include <signal.h>
#include <stdbool.h>
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

/* Only the handler of a helper's SIGIO leaves by _exit(): that signal alone is
 * held back in it. */
static bool
is_handler(const sigset_t *mask)
{
	return sigismember(mask, SIGIO) == 1 && sigismember(mask, SIGTERM) == 0;
}

void
__wrap__exit(int status)
{
	sigset_t all, mask;

	sigfillset(&all);
	if (forked == getpid() && sigprocmask(SIG_SETMASK, &all, &mask) == 0 &&
	    !is_handler(&mask))
		__gcov_dump();
	__real__exit(status);
}
