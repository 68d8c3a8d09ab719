/*
 * reportconf - the effective configuration as JSON.
 *
 * Reads what confprint prints, so that every key of the table of words is
 * there, with a value of the type that the table gives it.
 *
 * Owns: nothing.
 * Uses: words, value, quote, section, confprint, report.
 */

#ifndef REPORTCONF_H
#define REPORTCONF_H

#include "daemon/rule.h"
#include "client/report.h"

/* "daemon", "vars", "pipes" and "rules", as an object. */
json_t *reportconf_set(const struct rule_set *set);

/* One rule: its name, and each key with its value. */
json_t *reportconf_rule(const struct rule *rule);

#endif
