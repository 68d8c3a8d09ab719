#include "daemon/backoff.h"

double
backoff_doubled(double first, double longest, unsigned times)
{
	double wait = first;

	while (times-- > 0 && wait < longest)
		wait *= 2;
	return wait < longest ? wait : longest;
}

double
backoff_after(double first, double longest, unsigned failures, double jitter)
{
	unsigned times = failures > 0 ? failures - 1 : 0;

	return backoff_doubled(first, longest, times) * (1 - 0.1 * jitter);
}
