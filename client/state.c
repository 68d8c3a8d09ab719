#include <string.h>

#include "client/state.h"

struct meaning {
	const char *word;
	bool well;
	const char *text;
};

static const struct meaning meanings[] = {
	{ "new", true, "It was not looked at yet." },
	{ "current", true, "There is nothing to do." },
	{ "idle", true,
	    "There is nothing to make it from, or its target is missing and "
	    "not to be made (create = no).  It wakes up when that changes." },
	{ "failed", false,
	    "The last run failed.  It is tried again by itself, each time "
	    "after a longer wait, and at once when a source changes or by "
	    "'run'." },
	{ "waiting", false,
	    "The command said that a source is wrong (exit 100).  It is run "
	    "again when a source or the rule changes, or by 'run'." },
	{ "refused", false,
	    "The command built something that its guards refuse (check, "
	    "min_records, max_shrink), so the old product stays.  A change "
	    "of a source or of the rule ends the wait; if the loss is right, "
	    "'accept' lets it through." },
	{ "blocked", false,
	    "Something that it is made from cannot be looked at, so nobody "
	    "knows whether it is behind.  It is not run and the old product "
	    "stays; it is looked at again by itself." },
	{ "restless", false,
	    "It was behind again right after each of its last runs: "
	    "something changes its sources all the time, perhaps its own "
	    "command.  It waits before the next run; 'sync', 'check' and "
	    "'run' end the wait." },
	{ "spaced", true,
	    "It is behind, but ran less than min_interval ago.  It runs when "
	    "that is over, or by 'run'." },
	{ "settling", true,
	    "Something may have changed; it waits until the changes end." },
	{ "held", true,
	    "It will be looked at when the rules that make its sources are "
	    "done." },
	{ "checking", true, "It is being looked at." },
	{ "queued", true,
	    "It is behind and runs as soon as fewer builds run (jobs)." },
	{ "running", true, "Its command runs." },
	{ "running-again", true,
	    "Its command runs, and something may have changed since it was "
	    "started: it will be looked at again." },
	{ "installing", true,
	    "Its command has ended; what it built is checked and installed." },
};

static const struct meaning *
find(const char *word)
{
	size_t i;

	for (i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (strcmp(meanings[i].word, word) == 0)
			return &meanings[i];
	return NULL;
}

bool
state_is_well(const struct status_rule *rule)
{
	const struct meaning *meaning = find(rule->state);

	return meaning == NULL || meaning->well;
}

const char *
state_meaning(const char *word)
{
	const struct meaning *meaning = find(word);

	return meaning == NULL ? "" : meaning->text;
}
