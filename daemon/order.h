/*
 * order - which rule waits for which.
 *
 * A rule waits for those that make its sources; an instance, for those of its
 * rule that come before it.  A paused rule is waited for by nobody; who pauses
 * it waits for its run, and for that of one before it whose place it took.
 *
 * Owns: nothing.
 * Uses: instance, rule, life, task, taskrun, tasks.
 */

#ifndef ORDER_H
#define ORDER_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/tasks.h"

/* Is it where a paused rule stays until it is resumed? */
bool order_is_stuck(const struct task *t);

bool order_waits_upstream(const struct tasks *all, const struct task *t);

/* The instances of a rule go one by one, in their order: those before have
 * nothing to do, and none after is at work. */
bool order_waits_instance(const struct tasks *all, const struct task *t);

/* Add this rule and every rule downstream of it to the "count" topics that are
 * there, each once; there must be room.  Returns how many there are then. */
size_t order_add_downstream(const struct tasks *all, const struct rule *rule,
    unsigned *topics, size_t count);

/* Add those whose run goes on: see sched_add_before(). */
size_t order_add_before(const struct tasks *all, char *const *names,
    size_t name_count, unsigned *topics, size_t count);

#endif
