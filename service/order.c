/*
 * order - what service-signal was asked to do.
 */

#include <signal.h>
#include <stddef.h>
#include <string.h>

#include "service/order.h"

struct row {
	const char *word;
	enum order_verb verb;
	int signal_number;
};

static const struct row rows[] = {
	{ "alrm", ORDER_ALRM, SIGALRM },
	{ "check", ORDER_CHECK, 0 },
	{ "hup", ORDER_HUP, SIGHUP },
	{ "reload", ORDER_RELOAD, SIGHUP },
	{ "restart", ORDER_RESTART, SIGTERM },
	{ "term", ORDER_TERM, SIGTERM },
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct row *
row_of(enum order_verb verb)
{
	size_t i;

	for (i = 0; i < N_ROWS; i++)
		if (rows[i].verb == verb)
			return &rows[i];
	return NULL;
}

enum order_verb
order_verb_named(const char *word)
{
	size_t i;

	for (i = 0; i < N_ROWS; i++)
		if (strcmp(rows[i].word, word) == 0)
			return rows[i].verb;
	return ORDER_NONE;
}

const char *
order_word(enum order_verb verb)
{
	const struct row *row = row_of(verb);

	return row == NULL ? "nothing" : row->word;
}

int
order_signal(enum order_verb verb)
{
	const struct row *row = row_of(verb);

	return row == NULL ? 0 : row->signal_number;
}
