/*
 * list - one run of a command that lists the instances of a rule.
 *
 * For a forked helper: it blocks, and takes SIGCHLD for itself.  The command
 * runs as the rule says, in a process group of its own; its standard output is
 * the list, of its standard error the first line is kept to say why it failed.
 * After the rule's timeout the group gets TERM, after its stop_timeout KILL.
 *
 * Owns: nothing after it returns.
 * Uses: clock, rule, instance, spawn.
 */

#ifndef LIST_H
#define LIST_H

#include "daemon/rule.h"

enum list_outcome {
	LIST_FAILED, /* or it printed what can be no list */
	LIST_SAME,   /* as in STATE/list/RULE; nothing was written */
	LIST_NEW,    /* another, which waits in instance_new_path() */
};

struct list_answer {
	enum list_outcome outcome;
	char why[320]; /* LIST_FAILED */
};

/* "list" is one of a set's "lists". */
void list_run(
    const struct rule *list, const char *state_dir, struct list_answer *answer);

#endif
