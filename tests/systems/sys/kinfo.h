/*
 * kinfo - what DragonFly tells of a process.
 */

#ifndef SYSTEMS_KINFO_H
#define SYSTEMS_KINFO_H

#define _KERNEL_STRUCTURES

#include <sys/proc.h>
#include <sys/time.h>

struct kinfo_proc {
	enum procstat kp_stat;
	struct timeval kp_start;
};

#endif
