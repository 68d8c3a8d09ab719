/*
 * lists - the names of every domain, each with what they were read from.
 *
 * Owns: copies of the keys, and the array.
 * Uses: arena, keys, deps, digest, log (no memory).
 */

#ifndef LISTS_H
#define LISTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "builders/arena.h"
#include "builders/deps.h"
#include "builders/keys.h"
#include "daemon/digest.h"

enum lists_flag {
	LISTS_STALE = 1, /* to be read again, whatever the stamps say */
	LISTS_USERS = 2, /* a program has named users */
	LISTS_GUESS = 4  /* nothing could be read */
};

/* One list.  Its keys are packed: see lists_next(). */
struct lists_item {
	const char *host;
	struct digest question; /* what was asked; see domain_digest() */
	const char *bytes;
	size_t len;
	const uint32_t *uses; /* what was read: numbers in deps */
	size_t n_uses;
	unsigned flags;
};

struct lists {
	struct arena memory;
	struct lists_item *items; /* by host: they are added in that order */
	size_t n;
	size_t size;
};

void lists_init(struct lists *l);
void lists_fini(struct lists *l);

/* The list of a host, or NULL. */
const struct lists_item *lists_find(const struct lists *l, const char *host);

/* Does a list of the last run answer this question, and is every path it was
 * read from as it was?  "deps" has the stamps of now, "then" gives those of
 * then, by number.  If so, the paths are used again, in this group. */
bool lists_is_good(const struct lists_item *item, const struct digest *question,
    const struct stamp *then, struct deps *deps);

/* Add a list of sorted keys, which are copied, with the paths used in this
 * group.  "host" is kept. */
void lists_add(struct lists *l, const char *host, const struct digest *question,
    const struct keys *keys, const struct deps *deps, unsigned flags);

/* Add a list that is there already, under this host: its bytes are kept. */
void lists_add_same(struct lists *l, const char *host,
    const struct digest *question, const struct lists_item *item,
    unsigned flags);

/* The next key of a list, from "*at" on, which begins as 0; false at the
 * end. */
bool lists_next(
    const struct lists_item *item, size_t *at, struct keys_item *out);

#endif
