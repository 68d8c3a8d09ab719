/*
 * confeach - one rule file to the rules that it stands for.
 *
 * Without "foreach" that is one rule.  With it, the file is read once for each
 * instance.  With "foreach_command" the words are those that lie in the state
 * directory; since there may be none yet, the file is also read with a word of
 * our own, so that what is wrong with it is told at once.
 *
 * Owns: nothing after it returns.
 * Uses: memory, words, instance, rule, conferror, section, setting,
 * confcommand, confrule, confdir.
 */

#ifndef CONFEACH_H
#define CONFEACH_H

#include <stdbool.h>

#include "daemon/conferror.h"
#include "daemon/rule.h"
#include "daemon/section.h"

/* Add to the set what a file stands for.  "name" and "path" are copied.
 * Errors from "first" on are those of this file so far.  "tried": its list of
 * instances is the new one that waits, not the last good one. */
void confeach_read(struct rule_set *set, const char *name, const char *path,
    const struct section_file *file, bool tried, struct conf_errors *errors,
    size_t first);

/* Add a rule of which only name and file are known. */
struct rule *confeach_add(
    struct rule_set *set, const char *name, const char *path);

#endif
