/*
 * lists - keeps the lists of instances up to date.
 *
 * Each foreach_command runs in a helper, at most once at a time; asked again
 * meanwhile, once more.  A list that differs from the last good one is put in
 * its place and told; if the configuration with it is refused, the last good
 * one comes back.  A command that fails changes nothing, is logged once, and
 * shows in the status as a rule of that name which has failed.
 *
 * Owns: the helpers, STATE/list/.
 * Uses: log, clock, instance, record, rule, helper, list, run, status, libev.
 */

#ifndef LISTS_H
#define LISTS_H

#include <stdbool.h>

#include "daemon/rule.h"
#include "daemon/run.h"
#include "daemon/status.h"

struct lists;

/* The list of this rule (valid during the call) is another now: read the
 * configuration again.  May call lists_load(), which then runs nothing that it
 * knows already.  Returns 0, or -1 if the configuration was refused. */
typedef int lists_fn(const char *rule, void *arg);

/* place is not copied.  NULL with errno. */
struct lists *lists_new(
    const struct run_place *place, lists_fn *on_change, void *arg);

/* Take over the list commands of a set, which must live until the next
 * lists_load() or lists_free(), and run all of them. */
void lists_load(struct lists *l, const struct rule_set *set);

/* Run the list commands of the rules on this pipe, or of all rules (NULL). */
void lists_ask(struct lists *l, const struct rule_pipe *pipe);

/* Is one running? */
bool lists_are_busy(const struct lists *l);

/* True once after each change that the status file should show. */
bool lists_take_changed(struct lists *l);

/* Add an entry for each list command to a status that sched has filled; the
 * strings are valid until the next call into lists.  Returns 0, or -1 with
 * errno. */
int lists_report(const struct lists *l, struct status *out);

/* Kill what runs and free everything.  Accepts NULL. */
void lists_free(struct lists *l);

#endif
