/*
 * confcommand - what a rule runs, as whom, and in what environment.
 *
 * Each step uses what those before it have filled in: the user, the
 * environment, the command.
 *
 * Owns: nothing.
 * Uses: memory, words, instance, ground, rule, program, unasked,
 * setting.
 */

#ifndef CONFCOMMAND_H
#define CONFCOMMAND_H

#include "daemon/rule.h"
#include "daemon/setting.h"

/* "before" is a rule of the same set that was read just before, or NULL: many
 * have the same user and command, and to look these up takes most of the time
 * of reading a rule. */

/* Whom the command runs as.  HOME is theirs. */
void confcommand_user(
    const struct setting *in, const struct rule *before, struct rule *rule);

/* Sorted, so that the order of the lines does not make another rule. */
void confcommand_environment(
    const struct setting *in, const struct rule_set *set, struct rule *rule);

void confcommand_read(
    const struct setting *in, const struct rule *before, struct rule *rule);

/* The command of that key instead, in the environment that the rule has
 * already.  "keep": see quote.h. */
void confcommand_find(const struct setting *in, enum words_key key,
    const char *const *keep, const struct rule *before, struct rule *rule);

#endif
