/*
 * listing - one rule's list of instances, kept up to date.
 *
 * Its foreach_command runs in a helper, at most once at a time; asked
 * meanwhile, once more.  A list that differs from the last good one is told,
 * and put in its place when the configuration with it was accepted: whenever we
 * may be killed, what lies there was good.  A command that fails, or a list
 * that was refused, changes nothing, is logged once, and is tried again with
 * the waits of the rule's retry.  After a good list, what is kept of instances
 * that went away goes.
 *
 * Owns: the helper with its command, a timer, STATE/list/RULE.
 * Uses: log, clock, instance, rule, backoff, helper, run, list, forget, libev.
 */

#ifndef LISTING_H
#define LISTING_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stdint.h>

#include <ev.h>

#include "daemon/helper.h"
#include "daemon/instance.h"
#include "daemon/rule.h"
#include "daemon/run.h"

/* For this rule (valid during the call) another list waits: read the
 * configuration with it.  "again": it was refused already, no news if it still
 * is.  May take up another set.  Returns 0, or -1 if the configuration was
 * refused. */
typedef int listing_change_fn(const char *rule, bool again, void *arg);

/* A run has ended; its list is in force, or was not to be had. */
typedef void listing_end_fn(void *arg);

/* What all listings share. */
struct listing_host {
	const struct run_place *place;
	const struct rule_set *set; /* in force; not owned */
	bool telling;               /* on_change is being called */
	bool changed;               /* for the status file */
	bool stopping;              /* start nothing any more */
	uint64_t ticket;            /* of the last question: see lists.h */
	listing_change_fn *on_change;
	listing_end_fn *on_end;
	void *arg;
};

enum listing_work { LISTING_RESTS, LISTING_LISTS, LISTING_FORGETS };

/* For lists to read. */
struct listing {
	struct listing_host *host;
	char *name;
	const struct rule *list; /* in the set; NULL: left, goes when it may */
	struct digest identity;
	enum listing_work work;
	struct helper helper;
	int stop_fd;  /* a byte: end the command; -1: it does not run */
	bool again;   /* asked while it was busy */
	bool stale;   /* what runs is another rule's command by now */
	bool telling; /* on_change is being called for it */
	bool sweeps;  /* the next good list is a reason to forget others */
	uint64_t want, serving, served; /* tickets */
	ev_timer retry;
	int64_t next_at; /* when that is due, as clock_wall_ms(); or 0 */
	unsigned tries;  /* in vain, in a row */
	char refused[INSTANCE_KEY_SIZE]; /* the list that was, or "" */
	char fault[400];                 /* "": none */
	uint64_t runs, failures;
	int64_t last_run_at, last_ok_at;
	LIST_ENTRY(listing) link; /* of lists, once it has left */
};

/* "name" is copied.  NULL with errno. */
struct listing *listing_new(struct listing_host *host, const char *name);

/* Its command is that from now on; what was refused may be right now. */
void listing_bind(struct listing *l, const struct rule *list, bool anew);

/* Its rule is no more.  Frees it, or returns it to be freed when its
 * command has ended: then listing_is_over() says so. */
struct listing *listing_leave(struct listing *l);
bool listing_is_over(const struct listing *l);

/* Run the command: now, or once more when it has ended. */
void listing_ask(struct listing *l);

/* End the command: TERM, then KILL after its stop_timeout, or when this is
 * called again. */
void listing_stop(struct listing *l);

/* Has it ever ended? */
bool listing_was_tried(const struct listing *l);

/* Does not wait for the command, which is ended.  Accepts NULL. */
void listing_free(struct listing *l);

#endif
