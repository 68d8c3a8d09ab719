/*
 * conftarget - no two rules may make the same file, and none its own source, by
 * whatever path.
 *
 * Owns: nothing.
 * Uses: memory, pattern, rule, mounts, ground, trust, conferror, setting.
 */

#ifndef CONFTARGET_H
#define CONFTARGET_H

#include "daemon/conferror.h"
#include "daemon/rule.h"

/* Add an error for each rule of the set whose target is another's, too, or
 * leads to one of its sources: but not by links that others than root, we and
 * the rule's user could have made on the way to the source. */
void conftarget_check(const struct rule_set *set, struct conf_errors *errors);

#endif
