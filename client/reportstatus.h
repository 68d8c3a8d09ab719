/*
 * reportstatus - the status as JSON.
 *
 * Owns: nothing.
 * Uses: status, state, show, report.
 */

#ifndef REPORTSTATUS_H
#define REPORTSTATUS_H

#include "daemon/status.h"
#include "client/report.h"

/* The daemon, whether all is well, and the rules named (NULL ends the list), or
 * all of them. */
json_t *reportstatus_all(const struct status *s, char *const rules[]);

/* One rule; NULL is null. */
json_t *reportstatus_rule(const struct status_rule *rule);

#endif
