/*
 * matter - what libFuzzer gives, as the daemon and the client have it.
 */

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/fuzz/matter.h"

char *
matter_text(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1);

	matter_require(text != NULL);
	if (len > 0)
		memcpy(text, data, len);
	text[len] = '\0';
	return text;
}

static void
put(int fd, const void *bytes, size_t len)
{
	matter_require(fd != -1 && write(fd, bytes, len) == (ssize_t)len);
}

int
matter_file(const void *bytes, size_t len)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	put(fd, bytes, len);
	matter_require(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static void
make_directory(const char *path)
{
	matter_require(mkdir(path, 0755) == 0 || errno == EEXIST);
}

void
matter_path(char path[MATTER_PATH], const char *name)
{
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(path, MATTER_PATH, "%.200s/fuzz.%ld",
	    tmp == NULL ? "/tmp" : tmp, (long)getpid());
	make_directory(path);
	(void)snprintf(path + strlen(path), MATTER_PATH - strlen(path), "%s%s",
	    *name == '\0' ? "" : "/", name);
}

void
matter_make_directory(const char *name)
{
	char path[MATTER_PATH];

	matter_path(path, name);
	make_directory(path);
}

void
matter_put(const char *name, const void *bytes, size_t len)
{
	char path[MATTER_PATH];
	int fd;

	matter_path(path, name);
	/* Not cut to nothing, which some file systems write to the disk. */
	(void)unlink(path); /* it may not be there */
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	put(fd, bytes, len);
	(void)close(fd); /* no real disk could tell more */
}

FILE *
matter_nowhere(void)
{
	FILE *out = fopen("/dev/null", "we");

	matter_require(out != NULL);
	return out;
}
