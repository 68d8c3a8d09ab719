/*
 * roles - which users and which group of this machine own the queue.
 *
 * Owns: nothing.
 * Uses: layout.
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

/* Look up "qmailq:qmails:qmailr" and "qmail"; each may be a number.  Returns 0,
 * or -1 with the reason in "why". */
int roles_find(struct roles *roles, const char *users, const char *group,
    char *why, size_t size);

#endif
