/*
 * talk - say one command to the daemon and wait for its answer.
 *
 * The client makes a FIFO of its own in RUN/reply/ and ends the command with
 * that name.  While it waits it notices a daemon that goes away, and it
 * removes its FIFO in any case, also when a signal ends it.
 *
 * Owns: the FIFO, while it waits.
 * Uses: presence.
 */

#ifndef TALK_H
#define TALK_H

#include <limits.h>
#include <stdbool.h>

enum talk_outcome {
	TALK_ANSWERED,
	TALK_NO_DAEMON, /* nobody listens */
	TALK_GONE,      /* somebody did, and ended without an answer */
	TALK_TOO_LONG,  /* the command does not fit into PIPE_BUF bytes */
	TALK_FAILED,    /* the machine is in trouble, or we may not */
};

/* All but TALK_ANSWERED fill "why"; TALK_ANSWERED fills the others. */
struct talk_answer {
	int status;              /* exit status */
	char text[PIPE_BUF + 1]; /* lines for people, each with its newline */
	char why[PATH_MAX + 128];
};

/* Send "word" with the NULL-terminated list of rule names, which must hold no
 * blanks or newlines, and wait as long as the daemon lives. */
enum talk_outcome talk_ask(const char *run_dir, const char *word,
    char *const rules[], struct talk_answer *answer);

/* An answer as it came, at most PIPE_BUF bytes: is it one?  Fills status and
 * text. */
bool talk_parse(const char *bytes, struct talk_answer *answer);

#endif
