/*
 * publish - the list of a whole mail system, written.
 *
 * The addresses kept by hand go in, and those to exclude go out, here.
 *
 * Owns: nothing.
 * Uses: again, recipients, addresses, lists, leave, writer, deps, log.
 */

#ifndef PUBLISH_H
#define PUBLISH_H

#include "builders/lists.h"
#include "builders/recipients.h"

/* Put the keys of a host into r->keys, with the addresses kept by hand.  "list"
 * is NULL for a host that only those name. */
void publish_keys(
    struct recipients *r, const struct lists_item *list, const char *host);

/* Write the list, what it was read from, and what the next run needs.  Returns
 * 0, or -1, logged. */
int publish_list(struct recipients *r);

#endif
