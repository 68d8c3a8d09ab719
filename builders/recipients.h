/*
 * recipients - what is read of a mail system, and the list of one host.
 *
 * Owns: everything that is read.
 * Uses: domain, mailsystem, addresses, lists, lastrun, writer, log.
 */

#ifndef RECIPIENTS_H
#define RECIPIENTS_H

#include <stdbool.h>
#include <time.h>

#include "builders/addresses.h"
#include "builders/deps.h"
#include "builders/keys.h"
#include "builders/lastrun.h"
#include "builders/lists.h"
#include "builders/mailsystem.h"
#include "builders/writer.h"
#include "daemon/digest.h"

/* What to do about a domain that cannot be read. */
enum recipients_trouble {
	RECIPIENTS_KEEP, /* its list of the last run; without one, accept */
	RECIPIENTS_ACCEPT,
	RECIPIENTS_SKIP,
	RECIPIENTS_FAIL
};

/* What to do about a host that is taken mail for, but handled nowhere. */
enum recipients_unhandled {
	RECIPIENTS_UNHANDLED_ACCEPT,
	RECIPIENTS_UNHANDLED_SKIP,
	RECIPIENTS_UNHANDLED_FAIL
};

/* Which names without a host to list. */
enum recipients_bare {
	RECIPIENTS_BARE_POSTMASTER,
	RECIPIENTS_BARE_NONE,
	RECIPIENTS_BARE_ALL
};

struct recipients_options {
	struct mailsystem_options system;
	enum recipients_trouble trouble;
	enum recipients_unhandled unhandled;
	enum recipients_bare bare;
	bool no_local;
	const char *lists_dir; /* of routed hosts; or NULL */
	const char *exclude;   /* files of addresses; or NULL */
	const char *extra;
	const char *cache_dir; /* or NULL */
	const char *deps_path; /* or NULL */
	const char *product;   /* the cdb, or NULL */
	enum writer_form form;
	enum writer_dialect dialect;
	struct digest digest; /* of all that changes a list */
};

struct recipients {
	const struct recipients_options *options;
	struct mailsystem system;
	struct deps deps;
	struct keys keys;
	struct addresses exclude;
	struct addresses extra;
	struct lastrun last;
	struct lastrun second; /* what a second process has listed */
	struct lists lists;
	struct digest system_digest;
	const char *bare_host;   /* what a name without one gets; or NULL */
	struct lists_item local; /* good for every local host, if known */
	bool local_known;
	struct timespec started;
	bool troubled; /* nothing may be written */
	bool changing; /* what no stamp tells was asked for, or kept */
};

/* The options are used, and stay the caller's. */
void recipients_init(
    struct recipients *r, const struct recipients_options *options);
void recipients_fini(struct recipients *r);

/* Read the system, the addresses kept by hand, and what the last run left.
 * Returns 1 if nothing at all has changed since, 0 otherwise; -1 for trouble,
 * logged. */
int recipients_read(struct recipients *r);

/* Was the last run asked for the same? */
bool recipients_has_same_options(const struct recipients *r);

/* Have a key for every address of a host, and no other, in r->keys. */
void recipients_accept_all(struct recipients *r);

/* The keys of one host, whatever its class, put into r->keys: 0, or -1 for
 * trouble, logged. */
int recipients_list_host(struct recipients *r, const char *host);

#endif
