/*
 * restart - end a service's process, and see a new one stay.
 *
 * Never starts what is down, and never kills.
 *
 * Owns: nothing.
 * Uses: order, process, supervisor, clock, log.
 */

#ifndef RESTART_H
#define RESTART_H

#include "service/supervisor.h"

/* Restart a service that its supervisor "it" has, "s" being its state, and wait
 * as the order says.  Returns, logged:
 *   ORDER_DONE     a new process has been up for order->up seconds, or there is
 *                  none because somebody has put the service down;
 *   ORDER_WRONG    it does not stay up;
 *   ORDER_TROUBLE  order->limit seconds have passed, or the supervisor did not
 *                  answer. */
enum order_end restart_service(const struct supervisor *it,
    struct service_state *s, const char *service, const struct order *order);

#endif
