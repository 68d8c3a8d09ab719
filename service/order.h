/*
 * order - what service-signal was asked to do, and what came of it.
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef ORDER_H
#define ORDER_H

enum order_verb {
	ORDER_NONE, /* no such word */
	ORDER_HUP,
	ORDER_ALRM,
	ORDER_TERM,
	ORDER_RESTART,
	ORDER_RELOAD, /* HUP, where there is no better word */
	ORDER_CHECK
};

/* The exit status of a rule's command: triggerd(8). */
enum order_end {
	ORDER_DONE = 0,
	ORDER_WRONG = 100,  /* another try without a change is no use */
	ORDER_TROUBLE = 111 /* it may work later */
};

struct order {
	enum order_verb verb;
	double up;    /* seconds that a new process must have been up */
	double limit; /* seconds to wait for that, in all */
};

/* The verb that a word names, or ORDER_NONE. */
enum order_verb order_verb_named(const char *word);

/* Its name; a static string. */
const char *order_word(enum order_verb verb);

#endif
