/*
 * counters - coverage of processes that leave by _exit() or a signal.
 *
 * Linked into the programs of "make coverage" with ld's --wrap=fork and
 * --wrap=_exit.  A forked helper counts from zero and writes its counters
 * before it goes.  A child of vfork() counts in its parent's memory and writes
 * nothing: its parent will.  A program that handles no signals writes them
 * before it is ended by one.
 */

#include <sys/types.h>

#include <gcov.h>
#include <signal.h>
#include <string.h>
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

/* Its usual effect follows when we return. */
static void
on_ending(int signal)
{
	__gcov_dump();
	(void)raise(signal);
}

static void __attribute__((constructor)) watch_signals(void)
{
	static const int ending[] = { SIGHUP, SIGINT, SIGTERM };
	struct sigaction action, old;
	size_t i;

	memset(&action, 0, sizeof(action));
	action.sa_handler = on_ending;
	action.sa_flags = SA_RESETHAND;
	for (i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		if (sigaction(ending[i], NULL, &old) == 0 &&
		    old.sa_handler == SIG_DFL)
			(void)sigaction(ending[i], &action, NULL);
}
