/*
 * addresses - a file of addresses that somebody keeps by hand.
 *
 * One a line, in any case of letters; '#' begins a comment, and blanks around
 * do not matter.  Behind an address there may be a blank and a '-': it is
 * refused.
 *
 * Owns: the file's bytes and the sorted array of addresses.
 * Uses: source, deps, log.
 */

#ifndef ADDRESSES_H
#define ADDRESSES_H

#include <stdbool.h>
#include <stddef.h>

#include "builders/deps.h"
#include "builders/source.h"

struct addresses_item {
	const char *host;  /* "" for a name without '@' */
	const char *local; /* "" for the whole host */
	bool refused;
};

struct addresses {
	struct source file;
	struct addresses_item *items; /* by host and name, each once */
	size_t n;
	size_t size;
};

void addresses_init(struct addresses *a);
void addresses_fini(struct addresses *a);

/* Take "a->file" to pieces; of several lines with one address the last counts.
 * Pure.  Returns 0, or the number of the first bad line. */
long addresses_parse(struct addresses *a);

/* Read a file, which must be there.  Returns 0, or -1, logged. */
int addresses_read(struct addresses *a, struct deps *deps, const char *path);

/* Those of a host: how many from "*first" on. */
size_t addresses_of(const struct addresses *a, const char *host,
    const struct addresses_item **first);

/* Is this one there? */
bool addresses_have(
    const struct addresses *a, const char *host, const char *local);

#endif
