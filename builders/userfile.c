/*
 * userfile - users and the hashes of their passwords, from a file in the form
 * of passwd(5) or of shadow(5).
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "builders/arena.h"
#include "builders/userfile.h"
#include "daemon/log.h"

#define SKIPPED "#+-" /* a line that begins so */
#define UID_FIELD 2
#define EXPIRES_FIELD 7

void
userfile_init(struct userfile *u)
{
	memset(u, 0, sizeof(*u));
	source_init(&u->file);
}

void
userfile_fini(struct userfile *u)
{
	source_fini(&u->file);
	free(u->users);
	userfile_init(u);
}

/* Field "n" of a line that ends in a NUL, from 0 on; or NULL. */
static const char *
find_field(const char *line, int n)
{
	for (; n > 0 && line != NULL; n--) {
		line = strchr(line, ':');
		if (line != NULL)
			line++;
	}
	return line;
}

/* Digits, and then a colon; no text has none. */
static bool
parse_uid(uint32_t *uid, const char *text)
{
	unsigned long long number;
	size_t len = text == NULL ? 0 : strspn(text, "0123456789");

	if (len == 0 || text[len] != ':')
		return false;
	errno = 0;
	number = strtoull(text, NULL, 10);
	if (errno != 0 || number >= USERFILE_NO_UID)
		return false;
	*uid = (uint32_t)number;
	return true;
}

/* As getspnam takes it: an empty field, or none, is no date. */
static int64_t
parse_expiry(const char *line)
{
	const char *text = find_field(line, EXPIRES_FIELD);
	char *end;
	long long days;

	if (text == NULL)
		return USERFILE_NEVER;
	days = strtoll(text, &end, 10);
	return end == text || days < 0 ? USERFILE_NEVER : days;
}

/* "line" ends in a NUL. */
static bool
add_user(struct userfile *u, char *line, enum userfile_form form)
{
	struct userfile_user *user;
	char *colon = strchr(line, ':');

	if (colon == NULL || colon == line)
		return false;
	u->users = arena_grow(u->users, u->n, &u->size, sizeof(*u->users));
	user = &u->users[u->n];
	user->name = line;
	user->hash = colon + 1;
	user->hash_len = strcspn(colon + 1, ":");
	user->uid = USERFILE_NO_UID;
	user->expires = USERFILE_NEVER;
	if (form == USERFILE_SHADOW)
		user->expires = parse_expiry(line);
	else if (find_field(line, USERFILE_PASSWD_COLONS) == NULL ||
		 !parse_uid(&user->uid, find_field(line, UID_FIELD)))
		return false;
	*colon = '\0';
	u->n++;
	return true;
}

/* Names lie as the lines did. */
static int
compare_users(const void *a, const void *b)
{
	const struct userfile_user *x = a;
	const struct userfile_user *y = b;
	int by_name = strcmp(x->name, y->name);

	return by_name != 0 ? by_name
			    : (x->name > y->name) - (x->name < y->name);
}

static void
sort_users(struct userfile *u)
{
	size_t i, n = 0;

	if (u->n == 0)
		return;
	qsort(u->users, u->n, sizeof(*u->users), compare_users);
	for (i = 0; i < u->n; i++)
		if (n == 0 ||
		    strcmp(u->users[i].name, u->users[n - 1].name) != 0)
			u->users[n++] = u->users[i];
	u->n = n;
}

long
userfile_parse(struct userfile *u, enum userfile_form form)
{
	char *line, *end;
	char *last = u->file.bytes + u->file.len;
	long number = 1;

	u->n = 0;
	for (line = u->file.bytes; line < last; line = end + 1, number++) {
		end = memchr(line, '\n', (size_t)(last - line));
		if (end == NULL)
			end = last;
		if (memchr(line, '\0', (size_t)(end - line)) != NULL)
			return number;
		*end = '\0';
		if (*line == '\0' || strchr(SKIPPED, *line) != NULL)
			continue;
		if (!add_user(u, line, form))
			return number;
	}
	sort_users(u);
	return 0;
}

int
userfile_read(struct userfile *u, struct deps *deps, const char *path,
    enum userfile_form form)
{
	enum source_answer answer;
	long bad;

	deps_add(deps, path);
	answer = source_read(&u->file, path);
	deps_stamp(deps, deps->last, &u->file.stamp);
	if (answer == SOURCE_ABSENT) {
		errno = ENOENT;
		log_warn("%s", path);
	}
	if (answer != SOURCE_READ)
		return -1;
	bad = userfile_parse(u, form);
	if (bad == 0)
		return 0;
	log_warnx("%s:%ld: not a line of %s", path, bad,
	    form == USERFILE_PASSWD ? "passwd" : "shadow");
	return -1;
}

static int
compare_name(const void *name, const void *user)
{
	const struct userfile_user *u = user;

	return strcmp(name, u->name);
}

const struct userfile_user *
userfile_find(const struct userfile *u, const char *name)
{
	if (u->n == 0)
		return NULL;
	return bsearch(name, u->users, u->n, sizeof(*u->users), compare_name);
}
