/*
 * sources - the sources of a rule, as the disk has them now.
 *
 * Walks the rule's patterns, adds what its last run said it had read too, and
 * stamps each path once, beside its stamps from before, so that the two can be
 * compared.
 *
 * Owns: nothing.
 * Uses: pattern, walk, stamp, stampset, rule.
 */

#ifndef SOURCES_H
#define SOURCES_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/rule.h"
#include "daemon/stampset.h"

/* How much a look may take: paths to stamp, names to read in directories (see
 * walk.h), bytes to read in files. */
struct sources_room {
	size_t paths, names;
	int64_t bytes;
};

/* Fill "now", an empty set.  "past" and "tried" are sorted: the stamps of the
 * last good run, and of one that is not to be tried again.  A path that cannot
 * be stamped is in the set with its error.  "room" is used up (NULL: there is
 * room for all).  Returns 0, or -1 with errno: no memory, EFBIG: no room, or a
 * pattern that cannot be walked, which is in "path" then. */
int sources_look(const struct rule *rule, const struct stamp_set *past,
    const struct stamp_set *tried, struct sources_room *room,
    struct stamp_set *now, char *path, size_t size);

#endif
