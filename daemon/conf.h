/*
 * conf - configuration files to a rule set, or a list of errors.
 *
 * DIR/triggerd.ini and the *.ini files of its rules directory are read by inih
 * through a line source of our own (inih cuts long lines in two, drops what
 * follows " ;", and tells no line numbers).  Reading goes on after an error,
 * so that one look shows them all.
 *
 * Owns: nothing after it returns.
 * Uses: memory, words, quote, rule, conferror, inifile, trust, section,
 * setting, confrule, conftext, confpipe, conftarget, confprint.
 */

#ifndef CONF_H
#define CONF_H

#include <stdio.h>

#include "daemon/conferror.h"
#include "daemon/inifile.h"
#include "daemon/rule.h"

#define CONF_LINE_MAX INIFILE_LINE_MAX /* bytes of a line, with its newline */
#define CONF_FILE_MAX (1 << 20)        /* bytes of a file */

/* Read the configuration below "dir".  Returns a set that the caller frees with
 * rule_set_free(), or NULL with at least one error in "errors", which is empty
 * before and which the caller frees with conf_errors_fini() in any case. */
struct rule_set *conf_read(const char *dir, struct conf_errors *errors);

/* The same from the files as they were when "kept" was read, with the lists of
 * instances as they are now; of the rule "tried" with the one that waits. */
struct rule_set *conf_read_kept(
    const struct rule_set *kept, const char *tried, struct conf_errors *errors);

/* The daemon's part alone, without rules, also when it has errors: enough to
 * find a daemon that runs on with what it read before.  NULL if not even its
 * directories can be told; else as conf_read(), with the errors for the caller
 * to pass over. */
struct rule_set *conf_read_daemon(const char *dir, struct conf_errors *errors);

/* Print the effective configuration as ini text that conf_read() would accept:
 * every key with its value, variables filled in. */
void conf_print(const struct rule_set *set, FILE *out);

#endif
