/*
 * roles - which users and which group of this machine own the queue.
 *
 * Owns: nothing.
 * Uses: unasked, layout.
 */

#ifndef ROLES_H
#define ROLES_H

#include <sys/types.h>

#include "queue/layout.h"

#define ROLES_USERS "qmailq:qmails:qmailr"
#define ROLES_GROUP "qmail"

struct roles {
	uid_t uid[LAYOUT_ROLES];
	gid_t gid;
};

enum roles_answer {
	ROLES_FOUND,
	ROLES_WRONG,   /* not three users, or no such user or group */
	ROLES_UNASKED, /* the system could not say */
};

/* Look up "qmailq:qmails:qmailr" and "qmail"; each may be a number.  If they
 * are not found the reason is in "why". */
enum roles_answer roles_find(struct roles *roles, const char *users,
    const char *group, char *why, size_t size);

#endif
