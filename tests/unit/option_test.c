/*
 * option: a group that nobody could be asked for is no wrong option.
 */

#include <sys/types.h>
#include <sys/wait.h>

#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <string.h>
#include <unistd.h>

#include "builders/option.h"
#include "daemon/log.h"
#include "tests/unit/check.h"

/* What getgrnam(3) of this program finds: nothing, with this error; or, if
 * that is -1, what there is. */
static int told = -1;

struct group *
getgrnam(const char *name)
{
	__typeof__(&getgrnam) next;

	*(void **)&next = dlsym(RTLD_NEXT, "getgrnam");
	if (told == -1)
		return next(name);
	errno = told;
	return NULL;
}

/* The exit status of a program with this option: 0 for the group of root. */
static int
status_of(int error, const char *value)
{
	pid_t pid = fork();
	gid_t group = 1;
	int status = -1;

	if (pid == 0) {
		told = error;
		if (option_group(&group, value) == -1)
			_exit(100);
		_exit(group == 0 ? 0 : 99);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

int
main(void)
{
	log_open("option_test", false, false);
	CHECK(status_of(-1, "root") == 0);
	CHECK(status_of(0, "0") == 0);
	CHECK(status_of(EMFILE, "0") == 0);
	CHECK(status_of(0, "root") == 100);
	CHECK(status_of(ENOENT, "root") == 100);
	CHECK(status_of(ESRCH, "root") == 100);
	CHECK(status_of(EMFILE, "root") == 111);
	CHECK(status_of(EIO, "root") == 111);
	return 0;
}
