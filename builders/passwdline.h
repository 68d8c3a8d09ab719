/*
 * passwdline - one line of a file in the form of passwd(5).
 *
 * What getpwent(3) passes over is no user here either.  (The call that reads
 * such a file, fgetpwent(3), is not to be had on the BSDs.)
 *
 * Owns: nothing; what it finds points into the line.
 * Uses: nothing.
 */

#ifndef PASSWDLINE_H
#define PASSWDLINE_H

#include <sys/types.h>

#include <stdbool.h>

/* The GNU libc passes over these before a name. */
#define PASSWDLINE_BLANKS " \t\v\f\r"

struct passwdline {
	const char *name;
	const char *home; /* "" if there is none */
	uid_t uid;
};

/* Cut a line into its fields.  False if it is empty, a comment, one of NIS, or
 * has no uid or no gid. */
bool passwdline_cut(struct passwdline *p, char *line);

#endif
