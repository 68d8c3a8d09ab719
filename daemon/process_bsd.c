/*
 * process on the BSDs and macOS, by sysctl(3): each has a name of its own for
 * the same things.
 */

#ifdef __DragonFly__
#include <sys/kinfo.h> /* which alone may include <sys/proc.h> there */
#endif
#include <sys/param.h>
#ifndef __DragonFly__
#include <sys/proc.h>
#endif
#include <sys/sysctl.h>
#include <sys/time.h>

#ifdef __FreeBSD__
#include <sys/user.h>
#endif

#include "daemon/process.h"

#if defined(__NetBSD__)
#define PROCESS struct kinfo_proc2
#define QUERY(pid) CTL_KERN, KERN_PROC2, KERN_PROC_PID, (pid), SIZE, 1
#define SECONDS(p) (p).p_ustart_sec
#define MICROSECONDS(p) (p).p_ustart_usec
/* SIGCHLD comes before SZOMB does. */
#define IS_ZOMBIE(p)                                            \
	((p).p_realstat == SDYING || (p).p_realstat == SDEAD || \
	    (p).p_realstat == SZOMB)
#elif defined(__OpenBSD__)
#define PROCESS struct kinfo_proc
#define QUERY(pid) CTL_KERN, KERN_PROC, KERN_PROC_PID, (pid), SIZE, 1
#define SECONDS(p) (p).p_ustart_sec
#define MICROSECONDS(p) (p).p_ustart_usec
#define IS_ZOMBIE(p) ((p).p_stat == SZOMB || (p).p_stat == SDEAD)
#else
#define PROCESS struct kinfo_proc
#define QUERY(pid) CTL_KERN, KERN_PROC, KERN_PROC_PID, (pid)
#if defined(__APPLE__)
#define SECONDS(p) (p).kp_proc.p_starttime.tv_sec
#define MICROSECONDS(p) (p).kp_proc.p_starttime.tv_usec
#define IS_ZOMBIE(p) ((p).kp_proc.p_stat == SZOMB)
#elif defined(__DragonFly__)
#define SECONDS(p) (p).kp_start.tv_sec
#define MICROSECONDS(p) (p).kp_start.tv_usec
#define IS_ZOMBIE(p) ((p).kp_stat == SZOMB)
#else
#define SECONDS(p) (p).ki_start.tv_sec
#define MICROSECONDS(p) (p).ki_start.tv_usec
#define IS_ZOMBIE(p) ((p).ki_stat == SZOMB)
#endif
#endif
#define SIZE (int)sizeof(PROCESS)

static bool
ask(pid_t pid, PROCESS *p)
{
	int query[] = { QUERY(pid) };
	size_t size = sizeof(*p);

	/* Of one that is not there they tell nothing, or an error. */
	return sysctl(query, sizeof(query) / sizeof(query[0]), p, &size, NULL,
		   0) == 0 &&
	       size >= sizeof(*p);
}

unsigned long long
process_start_time(pid_t pid, bool *ended)
{
	PROCESS p;
	bool known = ask(pid, &p);

	if (ended != NULL)
		*ended = known && IS_ZOMBIE(p);
	if (!known)
		return 0;
	return (unsigned long long)SECONDS(p) * 1000000 +
	       (unsigned long long)MICROSECONDS(p);
}

bool
process_has_ended(pid_t pid)
{
	bool ended;

	(void)process_start_time(pid, &ended);
	return ended;
}
