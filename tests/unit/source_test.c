/*
 * source: what changes while it is read is read again, and not for ever.
 *
 * The read(2) and readdir(3) of this program do what another process might do
 * between the two looks at a file, or at a directory.
 */

#include <sys/stat.h>
#include <sys/syscall.h>

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builders/source.h"
#include "daemon/log.h"
#include "tests/unit/check.h"

#define OLD "old bytes\n"
#define NEW "new bytes\n"

/* What is done behind the next readings. */
enum change { APPEND, CUT, REWRITE };

static struct {
	enum change change;
	int times;
	int reads;
	char directory[32];
	char path[64];
} world;

static int
write_file(const char *path, int flags, const char *bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);
	ssize_t n;

	if (fd == -1)
		return -1;
	n = write(fd, bytes, strlen(bytes));
	return close(fd) == 0 && n == (ssize_t)strlen(bytes) ? 0 : -1;
}

/* Times differ even where the clock has not gone on. */
static int
set_time(const char *path, time_t when)
{
	struct timespec times[2] = { { when, 0 }, { when, 0 } };

	return utimensat(AT_FDCWD, path, times, 0);
}

static int
change_file(void)
{
	switch (world.change) {
	case APPEND:
		return write_file(world.path, O_APPEND, "more\n");
	case CUT:
		return truncate(world.path, 3);
	case REWRITE:
		if (write_file(world.path, 0, NEW) == -1)
			return -1;
		return set_time(world.path, 1000 + world.times);
	}
	return -1;
}

ssize_t
read(int fd, void *bytes, size_t size)
{
	ssize_t n = syscall(SYS_read, fd, bytes, size);

	world.reads++;
	if (world.times > 0) {
		world.times--;
		if (change_file() == -1)
			abort();
	}
	return n;
}

struct dirent *
readdir(DIR *dir)
{
	struct dirent *(*next)(DIR *);

	*(void **)&next = dlsym(RTLD_NEXT, "readdir");
	if (world.times > 0) {
		world.times--;
		if (set_time(world.directory, 2000 + world.times) == -1)
			abort();
	}
	return next(dir);
}

/* The file is OLD; then it is changed behind so many readings. */
static int
begin(enum change change, int times)
{
	if (write_file(world.path, O_TRUNC, OLD) == -1 ||
	    set_time(world.path, 100) == -1)
		return -1;
	world.change = change;
	world.times = times;
	world.reads = 0;
	return 0;
}

typedef enum source_answer read_fn(struct source *s, const char *path);

static int
check_once(read_fn *read_it, enum change change, const char *expected)
{
	struct source s;

	source_init(&s);
	CHECK(begin(change, 1) == 0);
	CHECK(read_it(&s, world.path) == SOURCE_READ);
	CHECK(s.len == strlen(expected));
	CHECK(strcmp(s.bytes, expected) == 0);
	CHECK(s.stamp.kind == STAMP_THERE);
	CHECK(world.reads == 2);
	source_fini(&s);
	return 0;
}

static int
check_always(read_fn *read_it, enum change change, int reads)
{
	struct source s;

	source_init(&s);
	CHECK(begin(change, 100) == 0);
	CHECK(read_it(&s, world.path) == SOURCE_TROUBLE);
	CHECK(s.stamp.kind == STAMP_UNKNOWN);
	CHECK(world.reads == reads);
	world.times = 0;
	source_fini(&s);
	return 0;
}

/* A quick look comes before the slower ones. */
static int
test_file(read_fn *read_it, int tries)
{
	return check_once(read_it, APPEND, OLD "more\n") ||
	       check_once(read_it, CUT, "old") ||
	       check_once(read_it, REWRITE, NEW) ||
	       check_always(read_it, APPEND, tries) ||
	       check_always(read_it, REWRITE, tries);
}

static int
test_directory(void)
{
	struct source_names names;
	struct arena a;

	arena_init(&a);
	CHECK(begin(APPEND, 0) == 0);
	CHECK(set_time(world.directory, 100) == 0);
	world.times = 1;
	CHECK(source_list(&names, &a, world.directory, "f") == SOURCE_READ);
	CHECK(names.n == 1 && strcmp(names.names[0].text, "file") == 0);
	CHECK(names.stamp.mtime == 2000);
	world.times = 1000;
	CHECK(source_list(&names, &a, world.directory, "f") == SOURCE_TROUBLE);
	CHECK(names.n == 0 && names.stamp.kind == STAMP_UNKNOWN);
	world.times = 0;
	arena_fini(&a);
	return 0;
}

int
main(void)
{
	int rc;

	(void)snprintf(world.directory, sizeof(world.directory), "%s",
	    "/tmp/source.XXXXXX");
	CHECK(mkdtemp(world.directory) != NULL);
	(void)snprintf(
	    world.path, sizeof(world.path), "%s/file", world.directory);
	rc = test_file(source_try, SOURCE_TRIES) ||
	     test_file(source_try_file, SOURCE_TRIES + 1) || test_directory();
	CHECK(unlink(world.path) == 0 && rmdir(world.directory) == 0);
	return rc;
}
