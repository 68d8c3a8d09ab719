#include <string.h>

#include "client/state.h"

enum kind { AT_REST, BUSY, TROUBLE };

struct meaning {
	const char *word;
	enum kind kind;
	const char *text;
};

static const struct meaning meanings[] = {
	{ "new", AT_REST, "It was not looked at yet." },
	{ "current", AT_REST, "There is nothing to do." },
	{ "idle", AT_REST,
	    "There is nothing to make it from, or its target is missing and "
	    "not to be made (create = no).  It wakes up when that changes." },
	{ "failed", TROUBLE,
	    "The last run failed.  It is tried again by itself, each time "
	    "after a longer wait, and at once when a source changes or by "
	    "'run'." },
	{ "waiting", TROUBLE,
	    "The command said that a source is wrong (exit 100).  It is run "
	    "again when a source or the rule changes, or by 'run'." },
	{ "refused", TROUBLE,
	    "The command built something that its guards refuse (check, "
	    "min_records, max_shrink), so the old product stays.  A change "
	    "of a source or of the rule ends the wait; if the loss is right, "
	    "'accept' lets it through." },
	{ "blocked", TROUBLE,
	    "Something that it is made from cannot be looked at, so nobody "
	    "knows whether it is behind.  It is not run and the old product "
	    "stays; it is looked at again by itself." },
	{ "restless", TROUBLE,
	    "It was behind again right after each of its last runs: "
	    "something changes its sources all the time, perhaps its own "
	    "command.  It waits before the next run; 'sync', 'check' and "
	    "'run' end the wait." },
	{ "spaced", AT_REST,
	    "It is behind, but ran less than min_interval ago.  It runs when "
	    "that is over, or by 'run'." },
	{ "settling", BUSY,
	    "Something may have changed; it waits until the changes end." },
	{ "held", BUSY,
	    "It will be looked at when the rules that make its sources are "
	    "done." },
	{ "checking", BUSY, "It is being looked at." },
	{ "queued", BUSY,
	    "It is behind and runs as soon as fewer builds run (jobs)." },
	{ "running", BUSY, "Its command runs." },
	{ "running-again", BUSY,
	    "Its command runs, and something may have changed since it was "
	    "started: it will be looked at again." },
	{ "installing", BUSY,
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

	return meaning == NULL || meaning->kind != TROUBLE;
}

bool
state_is_busy(const struct status_rule *rule)
{
	const struct meaning *meaning = find(rule->state);

	return meaning != NULL && meaning->kind == BUSY;
}

const char *
state_meaning(const char *word)
{
	const struct meaning *meaning = find(word);

	return meaning == NULL ? "" : meaning->text;
}

const char *
state_verdict_word(enum stamp_verdict verdict)
{
	switch (verdict) {
	case STAMP_CURRENT:
		return "current";
	case STAMP_BEHIND:
		return "behind";
	case STAMP_IDLE:
		return "idle";
	case STAMP_BLOCKED:
		break;
	}
	return "blocked";
}
