/*
 * request - what one client waits for.
 *
 * Pure: sched tells each change of a rule's state, and the request knows when
 * it has seen enough.
 *
 *   check  a check begun after the command has ended
 *   run    a run begun after the command has ended
 *   accept the same, without min_records and max_shrink
 *   pause  what runs now has ended
 *   sync   a check begun after the command has ended, and the run that it
 *          caused, and the look after it; later hints do not prolong it
 *
 * A rule that is paused meanwhile is named, and waited for no longer.
 *
 * Owns: its list of rules and the text of the answer.
 * Uses: verbs, life.
 */

#ifndef REQUEST_H
#define REQUEST_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "daemon/life.h"
#include "daemon/verbs.h"

#define REQUEST_REPLY_MAX 32 /* bytes of a reply FIFO's name */

enum request_phase {
	REQUEST_WANT_CHECK,
	REQUEST_CHECKED, /* under way or just ended; not thrown away */
	REQUEST_IN_RUN,
	REQUEST_AFTER_RUN,
	REQUEST_DONE,
};

struct request_part {
	unsigned topic;
	enum request_phase phase;
	bool named; /* in the answer */
};

struct request {
	enum verbs_verb command;
	char reply[REQUEST_REPLY_MAX + 1];
	struct request_part *parts;
	size_t count, open; /* parts, and those not done */
	bool unhappy;       /* a rule is to be named */
	char text[PIPE_BUF - 8];
	size_t used;
	bool full;
};

/* What sched has to tell of a rule. */
struct request_news {
	unsigned topic;
	const char *name;
	enum life_state state; /* which it has now */
	bool ran_well;         /* its last run */
	bool in_vain;          /* its last run counts for nothing: asked anew */
	bool paused;
	bool running;     /* a run goes on, be it an earlier daemon's */
	const char *note; /* for people, or NULL */
};

/* reply is copied.  NULL with errno. */
struct request *request_new(
    enum verbs_verb command, const char *reply, size_t rules);
void request_free(struct request *r);

/* Wait for one more rule (before any news). */
void request_add(struct request *r, unsigned topic);

/* Take the news.  True when nothing is left to wait for. */
bool request_tell(struct request *r, const struct request_news *news);

/* Does it still wait for this rule? */
bool request_waits_for(const struct request *r, unsigned topic);

/* The rule is no more, or is paused: nothing to wait for, but for who pauses:
 * its run goes on. */
bool request_give_up(struct request *r, const struct request_news *news);

/* Add a line to the answer; what does not fit is cut, and says so. */
void request_say(struct request *r, const char *fmt, ...)
    __attribute__((__format__(__printf__, 2, 3)));

/* The same, and the client's exit status is 1. */
void request_complain(struct request *r, const char *fmt, ...)
    __attribute__((__format__(__printf__, 2, 3)));

/* The exit status that the client is to have. */
int request_status(const struct request *r);

#endif
