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
 * Uses: mailsystem, keys.
 */

#ifndef REGION_H
#define REGION_H

#include <stdbool.h>
#include <stddef.h>

#include "builders/keys.h"
#include "builders/mailsystem.h"

#define REGION_NAME_MAX 2048 /* bytes of a name with its NUL */
#define REGION_PREPEND_MAX 1024

/* The domain whose names are being listed. */
struct region_domain {
	struct mailsystem *system;
	struct keys *keys;
	const char *host;
	char prefix[REGION_PREPEND_MAX + 2];
	const struct hosts_user *hidden; /* virtualdomains names them */
	size_t n_hidden;
	bool percent; /* a name with a '%' is another host's: percenthack */
	bool divided; /* there are regions beside the widest */
	bool all;     /* every address is delivered */
};

/* Add the names of a region, which are "begin" and a rest; "tail" is the part
 * of the prefix that belongs to the extension.  Returns 0, or -1, logged. */
int region_list(struct region_domain *d, const struct delivery_place *place,
    const char *begin, const char *tail);

/* Add a name if its mail is delivered; if not, as refused where that is wanted.
 * The same returns. */
int region_try(struct region_domain *d, const char *name);

/* Where all names that begin so bounce, a wider key must not accept them: have
 * them refused, if that is wanted.  The same returns. */
int region_try_none(struct region_domain *d, const char *begin);

/* The name is listed as what "delivers" says. */
void region_add(struct region_domain *d, const char *name, int delivers);

/* Join into one text.  False if it does not fit: too long to arrive. */
bool region_join(
    char out[REGION_NAME_MAX], const char *a, const char *b, const char *c);

#endif
