/*
 * delivery - to whom qmail gives the mail of a local name.
 *
 * As qmail-lspawn does it: users/cdb, then the users of the system, then
 * alias.  A local name is in lower case: "user", "user-ext" and, for a virtual
 * domain, "prepend-name".
 *
 * Owns: nothing.
 * Uses: users, accounts, deps, log.
 */

#ifndef DELIVERY_H
#define DELIVERY_H

#include <stdbool.h>
#include <stddef.h>

#include "builders/accounts.h"
#include "builders/deps.h"
#include "builders/users.h"

#define DELIVERY_LOCAL_MAX 2048 /* bytes of a local name, with its NUL */

struct delivery {
	struct users users;
	struct accounts accounts;
	const char *alias_home;
	char break_char; /* between a user and his extension: conf-break */
	struct deps *deps;
};

enum delivery_by {
	DELIVERY_EXACT,  /* an exact entry of users/cdb */
	DELIVERY_PREFIX, /* a prefix entry */
	DELIVERY_USER,   /* a user of the system, with or without extension */
	DELIVERY_ALIAS
};

/* The extension is "ext" and what follows the first "taken" bytes. */
struct delivery_place {
	enum delivery_by by;
	size_t taken;
	const char *home;
	const char *dash;
	const char *ext;
};

/* Who gets the mail of this name?  Returns 0, or -1 for trouble, logged. */
int delivery_find(
    const struct delivery *d, const char *local, struct delivery_place *out);

/* Who gets the mail of names that begin with "prefix", which is empty or ends
 * in a dash, where nobody has a name longer than that for himself?  The same
 * returns. */
int delivery_find_prefix(
    const struct delivery *d, const char *prefix, struct delivery_place *out);

/* The place of an entry of users/cdb, and of a user: his own name, or with
 * "extended" those behind it. */
void delivery_place_entry(
    const struct users_entry *entry, struct delivery_place *out);
void delivery_place_user(
    const struct account *user, bool extended, struct delivery_place *out);

/* Are they the same place? */
bool delivery_is_same(
    const struct delivery_place *a, const struct delivery_place *b);

#endif
