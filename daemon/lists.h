/*
 * lists - all listings: who asks them, and who waits for them.
 *
 * A question gets a ticket, a number; it is served when each command that it
 * concerns has run from the beginning since, and its list is in force.  In the
 * status, a listing shows as a rule of its name.
 *
 * Owns: the listings.
 * Uses: log, instance, rule, listing, run, status, libev.
 */

#ifndef LISTS_H
#define LISTS_H

#include <stdbool.h>

#include "daemon/listing.h"
#include "daemon/rule.h"
#include "daemon/run.h"
#include "daemon/status.h"

#define LISTS_PATIENCE 10. /* seconds that the daemon's start waits for lists */

struct lists;

/* patience: see lists_are_ready().  place is not copied; on_change may call
 * lists_load(), which then runs nothing that it knows already.  NULL with
 * errno. */
struct lists *lists_new(const struct run_place *place, double patience,
    listing_change_fn *on_change, listing_end_fn *on_end, void *arg);

/* Take over the list commands of a set, which must live until the next
 * lists_load() or lists_free(), and run all of them. */
void lists_load(struct lists *l, const struct rule_set *set);

/* Run the list commands of the rules on this pipe, or of all rules (NULL). */
void lists_ask(struct lists *l, const struct rule_pipe *pipe);

/* Run those of these rules or instances, or all (count 0).  Returns the ticket;
 * a served one if there is nothing to wait for. */
uint64_t lists_ask_names(struct lists *l, char *const *names, size_t count);
bool lists_are_served(const struct lists *l, uint64_t ticket);

/* Call fn for each of these (as above) that is in trouble. */
typedef void lists_fault_fn(const char *rule, const char *fault, void *arg);
void lists_each_fault(const struct lists *l, char *const *names, size_t count,
    lists_fault_fn *fn, void *arg);

/* Has each ended once, or had "patience" seconds since the first was loaded? */
bool lists_are_ready(const struct lists *l);

/* Start nothing any more, and end what runs (called again: at once). */
void lists_stop(struct lists *l);

/* Is one at work? */
bool lists_are_busy(const struct lists *l);

/* True once after each change that the status file should show. */
bool lists_take_changed(struct lists *l);

/* Add an entry for each list command to a status that sched has filled; the
 * strings are valid until the next call into lists.  Returns 0, or -1 with
 * errno. */
int lists_report(const struct lists *l, struct status *out);

/* End what runs and free everything.  Accepts NULL. */
void lists_free(struct lists *l);

#endif
