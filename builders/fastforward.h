/*
 * fastforward - the addresses in a cdb of fastforward, which newaliases and
 * setforward make.
 *
 * Owns: the keys of the cdbs read in this run, by path.
 * Uses: arena, cdbscan, source, deps, log.
 */

#ifndef FASTFORWARD_H
#define FASTFORWARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "builders/arena.h"
#include "builders/deps.h"
#include "builders/source.h"

struct fastforward {
	struct fastforward *older;
	const char *path;
	uint32_t dep;
	bool trouble;      /* logged */
	const char **keys; /* without their ':', sorted: user@host, user@,
			      @host */
	size_t n;
};

struct fastforward_set {
	struct arena memory;
	struct source file;
	struct deps *deps;
	struct fastforward *newest;
};

void fastforward_set_init(struct fastforward_set *set, struct deps *deps);
void fastforward_set_fini(struct fastforward_set *set);

/* Take "set->file", the cdb of "f", to pieces.  Returns 0, or -1, logged. */
int fastforward_parse(struct fastforward_set *set, struct fastforward *f);

/* The cdb of this path, read now or earlier; one that is not absolute is taken
 * from "home".  NULL for trouble, logged once; an absent one is trouble, as it
 * is for fastforward. */
struct fastforward *fastforward_open(
    struct fastforward_set *set, const char *home, const char *path);

/* Does it know user@host?  In any case of letters. */
bool fastforward_has(
    const struct fastforward *f, const char *user, const char *host);

#endif
