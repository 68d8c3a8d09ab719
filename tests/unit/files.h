/*
 * files - what a unit test puts on the disk, and finds there.
 */

#ifndef FILES_H
#define FILES_H

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* Write "path" anew, or make it.  Returns 0 or -1. */
static inline int
put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t n = (ssize_t)strlen(text);
	int rc = fd != -1 && write(fd, text, (size_t)n) == n ? 0 : -1;

	close(fd);
	return rc;
}

/* Is this text, of less than 256 bytes, all that is in "path"? */
static inline bool
holds(const char *path, const char *text)
{
	char bytes[256] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, bytes, sizeof(bytes) - 1);

	close(fd);
	return fd != -1 && n == (ssize_t)strlen(text) &&
	       strcmp(bytes, text) == 0;
}

#endif
