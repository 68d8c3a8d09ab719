/* The states of a rule, driven with a clock of the test's own. */

#include <stddef.h>

#include "daemon/lifecheck.h"
#include "daemon/lifestep.h"
#include "tests/unit/check.h"

static const struct life_terms terms = {
	.settle = 0.2, .settle_max = 2, .retry_first = 5, .retry_longest = 900
};

static void
at(struct life *l, const struct life_terms *t, double now,
    enum life_event event, unsigned asked)
{
	struct life_input in = { .event = event, .asked = asked, .now = now };

	lifestep_take(l, t, &in);
}

/* From held to what the check found; returns what it was asked. */
static unsigned
check(struct life *l, const struct life_terms *t, double now,
    enum life_event found)
{
	unsigned asked;

	at(l, t, now, LIFE_RELEASE, 0);
	asked = lifecheck_begin(l);
	at(l, t, now, found, 0);
	return asked;
}

static void
run(struct life *l, const struct life_terms *t, double now, enum life_event end)
{
	at(l, t, now, LIFE_STARTED, 0);
	if (end == LIFE_DONE)
		at(l, t, now, LIFE_EXITED, 0);
	at(l, t, now, end, 0);
}

static int
settling_has_a_ceiling(void)
{
	struct life l;
	int tenths;

	life_init(&l, &terms, 0);
	at(&l, &terms, 10, LIFE_HINT, LIFE_AGAIN);
	CHECK(l.state == LIFE_SETTLING);
	CHECK(life_due(&l) == 10.2);
	for (tenths = 101; tenths < 119; tenths++)
		at(&l, &terms, tenths / 10.0, LIFE_HINT, LIFE_AGAIN);
	CHECK(life_due(&l) == 12);
	at(&l, &terms, 11.95, LIFE_TIME, 0);
	CHECK(l.state == LIFE_SETTLING);
	at(&l, &terms, 12, LIFE_TIME, 0);
	CHECK(l.state == LIFE_HELD);
	return 0;
}

static int
hints_do_not_prolong_what_a_client_waits_for(void)
{
	struct life l;

	life_init(&l, &terms, 0);
	at(&l, &terms, 10, LIFE_HINT, LIFE_AGAIN);
	l.waited_for = true;
	at(&l, &terms, 10.1, LIFE_HINT, LIFE_AGAIN);
	CHECK(life_due(&l) == 10.2);
	return 0;
}

static int
a_hint_stays_news_through_a_wait(void)
{
	struct life_terms spaced = terms;
	struct life l;

	spaced.min_interval = 60;
	life_init(&l, &spaced, 0);
	at(&l, &spaced, 10, LIFE_ASK, LIFE_FORCE);
	(void)check(&l, &spaced, 10, LIFE_FOUND_ASKED);
	run(&l, &spaced, 10, LIFE_FAIL_SOURCE);
	(void)check(&l, &spaced, 10, LIFE_FOUND_SAME);
	CHECK(l.state == LIFE_WAITING && l.fresh == 0);
	at(&l, &spaced, 20, LIFE_HINT, LIFE_PIPE);
	at(&l, &spaced, 21, LIFE_TIME, 0);
	(void)check(&l, &spaced, 21, LIFE_FOUND_ASKED);
	CHECK(l.state == LIFE_SPACED && life_due(&l) == 70);
	at(&l, &spaced, 70, LIFE_TIME, 0);
	(void)check(&l, &spaced, 70, LIFE_FOUND_ASKED);
	CHECK((l.fresh & LIFE_PIPE) != 0);
	CHECK(l.state == LIFE_QUEUED);
	at(&l, &spaced, 70, LIFE_STARTED, 0);
	CHECK(l.fresh == 0);
	return 0;
}

/* That look may have been too early: large rules are looked at by a helper. */
static int
a_hint_during_a_check_is_looked_at_after_it(void)
{
	struct life l;

	life_init(&l, &terms, 0);
	at(&l, &terms, 10, LIFE_HINT, LIFE_AGAIN);
	at(&l, &terms, 10.2, LIFE_TIME, 0);
	at(&l, &terms, 10.2, LIFE_RELEASE, 0);
	(void)lifecheck_begin(&l);
	at(&l, &terms, 10.5, LIFE_HINT, LIFE_PIPE);
	CHECK(l.state == LIFE_CHECKING);
	at(&l, &terms, 11, LIFE_FOUND_CURRENT, 0);
	CHECK(l.state == LIFE_SETTLING);
	at(&l, &terms, life_due(&l), LIFE_TIME, 0);
	CHECK(l.state == LIFE_HELD);
	at(&l, &terms, 12, LIFE_RELEASE, 0);
	CHECK((lifecheck_begin(&l) & LIFE_PIPE) != 0);
	return 0;
}

/* Who asked is told that it was blocked. */
static int
a_wish_for_a_run_does_not_outlive_a_blocked_check(void)
{
	struct life l;

	life_init(&l, &terms, 0);
	at(&l, &terms, 10, LIFE_ASK, LIFE_FORCE | LIFE_PIPE);
	(void)check(&l, &terms, 10, LIFE_FOUND_BLOCKED);
	at(&l, &terms, life_due(&l), LIFE_TIME, 0);
	CHECK(check(&l, &terms, 30, LIFE_FOUND_CURRENT) == LIFE_PIPE);
	return 0;
}

/* Its client is told so; what else was asked is asked when it is resumed. */
static int
a_pause_ends_the_wish_for_a_run(void)
{
	const enum life_event was[] = { LIFE_FOUND_ASKED, LIFE_FOUND_BLOCKED };
	struct life l;
	size_t i;

	for (i = 0; i < 2; i++) {
		life_init(&l, &terms, 0);
		at(&l, &terms, 10, LIFE_ASK, LIFE_FORCE | LIFE_PIPE);
		(void)check(&l, &terms, 10, was[i]);
		at(&l, &terms, 11, LIFE_PAUSED, 0);
		at(&l, &terms, 12, LIFE_ASK, LIFE_AGAIN);
		CHECK(l.state == LIFE_HELD);
		CHECK(check(&l, &terms, 12, LIFE_FOUND_CURRENT) ==
		      (LIFE_PIPE | LIFE_AGAIN));
	}
	life_init(&l, &terms, 0);
	at(&l, &terms, 10, LIFE_ASK, LIFE_AGAIN);
	(void)check(&l, &terms, 10, LIFE_FOUND_BEHIND);
	at(&l, &terms, 10, LIFE_STARTED, 0);
	at(&l, &terms, 10, LIFE_ASK, LIFE_FORCE);
	at(&l, &terms, 11, LIFE_PAUSED, 0);
	CHECK(l.state == LIFE_RUNNING_AGAIN);
	at(&l, &terms, 12, LIFE_DONE, 0);
	CHECK(check(&l, &terms, 12, LIFE_FOUND_CURRENT) == LIFE_AGAIN);
	/* While it is looked at: queued all the same, and sent back. */
	at(&l, &terms, 13, LIFE_ASK, LIFE_FORCE);
	at(&l, &terms, 13, LIFE_RELEASE, 0);
	(void)lifecheck_begin(&l);
	at(&l, &terms, 13, LIFE_PAUSED, 0);
	CHECK(l.state == LIFE_CHECKING);
	at(&l, &terms, 13, LIFE_FOUND_ASKED, 0);
	at(&l, &terms, 13, LIFE_PAUSED, 0);
	CHECK(l.state == LIFE_HELD);
	CHECK(check(&l, &terms, 14, LIFE_FOUND_CURRENT) == 0);
	return 0;
}

static int
a_hint_during_a_run_is_looked_at_after_it(void)
{
	struct life l;

	life_init(&l, &terms, 0);
	at(&l, &terms, 1, LIFE_ASK, LIFE_AGAIN);
	check(&l, &terms, 1, LIFE_FOUND_BEHIND);
	CHECK(l.state == LIFE_QUEUED);
	at(&l, &terms, 1, LIFE_STARTED, 0);
	at(&l, &terms, 2, LIFE_HINT, LIFE_PIPE);
	CHECK(l.state == LIFE_RUNNING_AGAIN);
	at(&l, &terms, 3, LIFE_EXITED, 0);
	CHECK(l.state == LIFE_INSTALLING);
	at(&l, &terms, 3, LIFE_DONE, 0);
	CHECK(l.state == LIFE_SETTLING);
	at(&l, &terms, 3.2, LIFE_TIME, 0);
	CHECK(check(&l, &terms, 3.2, LIFE_FOUND_CURRENT) & LIFE_PIPE);
	CHECK(l.state == LIFE_CURRENT);
	CHECK(life_due(&l) == 0);
	return 0;
}

static int
a_hint_before_the_start_is_answered_by_the_run(void)
{
	struct life l;

	life_init(&l, &terms, 0);
	at(&l, &terms, 1, LIFE_ASK, LIFE_PIPE);
	check(&l, &terms, 1, LIFE_FOUND_ASKED);
	at(&l, &terms, 1, LIFE_HINT, LIFE_PIPE);
	CHECK(l.state == LIFE_QUEUED);
	run(&l, &terms, 2, LIFE_DONE);
	CHECK(l.state == LIFE_HELD);
	CHECK(!(check(&l, &terms, 2, LIFE_FOUND_CURRENT) & LIFE_PIPE));
	return 0;
}

static int
every_run_is_followed_by_a_look(void)
{
	struct life l;

	life_init(&l, &terms, 0);
	at(&l, &terms, 1, LIFE_ASK, LIFE_AGAIN);
	check(&l, &terms, 1, LIFE_FOUND_BEHIND);
	run(&l, &terms, 2, LIFE_DONE);
	CHECK(l.state == LIFE_HELD);
	return 0;
}

static int
a_failed_run_is_tried_again_later_and_later(void)
{
	struct life l;
	double now = 1, wait = 5;
	int i;

	life_init(&l, &terms, 0);
	at(&l, &terms, now, LIFE_ASK, LIFE_PIPE);
	check(&l, &terms, now, LIFE_FOUND_ASKED);
	for (i = 0; i < 12; i++) {
		run(&l, &terms, now, LIFE_FAIL);
		CHECK(check(&l, &terms, now, LIFE_FOUND_SAME) & LIFE_PIPE);
		CHECK(l.state == LIFE_FAILED);
		CHECK(life_due(&l) == now + wait);
		at(&l, &terms, now + wait / 2, LIFE_HINT, LIFE_AGAIN);
		at(&l, &terms, now + wait / 2 + 1, LIFE_TIME, 0);
		check(&l, &terms, now + wait / 2 + 1, LIFE_FOUND_SAME);
		CHECK(l.state == LIFE_FAILED);
		now += wait;
		wait = wait * 2 < 900 ? wait * 2 : 900;
		at(&l, &terms, now, LIFE_TIME, 0);
		CHECK(check(&l, &terms, now, LIFE_FOUND_SAME) & LIFE_PIPE);
		CHECK(l.state == LIFE_QUEUED);
	}
	run(&l, &terms, now, LIFE_DONE);
	check(&l, &terms, now, LIFE_FOUND_CURRENT);
	CHECK(l.failures == 0 && life_due(&l) == 0);
	return 0;
}

static int
a_wait_is_up_to_a_tenth_shorter(void)
{
	struct life_input end = { .event = LIFE_FAIL, .now = 10, .jitter = 1 };
	struct life l;

	life_init(&l, &terms, 0);
	at(&l, &terms, 10, LIFE_ASK, LIFE_AGAIN);
	check(&l, &terms, 10, LIFE_FOUND_BEHIND);
	at(&l, &terms, 10, LIFE_STARTED, 0);
	lifestep_take(&l, &terms, &end);
	CHECK(l.retry_at == 10 + 0.9 * 5);
	return 0;
}

static int
a_change_ends_the_wait_of_a_failed_rule(void)
{
	struct life l;

	life_init(&l, &terms, 0);
	at(&l, &terms, 1, LIFE_ASK, LIFE_AGAIN);
	check(&l, &terms, 1, LIFE_FOUND_BEHIND);
	run(&l, &terms, 1, LIFE_FAIL);
	check(&l, &terms, 1, LIFE_FOUND_SAME);
	at(&l, &terms, 2, LIFE_HINT, LIFE_AGAIN);
	at(&l, &terms, 3, LIFE_TIME, 0);
	check(&l, &terms, 3, LIFE_FOUND_BEHIND);
	CHECK(l.state == LIFE_QUEUED);
	return 0;
}

static int
a_wrong_source_is_not_tried_again_by_itself(void)
{
	struct life l;

	life_init(&l, &terms, 0);
	at(&l, &terms, 1, LIFE_ASK, LIFE_AGAIN);
	check(&l, &terms, 1, LIFE_FOUND_BEHIND);
	run(&l, &terms, 1, LIFE_FAIL_SOURCE);
	check(&l, &terms, 1, LIFE_FOUND_SAME);
	CHECK(l.state == LIFE_WAITING);
	CHECK(life_due(&l) == 0);
	return 0;
}

static int
a_rule_behind_after_three_good_runs_waits(void)
{
	struct life l;
	double wait = 0.5;
	int i;

	life_init(&l, &terms, 0);
	at(&l, &terms, 1, LIFE_ASK, LIFE_AGAIN);
	for (i = 0; i < 3; i++) {
		check(&l, &terms, 1, LIFE_FOUND_BEHIND);
		CHECK(l.state == LIFE_QUEUED);
		run(&l, &terms, 1, LIFE_DONE);
	}
	check(&l, &terms, 1, LIFE_FOUND_BEHIND);
	CHECK(l.state == LIFE_RESTLESS);
	CHECK(life_due(&l) == 1 + wait);
	at(&l, &terms, 1, LIFE_HINT, LIFE_AGAIN);
	at(&l, &terms, 1.2, LIFE_TIME, 0);
	check(&l, &terms, 1.1, LIFE_FOUND_BEHIND);
	CHECK(l.state == LIFE_RESTLESS);
	CHECK(life_due(&l) == 1 + wait);
	at(&l, &terms, 1.1, LIFE_ASK, LIFE_AGAIN | LIFE_INSIST);
	check(&l, &terms, 1.1, LIFE_FOUND_BEHIND);
	CHECK(l.state == LIFE_QUEUED);
	run(&l, &terms, 1.1, LIFE_DONE);
	check(&l, &terms, 1.1, LIFE_FOUND_BEHIND);
	CHECK(l.state == LIFE_RESTLESS);
	CHECK(life_due(&l) == 1.1 + 2 * wait);
	at(&l, &terms, 3, LIFE_TIME, 0);
	check(&l, &terms, 3, LIFE_FOUND_CURRENT);
	CHECK(l.streak == 0);
	return 0;
}

/* Behind after each run, it runs again after each wait; the wait grows only if
 * nobody else changes the sources. */
static int
a_restless_rule_runs_after_its_wait(void)
{
	struct life l;
	double now = 1, wait = 0.5;
	int i;

	life_init(&l, &terms, 0);
	at(&l, &terms, now, LIFE_ASK, LIFE_AGAIN);
	for (i = 0; i < 3; i++) {
		check(&l, &terms, now, LIFE_FOUND_BEHIND);
		run(&l, &terms, now, LIFE_DONE);
	}
	for (i = 0; i < 3; i++, wait *= 2) {
		check(&l, &terms, now, LIFE_FOUND_BEHIND);
		CHECK(l.state == LIFE_RESTLESS);
		CHECK(life_due(&l) == now + wait);
		now += wait;
		at(&l, &terms, now, LIFE_TIME, 0);
		check(&l, &terms, now, LIFE_FOUND_BEHIND);
		CHECK(l.state == LIFE_QUEUED);
		run(&l, &terms, now, LIFE_DONE);
	}
	check(&l, &terms, now, LIFE_FOUND_BEHIND);
	CHECK(l.state == LIFE_RESTLESS);
	for (i = 0; i < 3; i++) {
		now = life_due(&l);
		at(&l, &terms, now, LIFE_TIME, 0);
		lifecheck_calm(&l, now);
		check(&l, &terms, now, LIFE_FOUND_BEHIND);
		CHECK(l.state == LIFE_QUEUED);
		run(&l, &terms, now, LIFE_DONE);
		check(&l, &terms, now, LIFE_FOUND_BEHIND);
		CHECK(l.state == LIFE_RESTLESS);
		CHECK(life_due(&l) == now + 0.5);
	}
	return 0;
}

/* A hint has it looked at meanwhile: that begins no other wait, and ends the
 * long one if somebody else has changed a source, after half a second. */
static int
a_restless_rule_is_looked_at_when_hinted(void)
{
	struct life l;
	double now;
	int i;

	life_init(&l, &terms, 0);
	at(&l, &terms, 1, LIFE_ASK, LIFE_AGAIN);
	for (i = 0; i < 6; i++) {
		check(&l, &terms, 1, LIFE_FOUND_ASKED);
		run(&l, &terms, 1, LIFE_FAIL);
	}
	check(&l, &terms, 1, LIFE_FOUND_BEHIND);
	CHECK(l.state == LIFE_RESTLESS && life_due(&l) == 1 + 4);
	at(&l, &terms, 1.1, LIFE_HINT, LIFE_AGAIN);
	CHECK(l.state == LIFE_SETTLING);
	now = life_due(&l);
	at(&l, &terms, now, LIFE_TIME, 0);
	check(&l, &terms, now, LIFE_FOUND_BEHIND);
	CHECK(l.state == LIFE_RESTLESS && life_due(&l) == 1 + 4);
	at(&l, &terms, now, LIFE_ASK, LIFE_SCAN);
	lifecheck_calm(&l, now);
	check(&l, &terms, now, LIFE_FOUND_BEHIND);
	CHECK(l.state == LIFE_RESTLESS && life_due(&l) == 1.5);
	at(&l, &terms, 1.5, LIFE_HINT, LIFE_AGAIN);
	at(&l, &terms, 1.7, LIFE_TIME, 0);
	lifecheck_calm(&l, 1.7);
	check(&l, &terms, 1.7, LIFE_FOUND_BEHIND);
	CHECK(l.state == LIFE_QUEUED);
	run(&l, &terms, 1.7, LIFE_FAIL);
	check(&l, &terms, 1.7, LIFE_FOUND_BEHIND);
	CHECK(l.state == LIFE_RESTLESS && life_due(&l) == 1.7 + 0.5);
	return 0;
}

/* One that fails, too; but not if nothing has changed, so that the next change
 * is answered at once. */
static int
a_rule_behind_after_three_failures_waits(void)
{
	const enum life_event ends[] = { LIFE_FAIL, LIFE_FAIL_SOURCE,
		LIFE_FAIL_REFUSED };
	struct life l;
	size_t i;

	life_init(&l, &terms, 0);
	at(&l, &terms, 1, LIFE_ASK, LIFE_AGAIN);
	for (i = 0; i < 3; i++) {
		check(&l, &terms, 1, LIFE_FOUND_BEHIND);
		CHECK(l.state == LIFE_QUEUED);
		run(&l, &terms, 1, ends[i]);
	}
	check(&l, &terms, 1, LIFE_FOUND_BEHIND);
	CHECK(l.state == LIFE_RESTLESS);
	CHECK(life_due(&l) == 1.5);
	at(&l, &terms, 1.5, LIFE_TIME, 0);
	check(&l, &terms, 1.5, LIFE_FOUND_BEHIND);
	CHECK(l.state == LIFE_QUEUED);
	run(&l, &terms, 1.5, LIFE_FAIL_SOURCE);
	check(&l, &terms, 1.5, LIFE_FOUND_SAME);
	CHECK(l.state == LIFE_WAITING && l.streak == 0);
	return 0;
}

static int
a_pipe_hint_is_followed_by_a_recheck(void)
{
	struct life_terms t = terms;
	struct life l;

	t.recheck = 5;
	life_init(&l, &t, 0);
	at(&l, &t, 1, LIFE_HINT, LIFE_PIPE);
	at(&l, &t, 1.2, LIFE_TIME, 0);
	check(&l, &t, 1.2, LIFE_FOUND_CURRENT);
	CHECK(life_due(&l) == 6);
	at(&l, &t, 6, LIFE_TIME, 0);
	CHECK(check(&l, &t, 6, LIFE_FOUND_CURRENT) & LIFE_PIPE);
	CHECK(life_due(&l) == 0);
	return 0;
}

static int
min_interval_spaces_runs_but_not_those_of_a_person(void)
{
	struct life_terms t = terms;
	struct life l;

	t.min_interval = 60;
	life_init(&l, &t, 0);
	at(&l, &t, 1, LIFE_ASK, LIFE_AGAIN);
	check(&l, &t, 1, LIFE_FOUND_BEHIND);
	run(&l, &t, 1, LIFE_DONE);
	check(&l, &t, 2, LIFE_FOUND_BEHIND);
	CHECK(l.state == LIFE_SPACED);
	CHECK(life_due(&l) == 61);
	at(&l, &t, 10, LIFE_ASK, LIFE_AGAIN | LIFE_INSIST);
	check(&l, &t, 10, LIFE_FOUND_BEHIND);
	CHECK(l.state == LIFE_SPACED);
	at(&l, &t, 10, LIFE_ASK, LIFE_FORCE);
	check(&l, &t, 10, LIFE_FOUND_ASKED);
	CHECK(l.state == LIFE_QUEUED);
	return 0;
}

static int
a_rule_is_not_checked_all_the_time(void)
{
	struct life l;

	life_init(&l, &terms, 0);
	l.check_not_before = 20;
	at(&l, &terms, 10, LIFE_HINT, LIFE_AGAIN);
	CHECK(life_due(&l) == 20);
	return 0;
}

int
main(void)
{
	int (*const tests[])(void) = {
		settling_has_a_ceiling,
		hints_do_not_prolong_what_a_client_waits_for,
		a_hint_stays_news_through_a_wait,
		a_hint_during_a_check_is_looked_at_after_it,
		a_wish_for_a_run_does_not_outlive_a_blocked_check,
		a_pause_ends_the_wish_for_a_run,
		a_hint_during_a_run_is_looked_at_after_it,
		a_hint_before_the_start_is_answered_by_the_run,
		every_run_is_followed_by_a_look,
		a_failed_run_is_tried_again_later_and_later,
		a_wait_is_up_to_a_tenth_shorter,
		a_change_ends_the_wait_of_a_failed_rule,
		a_wrong_source_is_not_tried_again_by_itself,
		a_rule_behind_after_three_good_runs_waits,
		a_restless_rule_runs_after_its_wait,
		a_restless_rule_is_looked_at_when_hinted,
		a_rule_behind_after_three_failures_waits,
		a_pipe_hint_is_followed_by_a_recheck,
		min_interval_spaces_runs_but_not_those_of_a_person,
		a_rule_is_not_checked_all_the_time,
	};
	size_t i;
	int rc = 0;

	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		rc |= tests[i]();
	return rc;
}
