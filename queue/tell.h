/*
 * tell - the report on a queue.
 *
 * Owns: nothing.
 * Uses: fault, inspect, jansson.
 */

#ifndef TELL_H
#define TELL_H

#include "queue/inspect.h"

/* Print a line for each fault, and one for the whole.  Returns 0, or -1 with a
 * warning logged. */
int tell_lines(const struct queue *queue, const struct faults *faults,
    const struct summary *summary);

/* The same as one JSON object. */
int tell_json(const struct queue *queue, const struct faults *faults,
    const struct summary *summary);

#endif
