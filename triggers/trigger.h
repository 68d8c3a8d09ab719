/*
 * trigger - the seam between what wakes the daemon and what decides.
 *
 * A source of hints knows nothing of rules.  It is given topics (numbers that
 * mean something only to the caller), and calls one function: "topic T may
 * have changed".  Hints may be too many, never too few; nothing of what comes
 * through a pipe is in them.
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef TRIGGER_H
#define TRIGGER_H

#define TRIGGER_ALL 0u /* every topic of this source; real topics start at 1 */

enum trigger_kind { TRIGGER_PIPE, TRIGGER_WATCH, TRIGGER_SCAN };

struct trigger_hint {
	enum trigger_kind kind;
	unsigned topic;
	const char *path; /* watch: what changed, if known, else NULL */
};

typedef void trigger_fn(const struct trigger_hint *hint, void *arg);

#endif
