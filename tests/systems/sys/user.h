/*
 * user - what FreeBSD tells of a process.
 */

#ifndef SYSTEMS_USER_H
#define SYSTEMS_USER_H

#include <sys/time.h>

struct kinfo_proc {
	struct timeval ki_start;
	char ki_stat;
};

#endif
