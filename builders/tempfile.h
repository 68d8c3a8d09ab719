/*
 * tempfile - a file that its readers see whole or not at all.
 *
 * Written under a name of its own beside the target, fsynced, renamed, and the
 * directory fsynced: after a power cut there is the old file or the new one.
 * What a killed process has left beside the target is removed.
 *
 * Owns: the descriptor and the temporary file, until commit or close.
 * Uses: stale, writeout; log, only when there is no memory.
 */

#ifndef TEMPFILE_H
#define TEMPFILE_H

#include <sys/types.h>

#include <stdbool.h>

struct tempfile {
	char *path; /* the target; the file that a symbolic link names */
	char *temp;
	int fd;
	bool restricted;
};

/* Make the temporary file with "mode", less the umask.  A target that exists
 * must be a regular file.  Returns 0, or -1 with errno (EEXIST: the target is
 * something else than a file). */
int tempfile_open(struct tempfile *t, const char *path, mode_t mode);

/* For a file that not everybody may read, opened with mode 0600: give it this
 * group, or for (gid_t)-1 that of the target if there is one, and then "mode",
 * whatever the umask.  A target with another group or mode is not equal to it.
 * Returns 0, or -1 with errno. */
int tempfile_restrict(struct tempfile *t, mode_t mode, gid_t group);

/* Let the disk begin with what has been written so far: the commit will not
 * wait as long.  A hint, which never fails. */
void tempfile_begin_sync(const struct tempfile *t);

/* Make it the target.  Returns 0, or -1 with errno; close it in any case. */
int tempfile_commit(struct tempfile *t);

/* The same, but a target of the same bytes stays as it is. */
int tempfile_commit_changed(struct tempfile *t);

/* The same as tempfile_commit(), without waiting for the disk: for a file
 * whose reader can tell a damaged one. */
int tempfile_commit_unsynced(struct tempfile *t);

/* Remove what was not committed.  Safe when open failed; keeps errno. */
void tempfile_close(struct tempfile *t);

#endif
