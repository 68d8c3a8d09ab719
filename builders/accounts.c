/*
 * accounts - the users of the system, as far as qmail gives them mail.
 */

#include <sys/stat.h>

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "builders/accounts.h"
#include "builders/passwdline.h"
#include "builders/source.h"
#include "daemon/log.h"

#define SYSTEM_PASSWD "/etc/passwd"

void
accounts_init(struct accounts *a, uid_t first_uid, uid_t last_uid)
{
	memset(a, 0, sizeof(*a));
	arena_init(&a->text);
	a->first_uid = first_uid;
	a->last_uid = last_uid;
}

void
accounts_fini(struct accounts *a)
{
	arena_fini(&a->text);
	free(a->users);
	accounts_init(a, 0, 0);
}

static struct account *
append(struct accounts *a, const char *name, const char *home)
{
	struct account *user;

	a->users = arena_grow(a->users, a->n, &a->size, sizeof(*a->users));
	user = &a->users[a->n];
	memset(user, 0, sizeof(*user));
	user->name = arena_copy(&a->text, name, strlen(name));
	user->home = arena_copy(&a->text, home, strlen(home));
	user->place = a->n++;
	user->dep = ACCOUNT_NO_DEP;
	return user;
}

/* qmail-getpw asks for names in lower case only. */
static bool
is_findable(const char *name)
{
	const char *c;

	for (c = name; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			return false;
	return c > name && c - name <= ACCOUNTS_NAME_MAX;
}

static void
add_user(struct accounts *a, const char *name, const char *home, uid_t uid)
{
	struct account *user;

	if (!is_findable(name))
		return;
	user = append(a, name, home);
	user->uid = uid;
	user->listed = uid >= a->first_uid && uid <= a->last_uid;
}

static int
compare_users(const void *x, const void *y)
{
	const struct account *a = x;
	const struct account *b = y;
	int by_name = strcmp(a->name, b->name);

	return by_name != 0 ? by_name
			    : (a->place > b->place) - (a->place < b->place);
}

static void
sort_users(struct accounts *a)
{
	size_t i, n = 0;

	if (a->n == 0)
		return;
	qsort(a->users, a->n, sizeof(*a->users), compare_users);
	for (i = 0; i < a->n; i++)
		if (n == 0 ||
		    strcmp(a->users[i].name, a->users[n - 1].name) != 0)
			a->users[n++] = a->users[i];
	a->n = n;
}

static int
list_system(struct accounts *a)
{
	const struct passwd *pw;

	setpwent();
	for (;;) {
		errno = 0;
		pw = getpwent();
		if (pw == NULL)
			break;
		/* Lines of NIS, which have no home, are no users: the GNU libc
		 * lists those of the file, but never finds them by name. */
		if (pw->pw_name[0] != '+' && pw->pw_name[0] != '-')
			add_user(a, pw->pw_name, pw->pw_dir, pw->pw_uid);
	}
	if (errno != 0 && errno != ENOENT) {
		log_warn("%s: getpwent", SYSTEM_PASSWD);
		endpwent();
		return -1;
	}
	endpwent();
	sort_users(a);
	return 0;
}

/* Behind such a line getpwent(3) may list no more ("compat"). */
static bool
is_of_nis(const char *line)
{
	return line[strspn(line, PASSWDLINE_BLANKS)] == '+';
}

/* Returns 0, or -1, logged. */
static int
read_lines(
    struct accounts *a, struct source *file, const char *path, bool whole)
{
	char *line, *end;
	char *last = file->bytes + file->len;
	struct passwdline user;
	long number = 1;

	for (line = file->bytes; line < last; line = end + 1, number++) {
		end = memchr(line, '\n', (size_t)(last - line));
		if (end == NULL)
			end = last;
		if (memchr(line, '\0', (size_t)(end - line)) != NULL) {
			log_warnx("%s:%ld: a NUL: not a line of passwd", path,
			    number);
			return -1;
		}
		*end = '\0';
		if (!whole && is_of_nis(line))
			break;
		if (passwdline_cut(&user, line))
			add_user(a, user.name, user.home, user.uid);
	}
	return 0;
}

static int
read_file(struct accounts *a, struct deps *deps, const char *path, bool whole)
{
	struct source file;
	enum source_answer answer;
	int rc = -1;

	source_init(&file);
	answer = source_read(&file, path);
	deps_stamp(deps, deps->last, &file.stamp);
	switch (answer) {
	case SOURCE_READ:
		rc = read_lines(a, &file, path, whole);
		break;
	case SOURCE_ABSENT:
		errno = ENOENT;
		log_warn("%s", path);
		break;
	case SOURCE_OTHER:
	case SOURCE_TROUBLE:
		break;
	}
	source_fini(&file);
	sort_users(a);
	return rc;
}

/* Nothing tells when the C library could not open the file: it goes on without
 * its users.  So we read them, too. */
static int
read_system(struct accounts *a, struct deps *deps)
{
	struct accounts file;
	size_t i;
	int rc;

	accounts_init(&file, 0, 0);
	rc = read_file(&file, deps, SYSTEM_PASSWD, false);
	if (rc == 0)
		rc = list_system(a);
	for (i = 0; rc == 0 && i < file.n; i++)
		if (accounts_find(a, file.users[i].name) == NULL) {
			log_warnx("%s: getpwent does not list %s",
			    SYSTEM_PASSWD, file.users[i].name);
			rc = -1;
		}
	accounts_fini(&file);
	return rc;
}

int
accounts_read(struct accounts *a, struct deps *deps, const char *file)
{
	deps_add(deps, file != NULL ? file : SYSTEM_PASSWD);
	return file != NULL ? read_file(a, deps, file, true)
			    : read_system(a, deps);
}

const char *
accounts_set_alias(struct accounts *a, const char *home, const char *otherwise)
{
	struct account *alias = accounts_find(a, "alias");

	if (alias == NULL) {
		alias = append(a, "alias", home != NULL ? home : otherwise);
		home = alias->home;
		alias->state = ACCOUNT_USABLE;
		sort_users(a); /* alias is another's now */
		return home;
	}
	if (home != NULL) {
		alias->home = home;
		alias->state = ACCOUNT_USABLE;
	}
	return alias->home;
}

static int
compare_name(const void *name, const void *user)
{
	const struct account *u = user;

	return strcmp(name, u->name);
}

struct account *
accounts_find(const struct accounts *a, const char *name)
{
	if (a->n == 0)
		return NULL;
	return bsearch(name, a->users, a->n, sizeof(*a->users), compare_name);
}

/* How many users are before "prefix" or, if "also", begin with it. */
static size_t
count_before(const struct accounts *a, const char *prefix, bool also)
{
	size_t low = 0, high = a->n, middle;
	size_t len = strlen(prefix);
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		order = strncmp(a->users[middle].name, prefix, len);
		if (order < 0 || (also && order == 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t
accounts_under(
    const struct accounts *a, const char *prefix, struct account **first)
{
	size_t begin = count_before(a, prefix, false);

	*first = a->users + begin;
	return count_before(a, prefix, true) - begin;
}

/* Of the home of somebody else's, such as /dev or /usr/sbin, only the owner is
 * a dependency: he hardly changes, but everything in it does. */
static enum account_state
look_at_home(const struct account *user, struct deps *deps)
{
	struct stamp stamp;
	struct stat st;
	int error = 0;

	if (user->uid == 0 || user->home[0] != '/' ||
	    strchr(user->home, '\n') != NULL)
		return ACCOUNT_UNUSABLE;
	if (stat(user->home, &st) == -1) {
		error = errno;
		stamp_from_error(&stamp, error);
	} else if (st.st_uid == user->uid) {
		stamp_from(&stamp, &st);
	} else {
		deps_add_owner(deps, user->home);
		(void)deps_look(deps, deps->last);
		return ACCOUNT_UNUSABLE;
	}
	deps_add(deps, user->home);
	deps_stamp(deps, deps->last, &stamp);
	if (error == 0)
		return ACCOUNT_USABLE;
	if (stamp.kind == STAMP_ABSENT)
		return ACCOUNT_UNUSABLE;
	errno = error;
	log_warn("%s", user->home);
	return ACCOUNT_TROUBLE;
}

int
account_is_usable(struct account *user, struct deps *deps)
{
	if (user->state == ACCOUNT_UNSEEN) {
		deps->last = ACCOUNT_NO_DEP;
		user->state = look_at_home(user, deps);
		user->dep = deps->last;
	} else if (user->dep != ACCOUNT_NO_DEP) {
		deps_use(deps, user->dep);
	}
	if (user->state == ACCOUNT_TROUBLE)
		return -1;
	return user->state == ACCOUNT_USABLE;
}
