/*
 * check - ask the disk one rule's question: is it behind?
 *
 * Walks the patterns, stamps the sources and the target, reads the record and
 * lets judge_rule() decide.  The daemon and "trigger-ctl dry-run" both ask
 * here, so that they agree.
 *
 * Owns: the stamps that it took, which the run's record will be made of.
 * Uses: pattern, stampset, judge, record, rule.
 */

#ifndef CHECK_H
#define CHECK_H

#include <limits.h>

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

struct check {
	enum stamp_verdict verdict;
	enum stamp_reason reason;
	char path[PATH_MAX];  /* the source or target that decided, or "" */
	char how[160];        /* how it differs, for people, or "" */
	bool store;           /* current, but the record wants rewriting */
	struct stamp_set now; /* the sources, taken before any command */
	struct stamp target;
	struct stamp_past past;  /* the record as it was read */
	struct stamp_past tried; /* the last run in vain, if there was one */
	bool same;               /* and everything is as it was then */
	struct digest digest;    /* of rule and stamps: has anything changed? */
	double seconds;          /* how long it took */
};

/* Ask.  Returns 0 with the answer in "c", or -1 with errno when there is none
 * (no memory, record unreadable) and c->path naming the trouble.  The caller
 * calls check_fini() in either case. */
int check_rule(const struct rule *rule, const char *state_dir, unsigned asked,
    struct check *c);

void check_fini(struct check *c);

/* What the rule says and a run depends on: the effective rule and its guards. */
struct digest check_terms(const struct rule *rule);

/* Everything that differs, not only what decided: a source or the target, and
 * how.  STAMP_NONE: it cannot be looked at. */
typedef void check_fn(enum stamp_reason reason, const char *path,
    const char *how, void *arg);
void check_each(const struct rule *rule, const struct check *c, check_fn *fn,
    void *arg);

/* Write the record for a rule that was found current (c->store).  Returns 0,
 * or -1 with errno. */
int check_store(
    const struct rule *rule, const char *state_dir, const struct check *c);

#endif
