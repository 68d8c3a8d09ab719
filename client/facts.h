/*
 * facts - all there is to know of one rule, for "trigger-ctl explain".
 *
 * What the disk says (check), what the daemon says (news), and what the last
 * run said (tail).
 *
 * Owns: what it collects, until facts_free().
 * Uses: memory, pattern, check, rule, news, tail.
 */

#ifndef FACTS_H
#define FACTS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "daemon/check.h"
#include "daemon/rule.h"
#include "daemon/status.h"
#include "client/news.h"
#include "client/tail.h"

struct facts_difference {
	enum stamp_reason reason; /* STAMP_NONE: cannot be looked at */
	char *path, *how;
};

struct facts_source {
	const char *pattern; /* as configured; NULL: reported by the command */
	size_t files;        /* that there are now */
};

struct facts {
	const struct rule_set *set;
	const struct rule *rule;

	/* the disk */
	bool checked;
	int check_error; /* errno, if it could not be checked */
	struct check check;
	struct facts_difference *differences;
	size_t difference_count;
	struct facts_source *sources;
	size_t source_count;
	size_t files;        /* in all */
	int64_t recorded_at; /* the last good run, or what equals it; or 0 */

	/* the daemon */
	enum news_outcome news;
	char why_no_news[PATH_MAX + 128];
	struct status status;
	const struct status_rule *state; /* NULL: it does not know the rule */

	/* the last run */
	char output_path[PATH_MAX];
	int output_error; /* errno, or 0 */
	struct tail output;
};

/* What cannot be known is among the facts; short memory ends the program. */
struct facts *facts_new(const struct rule_set *set, const struct rule *rule);
void facts_free(struct facts *f);

#endif
