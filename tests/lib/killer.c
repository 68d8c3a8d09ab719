/*
 * killer - kill a program at its nth change of the file system.
 *
 *	LD_PRELOAD=killer.so KILL_AT=N STEPS=FILE program
 *
 * With KILL_AT the program is killed before its Nth change; without it, the
 * number of its changes is written to STEPS when it ends.
 */

#include <sys/stat.h>

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static long steps;

static void
step(void)
{
	const char *at = getenv("KILL_AT");

	steps++;
	if (at != NULL && atol(at) == steps)
		(void)kill(getpid(), SIGKILL); /* of ourselves: does not fail */
}

static void __attribute__((destructor)) tell(void)
{
	const char *path = getenv("STEPS");
	FILE *file = path == NULL ? NULL : fopen(path, "w");

	if (file == NULL)
		return;
	fprintf(file, "%ld\n", steps);
	(void)fclose(file); /* the test sees an empty file */
}

/* NAME of the C library, after one more step. */
#define KILLER_NEXT(name)                          \
	__typeof__(&(name)) next;                  \
	*(void **)&next = dlsym(RTLD_NEXT, #name); \
	step()

int
renameat2(
    int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
	KILLER_NEXT(renameat2);
	return next(from_fd, from, to_fd, to, flags);
}

int
renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	KILLER_NEXT(renameat);
	return next(from_fd, from, to_fd, to);
}

int
unlinkat(int fd, const char *path, int flags)
{
	KILLER_NEXT(unlinkat);
	return next(fd, path, flags);
}

int
mkdirat(int fd, const char *path, mode_t mode)
{
	KILLER_NEXT(mkdirat);
	return next(fd, path, mode);
}

int
mkfifoat(int fd, const char *path, mode_t mode)
{
	KILLER_NEXT(mkfifoat);
	return next(fd, path, mode);
}

int
fchown(int fd, uid_t uid, gid_t gid)
{
	KILLER_NEXT(fchown);
	return next(fd, uid, gid);
}

int
fchmod(int fd, mode_t mode)
{
	KILLER_NEXT(fchmod);
	return next(fd, mode);
}

int
fsync(int fd)
{
	KILLER_NEXT(fsync);
	return next(fd);
}

int
syncfs(int fd)
{
	KILLER_NEXT(syncfs);
	return next(fd);
}
