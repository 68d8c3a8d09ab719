/*
 * longcheck - ask one rule's question in a helper.
 *
 * The answer comes as one struct; the stamps stay in a file without a name,
 * from which the helper that installs the product fetches them later, so that
 * they need not pass through the daemon.
 *
 * Owns: nothing.
 * Uses: check, record, helper.
 */

#ifndef LONGCHECK_H
#define LONGCHECK_H

#include "daemon/check.h"
#include "daemon/helper.h"

struct longcheck_answer {
	enum stamp_verdict verdict;
	enum stamp_reason reason;
	int error;       /* errno if there is no answer, or 0 */
	int store_error; /* errno if the record could not be written, or 0 */
	bool stored, same, stamped, vanished;
	bool exists, damaged; /* of the record; its count: */
	int64_t records;
	unsigned unit;
	struct stamp target;
	struct stamp_tried tried;
	struct digest digest, deps;
	int64_t changed_at;
	double seconds;
	char how[160];
	char path[2048]; /* cut there: it is for people */
};

/* In the helper: ask, and write the record if it wants to be written.  The
 * stamps go to "fd". */
void longcheck_run(
    const struct check_ask *ask, int fd, struct longcheck_answer *out);

/* In the daemon: make a check of the answer, whose stamps are away in "fd",
 * which becomes the check's. */
void longcheck_take(
    const struct longcheck_answer *answer, int fd, struct check *c);

#endif
