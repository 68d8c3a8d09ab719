/*
 * domain - the addresses of one domain: those that qmail would deliver.
 *
 * Names that may be valid come from everywhere that qmail would look: .qmail
 * files, users/cdb, the users of the system, vpopmail's mailboxes.  Each is
 * then put to the same question as a mail would be.
 *
 * Owns: nothing.
 * Uses: mailsystem, keys, log.
 */

#ifndef DOMAIN_H
#define DOMAIN_H

#include "builders/keys.h"
#include "builders/mailsystem.h"

#define DOMAIN_NAME_MAX 2048 /* bytes of a name with its NUL */
#define DOMAIN_PREPEND_MAX 1024

/* Add the keys of a domain, with its prepend, "" for a local one: the single
 * "@host" where every address is delivered.  "host" is kept.  Returns 0, or -1
 * for trouble, logged, after which the keys added are worth nothing. */
int domain_list(struct mailsystem *system, const char *host,
    const char *prepend, struct keys *keys);

#endif
