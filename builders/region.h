/*
 * region - the names of one place of delivery.
 *
 * For qmail a virtual domain is a prefix of local names: prepend and dash; a
 * local domain has the empty one.  The names behind the prefix fall into
 * regions, each of which has one place of delivery: the widest, for what
 * nobody has a longer name for, and those of longer entries of users/cdb and
 * of users of the system.
 *
 * Owns: nothing.
 * Uses: namelist, mailsystem.
 */

#ifndef REGION_H
#define REGION_H

#include "builders/namelist.h"

/* Add the names of a region, which are "begin" and a rest; "tail" is the part
 * of the prefix that belongs to the extension.  Returns 0, or -1, logged. */
int region_list(struct namelist *d, const struct delivery_place *place,
    const char *begin, const char *tail);

#endif
