/*
 * packed - numbers, digests and stamps as bytes in a file.
 */

#include <string.h>

#include "daemon/packed.h"

#define FLAG_HASHED 1
#define FLAG_RACY 2

/* Where the members of a stamp lie. */
enum {
	AT_STATE,
	AT_ORIGIN,
	AT_FLAGS,
	AT_ERROR = 4,
	AT_INODE = 8,
	AT_LENGTH = 16,
	AT_MTIME = 24,
	AT_CTIME = 32,
};

void
packed_put(unsigned char *p, uint64_t value, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = (unsigned char)(value >> (8 * i));
}

/* In this form compilers see that it is one load. */
static uint64_t
get_eight(const unsigned char *p)
{
	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
	       (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 |
	       (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
	       (uint64_t)p[7] << 56;
}

uint64_t
packed_get(const unsigned char *p, size_t n)
{
	uint64_t value = 0;

	if (n == 8)
		return get_eight(p);
	while (n-- > 0)
		value = value << 8 | p[n];
	return value;
}

void
packed_put_digest(unsigned char *p, struct digest d)
{
	packed_put(p, d.low, 8);
	packed_put(p + 8, d.high, 8);
}

struct digest
packed_get_digest(const unsigned char *p)
{
	struct digest d;

	d.low = packed_get(p, 8);
	d.high = packed_get(p + 8, 8);
	return d;
}

size_t
packed_put_stamp(
    unsigned char *p, const struct stamp *s, enum stamp_origin origin)
{
	memset(p, 0, PACKED_STAMP);
	p[AT_STATE] = (unsigned char)s->state;
	p[AT_ORIGIN] = (unsigned char)origin;
	p[AT_FLAGS] = (unsigned char)((s->hashed ? FLAG_HASHED : 0) |
				      (s->racy ? FLAG_RACY : 0));
	packed_put(p + AT_ERROR, (uint32_t)s->error, 4);
	packed_put(p + AT_INODE, s->inode, 8);
	packed_put(p + AT_LENGTH, (uint64_t)s->size, 8);
	packed_put(p + AT_MTIME, (uint64_t)s->mtime, 8);
	packed_put(p + AT_CTIME, (uint64_t)s->ctime, 8);
	if (!s->hashed)
		return PACKED_STAMP;
	packed_put_digest(p + PACKED_STAMP, s->digest);
	return PACKED_STAMP + PACKED_DIGEST;
}

bool
packed_get_stamp(const unsigned char *p, size_t n, struct stamp *s,
    enum stamp_origin *origin)
{
	memset(s, 0, sizeof(*s));
	if (n < PACKED_STAMP || p[AT_STATE] > STAMP_CHANGED ||
	    p[AT_ORIGIN] > STAMP_DEP)
		return false;
	s->state = (enum stamp_state)p[AT_STATE];
	*origin = (enum stamp_origin)p[AT_ORIGIN];
	s->hashed = (p[AT_FLAGS] & FLAG_HASHED) != 0;
	s->racy = (p[AT_FLAGS] & FLAG_RACY) != 0;
	s->error = (int)packed_get(p + AT_ERROR, 4);
	s->inode = packed_get(p + AT_INODE, 8);
	s->size = (int64_t)packed_get(p + AT_LENGTH, 8);
	s->mtime = (int64_t)packed_get(p + AT_MTIME, 8);
	s->ctime = (int64_t)packed_get(p + AT_CTIME, 8);
	if (!s->hashed)
		return true;
	if (n < PACKED_STAMP + PACKED_DIGEST)
		return false;
	s->digest = packed_get_digest(p + PACKED_STAMP);
	return true;
}
