/*
 * reload - how a new configuration takes over from the one in force.
 *
 * A reload is a transaction: the new world stands complete beside the old one
 * before the old one goes; if it does not, the old one stays, the reason is
 * kept for the status, and it is tried again as often as there is a scan.
 *
 * Owns: why the last reload was refused, two timers.
 * Uses: log, conf, rule, hints, request, sched, world, libev.
 */

#ifndef RELOAD_H
#define RELOAD_H

#include <stdbool.h>

#include <ev.h>

#include "daemon/request.h"
#include "daemon/world.h"

struct reload {
	struct world *world;  /* not owned */
	const char *conf_dir; /* absolute; not owned */
	char *error;          /* why the last one was refused, or NULL */
	ev_timer settled;
	bool settling_again; /* what it will read was refused before */
	ev_timer again;      /* runs if the last one was refused */
};

/* "world" is open, with what was read below conf_dir.  Accepts a zeroed
 * struct. */
void reload_start(struct reload *r, struct world *world, const char *conf_dir);

/* Read the files and take them up, and write the status.  What is wrong goes
 * to the log, and to whoever asked, if anybody did (NULL).  Returns 0 or -1. */
int reload_files(struct reload *r, struct request *asker);

/* Read once more what was refused, when it is quiet, unless auto_reload is off.
 * It says nothing where the reason is still the same. */
void reload_again(struct reload *r);

/* Read nothing by itself any more. */
void reload_hold(struct reload *r);

/* Take up the new list of instances that waits for this rule, with the files as
 * they were when they were loaded.  "again": the one before was refused, so
 * that it is not news if this one is, too.  Returns 0, or -1. */
int reload_list(struct reload *r, const char *rule, bool again);

/* A file of the configuration may have changed: read all when it is quiet,
 * unless auto_reload is off. */
void reload_when_quiet(struct reload *r);

/* Accepts one that was not started. */
void reload_stop(struct reload *r);

#endif
