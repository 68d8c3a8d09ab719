/*
 * product - what a command built: check it, install it, or refuse it.
 *
 * The product is opened without following links, must be a regular file with
 * one link, and is copied to a file of ours beside the target, so that nobody
 * who still holds the original can change what is installed.  The copy is
 * checked, gets owner and mode by descriptor, is fsynced, renamed over the
 * target, and the directory is fsynced.  A copy equal to the live file is
 * dropped; only owner and mode are set right there.
 *
 * Blocks: the daemon calls it in a helper.
 *
 * Owns: the temporary file beside the target.
 * Uses: log, stamp, rule, scratch, verify, copy, dest, refused,
 * temporary.
 */

#ifndef PRODUCT_H
#define PRODUCT_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/rule.h"
#include "daemon/stamp.h"

enum product_outcome {
	PRODUCT_INSTALLED,
	PRODUCT_EQUAL,   /* the live file already holds these bytes */
	PRODUCT_REFUSED, /* by check, min_records, max_shrink: "why" */
	PRODUCT_RACED,   /* somebody else changed the target meanwhile */
	PRODUCT_FAILED, /* the machine is in trouble, or it is no file: "why" */
};

struct product {
	struct stamp target; /* after the rename, by descriptor */
	int64_t records;     /* counted; -1: not */
	char why[256];
};

/* "before": the target's stamp when the run was decided; "base": the count
 * for max_shrink, -1 to count the live target; "guarded" false lets min_records
 * and max_shrink pass (never the check).  Logs what was refused or failed; a
 * refused product is kept as STATE/refused/RULE. */
enum product_outcome product_install(const struct rule *rule,
    const char *state_dir, const char *new_path, const struct stamp *before,
    int64_t base, bool guarded, struct product *out);

#endif
