/*
 * stepper - a program whose wall clock is set, now and then, or goes in steps.
 *
 *	LD_PRELOAD=stepper.so [CLOCK_STEPS=FILE] [FILE_TICK=N] program
 *
 * Each line of FILE is "WHEN BY": at the time WHEN the clock is BY before what
 * it would be otherwise, from then on; both in nanoseconds, WHEN by the true
 * clock.  The times of files are told as a kernel with this clock would have
 * written them.  The monotonic clock is what it is.
 *
 * With FILE_TICK the times of files are multiples of so many nanoseconds, as a
 * file system tells them that stores no more, or has a slow clock.
 */

#include <sys/stat.h>

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SECOND INT64_C(1000000000)

/* NAME of the C library. */
#define STEPPER_NEXT(name)        \
	__typeof__(&(name)) next; \
	*(void **)&next = dlsym(RTLD_NEXT, #name)

/* A true time becomes what the clock said then. */
static void
step(struct timespec *t)
{
	const char *path = getenv("CLOCK_STEPS");
	FILE *file = path == NULL ? NULL : fopen(path, "re");
	int64_t at = t->tv_sec * SECOND + t->tv_nsec, by = 0;
	long long since, line_by;

	if (file == NULL)
		return;
	while (fscanf(file, "%lld %lld", &since, &line_by) == 2)
		if (at >= since)
			by = line_by;
	(void)fclose(file); /* only read */
	at += by;
	t->tv_sec = at / SECOND;
	t->tv_nsec = at % SECOND;
}

static void
step_file(struct timespec *t)
{
	const char *tick = getenv("FILE_TICK");
	int64_t by = tick == NULL ? 1 : atoll(tick);
	int64_t at;

	step(t);
	at = t->tv_sec * SECOND + t->tv_nsec;
	at -= at % by;
	t->tv_sec = at / SECOND;
	t->tv_nsec = at % SECOND;
}

static int
step_stat(int rc, struct stat *st)
{
	if (rc == 0) {
		step_file(&st->st_mtim);
		step_file(&st->st_ctim);
	}
	return rc;
}

int
clock_gettime(clockid_t clock, struct timespec *t)
{
	STEPPER_NEXT(clock_gettime);
	int rc = next(clock, t);

	if (rc == 0 &&
	    (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		step(t);
	return rc;
}

int
stat(const char *path, struct stat *st)
{
	STEPPER_NEXT(stat);
	return step_stat(next(path, st), st);
}

int
lstat(const char *path, struct stat *st)
{
	STEPPER_NEXT(lstat);
	return step_stat(next(path, st), st);
}

int
fstat(int fd, struct stat *st)
{
	STEPPER_NEXT(fstat);
	return step_stat(next(fd, st), st);
}

int
fstatat(int dir_fd, const char *path, struct stat *st, int flags)
{
	STEPPER_NEXT(fstatat);
	return step_stat(next(dir_fd, path, st, flags), st);
}
