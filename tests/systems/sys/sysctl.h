/*
 * sysctl - what the manuals of the BSDs and macOS document of processes, as far
 * as it is used here; for "make lint" on Linux.
 */

#ifndef SYSTEMS_SYSCTL_H
#define SYSTEMS_SYSCTL_H

#include <sys/time.h>
#include <sys/types.h>

#include <stdint.h>

#define CTL_KERN 1
#if defined(__OpenBSD__)
#define KERN_PROC 66
#else
#define KERN_PROC 14
#endif
#define KERN_PROC_PID 1

#if defined(__NetBSD__)
#define KERN_PROC2 47
struct kinfo_proc2 {
	uint32_t p_ustart_sec, p_ustart_usec;
	uint64_t p_realstat;
};
#elif defined(__OpenBSD__)
struct kinfo_proc {
	int8_t p_stat;
	uint64_t p_ustart_sec;
	uint32_t p_ustart_usec;
};
#elif defined(__APPLE__)
struct kinfo_proc {
	struct {
		struct timeval p_starttime;
		char p_stat;
	} kp_proc;
};
#endif

#if defined(__NetBSD__) || defined(__FreeBSD__) || defined(__DragonFly__)
int sysctl(const int *name, unsigned length, void *old, size_t *old_size,
    const void *value, size_t size);
#elif defined(__OpenBSD__)
int sysctl(const int *name, unsigned length, void *old, size_t *old_size,
    void *value, size_t size);
#else
int sysctl(int *name, unsigned length, void *old, size_t *old_size, void *value,
    size_t size);
#endif

#endif
