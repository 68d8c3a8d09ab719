/*
 * mailsystem - what has been read of the mail system, and the question that
 * a mail puts to it: would it be delivered?
 *
 * Owns: the hosts, users, .qmail files and mailboxes read in this run.
 * Uses: delivery, dotqmail, hosts, vpasswd, deps, log.
 */

#ifndef MAILSYSTEM_H
#define MAILSYSTEM_H

#include <sys/types.h>

#include <stdbool.h>

#include "builders/delivery.h"
#include "builders/deps.h"
#include "builders/dotqmail.h"
#include "builders/hosts.h"
#include "builders/vpasswd.h"

/* Has vpopmail been built to deliver user-anything to user? */
enum mailsystem_ext {
	MAILSYSTEM_EXT_AUTO, /* its vpopmail_config.h tells */
	MAILSYSTEM_EXT_YES,
	MAILSYSTEM_EXT_NO
};

struct mailsystem {
	struct hosts hosts;
	struct delivery delivery;
	struct dotqmail_set dotqmail;
	struct vpasswd mailboxes;   /* of the host below */
	const char *mailboxes_host; /* NULL for none yet */
	bool mailboxes_trouble;     /* logged */
	bool has_ext;               /* vpopmail's QMAIL_EXT */
};

struct mailsystem_paths {
	const char *qmail;
	const char *vpopmail;
	enum mailsystem_ext ext;
	const char *alias;  /* NULL: the home of the user "alias" */
	const char *passwd; /* NULL: the system's users */
	uid_t first_uid;    /* of the users to list */
	uid_t last_uid;
};

/* What is read is added to "deps", which stays the caller's. */
void mailsystem_init(struct mailsystem *m, struct deps *deps);
void mailsystem_fini(struct mailsystem *m);

/* Read what concerns all domains.  Returns 0, or -1, logged. */
int mailsystem_read(struct mailsystem *m, const struct mailsystem_paths *paths);

/* Have the mailboxes of this host in m->mailboxes, those that vdelivermail
 * would find.  "host" is kept.  Returns 0, or -1, logged once. */
int mailsystem_open_mailboxes(struct mailsystem *m, const char *host);

/* The mailbox that vdelivermail, with QMAIL_EXT, takes for a name that has none
 * of its own: the one before the first dash, if it is open.  Or NULL. */
const struct vpasswd_box *mailsystem_find_ext(
    const struct mailsystem *m, const char *name);

/* Is the mail of this local name, which came for "host", delivered?  1 yes, 0
 * no, -1 trouble, logged. */
int mailsystem_delivers(
    struct mailsystem *m, const char *host, const char *local);

#endif
