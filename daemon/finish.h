/*
 * finish - what remains to be done when a command has ended well.
 *
 * Read the dependencies that the command reported, verify and install the
 * product, and write the record: in this order, so that a failure in between
 * leaves the rule behind and never falsely current.  After a refusal, or when
 * the command said that the source is wrong, write what was tried instead;
 * after another failure forget what was tried before.  Runs in a helper, since
 * all of it may block.
 *
 * Owns: nothing.
 * Uses: log, clock, stamp, ground, record, begun, rule, check, scratch,
 * product, meanwhile, reported.
 */

#ifndef FINISH_H
#define FINISH_H

#include "daemon/check.h"
#include "daemon/product.h"
#include "daemon/scratch.h"

/* What the daemon knows of the run. */
struct finish_run {
	const struct rule *rule;
	const char *state_dir;
	struct check *check; /* stamps taken before the command; its spare
				file takes a record that cannot be written */
	const struct scratch *scratch;
	int64_t started_at; /* of the command: nanoseconds since the epoch */
	double began;       /* the same by clock_monotonic() */
	bool guarded;
	bool failed;       /* the command did */
	const char *wrong; /* the command said that the source is: in these
			      words; NULL: it ended well */
};

/* The helper's answer: plain bytes, for a pipe. */
struct finish_result {
	enum product_outcome outcome; /* an action: PRODUCT_INSTALLED */
	int64_t records;
	int record_error; /* errno if the record could not be written, or 0 */
	int begun_error;  /* likewise for the mark that begun.h is about */
	bool kept;        /* but it is in the check's spare file */
	bool changed;     /* in vain, with sources that were others meanwhile */
	char why[256];
};

/* Returns nothing: the result says all.  Logs trouble with files. */
void finish_run(const struct finish_run *run, struct finish_result *result);

#endif
