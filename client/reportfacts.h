/*
 * reportfacts - one rule as JSON: "trigger-ctl explain --json".
 *
 * Owns: nothing.
 * Uses: facts, report, reportconf, reportstatus.
 */

#ifndef REPORTFACTS_H
#define REPORTFACTS_H

#include "client/facts.h"
#include "client/report.h"

json_t *reportfacts(const struct facts *facts);

#endif
