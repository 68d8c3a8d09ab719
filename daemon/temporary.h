/*
 * temporary - our files beside a target, and what a crash has left of them.
 *
 * Blocks, but for temporary_sweep_all().
 *
 * Owns: nothing after it returns.
 * Uses: log, rule, mounts, ground, dest, refused.
 */

#ifndef TEMPORARY_H
#define TEMPORARY_H

#include <stddef.h>

#include "daemon/dest.h"
#include "daemon/rule.h"

/* Make a file that nobody else can open, ".triggerd.RULE.XXXXXX".  Returns a
 * descriptor, and the name; or -1 with errno, and no name. */
int temporary_make(
    const struct rule *rule, const struct dest *d, char *name, size_t size);

/* Remove those of this rule, which are of nobody who still lives: only for who
 * holds the rule's lock, or knows that nobody does.  Logs what fails. */
void temporary_sweep_dir(const struct rule *rule, const struct dest *d);
void temporary_sweep(const struct rule *rule);

/* The same for all rules whose lock under the state directory is free: at the
 * start. */
void temporary_sweep_all(const struct rule_set *set);

#endif
