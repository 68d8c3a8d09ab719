#include <string.h>

#include "daemon/verbs.h"

static const struct verbs_def verbs[] = {
	{ "check", VERBS_CHECK, 0,
	    "ask the rules now whether they are behind" },
	{ "run", VERBS_RUN, 1, "run the rules even if they are not behind" },
	{ "sync", VERBS_SYNC, 0, "wait until all that is known now is done" },
	{ "accept", VERBS_ACCEPT, 1,
	    "run once without min_records and max_shrink" },
	{ "pause", VERBS_PAUSE, 0,
	    "run nothing until resume, also after a restart" },
	{ "resume", VERBS_RESUME, 0, "end a pause, and ask" },
	{ "reload", VERBS_RELOAD, 0, "read the configuration anew" },
};

const struct verbs_def *
verbs_all(size_t *count)
{
	*count = sizeof(verbs) / sizeof(verbs[0]);
	return verbs;
}

const struct verbs_def *
verbs_find(const char *word)
{
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].word, word) == 0)
			return &verbs[i];
	return NULL;
}
