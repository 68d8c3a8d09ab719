/*
 * refusing - the calls of the C library that a test lets fail, and a private
 * directory to see what comes of it: "state", and "live" for the target.
 */

#ifndef REFUSING_H
#define REFUSING_H

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/rule.h"
#include "tests/unit/check.h"
#include "tests/unit/files.h"

/* ---- calls that are refused ---- */

/* The next call of that name but "skip" ends with this error, once. */
static struct {
	const char *name; /* NULL: none */
	int skip, error;
} trouble;

static inline bool
is_refused(const char *name)
{
	if (trouble.name == NULL || strcmp(trouble.name, name) != 0 ||
	    trouble.skip-- > 0)
		return false;
	trouble.name = NULL;
	errno = trouble.error;
	return true;
}

static inline void
refuse(const char *name, int skip, int error)
{
	trouble.name = name;
	trouble.skip = skip;
	trouble.error = error;
	errno = 0;
}

/* Was it met?  If not, the test is none. */
static inline bool
is_met(void)
{
	return trouble.name == NULL;
}

/* The C library's own, which these stand before. */
#define NEXT(name)                \
	__typeof__(&(name)) next; \
	if (is_refused(#name))    \
		return -1;        \
	*(void **)&next = dlsym(RTLD_NEXT, #name)

/* Nobody waits for the disk here. */
int
fsync(int fd)
{
	(void)fd;
	return is_refused("fsync") ? -1 : 0;
}

int
rename(const char *from, const char *to)
{
	NEXT(rename);
	return next(from, to);
}

int
renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	NEXT(renameat);
	return next(from_fd, from, to_fd, to);
}

int
unlink(const char *path)
{
	NEXT(unlink);
	return next(path);
}

int
unlinkat(int fd, const char *path, int flags)
{
	NEXT(unlinkat);
	return next(fd, path, flags);
}

int
link(const char *from, const char *to)
{
	NEXT(link);
	return next(from, to);
}

int
fchmod(int fd, mode_t mode)
{
	NEXT(fchmod);
	return next(fd, mode);
}

int
fchown(int fd, uid_t uid, gid_t gid)
{
	NEXT(fchown);
	return next(fd, uid, gid);
}

int
flock(int fd, int how)
{
	NEXT(flock);
	return next(fd, how);
}

int
getentropy(void *bytes, size_t size)
{
	NEXT(getentropy);
	return next(bytes, size);
}

int
fstat(int fd, struct stat *st)
{
	NEXT(fstat);
	return next(fd, st);
}

int
open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;
	NEXT(open);

	va_start(ap, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return next(path, flags, mode);
}

int
openat(int fd, const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;
	NEXT(openat);

	va_start(ap, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return next(fd, path, flags, mode);
}

int
mkdir(const char *path, mode_t mode)
{
	NEXT(mkdir);
	return next(path, mode);
}

int
mkostemp(char *path, int flags)
{
	NEXT(mkostemp);
	return next(path, flags);
}

int
ftruncate(int fd, off_t size)
{
	NEXT(ftruncate);
	return next(fd, size);
}

/* It tells of trouble with what was written, and the descriptor is gone. */
int
close(int fd)
{
	int (*next)(int);
	int rc;

	*(void **)&next = dlsym(RTLD_NEXT, "close");
	rc = next(fd);
	return is_refused("close") ? -1 : rc;
}

ssize_t
write(int fd, const void *bytes, size_t size)
{
	return is_refused("write") ? -1 : syscall(SYS_write, fd, bytes, size);
}

ssize_t
read(int fd, void *bytes, size_t size)
{
	return is_refused("read") ? -1 : syscall(SYS_read, fd, bytes, size);
}

DIR *
fdopendir(int fd)
{
	DIR *(*next)(int);

	*(void **)&next = dlsym(RTLD_NEXT, "fdopendir");
	return is_refused("fdopendir") ? NULL : next(fd);
}

FILE *
fdopen(int fd, const char *mode)
{
	FILE *(*next)(int, const char *);

	*(void **)&next = dlsym(RTLD_NEXT, "fdopen");
	return is_refused("fdopen") ? NULL : next(fd, mode);
}

ssize_t
readlinkat(int fd, const char *path, char *text, size_t size)
{
	NEXT(readlinkat);
	return next(fd, path, text, size);
}

ssize_t
pwrite(int fd, const void *bytes, size_t size, off_t at)
{
	NEXT(pwrite);
	return next(fd, bytes, size, at);
}

static int preads;

ssize_t
pread(int fd, void *bytes, size_t size, off_t at)
{
	NEXT(pread);
	preads++;
	return next(fd, bytes, size, at);
}

/* ---- files ---- */

static char dir[] = "/tmp/refused_test.XXXXXX";
static char name[] = "rule", target[64];

static const struct rule plain = { .name = name,
	.target = target,
	.max_shrink = -1,
	.mode = (mode_t)-1,
	.owner = (uid_t)-1,
	.group = (gid_t)-1,
	.run_uid = (uid_t)-1,
	.run_gid = (gid_t)-1 };

static inline mode_t
mode_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) == -1 ? 0 : st.st_mode & 07777;
}

static inline int
count_names(const char *path)
{
	DIR *d = opendir(path);
	int n = 0;

	while (d != NULL && readdir(d) != NULL)
		n++;
	if (d != NULL)
		closedir(d);
	return n - 2;
}

/* Of ours; 64 are more than there are. */
static inline int
count_descriptors(void)
{
	int fd, n = 0;

	for (fd = 0; fd < 64; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}

/* Returns 0, or 1 where it cannot be made. */
static inline int
enter_directory(void)
{
	CHECK(mkdtemp(dir) != NULL && chdir(dir) == 0);
	snprintf(target, sizeof(target), "%s/live/target", dir);
	CHECK(mkdir("live", 0755) == 0 && mkdir("state", 0711) == 0);
	return 0;
}

static inline int
leave_directory(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

#endif
