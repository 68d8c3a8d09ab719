/*
 * explain - why is an address valid, or why is it not?
 *
 * Owns: nothing.
 * Uses: publish, recipients, domain, log.
 */

#ifndef EXPLAIN_H
#define EXPLAIN_H

#include "builders/recipients.h"

/* Print, after recipients_read(), what the list says of an address, and which
 * file is the reason.  Returns 1 for a valid one, 0 for another, -1 for
 * trouble, logged. */
int explain_address(struct recipients *r, const char *address);

#endif
