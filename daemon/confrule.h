/*
 * confrule - one rule file to one rule.
 *
 * Owns: nothing after it returns.
 * Uses: memory, words, quote, pattern, rule, conferror, trust, section,
 * setting, confcommand.
 */

#ifndef CONFRULE_H
#define CONFRULE_H

#include "daemon/conferror.h"
#include "daemon/rule.h"
#include "daemon/section.h"
#include "daemon/setting.h"

/* Fill in a rule, whose name and file, and instance if it has one, are set and
 * the rest zeroed, from what its file says.  "set" has the variables and the
 * directory of the builders.  What is wrong goes to "errors"; the rule is then
 * good for rule_set_free() and for its target, which may be NULL. */
void confrule_read(const struct section_file *file, const struct rule_set *set,
    struct rule *rule, struct conf_errors *errors);

#endif
