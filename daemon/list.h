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

#include "daemon/instance.h"
#include "daemon/rule.h"

enum list_outcome {
	LIST_FAILED, /* or it printed what can be no list */
	LIST_SAME,   /* as in STATE/list/RULE; nothing was written */
	LIST_NEW,    /* another, which waits in instance_new_path() */
};

struct list_answer {
	enum list_outcome outcome;
	char why[320]; /* LIST_FAILED */
	char
	    words[INSTANCE_KEY_SIZE]; /* LIST_NEW: tells the list from others */
};

/* "list" is one of a set's "lists".  A byte that can be read from stop_fd, or
 * its end, ends the command early: the first time as its timeout does, the
 * second time by KILL.  -1: none. */
void list_run(const struct rule *list, const char *state_dir, int stop_fd,
    struct list_answer *answer);

#endif
