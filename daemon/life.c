#include "daemon/backoff.h"
#include "daemon/life.h"

/*
 * A rule rests in one of the first nine states.  A hint makes it settle; when
 * it is quiet, or at once for those who ask, it is held until the rules that
 * make its sources are at rest, then checked.  Found behind, it is queued,
 * runs, installs, and is checked again: the circle ends only with a check that
 * finds nothing to do, or nothing that would help.
 */

#define RESTLESS_RUNS 3
#define RESTLESS_FIRST 0.5 /* seconds */

static double
min(double a, double b)
{
	return a < b ? a : b;
}

static double
backoff(const struct life *life, const struct life_terms *terms, double jitter)
{
	return backoff_after(
	    terms->retry_first, terms->retry_longest, life->failures, jitter);
}

void
life_init(struct life *life, const struct life_terms *terms, double now)
{
	*life = (struct life){ .state = LIFE_NEW, .trouble = LIFE_CURRENT };
	if (terms->scan > 0)
		life->scan_at = now + terms->scan;
}

static void
go(struct life *life, enum life_state state, double due_at)
{
	life->state = state;
	life->due_at = due_at;
}

/* Wait for quiet, but not for ever, and not so often that checking is all the
 * rule does. */
static void
settle(struct life *life, const struct life_terms *terms, double now)
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
		go(life, LIFE_HELD, 0);
	else
		go(life, LIFE_SETTLING, due);
}

static void
rest_in_trouble(struct life *life)
{
	life->owed = life->asking;
	go(life, life->trouble, life->retry_at);
}

static void
found_behind(
    struct life *life, const struct life_terms *terms, double now, bool by_disk)
{
	unsigned ends_wait = life->asking & (LIFE_FORCE | LIFE_INSIST);
	double not_before = life->started_at + terms->min_interval;

	life->owed = life->asking & ~(unsigned)(LIFE_FORCE | LIFE_INSIST);
	if (!(life->asking & LIFE_FORCE) && life->started_at > 0 &&
	    now < not_before)
		go(life, LIFE_SPACED, not_before);
	else if (by_disk && !ends_wait && life->streak >= RESTLESS_RUNS)
		go(life, LIFE_RESTLESS,
		    now + backoff_doubled(RESTLESS_FIRST, terms->retry_longest,
			      life->streak - RESTLESS_RUNS));
	else
		go(life, LIFE_QUEUED, 0);
}

static void
found(struct life *life, const struct life_terms *terms,
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
		go(life,
		    in->event == LIFE_FOUND_IDLE ? LIFE_IDLE : LIFE_CURRENT, 0);
		break;
	case LIFE_FOUND_BLOCKED:
		life->owed = life->asking;
		life->failures++;
		go(life, LIFE_BLOCKED,
		    in->now + backoff(life, terms, in->jitter));
		break;
	case LIFE_FOUND_SAME:
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
		settle(life, terms, in->now);
}

/* The run is over, well or not: look again.  Hints that came meanwhile settle
 * first. */
static void
look_again(struct life *life, const struct life_terms *terms, double now)
{
	if (life->asked & LIFE_FORCE)
		go(life, LIFE_HELD, 0);
	else if (life->asked != 0)
		settle(life, terms, now);
	else
		go(life, LIFE_HELD, 0);
	life->asked |= LIFE_AGAIN;
}

static void
fail(struct life *life, const struct life_terms *terms,
    const struct life_input *in, enum life_state trouble)
{
	life->trouble = trouble;
	life->failures++;
	life->streak = 0;
	if (trouble == LIFE_FAILED)
		life->retry_at = in->now + backoff(life, terms, in->jitter);
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
	life->owed = 0;
	look_again(life, terms, now);
}

static void
step_resting(struct life *life, const struct life_terms *terms,
    const struct life_input *in)
{
	bool waits = life->state == LIFE_RESTLESS || life->state == LIFE_SPACED;

	switch (in->event) {
	case LIFE_HINT:
		if (!waits) /* those look again when their wait is over */
			settle(life, terms, in->now);
		break;
	case LIFE_ASK:
		if (!waits || life->asked & (LIFE_FORCE | LIFE_INSIST))
			go(life, LIFE_HELD, 0);
		break;
	case LIFE_TIME:
		if (life->state == LIFE_RESTLESS)
			life->asked |= LIFE_INSIST; /* it has waited */
		go(life, LIFE_HELD, 0);
		break;
	case LIFE_RELEASE:
	case LIFE_FOUND_CURRENT:
	case LIFE_FOUND_IDLE:
	case LIFE_FOUND_BLOCKED:
	case LIFE_FOUND_BEHIND:
	case LIFE_FOUND_ASKED:
	case LIFE_FOUND_SAME:
	case LIFE_OVERTAKEN:
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
		settle(life, terms, in->now);
		break;
	case LIFE_ASK:
		if (life->asked & LIFE_FORCE)
			go(life, LIFE_HELD, 0);
		break;
	case LIFE_TIME:
		if (in->now >= life->due_at)
			go(life, LIFE_HELD, 0);
		break;
	case LIFE_RELEASE:
	case LIFE_FOUND_CURRENT:
	case LIFE_FOUND_IDLE:
	case LIFE_FOUND_BLOCKED:
	case LIFE_FOUND_BEHIND:
	case LIFE_FOUND_ASKED:
	case LIFE_FOUND_SAME:
	case LIFE_OVERTAKEN:
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
		go(life, LIFE_INSTALLING, 0);
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
		go(life, LIFE_HELD, 0);
		break;
	case LIFE_STARTED:
		/* Hints so far are answered by this run: it starts after
		 * them, and what the stamps missed the next look finds. */
		life->owed |= life->asked & ~(unsigned)LIFE_FORCE;
		life->asked = 0;
		life->started_at = in->now;
		go(life, LIFE_RUNNING, 0);
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
	case LIFE_CHANGED:
		break;
	}
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
		go(life, LIFE_HELD, 0);
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
life_step(struct life *life, const struct life_terms *terms,
    const struct life_input *in)
{
	struct life_input step = *in;

	if (in->event == LIFE_CHANGED) {
		change(life);
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
			go(life, LIFE_CHECKING, 0);
		break;
	case LIFE_CHECKING:
		found(life, terms, &step);
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

unsigned
life_begin_check(struct life *life)
{
	life->asking = life->asked | life->owed;
	life->fresh = life->asked;
	life->asked = 0;
	return life->asking;
}

void
life_calm(struct life *life)
{
	if (life->streak >= RESTLESS_RUNS)
		life->streak = RESTLESS_RUNS - 1;
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
