/*
 * rulelink - which rules are made from the products of others.
 *
 * Owns: the arrays upstream and downstream, until rule_set_free().
 * Uses: pattern, rule.
 */

#ifndef RULELINK_H
#define RULELINK_H

#include <stddef.h>

#include "daemon/rule.h"

/* Fill upstream and downstream of all rules.  Returns 0, or -1 with errno
 * (ENOMEM), or -1 with ELOOP and the names on a cycle, "a -> b -> a", in
 * "cycle". */
int rule_set_link(struct rule_set *set, char *cycle, size_t size);

#endif
