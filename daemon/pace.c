#include "daemon/pace.h"

static void
pass_time(struct pace *p, double now)
{
	p->due -= (now - p->at) * p->per_second;
	if (p->due < 0)
		p->due = 0;
	p->at = now;
}

double
pace_wait(struct pace *p, double now)
{
	pass_time(p, now);
	if (p->due + 1 > p->burst)
		return (p->due + 1 - p->burst) / p->per_second;
	p->due++;
	return 0;
}

void
pace_force(struct pace *p, double now)
{
	pass_time(p, now);
	if (p->due < p->burst)
		p->due++;
}
