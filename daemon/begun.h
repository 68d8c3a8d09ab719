/*
 * begun - the targets that a run of ours may have written.
 *
 * What a run of ours has made is newer than the sources, though these may have
 * changed during the run, or the command may have failed half-way.  Times tell
 * nothing of such a target any more, also not to a rule that comes to it later,
 * by another name: so each has an empty file in STATE/begun/, called after the
 * digest of its path, which is there before the command can write it, and
 * stays.
 *
 * Owns: the files.
 * Uses: digest, syncdir.
 */

#ifndef BEGUN_H
#define BEGUN_H

/* A run may write this target from now on.  Returns 1 if none could before, 0
 * if that was known, -1 with errno. */
int begun_mark(const char *state_dir, const char *target);

/* After a 1: wait until a power cut cannot undo it.  Returns 0, or -1 with
 * errno. */
int begun_sync(const char *state_dir);

/* Has a run of ours, now or once?  Returns 1 or 0, or -1 with errno: that
 * cannot be told. */
int begun_has(const char *state_dir, const char *target);

/* After a 1: the run has left it alone.  Returns 0, or -1 with errno. */
int begun_forget(const char *state_dir, const char *target);

#endif
