/*
 * conf: that nobody could be asked for a user or group is not that there is
 * none.
 */

#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>

#include "tests/unit/conffiles.h"

/* What the calls of this program find: nothing, with this error; or, if that
 * is -1, what there is. */
static int told = -1;

#define NEXT(name)                                 \
	__typeof__(&(name)) next;                  \
	*(void **)&next = dlsym(RTLD_NEXT, #name); \
	if (told != -1)                            \
	errno = told

struct passwd *
getpwnam(const char *name)
{
	NEXT(getpwnam);
	return told == -1 ? next(name) : NULL;
}

struct passwd *
getpwuid(uid_t uid)
{
	NEXT(getpwuid);
	return told == -1 ? next(uid) : NULL;
}

struct group *
getgrnam(const char *name)
{
	NEXT(getgrnam);
	return told == -1 ? next(name) : NULL;
}

static bool
says(const char *dir, int error, const char *keys, const char *errors)
{
	char bundle[256];
	bool same;

	(void)snprintf(bundle, sizeof(bundle),
	    MAIN "== rules.d/a.ini\n" BUILD "%s\n", keys);
	unpack(dir, bundle);
	told = error;
	same = errs(dir, keys, errors);
	told = -1;
	return same;
}

#define AT(line) "@/c/rules.d/a.ini:" line ": "

static int
test_names(const char *dir)
{
	const char *me = "user = root\nowner = root\ngroup = root";
	char home[80];

	CHECK(says(dir, -1, me, ""));
	CHECK(says(dir, EMFILE, me,
	    AT("4") "user: user root: Too many open files\n" AT(
		"5") "owner: user root: Too many open files\n" AT("6") "group: "
								       "group "
								       "root: "
								       "Too "
								       "many "
								       "open "
								       "files"
								       "\n"));
	CHECK(says(dir, ESRCH, me,
	    AT("4") "user: no such user: root\n" AT(
		"5") "owner: no such user: root\n" AT("6") "group: no such "
							   "group: root\n"));
	CHECK(says(dir, 0, "", ""));
	CHECK(says(dir, EMFILE, "user = root\nowner = 0",
	    AT("4") "user: user root: Too many open files\n"));
	(void)snprintf(home, sizeof(home),
	    AT("1") "user: home of user %lu: Input/output error\n",
	    (unsigned long)geteuid());
	CHECK(says(dir, EIO, "", home));
	return 0;
}

int
main(void)
{
	char *here = enter();
	int rc;

	if (here == NULL)
		return 111;
	rc = test_names(here);
	leave(here);
	return rc;
}
