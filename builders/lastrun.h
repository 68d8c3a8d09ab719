/*
 * lastrun - what the last run has left.
 *
 * A run without any change reads only half of the file.  One that is damaged,
 * of another version of the program, or that another user than root can write,
 * is as good as none.
 *
 * Owns: the file while it is open, and what was read of it: for a struct deps
 * that has taken its paths, it must stay.
 * Uses: lastform, lists, deps, log.
 */

#ifndef LASTRUN_H
#define LASTRUN_H

#include <stdbool.h>
#include <stdint.h>

#include "builders/deps.h"
#include "builders/lastform.h"
#include "builders/lists.h"
#include "builders/stamp.h"

struct lastrun {
	int fd; /* -1: there is no file */
	struct lastform_header header;
	struct lastform_table table;
	char *bytes; /* of the table */
	char *keys;
	struct lists lists;   /* after lastrun_take() */
	struct stamp *stamps; /* of the paths then, by their numbers in deps */
	uint32_t *paths;      /* their numbers in deps */
	uint32_t *numbers;    /* those of the uses */
};

/* Open the file that the last run left in "directory"; "deps" gets the paths,
 * unused.  Whatever is wrong with it is logged, and it is none. */
void lastrun_open(struct lastrun *r, const char *directory, struct deps *deps);

/* The same for what has been written to a file that is open, and now is ours.
 * Says nothing; r->fd is -1 if anything is wrong. */
void lastrun_open_fd(struct lastrun *r, int fd, struct deps *deps);

/* Is every path that was used as it was then? */
bool lastrun_is_current(const struct lastrun *r, struct deps *deps);

/* Read the lists.  Returns 0, or -1: they are damaged, or there is no file, and
 * there are none. */
int lastrun_take(struct lastrun *r);

/* Safe when it was not opened but cleared, with -1 for the descriptor. */
void lastrun_close(struct lastrun *r);

#endif
