#include "daemon/backoff.h"
#include "daemon/lifecheck.h"

#define RESTLESS_RUNS 3
#define RESTLESS_FIRST 0.5 /* seconds */

unsigned
lifecheck_begin(struct life *life)
{
	life->asking = life->asked | life->owed;
	life->fresh |= life->asked;
	life->asked = 0;
	return life->asking;
}

static void
rest_in_trouble(struct life *life)
{
	life->owed = life->asking;
	life->fresh = 0;
	life_go(life, life->trouble, life->retry_at);
}

/* One rest for so many runs, however often it is looked at meanwhile. */
static bool
must_rest(struct life *life, const struct life_terms *terms, double now,
    double *until)
{
	if (life->streak < RESTLESS_RUNS)
		return false;
	if (life->rest_at == 0)
		life->rest_at = now;
	*until = life->rest_at + backoff_doubled(RESTLESS_FIRST,
				     terms->retry_longest,
				     life->streak - RESTLESS_RUNS);
	return now < *until;
}

static void
found_behind(
    struct life *life, const struct life_terms *terms, double now, bool by_disk)
{
	unsigned ends_wait = life->asking & (LIFE_FORCE | LIFE_INSIST);
	double not_before = life->started_at + terms->min_interval, until;

	life->owed = life->asking & ~(unsigned)(LIFE_FORCE | LIFE_INSIST);
	if (!(life->asking & LIFE_FORCE) && life->started_at > 0 &&
	    now < not_before)
		life_go(life, LIFE_SPACED, not_before);
	else if (by_disk && !ends_wait && must_rest(life, terms, now, &until))
		life_go(life, LIFE_RESTLESS, until);
	else
		life_go(life, LIFE_QUEUED, 0);
}

void
lifecheck_end(struct life *life, const struct life_terms *terms,
    const struct life_input *in)
{
	switch (in->event) {
	case LIFE_FOUND_CURRENT:
	case LIFE_FOUND_IDLE:
		life->trouble = LIFE_CURRENT;
		life->retry_at = 0;
		life->failures = 0;
		life->streak = 0;
		life->owed = 0;
		life->fresh = 0;
		life_go(life,
		    in->event == LIFE_FOUND_IDLE ? LIFE_IDLE : LIFE_CURRENT, 0);
		break;
	case LIFE_FOUND_BLOCKED:
		/* What was wished for now does not come later by itself. */
		life->owed = life->asking & ~(unsigned)LIFE_FORCE;
		life->failures++;
		life_go(life, LIFE_BLOCKED,
		    in->now + life_backoff(life, terms, in->jitter));
		break;
	case LIFE_FOUND_SAME:
		life->streak = 0;
		if (life->retry_at == 0 || in->now < life->retry_at)
			rest_in_trouble(life);
		else
			found_behind(life, terms, in->now, false);
		break;
	case LIFE_FOUND_BEHIND:
		found_behind(life, terms, in->now, true);
		break;
	case LIFE_FOUND_ASKED:
		found_behind(life, terms, in->now, false);
		break;
	case LIFE_HINT:
	case LIFE_ASK:
	case LIFE_TIME:
	case LIFE_RELEASE:
	case LIFE_OVERTAKEN:
	case LIFE_PAUSED:
	case LIFE_STARTED:
	case LIFE_EXITED:
	case LIFE_DONE:
	case LIFE_FAIL:
	case LIFE_FAIL_SOURCE:
	case LIFE_FAIL_REFUSED:
	case LIFE_CHANGED:
		return;
	}
	/* Hinted while a helper was looking: that look may have been too
	 * early.  A rule that goes on to run is looked at after it anyway. */
	if (life->asked != 0 && !life_is_busy(life->state))
		life_settle(life, terms, in->now);
}

void
lifecheck_calm(struct life *life, double now)
{
	bool rests = life->rest_at > 0 && now < life->rest_at + RESTLESS_FIRST;

	if (life->streak >= RESTLESS_RUNS)
		life->streak = rests ? RESTLESS_RUNS : RESTLESS_RUNS - 1;
}
