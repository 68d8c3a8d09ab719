/*
 * logins - names and the hashes of their passwords, each name once.
 *
 * Add in any order; sort; then read.  Of several additions of one name the
 * first counts.
 *
 * Owns: copies of the names and hashes.
 * Uses: arena.
 */

#ifndef LOGINS_H
#define LOGINS_H

#include <stddef.h>
#include <stdint.h>

#include "builders/arena.h"

#define LOGINS_HASH_MIN 13 /* bytes of the shortest that crypt(5) knows, DES */

struct login {
	const char *name; /* a NUL, and the hash, are behind it */
	uint32_t name_len;
	uint32_t host; /* where that begins in the name; or its end */
	uint32_t hash_len;
	uint32_t place; /* in the order of additions */
};

struct logins {
	struct arena text;
	struct login *items;
	size_t n;
	size_t size;
};

/* What the bytes where a hash should be are. */
enum logins_hash {
	LOGINS_HASH,        /* one */
	LOGINS_NO_PASSWORD, /* none that a password could give: no login */
	LOGINS_COMMA        /* one that the reader would cut at a comma */
};

void logins_init(struct logins *l);
void logins_fini(struct logins *l);

enum logins_hash logins_judge(const char *hash, size_t len);

void logins_add(
    struct logins *l, const char *name, const char *hash, size_t hash_len);

/* The same for the login user@host. */
void logins_add_at(struct logins *l, const char *user, const char *host,
    const char *hash, size_t hash_len);

const char *login_hash(const struct login *login);

/* Those without a host first, then by host and user; each name once.  Logins
 * that were added in this order are sorted in next to no time. */
void logins_sort(struct logins *l);

#endif
