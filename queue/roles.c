#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/unasked.h"
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

/* Nothing was found; "error" is errno, which was 0 before the call. */
static enum roles_answer
refuse(const char *kind, const char *name, int error, char *why, size_t size)
{
	if (!unasked_by(error)) {
		snprintf(why, size, "no such %s: %s", kind, name);
		return ROLES_WRONG;
	}
	snprintf(why, size, "%s %s: %s", kind, name, strerror(error));
	return ROLES_UNASKED;
}

static enum roles_answer
find_user(uid_t *uid, const char *name, char *why, size_t size)
{
	const struct passwd *pw;
	long long n = number(name);

	if (n != -1) {
		*uid = (uid_t)n;
		return ROLES_FOUND;
	}
	errno = 0;
	pw = getpwnam(name);
	if (pw == NULL)
		return refuse("user", name, errno, why, size);
	*uid = pw->pw_uid;
	return ROLES_FOUND;
}

static enum roles_answer
find_group(gid_t *gid, const char *name, char *why, size_t size)
{
	const struct group *gr;
	long long n = number(name);

	if (n != -1) {
		*gid = (gid_t)n;
		return ROLES_FOUND;
	}
	errno = 0;
	gr = getgrnam(name);
	if (gr == NULL)
		return refuse("group", name, errno, why, size);
	*gid = gr->gr_gid;
	return ROLES_FOUND;
}

enum roles_answer
roles_find(struct roles *roles, const char *users, const char *group, char *why,
    size_t size)
{
	enum roles_answer answer;
	char name[64];
	const char *rest = users;
	size_t i, len;

	for (i = 0; i < LAYOUT_ROLES; i++) {
		len = strcspn(rest, ":");
		if (len == 0 || len >= sizeof(name) ||
		    (rest[len] == ':') != (i + 1 < LAYOUT_ROLES)) {
			snprintf(why, size, "%s: three users are needed, as %s",
			    users, ROLES_USERS);
			return ROLES_WRONG;
		}
		memcpy(name, rest, len);
		name[len] = '\0';
		answer = find_user(&roles->uid[i], name, why, size);
		if (answer != ROLES_FOUND)
			return answer;
		rest += len + 1;
	}
	return find_group(&roles->gid, group, why, size);
}
