/*
 * roles: a user or group that nobody could be asked for is no wrong option.
 */

#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "queue/roles.h"
#include "tests/unit/check.h"

/* What the calls of this program find: nothing, with this error (0: errno stays
 * what it was); or, if that is -1, what there is. */
static int told = -1;

#define NEXT(name)                                 \
	__typeof__(&(name)) next;                  \
	*(void **)&next = dlsym(RTLD_NEXT, #name); \
	if (told > 0)                              \
	errno = told

struct passwd *
getpwnam(const char *name)
{
	NEXT(getpwnam);
	return told == -1 ? next(name) : NULL;
}

struct group *
getgrnam(const char *name)
{
	NEXT(getgrnam);
	return told == -1 ? next(name) : NULL;
}

static bool
is_answer(int error, const char *users, const char *group,
    enum roles_answer expected, const char *reason)
{
	struct roles roles = { { 1, 1, 1 }, 1 };
	enum roles_answer answer;
	char why[256] = "";

	told = error;
	errno = EIO; /* of something else */
	answer = roles_find(&roles, users, group, why, sizeof(why));
	told = -1;
	if (answer == expected && strcmp(why, reason) == 0 &&
	    (answer != ROLES_FOUND || (roles.uid[2] == 0 && roles.gid == 0)))
		return true;
	fprintf(stderr, "answer %d: %s\n", (int)answer, why);
	return false;
}

int
main(void)
{
	CHECK(is_answer(-1, "7:8:root", "root", ROLES_FOUND, ""));
	CHECK(is_answer(EMFILE, "7:8:0", "0", ROLES_FOUND, ""));
	CHECK(is_answer(0, "root:7:8", "0", ROLES_WRONG, "no such user: root"));
	CHECK(is_answer(
	    ESRCH, "7:8:0", "root", ROLES_WRONG, "no such group: root"));
	CHECK(is_answer(
	    ENOENT, "root:8:0", "root", ROLES_WRONG, "no such user: root"));
	CHECK(is_answer(EMFILE, "7:8:root", "0", ROLES_UNASKED,
	    "user root: Too many open files"));
	CHECK(is_answer(EIO, "7:8:0", "root", ROLES_UNASKED,
	    "group root: Input/output error"));
	CHECK(is_answer(ENOMEM, "root:8:0", "root", ROLES_UNASKED,
	    "user root: Cannot allocate memory"));
	return 0;
}
