/*
 * systemd - services that are units, by systemctl.
 *
 * Owns: nothing.
 * Uses: servicedir, supervisor, tool.
 */

#ifndef SYSTEMD_H
#define SYSTEMD_H

#include "service/supervisor.h"

/* Has every service whose name has no slash in it. */
const struct supervisor *systemd_supervisor(void);

#endif
