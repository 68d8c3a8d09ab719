/*
 * A file of users, as it is given with --passwd: whom getpwent(3) lists of it
 * is one, and nobody else.
 */

#include <sys/mman.h>

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "builders/accounts.h"
#include "tests/fuzz/input.h"

/* Of a number that is too large the C library makes this one; for us the line
 * is no user's. */
static bool
is_cut(const struct passwd *pw)
{
	return pw->pw_uid == UINT32_MAX || pw->pw_gid == UINT32_MAX;
}

/* Lines of NIS are no users; and qmail-getpw asks for no others than these. */
static bool
is_findable(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= ACCOUNTS_NAME_MAX && *name != '+' &&
	       *name != '-' &&
	       strpbrk(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == NULL;
}

/* Of users with one name the first counts. */
static void
compare(struct accounts *a, FILE *file)
{
	const struct passwd *pw;
	struct account *user;

	while ((pw = fgetpwent(file)) != NULL) {
		user = accounts_find(a, pw->pw_name);
		input_require(
		    is_cut(pw) || (user != NULL) == is_findable(pw->pw_name));
		if (user == NULL || user->state != ACCOUNT_UNSEEN)
			continue;
		user->state = ACCOUNT_USABLE;
		input_require(is_cut(pw) || user->uid == pw->pw_uid);
		input_require(
		    is_cut(pw) || strcmp(user->home, pw->pw_dir) == 0);
	}
}

/* Of a last line without a newline, and with blanks before it, the GNU libc
 * reads more than there is: it gets a newline. */
static FILE *
make_file(int *fd, const uint8_t *data, size_t len)
{
	FILE *file;
	int copy;

	*fd = memfd_create("fuzz", MFD_CLOEXEC);
	input_require(*fd != -1 && write(*fd, data, len) == (ssize_t)len);
	copy = memfd_create("fuzz", MFD_CLOEXEC);
	file = copy == -1 ? NULL : fdopen(copy, "w+e");
	input_require(file != NULL);
	input_require(fwrite(data, 1, len, file) == len);
	input_require(fputc('\n', file) == '\n');
	rewind(file);
	return file;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct accounts a;
	struct deps deps;
	char path[64];
	FILE *file;
	size_t i;
	int fd;

	file = make_file(&fd, data, len);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	accounts_init(&a, 1000, 60000);
	deps_init(&deps);
	if (accounts_read(&a, &deps, path) == 0) {
		compare(&a, file);
		for (i = 0; i < a.n; i++)
			input_require(a.users[i].state != ACCOUNT_UNSEEN);
	}
	accounts_fini(&a);
	deps_fini(&deps);
	(void)fclose(file); /* nobody wants it */
	(void)close(fd);    /* nor this */
	return 0;
}
