/*
 * postfix - instances of Postfix, by postfix(1).
 *
 * Its master is nobody's service: it is told by Postfix's own command, one
 * instance at a time.
 *
 * Owns: nothing.
 * Uses: order, tool, log.
 */

#ifndef POSTFIX_H
#define POSTFIX_H

#include <stdbool.h>

#include "service/order.h"

/* Is it postfix:DIRECTORY? */
bool postfix_claims(const char *service);

/* Do what the verb says to the instance: reload (hup is the same), check,
 * alrm (flush the queue), term (stop).  In place of a reload an instance that
 * is disabled or down is checked.  Logs what was done, or why not. */
enum order_end postfix_serve(const struct order *order, const char *service);

#endif
