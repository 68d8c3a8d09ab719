/*
 * digest - a short name for many bytes (XXH3, 128 bits).
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "daemon/digest.h"

#define READ_SIZE 65536 /* bytes: on the stack, so no more */

struct digest_sum {
	XXH3_state_t state;
};

static struct digest
digest_from(XXH128_hash_t hash)
{
	struct digest d;

	d.low = hash.low64;
	d.high = hash.high64;
	return d;
}

bool
digest_equal(struct digest a, struct digest b)
{
	return a.low == b.low && a.high == b.high;
}

struct digest
digest_bytes(const void *bytes, size_t n)
{
	return digest_from(XXH3_128bits(bytes, n));
}

/* Read READ_SIZE bytes, or what there is.  Returns 0, or -1 with errno. */
static int
fill(int fd, char *bytes, size_t *used)
{
	ssize_t n;

	*used = 0;
	do {
		n = read(fd, bytes + *used, READ_SIZE - *used);
		if (n > 0)
			*used += (size_t)n;
	} while ((n > 0 && *used < READ_SIZE) || (n == -1 && errno == EINTR));
	return n == -1 ? -1 : 0;
}

/* Returns 0, or -1 with errno: they are too many. */
static int
take(int64_t *room, size_t bytes)
{
	if (room == NULL)
		return 0;
	*room -= (int64_t)bytes;
	errno = EFBIG;
	return *room < 0 ? -1 : 0;
}

int
digest_fd(int fd, struct digest *out)
{
	return digest_fd_within(fd, NULL, out);
}

int
digest_fd_within(int fd, int64_t *room, struct digest *out)
{
	struct digest_sum *sum;
	char bytes[READ_SIZE];
	size_t used;
	int rc, saved_errno;

	if (fill(fd, bytes, &used) == -1 || take(room, used) == -1)
		return -1;
	/* Most are small, and need no memory. */
	if (used < sizeof(bytes)) {
		*out = digest_bytes(bytes, used);
		return 0;
	}
	sum = digest_new();
	if (sum == NULL)
		return -1;
	do {
		digest_add(sum, bytes, used);
		rc = fill(fd, bytes, &used);
		if (rc == 0)
			rc = take(room, used);
	} while (rc == 0 && used > 0);
	saved_errno = errno;
	*out = digest_end(sum);
	errno = saved_errno;
	return rc;
}

struct digest_sum *
digest_new(void)
{
	struct digest_sum *sum;

	/* The state wants cache lines; malloc promises less. */
	sum = aligned_alloc(_Alignof(struct digest_sum), sizeof(*sum));
	if (sum == NULL)
		return NULL;
	/* Fails only for a NULL state. */
	(void)XXH3_128bits_reset(&sum->state);
	return sum;
}

void
digest_add(struct digest_sum *sum, const void *bytes, size_t n)
{
	/* Fails only for NULL bytes, which then are none. */
	if (n > 0)
		(void)XXH3_128bits_update(&sum->state, bytes, n);
}

void
digest_add_text(struct digest_sum *sum, const char *text)
{
	/* A first byte tells NULL from every text. */
	if (text == NULL) {
		digest_add(sum, "N", 1);
		return;
	}
	digest_add(sum, "T", 1);
	digest_add(sum, text, strlen(text) + 1);
}

struct digest
digest_end(struct digest_sum *sum)
{
	struct digest d;

	d = digest_from(XXH3_128bits_digest(&sum->state));
	free(sum);
	return d;
}
