/*
 * presence - is there a daemon for this run directory?
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef PRESENCE_H
#define PRESENCE_H

enum presence {
	PRESENCE_NO,
	PRESENCE_YES,
	PRESENCE_HIDDEN, /* the lock may not be looked at: ask otherwise */
};

/* Is RUN/lock held?  Never waits.  Any trouble but "there is no such file" is
 * PRESENCE_HIDDEN, with errno. */
enum presence presence_look(int run_fd);

#endif
