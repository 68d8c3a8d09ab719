/*
 * look - one rule's question to the disk, while it is under way.
 *
 * Most are answered at once.  One that may take long is asked in a helper, and
 * so is the record written that a check leaves; then the answer comes later.
 *
 * Owns: the check, from the question until it is taken; its helper; a memo of
 * the record.
 * Uses: log, rule, mounts, check, record, memo, run, helper, kept, longcheck.
 */

#ifndef LOOK_H
#define LOOK_H

#include "daemon/check.h"
#include "daemon/helper.h"
#include "daemon/kept.h"
#include "daemon/mounts.h"
#include "daemon/rule.h"
#include "daemon/run.h"

/* The answer has come, and is in look->check. */
typedef void look_fn(void *arg);

struct look {
	const struct run_place *place;
	struct mounts *mounts; /* shared by all that look */
	struct kept *kept;     /* the rule's; gets a record not written */
	look_fn *on_answer;
	void *arg;
	const struct rule *rule; /* not owned */
	unsigned asked;          /* bits of check.h */
	struct memo memo;        /* of the rule's record */
	struct check *check;     /* the last, or the one under way; or NULL */
	bool wide;               /* there was more than its record told of */
	struct helper helper;
};

/* Fill the members down to "rule" before. */
void look_init(struct look *l);

/* Look.  True: the answer is there; false: on_answer() will be called. */
bool look_start(struct look *l, unsigned asked);

/* Does it wait for a helper? */
bool look_is_active(const struct look *l);

/* The rule lives elsewhere now. */
void look_rebind(struct look *l, const struct rule *rule);

/* Wait no longer; nothing is lost but a look. */
void look_stop(struct look *l);

/* The check is the caller's now, who goes on to a run that writes a record. */
struct check *look_take(struct look *l);

/* Free the check. */
void look_drop(struct look *l);

/* Free everything. */
void look_close(struct look *l);

#endif
