#include <time.h>

#include "daemon/clock.h"

double
clock_monotonic(void)
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail */
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int64_t
clock_wall_ms(void)
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(CLOCK_REALTIME, &t); /* cannot fail */
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

bool
clock_is_same(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}
