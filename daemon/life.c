#include "daemon/backoff.h"
#include "daemon/life.h"

static double
min(double a, double b)
{
	return a < b ? a : b;
}

void
life_init(struct life *life, const struct life_terms *terms, double now)
{
	*life = (struct life){ .state = LIFE_NEW, .trouble = LIFE_CURRENT };
	if (terms->scan > 0)
		life->scan_at = now + terms->scan;
}

void
life_go(struct life *life, enum life_state state, double due_at)
{
	life->state = state;
	life->due_at = due_at;
}

void
life_settle(struct life *life, const struct life_terms *terms, double now)
{
	double due;

	if (life->state != LIFE_SETTLING)
		life->first_at = now;
	else if (life->waited_for)
		return;
	due = min(now + terms->settle, life->first_at + terms->settle_max);
	if (due < life->check_not_before)
		due = life->check_not_before;
	if (due <= now)
		life_go(life, LIFE_HELD, 0);
	else
		life_go(life, LIFE_SETTLING, due);
}

double
life_backoff(
    const struct life *life, const struct life_terms *terms, double jitter)
{
	return backoff_after(
	    terms->retry_first, terms->retry_longest, life->failures, jitter);
}

double
life_due(const struct life *life)
{
	double due = life->due_at;

	if (life->recheck_at > 0 && (due == 0 || life->recheck_at < due))
		due = life->recheck_at;
	if (life->scan_at > 0 && (due == 0 || life->scan_at < due))
		due = life->scan_at;
	return due;
}

bool
life_is_busy(enum life_state state)
{
	return state >= LIFE_SETTLING;
}

const char *
life_word(enum life_state state)
{
	switch (state) {
	case LIFE_NEW:
		return "new";
	case LIFE_CURRENT:
		return "current";
	case LIFE_IDLE:
		return "idle";
	case LIFE_FAILED:
		return "failed";
	case LIFE_WAITING:
		return "waiting";
	case LIFE_REFUSED:
		return "refused";
	case LIFE_BLOCKED:
		return "blocked";
	case LIFE_RESTLESS:
		return "restless";
	case LIFE_SPACED:
		return "spaced";
	case LIFE_SETTLING:
		return "settling";
	case LIFE_HELD:
		return "held";
	case LIFE_CHECKING:
		return "checking";
	case LIFE_QUEUED:
		return "queued";
	case LIFE_RUNNING:
		return "running";
	case LIFE_RUNNING_AGAIN:
		return "running-again";
	case LIFE_INSTALLING:
		return "installing";
	}
	return "?";
}
