/*
 * scratch - the directory in which a rule's command builds.
 *
 * STATE/build/RULE is emptied before each run; STATE/cache/RULE is kept, and
 * made when the command first asks for it; both belong to the rule's user, mode
 * 0700.  What lies in them is that user's: it is never trusted, and never
 * entered through a symbolic link.  When the rule gets another user, both are
 * emptied first.
 *
 * Owns: the paths.
 * Uses: log, stamp, rule, removal.
 */

#ifndef SCRATCH_H
#define SCRATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/rule.h"
#include "daemon/stamp.h"

/* A build directory that was found empty and the user's. */
struct scratch_left {
	bool known;
	uid_t uid;
	gid_t gid;
	struct stamp dir;
};

/* Zeroed before the first use. */
struct scratch {
	char *build_dir, *new_path, *deps_path, *cache_dir;
	struct scratch_left left; /* as long as nobody goes there; stays */
};

/* Make or empty the directories.  Returns 0, or -1 with a warning logged.
 * "briefly": or 1, when that would take more than some milliseconds; then it
 * is to be called again, not briefly, where it may. */
int scratch_open(struct scratch *s, const char *state_dir,
    const struct rule *rule, bool briefly);

/* Free the paths; what was built stays until the next run. */
void scratch_close(struct scratch *s);

/* Remove both directories of a rule that is no more.  Returns 0, or -1 with
 * errno; if there is too much in them, calling it again goes on. */
int scratch_remove(const char *state_dir, const char *name);

/* Open for reading what a command left at "path": no link is followed, nothing
 * waits, and it must be a regular file with one name, and belong to the
 * rule's user if there is one.  Returns the descriptor, or -1 with errno and
 * the reason in "why". */
int scratch_read(
    const struct rule *rule, const char *path, char *why, size_t size);

#endif
