/*
 * world - the modules that work under one configuration, put together.
 *
 * Opens them in their order, hands on what one has to tell another, and goes
 * over to a new set of rules.
 *
 * Owns: the event loop, the directories, the scheduler, lists, hints, control.
 * Uses: log, clock, rule, record, temporary, status, child, sched, lists,
 * hints, control, dirs, libev.
 */

#ifndef WORLD_H
#define WORLD_H

#include <sys/resource.h>

#include <stdint.h>

#include <ev.h>

#include "daemon/child.h"
#include "daemon/control.h"
#include "daemon/dirs.h"
#include "daemon/hints.h"
#include "daemon/lists.h"
#include "daemon/rule.h"
#include "daemon/sched.h"

/* What the world asks of whoever opened it. */
struct world_calls {
	/* A file of the configuration may have changed. */
	void (*on_conf)(void *arg);
	/* Another list of instances, see listing.h. */
	listing_change_fn *on_list;
	/* The command, see control.h. */
	int (*on_reload)(struct request *r, void *arg);
	void *arg;
};

struct world {
	struct ev_loop *loop;
	char *run_dir, *state_dir;  /* the same through all reloads */
	const struct rule_set *set; /* in force; the scheduler's */
	struct dirs dirs;
	struct child_pool children;
	struct rlimit files; /* as we were started */
	struct run_place place;
	struct sched *sched;
	struct lists *lists;
	struct hints hints;
	struct control control;
	int64_t started_at; /* ms, wall clock */
	bool unreported;    /* the status file could not be written: told */
	struct world_calls calls;
};

/* The set is ours to free from here on.  Nothing is asked yet.  Returns 0, or
 * -1 with the reason logged. */
int world_open(
    struct world *w, struct rule_set *set, const struct world_calls *calls);

/* Go over to another set, which is ours from here on, with the pipes that
 * hints_prepare() has made of it, and ask all rules. */
void world_take(struct world *w, struct rule_set *set, unsigned *pipes);

/* Write the status file.  config_error: why the last reload was refused, or
 * NULL.  That it cannot be written is logged once; it is to be tried again
 * for as long as "unreported" is true. */
void world_report(struct world *w, const char *config_error);

/* Accepts one that failed to open. */
void world_close(struct world *w);

#endif
