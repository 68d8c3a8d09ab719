/*
 * runlock - the lock of a rule's run, and whose it is.
 *
 * A file that the command inherits, locked by flock(2), so that a daemon that
 * starts while an earlier one's run goes on finds it held.  The file names the
 * command: the number of its group, and when its leader was started.  The locks
 * of a daemon itself name it likewise.
 *
 * Owns: nothing.
 * Uses: log, process.
 */

#ifndef RUNLOCK_H
#define RUNLOCK_H

#include <sys/types.h>

#include <stdbool.h>

/* Open and lock the file, which is made if it is not there.  Returns the
 * descriptor, or -1 with errno and a warning logged, but for EWOULDBLOCK: an
 * earlier run holds it. */
int runlock_take(const char *path);

/* Open the file again, to sign it, and make it name nobody.  Returns the
 * descriptor, or -1 with a warning logged. */
int runlock_blank(const char *path);

/* The same for a file that names nobody. */
int runlock_reopen(const char *path);

/* Make it name nobody again.  Returns 0, or -1.  Of a command's lock only once
 * it is unlocked: who dies between must not leave one that is held, by what the
 * command left behind, and names nobody. */
int runlock_clear(int fd);

/* Name the command, or the daemon.  Trouble is logged, and no more. */
void runlock_sign(int fd, const char *path, pid_t pid);

/* Unlock and close, for all who inherited it too.  "name" is the rule's, for
 * the log.  Nothing for -1.  Keeps errno. */
void runlock_release(int fd, const char *name);

/* Does a run hold it, one that is not ours?  Returns 1 or 0, or -1 with errno
 * and a warning logged if it cannot be told. */
int runlock_is_held(const char *path);

/* After EWOULDBLOCK: the process group of the earlier run, to show or to end
 * it.  Returns 0 if it cannot be told for certain: no group may be signalled
 * then.  "over": its command has ended for certain, and the lock is held by
 * what that has left behind. */
pid_t runlock_holder(const char *path, bool *over);

/* When its command has ended for certain: the number of its group, if what it
 * has left there can be ended.  Returns 0 if the number may be a stranger's. */
pid_t runlock_rest(const char *path);

#endif
