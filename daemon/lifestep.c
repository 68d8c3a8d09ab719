#include "daemon/lifecheck.h"
#include "daemon/lifestep.h"

/*
 * A rule rests in one of the first nine states.  A hint makes it settle; when
 * it is quiet, or at once for those who ask, it is held until the rules that
 * make its sources are at rest, then checked.  Found behind, it is queued,
 * runs, installs, and is checked again: the circle ends only with a check that
 * finds nothing to do, or nothing that would help.
 */

/* The run is over, well or not: look again.  Hints that came meanwhile settle
 * first. */
static void
look_again(struct life *life, const struct life_terms *terms, double now)
{
	if (life->asked & LIFE_FORCE)
		life_go(life, LIFE_HELD, 0);
	else if (life->asked != 0)
		life_settle(life, terms, now);
	else
		life_go(life, LIFE_HELD, 0);
	life->asked |= LIFE_AGAIN;
}

static void
fail(struct life *life, const struct life_terms *terms,
    const struct life_input *in, enum life_state trouble)
{
	life->trouble = trouble;
	life->failures++;
	life->streak++;
	life->rest_at = 0;
	if (trouble == LIFE_FAILED)
		life->retry_at =
		    in->now + life_backoff(life, terms, in->jitter);
	else if (trouble == LIFE_REFUSED)
		life->retry_at = in->now + terms->retry_longest;
	else
		life->retry_at = 0;
	look_again(life, terms, in->now);
}

static void
succeed(struct life *life, const struct life_terms *terms, double now)
{
	life->trouble = LIFE_CURRENT;
	life->retry_at = 0;
	life->failures = 0;
	life->streak++;
	life->rest_at = 0;
	life->owed = 0;
	look_again(life, terms, now);
}

static void
step_resting(struct life *life, const struct life_terms *terms,
    const struct life_input *in)
{
	bool waits = life->state == LIFE_SPACED;

	switch (in->event) {
	case LIFE_HINT:
		if (!waits) /* it looks again when its wait is over */
			life_settle(life, terms, in->now);
		break;
	case LIFE_ASK:
		if (!waits || life->asked & (LIFE_FORCE | LIFE_INSIST))
			life_go(life, LIFE_HELD, 0);
		break;
	case LIFE_TIME:
		if (life->state == LIFE_RESTLESS)
			life->asked |= LIFE_INSIST; /* it has waited */
		life_go(life, LIFE_HELD, 0);
		break;
	case LIFE_RELEASE:
	case LIFE_FOUND_CURRENT:
	case LIFE_FOUND_IDLE:
	case LIFE_FOUND_BLOCKED:
	case LIFE_FOUND_BEHIND:
	case LIFE_FOUND_ASKED:
	case LIFE_FOUND_SAME:
	case LIFE_OVERTAKEN:
	case LIFE_PAUSED:
	case LIFE_STARTED:
	case LIFE_EXITED:
	case LIFE_DONE:
	case LIFE_FAIL:
	case LIFE_FAIL_SOURCE:
	case LIFE_FAIL_REFUSED:
	case LIFE_CHANGED:
		break;
	}
}

static void
step_settling(struct life *life, const struct life_terms *terms,
    const struct life_input *in)
{
	switch (in->event) {
	case LIFE_HINT:
		life_settle(life, terms, in->now);
		break;
	case LIFE_ASK:
		if (life->asked & LIFE_FORCE)
			life_go(life, LIFE_HELD, 0);
		break;
	case LIFE_TIME:
		if (in->now >= life->due_at)
			life_go(life, LIFE_HELD, 0);
		break;
	case LIFE_RELEASE:
	case LIFE_FOUND_CURRENT:
	case LIFE_FOUND_IDLE:
	case LIFE_FOUND_BLOCKED:
	case LIFE_FOUND_BEHIND:
	case LIFE_FOUND_ASKED:
	case LIFE_FOUND_SAME:
	case LIFE_OVERTAKEN:
	case LIFE_PAUSED:
	case LIFE_STARTED:
	case LIFE_EXITED:
	case LIFE_DONE:
	case LIFE_FAIL:
	case LIFE_FAIL_SOURCE:
	case LIFE_FAIL_REFUSED:
	case LIFE_CHANGED:
		break;
	}
}

static void
step_running(struct life *life, const struct life_terms *terms,
    const struct life_input *in)
{
	switch (in->event) {
	case LIFE_HINT:
	case LIFE_ASK:
		if (life->state == LIFE_RUNNING)
			life->state = LIFE_RUNNING_AGAIN;
		break;
	case LIFE_EXITED:
		life_go(life, LIFE_INSTALLING, 0);
		break;
	case LIFE_DONE:
		succeed(life, terms, in->now);
		break;
	case LIFE_FAIL:
		fail(life, terms, in, LIFE_FAILED);
		break;
	case LIFE_FAIL_SOURCE:
		fail(life, terms, in, LIFE_WAITING);
		break;
	case LIFE_FAIL_REFUSED:
		fail(life, terms, in, LIFE_REFUSED);
		break;
	case LIFE_CHANGED:
	case LIFE_TIME:
	case LIFE_RELEASE:
	case LIFE_FOUND_CURRENT:
	case LIFE_FOUND_IDLE:
	case LIFE_FOUND_BLOCKED:
	case LIFE_FOUND_BEHIND:
	case LIFE_FOUND_ASKED:
	case LIFE_FOUND_SAME:
	case LIFE_OVERTAKEN:
	case LIFE_PAUSED:
	case LIFE_STARTED:
		break;
	}
}

static void
step_queued(struct life *life, const struct life_terms *terms,
    const struct life_input *in)
{
	switch (in->event) {
	case LIFE_OVERTAKEN:
		life->asked |= life->owed | life->asking;
		life_go(life, LIFE_HELD, 0);
		break;
	case LIFE_STARTED:
		/* Hints so far are answered by this run: it starts after
		 * them, and what the stamps missed the next look finds. */
		life->owed |= life->asked & ~(unsigned)LIFE_FORCE;
		life->asked = 0;
		life->fresh = 0;
		life->started_at = in->now;
		life_go(life, LIFE_RUNNING, 0);
		break;
	case LIFE_FAIL:
		fail(life, terms, in, LIFE_FAILED);
		break;
	case LIFE_HINT:
	case LIFE_ASK:
	case LIFE_TIME:
	case LIFE_RELEASE:
	case LIFE_FOUND_CURRENT:
	case LIFE_FOUND_IDLE:
	case LIFE_FOUND_BLOCKED:
	case LIFE_FOUND_BEHIND:
	case LIFE_FOUND_ASKED:
	case LIFE_FOUND_SAME:
	case LIFE_EXITED:
	case LIFE_DONE:
	case LIFE_FAIL_SOURCE:
	case LIFE_FAIL_REFUSED:
	case LIFE_PAUSED:
	case LIFE_CHANGED:
		break;
	}
}

/* What is behind will be so when it is resumed, and hints are kept; but a run
 * that somebody only wished for comes now or never. */
static void
forget_wish(struct life *life)
{
	life->asked &= ~(unsigned)LIFE_FORCE;
	life->asking &= ~(unsigned)LIFE_FORCE;
	life->owed &= ~(unsigned)LIFE_FORCE;
	if (life->state != LIFE_QUEUED)
		return;
	life->asked |= life->owed | life->asking;
	life_go(life, LIFE_HELD, 0);
}

/* What was learned of the old rule does not count for the new one. */
static void
change(struct life *life)
{
	life->trouble = LIFE_CURRENT;
	life->retry_at = 0;
	life->failures = 0;
	life->streak = 0;
	life->asked |= LIFE_AGAIN;
	switch (life->state) {
	case LIFE_RUNNING:
		life->state = LIFE_RUNNING_AGAIN;
		break;
	case LIFE_RUNNING_AGAIN:
	case LIFE_INSTALLING:
	case LIFE_SETTLING:
	case LIFE_HELD:
		break;
	case LIFE_NEW:
	case LIFE_CURRENT:
	case LIFE_IDLE:
	case LIFE_FAILED:
	case LIFE_WAITING:
	case LIFE_REFUSED:
	case LIFE_BLOCKED:
	case LIFE_RESTLESS:
	case LIFE_SPACED:
	case LIFE_CHECKING:
	case LIFE_QUEUED:
		life->asked |= life->owed | life->asking;
		life_go(life, LIFE_HELD, 0);
		break;
	}
}

/* The clock has two more things to say, whatever the state: time for the
 * second look after a pipe hint, time for the scan.  True if it said so. */
static bool
ring(struct life *life, const struct life_terms *terms, double now)
{
	bool rang = false;

	if (life->recheck_at > 0 && now >= life->recheck_at) {
		life->recheck_at = 0;
		life->asked |= LIFE_PIPE;
		rang = true;
	}
	if (life->scan_at > 0 && now >= life->scan_at) {
		life->scan_at = now + terms->scan;
		life->asked |= LIFE_SCAN;
		rang = true;
	}
	return rang;
}

void
lifestep_take(struct life *life, const struct life_terms *terms,
    const struct life_input *in)
{
	struct life_input step = *in;

	if (in->event == LIFE_CHANGED) {
		change(life);
		return;
	}
	if (in->event == LIFE_PAUSED) {
		forget_wish(life);
		return;
	}
	if (in->event == LIFE_HINT || in->event == LIFE_ASK) {
		life->asked |= in->asked;
		if (in->asked & LIFE_PIPE && terms->recheck > 0)
			life->recheck_at = in->now + terms->recheck;
	} else if (in->event == LIFE_TIME && ring(life, terms, in->now)) {
		if (life->due_at == 0 || in->now < life->due_at)
			step.event = LIFE_ASK;
	} else if (in->event == LIFE_TIME &&
		   (life->due_at == 0 || in->now < life->due_at))
		return; /* the timer was armed for a state that is gone */

	switch (life->state) {
	case LIFE_NEW:
	case LIFE_CURRENT:
	case LIFE_IDLE:
	case LIFE_FAILED:
	case LIFE_WAITING:
	case LIFE_REFUSED:
	case LIFE_BLOCKED:
	case LIFE_RESTLESS:
	case LIFE_SPACED:
		step_resting(life, terms, &step);
		break;
	case LIFE_SETTLING:
		step_settling(life, terms, &step);
		break;
	case LIFE_HELD:
		if (step.event == LIFE_RELEASE)
			life_go(life, LIFE_CHECKING, 0);
		break;
	case LIFE_CHECKING:
		lifecheck_end(life, terms, &step);
		break;
	case LIFE_QUEUED:
		step_queued(life, terms, &step);
		break;
	case LIFE_RUNNING:
	case LIFE_RUNNING_AGAIN:
	case LIFE_INSTALLING:
		step_running(life, terms, &step);
		break;
	}
}
