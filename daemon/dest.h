/*
 * dest - where a rule's product goes, and as whom we may act there.
 *
 * A target that is a symbolic link stands for the file behind it.  The way
 * there is walked name by name, also through links in the middle.  Where the
 * rule's user may write to a directory on it, as its owner, by a group, an
 * access list or as anybody, that user decides what the names in it lead to,
 * and so we act as that user: a name that was swapped for a link to elsewhere
 * then opens no door that was closed before.  In a sticky directory that holds
 * for the user's own entries and for links.
 *
 * Only the effective user changes, and dest_close() brings back our own, so
 * the user can neither signal nor trace us.
 *
 * Owns: the directory's descriptor, the path, the borrowed identity.
 * Uses: log, entry, rule.
 */

#ifndef DEST_H
#define DEST_H

#include <sys/types.h>

#include <stdbool.h>

#include "daemon/rule.h"

struct dest {
	const struct rule *rule;
	char *path;       /* of the target, links resolved */
	const char *name; /* its last component, in path */
	int dir_fd;
	bool look;     /* for where the user may write */
	bool borrowed; /* there is such a place: act as that user */
	bool acting;   /* as the user, now */
	gid_t *own_groups, *user_groups;
	int own_count, user_count;
};

/* Find and open the directory.  Returns 0, then we act as the right user, or
 * -1 with errno and nothing to close. */
int dest_open(struct dest *d, const struct rule *rule);

/* Be ourselves for a moment, and the right user again.  Both exit the process
 * if the kernel refuses: nobody must go on as the wrong user. */
void dest_leave(struct dest *d);
void dest_enter(struct dest *d);

/* Be ourselves again and free everything.  Keeps errno. */
void dest_close(struct dest *d);

#endif
