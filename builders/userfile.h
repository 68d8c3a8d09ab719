/*
 * userfile - users and the hashes of their passwords, from a file in the form
 * of passwd(5) or of shadow(5).
 *
 * Empty lines, and those that begin with '#', '+' or '-' (comments, NIS), are
 * skipped.  Of passwd a line needs its six colons and a uid; of shadow nothing
 * but a name, a colon and the hash, so that a site's own list will do.
 *
 * Owns: the file's bytes and the array of users.
 * Uses: source, deps, log.
 */

#ifndef USERFILE_H
#define USERFILE_H

#include <stddef.h>
#include <stdint.h>

#include "builders/deps.h"
#include "builders/source.h"

#define USERFILE_PASSWD_COLONS 6
#define USERFILE_NO_UID UINT32_MAX
#define USERFILE_NEVER INT64_MAX

enum userfile_form { USERFILE_PASSWD, USERFILE_SHADOW };

struct userfile_user {
	const char *name;
	const char *hash;
	size_t hash_len;
	uint32_t uid;    /* of passwd, else USERFILE_NO_UID */
	int64_t expires; /* of shadow, in days since 1970, or USERFILE_NEVER */
};

struct userfile {
	struct source file;
	struct userfile_user *users; /* by name, the first of each */
	size_t n;
	size_t size;
};

void userfile_init(struct userfile *u);
void userfile_fini(struct userfile *u);

/* Take "u->file" to pieces.  Pure.  Returns 0, or the number of the first line
 * that is not of this form. */
long userfile_parse(struct userfile *u, enum userfile_form form);

/* Read a file, which must be there.  Returns 0, or -1, logged. */
int userfile_read(struct userfile *u, struct deps *deps, const char *path,
    enum userfile_form form);

/* The user of this name, or NULL. */
const struct userfile_user *userfile_find(
    const struct userfile *u, const char *name);

#endif
