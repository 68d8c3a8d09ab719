/*
 * judge - is a product behind its sources, and why?
 *
 * Compares what is now with what was when the last good run began.  The only
 * place that decides; a function of its arguments that touches no file.
 *
 * Owns: nothing.
 * Uses: digest, pattern, stamp, stampset.
 */

#ifndef JUDGE_H
#define JUDGE_H

#include <stdbool.h>

#include "daemon/digest.h"
#include "daemon/stamp.h"
#include "daemon/stampset.h"

/* What the judge needs to know of the rule and the moment. */
struct judge_terms {
	struct digest rule;
	bool build;   /* has a target */
	bool named;   /* names sources, be they there or not */
	bool create;  /* make a missing target */
	bool content; /* equal bytes under a new stamp are no change */
	bool always;  /* and the question came from a hint, start or scan */
	bool deps;    /* a command tells what it read: unknown before a run */
};

struct judge_answer {
	enum stamp_verdict verdict;
	enum stamp_reason reason;
	const char *path; /* in one of the sets; NULL: the target, or nothing */
	const struct stamp *then, *now; /* of it, or NULL */
	bool store; /* current, but the record is missing or outdated */
};

/* One of possibly many things that differ.  "path" NULL: the target. */
struct judge_difference {
	enum stamp_reason reason; /* STAMP_NONE: it cannot be looked at */
	const char *path;
	const struct stamp *then, *now; /* or NULL */
};

typedef void judge_fn(const struct judge_difference *difference, void *arg);

/* Call fn for everything that differs, not only for what decided: for people
 * who ask why. */
void judge_each(const struct judge_terms *terms, const struct stamp_past *past,
    const struct stamp_set *now, const struct stamp *target, judge_fn *fn,
    void *arg);

/* "now" and "past->sources" are sorted.  What comes back points into the
 * arguments. */
void judge_rule(const struct judge_terms *terms, const struct stamp_past *past,
    const struct stamp_set *now, const struct stamp *target,
    struct judge_answer *out);

/* Is all that a run depends on as it was when one was tried in vain?  "terms"
 * is the digest of what the rule says. */
bool judge_same(const struct stamp_past *tried, struct digest terms,
    const struct stamp_set *now, bool content);

#endif
