/*
 * plan - what would run now, and why: "trigger-ctl dry-run".
 *
 * Asks check, as the daemon does, and changes nothing.
 *
 * Owns: nothing after it returns.
 * Uses: quote, stamp, rule, check, report, state, text.
 */

#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>
#include <stdio.h>

#include "daemon/rule.h"

enum plan_answer {
	PLAN_NOTHING, /* no rule is behind */
	PLAN_BEHIND,
	PLAN_UNKNOWN, /* a state, or a source, cannot be read */
};

/* Print a report on the rules named (NULL ends the list), or on all if the list
 * is empty, on those that they depend on if these are behind, and on those that
 * may follow; with "json" as an object, with all of them.  Every name must be a
 * rule's.  Trouble goes to "err". */
enum plan_answer plan_print(const struct rule_set *set, char *const rules[],
    bool json, FILE *out, FILE *err);

#endif
