/*
 * domain - the names of one domain: those that qmail would deliver.
 *
 * Names that may be valid come from everywhere that qmail would look: .qmail
 * files, users/cdb, the users of the system, vpopmail's mailboxes, fastforward.
 * Each is then put to the same question as a mail would be.
 *
 * Owns: nothing.
 * Uses: region, namelist, mailsystem, keys, digest, log.
 */

#ifndef DOMAIN_H
#define DOMAIN_H

#include "builders/keys.h"
#include "builders/mailsystem.h"
#include "daemon/digest.h"

/* Put the names of a domain, with its prepend, "" for a local one, into "keys",
 * sorted: the empty name alone where all are delivered.  "host" is kept.
 * Returns 0, or -1 for trouble, logged; the keys are then worth nothing. */
int domain_list(struct mailsystem *system, const char *host,
    const char *prepend, struct keys *keys);

/* Add the users of a host that is not ours whom virtualdomains gives a place
 * here, whatever "keys" says of them.  The same returns. */
int domain_add_users(
    struct mailsystem *system, const char *host, struct keys *keys);

/* What the files that concern all domains say of this one: while it is the
 * same, and every path used for its list is, the list is too.  "system_digest"
 * is domain_digest_system()'s.  Returns 0, or -1 for trouble, logged. */
int domain_digest(struct mailsystem *system, const char *host,
    const char *prepend, const struct digest *system_digest,
    struct digest *out);

/* All that those files say. */
struct digest domain_digest_system(const struct mailsystem *system);

#endif
