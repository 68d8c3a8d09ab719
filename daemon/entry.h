/*
 * entry - what a name in a directory stands for, looked at and then entered.
 *
 * What is entered is what was looked at: a swap between the two gains nothing.
 * No link is followed.
 *
 * Owns: a descriptor for each entry that is held.
 * Uses: nothing.
 */

#ifndef ENTRY_H
#define ENTRY_H

#include <sys/stat.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

struct entry {
	int fd;     /* of what is there, or -1 */
	bool there; /* else nothing is */
	struct stat st;
};

/* Return a descriptor of the directory, good for these calls, openat(2) and
 * fstat(2), or -1 with errno. */
int entry_root(void);
int entry_parent(int dir_fd);

/* Look at a name.  "leads": others come behind it; then what is mounted on
 * demand is mounted.  Returns 0, also if nothing is there, or -1 with errno. */
int entry_look(struct entry *e, int dir_fd, const char *name, bool leads);

/* Enter a directory that was looked at with "leads".  Returns a descriptor as
 * entry_root() does. */
int entry_enter(const struct entry *e);

/* What the link at this name says.  Returns its length, or -1 with errno. */
ssize_t entry_link(const struct entry *e, int dir_fd, const char *name,
    char *text, size_t room);

/* An entry that was looked at, also in vain; keeps errno. */
void entry_close(struct entry *e);

/* May an access list on this directory name users whom its mode does not?  True
 * also where that cannot be found out. */
bool entry_has_list(int dir_fd);

#endif
