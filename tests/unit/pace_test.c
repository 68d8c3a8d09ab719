/*
 * pace_test - a burst at once, then in step, and another after a rest.
 */

#include "daemon/pace.h"
#include "tests/unit/check.h"

static int
test_pace(void)
{
	struct pace p = { .burst = 3, .per_second = 2 };
	double wait;
	int i;

	for (i = 0; i < 3; i++)
		CHECK(pace_wait(&p, 100) == 0);
	CHECK(pace_wait(&p, 100) == 0.5);
	CHECK(pace_wait(&p, 100.25) == 0.25);
	CHECK(pace_wait(&p, 100.5) == 0);
	CHECK(pace_wait(&p, 100.5) == 0.5);
	/* An hour makes no more than one burst. */
	for (i = 0; i < 3; i++)
		CHECK(pace_wait(&p, 4000) == 0);
	CHECK(pace_wait(&p, 4000) == 0.5);
	/* What had to be done counts, and is no debt for ever. */
	for (i = 0; i < 100; i++)
		pace_force(&p, 4000);
	wait = pace_wait(&p, 4000);
	CHECK(wait > 0 && wait <= 0.5);
	CHECK(pace_wait(&p, 4000 + wait) == 0);
	return 0;
}

int
main(void)
{
	return test_pace();
}
