/*
 * check - ask the disk one rule's question: is it behind?
 *
 * Has the sources looked at, stamps the target, reads the record and
 * lets judge_rule() decide.  The daemon and "trigger-ctl dry-run" both ask
 * here, so that they agree.
 *
 * Owns: the stamps that it took, which the run's record will be made of.
 * Uses: clock, pattern, stampset, sources, judge, record, begun, memo, rule,
 * mounts, ground.
 */

#ifndef CHECK_H
#define CHECK_H

#include <limits.h>

#include "daemon/memo.h"
#include "daemon/mounts.h"
#include "daemon/rule.h"
#include "daemon/stampset.h"

/* Where the question came from, as bits: it matters to rules that are "always"
 * behind and to those without sources. */
enum {
	CHECK_PIPE = 1,
	CHECK_START = 2,
	CHECK_SCAN = 4,
	CHECK_RUN = 8, /* trigger-ctl run: behind in any case */
	CHECK_OTHER = 16,
};

/* The question. */
struct check_ask {
	const struct rule *rule;
	const char *state_dir;
	unsigned asked;
	struct mounts *mounts;         /* NULL: nothing is known of them */
	const struct stamp_past *kept; /* instead of the record on disk, which
					  could not be written; or NULL */
	struct stamp_past *past;       /* the record, if it was read already: it
				    goes to the check; or NULL */
	struct memo *memo;             /* remembers the record; or NULL */
	bool briefly;                  /* others wait meanwhile */
};

struct check {
	enum stamp_verdict verdict;
	enum stamp_reason reason;
	char path[PATH_MAX]; /* the source or target that decided, or "" */
	char how[160];       /* how it differs, for people, or "": by
				 check_describe() */
	const struct stamp *then, *found; /* what differs; ours, or NULL */
	bool vanished;        /* a product of ours, not to be made anew */
	bool store;           /* current, but the record wants rewriting */
	struct stamp_set now; /* the sources, taken before any command */
	struct stamp target;
	struct stamp_past past;  /* the record as it was read */
	struct stamp_past tried; /* the last run in vain, if there was one */
	bool same;               /* and everything is as it was then */
	bool borrowed;           /* "past" is not ours: what was kept */
	char *mounts;            /* where the rule stands: see ground.h */
	struct digest deps;      /* the dependencies' paths */
	int fd;                  /* a file without a name, or 0 */
	bool away;            /* the stamps and "mounts" are there, not here */
	struct digest digest; /* of rule and stamps: has anything changed? */
	int64_t changed_at;   /* the youngest ctime of the sources that has
				 come, in nanoseconds since the epoch */
	double seconds;       /* how long it took */
};

/* Ask; check_rule() reads the table of mounts by itself, and describes what it
 * finds.  Returns 0 with the answer in "c", or -1 with errno when there is none
 * (no memory, record unreadable; EFBIG: it would not be brief, as was asked
 * for) and c->path naming the trouble.  The caller calls check_fini() in either
 * case. */
int check_disk(const struct check_ask *ask, struct check *c);
int check_rule(const struct rule *rule, const char *state_dir, unsigned asked,
    struct check *c);

/* Fill c->how.  That takes as long as a small check does, so not before there
 * is time for it. */
void check_describe(struct check *c);

void check_fini(struct check *c);

/* Will asking take so long that a helper should do it?  "far": because of file
 * systems that may never answer, and nobody else may.  If it is not long, the
 * record was read into "past", and belongs to the question. */
bool check_is_long(struct check_ask *ask, struct stamp_past *past, bool *far);

/* Fetch the stamps that are away.  0, or -1 with errno. */
int check_fetch(struct check *c);

/* What the rule says and a run depends on: the effective rule and guards. */
struct digest check_terms(const struct rule *rule);

/* Everything that differs, not only what decided: a source or the target, and
 * how.  STAMP_NONE: it cannot be looked at. */
typedef void check_fn(
    enum stamp_reason reason, const char *path, const char *how, void *arg);
void check_each(
    const struct rule *rule, const struct check *c, check_fn *fn, void *arg);

/* Write the record for a rule that was found current (c->store).  Returns 0,
 * or -1 with errno. */
int check_store(
    const struct rule *rule, const char *state_dir, const struct check *c);

#endif
