/*
 * confprint - a rule set as the ini text that would make it.
 *
 * Owns: nothing.
 * Uses: words, value, quote, rule.
 */

#ifndef CONFPRINT_H
#define CONFPRINT_H

#include <stdio.h>

#include "daemon/rule.h"

/* Each prints its section with every key that has a value, variables filled in.
 * Write errors stay in "out", for ferror(). */
void confprint_daemon(const struct rule_set *set, FILE *out);
void confprint_vars(const struct rule_set *set, FILE *out);
void confprint_pipe(const struct rule_pipe *pipe, FILE *out);
void confprint_list(const struct rule *list, FILE *out); /* a comment */
void confprint_rule(const struct rule *rule, FILE *out);

#endif
