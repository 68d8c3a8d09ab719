/*
 * servicedir - what daemontools, runit and s6 have in common: a directory for
 * each service, with the supervisor's files in supervise/ below it.
 *
 * Owns: nothing.
 * Uses: supervisor, tool.
 */

#ifndef SERVICEDIR_H
#define SERVICEDIR_H

#include <stdbool.h>

#include "service/supervisor.h"

/* Is this file in the directory of the service?  Also true if that cannot be
 * told: the supervisor's tool has the better words for it. */
bool servicedir_has(const char *service, const char *file);

/* Why no supervisor can have this service, in s->word.  Returns ORDER_WRONG or
 * ORDER_TROUBLE. */
enum order_end servicedir_blame(struct service_state *s, const char *service);

/* Read a line that a tool has said about a service, after the name:
 *   up (pid 7) 12 seconds, want down
 *   down 3 seconds, normally up, want up
 * Only the first line counts, up to a ";".  Returns 0 with pid and wanted
 * filled in, or -1: it is no such line. */
int servicedir_read(struct service_state *s, const char *line);

/* Fill in s->changes by the time of supervise/status, which each of the three
 * writes anew whenever a process starts or ends. */
void servicedir_changes(struct service_state *s, const char *service);

/* Run a tool that says nothing if all went well.  Returns ORDER_DONE, or
 * ORDER_TROUBLE with its words in s->word. */
enum order_end servicedir_tell(
    struct service_state *s, const char *const argv[]);

/* The same by a tool that takes signals as letters: -t, -h, -a. */
enum order_end servicedir_signal(struct service_state *s, const char *tool,
    const char *service, enum order_verb verb);

#endif
