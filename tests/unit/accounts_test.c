/*
 * accounts: a user of the system is not left out because nobody could be asked.
 */

#include <dlfcn.h>
#include <errno.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builders/accounts.h"
#include "daemon/log.h"
#include "tests/unit/check.h"

/* getpwent(3) of this program tells so many users, and then an error; 0: what
 * it says where a file could not be opened, if that was the only one. */
static struct {
	int users; /* -1: as many as there are */
	int error;
} told = { -1, 0 };

/* What the GNU libc says of a line "+" where nsswitch.conf has "files". */
static bool has_plus;

struct passwd *
getpwent(void)
{
	static char plus[] = "+";
	static struct passwd nis = { .pw_name = plus };
	__typeof__(&getpwent) next;

	if (has_plus) {
		has_plus = false;
		return &nis;
	}
	if (told.users == 0) {
		errno = told.error;
		return NULL;
	}
	if (told.users > 0)
		told.users--;
	*(void **)&next = dlsym(RTLD_NEXT, "getpwent");
	return next();
}

/* Returns what accounts_read() does; "n": how many users it has found. */
static int
read_told(int users, int error, size_t *n)
{
	struct accounts a;
	struct deps deps;
	int rc;

	told.users = users;
	told.error = error;
	accounts_init(&a, 1, UINT32_MAX);
	deps_init(&deps);
	rc = accounts_read(&a, &deps, NULL);
	*n = a.n;
	accounts_fini(&a);
	deps_fini(&deps);
	return rc;
}

/* Blanks before a name are none of its letters. */
static int
test_blanks(void)
{
	static const char text[] = " \t\v\f\ra:x:1:1::/a:/s\n#b:x:1:1:::\n"
				   "+\n+c::::::\n-d::::::\n";
	char path[] = "/tmp/accounts_test.XXXXXX";
	struct accounts a;
	struct deps deps;
	int fd = mkstemp(path);

	CHECK(fd != -1);
	CHECK(write(fd, text, sizeof(text) - 1) == (ssize_t)sizeof(text) - 1);
	CHECK(close(fd) == 0);
	accounts_init(&a, 1, UINT32_MAX);
	deps_init(&deps);
	CHECK(accounts_read(&a, &deps, path) == 0);
	CHECK(a.n == 1 && accounts_find(&a, "a") != NULL);
	accounts_fini(&a);
	deps_fini(&deps);
	return unlink(path);
}

int
main(void)
{
	size_t all, n;

	log_open("accounts_test", false, false);
	CHECK(read_told(-1, 0, &all) == 0 && all > 1);
	CHECK(read_told((int)all - 1, EIO, &n) == -1);
	CHECK(read_told(0, EMFILE, &n) == -1);
	CHECK(read_told(0, 0, &n) == -1);
	CHECK(read_told(0, ENOENT, &n) == -1);
	CHECK(read_told(1, 0, &n) == -1);
	has_plus = true;
	CHECK(read_told(-1, 0, &n) == 0 && !has_plus && n == all);
	return test_blanks();
}
