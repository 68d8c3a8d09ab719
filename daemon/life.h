/*
 * life - the states of a rule, and its waits.
 *
 * Pure: time comes in as a number, what is to be done comes out as a state.
 * task steps a life (lifestep) and sched then does what the new state asks for;
 * the unit test does the same with a clock of its own.
 *
 * The timing contract, on which everything rests:
 *   1. forget the hint (asked = 0), then look at the disk;
 *   2. stamp the sources, then start the command;
 *   3. after the command, look again.
 * So a change at any moment is seen by the look that follows its hint, or by
 * the look after the run that it overlapped.
 *
 * Owns: nothing.
 * Uses: backoff.
 */

#ifndef LIFE_H
#define LIFE_H

#include <stdbool.h>

enum life_state {
	/* at rest */
	LIFE_NEW,      /* not asked yet */
	LIFE_CURRENT,  /* not behind */
	LIFE_IDLE,     /* nothing to build from, or not wanted */
	LIFE_FAILED,   /* behind; the last run failed; tried again later */
	LIFE_WAITING,  /* the command said that the source is wrong (100) */
	LIFE_REFUSED,  /* the product was refused */
	LIFE_BLOCKED,  /* a source could not be looked at */
	LIFE_RESTLESS, /* behind again after each of several runs; waits */
	LIFE_SPACED,   /* behind; ran less than min_interval ago */
	/* busy */
	LIFE_SETTLING, /* hinted; waits for quiet */
	LIFE_HELD,     /* wants a check; waits for the rules upstream */
	LIFE_CHECKING,
	LIFE_QUEUED, /* behind; waits for a free place */
	LIFE_RUNNING,
	LIFE_RUNNING_AGAIN, /* running, and hinted since it started */
	LIFE_INSTALLING,
};

enum life_event {
	LIFE_HINT,    /* something may have changed */
	LIFE_ASK,     /* look now, unless settling */
	LIFE_TIME,    /* life_due() has come */
	LIFE_RELEASE, /* held, and everything upstream is at rest */
	LIFE_FOUND_CURRENT,
	LIFE_FOUND_IDLE,
	LIFE_FOUND_BLOCKED,
	LIFE_FOUND_BEHIND, /* by the disk */
	LIFE_FOUND_ASKED,  /* behind as somebody wants it: no loop of ours */
	LIFE_FOUND_SAME,   /* behind, but as it was when the last run failed */
	LIFE_OVERTAKEN,    /* queued, and a rule upstream is busy again */
	LIFE_STARTED,
	LIFE_EXITED,      /* well; the product waits for installation */
	LIFE_DONE,        /* nothing more to do for this run */
	LIFE_FAIL,        /* the run failed, or could not start */
	LIFE_FAIL_SOURCE, /* exit 100 */
	LIFE_FAIL_REFUSED,
	LIFE_PAUSED,  /* who asked for a run is told that there will be none */
	LIFE_CHANGED, /* the rule is another one now, or must be asked anew */
};

/* Bits of "asked" beside those of check.h. */
enum {
	LIFE_INSIST = 64, /* ends a restless wait: one more run */
	LIFE_FORCE = 8,   /* = CHECK_RUN: ends every wait */
	LIFE_PIPE = 1,    /* = CHECK_PIPE: followed by a recheck */
	LIFE_SCAN = 4,    /* = CHECK_SCAN */
	LIFE_AGAIN = 16,  /* = CHECK_OTHER */
};

/* Times in seconds, from the rule. */
struct life_terms {
	double settle, settle_max;
	double retry_first, retry_longest;
	double min_interval;
	double recheck; /* 0: none */
	double scan;    /* 0: none */
};

struct life {
	enum life_state state;
	unsigned asked;  /* since the last check began */
	unsigned asking; /* what the check that is under way was asked */
	unsigned fresh;  /* of that, what no check and no run has answered */
	unsigned owed;   /* asked, and not yet answered by a good run */
	double first_at; /* of the hints that are settling */
	double due_at;   /* when the state's own wait ends; 0: never */
	double recheck_at, scan_at; /* 0: never */
	double check_not_before;    /* ten times the last check's duration */
	enum life_state trouble; /* FAILED, WAITING or REFUSED; CURRENT: none */
	double retry_at;         /* when that ends by itself; 0: never */
	double started_at;       /* of the last run; 0: none yet */
	unsigned failures;       /* in a row */
	unsigned streak;         /* runs since it was last found current, or as
				    it was when one failed */
	double rest_at;  /* when the rest after these runs began; 0: not yet */
	bool waited_for; /* a client waits: later hints do not prolong */
};

struct life_input {
	enum life_event event;
	unsigned asked; /* HINT and ASK */
	double now;     /* monotonic seconds */
	double jitter;  /* 0 to 1, for the backoff */
};

/* Start, with the first scan one interval from now. */
void life_init(struct life *life, const struct life_terms *terms, double now);

/* Go to a state whose wait ends at "due_at"; 0: never. */
void life_go(struct life *life, enum life_state state, double due_at);

/* Wait for quiet, but not for ever, and not so often that checking is all the
 * rule does. */
void life_settle(struct life *life, const struct life_terms *terms, double now);

/* Seconds until the next try, after as many failures as there were. */
double life_backoff(
    const struct life *life, const struct life_terms *terms, double jitter);

/* When LIFE_TIME is wanted; 0: never. */
double life_due(const struct life *life);

/* Is it neither at rest nor new? */
bool life_is_busy(enum life_state state);

/* "current", "running-again" ...; a static string. */
const char *life_word(enum life_state state);

#endif
