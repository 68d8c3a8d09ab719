/*
 * taskstatus - what the status file says of each task.
 *
 * Owns: nothing.
 * Uses: stamp, status, kept, life, task, tasks.
 */

#ifndef TASKSTATUS_H
#define TASKSTATUS_H

#include "daemon/status.h"
#include "daemon/tasks.h"

/* Fill the rules' part; strings are not copied.  Returns 0, or -1 with errno.
 */
int taskstatus_fill(const struct tasks *ts, struct status *out);

#endif
