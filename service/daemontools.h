/*
 * daemontools - services under supervise, by svc and svstat.
 *
 * Owns: nothing.
 * Uses: servicedir, supervisor, tool.
 */

#ifndef DAEMONTOOLS_H
#define DAEMONTOOLS_H

#include "service/supervisor.h"

/* Also daemontools-encore's, which says more after the same words. */
const struct supervisor *daemontools_supervisor(void);

#endif
