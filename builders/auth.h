/*
 * auth - who may log in to a mail system, with which password and what
 * variables.
 *
 * The logins of vpopmail are the mailboxes of each host in virtualdomains that
 * has an entry "+host-" in users/cdb, and vpasswd where that says; those of
 * the system come from files in the form of passwd and shadow.
 *
 * Owns: everything that was read.
 * Uses: authvars, cdbscan, control, instruct, limits, logins, userfile, users,
 * vpasswd, deps, log.
 */

#ifndef AUTH_H
#define AUTH_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "builders/authvars.h"
#include "builders/deps.h"
#include "builders/logins.h"
#include "builders/users.h"
#include "builders/vpasswd.h"

/* What to do about a domain that cannot be read. */
enum auth_trouble {
	AUTH_KEEP, /* its logins of the last product */
	AUTH_SKIP, /* nobody of it can log in */
	AUTH_FAIL
};

struct auth_options {
	const char *qmail;
	const char *vpopmail;
	const char *passwd; /* a file; or NULL, here and below */
	const char *shadow;
	const char *config;
	const char *last; /* the last product, for AUTH_KEEP */
	const char *deps_path;
	const char *cache_dir;
	const char *product; /* NULL: standard output */
	enum auth_trouble trouble;
	uid_t first_uid; /* the range of the users of "passwd" */
	uid_t last_uid;
	bool group_chosen;
	gid_t group;
	int64_t today; /* days since 1970 */
};

struct auth {
	const struct auth_options *options;
	struct deps deps;
	struct users users;
	struct vpasswd boxes;
	struct arena verdicts; /* of .qmail files */
	struct source last;
	bool last_read;
	struct authvars vars;
	struct logins logins;
	bool troubled; /* by a domain; logged */
};

/* The options are kept. */
void auth_init(struct auth *a, const struct auth_options *options);
void auth_fini(struct auth *a);

/* Read it all.  Returns 0; 1 if the configuration is wrong; -1 for trouble;
 * logged. */
int auth_read(struct auth *a);

#endif
