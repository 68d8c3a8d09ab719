/*
 * supervised - finds the supervisor that has a service.
 *
 * Owns: the list of the supervisors.
 * Uses: every supervisor, servicedir.
 */

#ifndef SUPERVISED_H
#define SUPERVISED_H

#include "service/supervisor.h"

/* Who has the service, with its state; or NULL, with the reason in s->word and
 * the exit status in *end.  Logs nothing. */
const struct supervisor *supervised_find(
    struct service_state *s, const char *service, enum order_end *end);

#endif
