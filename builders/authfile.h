/*
 * authfile - auth.cdb, written: who logs in, the hash, the variables.
 *
 * Nobody but the owner may read it before it has its group.
 *
 * Owns: nothing.
 * Uses: auth, cdbfile, log.
 */

#ifndef AUTHFILE_H
#define AUTHFILE_H

#include "builders/auth.h"

#define AUTHFILE_MODE 0640

/* Write what was read from, then the product.  Returns 0, or -1, logged. */
int authfile_write(struct auth *a);

#endif
