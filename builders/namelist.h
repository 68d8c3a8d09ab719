/*
 * namelist - the names of one domain, as they are found.
 *
 * What is only a name that may be valid is put to the same question as a mail
 * would be.
 *
 * Owns: nothing.
 * Uses: mailsystem, keys.
 */

#ifndef NAMELIST_H
#define NAMELIST_H

#include <stdbool.h>
#include <stddef.h>

#include "builders/keys.h"
#include "builders/mailsystem.h"

#define NAMELIST_NAME_MAX 2048 /* bytes of a name with its NUL */
#define NAMELIST_PREPEND_MAX 1024

/* The domain, and its names so far. */
struct namelist {
	struct mailsystem *system;
	struct keys *keys;
	const char *host;
	char prefix[NAMELIST_PREPEND_MAX + 2];
	const struct hosts_user *hidden; /* virtualdomains names them */
	size_t n_hidden;
	bool percent; /* a name with a '%' is another host's: percenthack */
	bool divided; /* there are regions beside the widest */
	bool all;     /* every address is delivered */
};

/* Does mail for the name never come to this domain? */
bool namelist_hides(const struct namelist *d, const char *name);

/* The name is listed as what "delivers" says. */
void namelist_add(struct namelist *d, const char *name, int delivers);

/* All names that begin so.  A key for that must end in a break before its
 * "default"; where there is none, the next wider key accepts more than is
 * delivered, but loses no mail. */
void namelist_add_all(struct namelist *d, const char *begin);

/* Add a name if its mail is delivered; if not, as refused where that is wanted.
 * Returns 0, or -1, logged. */
int namelist_try(struct namelist *d, const char *name);

/* Where all names that begin so bounce, a wider key must not accept them: have
 * them refused, if that is wanted.  The same returns. */
int namelist_try_none(struct namelist *d, const char *begin);

/* Join into one text.  False if it does not fit: too long to arrive. */
bool namelist_join(
    char out[NAMELIST_NAME_MAX], const char *a, const char *b, const char *c);

#endif
