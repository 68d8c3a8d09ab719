/*
 * hosts - the hosts that qmail-smtpd takes mail for, and where it then goes.
 *
 * A host that only a ".domain" of rcpthosts takes has no name here, unless
 * another control file names it.
 *
 * Owns: the control files that say so, and the list of hosts.
 * Uses: control, cdbscan, source, deps, log.
 */

#ifndef HOSTS_H
#define HOSTS_H

#include <stdbool.h>
#include <stddef.h>

#include "builders/arena.h"
#include "builders/control.h"
#include "builders/deps.h"

enum hosts_class {
	HOSTS_LOCAL,    /* in locals */
	HOSTS_VIRTUAL,  /* in virtualdomains, with a prepend */
	HOSTS_ROUTED,   /* in smtproutes, or an exception in virtualdomains */
	HOSTS_UNHANDLED /* in none of them: a backup MX */
};

struct hosts_place {
	enum hosts_class class;
	const char *prepend; /* of a virtual host, without the dash */
};

/* user@host:prepend of virtualdomains. */
struct hosts_user {
	const char *host;
	const char *user;
	const char *prepend; /* "" for an exception: the mail goes elsewhere */
};

struct hosts {
	struct arena text;
	struct control rcpthosts;
	struct control more; /* the keys of morercpthosts.cdb */
	struct control locals;
	struct control virtualdomains;
	struct control smtproutes;
	struct control percenthack;
	const char **names; /* sorted, each once */
	size_t n;
	size_t size;
	const char **prepends; /* of virtualdomains; sorted, each once */
	size_t n_prepends;
	size_t prepends_size;
	struct hosts_user *users; /* by host and user */
	size_t n_users;
	size_t users_size;
};

void hosts_init(struct hosts *h);
void hosts_fini(struct hosts *h);

/* Read the control files below "qmail".  Returns 0, or -1, logged. */
int hosts_read(struct hosts *h, struct deps *deps, const char *qmail);

/* Does qmail-smtpd take mail for the host? */
bool hosts_accept(const struct hosts *h, const char *host);

/* Is the host among the names? */
bool hosts_is_named(const struct hosts *h, const char *host);

/* Where qmail-send sends mail for the host. */
struct hosts_place hosts_find(const struct hosts *h, const char *host);

/* Does qmail-send make user%fqdn@host of it mail for user@fqdn? */
bool hosts_has_percent(const struct hosts *h, const char *host);

/* The users of the host that virtualdomains names: how many from "*first". */
size_t hosts_users(
    const struct hosts *h, const char *host, const struct hosts_user **first);

/* Does a local name begin with a prepend of virtualdomains and a dash? */
bool hosts_is_prepended(const struct hosts *h, const char *name);

#endif
