/*
 * conftext - the files of a configuration, word for word.
 *
 * A set keeps the text of each file that it was made from.  When only a list
 * of instances is another, the set is made anew from these texts, and nothing
 * comes in that somebody is still writing, or that nobody has said to load.
 *
 * Owns: nothing; the texts are the set's.
 * Uses: memory, rule, conferror, confdir.
 */

#ifndef CONFTEXT_H
#define CONFTEXT_H

#include <stdio.h>

#include "daemon/conferror.h"
#include "daemon/rule.h"

/* Read the file of a rule, or (NULL) triggerd.ini, into the set; or take the
 * text that another set keeps.  Returns it as a stream that lives no longer
 * than the set, or NULL with what is wrong among the errors. */
FILE *conftext_read(struct rule_set *set, const char *rule, int dir_fd,
    const char *path, long most, struct conf_errors *errors);
FILE *conftext_take(struct rule_set *set, const char *rule,
    const struct rule_set *from, const char *path, struct conf_errors *errors);

/* The names of the rules whose files a set keeps; as confdir_list(). */
char **conftext_list(const struct rule_set *set);

#endif
