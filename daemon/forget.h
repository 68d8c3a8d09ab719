/*
 * forget - remove what is kept of instances that went away.
 *
 * Records, what was tried, refused products, build and cache directories, the
 * last output and the lock; not the product, and not that somebody has paused
 * the instance, which he may do because it is to go away and come back.
 *
 * Blocks: the daemon calls it in a helper.
 *
 * Owns: nothing.
 * Uses: rule, record, scratch, refused, job.
 */

#ifndef FORGET_H
#define FORGET_H

#include "daemon/rule.h"

enum forget_outcome {
	FORGET_DONE,
	FORGET_LATER,  /* an instance still runs: it was left alone */
	FORGET_FAILED, /* see errno; the rest is gone */
};

/* Of all instances of "rule" that are no rules of the set. */
enum forget_outcome forget_instances(const struct rule_set *set,
    const char *rule, const char *state_dir, const char *run_dir);

#endif
