#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queue/roles.h"

/* Returns the number that the text is, or -1: it is something else. */
static long long
number(const char *text)
{
	long long n;
	char *end;

	if (text[0] == '\0' || strspn(text, "0123456789") != strlen(text))
		return -1;
	errno = 0;
	n = strtoll(text, &end, 10);
	/* The last id means "none" to chown(2). */
	return errno != 0 || n >= 0xffffffffLL ? -1 : n;
}

static int
find_user(uid_t *uid, const char *name)
{
	const struct passwd *pw;
	long long n = number(name);

	if (n != -1) {
		*uid = (uid_t)n;
		return 0;
	}
	pw = getpwnam(name);
	if (pw == NULL)
		return -1;
	*uid = pw->pw_uid;
	return 0;
}

static int
find_group(gid_t *gid, const char *name)
{
	const struct group *gr;
	long long n = number(name);

	if (n != -1) {
		*gid = (gid_t)n;
		return 0;
	}
	gr = getgrnam(name);
	if (gr == NULL)
		return -1;
	*gid = gr->gr_gid;
	return 0;
}

int
roles_find(struct roles *roles, const char *users, const char *group, char *why,
    size_t size)
{
	char name[64];
	const char *rest = users;
	size_t i, len;

	for (i = 0; i < LAYOUT_ROLES; i++) {
		len = strcspn(rest, ":");
		if (len == 0 || len >= sizeof(name) ||
		    (rest[len] == ':') != (i + 1 < LAYOUT_ROLES)) {
			snprintf(why, size, "%s: three users are needed, as %s",
			    users, ROLES_USERS);
			return -1;
		}
		memcpy(name, rest, len);
		name[len] = '\0';
		if (find_user(&roles->uid[i], name) == -1) {
			snprintf(why, size, "no such user: %s", name);
			return -1;
		}
		rest += len + 1;
	}
	if (find_group(&roles->gid, group) == -1) {
		snprintf(why, size, "no such group: %s", group);
		return -1;
	}
	return 0;
}
