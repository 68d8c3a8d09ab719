/*
 * s6 - services under s6-supervise, by s6-svc and s6-svstat.
 *
 * Owns: nothing.
 * Uses: servicedir, supervisor, tool.
 */

#ifndef S6_H
#define S6_H

#include "service/supervisor.h"

const struct supervisor *s6_supervisor(void);

#endif
