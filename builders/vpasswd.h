/*
 * vpasswd - the mailboxes of one vpopmail domain.
 *
 * A line is name:crypt:uid:gid:gecos:dir:quota[:cleartext]; the gid field
 * holds flags.  The file vpasswd is read and, only where it is missing,
 * vpasswd.cdb.
 *
 * Owns: the file's bytes and the array of mailboxes.
 * Uses: cdbscan, source, deps, log.
 */

#ifndef VPASSWD_H
#define VPASSWD_H

#include <stdbool.h>
#include <stddef.h>

#include "builders/deps.h"
#include "builders/source.h"

#define VPASSWD_COLONS 6
/* Flags. */
#define VPASSWD_BOUNCE_MAIL 0x10
#define VPASSWD_NO_SMTP 0x800
#define VPASSWD_OVERRIDE 0x2000 /* the domain's limits do not count */

struct vpasswd_box {
	const char *name;
	const char *hash; /* of the password; NULL if a program named it */
	size_t hash_len;
	unsigned long flags;
	bool legal; /* vdelivermail takes such a name */
	bool open;  /* it delivers to it: legal, and no BOUNCE_MAIL flag */
};

struct vpasswd {
	struct source file;
	struct vpasswd_box *boxes; /* by name, each once */
	size_t n;
	size_t size;
};

void vpasswd_init(struct vpasswd *v);
void vpasswd_fini(struct vpasswd *v);

/* Take "v->file", vpasswd or vpasswd.cdb, to pieces.  Pure.  Returns 0, or the
 * number of the first line, or record, with too few colons; or -1 for a cdb
 * that is not whole. */
long vpasswd_parse(struct vpasswd *v);
long vpasswd_parse_cdb(struct vpasswd *v);

/* The same for names that a program printed: one a line, alone, behind "name:"
 * or before an '@', in any case of letters; every one open, if it is legal. */
long vpasswd_parse_names(struct vpasswd *v);

/* Read the mailboxes of the domain in "directory".  Returns 0; 1 if there is no
 * file at all; or -1, logged. */
int vpasswd_try(struct vpasswd *v, struct deps *deps, const char *directory);

/* The same, but no file at all is trouble: they are somewhere else, in a
 * database perhaps. */
int vpasswd_read(struct vpasswd *v, struct deps *deps, const char *directory);

/* The mailbox of this name, or NULL. */
const struct vpasswd_box *vpasswd_find(
    const struct vpasswd *v, const char *name);

/* Does vdelivermail take such a name of a user, of a host? */
bool vpasswd_is_name(const char *name);
bool vpasswd_is_host(const char *host);

#endif
