/*
 * order - what service-signal was asked to do.
 */

#include <stddef.h>
#include <string.h>

#include "service/order.h"

struct row {
	const char *word;
	enum order_verb verb;
};

static const struct row rows[] = {
	{ "alrm", ORDER_ALRM },
	{ "check", ORDER_CHECK },
	{ "hup", ORDER_HUP },
	{ "reload", ORDER_RELOAD },
	{ "restart", ORDER_RESTART },
	{ "term", ORDER_TERM },
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

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
	size_t i;

	for (i = 0; i < N_ROWS; i++)
		if (rows[i].verb == verb)
			return rows[i].word;
	return "nothing";
}
