/*
 * roster - the lists of all hosts: read, or of the last run.
 *
 * Where everything is to be read and that is much, a second process reads half
 * of it.  The result is the same.
 *
 * Owns: nothing.
 * Uses: recipients, domain, handover, control, log.
 */

#ifndef ROSTER_H
#define ROSTER_H

#include "builders/recipients.h"

#define ROSTER_SHARED 1000 /* so many hosts are worth a second process */

/* List all hosts in r->lists, sorted.  Returns 0, or -1, logged. */
int roster_list(struct recipients *r);

#endif
