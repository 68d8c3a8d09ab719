/*
 * runit - services under runsv, by sv.
 *
 * Owns: nothing.
 * Uses: servicedir, supervisor, tool.
 */

#ifndef RUNIT_H
#define RUNIT_H

#include "service/supervisor.h"

const struct supervisor *runit_supervisor(void);

#endif
