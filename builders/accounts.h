/*
 * accounts - the users of the system, as far as qmail gives them mail.
 *
 * qmail-getpw takes a user whose uid is not 0, whose name is at most
 * ACCOUNTS_NAME_MAX bytes and whose home is there and his own.
 *
 * Owns: the list of users.
 * Uses: source, deps, passwdline, log.
 */

#ifndef ACCOUNTS_H
#define ACCOUNTS_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "builders/arena.h"
#include "builders/deps.h"

#define ACCOUNTS_NAME_MAX 31
#define ACCOUNT_NO_DEP UINT32_MAX

enum account_state {
	ACCOUNT_UNSEEN, /* the home is asked only when needed */
	ACCOUNT_USABLE,
	ACCOUNT_UNUSABLE,
	ACCOUNT_TROUBLE
};

struct account {
	const char *name;
	const char *home;
	uid_t uid;
	size_t place; /* in the file: the first of a name counts */
	enum account_state state;
	uint32_t dep; /* the home's */
	bool listed;  /* its uid is within the range */
};

struct accounts {
	struct arena text;
	struct account *users; /* by name, each once */
	size_t n;
	size_t size;
	uid_t first_uid; /* the range of the users to list */
	uid_t last_uid;
};

void accounts_init(struct accounts *a, uid_t first_uid, uid_t last_uid);
void accounts_fini(struct accounts *a);

/* Read the users from a passwd file or, if it is NULL, ask the system.
 * Returns 0, or -1, logged. */
int accounts_read(struct accounts *a, struct deps *deps, const char *file);

/* qmail's user "alias" is there whatever the list says.  Its home is "home",
 * or if that is NULL as in the list, or "otherwise".  Returns it. */
const char *accounts_set_alias(
    struct accounts *a, const char *home, const char *otherwise);

/* The user of this name, or NULL. */
struct account *accounts_find(const struct accounts *a, const char *name);

/* The users whose names begin with "prefix": how many from "*first" on. */
size_t accounts_under(
    const struct accounts *a, const char *prefix, struct account **first);

/* Does qmail-getpw take this user?  1 yes, 0 no, -1 trouble, logged once. */
int account_is_usable(struct account *user, struct deps *deps);

#endif
