#include <sys/stat.h>
#include <sys/types.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/clock.h"
#include "daemon/clone.h"
#include "daemon/copy.h"

#define BLOCK 65536 /* bytes */

int
copy_text(int fd, const char *bytes, size_t n)
{
	ssize_t done;

	while (n > 0) {
		done = write(fd, bytes, n);
		if (done == -1 && errno == EINTR)
			continue;
		if (done == -1)
			return -1;
		bytes += done;
		n -= (size_t)done;
	}
	return 0;
}

/* Goes on where the descriptors stand, so that it may follow an attempt in
 * the kernel that has done some, all or nothing. */
static int
copy_rest(int from, int to, off_t left)
{
	char bytes[BLOCK];
	ssize_t n;

	while (left > 0) {
		n = read(from, bytes, left < BLOCK ? (size_t)left : BLOCK);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return (int)n;
		if (copy_text(to, bytes, (size_t)n) == -1)
			return -1;
		left -= n;
	}
	return 0;
}

int
copy_bytes(int from, int to)
{
	struct stat before, after;
	off_t left;

	if (fstat(from, &before) == -1 || lseek(from, 0, SEEK_SET) == -1)
		return -1;
	/* No more than there was: somebody may add to it for ever. */
	left = before.st_size - clone_bytes(from, to, before.st_size);
	if (copy_rest(from, to, left) == -1 || fstat(from, &after) == -1)
		return -1;
	if (after.st_size == before.st_size &&
	    clock_is_same(&after.st_mtim, &before.st_mtim) &&
	    clock_is_same(&after.st_ctim, &before.st_ctim))
		return 0;
	errno = EBUSY;
	return -1;
}

/* As many bytes as there are, up to a block. */
static ssize_t
read_block(int fd, char *bytes, off_t offset)
{
	size_t used = 0;
	ssize_t n;

	while (used < BLOCK) {
		n = pread(fd, bytes + used, BLOCK - used, offset + (off_t)used);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		used += (size_t)n;
	}
	return (ssize_t)used;
}

int
copy_equal(int a, int b)
{
	char first[BLOCK], second[BLOCK];
	struct stat a_st, b_st;
	off_t offset = 0;
	ssize_t n;

	if (fstat(a, &a_st) == -1 || fstat(b, &b_st) == -1)
		return -1;
	if (a_st.st_size != b_st.st_size)
		return 0;
	for (;;) {
		n = read_block(a, first, offset);
		if (n == -1)
			return -1;
		if (read_block(b, second, offset) != n)
			return 0; /* or an error: then it will be replaced */
		if (memcmp(first, second, (size_t)n) != 0)
			return 0;
		if (n < BLOCK)
			return 1;
		offset += n;
	}
}
