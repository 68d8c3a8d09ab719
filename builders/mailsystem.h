/*
 * mailsystem - what has been read of the mail system, and the question that
 * a mail puts to it: would it be delivered?
 *
 * Owns: the hosts, users, .qmail files, aliases and mailboxes read in this run.
 * Uses: command, delivery, dotqmail, fastforward, hosts, vpasswd, deps, log.
 */

#ifndef MAILSYSTEM_H
#define MAILSYSTEM_H

#include <sys/types.h>

#include <stdbool.h>

#include "builders/delivery.h"
#include "builders/deps.h"
#include "builders/dotqmail.h"
#include "builders/fastforward.h"
#include "builders/hosts.h"
#include "builders/vpasswd.h"

/* No name has this byte.  At the end of one it stands for any rest. */
#define MAILSYSTEM_ANY "\001"

/* Has vpopmail been built to deliver user-anything to user? */
enum mailsystem_ext {
	MAILSYSTEM_EXT_AUTO, /* its vpopmail_config.h tells */
	MAILSYSTEM_EXT_YES,
	MAILSYSTEM_EXT_NO
};

/* What the caller wants, where the mail system leaves a choice. */
struct mailsystem_options {
	const char *qmail;
	const char *vpopmail;
	enum mailsystem_ext ext;
	const char *alias;  /* NULL: the home of the user "alias" */
	const char *passwd; /* NULL: the system's users */
	uid_t first_uid;    /* of the users to list */
	uid_t last_uid;
	char break_char;     /* conf-break */
	bool accept_deleted; /* mail that is deleted counts as delivered */
	bool keep_bounced;   /* so does mail to mailboxes that bounce it */
	bool negatives;      /* know what is refused below a wider key */
	char *const *users_command; /* prints a domain's users; or NULL */
};

struct mailsystem {
	const struct mailsystem_options *options;
	struct hosts hosts;
	struct delivery delivery;
	struct dotqmail_set dotqmail;
	struct fastforward_set aliases;
	struct vpasswd mailboxes;   /* of the host below */
	const char *mailboxes_host; /* NULL for none yet */
	const char *mailboxes_path; /* where they were read from */
	bool mailboxes_trouble;     /* logged */
	bool mailboxes_asked;       /* of the command, for any host */
	bool has_ext;               /* vpopmail's QMAIL_EXT */
	bool host_matters; /* a question was decided by the host as well */
	struct deps *deps;
};

/* Why mail is delivered, or why not. */
enum mailsystem_reason {
	MAILSYSTEM_TROUBLE,  /* logged */
	MAILSYSTEM_DEFERRED, /* the home's mode has it tried again later */
	MAILSYSTEM_ASTRAY,   /* for vdelivermail, of a host it may not know */
	MAILSYSTEM_FILE,     /* a .qmail file delivers it */
	MAILSYSTEM_USER,     /* a user without a .qmail file */
	MAILSYSTEM_ALIAS,    /* fastforward does */
	MAILSYSTEM_MAILBOX,
	MAILSYSTEM_MAILBOX_EXT, /* of the name before the first dash */
	MAILSYSTEM_CATCH,       /* vdelivermail takes what has no mailbox */
	MAILSYSTEM_NO_FILE,
	MAILSYSTEM_FILE_BOUNCES,
	MAILSYSTEM_NO_ALIAS,
	MAILSYSTEM_NO_MAILBOX,
	MAILSYSTEM_MAILBOX_BOUNCES,
	MAILSYSTEM_ILLEGAL /* vdelivermail takes no such name or host */
};

struct mailsystem_answer {
	enum mailsystem_reason reason;
	const char *path; /* the file that decides, the directory where there is
			     none; lives as long as the system */
};

/* What is read is added to "deps", and the options are used: both stay the
 * caller's. */
void mailsystem_init(struct mailsystem *m, struct deps *deps,
    const struct mailsystem_options *options);
void mailsystem_fini(struct mailsystem *m);

/* Read what concerns all domains.  Returns 0, or -1, logged. */
int mailsystem_read(struct mailsystem *m);

/* Have the mailboxes of this host in m->mailboxes, those that vdelivermail
 * would find.  "host" is kept.  Returns 0, or -1, logged once. */
int mailsystem_open_mailboxes(struct mailsystem *m, const char *host);

/* Forget them, so that the next domain's group has what they are read from. */
void mailsystem_close_mailboxes(struct mailsystem *m);

/* The mailbox that vdelivermail, with QMAIL_EXT, takes for a name that has none
 * of its own: the one before the first dash, if it is open.  Or NULL. */
const struct vpasswd_box *mailsystem_find_ext(
    const struct mailsystem *m, const char *name);

/* What a .qmail file does, read now or earlier; mail that is deleted as the
 * options say. */
enum instruct_kind mailsystem_kind(
    struct mailsystem *m, struct dotqmail *d, struct dotqmail_file *file);

/* Is the mail of this local name, which came for "host", delivered?  1 yes, 0
 * no, -1 trouble, logged.  "answer" may be NULL. */
int mailsystem_delivers(struct mailsystem *m, const char *host,
    const char *local, struct mailsystem_answer *answer);

#endif
