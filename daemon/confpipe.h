/*
 * confpipe - the [pipe NAME] sections of triggerd.ini.
 *
 * Owns: nothing.
 * Uses: memory, rule, conferror, section, setting.
 */

#ifndef CONFPIPE_H
#define CONFPIPE_H

#include "daemon/conferror.h"
#include "daemon/rule.h"
#include "daemon/section.h"

/* Add the pipes of a file that was read from "path" to the set, in the order of
 * their sections.  What is wrong goes to the errors. */
void confpipe_read(struct rule_set *set, const struct section_file *file,
    const char *path, struct conf_errors *errors);

/* Once the rules are known: does each pipe name only rules that there are? */
void confpipe_check(const struct rule_set *set, const struct section_file *file,
    const char *path, struct conf_errors *errors);

#endif
