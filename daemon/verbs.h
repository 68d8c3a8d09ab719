/*
 * verbs - the commands that clients send.
 *
 * A const table, the only place where these words are written.  Daemon and
 * client go by it.
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef VERBS_H
#define VERBS_H

#include <stddef.h>

enum verbs_verb {
	VERBS_CHECK,
	VERBS_RUN,
	VERBS_SYNC,
	VERBS_ACCEPT,
	VERBS_PAUSE,
	VERBS_RESUME,
	VERBS_RELOAD,
};

struct verbs_def {
	const char *word;
	enum verbs_verb command;
	int least_rules; /* how many RULE arguments it needs */
	const char *help;
};

/* The table of commands, and its length.  verbs_find() returns the entry of
 * a word, or NULL. */
const struct verbs_def *verbs_all(size_t *count);
const struct verbs_def *verbs_find(const char *word);

#endif
