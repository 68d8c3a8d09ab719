/*
 * kinfo - what DragonFly tells of a process.
 */

#ifndef SYSTEMS_KINFO_H
#define SYSTEMS_KINFO_H

#include <sys/time.h>

enum procstat { SIDL = 1, SACTIVE = 2, SSTOP = 3, SZOMB = 4 };

struct kinfo_proc {
	enum procstat kp_stat;
	struct timeval kp_start;
};

#endif
